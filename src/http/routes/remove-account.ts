import { z } from 'zod';
import { accountId, type AccountId } from '../../core/ids.ts';
import type { Order } from '../../core/order/order.ts';
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
      if (open.length > 0) throw inUse(id, open, 'cancel them first');
      // An order may have been placed since: it is canceled, and the keys are kept until it has ended.
      const left = await context.administration.closeAccount(portfolioId, id);
      if (left.length > 0) throw inUse(id, left, 'their cancel goes on; try again once they have ended');
      let isRemoved = false;
      try {
        isRemoved = await context.directory.removeAccount(portfolioId, id);
      } finally {
        // The account is opened to orders again where the directory still has it.
        await context.administration.alignAccount(portfolioId, id);
      }
      if (!isRemoved) throw new Problem('account_not_found', `You have no account ${id}.`);
      await context.accounts.refresh();
      return { id, removed: true };
    },
  });
}

function inUse(id: AccountId, open: readonly Order[], remedy: string): Problem {
  const orders = open.length === 1 ? 'an order that is' : `${open.length} orders that are`;
  return new Problem('account_in_use', `${id} has ${orders} not finished: ${remedy}.`, {
    order_ids: open.map(({ orderId }) => orderId),
  });
}
