import { z } from 'zod';
import { chooseAccounts } from '../account-choice.ts';
import { accountsOf, callerOf, deskOf, type App, type HttpContext } from '../context.ts';
import { accountField, exchangeField } from '../fields.ts';
import { positionView, toPositionView } from '../views/position.ts';

const query = z.strictObject({ exchange: exchangeField.optional(), account: accountField.optional() });

/** `GET /trading/v2/positions` */
export function positionsRoute(app: App, context: HttpContext): void {
  app.route({
    method: 'GET',
    url: '/trading/v2/positions',
    config: { scope: 'read', bound: 'accounts' },
    schema: {
      summary: 'List open positions',
      tags: ['positions'],
      querystring: query,
      response: { 200: z.object({ positions: z.array(positionView), as_of_seq: z.int() }) },
    },
    handler: async (request) => {
      const caller = callerOf(request);
      const { exchange, account } = request.query;
      const accountIds = chooseAccounts(accountsOf(context, caller), { exchange, account });
      const { value, seq } = await deskOf(context, caller).books.positions({
        ...(account === undefined ? {} : { accountIds }),
        ...(exchange === undefined ? {} : { exchange }),
      });
      return { positions: value.map(toPositionView), as_of_seq: seq };
    },
  });
}
