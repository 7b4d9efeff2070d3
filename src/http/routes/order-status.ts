import { z } from 'zod';
import { callerOf, type App, type HttpContext } from '../context.ts';
import { flagText } from '../fields.ts';
import { findOrder, orderPath, orderReferenceQuery } from '../order-reference.ts';
import { orderView, toOrderView } from '../views/order.ts';

/** `GET /trading/v2/orders/{order_id}/status`; `refresh` asks the venue first. */
export function orderStatusRoute(app: App, context: HttpContext): void {
  app.route({
    method: 'GET',
    url: '/trading/v2/orders/:order_id/status',
    config: { scope: 'read', bound: 'accounts and strategies' },
    schema: {
      summary: 'Show an order',
      tags: ['orders'],
      params: orderPath,
      querystring: z.strictObject({ ...orderReferenceQuery, refresh: flagText.default(false) }),
      response: { 200: orderView },
    },
    handler: async (request) => {
      const { refresh, ...reference } = request.query;
      return toOrderView(
        await findOrder(context, callerOf(request), request.params.order_id, reference, refresh),
      );
    },
  });
}
