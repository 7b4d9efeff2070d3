import { z } from 'zod';
import { chooseAccount } from '../account-choice.ts';
import { callerOf, type App, type HttpContext } from '../context.ts';
import { Problem } from '../problem.ts';
import { changeSetting, settingFields, settingView } from '../setting-answer.ts';

const body = z.strictObject({
  ...settingFields,
  position_mode: z
    .enum(['one_way', 'hedged'], {
      error: (issue) => (issue.input === undefined ? 'is required' : 'must be one_way or hedged'),
    })
    .meta({ description: '`hedged` is refused: orders and books here know one position an instrument.' }),
});

/** `PUT /trading/v2/position-mode`: of all swaps of an account. Exchanges refuse it while there is a position or an open order. */
export function positionModeRoute(app: App, context: HttpContext): void {
  app.route({
    method: 'PUT',
    url: '/trading/v2/position-mode',
    config: { scope: 'trade' },
    schema: {
      summary: 'Put the swaps of an account into one-way mode at the exchange',
      tags: ['account'],
      body,
      response: { 200: z.object({ ...settingView, position_mode: z.literal('one_way') }) },
    },
    handler: async (request) => {
      const { position_mode: mode, reason, ...wish } = request.body;
      const caller = callerOf(request);
      const account = chooseAccount(context.accounts.of(caller.portfolioId), wish);
      if (mode === 'hedged') {
        throw new Problem('hedged_not_offered', 'position_mode: hedged is not offered; nothing was changed.');
      }
      const change = { setting: 'position_mode', positionMode: mode } as const;
      const facts = await changeSetting(context, caller, account, change, reason);
      return { ...facts, position_mode: mode };
    },
  });
}
