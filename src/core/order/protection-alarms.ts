/**
 * Stops that were to protect an open position and do not: the venue would refuse them at their trigger, has ended them, or has triggered
 * them and they rest.
 *
 * Entry points: `protectedQuantity`, `stopsTooLarge`, `protectionAlarms`, `stopsToRemember`. Pure. Quantities are base units.
 *
 * A reduce-only stop on a net position closes what is there and no more, so that none is too large. On a hedged side Binance takes no
 * such flag (USD-M, New Algo Order), and an order that would close more than the side holds is refused whole (-2022; of a stop by
 * `ALGO_UPDATE` with status `REJECTED`). The same is taken to hold of every venue.
 */
import { Decimal } from '../decimal.ts';
import type { AccountId, AccountMode, InstrumentSymbol, OrderId, TimeMs } from '../ids.ts';
import { positionKeyOf } from '../portfolio/keys.ts';
import type { PortfolioState } from '../portfolio/state.ts';
import type { Position } from '../position/position.ts';
import { isTriggeredLimit, remainingQuantity, type Order } from './order.ts';
import { isKnownToProtect, isProtective, triggerDirectionOf, triggersAgainst } from './protection.ts';
import { claimsHedgedSide, onlyReduces, type PositionSide } from './terms.ts';

/**
 * - `stop_too_large`: a stop is larger than what the position will have left for it. Of a hedged side the venue refuses it when it
 *   triggers; a net position it would turn over.
 * - `stop_unfilled`: a stop-limit has triggered, and its limit order rests while the position is open.
 * - `stop_lost`: the venue has rejected or expired a stop that protected a position, and the position is open.
 */
export const PROTECTION_ALARM_KINDS = ['stop_too_large', 'stop_unfilled', 'stop_lost'] as const;

export interface ProtectionAlarm {
  readonly kind: (typeof PROTECTION_ALARM_KINDS)[number];
  readonly accountId: AccountId;
  readonly mode: AccountMode;
  readonly symbol: InstrumentSymbol;
  readonly positionSide: PositionSide;
  readonly orderId: OrderId;
  /** Base units that the stop was still to close. */
  readonly stopQuantity: Decimal;
  /** Base units that are open, without a sign. */
  readonly positionQuantity: Decimal;
  /** In words; of a stop that is lost, with those of its venue. */
  readonly why: string;
  /** When the stop was lost or last changed after its trigger, or the position last changed. */
  readonly since: TimeMs;
}

/** A stop, or an order that takes profit, that is larger than what it could close. */
export interface StopTooLarge {
  readonly order: Order;
  /** Base units that are left for it when it triggers; more than zero. */
  readonly fits: Decimal;
}

interface Cover {
  /** Base units that the stops which fit and are known to be at the venue would close; never more than the position. */
  readonly quantity: Decimal;
  /** In the order of their triggers; those with nothing left to close are not among them. */
  readonly tooLarge: readonly StopTooLarge[];
}

/**
 * Base units of a position that stops which the venue is known to have would close; never more than the position. Stops of a hedged side
 * count in the order in which the market reaches them: one that is larger than what those before it leave is refused by the venue, and
 * protects nothing. One in doubt protects nothing, and takes from those after it what it closes if it is there.
 */
export function protectedQuantity(state: PortfolioState, position: Position): Decimal {
  return coverOf(state, position).quantity;
}

/** The stops of a position that are larger than what it has left for them, and are not being canceled; such that take profit, too. */
export function stopsTooLarge(state: PortfolioState, position: Position): readonly StopTooLarge[] {
  return coverOf(state, position).tooLarge.filter(({ order }) => !order.cancelRequested);
}

/** Of the orders that were created at `createdFrom` or later. */
function coverOf(state: PortfolioState, position: Position, createdFrom = -Infinity): Cover {
  const closing = [...state.unfinished.values()].filter((order) => closes(order, position));
  const held = position.netQuantity.abs();
  const stops = closing.filter((order) => order.createdAt >= createdFrom && triggersAgainst(order));
  if (position.positionSide === 'net') return netCover(state, held, stops);
  const inBook = sumOf(closing.filter(claimsHedgedSide));
  const targets = closing.filter((order) => order.stopPrice !== null && !triggersAgainst(order));
  const cover = sideCover(held, inBook, stops);
  return { ...cover, tooLarge: [...cover.tooLarge, ...sideCover(held, inBook, targets).tooLarge] };
}

