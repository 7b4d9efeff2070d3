/** Which input of a batch the journal refused for its idempotency key. Entry point: `placedUnder`. */
import type { OrderId } from '../core/ids.ts';
import { keysOf } from '../core/order/order.ts';
import type { Reply } from '../core/portfolio/decide.ts';
import type { PortfolioEvent } from '../core/portfolio/events.ts';

/** Whether a reply is of the order, or of the answered request, that was journaled under an idempotency key. */
export function placedUnder(key: string, reply: Reply, events: readonly PortfolioEvent[]): boolean {
  if (reply.kind === 'control')
    return reply.outcome.kind === 'request_remembered' && reply.outcome.key === key;
  return events.some(
    (event) =>
      (event.type === 'order_accepted' || event.type === 'order_denied') &&
      keysOf(event.request).includes(key) &&
      orderIdsIn(reply).includes(event.request.orderId),
  );
}

function orderIdsIn(reply: Reply): readonly OrderId[] {
  const answers = reply.kind === 'placed_all' ? reply.replies : [reply];
  return answers.flatMap((answer) =>
    'orderId' in answer && answer.orderId !== null ? [answer.orderId] : [],
  );
}
