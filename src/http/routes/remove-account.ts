import { z } from 'zod';
import { accountId } from '../../core/ids.ts';
import { closerOf } from '../closing.ts';
import { ofUser, portfolioOf } from '../account-owner.ts';
import { requirePower } from '../authentication.ts';
import { callerOf, wholeDeskOf, requesterName, type App, type HttpContext } from '../context.ts';
import { accountField } from '../fields.ts';
import { Problem } from '../problem.ts';
import { endsSomething, inUse, openIn, refuseOpen, unwind, unwindQuery, unwoundView } from '../unwinding.ts';

/**
 * `DELETE /accounts/{account_id}`: its keys are deleted; its records in the journal stay. Refused while orders or positions are
 * open, which are ended first on request.
 */
export function removeAccountRoute(app: App, context: HttpContext): void {
  const closer = closerOf(context);
  app.route({
    method: 'DELETE',
    url: '/accounts/:account_id',
    config: { scope: 'admin' },
    schema: {
      summary: 'Remove an account',
      tags: ['account'],
      params: z.strictObject({ account_id: accountField }),
      querystring: z.strictObject({ ...unwindQuery, ...ofUser }),
      response: { 200: z.object({ id: z.string(), removed: z.boolean(), unwound: unwoundView }) },
    },
    handler: async (request) => {
      const caller = callerOf(request);
      const portfolioId = await portfolioOf(context, caller, request.query.user_id);
      const id = accountId(request.params.account_id);
      const wish = request.query;
      // To end orders and positions of another user is to trade for them.
      if (portfolioId !== caller.portfolioId && endsSomething(wish)) requirePower(caller, 'trade');
      const desk = wholeDeskOf(context, portfolioId);
      const account = (await context.directory.accounts(portfolioId)).find(
        (record) => record.accountId === id,
      );
      if (account === undefined) throw new Problem('account_not_found', `You have no account ${id}.`);
      const open = await openIn(desk, [account]);
      refuseOpen('account_in_use', id, [open], wish);
      const unwound = await unwind(closer, caller, [open], wish);
      if (wish.positions !== 'leave') {
        const { orders, positions } = await openIn(desk, [account]);
        if (positions.length > 0) throw inUse('account_in_use', id, orders, positions, unwound);
      }
      // An order may have been placed since: it is canceled, and the keys are kept until it has ended.
      const orders = await context.administration.closeAccount(portfolioId, id);
      const left = await openIn(desk, [account]);
      const positions = wish.positions === 'leave' ? [] : left.positions;
      if (orders.length > 0 || positions.length > 0) {
        await context.administration.alignAccount(portfolioId, id);
        throw inUse('account_in_use', id, orders, positions, unwound);
      }
      let isRemoved = false;
      try {
        isRemoved = await context.directory.removeAccount(portfolioId, id);
      } finally {
        // The account is opened to orders again where the directory still has it.
        await context.administration.alignAccount(portfolioId, id);
      }
      if (!isRemoved) throw new Problem('account_not_found', `You have no account ${id}.`);
      await context.accounts.refresh();
      request.log.info({ account: id, by: requesterName(caller) }, 'an account was removed');
      return { id, removed: true, unwound };
    },
  });
}
