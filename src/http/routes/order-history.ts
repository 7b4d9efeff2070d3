import { z } from 'zod';
import { isFinished, ORDER_STATUSES } from '../../core/order/transitions.ts';
import { decodeOrder } from '../../core/portfolio/codec.ts';
import { chooseAccounts } from '../account-choice.ts';
import { accountsOf, callerOf, type App, type HttpContext } from '../context.ts';
import { accountField, exchangeField, integerText, symbolField, textField, timeText } from '../fields.ts';
import { hasTraits, orderByClientOrderId, orderTraitsQuery } from '../order-reference.ts';
import { fieldProblem } from '../problem.ts';
import { orderView, toOrderView } from '../views/order.ts';

const MAX_PAGE = 1_000;
const DEFAULT_PAGE = 100;

const query = z.strictObject({
  exchange: exchangeField.optional(),
  symbol: symbolField.optional(),
  account: accountField.optional(),
  ...orderTraitsQuery,
  status: z.enum(ORDER_STATUSES, { error: `must be one of ${ORDER_STATUSES.join(', ')}` }).optional(),
  since: timeText.optional(),
  until: timeText.optional(),
  limit: integerText(1, MAX_PAGE).default(DEFAULT_PAGE),
  cursor: textField(512).optional(),
});

/** `GET /trading/v2/orders/history`: finished orders, newest first. */
export function orderHistoryRoute(app: App, context: HttpContext): void {
  app.route({
    method: 'GET',
    url: '/trading/v2/orders/history',
    config: { scope: 'read', bound: 'accounts' },
    schema: {
      summary: 'List finished orders',
      tags: ['orders'],
      querystring: query,
      response: { 200: z.object({ orders: z.array(orderView), next_cursor: z.string().nullable() }) },
    },
    handler: async (request) => {
      const caller = callerOf(request);
      const { exchange, symbol, account, status, since, until, limit, cursor, ...traits } = request.query;
      const { client_order_id: clientOrderId, strategy, side } = traits;
      const accountIds = chooseAccounts(accountsOf(context, caller), { exchange, account });
      if (clientOrderId !== undefined) {
        if (cursor !== undefined)
          throw fieldProblem(
            'cursor',
            'does not go with client_order_id, which one order has',
            'querystring',
          );
        const order = await orderByClientOrderId(context, caller, clientOrderId);
        const isListed =
          order !== null &&
          isFinished(order.status) &&
          (account === undefined || accountIds.includes(order.accountId)) &&
          (exchange === undefined || order.venue === exchange) &&
          (symbol === undefined || order.symbol === symbol) &&
          (status === undefined || order.status === status) &&
          (since === undefined || order.createdAt >= since) &&
          (until === undefined || order.createdAt < until) &&
          hasTraits(order, traits);
        return { orders: isListed ? [toOrderView(order)] : [], next_cursor: null };
      }
      const page = await context.readModels.history({
        portfolioId: caller.portfolioId,
        limit,
        ...(account === undefined && caller.bounds.accounts === null ? {} : { accountIds }),
        ...(exchange === undefined ? {} : { exchange }),
        ...(symbol === undefined ? {} : { symbol }),
        ...(status === undefined ? {} : { status }),
        ...(strategy === undefined ? {} : { strategy }),
        ...(side === undefined ? {} : { side }),
        ...(since === undefined ? {} : { since }),
        ...(until === undefined ? {} : { until }),
        ...(cursor === undefined ? {} : { cursor }),
      });
      return {
        orders: page.documents.map((document) => toOrderView(decodeOrder(document))),
        next_cursor: page.nextCursor,
      };
    },
  });
}
