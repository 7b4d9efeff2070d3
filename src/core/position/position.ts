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
import { MOST_MOVES_KEPT, MOVES_KEPT_MS } from './asset-moves.ts';
import type { AccountId, Asset, InstrumentSymbol, TimeMs, TradeId, Venue, AccountMode } from '../ids.ts';
import type { Wallet } from '../balance/wallet.ts';
import type { InstrumentKind } from '../instrument.ts';
import type { PositionSide, Side } from '../order/terms.ts';
import type { AwaitedExecutions } from './awaited-record.ts';
import { addFee, type FeeWorth, type PositionFee } from './fees.ts';
import { quoteAmountOf } from './quote-amount.ts';

/** Digits after the point kept when an average is divided out; exact figures never pass through it. */
export const AVERAGE_SCALE = 18;

/** The part of a position that depends on the order of its executions. */
export interface PositionFigures {
  /** Base units, negative for a short swap. */
  readonly netQuantity: Decimal;
  /** The cost of the open quantity (the proceeds of a short one), in quote units, fees apart; never negative. */
  readonly openCost: Decimal;
  /** Quote units, fees and funding apart; over all that was ever opened and closed on the instrument. */
  readonly realizedPnl: Decimal;
  /**
   * The part of it from before the present position was opened, or of a flat one the last. Left out before the first one, and where an
   * earlier release has opened it: it is not known then.
   */
  readonly formerPnl?: Decimal | undefined;
  /**
   * Of adopted holdings: what they cost by their owner's account less what they were worth when they were adopted, in quote
   * units, as far as they are open. For showing alone: results count from the adoption on. Left out where there is none.
   */
  readonly basisDifference?: Decimal | undefined;
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
  readonly fees: readonly PositionFee[];
  readonly fundingTotal: Decimal;
  /** Spot only: the last executions by their time at the venue; empty for a swap. */
  readonly recent: readonly PositionFill[];
  /** The figures before `recent`. */
  readonly beforeRecent: PositionFigures;
  /** The cuts of before `recent` that a late execution may still explain, oldest first; left out where there are none. */
  readonly earlierCuts?: readonly EarlierCut[] | undefined;
  /** Swaps only: what readings have shown and executions are still to explain, oldest first; left out where there is nothing. */
  readonly awaited?: readonly AwaitedExecutions[] | undefined;
  /**
   * By our clock, when the present position was opened, or of a flat one the last. Left out before the first one, and where an earlier
   * release has opened it: it is not known then.
   */
  readonly openedAt?: TimeMs | undefined;
  readonly updatedAt: TimeMs;
}

/**
 * Why a position became smaller without an execution of ours:
 * - `external_sale`: others sold on the account more than was there besides it.
 * - `not_held`: the wallets of the account hold less than the position, and no execution says why.
 * - `dust`: the rest is less than can be sold; it is inventory from here on.
 */
export const CUT_REASONS = ['external_sale', 'not_held', 'dust'] as const;
export type CutReason = (typeof CUT_REASONS)[number];

/** The effect of a cut that is no longer among the last executions. */
export interface EarlierCut {
  readonly cutId: string;
  /** Left out where the account did not hold the quantity. */
  readonly cut?: 'external_sale' | undefined;
  /** Base units. */
  readonly quantity: Decimal;
  /** Released and realised by it, in quote units. */
  readonly openCost: Decimal;
  readonly realizedPnl: Decimal;
  readonly executedAt: TimeMs;
}

export const FLAT: PositionFigures = {
  netQuantity: Decimal.zero,
  openCost: Decimal.zero,
  realizedPnl: Decimal.zero,
};

/** The facts of a position that its figures say nothing of. */
export type PositionOwner = Pick<
  Position,
  'accountId' | 'symbol' | 'positionSide' | 'venue' | 'mode' | 'kind' | 'wallet' | 'base' | 'quote'
>;

