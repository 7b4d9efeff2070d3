import { z } from 'zod';
import { chooseAccount } from '../account-choice.ts';
import { accountsOf, callerOf, type App, type HttpContext } from '../context.ts';
import { accountField, exchangeField, integerText, symbolField, textField, timeText } from '../fields.ts';
import { findOrder, orderPath, orderReferenceQuery } from '../order-reference.ts';
import { fieldProblem } from '../problem.ts';
import { fillsShown } from '../fill-answer.ts';
import { fillView } from '../views/fill.ts';

const MAX_PAGE = 1_000;
const DEFAULT_PAGE = 100;

const query = z.strictObject({
  exchange: exchangeField.optional(),
  account: accountField.optional(),
  symbol: symbolField.optional(),
  since: timeText.optional(),
  until: timeText.optional(),
  limit: integerText(1, MAX_PAGE).default(DEFAULT_PAGE),
  cursor: textField(512).optional(),
});

/** `GET /trading/v2/fills` and `GET /trading/v2/orders/{order_id}/fills` */
export function fillsRoute(app: App, context: HttpContext): void {
  app.route({
    method: 'GET',
    url: '/trading/v2/fills',
    config: { scope: 'read', bound: 'accounts' },
    schema: {
      summary: 'List executions, newest first',
      tags: ['orders'],
      querystring: query,
      response: { 200: z.object({ fills: z.array(fillView), next_cursor: z.string().nullable() }) },
    },
    handler: async (request) => {
      const caller = callerOf(request);
      const { exchange, account, symbol, since, until, limit, cursor } = request.query;
      if (account !== undefined && exchange === undefined) {
        throw fieldProblem('exchange', 'is required with account', 'querystring');
      }
      if (caller.bounds.accounts !== null && exchange === undefined)
        throw fieldProblem('exchange', 'is required by a token that is for accounts', 'querystring');
      const chosen =
        exchange === undefined ? null : chooseAccount(accountsOf(context, caller), { exchange, account });
      const page = await context.readModels.fills({
        portfolioId: caller.portfolioId,
        limit,
        ...(chosen === null ? {} : { accountId: chosen.accountId }),
        ...(symbol === undefined ? {} : { symbol }),
        ...(since === undefined ? {} : { since }),
        ...(until === undefined ? {} : { until }),
        ...(cursor === undefined ? {} : { cursor }),
      });
      return {
        fills: await fillsShown(context, caller.portfolioId, page.fills),
        next_cursor: page.nextCursor,
      };
    },
  });
  app.route({
    method: 'GET',
    url: '/trading/v2/orders/:order_id/fills',
    config: { scope: 'read', bound: 'accounts and strategies' },
    schema: {
      summary: 'List the executions of an order',
      tags: ['orders'],
      params: orderPath,
      querystring: z.strictObject(orderReferenceQuery),
      response: { 200: z.object({ fills: z.array(fillView) }) },
    },
    handler: async (request) => {
      const caller = callerOf(request);
      const order = await findOrder(context, caller, request.params.order_id, request.query, false);
      const fills = await context.readModels.fillsOfOrder(caller.portfolioId, order.orderId);
      return { fills: await fillsShown(context, caller.portfolioId, fills) };
    },
  });
}