/** Of orders that trigger as the market moves in one direction, beside others in the book that close so much already. */
function sideCover(held: Decimal, inBook: Decimal, stops: readonly Order[]): Cover {
  const tooLarge: StopTooLarge[] = [];
  let left = held;
  let known = Decimal.zero;
  for (const order of stops.toSorted(byTrigger)) {
    const quantity = remainingQuantity(order) ?? Decimal.zero;
    // One with a limit price goes into the book, which closes no more of a side than it holds.
    const fits = order.price === null ? left : left.subtract(inBook);
    if (order.stopTriggered || quantity.atMost(fits)) {
      const closed = quantity.min(left);
      left = left.subtract(closed);
      if (isKnownToProtect(order)) known = known.add(closed);
    } else if (fits.isPositive()) tooLarge.push({ order, fits });
  }
  return { quantity: known, tooLarge };
}

/** A stop that is no reduce-only one closes the whole of a net position too, and then turns it over: it counts as none. */
function netCover(state: PortfolioState, held: Decimal, stops: readonly Order[]): Cover {
  const tooLarge = stops.filter(
    (order) =>
      order.kind !== 'spot' &&
      !onlyReduces(order) &&
      !order.stopTriggered &&
      order.approval?.protects === true &&
      remainingQuantity(order)?.greaterThan(held) === true,
  );
  return {
    quantity: sumOf(stops.filter((order) => isProtective(state, order) && isKnownToProtect(order))).min(held),
    tooLarge: tooLarge.map((order) => ({ order, fits: held })),
  };
}

function sumOf(orders: readonly Order[]): Decimal {
  return orders.reduce((sum, order) => sum.add(remainingQuantity(order) ?? Decimal.zero), Decimal.zero);
}

/** Those that are triggered first, then as the market reaches them, the smaller one first where that is at once. */
function byTrigger(one: Order, other: Order): number {
  if (one.stopTriggered !== other.stopTriggered) return one.stopTriggered ? -1 : 1;
  const [price, next] = [one.stopPrice ?? Decimal.zero, other.stopPrice ?? Decimal.zero];
  const isFalling = triggerDirectionOf(one) === 'falling';
  const byPrice = isFalling ? next.compare(price) : price.compare(next);
  if (byPrice !== 0) return byPrice;
  return (remainingQuantity(one) ?? Decimal.zero).compare(remainingQuantity(other) ?? Decimal.zero);
}

/** Whether an order is on the side that closes what is open of the position. */
function closes(order: Order, { accountId, symbol, positionSide, netQuantity }: Position): boolean {
  return (
    !netQuantity.isZero() &&
    order.accountId === accountId &&
    order.symbol === symbol &&
    order.positionSide === positionSide &&
    order.side === (netQuantity.isPositive() ? 'sell' : 'buy')
  );
}

/** Those that stand over every account: each stop that is too large or rests unfilled, and of each position the last that it lost. */
export function protectionAlarms(state: PortfolioState): readonly ProtectionAlarm[] {
  const lost = lastLostStops(state).map(([order, position]) =>
    alarmOf('stop_lost', order, position, order.updatedAt),
  );
  const tooLarge = [...state.positions.values()].flatMap((position) =>
    position.netQuantity.isZero()
      ? []
      : stopsTooLarge(state, position).map(({ order }) =>
          alarmOf('stop_too_large', order, position, position.updatedAt),
        ),
  );
  const unfilled = unfilledStops(state).map(([order, position]) =>
    alarmOf('stop_unfilled', order, position, order.updatedAt),
  );
  return [...tooLarge, ...unfilled, ...lost];
}

/** Stop-limits of open positions that have triggered and rest, where nothing else protects what they were to close. */
function unfilledStops(state: PortfolioState): readonly (readonly [Order, Position])[] {
  return [...state.unfinished.values()].flatMap((order) => {
    const position = state.positions.get(positionKeyOf(order));
    const isUnfilled =
      position !== undefined &&
      isTriggeredLimit(order) &&
      !order.cancelRequested &&
      remainingQuantity(order)?.isPositive() === true &&
      hasProtected(order) &&
      closes(order, position) &&
      !isReplaced(state, order, position);
    return isUnfilled ? [[order, position] as const] : [];
  });
}

