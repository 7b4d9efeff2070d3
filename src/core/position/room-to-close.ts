/**
 * Which resting sales a close of spot cancels to have coins that it can sell: no more of them than it needs.
 *
 * Entry points: `roomToClose`, `allOf`. Pure. Quantities are base units.
 *
 * An account may hold coins beside a position, and orders that sell those. A sale belongs to the position where it was placed since
 * that was opened and is no larger than it; every other stands beside it, or for both.
 */
import { Decimal } from '../decimal.ts';
import { remainingQuantity, type Order } from '../order/order.ts';
import type { Position } from './position.ts';

export interface RoomToClose {
  /** Base units of the position that the close finds, without those that others close already; null where no order that stays takes coins of it. */
  readonly left: Decimal | null;
  /** The orders to cancel, those of the position first. */
  readonly canceled: readonly Order[];
  /** Base units that the canceled orders, and the position's own that stay, were to sell of the coins beside the position; zero where none is canceled. */
  readonly beside: Decimal;
  /** Base units that the position's own sales which stay are to sell. */
  readonly ownKept: Decimal;
  /** Base units of them that stops are to sell. */
  readonly ownStopsKept: Decimal;
  /** The stops that stay and sell coins beside the position. */
  readonly stopsKeptBeside: readonly Order[];
}

/**
 * The room for a close of `quantity`, of which `left` says how much of the position no close on its way takes, and `free` how many
 * coins the account has that nothing locks. Nothing is canceled where those are enough; else the position's own stops, then its other
 * sales, then limit sales beside it, and the stops beside it last. All are where all are too few.
 */
export function roomToClose(
  position: Pick<Position, 'netQuantity' | 'openedAt'>,
  resting: readonly Order[],
  { quantity, left, free }: { readonly quantity: Decimal; readonly left: Decimal; readonly free: Decimal },
): RoomToClose {
  const own = resting.filter((order) => isOwn(order, position));
  const others = resting.filter((order) => !own.includes(order));
  const canceled: Order[] = [];
  let needed = quantity.subtract(free);
  for (const group of [stopsIn(own), salesIn(own), salesIn(others), stopsIn(others)]) {
    const taken = fewest(group, needed);
    canceled.push(...taken);
    needed = needed.subtract(sumRemaining(taken));
  }
  const isKept = (order: Order): boolean => !canceled.includes(order);
  const ownKept = sumRemaining(own.filter(isKept));
  const held = free.add(sumRemaining(canceled)).add(ownKept).subtract(left);
  const wanted = sumRemaining(others.filter((order) => !isKept(order))).add(
    sumRemaining(own).subtract(left).max(Decimal.zero),
  );
  return {
    left,
    canceled,
    beside: canceled.length === 0 ? Decimal.zero : wanted.min(held).max(Decimal.zero),
    ownKept,
    ownStopsKept: sumRemaining(stopsIn(own).filter(isKept)),
    stopsKeptBeside: stopsIn(others).filter(isKept),
  };
}

/** The room that is made by canceling all of the orders, none of which stands beside the position. */
export function allOf(orders: readonly Order[]): RoomToClose {
  return {
    left: null,
    canceled: orders,
    beside: Decimal.zero,
    ownKept: Decimal.zero,
    ownStopsKept: Decimal.zero,
    stopsKeptBeside: [],
  };
}

/** Base units that are still unfilled of the orders. */
export function sumRemaining(orders: readonly Order[]): Decimal {
  return orders.reduce((sum, order) => sum.add(remaining(order)), Decimal.zero);
}

/** Orders that together sell as much as is needed, none of which could be left out; all of them where they sell less. */
function fewest(orders: readonly Order[], needed: Decimal): readonly Order[] {
  const taken: Order[] = [];
  let missing = needed;
  for (const order of orders.toSorted((one, other) => remaining(one).compare(remaining(other)))) {
    if (!missing.isPositive()) break;
    taken.push(order);
    missing = missing.subtract(remaining(order));
  }
  const kept = new Set(taken);
  for (const order of taken.toReversed()) {
    const without = missing.add(remaining(order));
    if (without.isPositive()) continue;
    kept.delete(order);
    missing = without;
  }
  return [...kept];
}

function isOwn(order: Order, { netQuantity, openedAt }: Pick<Position, 'netQuantity' | 'openedAt'>): boolean {
  return (
    (openedAt === undefined || order.createdAt >= openedAt) && remaining(order).atMost(netQuantity.abs())
  );
}

function stopsIn(orders: readonly Order[]): readonly Order[] {
  return orders.filter(({ stopPrice }) => stopPrice !== null);
}

function salesIn(orders: readonly Order[]): readonly Order[] {
  return orders.filter(({ stopPrice }) => stopPrice === null);
}

function remaining(order: Order): Decimal {
  return remainingQuantity(order) ?? Decimal.zero;
}
