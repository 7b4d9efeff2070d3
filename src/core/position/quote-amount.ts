/**
 * The quote units that an execution moves: price x quantity, but where the venue says otherwise, whose books have fewer digits.
 *
 * Entry points: `quoteAmount` for a whole execution, `quoteAmountOf` for a part; `withQuantity` makes an execution of a part.
 */
import type { Decimal } from '../decimal.ts';

/** The part of an execution that says what it moved. */
export interface Exchanged {
  readonly price: Decimal;
  /** Base units. */
  readonly quantity: Decimal;
  /** The venue's own figure, in quote units; left out where it is price x quantity. */
  readonly quoteQuantity?: Decimal | undefined;
}

/** Quote units, fees apart; never negative. */
export function quoteAmount({ price, quantity, quoteQuantity }: Exchanged): Decimal {
  return quoteQuantity ?? price.multiply(quantity);
}

/**
 * Quote units of the first `part` base units. The rest of the execution is worth its units at the price, and the rounding of the venue
 * belongs to this part, so that the two add up to what was moved.
 */
export function quoteAmountOf(fill: Exchanged, part: Decimal): Decimal {
  return quoteAmount(fill).subtract(fill.price.multiply(fill.quantity.subtract(part)));
}

/** The execution as one of `quantity` base units: where that is not all of it, at its price. */
export function withQuantity<Fill extends Exchanged>(fill: Fill, quantity: Decimal): Fill {
  if (quantity.equals(fill.quantity)) return fill;
  return { ...fill, quantity, quoteQuantity: undefined };
}
