import { z } from 'zod';
import { NameTaken } from '../../directory/directory.ts';
import type { App, HttpContext } from '../context.ts';
import { Problem } from '../problem.ts';

const body = z.strictObject({
  name: z
    .string({ error: 'must be text' })
    .regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, 'must be 1 to 64 of a-z, 0-9, dot, underscore, dash'),
});

/** `POST /users`: with a portfolio `main` of their own and no account yet. */
export function addUserRoute(app: App, context: HttpContext): void {
  app.route({
    method: 'POST',
    url: '/users',
    config: { scope: 'admin', power: 'manage' },
    schema: {
      summary: 'Add a user',
      tags: ['administration'],
      body,
      response: { 201: z.object({ id: z.string(), name: z.string(), portfolio_id: z.string() }) },
    },
    handler: async (request, reply) => {
      const { name } = request.body;
      try {
        const { userId, portfolioId } = await context.directory.addUser(name);
        await context.administration.openPortfolio(portfolioId);
        return await reply.code(201).send({ id: userId, name, portfolio_id: portfolioId });
      } catch (error) {
        if (error instanceof NameTaken) throw new Problem('name_taken', `name: ${name} is taken.`);
        throw error;
      }
    },
  });
}
