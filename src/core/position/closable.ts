/** The part of a position that can be closed now, and the orders that it takes. */
import { heldOf } from '../balance/available.ts';
import { Decimal } from '../decimal.ts';
import type { Instrument } from '../instrument.ts';
import { finishesAtOnce, remainingQuantity, type Order } from '../order/order.ts';
import { claimsHedgedSide } from '../order/terms.ts';
import { isUnprovable } from '../order/unprovable.ts';
import { balanceKey, positionKeyOf } from '../portfolio/keys.ts';
import type { PortfolioState } from '../portfolio/state.ts';
import type { Position } from './position.ts';

/**
 * Base units of a position that a closing order can trade: of a swap all of it; of spot no more than its wallet holds less what
 * others and orders of ours on other instruments have locked. The position's own sales are canceled first where they are in the way.
 */
export function closableQuantity(state: PortfolioState, position: Position): Decimal {
  const net = position.netQuantity.abs();
  if (position.kind !== 'spot') return net;
  const { accountId, wallet, base } = position;
  const balance = state.balances.get(balanceKey(accountId, wallet, base));
  if (balance === undefined) return Decimal.zero;
  let ownSales = Decimal.zero;
  for (const order of state.unfinished.values())
    if (order.side === 'sell' && positionKeyOf(order) === positionKeyOf(position))
      ownSales = ownSales.add(remainingQuantity(order) ?? Decimal.zero);
  const locked = heldOf(state, accountId, wallet, base, null).subtract(ownSales).max(Decimal.zero);
  return balance.total.subtract(balance.externalLocked).subtract(locked).min(net).max(Decimal.zero);
}

/**
 * Base units of a position that orders of ours on their way close already: those that trade at once, while what becomes of them can
 * still be known. One that is unprovable is waited for by nobody, since nothing ever would end that; the venue bounds a close beside
 * it by what is there.
 */
export function quantityBeingClosed(state: PortfolioState, position: Position): Decimal {
  const closingSide = position.netQuantity.isPositive() ? 'sell' : 'buy';
  let closing = Decimal.zero;
  for (const order of state.unfinished.values()) {
    if (order.side !== closingSide || positionKeyOf(order) !== positionKeyOf(position)) continue;
    if (finishesAtOnce(order) && !isUnprovable(state, order))
      closing = closing.add(remainingQuantity(order) ?? Decimal.zero);
  }
  return closing;
}

/**
 * Base units that orders lock, or may, which a close cannot cancel first or no longer waits for: of a hedged side and of spot the venue
 * lets nothing else close them, and a sale of spot beside one would sell what was there before the position. One that trades at once
 * is closing the position, and locks nothing once it is unprovable on spot: it rests nowhere.
 */
export function quantityLeftLocked(state: PortfolioState, position: Position): Decimal {
  let locked = Decimal.zero;
  for (const order of state.unfinished.values()) {
    if (positionKeyOf(order) !== positionKeyOf(position)) continue;
    const isSpotSale = order.kind === 'spot' && order.side === 'sell';
    if (!isSpotSale && !claimsHedgedSide(order)) continue;
    const stays = finishesAtOnce(order)
      ? isUnprovable(state, order) && !isSpotSale
      : order.cancelRequested || isUnprovable(state, order) || !isInBook(order);
    if (stays) locked = locked.add(remainingQuantity(order) ?? Decimal.zero);
  }
  return locked;
}

/** An order whose place in the book is not certain is not canceled for a close: what it may lock is left to it. */
export function isInBook({ status }: Order): boolean {
  return status === 'open' || status === 'partially_filled';
}

/** Bounds how many orders one close may take; what they leave is closed next. */
export const MOST_CLOSING_ORDERS = 20;

/**
 * A quantity on the lot in orders that are each no larger than the venue takes of a market order, protected or not, since one loses
 * its protection where the book has no price, and none smaller than it takes. The last two are even where both are large enough. Where
 * no orders within both bounds come to the quantity, they come to as much as fits: what they leave is less than the least order.
 */
export function inOrders(
  quantity: Decimal,
  {
    lotSize,
    maxMarketQuantity,
    maxQuantity,
    minQuantity,
  }: Pick<Instrument, 'lotSize' | 'maxMarketQuantity' | 'maxQuantity' | 'minQuantity'>,
): readonly Decimal[] {
  const bound = (maxMarketQuantity ?? quantity).min(maxQuantity ?? quantity);
  const most = bound.roundToMultipleOf(lotSize, 'down');
  const least = minQuantity.roundToMultipleOf(lotSize, 'up');
  if (!most.isPositive() || most.lessThan(least)) return [];
  const needed = Decimal.of(quantity.countOf(most, 'up'));
  // With one order less all of them are the largest.
  const total = needed.multiply(least).atMost(quantity)
    ? quantity
    : needed.subtract(Decimal.one).multiply(most);
  const parts: Decimal[] = [];
  for (let rest = total; rest.isPositive() && parts.length < MOST_CLOSING_ORDERS;) {
    const after = Decimal.of(rest.countOf(most, 'up')).subtract(Decimal.one);
    const part = after.equals(Decimal.one)
      ? rest.multiply(HALF).roundToMultipleOf(lotSize, 'up')
      : most.min(rest.subtract(after.multiply(least)));
    parts.push(part);
    rest = rest.subtract(part);
  }
  return parts;
}

const HALF = Decimal.of(5n, 1);
