import { z } from 'zod';
import { ACCOUNT_MODES, VENUES } from '../../core/ids.ts';
import { chooseAccount } from '../account-choice.ts';
import { accountsOf, callerOf, deskOf, type App, type HttpContext } from '../context.ts';
import { accountField, exchangeField } from '../fields.ts';
import { balanceView, toBalanceView } from '../views/balance.ts';

/** `GET /trading/v2/account/balance` */
export function accountBalanceRoute(app: App, context: HttpContext): void {
  app.route({
    method: 'GET',
    url: '/trading/v2/account/balance',
    config: { scope: 'read', bound: 'accounts' },
    schema: {
      summary: 'Show the balances of an account',
      tags: ['account'],
      querystring: z.strictObject({ exchange: exchangeField, account: accountField.optional() }),
      response: {
        200: z.object({
          exchange: z.enum(VENUES),
          account: z.string(),
          mode: z.enum(ACCOUNT_MODES),
          balances: z.array(balanceView),
          as_of_seq: z.int(),
        }),
      },
    },
    handler: async (request) => {
      const caller = callerOf(request);
      const account = chooseAccount(accountsOf(context, caller), request.query);
      const { value, seq } = await deskOf(context, caller).books.balances(account.accountId);
      return {
        exchange: account.exchange,
        account: account.accountId,
        mode: account.mode,
        balances: value.map(toBalanceView),
        as_of_seq: seq,
      };
    },
  });
}
