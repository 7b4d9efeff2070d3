/** Books and trades of elsewhere on the grid of a simulated instrument. Pure. Entry points: `gridLevels`, `gridTrade`, `figureOf`. */
import { Decimal } from '../../core/decimal.ts';
import type { ShownMarket, ShownTrade } from '../exchange/command.ts';
import type { Instrument } from '../exchange/instrument.ts';
import type { QuotedLevel } from '../exchange/state.ts';

/** Levels on each side of the book that is shown. */
export const SHOWN_LEVELS = 20;

/** A price and the quantity there. */
export type RawLevel = readonly [price: Decimal, quantity: Decimal];

type Grid = Pick<Instrument, 'priceTick' | 'quantityStep'>;

/**
 * The best `SHOWN_LEVELS` of a side, best first in and out. A price between two ticks is shown at the one that is worse for a taker; a
 * quantity is cut to its step, and a level without one is left out. `unitsPerUnit`: our units of quantity in one of theirs.
 */
export function gridLevels(
  { priceTick, quantityStep }: Grid,
  side: 'bids' | 'asks',
  levels: Iterable<RawLevel>,
  unitsPerUnit: Decimal = Decimal.one,
): readonly QuotedLevel[] {
  const shown: { price: Decimal; quantity: Decimal }[] = [];
  for (const [rawPrice, rawQuantity] of levels) {
    const price = rawPrice.roundToMultipleOf(priceTick, side === 'bids' ? 'down' : 'up');
    if (!price.isPositive()) continue;
    const quantity = rawQuantity.multiply(unitsPerUnit);
    const last = shown.at(-1);
    if (last?.price.equals(price) === true) last.quantity = last.quantity.add(quantity);
    else if (shown.length === SHOWN_LEVELS) break;
    else shown.push({ price, quantity });
  }
  return shown
    .map(({ price, quantity }) => ({ price, quantity: quantity.roundToMultipleOf(quantityStep, 'down') }))
    .filter(({ quantity }) => quantity.isPositive());
}

/** A trade at the nearest tick and a quantity cut to its step, at least one step; null for one without price or quantity. */
export function gridTrade(
  { priceTick, quantityStep }: Grid,
  { side, price, quantity }: ShownTrade,
  unitsPerUnit: Decimal = Decimal.one,
): ShownTrade | null {
  if (!price.isPositive() || !quantity.isPositive()) return null;
  return {
    side,
    price: price.roundToMultipleOf(priceTick, 'half_even').max(priceTick),
    quantity: quantity.multiply(unitsPerUnit).roundToMultipleOf(quantityStep, 'down').max(quantityStep),
  };
}

/** Whether the best bid stands at the best ask or above it: such a book is torn, and is not shown. */
export function isCrossed({ bids, asks }: Pick<ShownMarket, 'bids' | 'asks'>): boolean {
  const [bid, ask] = [bids[0], asks[0]];
  return bid !== undefined && ask !== undefined && bid.price.atLeast(ask.price);
}

/** A figure above zero as text or number; null for anything else. */
export function figureOf(value: unknown): Decimal | null {
  if (typeof value !== 'string' && typeof value !== 'number') return null;
  const figure = Decimal.tryParse(String(value));
  return typeof figure === 'string' || !figure.isPositive() ? null : figure;
}
