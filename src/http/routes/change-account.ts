import { z } from 'zod';
import { accountId } from '../../core/ids.ts';
import { keyFields, requiredKeys, tryKeys } from '../account-keys.ts';
import { ofUser, portfolioOf } from '../account-owner.ts';
import { callerOf, type App, type HttpContext } from '../context.ts';
import { accountField, textField } from '../fields.ts';
import { Problem, fieldProblem } from '../problem.ts';
import { accountAnswer } from '../account-answer.ts';
import { accountView } from '../views/account.ts';

const body = z.strictObject({
  label: textField(64).optional(),
  is_default: z.literal(true, { error: 'must be true: make another account the default instead' }).optional(),
  ...keyFields,
  ...ofUser,
});

/** `PATCH /accounts/{account_id}`: its label, its keys (all of them together), or that it is the default. */
export function changeAccountRoute(app: App, context: HttpContext): void {
  app.route({
    method: 'PATCH',
    url: '/accounts/:account_id',
    config: { scope: 'admin' },
    schema: {
      summary: 'Change an account',
      tags: ['account'],
      params: z.strictObject({ account_id: accountField }),
      body,
      response: { 200: accountView },
    },
    handler: async (request) => {
      const portfolioId = await portfolioOf(context, callerOf(request), request.body.user_id);
      const id = accountId(request.params.account_id);
      const { label, is_default: makeDefault, api_key: apiKey, secret, passphrase } = request.body;
      const account = (await context.directory.accounts(portfolioId)).find(
        ({ accountId }) => accountId === id,
      );
      if (account === undefined) throw new Problem('account_not_found', `You have no account ${id}.`);
      const hasKeys = apiKey !== undefined || secret !== undefined || passphrase !== undefined;
      if (!hasKeys && label === undefined && makeDefault === undefined)
        throw fieldProblem('body', 'must change something');
      const credentials = hasKeys
        ? requiredKeys(context, account.exchange, account.mode, request.body)
        : null;
      if (credentials !== null)
        await tryKeys(context, account.exchange, account.mode, credentials, request.body.allow_withdraw_keys);
      const changed = await context.directory.changeAccount(portfolioId, id, {
        ...(label === undefined ? {} : { label }),
        ...(makeDefault === undefined ? {} : { makeDefault }),
        ...(credentials === null ? {} : { credentials }),
      });
      if (changed === null) throw new Problem('account_not_found', `You have no account ${id}.`);
      if (credentials !== null) await context.administration.alignAccount(portfolioId, id);
      await context.accounts.refresh();
      return accountAnswer(context, changed);
    },
  });
}
