/**
 * Cuts of a spot position: it becomes smaller although nothing of ours was sold, because the account holds less, or because the
 * rest cannot be sold. A cut is put among the executions of the position as a sale, by its time.
 *
 * Entry points: `cutFill`, `cutsOf`, `explainedCuts`, `withoutCut`.
 */
import { Decimal } from '../decimal.ts';
import { tradeId, type AccountId, type InstrumentSymbol, type TimeMs, type TradeId } from '../ids.ts';
import {
  foldRecent,
  inPlace,
  type CutReason,
  type EarlierCut,
  type Position,
  type PositionFill,
} from './position.ts';

/** A cut as a record carries it. */
export interface PositionCut {
  readonly cutId: string;
  readonly reason: CutReason;
  /** Base units. */
  readonly quantity: Decimal;
  /** Quote units; the result of the cut is realised at it. */
  readonly price: Decimal;
  /** Venue clock. */
  readonly executedAt: TimeMs;
}

/**
 * The record that a sale by others took another part of a position than was known so far: none where its quantity is zero. A move from before it
 * has become known since.
 */
export interface CutChanged {
  readonly type: 'position_cut_changed';
  readonly accountId: AccountId;
  readonly symbol: InstrumentSymbol;
  readonly cut: PositionCut;
  /** As of an execution. */
  readonly sequence: number | null;
  /** The execution or the record that has become known, or `comparison`. */
  readonly tradeId: TradeId;
}

export function cutFill({ cutId, reason, quantity, price, executedAt }: PositionCut): PositionFill {
  return {
    tradeId: tradeId(cutId),
    sequence: null,
    side: 'sell',
    price,
    quantity,
    fee: Decimal.zero,
    feeAsset: null,
    executedAt,
    cut: reason,
  };
}

/**
 * The cuts, oldest first, that a sale of `quantity` explains which was executed before them and is booked only now, each with
 * the part of it that the sale explains.
 */
export function explainedCuts(
  { earlierCuts = [], recent }: Position,
  { quantity, executedAt }: Pick<PositionFill, 'quantity' | 'executedAt'>,
): readonly { readonly cutId: string; readonly quantity: Decimal }[] {
  // Executions are kept in order of time, and nearly every sale comes after all of them.
  const since = recent.slice(recent.findLastIndex((each) => each.executedAt < executedAt) + 1);
  if (since.length === 0 && earlierCuts.length === 0) return [];
  const cuts = cutsOf({ earlierCuts, recent: since }, 'not_held');
  const explained: { readonly cutId: string; readonly quantity: Decimal }[] = [];
  let left = quantity;
  for (const cut of cuts) {
    if (cut.executedAt < executedAt || !left.isPositive()) continue;
    const part = left.min(cut.quantity);
    explained.push({ cutId: cut.cutId, quantity: part });
    left = left.subtract(part);
  }
  return explained;
}

/** The cuts of a position for one reason that can still be replaced, oldest first, each with what is left of it. */
export function cutsOf(
  { earlierCuts = [], recent }: Pick<Position, 'earlierCuts' | 'recent'>,
  reason: 'not_held' | 'external_sale',
): readonly Pick<EarlierCut, 'cutId' | 'quantity' | 'executedAt'>[] {
  const late = recent.filter(({ cut }) => cut === reason);
  return [
    ...earlierCuts.filter(({ cut = 'not_held' }) => cut === reason),
    ...late.map(({ tradeId: cutId, quantity, executedAt }) => ({ cutId, quantity, executedAt })),
  ].filter(({ quantity }) => quantity.isPositive());
}

/** The position with a cut as it is by now, in its place; without it where nothing is left of it. */
export function withCutChanged(position: Position, cut: PositionFill): Position {
  const others = position.recent.filter((each) => each.tradeId !== cut.tradeId || each.cut !== cut.cut);
  const recent = cut.quantity.isPositive() ? inPlace(others, cut) : others;
  return { ...position, ...foldRecent(position, recent), recent };
}

/** The position as if a cut had been smaller by `quantity`. */
export function withoutCut(position: Position, cutId: string, quantity: Decimal): Position {
  const recent = position.recent.map((each) =>
    each.tradeId === cutId && each.cut !== undefined
      ? { ...each, quantity: each.quantity.subtract(quantity) }
      : each,
  );
  const earlier = position.earlierCuts?.find((cut) => cut.cutId === cutId);
  if (earlier === undefined) return { ...position, ...foldRecent(position, recent), recent };
  const partOf = (figure: Decimal): Decimal =>
    quantity.equals(earlier.quantity)
      ? figure
      : figure.multiply(quantity).divide(earlier.quantity, PART_SCALE, 'half_even');
  const [openCost, realizedPnl] = [partOf(earlier.openCost), partOf(earlier.realizedPnl)];
  const { beforeRecent } = position;
  const restored = {
    ...position,
    beforeRecent: {
      ...beforeRecent,
      netQuantity: beforeRecent.netQuantity.add(quantity),
      openCost: beforeRecent.openCost.add(openCost),
      realizedPnl: beforeRecent.realizedPnl.subtract(realizedPnl),
    },
    earlierCuts: (position.earlierCuts ?? []).map((cut) =>
      cut.cutId === cutId
        ? {
            ...cut,
            quantity: cut.quantity.subtract(quantity),
            openCost: cut.openCost.subtract(openCost),
            realizedPnl: cut.realizedPnl.subtract(realizedPnl),
          }
        : cut,
    ),
  };
  return { ...restored, ...foldRecent(restored, recent), recent };
}

/** Digits after the point of a part of a cost. */
const PART_SCALE = 18;
