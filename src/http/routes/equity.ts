import { z } from 'zod';
import { equityRowsOf, WHOLE_PORTFOLIO } from '../../journal/journal.ts';
import { callerOf, deskOf, type App, type HttpContext } from '../context.ts';
import { integerText, textField, timeText } from '../fields.ts';
import { modeField } from '../views/risk-status.ts';
import { equityPointView, toEquityPointView } from '../views/equity-point.ts';

const MAX_PAGE = 5_000;
const DEFAULT_PAGE = 500;

/** Milliseconds of the intervals that readings can be thinned out to; 1 gives every reading. */
const INTERVALS = {
  all: 1,
  '1m': 60_000,
  '5m': 300_000,
  '15m': 900_000,
  '1h': 3_600_000,
  '4h': 14_400_000,
  '1d': 86_400_000,
} as const;

const INTERVAL_NAMES = [
  'all',
  '1m',
  '5m',
  '15m',
  '1h',
  '4h',
  '1d',
] as const satisfies readonly (keyof typeof INTERVALS)[];

const query = z.strictObject({
  since: timeText.optional(),
  until: timeText.optional(),
  interval: z
    .enum(INTERVAL_NAMES, { error: `must be one of ${INTERVAL_NAMES.join(', ')}` })
    .default('1m')
    .meta({ description: 'One reading of each interval, its last; intervals begin at whole ones in UTC.' }),
  limit: integerText(1, MAX_PAGE).default(DEFAULT_PAGE),
  cursor: textField(512).optional(),
  mode: modeField.optional().meta({ description: 'Default the mode that `GET /risk/status` shows.' }),
});

/** `GET /equity`: readings of the worth of the portfolio, newest first. */
export function equityRoute(app: App, context: HttpContext): void {
  app.route({
    method: 'GET',
    url: '/equity',
    config: { scope: 'read' },
    schema: {
      summary: 'Show what the portfolio was worth over time, newest first',
      tags: ['account'],
      querystring: query,
      response: {
        200: z.object({
          equity: z.array(equityPointView),
          next_cursor: z.string().nullable(),
          as_of_seq: z.int(),
        }),
      },
    },
    handler: async (request) => {
      const caller = callerOf(request);
      const { since, until, interval, limit, cursor, mode } = request.query;
      // Read first: the readings that are read after it are at least as new as this seq.
      const { seq, value: risk } = await deskOf(context, caller).books.risk(mode);
      const filter = {
        portfolioId: caller.portfolioId,
        intervalMs: INTERVALS[interval],
        ...(since === undefined ? {} : { since }),
        ...(until === undefined ? {} : { until }),
        ...(cursor === undefined ? {} : { cursor }),
      };
      const page = await context.readModels.equity({
        ...filter,
        accountId: equityRowsOf(risk.mode),
        limit,
      });
      const left = limit - page.documents.length;
      // Readings from before modes were kept apart go on behind those of the only mode that there is.
      const former =
        page.nextCursor === null && left > 0 && risk.modes.length <= 1
          ? await context.readModels.equity({ ...filter, accountId: WHOLE_PORTFOLIO, limit: left })
          : null;
      return {
        equity: [...page.documents, ...(former?.documents ?? [])].map(toEquityPointView),
        next_cursor: page.nextCursor ?? former?.nextCursor ?? null,
        as_of_seq: seq,
      };
    },
  });
}
