/** New ids and randomness from one source, so that a simulation can drive them from its seed. */
import { randomFillSync } from 'node:crypto';
import type { ClientOrderIdForm } from '../core/venue/capabilities.ts';
import {
  orderId,
  venueClientOrderId,
  type OrderId,
  type TimeMs,
  type VenueClientOrderId,
} from '../core/ids.ts';

export interface Identity {
  orderId(at: TimeMs): OrderId;
  /** In the form that the venue takes, beginning with the installation's tag; never derived from a sequence. */
  venueClientOrderId(form: ClientOrderIdForm): VenueClientOrderId;
  /** Whether a client id at the venue may be one of this installation's. */
  isOurs(venueClientOrderId: string): boolean;
  /** A fraction from 0 up to 1, for jitter. */
  fraction(): number;
}

const RANDOM_LENGTH = 22;
/** Nineteen digits in all, which begin with 3 to 8: within 63 bits, and beyond the numbers that HTX gives orders without an id by itself. */
const RANDOM_DIGITS = 14;
const LEAST_DIGIT_TAG = 30_000;
const DIGIT_TAGS = 60_000;

/** `random` gives a fraction from 0 up to 1; `tag` is 1 to 8 lower-case alphanumerics, the same for every node. */
export function createIdentity(tag: string, random: () => number): Identity {
  const prefix = `p${tag}`;
  const digitPrefix = String(LEAST_DIGIT_TAG + (Number.parseInt(tag, 36) % DIGIT_TAGS));
  const drawn = (length: number, base: 10 | 36): string => {
    let text = '';
    while (text.length < length) text += Math.floor(random() * base).toString(base);
    return text;
  };
  const isMadeOf = (id: string, start: string, length: number): boolean =>
    id.startsWith(start) && id.length === start.length + length;
  return {
    // The time in front keeps ids in order of creation; 80 random bits follow.
    orderId: (at) => orderId(`ord_${at.toString(36).padStart(9, '0')}${drawn(16, 36)}`),
    venueClientOrderId: (form) =>
      venueClientOrderId(
        form === 'digits' ? digitPrefix + drawn(RANDOM_DIGITS, 10) : prefix + drawn(RANDOM_LENGTH, 36),
      ),
    isOurs: (id) => isMadeOf(id, prefix, RANDOM_LENGTH) || isMadeOf(id, digitPrefix, RANDOM_DIGITS),
    fraction: random,
  };
}

const FRACTION_BYTES = 6;
/** Asking the operating system costs about the same for one fraction as for hundreds, and an order takes dozens. */
const pool = Buffer.allocUnsafe(512 * FRACTION_BYTES);
let nextInPool = pool.length;

/** A fraction from the operating system's randomness, 48 bits of it. No bytes are used twice. */
export function secureFraction(): number {
  if (nextInPool === pool.length) {
    randomFillSync(pool);
    nextInPool = 0;
  }
  const fraction = pool.readUIntBE(nextInPool, FRACTION_BYTES) / 2 ** 48;
  nextInPool += FRACTION_BYTES;
  return fraction;
}
