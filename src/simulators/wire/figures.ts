/** How venues print figures, and ids and keys of letters and digits. */
import { Decimal } from '../../core/decimal.ts';

/** Exactly `scale` digits after the point; what does not fit is dropped. */
export function fixed(value: Decimal, scale: number): string {
  if (value.scale <= scale) return value.toFixed(scale);
  return value.divide(Decimal.one, scale, 'toward_zero').toFixed(scale);
}

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** Letters and digits of the given count, for keys and listen keys. `randomHex(bytes)` is cryptographic. */
export function alphanumeric(length: number, randomHex: (bytes: number) => string): string {
  let text = '';
  for (const byte of Buffer.from(randomHex(length), 'hex')) text += ALPHABET.charAt(byte % ALPHABET.length);
  return text;
}
