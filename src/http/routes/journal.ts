import { z } from 'zod';
import { callerOf, type App, type HttpContext } from '../context.ts';
import { orderIdField } from '../fields.ts';
import { findOrder, orderReferenceQuery } from '../order-reference.ts';
import { journalRecordView, toJournalRecordView } from '../views/journal-record.ts';

/** `GET /journal?order_id=` */
export function journalRoute(app: App, context: HttpContext): void {
  app.route({
    method: 'GET',
    url: '/journal',
    config: { scope: 'read' },
    schema: {
      summary: 'Show the journal records of an order',
      tags: ['watching'],
      querystring: z.strictObject({ order_id: orderIdField, ...orderReferenceQuery }),
      response: { 200: z.object({ records: z.array(journalRecordView) }) },
    },
    handler: async (request) => {
      const caller = callerOf(request);
      const { order_id: id, ...reference } = request.query;
      const order = await findOrder(context, caller, id, reference, false);
      const records = await context.readModels.recordsOfOrder(caller.portfolioId, order.orderId);
      return { records: records.map(toJournalRecordView) };
    },
  });
}
