/**
 * The part of sales by others that our spot positions give up, in the venue's order.
 *
 * A sale by others takes inventory first. Executions and records reach us in any order, and a first reading of the balances may be short: what
 * comes late shows that there was more inventory at the moment of a sale, or less. So the moves of an asset are kept for a while,
 * and what each sale took is worked out anew from them.
 *
 * Entry points: `takenBy` for a sale that is booked next, `weighSales` for what has become known.
 */
import { balanceDeltas } from '../balance/balance.ts';
import { Decimal } from '../decimal.ts';
import { tradeId, type AccountId, type Asset, type InstrumentSymbol, type TimeMs } from '../ids.ts';
import type { Draft } from '../portfolio/draft.ts';
import { assetKey, positionKey } from '../portfolio/keys.ts';
import type { PortfolioState } from '../portfolio/state.ts';
import {
  isBefore,
  isSale,
  NO_MOVES,
  placeOf,
  withMove,
  type AssetMove,
  type Place,
  type SaleByOthers,
} from '../position/asset-moves.ts';
import { signedQuantity, type Position, type PositionFill } from '../position/position.ts';
import { exchangeBeside } from '../risk/exchanges.ts';

/** Base units that a sale which is booked next takes of the position on its instrument, whatever is known by now. */
export function takenBy(
  state: PortfolioState,
  accountId: AccountId,
  asset: Asset,
  sale: SaleByOthers,
): Decimal {
  const weighed = salesOf(state, accountId, asset, sale);
  const found = weighed.find(({ sale: each }) => each === sale);
  if (found !== undefined) return found.taken;
  // Longer ago than anything is kept: of what is there now.
  const held = state.positions.get(positionKey(accountId, sale.symbol, 'net'))?.netQuantity ?? Decimal.zero;
  return takenOf(sale, totalOf(state, accountId, asset).subtract(heldIn(state, accountId, asset)), held);
}

/**
 * Works out anew what sales since `from` took of positions in an asset; null: all that are kept. `cameBy` names what has become known, to
 * show.
 */
export function weighSales(
  draft: Draft,
  accountId: AccountId,
  asset: Asset,
  from: TimeMs | null,
  cameBy: string,
): void {
  const { moves } = draft.state.assetMoves.get(assetKey(accountId, asset)) ?? NO_MOVES;
  if (!moves.some((move) => isSale(move) && (from === null || move.at >= from))) return;
  for (const { sale, taken } of salesOf(draft.state, accountId, asset, null)) {
    const position = draft.state.positions.get(positionKey(accountId, sale.symbol, 'net'));
    if (position === undefined) continue;
    const standing = position.recent.find((fill) => isCutBy(fill, sale))?.quantity ?? Decimal.zero;
    if (taken.equals(standing)) continue;
    draft.emit({
      type: 'position_cut_changed',
      accountId,
      symbol: sale.symbol,
      cut: {
        cutId: sale.id,
        reason: 'external_sale',
        quantity: taken,
        price: sale.price,
        executedAt: sale.at,
      },
      sequence: sale.sequence,
      tradeId: tradeId(cameBy),
    });
    exchangeBeside(draft, position, { base: Decimal.zero, quote: Decimal.zero });
  }
}

interface WeighedSale {
  readonly sale: SaleByOthers;
  /** Base units. */
  readonly taken: Decimal;
}

/** A step in the venue's order: it moves the total of the asset, and our position on an instrument. */
interface Step {
  readonly place: Place;
  readonly amount: Decimal;
  readonly sale?: SaleByOthers;
  readonly own?: { readonly position: Position; readonly fill: PositionFill };
}

/**
 * The part that each sale of the window takes; `next` is one that is not booked yet. Sales from before the oldest execution that a position still knows are left
 * as they are.
 */
