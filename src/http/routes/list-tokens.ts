import { z } from 'zod';
import { requirePower } from '../authentication.ts';
import { callerOf, type App, type HttpContext } from '../context.ts';
import { textField } from '../fields.ts';
import { tokenView, toTokenView } from '../views/token.ts';

/** `GET /tokens`: the caller's own, or those of `user_id`. */
export function listTokensRoute(app: App, context: HttpContext): void {
  app.route({
    method: 'GET',
    url: '/tokens',
    config: { scope: 'admin' },
    schema: {
      summary: 'List tokens',
      tags: ['administration'],
      querystring: z.strictObject({ user_id: textField(64).optional() }),
      response: { 200: z.object({ tokens: z.array(tokenView) }) },
    },
    handler: async (request) => {
      const caller = callerOf(request);
      const userId = request.query.user_id ?? caller.userId;
      if (userId !== caller.userId) requirePower(caller, 'manage');
      const tokens = await context.directory.tokens(userId);
      return { tokens: tokens.map(toTokenView) };
    },
  });
}
