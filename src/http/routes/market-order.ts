import { callerOf, type App, type HttpContext } from '../context.ts';
import { idempotencyKeyOf } from '../idempotency.ts';
import { placeOrder, sendOrder } from '../order-answer.ts';
import { marketOrderBody } from '../order-request.ts';
import { orderView } from '../views/order.ts';

/** `POST /trading/v2/orders/market` */
export function marketOrderRoute(app: App, context: HttpContext): void {
  app.route({
    method: 'POST',
    url: '/trading/v2/orders/market',
    config: { scope: 'trade', bound: 'accounts and strategies' },
    schema: {
      summary: 'Place a market order',
      tags: ['orders'],
      body: marketOrderBody,
      response: { 200: orderView, 201: orderView, 202: orderView },
    },
    handler: async (request, reply) => {
      const key = idempotencyKeyOf(request.headers['idempotency-key']);
      return sendOrder(reply, await placeOrder(context, callerOf(request), request.body, key));
    },
  });
}
