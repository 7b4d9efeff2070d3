/**
 * Stops that were canceled to make room for another order, and are to be in the market again.
 *
 * Entry points: `keepStop`, `releaseStop`, `ordersInPlaceOf`, `placedFor`, `filledForKeptStops`. The journal has each from the cancel on, so that the owner of the portfolio after a
 * crash puts it back; the engine looks after it (engine/stop-keeper.ts) and says when that is over.
 */
import type { OrderId } from '../ids.ts';
import type { Draft } from '../portfolio/draft.ts';
import { orderOf, type PortfolioState } from '../portfolio/state.ts';
import type { Order } from './order.ts';
import type { BesidePosition } from './kept-stop-record.ts';

/** Has a stop put back from now on, or says anew what it is to sell beside its position. */
export function keepStop(draft: Draft, orderId: OrderId, requestedBy: string, beside: BesidePosition): void {
  const order = orderOf(draft.state, orderId);
  if (order === undefined || order.stopPrice === null) return;
  const known = draft.state.keptStops.get(orderId)?.beside;
  if (known !== undefined && isSame(known, beside)) return;
  draft.emit({ type: 'stop_kept', orderId, requestedBy, beside });
}

/** It is in its place again, or nothing is left that it would close. */
export function releaseStop(draft: Draft, orderId: OrderId): void {
  if (draft.state.keptStops.has(orderId)) draft.emit({ type: 'stop_released', orderId });
}

/** The orders in memory that were placed for a stop, in no order. */
export function ordersInPlaceOf(state: PortfolioState, stop: OrderId): readonly Order[] {
  const placed: Order[] = [];
  for (const orders of [state.finished, state.unfinished])
    for (const order of orders.values())
      if (order.replaces === stop && order.status !== 'denied') placed.push(order);
  return placed;
}

/** The last of them; null where there is none. */
export function placedFor(state: PortfolioState, stop: OrderId): Order | null {
  let last: Order | null = null;
  for (const order of ordersInPlaceOf(state, stop))
    if (order.createdAt >= (last?.createdAt ?? 0)) last = order;
  return last;
}

/** Finished orders that have closed a part of what a kept stop was to close: they stay in memory for as long as it is kept. */
export function filledForKeptStops(state: PortfolioState): ReadonlySet<OrderId> {
  const filled = new Set<OrderId>();
  if (state.keptStops.size === 0) return filled;
  for (const { orderId, replaces, filledQuantity } of state.finished.values())
    if (replaces !== undefined && state.keptStops.has(replaces) && filledQuantity.isPositive())
      filled.add(orderId);
  return filled;
}

function isSame(one: BesidePosition, other: BesidePosition): boolean {
  return one.ofThisStop.equals(other.ofThisStop) && one.ofAllStops.equals(other.ofAllStops);
}
