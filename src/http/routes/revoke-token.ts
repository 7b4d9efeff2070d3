import { z } from 'zod';
import { hasPower } from '../../directory/token.ts';
import { callerOf, requesterName, type App, type HttpContext } from '../context.ts';
import { textField } from '../fields.ts';
import { Problem } from '../problem.ts';

/** `DELETE /tokens/{token_id}`: neither the token of the request nor the last admin token. */
export function revokeTokenRoute(app: App, context: HttpContext): void {
  app.route({
    method: 'DELETE',
    url: '/tokens/:token_id',
    config: { scope: 'admin' },
    schema: {
      summary: 'Revoke a token',
      tags: ['administration'],
      params: z.strictObject({ token_id: textField(64) }),
      response: { 200: z.object({ id: z.string(), revoked: z.boolean() }) },
    },
    handler: async (request) => {
      const { token_id: tokenId } = request.params;
      const caller = callerOf(request);
      if (tokenId === caller.tokenId)
        throw new Problem('own_access', 'This is the token of the request itself; nothing was revoked.');
      const by = requesterName(caller);
      // Without power over others, theirs are not found.
      const of = hasPower(caller.users, 'manage') ? null : caller.userId;
      switch (await context.directory.revokeToken(of, tokenId, by)) {
        case 'not_found':
          throw new Problem('token_not_found', `There is no token ${tokenId}.`);
        case 'last_admin':
          throw new Problem('last_admin', `Without ${tokenId} nobody is admin; nothing was revoked.`);
        case 'done':
          request.log.info({ token_id: tokenId, by }, 'a token was revoked');
      }
      return { id: tokenId, revoked: true };
    },
  });
}
