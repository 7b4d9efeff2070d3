import { z } from 'zod';
import { chooseAccounts } from '../account-choice.ts';
import { accountsOf, callerOf, deskOf, type App, type HttpContext } from '../context.ts';
import { accountField, exchangeField, symbolField } from '../fields.ts';
import { hasTraits, orderTraitsQuery } from '../order-reference.ts';
import { orderView, toOrderView } from '../views/order.ts';

const query = z.strictObject({
  exchange: exchangeField.optional(),
  symbol: symbolField.optional(),
  account: accountField.optional(),
  ...orderTraitsQuery,
});

/** `GET /trading/v2/orders/open`: every order that is not finished, armed and unknown ones too. */
export function openOrdersRoute(app: App, context: HttpContext): void {
  app.route({
    method: 'GET',
    url: '/trading/v2/orders/open',
    config: { scope: 'read', bound: 'accounts and strategies' },
    schema: {
      summary: 'List the orders that are not finished',
      tags: ['orders'],
      querystring: query,
      response: { 200: z.object({ orders: z.array(orderView), as_of_seq: z.int() }) },
    },
    handler: async (request) => {
      const caller = callerOf(request);
      const { exchange, symbol, account, ...traits } = request.query;
      const accountIds = chooseAccounts(accountsOf(context, caller), { exchange, account });
      const { value, seq } = await deskOf(context, caller).books.openOrders({
        ...(account === undefined ? {} : { accountIds }),
        ...(exchange === undefined ? {} : { exchange }),
        ...(symbol === undefined ? {} : { symbol }),
      });
      return { orders: value.filter((order) => hasTraits(order, traits)).map(toOrderView), as_of_seq: seq };
    },
  });
}
