/**
 * The fees of a position: units by asset, and what they were worth when they were charged.
 *
 * Entry points: `addFee`, `feesSince`, `valueFees`. A fee in the quote currency is its own worth. One in another asset is worth what the
 * asset cost at the execution; units that had no price then are open, until `valueFees` gives them the first one that is confirmed.
 */
import { Decimal } from '../decimal.ts';
import type { Asset } from '../ids.ts';
import type { FeeTotal } from '../order/order.ts';

/** A worth in two parts: of each that one in which it was known. */
export interface FeeWorth {
  /** Quote units of the position: of a fee in its base asset, at the price of the execution. */
  readonly inQuote: Decimal;
  /** Units of the portfolio's base currency: of a fee in a third asset. */
  readonly inBase: Decimal;
}

/** The part of a fee total that has its worth for good. */
export interface ValuedFees extends FeeWorth {
  /** Units of the fee's asset. */
  readonly amount: Decimal;
}

/** The charges of a position in one asset. */
export interface PositionFee extends FeeTotal {
  /** Left out where none of it is valued, and for the quote currency, which needs none. */
  readonly valued?: ValuedFees;
}

/** The price that the open units of a fee get, and the unit it is in. */
export interface FeePrice {
  readonly asset: Asset;
  readonly price: Decimal;
  readonly unit: 'quote' | 'base_currency';
}

const NOTHING: ValuedFees = { amount: Decimal.zero, inQuote: Decimal.zero, inBase: Decimal.zero };

/** The fees with one more; with its worth where that is known. */
export function addFee(
  fees: readonly PositionFee[],
  asset: Asset | null,
  amount: Decimal,
  worth?: FeeWorth,
): readonly PositionFee[] {
  if (asset === null || amount.isZero()) return fees;
  const others = fees.filter((fee) => fee.asset !== asset);
  const before = fees.find((fee) => fee.asset === asset);
  const valued = worth === undefined ? before?.valued : sumOf(before?.valued, { amount, ...worth });
  return [
    ...others,
    {
      asset,
      amount: (before?.amount ?? Decimal.zero).add(amount),
      ...(valued === undefined ? {} : { valued }),
    },
  ].sort((left, right) => (left.asset < right.asset ? -1 : 1));
}

/** The part of the fees that came after `start`. */
export function feesSince(
  now: readonly PositionFee[],
  start: readonly PositionFee[],
): readonly PositionFee[] {
  const before = new Map(start.map((fee) => [fee.asset, fee]));
  return now.map(({ asset, amount, valued }) => {
    const { amount: standing = Decimal.zero, valued: valuedBefore = NOTHING } = before.get(asset) ?? {};
    const since = {
      amount: valuedBefore.amount.negate(),
      inQuote: valuedBefore.inQuote.negate(),
      inBase: valuedBefore.inBase.negate(),
    };
    return {
      asset,
      amount: amount.subtract(standing),
      ...(valued === undefined ? {} : { valued: sumOf(valued, since) }),
    };
  });
}

/** Units of a fee that have no worth yet; negative where more was given back than charged. */
export function openUnits({ amount, valued }: PositionFee): Decimal {
  return valued === undefined ? amount : amount.subtract(valued.amount);
}

/** The fees with the open units of one asset at a price, for good; the same where there are none. */
export function valueFees(
  fees: readonly PositionFee[],
  { asset, price, unit }: FeePrice,
): readonly PositionFee[] {
  return fees.map((fee) => {
    const open = openUnits(fee);
    if (fee.asset !== asset || open.isZero()) return fee;
    const worth = price.multiply(open);
    const added = { ...NOTHING, amount: open, [unit === 'quote' ? 'inQuote' : 'inBase']: worth };
    return { ...fee, valued: sumOf(fee.valued, added) };
  });
}

function sumOf(left: ValuedFees = NOTHING, right: ValuedFees): ValuedFees {
  return {
    amount: left.amount.add(right.amount),
    inQuote: left.inQuote.add(right.inQuote),
    inBase: left.inBase.add(right.inBase),
  };
}
