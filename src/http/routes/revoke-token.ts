import { z } from 'zod';
import type { App, HttpContext } from '../context.ts';
import { textField } from '../fields.ts';
import { Problem } from '../problem.ts';

/** `DELETE /tokens/{token_id}` */
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
      if (!(await context.directory.revokeToken(null, tokenId)))
        throw new Problem('token_not_found', `There is no token ${tokenId}.`);
      return { id: tokenId, revoked: true };
    },
  });
}
