import { z } from 'zod';
import { callerOf, requesterName, type App, type HttpContext } from '../context.ts';
import { textField } from '../fields.ts';
import { Problem } from '../problem.ts';

/** `DELETE /users/{user_id}`: no token of the user works any more; orders and books stay. */
export function disableUserRoute(app: App, context: HttpContext): void {
  app.route({
    method: 'DELETE',
    url: '/users/:user_id',
    config: { scope: 'admin' },
    schema: {
      summary: 'Disable a user',
      tags: ['administration'],
      params: z.strictObject({ user_id: textField(64) }),
      response: { 200: z.object({ id: z.string(), disabled: z.boolean() }) },
    },
    handler: async (request) => {
      const { user_id: userId } = request.params;
      const caller = callerOf(request);
      if (userId === caller.userId)
        throw new Problem('own_access', 'This is the user of the request itself; nothing was changed.');
      const by = requesterName(caller);
      switch (await context.directory.disableUser(userId, by)) {
        case 'not_found':
          throw new Problem('user_not_found', `There is no user ${userId}.`);
        case 'last_admin':
          throw new Problem('last_admin', `Without user ${userId} nobody is admin; nothing was changed.`);
        case 'done':
          request.log.info({ user_id: userId, by }, 'a user was disabled');
      }
      return { id: userId, disabled: true };
    },
  });
}
