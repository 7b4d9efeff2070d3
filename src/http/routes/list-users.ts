import { z } from 'zod';
import type { App, HttpContext } from '../context.ts';
import { isoTime, timeOut } from '../fields.ts';

const userView = z
  .object({ id: z.string(), name: z.string(), created_at: timeOut, disabled: z.boolean() })
  .meta({ id: 'User' });

/** `GET /users` */
export function listUsersRoute(app: App, context: HttpContext): void {
  app.route({
    method: 'GET',
    url: '/users',
    config: { scope: 'admin', power: 'manage' },
    schema: {
      summary: 'List the users',
      tags: ['administration'],
      response: { 200: z.object({ users: z.array(userView) }) },
    },
    handler: async () => ({
      users: (await context.directory.users()).map(({ userId, name, createdAt, disabled }) => ({
        id: userId,
        name,
        created_at: isoTime(createdAt.getTime()),
        disabled,
      })),
    }),
  });
}
