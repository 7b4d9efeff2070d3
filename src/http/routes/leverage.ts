import { z } from 'zod';
import { ACCOUNT_MODES, VENUES } from '../../core/ids.ts';
import { chooseAccount } from '../account-choice.ts';
import { accountsOf, callerOf, type App, type HttpContext } from '../context.ts';
import { decimalOut, positiveDecimal, symbolField } from '../fields.ts';
import { marketOf, marketQuery, mustHave } from '../market-answer.ts';
import { Problem } from '../problem.ts';
import { changeSetting, settingFields, settingView } from '../setting-answer.ts';

const body = z.strictObject({
  ...settingFields,
  symbol: symbolField.meta({ examples: ['BTC/USDT:USDT'] }),
  leverage: positiveDecimal.meta({ examples: ['5'] }),
});

/** `GET` and `PUT /trading/v2/leverage`: of a swap; a change is held against the leverage limit before the exchange is asked. */
export function leverageRoute(app: App, context: HttpContext): void {
  app.route({
    method: 'GET',
    url: '/trading/v2/leverage',
    config: { scope: 'read', bound: 'accounts' },
    schema: {
      summary: 'Show the leverage and the margin mode of a swap at the exchange',
      tags: ['account'],
      querystring: z.strictObject(marketQuery),
      response: {
        200: z.object({
          exchange: z.enum(VENUES),
          account: z.string(),
          mode: z.enum(ACCOUNT_MODES),
          symbol: z.string(),
          leverage: decimalOut.nullable().meta({
            description: 'Null where the exchange does not say, or the two sides of a hedged swap differ.',
          }),
          margin_mode: z.enum(['cross', 'isolated']).nullable(),
        }),
      },
    },
    handler: async (request) => {
      const market = marketOf(context, callerOf(request), request.query);
      const { desk, account, symbol, instrument } = market;
      if (instrument?.kind === 'spot')
        throw new Problem(
          'setting_not_offered',
          `symbol: ${symbol} is a spot instrument: it has no leverage.`,
        );
      const settings = mustHave(await desk.markets.readSwapSettings(account.accountId, symbol), market);
      return {
        exchange: account.exchange,
        account: account.accountId,
        mode: account.mode,
        symbol,
        leverage: settings.leverage?.toString() ?? null,
        margin_mode: settings.marginMode,
      };
    },
  });
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
