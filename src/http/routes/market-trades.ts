import { z } from 'zod';
import { VENUES } from '../../core/ids.ts';
import { callerOf, type App, type HttpContext } from '../context.ts';
import { decimalOut, integerText, isoTime, timeOut } from '../fields.ts';
import { marketOf, marketQuery, mustHave } from '../market-answer.ts';

const MOST_TRADES = 1_000;
const USUAL_TRADES = 100;

/** `GET /market/trades`: the last executions of anybody, oldest first. */
export function marketTradesRoute(app: App, context: HttpContext): void {
  app.route({
    method: 'GET',
    url: '/market/trades',
    config: { scope: 'read', bound: 'accounts and strategies' },
    schema: {
      summary: 'Show the last trades of an instrument, oldest first',
      tags: ['markets'],
      querystring: z.strictObject({
        ...marketQuery,
        limit: integerText(1, MOST_TRADES)
          .default(USUAL_TRADES)
          .meta({ description: `How many of the last ones, ${USUAL_TRADES} by default.` }),
      }),
      response: {
        200: z.object({
          exchange: z.enum(VENUES),
          symbol: z.string(),
          trades: z
            .array(
              z.object({
                id: z.string().nullable().meta({
                  description: "The exchange's own; null where it gives none.",
                }),
                price: decimalOut,
                quantity: decimalOut.meta({ description: 'Base units.' }),
                side: z.enum(['buy', 'sell']).meta({ description: 'Of the one who took from the book.' }),
                at: timeOut,
              }),
            )
            .meta({ description: 'Oldest first.' }),
        }),
      },
    },
    handler: async (request) => {
      const { limit, ...query } = request.query;
      const market = marketOf(context, callerOf(request), query);
      const { desk, account, symbol } = market;
      const trades = mustHave(await desk.markets.trades(account.accountId, symbol, limit), market);
      return {
        exchange: account.exchange,
        symbol,
        trades: trades.map(({ tradeId, price, quantity, takerSide, executedAt }) => ({
          id: tradeId,
          price: price.toString(),
          quantity: quantity.toString(),
          side: takerSide,
          at: isoTime(executedAt),
        })),
      };
    },
  });
}
