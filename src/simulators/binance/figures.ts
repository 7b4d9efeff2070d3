/** How Binance prints figures and makes ids of its own. */
import { randomBytes } from 'node:crypto';
import { Decimal } from '../../core/decimal.ts';
import { alphanumeric, fixed } from '../wire/figures.ts';

/** Eight digits after the point, as spot prints money; what does not fit is dropped. */
export function eight(value: Decimal): string {
  return fixed(value, 8);
}

/** The two parts of a total as spot prints them. They add up to it: a lock that is finer than eight digits is cut, and the rest is free. */
export function freeAndLocked(
  total: Decimal,
  free: Decimal,
): { readonly free: string; readonly locked: string } {
  const locked = total.subtract(free).divide(Decimal.one, 8, 'down');
  return { free: eight(total.subtract(locked)), locked: eight(locked) };
}

/** As `eight`; zero for what is not there. */
export function eightOrZero(value: Decimal | null | undefined): string {
  return value === null || value === undefined ? ZERO_EIGHT : eight(value);
}

export const ZERO_EIGHT = '0.00000000';

const ID_LENGTH = 22;

/** A client order id as the venue makes one when the client sent none: 22 letters and digits. */
export function generatedClientOrderId(): string {
  return alphanumeric(ID_LENGTH, (bytes) => randomBytes(bytes).toString('hex'));
}
