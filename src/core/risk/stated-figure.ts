/**
 * Figures of the rules as refusals, usage and steps of the ladder state them: no finer than money is, and never smaller than they are. The
 * rules themselves go by every digit.
 */
import { Decimal } from '../decimal.ts';

/** Digits after the point of an amount of money that was computed: exchanges book none finer. */
export const AMOUNT_SCALE = 8;

/** A loss, an exposure, or a fraction whose danger is in being large: rounded up. */
export function roundedUp(figure: Decimal): Decimal {
  return figure.divide(Decimal.one, AMOUNT_SCALE, 'up');
}

/** A fraction whose danger is in being small: rounded down. */
export function roundedDown(figure: Decimal): Decimal {
  return figure.divide(Decimal.one, AMOUNT_SCALE, 'down');
}
