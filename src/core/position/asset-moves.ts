/**
 * Moves of an asset's total besides the executions of our orders: by executions of others and records of the venue, and those that comparisons
 * found. Kept in the venue's order for as long as something earlier may still become known.
 *
 * Entry points: `withMove`, `withBooked`, `withReading`, `isSale`.
 */
import { Decimal } from '../decimal.ts';
import type { InstrumentSymbol, TimeMs } from '../ids.ts';

/** How long after a later move an earlier one may become known and still be put in its place. */
export const MOVES_KEPT_MS = 600_000;
/** How many moves of an asset are kept for that. */
export const MOST_MOVES_KEPT = 500;

export interface AssetMove {
  /** The execution or the record; empty for what a comparison found. */
  readonly id: string;
  /** Venue clock. */
  readonly at: TimeMs;
  /** As of an execution. */
  readonly sequence: number | null;
  /** Units of the asset; negative for what left. */
  readonly amount: Decimal;
  /** Of an execution whose base the asset is. */
  readonly symbol?: InstrumentSymbol | undefined;
  /** Of a sale by others, quote units. */
  readonly price?: Decimal | undefined;
  /**
   * A reading of the venue found it, and no execution or record that it held has been booked for it by now. `from_the_beginning`: the totals that were taken
   * over were off by it.
   */
  readonly found?: 'then' | 'from_the_beginning' | undefined;
  /** Of a reading: when it was asked for, on the venue's clock. A move from then on may not be in it. */
  readonly askedAt?: TimeMs | undefined;
  /** Of a reading: moves that are taken to be in it, and may not be. The next reading settles that. */
  readonly inDoubt?: readonly MoveInDoubt[] | undefined;
}

/** A move that was executed while a reading was being answered, and was booked after it. */
export interface MoveInDoubt {
  /** Venue clock. */
  readonly at: TimeMs;
  /** As of `AssetMove`. */
  readonly amount: Decimal;
}

/** When a reading of balances was asked for and answered, on the venue's clock. */
export interface ReadingTimes {
  /** Left out where it is not known: nothing is in doubt then. */
  readonly askedAt?: TimeMs | undefined;
  readonly readAt: TimeMs;
}

/** The moves of an asset that are kept, in the venue's order. */
export interface KeptMoves {
  readonly moves: readonly AssetMove[];
  /** The sum of those that a reading held before they were booked: our total holds them twice until the next reading. */
  readonly bookedTwice: Decimal;
}

export const NO_MOVES: KeptMoves = { moves: [], bookedTwice: Decimal.zero };

/** A sale by others, which takes inventory first and then our position on its instrument. */
export interface SaleByOthers extends AssetMove {
  readonly symbol: InstrumentSymbol;
  readonly price: Decimal;
}

export function isSale(move: AssetMove): move is SaleByOthers {
  return move.symbol !== undefined && move.price !== undefined;
}

/** The place of a move among others, or of an execution of ours. */
export interface Place {
  readonly at: TimeMs;
  readonly sequence: number | null;
  readonly symbol?: InstrumentSymbol | undefined;
  readonly adds: boolean;
  /** A reading holds no move of its moment. */
  readonly isReading?: boolean;
}

/**
 * By time, then by the venue's sequence of the instrument. Without one what comes is before what goes: it may have been sold in the same
 * millisecond.
 */
export function isBefore(left: Place, right: Place): boolean {
  if (left.at !== right.at) return left.at < right.at;
  if (left.isReading !== right.isReading) return left.isReading === true;
  const isSequenced = left.symbol === right.symbol && left.sequence !== null && right.sequence !== null;
  if (isSequenced && left.sequence !== right.sequence) return left.sequence < right.sequence;
  return left.adds === right.adds || left.adds;
}

export function placeOf({ at, sequence, symbol, amount, found }: AssetMove): Place {
  const place = { at, sequence, symbol, adds: !amount.isNegative() };
  return found === undefined ? place : { ...place, isReading: true };
}

/** The moves with one more at its place; the oldest go. */
export function withMove(kept: KeptMoves, move: AssetMove): KeptMoves {
  const { moves, bookedTwice } = withBooked(kept, move);
  return { moves: inOrder(moves, move), bookedTwice };
}

