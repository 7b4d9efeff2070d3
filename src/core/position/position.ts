/**
 * Positions from fills, at average cost.
 *
 * A spot position is what we bought less the fees taken from it: inventory from before is not a position, so a
 * sale beyond the position closes what there is and realises nothing on the rest. A swap position is signed and
 * turns over through zero. `openCost` is kept instead of an average, so that only closing in part divides.
 */
import { Decimal } from '../decimal.ts';
import type { AccountId, Asset, InstrumentSymbol, TimeMs, Venue, AccountMode } from '../ids.ts';
import type { InstrumentKind } from '../instrument.ts';
import type { FeeTotal } from '../order/order.ts';
import type { Side } from '../order/terms.ts';

/** Digits after the point kept when an average is divided out; exact figures never pass through it. */
export const AVERAGE_SCALE = 18;

export interface Position {
  readonly accountId: AccountId;
  readonly venue: Venue;
  readonly mode: AccountMode;
  readonly symbol: InstrumentSymbol;
  readonly kind: InstrumentKind;
  readonly base: Asset;
  readonly quote: Asset;
  /** Base units, negative for a short swap. */
  readonly netQuantity: Decimal;
  /** What the open quantity was bought (or sold short) for, in quote units, fees apart; never negative. */
  readonly openCost: Decimal;
  /** Quote units, fees and funding apart. */
  readonly realizedPnl: Decimal;
  readonly fees: readonly FeeTotal[];
  readonly fundingTotal: Decimal;
  readonly updatedAt: TimeMs;
}

/** The part of an execution that positions need. */
export interface PositionFill {
  readonly side: Side;
  readonly price: Decimal;
  readonly quantity: Decimal;
  readonly fee: Decimal;
  readonly feeAsset: Asset | null;
  readonly executedAt: TimeMs;
}

export function addFee(fees: readonly FeeTotal[], asset: Asset | null, amount: Decimal): readonly FeeTotal[] {
  if (asset === null || amount.isZero()) return fees;
  const others = fees.filter((fee) => fee.asset !== asset);
  const before = fees.find((fee) => fee.asset === asset)?.amount ?? Decimal.zero;
  return [...others, { asset, amount: before.add(amount) }].sort((a, b) => (a.asset < b.asset ? -1 : 1));
}

/** The position after one execution, and what closing realised (quote units, fees apart). */
export function applyFill(
  position: Position,
  fill: PositionFill,
): { readonly position: Position; readonly realizedPnl: Decimal } {
  const fees = addFee(position.fees, fill.feeAsset, fill.fee);
  const signed = signedQuantity(position, fill);
  const opens = position.netQuantity.isZero() || position.netQuantity.isNegative() === signed.isNegative();
  if (opens) {
    if (position.kind === 'spot' && fill.side === 'sell') {
      return { position: { ...position, fees, updatedAt: fill.executedAt }, realizedPnl: Decimal.zero };
    }
    return {
      position: {
        ...position,
        netQuantity: position.netQuantity.add(signed),
        // What a fee took out of a spot purchase is a fee, not a cost of what arrived.
        openCost: position.openCost.add(fill.price.multiply(signed.abs())),
        fees,
        updatedAt: fill.executedAt,
      },
      realizedPnl: Decimal.zero,
    };
  }
  const held = position.netQuantity.abs();
  const closed = held.min(signed.abs());
  const releasedCost = closed.equals(held)
    ? position.openCost
    : position.openCost.multiply(closed).divide(held, AVERAGE_SCALE, 'half_even');
  const proceeds = fill.price.multiply(closed);
  const realizedPnl = position.netQuantity.isPositive()
    ? proceeds.subtract(releasedCost)
    : releasedCost.subtract(proceeds);
  const beyond = position.kind === 'spot' ? Decimal.zero : signed.abs().subtract(closed);
  const turned = beyond.isPositive();
  const direction = signed.isNegative() ? Decimal.one.negate() : Decimal.one;
  return {
    position: {
      ...position,
      netQuantity: turned ? beyond.multiply(direction) : position.netQuantity.add(closed.multiply(direction)),
      openCost: turned ? fill.price.multiply(beyond) : position.openCost.subtract(releasedCost),
      realizedPnl: position.realizedPnl.add(realizedPnl),
      fees,
      updatedAt: fill.executedAt,
    },
    realizedPnl,
  };
}

/** What an execution adds to the position: a spot buy arrives less the fee that was taken from it. */
function signedQuantity(position: Position, fill: PositionFill): Decimal {
  if (fill.side === 'sell') return fill.quantity.negate();
  const takenFromIt = position.kind === 'spot' && fill.feeAsset === position.base ? fill.fee : Decimal.zero;
  return fill.quantity.subtract(takenFromIt);
}

/** Average entry price; null for a flat position. Rounded half even at 18 digits, for showing and for marks only. */
export function entryPrice(position: Position): Decimal | null {
  if (position.netQuantity.isZero()) return null;
  return position.openCost.divide(position.netQuantity.abs(), AVERAGE_SCALE, 'half_even');
}

/** Quote units, fees and funding apart. */
export function unrealizedPnl(position: Position, mark: Decimal): Decimal {
  const worth = mark.multiply(position.netQuantity.abs());
  return position.netQuantity.isNegative()
    ? position.openCost.subtract(worth)
    : worth.subtract(position.openCost);
}
