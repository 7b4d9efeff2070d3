/**
 * Which mark the service may act on by itself: a jump counts only once a second datum confirms it.
 *
 * Entry points: `notedMark` for each mark that comes in, `witnessedMark` for a price from another source. A person's order
 * never waits for this; it takes what the book shows.
 */
import { Decimal } from './decimal.ts';
import type { TimeMs } from './ids.ts';

/** A mark further than this from the confirmed one is a jump, in basis points of the confirmed one. */
export const MARK_JUMP_BPS = 200;
/** Least time between a jump and a second datum of the same source that confirms it. */
export const JUMP_CONFIRM_AFTER_MS = 250;
/** Most time between a jump and the datum that confirms it. */
export const JUMP_CONFIRM_WITHIN_MS = 2_000;

/** A price with when it was known, on our own clock. */
export interface PriceDatum {
  readonly price: Decimal;
  readonly at: TimeMs;
}

export interface MarkMemory {
  /** The last mark that was no jump, or a confirmed one; null before the first. */
  readonly confirmed: PriceDatum | null;
  /** The mark that waits for a second datum; null when none does. */
  readonly pending: PriceDatum | null;
}

export const NO_MARK_YET: MarkMemory = { confirmed: null, pending: null };

/**
 * The memory after a mark. `witness` is the last price from another source, null where there is none. A jump is confirmed
 * by a second mark on its side, between `JUMP_CONFIRM_AFTER_MS` and `JUMP_CONFIRM_WITHIN_MS` later, or by a witness on its
 * side within the latter. The first mark of all is a jump as well: nothing says yet that it is right.
 */
export function notedMark(memory: MarkMemory, mark: PriceDatum, witness: PriceDatum | null): MarkMemory {
  const { confirmed, pending } = memory;
  const side = sideOf(confirmed, mark.price);
  if (side === 'near') return { confirmed: mark, pending: null };
  if (witness !== null && isInTime(witness, mark) && isSameSide(confirmed, mark, witness))
    return { confirmed: mark, pending: null };
  const isWaiting = pending !== null && isInTime(pending, mark) && isSameSide(confirmed, pending, mark);
  if (!isWaiting) return { confirmed, pending: mark };
  return mark.at - pending.at >= JUMP_CONFIRM_AFTER_MS
    ? { confirmed: mark, pending: null }
    : { confirmed, pending };
}

/** The memory after a price from another source: it confirms a mark that waits on its side, and changes nothing else. */
export function witnessedMark(memory: MarkMemory, witness: PriceDatum): MarkMemory {
  const { confirmed, pending } = memory;
  if (pending === null || !isInTime(pending, witness) || !isSameSide(confirmed, pending, witness))
    return memory;
  return { confirmed: { price: pending.price, at: witness.at }, pending: null };
}

type JumpSide = 'near' | 'above' | 'below' | 'first';

function sideOf(confirmed: PriceDatum | null, price: Decimal): JumpSide {
  if (confirmed === null) return 'first';
  if (isNear(confirmed.price, price)) return 'near';
  return price.greaterThan(confirmed.price) ? 'above' : 'below';
}

/** Whether both are beyond the same bound of the confirmed mark; before the first, whether they are near one another. */
function isSameSide(confirmed: PriceDatum | null, left: PriceDatum, right: PriceDatum): boolean {
  if (confirmed === null) return isNear(left.price, right.price);
  return sideOf(confirmed, left.price) === sideOf(confirmed, right.price);
}

function isNear(reference: Decimal, price: Decimal): boolean {
  const width = reference.multiply(Decimal.of(BigInt(MARK_JUMP_BPS), 4));
  return price.subtract(reference).abs().atMost(width);
}

function isInTime(left: PriceDatum, right: PriceDatum): boolean {
  return Math.abs(right.at - left.at) <= JUMP_CONFIRM_WITHIN_MS;
}
