/**
 * How Binance prints figures: spot money with eight digits after the point, futures figures as their own
 * grid has them.
 */
import { Decimal } from '../../core/decimal.ts';

/** Eight digits after the point; what does not fit is dropped, as the venue's books hold no more. */
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

/** A client order id as the venue makes one itself: 22 letters and digits, from the venue's own counter. */
export function venueClientOrderId(sequence: number, salt: string): string {
  let value = BigInt(sequence) * 2_654_435_761n + BigInt(`0x${Buffer.from(salt).toString('hex') || '0'}`);
  let text = '';
  while (text.length < 22) {
    value = (value * 6_364_136_223_846_793_005n + 1_442_695_040_888_963_407n) % (1n << 128n);
    text += ID_ALPHABET[Number((value >> 64n) % 62n)] ?? '0';
  }
  return text;
}