function salesOf(
  state: PortfolioState,
  accountId: AccountId,
  asset: Asset,
  next: SaleByOthers | null,
): readonly WeighedSale[] {
  const known = state.assetMoves.get(assetKey(accountId, asset)) ?? NO_MOVES;
  const { moves: kept, bookedTwice } = next === null ? known : withMove(known, next);
  const moves = kept.filter(({ found }) => found !== 'from_the_beginning');
  const positions = [...state.positions.values()].filter(
    (position) => position.accountId === accountId && position.kind === 'spot',
  );
  const own = positions.filter(({ base }) => base === asset);
  const completeFrom = Math.max(...own.map(forgottenUntil), Number.NEGATIVE_INFINITY);
  const isWeighed = (move: AssetMove): move is SaleByOthers => isSale(move) && move.at >= completeFrom;
  const steps: readonly Step[] = [
    ...moves.map((move) => ({
      place: placeOf(move),
      amount: move.amount,
      ...(isWeighed(move) ? { sale: move } : {}),
    })),
    ...own.flatMap((position) =>
      stepsOf(position, asset, (fill) =>
        moves.some((move) => isWeighed(move) && isCutBy(fill, move) && move.symbol === position.symbol),
      ),
    ),
    ...positions.filter(({ base }) => base !== asset).flatMap((position) => sideEffectsOf(position, asset)),
  ].toSorted((left, right) =>
    isBefore(left.place, right.place) ? (isBefore(right.place, left.place) ? 0 : -1) : 1,
  );
  const held = new Map(own.map(({ symbol, beforeRecent }) => [symbol, beforeRecent.netQuantity]));
  const moved = steps.reduce((sum, { amount }) => sum.add(amount), Decimal.zero);
  let there = totalOf(state, accountId, asset)
    .add(next?.amount ?? Decimal.zero)
    .subtract(bookedTwice)
    .subtract(moved);
  const weighed: WeighedSale[] = [];
  for (const step of steps) {
    if (step.sale !== undefined) {
      const { sale } = step;
      const before = held.get(sale.symbol) ?? Decimal.zero;
      const taken = takenOf(sale, there.subtract(sumOf(held)), before);
      weighed.push({ sale, taken });
      held.set(sale.symbol, before.subtract(taken));
    } else if (step.own !== undefined) {
      const { symbol } = step.own.position;
      held.set(symbol, heldAfter(held.get(symbol) ?? Decimal.zero, step.own));
    }
    there = there.add(step.amount);
  }
  return weighed;
}

/** The part of a sale that inventory does not cover, no more than the position. */
function takenOf({ amount }: SaleByOthers, inventory: Decimal, held: Decimal): Decimal {
  return amount.negate().subtract(inventory.max(Decimal.zero)).max(Decimal.zero).min(held);
}

/** The executions, cuts and adoptions of a position in the asset, without the cuts that are worked out. */
function stepsOf(
  position: Position,
  asset: Asset,
  isWeighed: (fill: PositionFill) => boolean,
): readonly Step[] {
  return position.recent
    .filter((fill) => !isWeighed(fill))
    .map((fill) => ({
      place: placeOfFill(position, fill),
      amount: movedBy(position, fill, asset),
      own: { position, fill },
    }));
}

/** The executions of a position in another asset that were paid or charged in this one. */
function sideEffectsOf(position: Position, asset: Asset): readonly Step[] {
  if (position.quote !== asset && !position.fees.some((fee) => fee.asset === asset)) return [];
  return position.recent
    .map((fill) => ({ fill, amount: movedBy(position, fill, asset) }))
    .filter(({ amount }) => !amount.isZero())
    .map(({ fill, amount }) => ({
      place: { at: fill.executedAt, sequence: null, adds: !amount.isNegative() },
      amount,
    }));
}

function placeOfFill({ symbol }: Position, { executedAt, sequence, side }: PositionFill): Place {
  return { at: executedAt, sequence, symbol, adds: side === 'buy' };
}

/** The change of the total by an execution of ours; a cut and an adoption move none. */
function movedBy(position: Position, fill: PositionFill, asset: Asset): Decimal {
  if (fill.cut !== undefined || fill.costBasis !== undefined) return Decimal.zero;
  return balanceDeltas(position, fill, Decimal.zero)
    .filter((change) => change.asset === asset)
    .reduce((sum, { delta }) => sum.add(delta), Decimal.zero);
}

function heldAfter(held: Decimal, { position, fill }: NonNullable<Step['own']>): Decimal {
  const moved = signedQuantity(position, fill);
  return moved.isNegative() ? held.subtract(moved.negate().min(held)) : held.add(moved);
}

/** Whether a cut of a position is the part that the sale takes of it. */
function isCutBy(fill: PositionFill, sale: SaleByOthers): boolean {
  return fill.cut === 'external_sale' && fill.tradeId === sale.id;
}

/** From when on all executions of a position are known one by one: those before are a sum. */
function forgottenUntil({ beforeRecent, recent }: Position): TimeMs {
  const { netQuantity, realizedPnl, formerPnl } = beforeRecent;
  const isWhole = netQuantity.isZero() && realizedPnl.isZero() && formerPnl === undefined;
  return isWhole ? Number.NEGATIVE_INFINITY : (recent[0]?.executedAt ?? Number.POSITIVE_INFINITY);
}

function totalOf(state: PortfolioState, accountId: AccountId, asset: Asset): Decimal {
  let total = Decimal.zero;
  for (const balance of state.balances.values())
    if (balance.accountId === accountId && balance.asset === asset) total = total.add(balance.total);
  return total;
}

function heldIn(state: PortfolioState, accountId: AccountId, asset: Asset): Decimal {
  let held = Decimal.zero;
  for (const position of state.positions.values())
    if (position.accountId === accountId && position.kind === 'spot' && position.base === asset)
      held = held.add(position.netQuantity);
  return held;
}

function sumOf(held: ReadonlyMap<InstrumentSymbol, Decimal>): Decimal {
  return [...held.values()].reduce((sum, each) => sum.add(each), Decimal.zero);
}
