import { z } from 'zod';
import { accountId } from '../../core/ids.ts';
import { callerOf, deskOf, type App, type HttpContext } from '../context.ts';
import { accountField } from '../fields.ts';
import { Problem } from '../problem.ts';

/** `DELETE /accounts/{account_id}`: its keys are deleted; its records in the journal stay. */
export function removeAccountRoute(app: App, context: HttpContext): void {
  app.route({
    method: 'DELETE',
    url: '/accounts/:account_id',
    config: { scope: 'admin' },
    schema: {
      summary: 'Remove an account',
      tags: ['account'],
      params: z.strictObject({ account_id: accountField }),
      response: { 200: z.object({ id: z.string(), removed: z.boolean() }) },
    },
    handler: async (request) => {
      const caller = callerOf(request);
      const { portfolioId } = caller;
      const id = accountId(request.params.account_id);
      const { value: open } = await deskOf(context, caller).books.openOrders({ accountIds: [id] });
      if (open.length > 0) {
        throw new Problem(
          'account_in_use',
          open.length === 1
            ? `${id} has an order that is not finished: cancel it first.`
            : `${id} has ${open.length} orders that are not finished: cancel them first.`,
          {
            order_ids: open.map(({ orderId }) => orderId),
          },
        );
      }
      if (!(await context.directory.removeAccount(portfolioId, id)))
        throw new Problem('account_not_found', `You have no account ${id}.`);
      await context.administration.alignAccount(portfolioId, id);
      await context.accounts.refresh();
      return { id, removed: true };
    },
  });
}
