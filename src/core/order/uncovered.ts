/**
 * The part of a position that no order like a given one closes.
 *
 * Entry point: `uncoveredQuantity`. Pure.
 */
import { Decimal } from '../decimal.ts';
import { positionKeyOf } from '../portfolio/keys.ts';
import type { PortfolioState } from '../portfolio/state.ts';
import { remainingQuantity, type Order } from './order.ts';
import { triggerDirectionOf } from './protection.ts';

/**
 * Base units of the position that a stop was to close, without those that other stops close which trigger on its side and are not
 * being canceled. At most what the stop was still to close; zero where the position is gone or on the other side.
 */
export function uncoveredQuantity(state: PortfolioState, stop: Order): Decimal {
  const key = positionKeyOf(stop);
  const position = state.positions.get(key);
  const wanted = remainingQuantity(stop);
  if (position === undefined || wanted === null) return Decimal.zero;
  const closes = position.netQuantity.isPositive() ? 'sell' : 'buy';
  if (position.netQuantity.isZero() || stop.side !== closes) return Decimal.zero;
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
  return position.netQuantity.abs().subtract(covered).max(Decimal.zero).min(wanted);
}
