/**
 * The part of a position, and of what was to be sold beside it, that no order like a given one closes.
 *
 * Entry points: `uncoveredQuantity`, `knownUncovered`, `uncoveredOfPosition`, `besidePosition`. Pure.
 */
import { Decimal } from '../decimal.ts';
import { positionKeyOf } from '../portfolio/keys.ts';
import type { PortfolioState } from '../portfolio/state.ts';
import type { BesidePosition } from './kept-stop-record.ts';
import { ordersInPlaceOf } from './kept-stops.ts';
import { remainingQuantity, type Order } from './order.ts';
import { inventoryOf } from '../reconcile/holdings.ts';
import { isKnownToProtect, triggerDirectionOf } from './protection.ts';
import { isFinished } from './transitions.ts';

export const NOTHING_BESIDE: BesidePosition = { ofThisStop: Decimal.zero, ofAllStops: Decimal.zero };

/**
 * Base units of the position that a stop was to close, and of those beside it that it was to sell, without those that other stops close
 * which trigger on its side and are not being canceled. At most what the stop was still to close, less what orders in its place have
 * closed of that and may still close; nothing of a position that is gone or on the other side, and of spot nothing beside it that the
 * account does not hold any more. A stop in doubt counts as one that closes, so that no second one is placed for the same.
 */
export function uncoveredQuantity(state: PortfolioState, stop: Order, beside: BesidePosition): Decimal {
  return uncoveredBeside(state, stop, beside, () => true);
}

/** As `uncoveredQuantity`, without those alone that stops close which the venue is known to have: what is bare as far as is known. */
export function knownUncovered(state: PortfolioState, stop: Order, beside: BesidePosition): Decimal {
  return uncoveredBeside(state, stop, beside, isKnownToProtect);
}

/** `counts` says which unfinished orders do. */
function uncoveredBeside(
  state: PortfolioState,
  stop: Order,
  { ofThisStop, ofAllStops }: BesidePosition,
  counts: (order: Order) => boolean,
): Decimal {
  const remaining = remainingQuantity(stop);
  if (remaining === null) return Decimal.zero;
  const wanted = remaining.subtract(takenOver(state, stop, counts)).max(Decimal.zero);
  const covered = coveredByOthers(state, stop, counts);
  const open = openFor(state, stop);
  // Coins that were sold or withdrawn since are not there to be sold.
  const inventory =
    stop.kind === 'spot' ? inventoryOf(state, stop.accountId, stop.base).max(Decimal.zero) : null;
  const there = (beside: Decimal): Decimal => (inventory === null ? beside : beside.min(inventory));
  const missing = open.add(there(ofAllStops)).subtract(covered).max(Decimal.zero);
  return missing.min(open.add(there(ofThisStop))).min(wanted);
}

/** Base units of the position alone that a stop was to close, without those that other stops close which trigger on its side. */
export function uncoveredOfPosition(state: PortfolioState, stop: Order, beside: BesidePosition): Decimal {
  const open = openFor(state, stop).subtract(coveredByOthers(state, stop)).max(Decimal.zero);
  return open.min(uncoveredQuantity(state, stop, beside));
}

/** Base units that orders in a stop's place have closed, and that those of the unfinished ones which count may still close. */
function takenOver(state: PortfolioState, { orderId }: Order, counts: (order: Order) => boolean): Decimal {
  let taken = Decimal.zero;
  for (const order of ordersInPlaceOf(state, orderId)) {
    const left = isFinished(order.status) || !counts(order) ? null : remainingQuantity(order);
    taken = taken.add(order.filledQuantity).add(left ?? Decimal.zero);
  }
  return taken;
}

/** Base units that are open of the position which an order closes; nothing of one that is gone or on the other side. */
function openFor(state: PortfolioState, order: Order): Decimal {
  const net = state.positions.get(positionKeyOf(order))?.netQuantity ?? Decimal.zero;
  return order.side === (net.isPositive() ? 'sell' : 'buy') ? net.abs() : Decimal.zero;
}

/**
 * Base units that a working stop, and those like it, are to sell beside their position as it stands now: of spot, as much as they sell together
 * and the position does not have.
 */
export function besidePosition(state: PortfolioState, stop: Order): BesidePosition {
  const wanted = remainingQuantity(stop);
  if (stop.kind !== 'spot' || wanted === null) return NOTHING_BESIDE;
  const all = coveredByOthers(state, stop).add(wanted);
  const ofAllStops = all.subtract(openFor(state, stop)).max(Decimal.zero);
  return { ofThisStop: ofAllStops.min(wanted), ofAllStops };
}

/** Base units that other stops close which trigger on the side of a given one and are not being canceled. */
function coveredByOthers(
  state: PortfolioState,
  stop: Order,
  counts: (order: Order) => boolean = () => true,
): Decimal {
  const key = positionKeyOf(stop);
  let covered = Decimal.zero;
  for (const order of state.unfinished.values()) {
    const isLike =
      order.orderId !== stop.orderId &&
      order.stopPrice !== null &&
      !order.cancelRequested &&
      counts(order) &&
      order.side === stop.side &&
      triggerDirectionOf(order) === triggerDirectionOf(stop);
    if (isLike && positionKeyOf(order) === key)
      covered = covered.add(remainingQuantity(order) ?? Decimal.zero);
  }
  return covered;
}
