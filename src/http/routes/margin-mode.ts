import { z } from 'zod';
import { chooseAccount } from '../account-choice.ts';
import { accountsOf, callerOf, type App, type HttpContext } from '../context.ts';
import { symbolField } from '../fields.ts';
import { changeSetting, settingFields, settingView } from '../setting-answer.ts';

const marginMode = z.enum(['cross', 'isolated'], {
  error: (issue) => (issue.input === undefined ? 'is required' : 'must be cross or isolated'),
});

const body = z.strictObject({
  ...settingFields,
  symbol: symbolField.meta({ examples: ['BTC/USDT:USDT'] }),
  margin_mode: marginMode,
});

/** `PUT /trading/v2/margin-mode`: of a swap. Exchanges refuse it while it has a position or open orders. */
export function marginModeRoute(app: App, context: HttpContext): void {
  app.route({
    method: 'PUT',
    url: '/trading/v2/margin-mode',
    config: { scope: 'trade', bound: 'accounts' },
    schema: {
      summary: 'Set the margin mode of a swap at the exchange',
      tags: ['account'],
      body,
      response: { 200: z.object({ ...settingView, symbol: z.string(), margin_mode: marginMode }) },
    },
    handler: async (request) => {
      const { symbol, margin_mode: mode, reason, ...wish } = request.body;
      const caller = callerOf(request);
      const account = chooseAccount(accountsOf(context, caller), wish);
      const change = { setting: 'margin_mode', symbol, marginMode: mode } as const;
      const facts = await changeSetting(context, caller, account, change, reason);
      return { ...facts, symbol, margin_mode: mode };
    },
  });
}
