import { z } from 'zod';
import { chooseAccounts } from '../account-choice.ts';
import { callerOf, deskOf, requesterName, type App, type HttpContext } from '../context.ts';
import { accountField, exchangeField, flagText, symbolField } from '../fields.ts';
import { cancelSoon, untilFinished } from '../order-answer.ts';
import { orderView, toOrderView } from '../views/order.ts';

const WAIT_MS = 5_000;

const query = z
  .strictObject({
    exchange: exchangeField.optional(),
    symbol: symbolField.optional(),
    account: accountField.optional(),
    all: flagText.default(false),
  })
  .refine(
    ({ exchange, symbol, account, all }) =>
      all || exchange !== undefined || symbol !== undefined || account !== undefined,
    { path: ['all'], message: 'must be true to cancel every order; or name exchange, symbol or account' },
  );

/** `DELETE /trading/v2/orders`: one result per order that was not finished. */
export function cancelOrdersRoute(app: App, context: HttpContext): void {
  app.route({
    method: 'DELETE',
    url: '/trading/v2/orders',
    config: { scope: 'trade' },
    schema: {
      summary: 'Cancel many orders',
      tags: ['orders'],
      querystring: query,
      response: {
        200: z.object({
          results: z.array(
            z.object({
              order: orderView,
              outcome: z.enum(['canceled', 'finished', 'pending']).meta({
                description:
                  'finished: it ended otherwise first; pending: the exchange has not confirmed yet.',
              }),
            }),
          ),
        }),
      },
    },
    handler: async (request) => {
      const caller = callerOf(request);
      const desk = deskOf(context, caller);
      const { exchange, symbol, account } = request.query;
      const accountIds = chooseAccounts(context.accounts.of(caller.portfolioId), { exchange, account });
      const orders = desk.orders.openNow({
        ...(account === undefined ? {} : { accountIds }),
        ...(exchange === undefined ? {} : { exchange }),
        ...(symbol === undefined ? {} : { symbol }),
      });
      const results = await Promise.all(
        orders.map(async (order) => {
          const answer = await cancelSoon(desk, order.orderId, requesterName(caller));
          const after =
            answer.kind === 'unknown_order' ? order : await untilFinished(desk, answer.order, WAIT_MS);
          return { order: toOrderView(after), outcome: outcomeOf(after.status) };
        }),
      );
      return { results };
    },
  });
}

function outcomeOf(status: string): 'canceled' | 'finished' | 'pending' {
  if (status === 'canceled') return 'canceled';
  return ['filled', 'rejected', 'denied', 'expired', 'failed'].includes(status) ? 'finished' : 'pending';
}
