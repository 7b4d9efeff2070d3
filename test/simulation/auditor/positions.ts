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

/** The quantity that was bought and is still held, less the fees taken from it; sales of what was there before count for nothing. */
export function boughtOf(fills: readonly Fill[]): Decimal {
  return fills.reduce(heldAfter, Decimal.zero);
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
