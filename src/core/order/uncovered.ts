/**
 * The part of a position, and of what was to be sold beside it, that no order like a given one closes.
 *
 * Entry point: `uncoveredQuantity`. Pure.
 */
import { Decimal } from '../decimal.ts';
import { positionKeyOf } from '../portfolio/keys.ts';
import type { PortfolioState } from '../portfolio/state.ts';
import { remainingQuantity, type Order } from './order.ts';
import { triggerDirectionOf } from './protection.ts';

/** Base units beside a position that stops which trigger on one side were to sell, and are to sell again. */
export interface BesidePosition {
  readonly ofThisStop: Decimal;
  readonly ofAllStops: Decimal;
}

const NOTHING_BESIDE: BesidePosition = { ofThisStop: Decimal.zero, ofAllStops: Decimal.zero };

/**
 * Base units of the position that a stop was to close, and of those beside it that it was to sell, without those that other stops close
 * which trigger on its side and are not being canceled. At most what the stop was still to close; nothing of a position that is gone or
 * on the other side.
 */
export function uncoveredQuantity(
  state: PortfolioState,
  stop: Order,
  { ofThisStop, ofAllStops }: BesidePosition = NOTHING_BESIDE,
): Decimal {
  const key = positionKeyOf(stop);
  const position = state.positions.get(key);
  const wanted = remainingQuantity(stop);
  if (wanted === null) return Decimal.zero;
  const net = position?.netQuantity ?? Decimal.zero;
  const open = stop.side === (net.isPositive() ? 'sell' : 'buy') ? net.abs() : Decimal.zero;
  let covered = Decimal.zero;
  for (const order of state.unfinished.values()) {
    const isLike =
      order.orderId !== stop.orderId &&
      order.stopPrice !== null &&
      !order.cancelRequested &&
      order.side === stop.side &&
      triggerDirectionOf(order) === triggerDirectionOf(stop);
    if (isLike && positionKeyOf(order) === key)
      covered = covered.add(remainingQuantity(order) ?? Decimal.zero);
  }
  const missing = open.add(ofAllStops).subtract(covered).max(Decimal.zero);
  return missing.min(open.add(ofThisStop)).min(wanted);
}
