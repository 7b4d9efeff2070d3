/** Positions and executions as the venue has them, folded without any rule of the service. */
import { Decimal } from '../../../src/core/decimal.ts';
import type { Fill } from '../../../src/simulators/exchange/order.ts';

export function positionName(
  position: { readonly symbol: string; readonly positionSide: string } | undefined,
): string {
  return `${position?.symbol ?? ''} ${position?.positionSide ?? ''}`;
}

/** Whether an order can shrink its position only, by what was asked. */
export function onlyReduces(asked: {
  readonly side: string;
  readonly positionSide: string;
  readonly reduceOnly: boolean;
}): boolean {
  if (asked.reduceOnly) return true;
  return asked.positionSide !== 'net' && (asked.side === 'sell') === (asked.positionSide === 'long');
}

/** Whether a position came nearer to flat without passing it. */
export function isBetween(after: Decimal, before: Decimal): boolean {
  return before.isNegative()
    ? !after.isPositive() && after.greaterThan(before)
    : !after.isNegative() && after.lessThan(before);
}

/** A moment at which the rest of a position, less than could be sold, became inventory; `at` is of the venue's clock. */
export interface DustLeft {
  readonly at: number;
}

/** The executions of the account on one spot instrument, in their order, and what it holds of the base after them. */
export interface SpotBook {
  readonly fills: readonly Fill[];
  readonly total: Decimal;
  /** Whose an execution is. */
  readonly isOurs: (fill: Fill) => boolean;
}

/** The quantity that was bought here and is still held after an execution. */
export interface HeldAfter {
  readonly fill: Fill;
  readonly held: Decimal;
}

/**
 * The quantity that was bought here and is still held, after each execution. Sales of ours take what was bought here first, those
 * of others what was there besides it first; nobody holds more than there is.
 */
export function heldThrough(
  { fills, total, isOurs }: SpotBook,
  dust: readonly DustLeft[],
): readonly HeldAfter[] {
  let there = fills.reduce((sum, fill) => sum.subtract(movedBy(fill)), total);
  let held = Decimal.zero;
  const left = dust.toSorted((one, other) => one.at - other.at);
  return fills.map((fill) => {
    while (left[0] !== undefined && left[0].at < fill.at) {
      held = Decimal.zero;
      left.shift();
    }
    there = there.add(movedBy(fill));
    if (isOurs(fill)) held = heldAfter(held, fill);
    else if (fill.side === 'sell') held = held.min(there.max(Decimal.zero));
    return { fill, held };
  });
}

/** The same after all of them. */
export function heldOf(book: SpotBook, dust: readonly DustLeft[] = []): Decimal {
  const last = heldThrough(book, dust).at(-1);
  return last === undefined || dust.some(({ at }) => at >= last.fill.at) ? Decimal.zero : last.held;
}

/** The change of the account's base by an execution on spot. */
function movedBy(fill: Fill): Decimal {
  const fee = fill.symbol.startsWith(`${fill.feeAsset}/`) ? fill.fee : Decimal.zero;
  return (fill.side === 'buy' ? fill.quantity : fill.quantity.negate()).subtract(fee);
}

/**
 * By trade; of a self-trade the purchase first, since what is bought in it can be sold in it. Where the venue documents no
 * order within a millisecond, its purchases come before its sales.
 */
export function orderOfFills(areSequenced: boolean): (left: Fill, right: Fill) => number {
  return (left, right) => {
    if (left.symbol !== right.symbol) return left.symbol < right.symbol ? -1 : 1;
    if (!areSequenced && left.at !== right.at) return left.at - right.at;
    const difference = BigInt(left.tradeId) - BigInt(right.tradeId);
    if (areSequenced && difference !== 0n) return difference < 0n ? -1 : 1;
    return left.side === right.side ? 0 : left.side === 'buy' ? -1 : 1;
  };
}

function heldAfter(held: Decimal, fill: Fill): Decimal {
  if (fill.side === 'sell') return held.subtract(fill.quantity.min(held));
  return held
    .add(fill.quantity)
    .subtract(fill.symbol.startsWith(`${fill.feeAsset}/`) ? fill.fee : Decimal.zero);
}
