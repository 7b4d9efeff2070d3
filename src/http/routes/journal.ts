import { z } from 'zod';
import { EVENT_TYPE_NAMES } from '../../core/portfolio/events.ts';
import { callerOf, type App, type HttpContext } from '../context.ts';
import { integerText, orderIdField, textField, timeText } from '../fields.ts';
import { findOrder, orderReferenceQuery } from '../order-reference.ts';
import { fieldProblem } from '../problem.ts';
import { journalRecordView, toJournalRecordView } from '../views/journal-record.ts';

const MAX_PAGE = 1_000;
const DEFAULT_PAGE = 100;

const filters = {
  since: timeText.optional(),
  until: timeText.optional(),
  type: z.enum(EVENT_TYPE_NAMES, { error: 'must be a type of record' }).optional(),
  actor: textField(200)
    .optional()
    .meta({ description: 'Who asked: a user, or `user/token` as the records have it.', examples: ['admin'] }),
  cursor: textField(512).optional(),
};

const query = z.strictObject({
  order_id: orderIdField.optional(),
  ...orderReferenceQuery,
  ...filters,
  limit: integerText(1, MAX_PAGE).default(DEFAULT_PAGE),
});

/** `GET /journal`: the records of an order in order, or those of a time, a type or a person, newest first. */
export function journalRoute(app: App, context: HttpContext): void {
  app.route({
    method: 'GET',
    url: '/journal',
    config: { scope: 'read' },
    schema: {
      summary: 'Show records of the journal',
      tags: ['watching'],
      querystring: query,
      response: {
        200: z.object({
          records: z.array(journalRecordView),
          next_cursor: z.string().nullable().meta({
            description:
              'Null on the last page, and of an order. A page may be short, even empty, and yet have another behind it: one page looks through 5,000 records at the most.',
          }),
        }),
      },
    },
    handler: async (request) => {
      const { portfolioId } = callerOf(request);
      const { order_id: id, exchange, symbol, account, limit, ...narrowed } = request.query;
      if (id !== undefined) {
        const other = Object.keys(narrowed).find(
          (name) => narrowed[name as keyof typeof narrowed] !== undefined,
        );
        if (other !== undefined) throw fieldProblem(other, 'does not go with order_id', 'querystring');
        const order = await findOrder(context, callerOf(request), id, { exchange, symbol, account }, false);
        const records = await context.readModels.recordsOfOrder(portfolioId, order.orderId);
        return { records: records.map(toJournalRecordView), next_cursor: null };
      }
      for (const [name, value] of Object.entries({ exchange, symbol, account }))
        if (value !== undefined) throw fieldProblem(name, 'goes with order_id only', 'querystring');
      const { since, until, type, actor, cursor } = narrowed;
      const page = await context.readModels.records({
        portfolioId,
        limit,
        ...(since === undefined ? {} : { since }),
        ...(until === undefined ? {} : { until }),
        ...(type === undefined ? {} : { types: [type] }),
        ...(actor === undefined ? {} : { actor }),
        ...(cursor === undefined ? {} : { cursor }),
      });
      return { records: page.records.map(toJournalRecordView), next_cursor: page.nextCursor };
    },
  });
}
