import { z } from 'zod';
import { chooseAccount } from '../account-choice.ts';
import { accountsOf, callerOf, type App, type HttpContext } from '../context.ts';
import { decimalOut, positiveDecimal, symbolField } from '../fields.ts';
import { changeSetting, settingFields, settingView } from '../setting-answer.ts';

const body = z.strictObject({
  ...settingFields,
  symbol: symbolField.meta({ examples: ['BTC/USDT:USDT'] }),
  leverage: positiveDecimal.meta({ examples: ['5'] }),
});

/** `PUT /trading/v2/leverage`: of a swap, held against the leverage limit before the exchange is asked. */
export function leverageRoute(app: App, context: HttpContext): void {
  app.route({
    method: 'PUT',
    url: '/trading/v2/leverage',
    config: { scope: 'trade', bound: 'accounts' },
    schema: {
      summary: 'Set the leverage of a swap at the exchange',
      tags: ['account'],
      body,
      response: { 200: z.object({ ...settingView, symbol: z.string(), leverage: decimalOut }) },
    },
    handler: async (request) => {
      const { symbol, leverage, reason, ...wish } = request.body;
      const caller = callerOf(request);
      const account = chooseAccount(accountsOf(context, caller), wish);
      const change = { setting: 'leverage', symbol, leverage } as const;
      const facts = await changeSetting(context, caller, account, change, reason);
      return { ...facts, symbol, leverage: leverage.toString() };
    },
  });
}
