import { z } from 'zod';
import { ofUser, portfolioOf } from '../account-owner.ts';
import { callerOf, type App, type HttpContext } from '../context.ts';
import { accountAnswers } from '../account-answer.ts';
import { accountView } from '../views/account.ts';

/** `GET /accounts`: the caller's own, or those of `user_id`; keys are never shown. */
export function listAccountsRoute(app: App, context: HttpContext): void {
  app.route({
    method: 'GET',
    url: '/accounts',
    config: { scope: 'read', bound: 'accounts and strategies' },
    schema: {
      summary: 'List your accounts',
      tags: ['account'],
      querystring: z.strictObject(ofUser),
      response: { 200: z.object({ accounts: z.array(accountView) }) },
    },
    handler: async (request) => {
      const caller = callerOf(request);
      const accounts = await context.directory.accounts(
        await portfolioOf(context, caller, request.query.user_id),
      );
      const { bounds } = caller;
      return {
        accounts: await accountAnswers(
          context,
          accounts.filter(({ accountId }) => bounds.accounts === null || bounds.accounts.includes(accountId)),
        ),
      };
    },
  });
}
