/**
 * Values that are not known to the last digit: an interval, and the interval that a price of some age stands for.
 *
 * A figure that was measured just now is an interval of one point. One that was measured a while ago keeps its value with a
 * haircut on both sides that grows with its age; it is never taken for 0. A decision names the end of the interval that it is taken on.
 */
import { Decimal } from '../decimal.ts';
import type { TimeMs } from '../ids.ts';

/** A value that lies between `low` and `high`, both included; `low` is never above `high`. */
export interface Interval {
  readonly low: Decimal;
  readonly high: Decimal;
}

/** The end of an interval that a decision is taken on. */
export type IntervalEnd = keyof Interval;

/** A price that a market has shown, and when it was received, on our clock. */
export interface ConfirmedPrice {
  readonly price: Decimal;
  readonly at: TimeMs;
}

/** By how much a price may be off, by its age. */
export interface Haircut {
  /** Up to this age the price stands as it is. */
  readonly freshForMs: number;
  /** Basis points of the price on either side from then on. */
  readonly initialBps: number;
  /** Basis points more for each minute that has begun since. */
  readonly bpsPerMinute: number;
  /** However old the price is, it is taken to be off by no more than this. */
  readonly maxBps: number;
}

/** The haircut of the prices that equity is valued at; docs/risk.md, "Equity". */
export const EQUITY_HAIRCUT: Haircut = {
  freshForMs: 10_000,
  initialBps: 10,
  bpsPerMinute: 10,
  maxBps: 5_000,
};

const MINUTE_MS = 60_000;
const HALF = Decimal.of(5, 1);
const ALL_BPS = Decimal.fromInteger(10_000);
/** Digits of an interval's ends beyond those of a price, for the division by 10,000: none is lost. */
const BPS_DIGITS = 4;

/** The interval that holds one value alone. */
export function exactly(value: Decimal): Interval {
  return { low: value, high: value };
}

/** The interval between two values, whichever is the lower. */
export function between(one: Decimal, other: Decimal): Interval {
  return { low: one.min(other), high: one.max(other) };
}

/** Every sum of a value of one and a value of the other. */
export function addIntervals(left: Interval, right: Interval): Interval {
  return { low: left.low.add(right.low), high: left.high.add(right.high) };
}

/** Every difference of a value of `left` and a value of `right`. */
export function subtractIntervals(left: Interval, right: Interval): Interval {
  return { low: left.low.subtract(right.high), high: left.high.subtract(right.low) };
}

/** The interval times an exact factor; a negative one turns its ends around. */
export function scaleInterval({ low, high }: Interval, factor: Decimal): Interval {
  return between(low.multiply(factor), high.multiply(factor));
}

/**
 * Holds every product of a value of one and a value of the other, with the product of their middles in its own middle: so it may be
 * wider than needed by the product of their widths, a haircut of a haircut.
 */
export function multiplyIntervals(left: Interval, right: Interval): Interval {
  const [leftMiddle, rightMiddle] = [middleOf(left), middleOf(right)];
  const [leftOff, rightOff] = [left.high.subtract(leftMiddle), right.high.subtract(rightMiddle)];
  const middle = leftMiddle.multiply(rightMiddle);
  const off = leftMiddle
    .abs()
    .multiply(rightOff)
    .add(rightMiddle.abs().multiply(leftOff))
    .add(leftOff.multiply(rightOff));
  return { low: middle.subtract(off), high: middle.add(off) };
}

/** The value at the confirmed prices themselves: haircuts are the same on both sides, and sums of values keep that. */
export function middleOf({ low, high }: Interval): Decimal {
  return low.equals(high) ? low : low.add(high).multiply(HALF);
}

/** How far its ends are apart. */
export function widthOf({ low, high }: Interval): Decimal {
  return high.subtract(low);
}

/**
 * Basis points by which a price of that age (milliseconds) may be off; none for a fresh one. An age below 0 (the clock went
 * back) counts as 0.
 */
export function haircutBps(ageMs: number, haircut: Haircut): number {
  if (ageMs <= haircut.freshForMs) return 0;
  const minutesBegun = Math.ceil((ageMs - haircut.freshForMs) / MINUTE_MS);
  return Math.min(haircut.initialBps + (minutesBegun - 1) * haircut.bpsPerMinute, haircut.maxBps);
}

/** The price with that many basis points on either side; exact. */
export function withHaircut(price: Decimal, bps: number): Interval {
  const off = price
    .abs()
    .multiply(Decimal.fromInteger(bps))
    .divide(ALL_BPS, price.scale + BPS_DIGITS, 'up');
  return { low: price.subtract(off), high: price.add(off) };
}

/** Where the price lies at `at`, by what was last confirmed of it. */
export function priceInterval(confirmed: ConfirmedPrice, at: TimeMs, haircut: Haircut): Interval {
  return withHaircut(confirmed.price, haircutBps(at - confirmed.at, haircut));
}
