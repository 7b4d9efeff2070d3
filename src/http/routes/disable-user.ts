import { z } from 'zod';
import { closerOf } from '../closing.ts';
import { requirePower } from '../authentication.ts';
import { callerOf, requesterName, wholeDeskOf, type App, type HttpContext } from '../context.ts';
import { textField } from '../fields.ts';
import { Problem } from '../problem.ts';
import {
  endsSomething,
  type Open,
  openIn,
  refuseOpen,
  unwind,
  unwindQuery,
  unwoundView,
} from '../unwinding.ts';

/**
 * `DELETE /users/{user_id}`: no token of the user works any more; the books stay. Refused while orders or positions are open;
 * on request the user is disabled first, so that nothing new comes, and they are ended then.
 */
export function disableUserRoute(app: App, context: HttpContext): void {
  const closer = closerOf(context);
  app.route({
    method: 'DELETE',
    url: '/users/:user_id',
    config: { scope: 'admin', power: 'manage' },
    schema: {
      summary: 'Disable a user',
      tags: ['administration'],
      params: z.strictObject({ user_id: textField(64) }),
      querystring: z.strictObject(unwindQuery),
      response: { 200: z.object({ id: z.string(), disabled: z.boolean(), unwound: unwoundView }) },
    },
    handler: async (request) => {
      const { user_id: userId } = request.params;
      const caller = callerOf(request);
      if (userId === caller.userId)
        throw new Problem('own_access', 'This is the user of the request itself; nothing was changed.');
      // To end their orders and positions is to trade for them.
      if (endsSomething(request.query)) requirePower(caller, 'trade');
      const by = requesterName(caller);
      const open = await openOf(context, userId);
      refuseOpen('user_in_use', `User ${userId}`, open, request.query);
      switch (await context.directory.disableUser(userId, by)) {
        case 'not_found':
          throw new Problem('user_not_found', `There is no user ${userId}.`);
        case 'last_admin':
          throw new Problem('last_admin', `Without user ${userId} nobody is admin; nothing was changed.`);
        case 'done':
          request.log.info({ user_id: userId, by }, 'a user was disabled');
      }
      // Read again: the user may have placed an order in between, as the last thing that their tokens did.
      const unwound = await unwind(closer, caller, await openOf(context, userId), request.query);
      return { id: userId, disabled: true, unwound };
    },
  });
}

/** Rejects with `EngineUnavailable` where this node does not run a portfolio of the user that has accounts. */
async function openOf(context: HttpContext, userId: string): Promise<readonly Open[]> {
  const portfolios = (await context.directory.portfolios()).filter(
    (portfolio) => portfolio.userId === userId,
  );
  const open: Open[] = [];
  for (const { portfolioId } of portfolios) {
    const accounts = await context.directory.accounts(portfolioId);
    if (accounts.length === 0) continue;
    open.push(await openIn(wholeDeskOf(context, portfolioId), accounts));
  }
  return open;
}
