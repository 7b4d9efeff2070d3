import { z } from 'zod';
import { accountId } from '../../core/ids.ts';
import { ofUser, portfolioOf } from '../account-owner.ts';
import { callerOf, wholeDeskOf, type App, type HttpContext } from '../context.ts';
import { accountField } from '../fields.ts';
import { Problem } from '../problem.ts';

/** `POST /accounts/{account_id}/verify`: whether the exchange takes the keys that are kept. */
export function verifyAccountRoute(app: App, context: HttpContext): void {
  app.route({
    method: 'POST',
    url: '/accounts/:account_id/verify',
    config: { scope: 'admin' },
    schema: {
      summary: 'Try the keys of an account',
      tags: ['account'],
      params: z.strictObject({ account_id: accountField }),
      querystring: z.strictObject(ofUser),
      response: {
        200: z.object({
          id: z.string(),
          works: z.boolean(),
          reason: z.string().nullable(),
          may_withdraw: z
            .boolean()
            .nullable()
            .meta({ description: 'Null for paper, and where the exchange does not say.' }),
        }),
      },
    },
    handler: async (request) => {
      const portfolioId = await portfolioOf(context, callerOf(request), request.query.user_id);
      const id = accountId(request.params.account_id);
      const account = (await context.directory.accounts(portfolioId)).find(
        ({ accountId }) => accountId === id,
      );
      if (account === undefined) throw new Problem('account_not_found', `You have no account ${id}.`);
      if (account.mode === 'paper') {
        const reading = await wholeDeskOf(context, portfolioId).books.account(id);
        const works = reading?.account.balancesKnown === true;
        return {
          id,
          works,
          reason: works ? null : 'the simulator has not answered yet',
          may_withdraw: null,
        };
      }
      const keys = await context.directory.credentials(portfolioId, id);
      if (keys === null) return { id, works: false, reason: 'no keys are kept', may_withdraw: null };
      const tried = await context.administration.tryKeys(account.exchange, account.mode, keys);
      switch (tried.kind) {
        case 'work':
          return { id, works: true, reason: null, may_withdraw: tried.mayWithdraw };
        case 'refused':
          return { id, works: false, reason: tried.reason, may_withdraw: null };
        case 'unreachable':
          throw new Problem(
            'venue_unreachable',
            `${account.exchange} could not be asked about the keys: ${tried.reason}.`,
          );
      }
    },
  });
}
