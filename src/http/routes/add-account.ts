import { z } from 'zod';
import { keyFields, requiredKeys, tryKeys } from '../account-keys.ts';
import { ofUser, portfolioOf } from '../account-owner.ts';
import { callerOf, requesterName, type App, type HttpContext } from '../context.ts';
import { exchangeField, modeField, textField } from '../fields.ts';
import { Problem } from '../problem.ts';
import { accountAnswer } from '../account-answer.ts';
import { accountView } from '../views/account.ts';

const body = z.strictObject({
  exchange: exchangeField,
  mode: modeField,
  label: textField(64).optional(),
  ...keyFields,
  ...ofUser,
});

/** `POST /accounts`: keys are tried at the exchange, sealed and never shown. An account that is added changes no default.
 * With `user_id` it is another user's, whose token is not needed. */
export function addAccountRoute(app: App, context: HttpContext): void {
  app.route({
    method: 'POST',
    url: '/accounts',
    config: { scope: 'admin' },
    schema: { summary: 'Add an account', tags: ['account'], body, response: { 201: accountView } },
    handler: async (request, reply) => {
      const caller = callerOf(request);
      const { exchange, mode, label } = request.body;
      const portfolioId = await portfolioOf(context, caller, request.body.user_id);
      const capabilities = context.capabilitiesOf(exchange);
      if (capabilities === null) {
        throw new Problem('exchange_not_supported', `exchange: ${exchange} is not supported yet.`);
      }
      if (!capabilities.modes[mode]) {
        throw new Problem('exchange_not_supported', `mode: ${exchange} has no ${mode} mode.`);
      }
      if (mode === 'live' && !context.administration.allowsLive) {
        throw new Problem(
          'live_not_allowed',
          'RISK_CHECK_ENABLED is false; see PLIMSOLL_LIVE_WITHOUT_RISK_CHECK.',
        );
      }
      const credentials = requiredKeys(context, exchange, mode, request.body);
      if (credentials !== null)
        await tryKeys(context, exchange, mode, credentials, request.body.allow_withdraw_keys);
      const account = await context.directory.addAccount({
        portfolioId,
        exchange,
        mode,
        label: label ?? mode,
        credentials,
      });
      await context.administration.alignAccount(portfolioId, account.accountId);
      await context.accounts.refresh();
      request.log.info(
        { account: account.accountId, portfolioId, by: requesterName(caller) },
        'an account was added',
      );
      return reply.code(201).send(await accountAnswer(context, account));
    },
  });
}
