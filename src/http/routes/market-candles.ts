import { z } from 'zod';
import { VENUES } from '../../core/ids.ts';
import { CANDLE_INTERVALS, type Candle } from '../../core/venue/market.ts';
import { callerOf, type App, type HttpContext } from '../context.ts';
import { decimalOut, integerText, isoTime, timeOut, timeText } from '../fields.ts';
import { marketOf, marketQuery, mustHave } from '../market-answer.ts';
import { fieldProblem } from '../problem.ts';

const MOST_CANDLES = 1_000;
const USUAL_CANDLES = 200;

const candleView = z.object({
  opened_at: timeOut,
  closes_at: timeOut.meta({ description: 'The last millisecond that belongs to it.' }),
  open: decimalOut,
  high: decimalOut,
  low: decimalOut,
  close: decimalOut,
  volume: decimalOut.meta({ description: 'Base units.' }),
  quote_volume: decimalOut
    .nullable()
    .meta({ description: 'Quote units; null where the exchange does not count them.' }),
  trades: z.int().nullable().meta({ description: 'Null where the exchange does not count them.' }),
  complete: z.boolean().meta({ description: 'False for the one that still changes.' }),
});

/** `GET /market/candles`: oldest first; with `since` the first ones from there, without it the last ones. */
export function marketCandlesRoute(app: App, context: HttpContext): void {
  app.route({
    method: 'GET',
    url: '/market/candles',
    config: { scope: 'read', bound: 'accounts and strategies' },
    schema: {
      summary: 'Show candles of an instrument, oldest first',
      tags: ['markets'],
      querystring: z.strictObject({
        ...marketQuery,
        interval: z
          .enum(CANDLE_INTERVALS, {
            error: (issue) =>
              issue.input === undefined ? 'is required' : `must be one of ${CANDLE_INTERVALS.join(', ')}`,
          })
          .meta({
            description: '`1M` is a calendar month. Days, weeks (from Monday) and months begin at 00:00 UTC.',
            examples: ['1h'],
          }),
        since: timeText
          .optional()
          .meta({ description: 'Opened at this time or later; the first `limit` from there.' }),
        until: timeText.optional().meta({ description: 'Opened before this time.' }),
        limit: integerText(1, MOST_CANDLES)
          .default(USUAL_CANDLES)
          .meta({ description: `${USUAL_CANDLES} by default; without \`since\` the last ones.` }),
      }),
      response: {
        200: z.object({
          exchange: z.enum(VENUES),
          symbol: z.string(),
          interval: z.enum(CANDLE_INTERVALS),
          candles: z.array(candleView).meta({ description: 'Oldest first.' }),
        }),
      },
    },
    handler: async (request) => {
      const { interval, since, until, limit, ...query } = request.query;
      if (since !== undefined && until !== undefined && until <= since)
        throw fieldProblem('until', 'must be later than since');
      const market = marketOf(context, callerOf(request), query);
      const { desk, account, symbol, instrument } = market;
      const offered =
        instrument === null
          ? CANDLE_INTERVALS
          : (context.capabilitiesOf(account.exchange)?.kinds[instrument.kind]?.marketData.candleIntervals ??
            []);
      if (!offered.includes(interval))
        throw fieldProblem('interval', `must be one that ${account.exchange} has: ${offered.join(', ')}`);
      const span = { since: since ?? null, until: until ?? null, limit };
      const candles = mustHave(await desk.markets.candles(account.accountId, symbol, interval, span), market);
      return { exchange: account.exchange, symbol, interval, candles: candles.map(toCandleView) };
    },
  });
}

function toCandleView(candle: Candle): z.output<typeof candleView> {
  return {
    opened_at: isoTime(candle.openedAt),
    closes_at: isoTime(candle.closesAt),
    open: candle.open.toString(),
    high: candle.high.toString(),
    low: candle.low.toString(),
    close: candle.close.toString(),
    volume: candle.volume.toString(),
    quote_volume: candle.quoteVolume?.toString() ?? null,
    trades: candle.trades,
    complete: candle.isComplete,
  };
}