/** A position before its first execution; `owner` may carry more than is taken. */
export function flatPosition(owner: PositionOwner): Position {
  const { accountId, venue, mode, symbol, positionSide, kind, wallet, base, quote } = owner;
  return {
    accountId,
    venue,
    mode,
    symbol,
    positionSide,
    kind,
    wallet,
    base,
    quote,
    ...FLAT,
    fees: [],
    fundingTotal: Decimal.zero,
    recent: [],
    beforeRecent: FLAT,
    updatedAt: 0,
  };
}

/** How long after a later execution an earlier one may still be put in its place, and how many are kept for that. */
const RECENT_MS = MOVES_KEPT_MS;
const MOST_RECENT = MOST_MOVES_KEPT;
/** How many cuts of before them can still be replaced by what explains them, of either reason. */
const MOST_EARLIER_CUTS = 20;

/** The part of an execution that positions need. */
export interface PositionFill {
  readonly tradeId: TradeId;
  /** Orders executions of one millisecond; null where the venue documents no order. */
  readonly sequence: number | null;
  readonly side: Side;
  readonly price: Decimal;
  readonly quantity: Decimal;
  /** As of `VenueFill`. */
  readonly quoteQuantity?: Decimal | undefined;
  readonly fee: Decimal;
  readonly feeAsset: Asset | null;
  readonly executedAt: TimeMs;
  /** Present where it is no execution of ours but a cut. */
  readonly cut?: CutReason | undefined;
  /** Present where it is the first that opens a position since the PnL of former ones is kept apart. */
  readonly opens?: true | undefined;
  /** Quote units per base unit; present where it is an adoption of holdings, of which `price` is what they were worth then. */
  readonly costBasis?: Decimal | undefined;
  /** Of a fee in another asset than the quote currency, as far as it is known. */
  readonly feeWorth?: FeeWorth | undefined;
}

/**
 * The position after one execution, and what it changed in the realised PnL (quote units, fees apart): what closing
 * realised, and for a late spot execution also what the later ones realise differently because of it.
 */
export function applyFill(
  position: Position,
  fill: PositionFill,
): { readonly position: Position; readonly realizedPnl: Decimal } {
  const fees = addFee(position.fees, fill.feeAsset, fill.fee, fill.feeWorth);
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
  // `concat` makes an array of just that size; a literal with one more element grows, and copies the hundreds of executions twice.
  const recent = isInOrder ? position.recent.concat(partOf(fill)) : inPlace(position.recent, fill);
  const figures = isInOrder ? step(position, position, fill) : foldRecent(position, recent);
  return {
    position: forgetOld({ ...booked, ...figures, recent }),
    realizedPnl: figures.realizedPnl.subtract(position.realizedPnl),
  };
}

