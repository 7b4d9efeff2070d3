/**
 * Positions from fills, at average cost.
 *
 * A spot position is what we bought less the fees taken from it: inventory from before is not a position, so a
 * sale beyond the position closes what there is and realises nothing on the rest. A swap position is signed and
 * turns over through zero; of a hedged account the long and the short one are two positions, of which a sale closes the
 * long and a purchase the short one. `openCost` is kept instead of an average, so that only closing in part divides.
 *
 * A spot sale takes from the position no more than had been bought by then, and executions of several orders reach us in
 * any order. So the last minute's executions are kept, and a late one is put where it belongs by its time.
 */
import { Decimal } from '../decimal.ts';
import type { AccountId, Asset, InstrumentSymbol, TimeMs, TradeId, Venue, AccountMode } from '../ids.ts';
import type { Wallet } from '../balance/wallet.ts';
import type { InstrumentKind } from '../instrument.ts';
import type { FeeTotal } from '../order/order.ts';
import type { PositionSide, Side } from '../order/terms.ts';

/** Digits after the point kept when an average is divided out; exact figures never pass through it. */
export const AVERAGE_SCALE = 18;

/** The part of a position that depends on the order of its executions. */
export interface PositionFigures {
  /** Base units, negative for a short swap. */
  readonly netQuantity: Decimal;
  /** The cost of the open quantity (the proceeds of a short one), in quote units, fees apart; never negative. */
  readonly openCost: Decimal;
  /** Quote units, fees and funding apart. */
  readonly realizedPnl: Decimal;
}

export interface Position extends PositionFigures {
  readonly accountId: AccountId;
  readonly venue: Venue;
  readonly mode: AccountMode;
  readonly symbol: InstrumentSymbol;
  readonly positionSide: PositionSide;
  readonly kind: InstrumentKind;
  /** The wallet that it settles in. */
  readonly wallet: Wallet;
  readonly base: Asset;
  readonly quote: Asset;
  readonly fees: readonly FeeTotal[];
  readonly fundingTotal: Decimal;
  /** Spot only: the last executions by their time at the venue; empty for a swap. */
  readonly recent: readonly PositionFill[];
  /** The figures before `recent`. */
  readonly beforeRecent: PositionFigures;
  readonly updatedAt: TimeMs;
}

export const FLAT: PositionFigures = {
  netQuantity: Decimal.zero,
  openCost: Decimal.zero,
  realizedPnl: Decimal.zero,
};

/** How long after a later execution an earlier one may still be put in its place, and how many are kept for that. */
const RECENT_MS = 60_000;
const MOST_RECENT = 500;

/** The part of an execution that positions need. */
export interface PositionFill {
  readonly tradeId: TradeId;
  /** Orders executions of one millisecond; null where the venue documents no order. */
  readonly sequence: number | null;
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

/**
 * The position after one execution, and what it changed in the realised PnL (quote units, fees apart): what closing
 * realised, and for a late spot execution also what the later ones realise differently because of it.
 */
export function applyFill(
  position: Position,
  fill: PositionFill,
): { readonly position: Position; readonly realizedPnl: Decimal } {
  const fees = addFee(position.fees, fill.feeAsset, fill.fee);
  const booked = { ...position, fees, updatedAt: fill.executedAt };
  if (position.kind === 'linear_swap') {
    const figures = step(position, position, fill);
    return {
      position: { ...booked, ...figures },
      realizedPnl: figures.realizedPnl.subtract(position.realizedPnl),
    };
  }
  const last = position.recent.at(-1);
  const isInOrder = last === undefined || executedBefore(last, fill);
  const recent = isInOrder ? [...position.recent, partOf(fill)] : withLate(position.recent, fill);
  const figures = isInOrder
    ? step(position, position, fill)
    : recent.reduce((before, each) => step(position, before, each), position.beforeRecent);
  return {
    position: forgetOld({ ...booked, ...figures, recent }),
    realizedPnl: figures.realizedPnl.subtract(position.realizedPnl),
  };
}

/**
 * By time, then by the venue's sequence. Without a sequence purchases of one millisecond come before its sales: what was
 * bought can have been sold, and what was sold before it was bought was inventory. So do both sides of a self-trade.
 */
function executedBefore(left: PositionFill, right: PositionFill): boolean {
  if (left.executedAt !== right.executedAt) return left.executedAt < right.executedAt;
  if (left.sequence !== null && right.sequence !== null && left.sequence !== right.sequence)
    return left.sequence < right.sequence;
  return left.side === right.side || left.side === 'buy';
}

function withLate(recent: readonly PositionFill[], late: PositionFill): readonly PositionFill[] {
  const place = recent.findIndex((each) => !executedBefore(each, late));
  return [...recent.slice(0, place), partOf(late), ...recent.slice(place)];
}

/** Without whatever else the caller's record carries. */
function partOf({
  tradeId,
  sequence,
  side,
  price,
  quantity,
  fee,
  feeAsset,
  executedAt,
}: PositionFill): PositionFill {
  return { tradeId, sequence, side, price, quantity, fee, feeAsset, executedAt };
}

function forgetOld(position: Position): Position {
  const newest = position.recent.at(-1)?.executedAt ?? 0;
  const keptFrom = position.recent.findIndex(
    (each, index) => each.executedAt >= newest - RECENT_MS && index >= position.recent.length - MOST_RECENT,
  );
  if (keptFrom <= 0) return position;
  return {
    ...position,
    recent: position.recent.slice(keptFrom),
    beforeRecent: position.recent
      .slice(0, keptFrom)
      .reduce((before, each) => step(position, before, each), position.beforeRecent),
  };
}

/** The figures after one more execution. */
function step(
  subject: Pick<Position, 'kind' | 'base'>,
  before: PositionFigures,
  fill: PositionFill,
): PositionFigures {
  const signed = signedQuantity(subject, fill);
  const opens = before.netQuantity.isZero() || before.netQuantity.isNegative() === signed.isNegative();
  if (opens) {
    if (subject.kind === 'spot' && fill.side === 'sell') {
      const { netQuantity, openCost, realizedPnl } = before;
      return { netQuantity, openCost, realizedPnl };
    }
    return {
      netQuantity: before.netQuantity.add(signed),
      // A fee taken out of a spot purchase is a fee, not a part of the cost of the rest.
      openCost: before.openCost.add(fill.price.multiply(signed.abs())),
      realizedPnl: before.realizedPnl,
    };
  }
  const held = before.netQuantity.abs();
  const closed = held.min(signed.abs());
  const releasedCost = closed.equals(held)
    ? before.openCost
    : before.openCost.multiply(closed).divide(held, AVERAGE_SCALE, 'half_even');
  const proceeds = fill.price.multiply(closed);
  const gained = before.netQuantity.isPositive()
    ? proceeds.subtract(releasedCost)
    : releasedCost.subtract(proceeds);
  const beyond = subject.kind === 'spot' ? Decimal.zero : signed.abs().subtract(closed);
  const turned = beyond.isPositive();
  const direction = signed.isNegative() ? Decimal.one.negate() : Decimal.one;
  return {
    netQuantity: turned ? beyond.multiply(direction) : before.netQuantity.add(closed.multiply(direction)),
    openCost: turned ? fill.price.multiply(beyond) : before.openCost.subtract(releasedCost),
    realizedPnl: before.realizedPnl.add(gained),
  };
}

/** The quantity that an execution adds to the position: a spot buy arrives less the fee that was taken from it. */
function signedQuantity(position: Pick<Position, 'kind' | 'base'>, fill: PositionFill): Decimal {
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
