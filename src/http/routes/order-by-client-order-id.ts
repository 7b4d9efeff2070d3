import { z } from 'zod';
import { callerOf, type App, type HttpContext } from '../context.ts';
import { clientOrderIdField } from '../fields.ts';
import { orderByClientOrderId } from '../order-reference.ts';
import { Problem } from '../problem.ts';
import { orderView, toOrderView } from '../views/order.ts';

/** `GET /trading/v2/orders`: the order with an id of the caller's own, finished or not. */
export function orderByClientOrderIdRoute(app: App, context: HttpContext): void {
  app.route({
    method: 'GET',
    url: '/trading/v2/orders',
    config: { scope: 'read', bound: 'accounts and strategies' },
    schema: {
      summary: 'Show the order with a client order id',
      tags: ['orders'],
      querystring: z.strictObject({ client_order_id: clientOrderIdField }),
      response: { 200: orderView },
    },
    handler: async (request) => {
      const { client_order_id: id } = request.query;
      const order = await orderByClientOrderId(context, callerOf(request), id);
      if (order === null)
        throw new Problem('order_not_found', `You have no order with client_order_id ${id}.`);
      return toOrderView(order);
    },
  });
}
