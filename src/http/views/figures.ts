/**
 * Computed figures as the API shows them: no finer than what they mean, rounded in the direction that flatters nobody. The books
 * keep every digit, and figures that the exchange booked (executions, fees, balances, funding) are shown as they are.
 *
 * Entry points: `shownAmount`, `shownLoss`, `shownAverage`, `shownUp` and `shownDown`.
 */
import { Decimal } from '../../core/decimal.ts';
import { roundedDown, roundedUp } from '../../core/risk/stated-figure.ts';

/** Significant digits of an average price: finer than the grid of any instrument. */
export const AVERAGE_DIGITS = 12;

/** PnL or equity: rounded down, so that no profit is shown larger than it is, and no loss smaller. */
export function shownAmount(amount: Decimal): string {
  return roundedDown(amount).toString();
}

/** A loss or an exposure as a positive figure: rounded up. */
export function shownLoss(amount: Decimal): string {
  return roundedUp(amount).toString();
}

/** An average price: rounded to the nearest, a tie to the even digit. */
export function shownAverage(price: Decimal): string {
  const digits = price.abs().coefficient.toString().length;
  const scale = Math.max(0, price.scale + AVERAGE_DIGITS - digits);
  return scale >= price.scale ? price.toString() : price.divide(Decimal.one, scale, 'half_even').toString();
}

/** A fraction whose danger is in being large, such as a margin ratio: rounded up. */
export function shownUp(fraction: Decimal): string {
  return roundedUp(fraction).toString();
}

/** A fraction whose danger is in being small, such as the distance to liquidation: rounded down. */
export function shownDown(fraction: Decimal): string {
  return roundedDown(fraction).toString();
}

/** Null for a figure that is not known. */
export function shownOrNull(
  figure: Decimal | null | undefined,
  shown: (known: Decimal) => string,
): string | null {
  return figure === null || figure === undefined ? null : shown(figure);
}
