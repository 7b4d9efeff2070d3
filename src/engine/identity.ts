/** New ids and chance, as one source, so that a simulation can drive them from its seed. */
import { randomBytes } from 'node:crypto';
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

/** A fraction from the operating system's randomness, 48 bits of it. */
export function secureFraction(): number {
  return randomBytes(6).readUIntBE(0, 6) / 2 ** 48;
}
