import { z } from 'zod';
import { callerOf, type App, type HttpContext } from '../context.ts';
import { findOrder, orderPath, orderReferenceQuery } from '../order-reference.ts';
import { fillsShown } from '../fill-answer.ts';
import { fillView } from '../views/fill.ts';
import { orderView, toOrderView } from '../views/order.ts';
import { journalRecordView, toJournalRecordView } from '../views/journal-record.ts';

/** `GET /trading/v2/orders/{order_id}`: the order with its executions and everything the journal says of it. */
export function orderRoute(app: App, context: HttpContext): void {
  app.route({
    method: 'GET',
    url: '/trading/v2/orders/:order_id',
    config: { scope: 'read', bound: 'accounts and strategies' },
    schema: {
      summary: 'Show an order with its fills and its timeline',
      tags: ['orders'],
      params: orderPath,
      querystring: z.strictObject(orderReferenceQuery),
      response: {
        200: z.object({ order: orderView, fills: z.array(fillView), timeline: z.array(journalRecordView) }),
      },
    },
    handler: async (request) => {
      const caller = callerOf(request);
      const order = await findOrder(context, caller, request.params.order_id, request.query, false);
      const [fills, records] = await Promise.all([
        context.readModels.fillsOfOrder(caller.portfolioId, order.orderId),
        context.readModels.recordsOfOrder(caller.portfolioId, order.orderId),
      ]);
      return {
        order: toOrderView(order),
        fills: await fillsShown(context, caller.portfolioId, fills),
        timeline: records.map(toJournalRecordView),
      };
    },
  });
}
