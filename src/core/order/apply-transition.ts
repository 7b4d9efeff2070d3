/** Looks an order's event up in the transition table: the event is applied, ignored, or opens a drift case. */
import type { Draft } from '../portfolio/draft.ts';
import type { PortfolioEvent } from '../portfolio/events.ts';
import { orderOf } from '../portfolio/state.ts';
import { BrokenAssertion } from '../broken-assertion.ts';
import { driftId } from '../reconcile/drift.ts';
import { RECONCILIATION, resolveDrift } from '../reconcile/resolve.ts';
import type { OrderId } from '../ids.ts';
import type { Order } from './order.ts';
import { TRANSITIONS, type OrderEventType } from './transitions.ts';

/** The order as the draft has it now. Throws when it is not in memory: the shell recalls it first. */
export function currentOrder(draft: Draft, orderId: OrderId): Order {
  const order = orderOf(draft.state, orderId);
  if (order === undefined) throw new BrokenAssertion(`not in memory: ${orderId}`);
  return order;
}

/**
 * Journals `event` if the table lets `eventType` change the order, with a drift case where the venue contradicts
 * itself. Returns whether it was journaled.
 */
export function applyTransition(
  draft: Draft,
  orderId: OrderId,
  eventType: OrderEventType,
  event: PortfolioEvent,
): boolean {
  const order = currentOrder(draft, orderId);
  const outcome = TRANSITIONS[order.status][eventType];
  switch (outcome.kind) {
    case 'becomes':
      draft.emit(event);
      settleUnprovable(draft, orderId);
      return true;
    case 'ignored':
      return false;
    case 'contradicts':
      draft.emit(event);
      settleUnprovable(draft, orderId);
      openContradiction(draft, order, eventType, outcome.why);
      return true;
    case 'impossible':
      openContradiction(draft, order, eventType, outcome.why);
      return false;
  }
}

/** The `theirs` of the case of an order that worked and that no answer of the venue shows any more. */
export const LOST_FROM_SIGHT = 'absent';

/** A drift case of an order: what we had on it, what the venue said, and why both cannot be. */
export function openContradiction(draft: Draft, order: Order, theirs: string, why: string): void {
  const id = driftId('order_contradiction', order.accountId, order.orderId);
  if (draft.state.drift.has(id)) return;
  draft.emit({
    type: 'drift_opened',
    drift: {
      driftId: id,
      kind: 'order_contradiction',
      accountId: order.accountId,
      subject: order.orderId,
      symbol: order.symbol,
      orderId: order.orderId,
      ours: order.status,
      theirs,
      detail: why,
      openedAt: draft.at,
    },
  });
}

/** Settles the case of an order of which neither outcome could be proven, once one of them is: it is not `unknown` any more. */
function settleUnprovable(draft: Draft, orderId: OrderId): void {
  if (draft.state.drift.size === 0) return;
  const { accountId, status } = currentOrder(draft, orderId);
  if (status !== 'unknown')
    resolveDrift(
      draft,
      driftId('unprovable_order', accountId, orderId),
      RECONCILIATION,
      `the venue has shown what became of it: ${status}`,
    );
}

/** Settles the case of an order that the venue had lost from sight, when the venue shows it again. */
export function settleLostFromSight(draft: Draft, orderId: OrderId): void {
  if (draft.state.drift.size === 0) return;
  const drift = draft.state.drift.get(
    driftId('order_contradiction', currentOrder(draft, orderId).accountId, orderId),
  );
  if (drift?.theirs === LOST_FROM_SIGHT)
    resolveDrift(draft, drift.driftId, RECONCILIATION, 'the venue shows the order again');
}
