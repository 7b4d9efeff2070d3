import { z } from 'zod';
import type { Quote } from '../../core/instrument.ts';
import type { DayFigures } from '../../core/venue/market.ts';
import { callerOf, type App, type HttpContext } from '../context.ts';
import { accountField, exchangeField, symbolsText } from '../fields.ts';
import { marketOf, marketQuery, type AskedMarket } from '../market-answer.ts';
import { Problem } from '../problem.ts';
import { tickerView, toTickerView } from '../views/ticker.ts';

/** Instruments of one question. */
const MOST_SYMBOLS = 20;

/** `GET /market/ticker` and `GET /market/tickers`: best bid and ask, the mark, the last price and the figures of 24 hours. */
export function marketTickerRoute(app: App, context: HttpContext): void {
  app.route({
    method: 'GET',
    url: '/market/ticker',
    config: { scope: 'read', bound: 'accounts and strategies' },
    schema: {
      summary: 'Show the prices of an instrument',
      tags: ['markets'],
      querystring: z.strictObject(marketQuery),
      response: { 200: tickerView },
    },
    handler: async (request) => {
      const market = marketOf(context, callerOf(request), request.query);
      const { account, symbol } = market;
      const { quote, day } = await read(market);
      if (quote === null) {
        throw new Problem(
          'venue_unreachable',
          `No quote of ${symbol} could be read from ${account.exchange}.`,
        );
      }
      return toTickerView(account.exchange, symbol, quote, day);
    },
  });
  app.route({
    method: 'GET',
    url: '/market/tickers',
    config: { scope: 'read', bound: 'accounts and strategies' },
    schema: {
      summary: 'Show the prices of several instruments',
      tags: ['markets'],
      querystring: z
        .strictObject({
          exchange: exchangeField,
          account: accountField.optional(),
          symbol: symbolsText(MOST_SYMBOLS).optional(),
          symbols: symbolsText(MOST_SYMBOLS)
            .optional()
            .meta({ deprecated: true, description: 'The former name of `symbol`.' }),
        })
        .refine(({ symbol, symbols }) => symbol !== undefined || symbols !== undefined, {
          path: ['symbol'],
          message: 'is required',
        })
        .refine(({ symbol, symbols }) => symbol === undefined || symbols === undefined, {
          path: ['symbols'],
          message: 'must not be given together with symbol',
        }),
      response: { 200: z.object({ tickers: z.array(tickerView) }) },
    },
    handler: async (request) => {
      const caller = callerOf(request);
      const { symbol: named, symbols: formerly = [], ...wish } = request.query;
      const markets = (named ?? formerly).map((symbol) => marketOf(context, caller, { ...wish, symbol }));
      const tickers = markets.map(async (market) => {
        const { quote, day } = await read(market);
        return toTickerView(market.account.exchange, market.symbol, quote, day);
      });
      return { tickers: await Promise.all(tickers) };
    },
  });
}

/** The quote and the figures; null for what cannot be had now. */
async function read({ desk, account, symbol }: AskedMarket): Promise<{
  readonly quote: Quote | null;
  readonly day: DayFigures | null;
}> {
  const [quote, day] = await Promise.all([
    desk.markets.quote(account.accountId, symbol),
    desk.markets.dayFigures(account.accountId, symbol),
  ]);
  return { quote, day: day.kind === 'ok' ? day.value : null };
}
