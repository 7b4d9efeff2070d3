/** How HTX prints figures: spot orders with eighteen digits, public market data as JSON numbers. */
import { Decimal } from '../../core/decimal.ts';

/** Of spot orders and balances, as in the examples of their pages. */
export function longText(value: Decimal): string {
  return value.toFixed(18);
}

/** A JSON number; prices and sizes are short enough for one. */
export function plainNumber(value: Decimal): number {
  return Number(value.toString());
}

/** At most eight digits behind the point, cut. */
export function cut(value: Decimal, scale = 8): Decimal {
  return value.scale <= scale ? value : value.divide(Decimal.one, scale, 'toward_zero');
}
