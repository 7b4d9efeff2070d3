import { POSITION_MODES } from '../../core/venue/setting.ts';
import { z } from 'zod';
import { chooseAccount } from '../account-choice.ts';
import { accountsOf, callerOf, type App, type HttpContext } from '../context.ts';
import { changeSetting, settingFields, settingView } from '../setting-answer.ts';

const body = z.strictObject({
  ...settingFields,
  position_mode: z
    .enum(POSITION_MODES, {
      error: (issue) => (issue.input === undefined ? 'is required' : 'must be one_way or hedged'),
    })
    .meta({
      description:
        '`one_way`: one net position an instrument; `hedged`: a long and a short one side by side.',
    }),
});

/** `PUT /trading/v2/position-mode`: of all swaps of an account. Exchanges refuse it while there is a position or an open order. */
export function positionModeRoute(app: App, context: HttpContext): void {
  app.route({
    method: 'PUT',
    url: '/trading/v2/position-mode',
    config: { scope: 'trade', bound: 'accounts' },
    schema: {
      summary: 'Set the position mode of the swaps of an account at the exchange',
      tags: ['account'],
      body,
      response: { 200: z.object({ ...settingView, position_mode: z.enum(POSITION_MODES) }) },
    },
    handler: async (request) => {
      const { position_mode: mode, reason, ...wish } = request.body;
      const caller = callerOf(request);
      const account = chooseAccount(accountsOf(context, caller), wish);
      const change = { setting: 'position_mode', positionMode: mode } as const;
      const facts = await changeSetting(context, caller, account, change, reason);
      return { ...facts, position_mode: mode };
    },
  });
}