/**
 * The moves once `amount` is booked that moved the total at `at`. Where a reading held it by then, it is a part of what that reading
 * found.
 */
export function withBooked(
  { moves, bookedTwice }: KeptMoves,
  { at, amount }: Pick<AssetMove, 'at' | 'amount'>,
): KeptMoves {
  const index = readingAfter(moves, at);
  const reading = moves[index];
  if (reading === undefined) return { moves, bookedTwice };
  const { askedAt, inDoubt = [] } = reading;
  const doubts = askedAt !== undefined && at >= askedAt ? { inDoubt: [...inDoubt, { at, amount }] } : {};
  return {
    moves: moves.with(index, { ...reading, ...doubts, amount: reading.amount.subtract(amount) }),
    bookedTwice: bookedTwice.add(amount),
  };
}

/** The moves once a part of what is booked twice is taken off the total, before a move of `at` is booked. */
export function withTakenOff(kept: KeptMoves, amount: Decimal, at: TimeMs): KeptMoves {
  if (readingAfter(kept.moves, at) === -1) return kept;
  return { ...kept, bookedTwice: kept.bookedTwice.add(amount) };
}

/** The moves after a reading that found the total to be another one by `amount`. */
export function withReading(
  { moves, bookedTwice }: KeptMoves,
  amount: Decimal,
  { askedAt, readAt: at }: ReadingTimes,
  found: NonNullable<AssetMove['found']>,
): KeptMoves {
  let left = amount.add(bookedTwice);
  const settled = moves
    .toReversed()
    .map((each) => {
      const { move, missing } = withoutDoubts(each, left);
      left = left.subtract(missing);
      // It takes back what an earlier one had found the other way.
      const isOpposite = move.found === 'then' && move.amount.isNegative() !== left.isNegative();
      if (left.isZero() || !isOpposite) return move;
      const part = left.abs().min(move.amount.abs());
      const signed = left.isNegative() ? part.negate() : part;
      left = left.subtract(signed);
      return { ...move, amount: move.amount.add(signed) };
    })
    .toReversed();
  return {
    moves: inOrder(settled, {
      id: '',
      at,
      sequence: null,
      amount: left,
      found,
      ...(askedAt === undefined ? {} : { askedAt }),
    }),
    bookedTwice: Decimal.zero,
  };
}

/**
 * A reading once the next one has found `left`. It held the moves up to some moment of its answer and none of later: where those in doubt since
 * such a moment come to just what was found, they are `missing` in it.
 */
function withoutDoubts(
  move: AssetMove,
  left: Decimal,
): { readonly move: AssetMove; readonly missing: Decimal } {
  if (move.inDoubt === undefined) return { move, missing: Decimal.zero };
  const { inDoubt, ...settled } = move;
  let missing = Decimal.zero;
  for (const { amount } of inDoubt.toSorted((one, other) => other.at - one.at)) {
    if (missing.equals(left)) break;
    missing = missing.add(amount);
  }
  if (!missing.equals(left)) return { move: settled, missing: Decimal.zero };
  return { move: { ...settled, amount: settled.amount.add(missing) }, missing };
}

/** The index of the first reading that held a move of `at`, as one of later did; -1 where there is none. */
function readingAfter(moves: readonly AssetMove[], at: TimeMs): number {
  let found = -1;
  for (let index = moves.length - 1; index >= 0; index -= 1) {
    const move = moves[index];
    if (move === undefined || move.at <= at) break;
    if (move.found !== undefined) found = index;
  }
  return found;
}

function inOrder(moves: readonly AssetMove[], move: AssetMove): readonly AssetMove[] {
  const place = placeOf(move);
  let index = moves.length;
  for (; index > 0; index -= 1) {
    const earlier = moves[index - 1];
    if (earlier === undefined || isBefore(placeOf(earlier), place)) break;
  }
  const all = [...moves.slice(0, index), move, ...moves.slice(index)].slice(-MOST_MOVES_KEPT);
  const newest = all.at(-1)?.at ?? move.at;
  const first = all.findIndex(({ at }) => at >= newest - MOVES_KEPT_MS);
  return first <= 0 ? all : all.slice(first);
}
