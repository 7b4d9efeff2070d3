import { z } from 'zod';
import type { App, HttpContext } from '../context.ts';
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
      if (!(await context.directory.disableUser(userId)))
        throw new Problem('user_not_found', `There is no user ${userId}.`);
      return { id: userId, disabled: true };
    },
  });
}
