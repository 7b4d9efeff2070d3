/** Orders of which neither outcome can be proven any more: a person must look, and a drift case says so until then. */
import type { PortfolioState } from '../portfolio/state.ts';
import { driftId } from '../reconcile/drift.ts';
import type { Order } from './order.ts';

/** Whether a case about the order is open: nothing of it is waited for any more. */
export function isUnprovable(state: PortfolioState, { accountId, orderId }: Order): boolean {
  return state.drift.has(driftId('unprovable_order', accountId, orderId));
}

/** The unfinished orders about which such a case is open. */
export function unprovableOrders(state: PortfolioState): readonly Order[] {
  const orders: Order[] = [];
  for (const { kind, orderId } of state.drift.values()) {
    const order = kind === 'unprovable_order' && orderId !== null ? state.unfinished.get(orderId) : undefined;
    if (order !== undefined) orders.push(order);
  }
  return orders;
}
