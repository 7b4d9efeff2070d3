/**
 * An order that takes the place of another while both rest: the old one ends once the new one is known to work, and the new one
 * once the old one has traded. So neither a refusal nor a lost answer leaves a position without its stop, and of a replacement
 * that a restart interrupts one order remains. A new one that does not rest, a stop that closes now, protects nothing by being
 * accepted: the venue may end it unfilled. Only its executions end the old one.
 *
 * Entry points: `mayRestBeside`, and `settleReplacements` after each decision.
 */
import type { OrderId } from '../ids.ts';
import type { Draft } from '../portfolio/draft.ts';
import { orderOf } from '../portfolio/state.ts';
import { cancelOrder } from './cancel.ts';
import { finishesAtOnce, type Order } from './order.ts';
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
        endReplacedByResting(draft, event.orderId);
        break;
      case 'stop_trigger_seen':
        endReplacement(draft, event.orderId);
        break;
      case 'fill_booked':
        endReplacedByClosing(draft, event.orderId);
        endReplacement(draft, event.orderId);
        break;
      default:
        break;
    }
  }
}

function endReplacedByResting(draft: Draft, orderId: OrderId): void {
  const order = orderOf(draft.state, orderId);
  if (order === undefined || finishesAtOnce(order) || order.cancelRequested || isFinished(order.status))
    return;
  endReplaced(draft, order);
}

/**
 * A swap's old stop closes what the new order leaves, and no more than that: it ends once all is filled. On spot it would sell what
 * is sold already: it ends with the first execution.
 */
function endReplacedByClosing(draft: Draft, orderId: OrderId): void {
  const order = orderOf(draft.state, orderId);
  if (order === undefined || !finishesAtOnce(order)) return;
  const isFilled = order.quantity !== null && order.filledQuantity.atLeast(order.quantity);
  if (isFilled || order.kind === 'spot') endReplaced(draft, order);
}

function endReplaced(draft: Draft, { orderId, replaces, requestedBy }: Order): void {
  const old = replaces === undefined ? undefined : draft.state.unfinished.get(replaces);
  if (old === undefined || old.cancelRequested) return;
  cancelOrder(draft, old.orderId, requestedBy, `amended: order ${orderId} is in its place`);
}

function endReplacement(draft: Draft, orderId: OrderId): void {
  if (orderOf(draft.state, orderId)?.stopPrice === null) return;
  for (const order of draft.state.unfinished.values())
    if (order.replaces === orderId && !order.cancelRequested)
      cancelOrder(
        draft,
        order.orderId,
        order.requestedBy,
        `order ${orderId}, which it amends, was triggered`,
      );
}
