/** How Binance prints figures and makes ids of its own. */
import { randomBytes } from 'node:crypto';
import { Decimal } from '../../core/decimal.ts';

/** Eight digits after the point, as spot prints money; what does not fit is dropped. */
export function eight(value: Decimal): string {
  return fixed(value, 8);
}

/** Exactly `scale` digits after the point; what does not fit is dropped. */
export function fixed(value: Decimal, scale: number): string {
  if (value.scale <= scale) return value.toFixed(scale);
  return value.divide(Decimal.one, scale, 'toward_zero').toFixed(scale);
}

export const ZERO_EIGHT = '0.00000000';

const ID_ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const ID_LENGTH = 22;

/** A client order id as the venue makes one when the client sent none: 22 letters and digits. */
export function generatedClientOrderId(): string {
  let text = '';
  for (const byte of randomBytes(ID_LENGTH)) text += ID_ALPHABET.charAt(byte % ID_ALPHABET.length);
  return text;
}

/** Letters and digits of the given count, for keys and listen keys. `randomHex(bytes)` is cryptographic. */
export function alphanumeric(length: number, randomHex: (bytes: number) => string): string {
  let text = '';
  for (const byte of Buffer.from(randomHex(length), 'hex'))
    text += ID_ALPHABET.charAt(byte % ID_ALPHABET.length);
  return text;
}
