/** New ids and randomness from one source, so that a simulation can drive them from its seed. */
import { randomFillSync } from 'node:crypto';
import {
  orderId,
  venueClientOrderId,
  type OrderId,
  type TimeMs,
  type VenueClientOrderId,
} from '../core/ids.ts';

export interface Identity {
  orderId(at: TimeMs): OrderId;
  /** At most 32 lower-case alphanumerics, beginning with the installation's tag; never derived from a sequence. */
  venueClientOrderId(): VenueClientOrderId;
  /** Whether a client id at the venue may be one of this installation's. */
  isOurs(venueClientOrderId: string): boolean;
  /** A fraction from 0 up to 1, for jitter. */
  fraction(): number;
}

const RANDOM_LENGTH = 22;

/** `random` gives a fraction from 0 up to 1; `tag` is 1 to 8 lower-case alphanumerics, the same for every node. */
export function createIdentity(tag: string, random: () => number): Identity {
  const prefix = `p${tag}`;
  const letters = (length: number): string => {
    let text = '';
    while (text.length < length) text += Math.floor(random() * 36).toString(36);
    return text;
  };
  return {
    // The time in front keeps ids in order of creation; 80 random bits follow.
    orderId: (at) => orderId(`ord_${at.toString(36).padStart(9, '0')}${letters(16)}`),
    venueClientOrderId: () => venueClientOrderId(prefix + letters(RANDOM_LENGTH)),
    isOurs: (id) => id.startsWith(prefix) && id.length === prefix.length + RANDOM_LENGTH,
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
