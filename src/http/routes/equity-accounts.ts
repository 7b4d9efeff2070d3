import { z } from 'zod';
import { chooseAccount } from '../account-choice.ts';
import { callerOf, deskOf, requesterName, type App, type HttpContext } from '../context.ts';
import { accountField, exchangeField, textField } from '../fields.ts';
import { Problem } from '../problem.ts';
import { riskStatusNow, riskStatusView } from '../views/risk-status.ts';

const body = z
  .strictObject({
    exchange: exchangeField,
    account: accountField.optional(),
    detached: z.boolean().meta({
      description: 'True takes the account out of the equity of its mode; false lets it join again.',
    }),
    reason: textField(500),
  })
  .meta({
    examples: [
      {
        exchange: 'binance',
        detached: true,
        reason: 'its keys were revoked; the others are to go on without it',
      },
    ],
  });

const answer = z.object({
  account: z.string(),
  detached: z.boolean(),
  status: riskStatusView,
});

/**
 * `POST /risk/accounts`: takes an account out of the equity of its mode, or lets it join again. It leaves with what it was
 * worth by the last reading, so that neither loss nor drawdown of the others changes.
 */
export function equityAccountsRoute(app: App, context: HttpContext): void {
  app.route({
    method: 'POST',
    url: '/risk/accounts',
    config: { scope: 'admin' },
    schema: {
      summary: 'Detach an account that cannot be read from the equity, or attach it again',
      tags: ['risk'],
      body,
      response: { 200: answer },
    },
    handler: async (request): Promise<z.output<typeof answer>> => {
      const caller = callerOf(request);
      const desk = deskOf(context, caller);
      const { detached, reason } = request.body;
      const { accountId, mode } = chooseAccount(context.accounts.of(caller.portfolioId), request.body);
      const by = requesterName(caller);
      const outcome = detached
        ? await desk.controls.detachAccount(accountId, by, reason)
        : await desk.controls.attachAccount(accountId, by, reason);
      if (outcome.kind === 'unknown_account')
        throw new Problem('account_not_found', `This node does not serve account ${accountId}.`);
      return { account: accountId, detached, status: await riskStatusNow(desk, mode) };
    },
  });
}
