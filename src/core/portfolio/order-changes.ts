/**
 * Changes of orders as `evolve` folds them: an order in the state is never changed, only replaced by a changed copy, and
 * the indexes over the orders move with it.
 */
import { BrokenAssertion } from '../broken-assertion.ts';
import { Decimal } from '../decimal.ts';
import type { OrderId, TimeMs, VenueOrderId } from '../ids.ts';
import { noteOrderForgotten, noteOrderKept } from '../order/duplicate-index.ts';
import { noteOrderReplaced } from '../order/open-orders.ts';
import { keysOf, marketTerms, type Order, type OrderRequest } from '../order/order.ts';
import { isFinished, TRANSITIONS, type OrderEventType, type OrderStatus } from '../order/transitions.ts';
import type { OrderSetting, PortfolioEvent } from './events.ts';
import { venueClientOrderKey, venueOrderKey } from './keys.ts';
import { orderOf, type PortfolioState } from './state.ts';

/** The status an order has after an event; null when the table says that it changes nothing. */
export function nextStatus(order: Order, eventType: OrderEventType): OrderStatus | null {
  const outcome = TRANSITIONS[order.status][eventType];
  switch (outcome.kind) {
    case 'becomes':
    case 'contradicts':
      return outcome.status === 'working'
        ? order.filledQuantity.isZero()
          ? 'open'
          : 'partially_filled'
        : outcome.status;
    case 'ignored':
    case 'impossible':
      return null;
  }
}

export function newOrder(
  request: OrderRequest,
  setting: OrderSetting,
  status: OrderStatus,
  at: TimeMs,
  countedFrom: TimeMs,
  decided: Partial<Pick<Order, 'protectionPrice' | 'stopDirection' | 'hold' | 'approval'>>,
): Order {
  return {
    ...request,
    ...setting,
    status,
    reason: null,
    native: true,
    protectionPrice: decided.protectionPrice ?? null,
    stopDirection: decided.stopDirection ?? null,
    stopTriggered: false,
    hold: decided.hold ?? null,
    approval: decided.approval ?? null,
    attempts: [],
    retryAt: null,
    absentAt: null,
    landed: false,
    venueOrderIds: [],
    fillKeys: [],
    filledQuantity: Decimal.zero,
    filledCost: Decimal.zero,
    fees: [],
    final: null,
    cancelRequested: false,
    createdAt: at,
    countedFrom,
    updatedAt: at,
  };
}

export function storeOrder(state: PortfolioState, order: Order): void {
  const { orderId } = order;
  const unfinished = state.unfinished.get(orderId) ?? null;
  const isNew = unfinished === null && !state.finished.has(orderId);
  const finishes = isFinished(order.status);
  noteOrderReplaced(state, unfinished, finishes ? null : order);
  if (finishes) {
    state.unfinished.delete(orderId);
    state.finished.set(orderId, order);
  } else {
    state.finished.delete(orderId);
    state.unfinished.set(orderId, order);
  }
  // The keys of an order's request never change, so they are indexed once.
  if (!isNew) return;
  state.byVenueClientOrderId.set(venueClientOrderKey(order.accountId, order.venueClientOrderId), orderId);
  for (const key of keysOf(order)) state.byIdempotencyKey.set(key, orderId);
  noteOrderKept(state, order);
}

/** Throws `BrokenAssertion` for an order that is not in memory. */
export function knownOrder(state: PortfolioState, orderId: OrderId): Order {
  const order = orderOf(state, orderId);
  if (order === undefined)
    throw new BrokenAssertion(`an event for an order that is not in memory: ${orderId}`);
  return order;
}

/** A copy of an order that is not in the state yet: the one place where an order may be changed. */
type OrderCopy = { -readonly [Name in keyof Order]: Order[Name] };

/** `change` is given a copy to change. */
export function replaceOrder(
  state: PortfolioState,
  orderId: OrderId,
  change: (copy: OrderCopy) => void,
): void {
  const copy: OrderCopy = { ...knownOrder(state, orderId) };
  change(copy);
  storeOrder(state, copy);
}

/** As `replaceOrder`, and moves the status of the changed order by the event. */
export function moveOrder(
  state: PortfolioState,
  orderId: OrderId,
  eventType: OrderEventType,
  at: TimeMs,
  change: (copy: OrderCopy) => void,
): void {
  const copy: OrderCopy = { ...knownOrder(state, orderId) };
  change(copy);
  const status = nextStatus(copy, eventType);
  if (status === null)
    throw new BrokenAssertion(`${eventType} was journaled for an order that is ${copy.status}: ${orderId}`);
  copy.status = status;
  copy.updatedAt = at;
  storeOrder(state, copy);
}

/** Retries that are due at a time of the wall clock stay due after as long as before when it is set. */
export function moveRetries(state: PortfolioState, stepMs: number): void {
  for (const { orderId, retryAt } of state.unfinished.values()) {
    if (retryAt === null) continue;
    replaceOrder(state, orderId, (copy) => {
      copy.retryAt = retryAt + stepMs;
    });
  }
}

/** A stop that was never placed becomes a market order, under the same ids. */
export function closeStopNow(
  state: PortfolioState,
  event: Extract<PortfolioEvent, { type: 'stop_closes_now' }>,
): void {
  const before = knownOrder(state, event.orderId);
  if (before.stopPrice === null)
    throw new BrokenAssertion(`only a stop can be closed instead: ${event.orderId}`);
  const { stopPrice } = before;
  noteOrderForgotten(state, before);
  const after: Order = {
    ...before,
    ...marketTerms({ stopPrice, marketPrice: event.marketPrice }),
    stopDirection: null,
    protectionPrice: event.protectionPrice,
  };
  storeOrder(state, after);
  noteOrderKept(state, after);
}

export function linkVenueOrder(state: PortfolioState, copy: OrderCopy, venueOrderId: VenueOrderId): void {
  state.byVenueOrderId.set(venueOrderKey(copy.accountId, copy.symbol, venueOrderId), copy.orderId);
  if (!copy.venueOrderIds.includes(venueOrderId)) copy.venueOrderIds = [...copy.venueOrderIds, venueOrderId];
}

/** A finished order leaves memory. */
export function evictOrder(state: PortfolioState, orderId: OrderId): void {
  const order = state.finished.get(orderId);
  if (order === undefined) throw new BrokenAssertion(`only a finished order can leave memory: ${orderId}`);
  state.finished.delete(orderId);
  noteOrderForgotten(state, order);
  state.byVenueClientOrderId.delete(venueClientOrderKey(order.accountId, order.venueClientOrderId));
  for (const venueOrderId of order.venueOrderIds) {
    state.byVenueOrderId.delete(venueOrderKey(order.accountId, order.symbol, venueOrderId));
  }
  for (const key of keysOf(order)) state.byIdempotencyKey.delete(key);
}
