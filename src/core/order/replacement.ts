/**
 * An order that takes the place of another while both rest: the old one ends once the new one is known to work, and the new one
 * once the old one has traded. So neither a refusal nor a lost answer leaves a position without its stop, and of a replacement
 * that a restart interrupts one order remains.
 *
 * Entry points: `mayRestBeside`, and `settleReplacements` after each decision.
 */
import type { OrderId } from '../ids.ts';
import type { Draft } from '../portfolio/draft.ts';
import { orderOf } from '../portfolio/state.ts';
import { cancelOrder } from './cancel.ts';
import type { Order } from './order.ts';
import { onlyReduces } from './terms.ts';
import { isFinished } from './transitions.ts';

/**
 * Whether a changed order may rest beside the one that it replaces: a stop that waits for its trigger. On spot it needs a free
 * balance of its own; a swap's must only reduce, so that both together close no more than the position.
 */
export function mayRestBeside(order: Order): boolean {
  const waits = order.stopPrice !== null && !order.stopTriggered && order.filledQuantity.isZero();
  return (
    waits && order.status === 'open' && (order.kind === 'spot' ? order.side === 'sell' : onlyReduces(order))
  );
}

/** Looks at the events of one decision, which begin at `from`: orders that were seen to work, and those that traded. */
export function settleReplacements(draft: Draft, from: number): void {
  const { events } = draft;
  const until = events.length;
  for (let index = from; index < until; index += 1) {
    const event = events[index];
    switch (event?.type) {
      case 'send_accepted':
      case 'working_seen':
        endReplaced(draft, event.orderId);
        break;
      case 'stop_trigger_seen':
      case 'fill_booked':
        endReplacement(draft, event.orderId);
        break;
      default:
        break;
    }
  }
}

function endReplaced(draft: Draft, orderId: OrderId): void {
  const order = orderOf(draft.state, orderId);
  if (order?.replaces === undefined || order.cancelRequested || isFinished(order.status)) return;
  const old = draft.state.unfinished.get(order.replaces);
  if (old === undefined || old.cancelRequested) return;
  cancelOrder(draft, old.orderId, order.requestedBy);
}

function endReplacement(draft: Draft, orderId: OrderId): void {
  if (orderOf(draft.state, orderId)?.stopPrice === null) return;
  for (const order of draft.state.unfinished.values())
    if (order.replaces === orderId && !order.cancelRequested)
      cancelOrder(draft, order.orderId, order.requestedBy);
}
