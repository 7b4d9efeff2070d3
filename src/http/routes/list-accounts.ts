import { z } from 'zod';
import { callerOf, type App, type HttpContext } from '../context.ts';
import { accountView, toAccountView } from '../views/account.ts';

/** `GET /accounts`: the caller's own; keys are never shown. */
export function listAccountsRoute(app: App, context: HttpContext): void {
  app.route({
    method: 'GET',
    url: '/accounts',
    config: { scope: 'read' },
    schema: {
      summary: 'List your accounts',
      tags: ['account'],
      response: { 200: z.object({ accounts: z.array(accountView) }) },
    },
    handler: async (request) => {
      const accounts = await context.directory.accounts(callerOf(request).portfolioId);
      return { accounts: accounts.map(toAccountView) };
    },
  });
}