/** Finished stops whose loss is an alarm: they stay in memory for as long as it stands. */
export function stopsToRemember(state: PortfolioState): ReadonlySet<OrderId> {
  return new Set(lastLostStops(state).map(([{ orderId }]) => orderId));
}

/** The last stop that each open position lost and nothing has replaced. */
function lastLostStops(state: PortfolioState): readonly (readonly [Order, Position])[] {
  const lost = new Map<string, readonly [Order, Position]>();
  for (const order of state.finished.values()) {
    if (!endedUnasked(order)) continue;
    const key = positionKeyOf(order);
    const position = state.positions.get(key);
    if (position === undefined || !closes(order, position) || openedSince(position, order.updatedAt))
      continue;
    if (isReplaced(state, order, position)) continue;
    const other = lost.get(key)?.[0];
    if (other === undefined || other.updatedAt <= order.updatedAt) lost.set(key, [order, position]);
  }
  return [...lost.values()];
}

/** Whether the venue has ended a stop that protected a position before it had closed its part, and nobody had asked for that. */
function endedUnasked(order: Order): boolean {
  const { stopPrice, status, venueOrderIds, cancelRequested, stopTriggered, expiresAt } = order;
  if (stopPrice === null || cancelRequested || remainingQuantity(order)?.isPositive() !== true) return false;
  // One that the venue has never shown is refused, and the answer to its request says so.
  if (!hasProtected(order) || venueOrderIds.length === 0) return false;
  switch (status) {
    case 'rejected':
      return true;
    case 'expired':
      // Its time is over, as was asked.
      return stopTriggered || expiresAt === null || order.updatedAt < expiresAt;
    case 'canceled':
      // A rest that the venue has not executed after the trigger.
      return stopTriggered;
    case 'accepted':
    case 'submitting':
    case 'open':
    case 'partially_filled':
    case 'filled':
    case 'canceling':
    case 'denied':
    case 'armed':
    case 'unknown':
    case 'failed':
      return false;
  }
}

/** Whether it is a stop that was placed to protect a position. */
function hasProtected(order: Order): boolean {
  return (
    triggersAgainst(order) &&
    (order.approval?.protects === true || (order.kind !== 'spot' && onlyReduces(order)))
  );
}

/** Whether the whole position is protected, or stops that were placed since close what the lost one was to close. */
function isReplaced(state: PortfolioState, lost: Order, position: Position): boolean {
  const held = position.netQuantity.abs();
  const missing = (remainingQuantity(lost) ?? Decimal.zero).min(held);
  return (
    protectedQuantity(state, position).atLeast(held) ||
    coverOf(state, position, lost.updatedAt).quantity.atLeast(missing)
  );
}

/** Whether what is open was opened after `time`. One of which that is not known has been open since before stops were remembered. */
function openedSince({ openedAt }: Position, time: TimeMs): boolean {
  return openedAt !== undefined && openedAt > time;
}

function alarmOf(
  kind: ProtectionAlarm['kind'],
  order: Order,
  { netQuantity, mode }: Position,
  since: TimeMs,
): ProtectionAlarm {
  const { accountId, symbol, positionSide, orderId } = order;
  const stopQuantity = remainingQuantity(order) ?? Decimal.zero;
  const positionQuantity = netQuantity.abs();
  return {
    kind,
    accountId,
    mode,
    symbol,
    positionSide,
    orderId,
    stopQuantity,
    positionQuantity,
    why: inWords(kind, order),
    since,
  };
}

function inWords(kind: ProtectionAlarm['kind'], order: Order): string {
  switch (kind) {
    case 'stop_too_large':
      return tooLargeInWords(order);
    case 'stop_unfilled':
      return 'the stop has triggered and its limit order rests: it protects nothing any more';
    case 'stop_lost':
      return lostInWords(order);
  }
}

function tooLargeInWords({ positionSide }: Order): string {
  return positionSide === 'net'
    ? 'the stop is larger than the position and would turn it over'
    : 'the stop is larger than what its side has left for it: the exchange refuses it when it triggers';
}

function lostInWords({ status, reason }: Order): string {
  const detail = reason === null ? '' : `: ${reason.detail}`;
  return `the exchange ended the stop as ${status}${detail}; it protects nothing any more`;
}
