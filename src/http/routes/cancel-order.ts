import { z } from 'zod';
import { callerOf, deskOf, requesterName, type App, type HttpContext } from '../context.ts';
import { cancelNotSent, cancelSoon, isCancelAccepted, untilFinished } from '../order-answer.ts';
import { findOrder, orderPath, orderReferenceQuery } from '../order-reference.ts';
import { integerText } from '../fields.ts';
import { orderId } from '../../core/ids.ts';
import { isFinished } from '../../core/order/transitions.ts';
import { Problem } from '../problem.ts';
import { CANCEL_ACCEPTED, CANCEL_RECORDED, orderView, toOrderView } from '../views/order.ts';

const DEFAULT_WAIT_MS = 5_000;
const MAX_WAIT_MS = 30_000;

/** An order whose end is not journaled yet. */
const unfinishedView = orderView.extend({
  cancel_accepted: z.boolean().meta(CANCEL_ACCEPTED),
  cancel_recorded: z.boolean().meta(CANCEL_RECORDED),
});

/** `DELETE /trading/v2/orders/{order_id}`: by our id, or the venue's with `exchange` and `symbol`. */
export function cancelOrderRoute(app: App, context: HttpContext): void {
  app.route({
    method: 'DELETE',
    url: '/trading/v2/orders/:order_id',
    config: { scope: 'trade', bound: 'accounts and strategies' },
    schema: {
      summary: 'Cancel an order',
      tags: ['orders'],
      params: orderPath,
      querystring: z.strictObject({
        ...orderReferenceQuery,
        wait_ms: integerText(0, MAX_WAIT_MS).default(DEFAULT_WAIT_MS),
      }),
      response: { 200: orderView, 202: unfinishedView },
    },
    handler: async (request, reply) => {
      const caller = callerOf(request);
      const desk = deskOf(context, caller);
      const { wait_ms: waitMs, ...reference } = request.query;
      // By our own id it goes out from memory: a journal that does not answer must not keep it waiting.
      let answer = await cancelSoon(desk, orderId(request.params.order_id), requesterName(caller));
      if (answer.kind === 'unknown_order') {
        const order = await findOrder(context, caller, request.params.order_id, reference, false);
        answer = await cancelSoon(desk, order.orderId, requesterName(caller));
      }
      if (answer.kind === 'unknown_order')
        throw new Problem('order_not_found', `You have no order ${request.params.order_id}.`);
      if (answer.kind === 'withdrawn')
        throw new Problem(
          'order_not_found',
          answer.recorded
            ? 'It was not journaled yet: its placement is withdrawn, and it is not sent.'
            : 'It was not journaled yet: its placement is withdrawn, and it is not sent. Neither journal nor emergency log could record that: look for it after a crash.',
        );
      if (answer.kind === 'not_sent') throw cancelNotSent(answer);
      if (answer.kind === 'no_account') {
        throw new Problem(
          'order_not_cancelable',
          `Its account ${answer.order.accountId} was removed, and nothing was sent: cancel it at the exchange itself.`,
          { order_id: answer.order.orderId, order: toOrderView(answer.order) },
        );
      }
      if (answer.kind === 'already_finished') {
        throw new Problem('order_not_cancelable', `The order is ${answer.order.status} already.`, {
          order_id: answer.order.orderId,
          order: toOrderView(answer.order),
        });
      }
      const after = await untilFinished(desk, answer.order, waitMs);
      // Filled or ended otherwise while the cancel was under way: the caller must not take that for a cancel.
      if (after.status !== 'canceled' && isFinished(after.status)) {
        throw new Problem(
          'order_not_cancelable',
          `The order ended as ${after.status} before the cancel arrived.`,
          {
            order_id: after.orderId,
            order: toOrderView(after),
          },
        );
      }
      if (isFinished(after.status)) return reply.code(200).send(toOrderView(after));
      return reply.code(202).send({
        ...toOrderView(after),
        cancel_accepted: isCancelAccepted(desk, after),
        cancel_recorded: answer.recorded,
      });
    },
  });
}