/** The figures of a position whose last executions are `recent`. */
export function foldRecent(
  position: Pick<Position, 'kind' | 'base' | 'beforeRecent'>,
  recent: readonly PositionFill[],
): PositionFigures {
  return recent.reduce((before, each) => step(position, before, each), position.beforeRecent);
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

/** The executions with one more, by its time. */
export function inPlace(recent: readonly PositionFill[], late: PositionFill): readonly PositionFill[] {
  const found = recent.findIndex((each) => !executedBefore(each, late));
  const place = found === -1 ? recent.length : found;
  return [...recent.slice(0, place), partOf(late), ...recent.slice(place)];
}

/** Without whatever else the caller's record carries. */
function partOf(fill: PositionFill): PositionFill {
  const { tradeId, sequence, side, price, quantity, quoteQuantity, fee, feeAsset, executedAt } = fill;
  const { cut, opens, costBasis } = fill;
  return {
    tradeId,
    sequence,
    side,
    price,
    quantity,
    fee,
    feeAsset,
    executedAt,
    ...(quoteQuantity === undefined ? {} : { quoteQuantity }),
    ...(cut === undefined ? {} : { cut }),
    ...(opens === undefined ? {} : { opens }),
    ...(costBasis === undefined ? {} : { costBasis }),
  };
}

function forgetOld(position: Position): Position {
  const newest = position.recent.at(-1)?.executedAt ?? 0;
  const keptFrom = position.recent.findIndex(
    (each, index) => each.executedAt >= newest - RECENT_MS && index >= position.recent.length - MOST_RECENT,
  );
  if (keptFrom <= 0) return position;
  let beforeRecent = position.beforeRecent;
  const earlierCuts = [...(position.earlierCuts ?? [])];
  for (const each of position.recent.slice(0, keptFrom)) {
    const after = step(position, beforeRecent, each);
    if (each.cut === 'not_held' || each.cut === 'external_sale')
      earlierCuts.push(effectOf(each, beforeRecent, after));
    beforeRecent = after;
  }
  const kept = [undefined, 'external_sale' as const].flatMap((reason) =>
    earlierCuts.filter(({ cut }) => cut === reason).slice(-MOST_EARLIER_CUTS),
  );
  return {
    ...position,
    recent: position.recent.slice(keptFrom),
    beforeRecent,
    ...(kept.length === 0 ? {} : { earlierCuts: kept }),
  };
}

function effectOf(
  { tradeId, executedAt, cut }: PositionFill,
  before: PositionFigures,
  after: PositionFigures,
): EarlierCut {
  return {
    cutId: tradeId,
    ...(cut === 'external_sale' ? { cut } : {}),
    quantity: before.netQuantity.subtract(after.netQuantity),
    openCost: before.openCost.subtract(after.openCost),
    realizedPnl: after.realizedPnl.subtract(before.realizedPnl),
    executedAt,
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
  const basis = before.basisDifference ?? Decimal.zero;
  if (opens) {
    if (subject.kind === 'spot' && fill.side === 'sell') return figuresOf(before, basis);
    const added = fill.costBasis?.subtract(fill.price).multiply(fill.quantity) ?? Decimal.zero;
    return figuresOf(
      {
        netQuantity: before.netQuantity.add(signed),
        // A fee taken out of a spot purchase is a fee, not a part of the cost of the rest.
        openCost: before.openCost.add(quoteAmountOf(fill, signed.abs())),
        realizedPnl: before.realizedPnl,
        formerPnl: before.netQuantity.isZero() ? formerAfter(before, fill) : before.formerPnl,
      },
      basis.add(added),
    );
  }
  const held = before.netQuantity.abs();
  const closed = held.min(signed.abs());
  const partReleased = (figure: Decimal): Decimal =>
    closed.equals(held) || figure.isZero()
      ? figure
      : figure.multiply(closed).divide(held, AVERAGE_SCALE, 'half_even');
  const releasedCost = partReleased(before.openCost);
  const proceeds = quoteAmountOf(fill, closed);
  const gained = before.netQuantity.isPositive()
    ? proceeds.subtract(releasedCost)
    : releasedCost.subtract(proceeds);
  const beyond = subject.kind === 'spot' ? Decimal.zero : signed.abs().subtract(closed);
  const turned = beyond.isPositive();
  const direction = signed.isNegative() ? Decimal.one.negate() : Decimal.one;
  const realizedPnl = before.realizedPnl.add(gained);
  const { formerPnl } = before;
  return figuresOf(
    {
      netQuantity: turned ? beyond.multiply(direction) : before.netQuantity.add(closed.multiply(direction)),
      openCost: turned ? fill.price.multiply(beyond) : before.openCost.subtract(releasedCost),
      realizedPnl,
      formerPnl: turned ? formerAfter({ realizedPnl, formerPnl }, fill) : formerPnl,
    },
    basis.subtract(partReleased(basis)),
  );
}

/** The realised PnL that is of former positions once a new one is opened. */
function formerAfter(
  { realizedPnl, formerPnl }: Pick<PositionFigures, 'realizedPnl' | 'formerPnl'>,
  { opens }: PositionFill,
): Decimal | undefined {
  return opens === true || formerPnl !== undefined ? realizedPnl : undefined;
}

/** Marks of an execution that opens a position of which the books do not know something yet; none where it opens none. */
export interface OpeningMarks {
  /** It opens a position, the first since the PnL of former ones is kept apart. */
  readonly opens?: true;
  /** It opens a position, the first since it is kept when positions were opened. */
  readonly dated?: true;
}

export function openingMarks(before: Position, after: Pick<PositionFigures, 'netQuantity'>): OpeningMarks {
  if (!isOpened(before, after)) return {};
  return {
    ...(before.formerPnl === undefined ? { opens: true } : {}),
    ...(before.openedAt === undefined ? { dated: true } : {}),
  };
}

/** Whether what is open after a change was not open before it, on that side. */
export function isOpened(
  before: Pick<PositionFigures, 'netQuantity'>,
  after: Pick<PositionFigures, 'netQuantity'>,
): boolean {
  if (after.netQuantity.isZero()) return false;
  return before.netQuantity.isZero() || before.netQuantity.isNegative() !== after.netQuantity.isNegative();
}

/** The position after a change of `at`, with when it was opened; `dated` as of `OpeningMarks`. */
export function changedAt(before: Position, after: Position, at: TimeMs, dated?: true): Position {
  const isDated = isOpened(before, after) && (dated === true || before.openedAt !== undefined);
  return { ...after, ...(isDated ? { openedAt: at } : {}), updatedAt: at };
}

function figuresOf(
  { netQuantity, openCost, realizedPnl, formerPnl }: PositionFigures,
  basisDifference: Decimal,
): PositionFigures {
  return {
    netQuantity,
    openCost,
    realizedPnl,
    formerPnl,
    // Named although it is none, so that it takes the place of a former one.
    basisDifference: basisDifference.isZero() ? undefined : basisDifference,
  };
}

/** The quantity that an execution adds to the position: a spot buy arrives less the fee that was taken from it. */
export function signedQuantity(position: Pick<Position, 'kind' | 'base'>, fill: PositionFill): Decimal {
  if (fill.side === 'sell') return fill.quantity.negate();
  const takenFromIt = position.kind === 'spot' && fill.feeAsset === position.base ? fill.fee : Decimal.zero;
  return fill.quantity.subtract(takenFromIt);
}

/**
 * The PnL that the present position has realised since it was opened, or a flat one until it was closed; quote units, fees and funding
 * apart. Null where it is not known when it was opened.
 */
export function realizedSinceOpened({ realizedPnl, formerPnl }: PositionFigures): Decimal | null {
  if (formerPnl === undefined) return realizedPnl.isZero() ? Decimal.zero : null;
  return realizedPnl.subtract(formerPnl);
}

/** Average entry price; null for a flat position. Rounded half even at 18 digits, for showing and for marks only. */
export function entryPrice(position: Position): Decimal | null {
  if (position.netQuantity.isZero()) return null;
  return position.openCost.divide(position.netQuantity.abs(), AVERAGE_SCALE, 'half_even');
}

/** The average price of what is open, adopted holdings at their cost basis; rounded as `entryPrice` is. */
export function costBasis(position: Position): Decimal | null {
  if (position.netQuantity.isZero()) return null;
  return position.openCost
    .add(position.basisDifference ?? Decimal.zero)
    .divide(position.netQuantity.abs(), AVERAGE_SCALE, 'half_even');
}

/** Quote units, fees and funding apart. */
export function unrealizedPnl(
  position: Pick<PositionFigures, 'netQuantity' | 'openCost'>,
  mark: Decimal,
): Decimal {
  const worth = mark.multiply(position.netQuantity.abs());
  return position.netQuantity.isNegative()
    ? position.openCost.subtract(worth)
    : worth.subtract(position.openCost);
}
