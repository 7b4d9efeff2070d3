import { callerOf, type App, type HttpContext } from '../context.ts';
import { idempotencyKeyOf } from '../idempotency.ts';
import { placeOrder, sendOrder } from '../order-answer.ts';
import { limitOrderBody } from '../order-request.ts';
import { orderView } from '../views/order.ts';

/** `POST /trading/v2/orders/limit` */
export function limitOrderRoute(app: App, context: HttpContext): void {
  app.route({
    method: 'POST',
    url: '/trading/v2/orders/limit',
    config: { scope: 'trade', bound: 'accounts and strategies' },
    schema: {
      summary: 'Place a limit order',
      tags: ['orders'],
      body: limitOrderBody,
      response: { 200: orderView, 201: orderView, 202: orderView },
    },
    handler: async (request, reply) => {
      const key = idempotencyKeyOf(request.headers['idempotency-key']);
      return sendOrder(reply, await placeOrder(context, callerOf(request), request.body, key));
    },
  });
}
