import { z } from 'zod';
import { VENUES } from '../../core/ids.ts';
import type { BookLevel } from '../../core/venue/market.ts';
import { callerOf, type App, type HttpContext } from '../context.ts';
import { decimalOut, integerText, isoTime, timeOut } from '../fields.ts';
import { marketOf, marketQuery, mustHave } from '../market-answer.ts';

const MOST_LEVELS = 1_000;
const USUAL_LEVELS = 50;

const levels = z.array(
  z.object({ price: decimalOut, quantity: decimalOut.meta({ description: 'Base units.' }) }),
);

/** `GET /market/book`: what rests on both sides, best prices first. */
export function marketBookRoute(app: App, context: HttpContext): void {
  app.route({
    method: 'GET',
    url: '/market/book',
    config: { scope: 'read', bound: 'accounts and strategies' },
    schema: {
      summary: 'Show the order book of an instrument, best prices first',
      tags: ['markets'],
      querystring: z.strictObject({
        ...marketQuery,
        depth: integerText(1, MOST_LEVELS)
          .default(USUAL_LEVELS)
          .meta({
            description: `Levels of each side, ${USUAL_LEVELS} by default; the exchange may have fewer.`,
          }),
      }),
      response: {
        200: z.object({
          exchange: z.enum(VENUES),
          symbol: z.string(),
          bids: levels.meta({ description: 'Highest price first.' }),
          asks: levels.meta({ description: 'Lowest price first.' }),
          venue_at: timeOut.nullable().meta({ description: 'By the exchange; null where it does not say.' }),
          received_at: timeOut,
        }),
      },
    },
    handler: async (request) => {
      const { depth, ...query } = request.query;
      const market = marketOf(context, callerOf(request), query);
      const { desk, account, symbol } = market;
      const book = mustHave(await desk.markets.book(account.accountId, symbol, depth), market);
      return {
        exchange: account.exchange,
        symbol,
        bids: book.bids.map(toLevelView),
        asks: book.asks.map(toLevelView),
        venue_at: book.venueAt === null ? null : isoTime(book.venueAt),
        received_at: isoTime(book.receivedAt),
      };
    },
  });
}

function toLevelView({ price, quantity }: BookLevel): z.output<typeof levels>[number] {
  return { price: price.toString(), quantity: quantity.toString() };
}
