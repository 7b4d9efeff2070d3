/**
 * Stops that were canceled to make room for another order, and are to be in the market again.
 *
 * Entry points: `keepStop`, `updateKeptStop`, `releaseStop`, `releaseStopsOf`, `ordersInPlaceOf`, `placedFor`, `filledForKeptStops`. The journal has each from the cancel on, so that the owner of the portfolio after a
 * crash puts it back; the engine looks after it (engine/stop-keeper.ts) and says when that is over.
 */
import type { OrderId } from '../ids.ts';
import type { Draft } from '../portfolio/draft.ts';
import { orderOf, type PortfolioState } from '../portfolio/state.ts';
import type { Order } from './order.ts';
import type { BesidePosition, KeptStop } from './kept-stop-record.ts';

/** Has a stop put back from now on. */
export function keepStop(draft: Draft, { orderId, requestedBy, beside }: KeptStop): void {
  const order = orderOf(draft.state, orderId);
  if (order !== undefined && order.stopPrice !== null) emitKept(draft, { orderId, requestedBy, beside });
}

/** Says anew what becomes of a stop that is to be put back. One that somebody has released since its cancel stays released. */
export function updateKeptStop(draft: Draft, kept: KeptStop): void {
  if (draft.state.keptStops.has(kept.orderId)) emitKept(draft, kept);
}

function emitKept(draft: Draft, { orderId, requestedBy, beside, isShort }: KeptStop): void {
  const known = draft.state.keptStops.get(orderId);
  if (known !== undefined && known.isShort === isShort && isSame(known.beside, beside)) return;
  draft.emit({
    type: 'stop_kept',
    orderId,
    requestedBy,
    beside,
    ...(isShort === undefined ? {} : { isShort }),
  });
}

/** It is in its place again, or nothing is left that it would close. */
export function releaseStop(draft: Draft, orderId: OrderId): void {
  if (draft.state.keptStops.has(orderId)) draft.emit({ type: 'stop_released', orderId });
}

/** A person who cancels an order wants none in its place: neither for itself, nor for the stop that it was placed for. */
export function releaseStopsOf(
  draft: Draft,
  { orderId, replaces }: Pick<Order, 'orderId' | 'replaces'>,
): void {
  releaseStop(draft, orderId);
  if (replaces !== undefined) releaseStop(draft, replaces);
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
