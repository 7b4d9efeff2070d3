import { z } from 'zod';
import { VENUES } from '../../core/ids.ts';
import { callerOf, type App, type HttpContext } from '../context.ts';
import { marketOf, marketQuery } from '../market-answer.ts';
import { Problem } from '../problem.ts';
import { quoteFields, quoteView } from '../views/quote.ts';

/** `GET /market/ticker`: the best bid and ask, and the mark that risk is measured against. */
export function marketTickerRoute(app: App, context: HttpContext): void {
  app.route({
    method: 'GET',
    url: '/market/ticker',
    config: { scope: 'read', bound: 'accounts and strategies' },
    schema: {
      summary: 'Show the best bid and ask of an instrument',
      tags: ['markets'],
      querystring: z.strictObject(marketQuery),
      response: {
        200: z.object({
          exchange: z.enum(VENUES),
          symbol: z.string(),
          ...quoteFields,
        }),
      },
    },
    handler: async (request) => {
      const { desk, account, symbol } = marketOf(context, callerOf(request), request.query);
      const quote = await desk.markets.quote(account.accountId, symbol);
      if (quote === null) {
        throw new Problem(
          'venue_unreachable',
          `No quote of ${symbol} could be read from ${account.exchange}.`,
        );
      }
      return { exchange: account.exchange, symbol, ...quoteView(quote) };
    },
  });
}
