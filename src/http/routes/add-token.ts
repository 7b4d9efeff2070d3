import { z } from 'zod';
import { SCOPES } from '../../directory/token.ts';
import { callerOf, requesterName, type App, type HttpContext } from '../context.ts';
import { textField, timeOut, timeText, isoTime } from '../fields.ts';
import { Problem, fieldProblem } from '../problem.ts';

const body = z.strictObject({
  user_id: textField(64).optional(),
  label: textField(64),
  scopes: z
    .array(z.enum(SCOPES, { error: `must be of ${SCOPES.join(', ')}` }), {
      error: 'must be a list of scopes',
    })
    .min(1, 'must name at least one scope')
    .max(SCOPES.length, 'must name each scope once')
    .refine((scopes) => new Set(scopes).size === scopes.length, 'must name each scope once'),
  expires_at: timeText.optional(),
});

/** `POST /tokens`: the token is in this answer and is never shown again. */
export function addTokenRoute(app: App, context: HttpContext): void {
  app.route({
    method: 'POST',
    url: '/tokens',
    config: { scope: 'admin' },
    schema: {
      summary: 'Make a token',
      tags: ['administration'],
      body,
      response: {
        201: z.object({
          id: z.string(),
          token: z.string().meta({ description: 'Shown this once.' }),
          user_id: z.string(),
          label: z.string(),
          scopes: z.array(z.enum(SCOPES)),
          expires_at: timeOut.nullable(),
        }),
      },
    },
    handler: async (request, reply) => {
      const { label, scopes, expires_at: expiresAt } = request.body;
      const caller = callerOf(request);
      const userId = request.body.user_id ?? caller.userId;
      if (expiresAt !== undefined && expiresAt <= context.now()) {
        throw fieldProblem('expires_at', 'must lie in the future');
      }
      if (!(await context.directory.users()).some((user) => user.userId === userId && !user.disabled))
        throw new Problem('user_not_found', `There is no user ${userId}.`);
      const { tokenId, token } = await context.directory.addToken({
        userId,
        label,
        scopes,
        expiresAt: expiresAt === undefined ? null : new Date(expiresAt),
        createdBy: requesterName(caller),
      });
      request.log.info(
        { token_id: tokenId, user_id: userId, scopes, by: requesterName(caller) },
        'a token was made',
      );
      return reply.code(201).send({
        id: tokenId,
        token,
        user_id: userId,
        label,
        scopes,
        expires_at: expiresAt === undefined ? null : isoTime(expiresAt),
      });
    },
  });
}
