/**
 * Spot positions against what the account holds.
 *
 * Of an asset the wallets of an account hold together what we opened positions in, and inventory: everything that was there
 * before, or came without us. External sales take inventory first and then our positions. A position that is larger than
 * everything the account holds is cut: the rest was withdrawn, charged as a fee or sold unseen, and nobody can sell it.
 *
 * Entry points: `takenByOthers` and `replaceExplainedCuts` for an execution, `cutPositions` for a reading of balances, `isDust`.
 */
import { balanceDeltas } from '../balance/balance.ts';
import { Decimal } from '../decimal.ts';
import type { AccountId, Asset, InstrumentSymbol, TimeMs } from '../ids.ts';
import { saleOf } from '../portfolio/asset-move-changes.ts';
import { externalSale, positionOf } from '../portfolio/book-changes.ts';
import type { Instrument } from '../instrument.ts';
import { remainingQuantity, type Order } from '../order/order.ts';
import { triggersAgainst } from '../order/protection.ts';
import type { Draft } from '../portfolio/draft.ts';
import type { OrderSetting } from '../portfolio/events.ts';
import { instrumentKey, positionKey } from '../portfolio/keys.ts';
import type { PortfolioState } from '../portfolio/state.ts';
import { cutFill, explainedCuts, type PositionCut } from '../position/cuts.ts';
import { applyFill, entryPrice, type CutReason, type Position } from '../position/position.ts';
import { exchangeBeside } from '../risk/exchanges.ts';
import { settleUnexplained } from '../risk/unexplained.ts';
import type { VenueFill } from '../venue/report.ts';
import { takenBy } from './sales-in-order.ts';

/**
 * How long before a reading was begun a position must have been left alone for the reading to cut it: an execution of later
 * may not be in the balances, or may not be listed, yet.
 */
export const POSITION_CUT_LAG_MS = 5_000;

/** A position changed, and no balance. */
const NOTHING_MOVED = { base: Decimal.zero, quote: Decimal.zero };

/** The circumstances of a reading of balances that positions are held against. */
export interface HoldingsReading extends SaleBounds {
  /** On our clock. */
  readonly startedAt: TimeMs;
  /** When it was answered, on the venue's clock: a sale that was executed later explains no cut. */
  readonly venueAt: TimeMs;
  /** Assets whose totals are not settled: a difference was found that is not confirmed yet. */
  readonly unsettled: ReadonlySet<Asset>;
}

/** The figures by which a spot position is judged too small to be sold. */
export interface SaleBounds {
  /** Confirmed ones, by `instrumentKey`; without one a cut realises nothing. */
  readonly marks: ReadonlyMap<string, Decimal>;
  /** By `instrumentKey`. */
  readonly leastSales: ReadonlyMap<string, LeastSale>;
}

/** The least that an instrument's venue takes of a sale. */
export interface LeastSale {
  /** Base units. */
  readonly quantity: Decimal;
  /** Quote units; null where the venue has no such bound. */
  readonly notional: Decimal | null;
}

function leastSaleOf({
  lotSize,
  minQuantity,
  minNotional,
}: Pick<Instrument, 'lotSize' | 'minQuantity' | 'minNotional'>): LeastSale {
  return { quantity: lotSize.max(minQuantity), notional: minNotional };
}

/** Of every spot position of an account whose instrument is listed. */
export function saleBoundsOf(
  state: PortfolioState,
  accountId: AccountId,
  instrument: (symbol: InstrumentSymbol) => Instrument | undefined,
  marks: ReadonlyMap<string, Decimal>,
): SaleBounds {
  const leastSales = new Map<string, LeastSale>();
  for (const { accountId: owner, kind, symbol } of state.positions.values()) {
    const listed = owner === accountId && kind === 'spot' ? instrument(symbol) : undefined;
    if (listed !== undefined) leastSales.set(instrumentKey(accountId, symbol), leastSaleOf(listed));
  }
  return { marks, leastSales };
}

/** Base units of an asset over all wallets of an account. */
export function heldTotal(state: PortfolioState, accountId: AccountId, asset: Asset): Decimal {
  let held = Decimal.zero;
  for (const balance of state.balances.values())
    if (balance.accountId === accountId && balance.asset === asset) held = held.add(balance.total);
  return held;
}

/** The open spot positions in an asset. */
function positionsIn(state: PortfolioState, accountId: AccountId, asset: Asset): readonly Position[] {
  return [...state.positions.values()].filter(
    (position) =>
      position.accountId === accountId &&
      position.kind === 'spot' &&
      position.base === asset &&
      position.netQuantity.isPositive(),
  );
}

function sumOf(positions: readonly Position[]): Decimal {
  return positions.reduce((sum, { netQuantity }) => sum.add(netQuantity), Decimal.zero);
}

/** The units of an asset that are no position of ours; negative where less is held than our positions say. */
export function inventoryOf(state: PortfolioState, accountId: AccountId, asset: Asset): Decimal {
  return heldTotal(state, accountId, asset).subtract(sumOf(positionsIn(state, accountId, asset)));
}

/** The part of an external spot sale that our position on the instrument gives up, with what it realises by it; empty where it is none. */
export function takenByOthers(
  state: PortfolioState,
  accountId: AccountId,
  fill: VenueFill,
  setting: OrderSetting,
): { readonly taken?: Decimal; readonly positionPnl?: Decimal } {
  if (setting.kind !== 'spot' || fill.side !== 'sell') return {};
  const taken = takenBy(state, accountId, setting.base, saleOf(fill, setting));
  if (!taken.isPositive()) return {};
  const { symbol, positionSide } = fill;
  const before = positionOf(state, { accountId, symbol, positionSide, ...setting });
  const { realizedPnl } = applyFill(before, externalSale(fill, taken));
  return { taken, positionPnl: realizedPnl };
}

/**
 * Takes back the cuts that a spot sale explains, ours or an external one, which was executed before them and comes only now. The
 * sale itself is booked next, and moves position and balances as if it had come in time.
 */
export function replaceExplainedCuts(
  draft: Draft,
  accountId: AccountId,
  fill: VenueFill,
  setting: OrderSetting,
): void {
  if (setting.kind !== 'spot' || fill.side !== 'sell') return;
  const { symbol, tradeId } = fill;
  const position = draft.state.positions.get(positionKey(accountId, symbol, 'net'));
  if (position === undefined) return;
  let balances = balanceDeltas(setting, fill, Decimal.zero).map((change) => ({
    ...change,
    delta: change.delta.negate(),
  }));
  for (const { cutId, quantity } of explainedCuts(position, fill)) {
    const before = positionOf(draft.state, position);
    draft.emit({
      type: 'position_cut_replaced',
      accountId,
      symbol,
      cutId,
      quantity,
      tradeId,
      balances,
      executedAt: fill.executedAt,
    });
    exchangeBeside(draft, before, NOTHING_MOVED);
    // The sale is also what was missing when the comparison found it, before it was listed.
    settleUnexplained(draft, accountId, balances);
    balances = [];
  }
}

/** Cuts the account's positions to what it holds, and ends those of which nothing can be sold. */
export function cutPositions(draft: Draft, accountId: AccountId, reading: HoldingsReading): void {
  const bases = new Set<Asset>();
  for (const position of draft.state.positions.values())
    if (position.accountId === accountId && position.kind === 'spot' && position.netQuantity.isPositive())
      bases.add(position.base);
  for (const base of bases) {
    if (reading.unsettled.has(base)) continue;
    cutToHoldings(draft, accountId, base, reading);
    for (const position of positionsIn(draft.state, accountId, base)) {
      if (!isDust(position, reading)) continue;
      if (isAtRest(draft, position, reading) && !mayTrade(draft.state, position))
        cut(draft, position, 'dust', position.netQuantity, reading);
    }
  }
}

/**
 * Whether nothing of a spot position can be sold: it is less than the least quantity, or the rest of a sale that is worth less than the least
 * order at the confirmed mark. A position that nothing was sold of stays one, however little it has come to be worth: its price may rise
 * again, and nobody has asked for its end. A cut by what the account does not hold (a fee, a withdrawal) is no sale.
 */
export function isDust(
  { accountId, symbol, netQuantity, recent }: Position,
  { leastSales, marks }: SaleBounds,
): boolean {
  const key = instrumentKey(accountId, symbol);
  const least = leastSales.get(key);
  if (least === undefined) return false;
  if (netQuantity.lessThan(least.quantity)) return true;
  const mark = marks.get(key);
  const last = recent.findLast(({ cut: reason }) => reason !== 'not_held');
  if (least.notional === null || mark === undefined || last?.side !== 'sell') return false;
  return mark.multiply(netQuantity).lessThan(least.notional);
}

function cutToHoldings(draft: Draft, accountId: AccountId, base: Asset, reading: HoldingsReading): void {
  const positions = positionsIn(draft.state, accountId, base);
  let excess = sumOf(positions).subtract(heldTotal(draft.state, accountId, base).max(Decimal.zero));
  if (!excess.isPositive() || !positions.every((position) => isAtRest(draft, position, reading))) return;
  for (const position of positions) {
    const quantity = excess.min(position.netQuantity);
    if (!quantity.isPositive()) return;
    cut(draft, position, 'not_held', quantity, reading);
    excess = excess.subtract(quantity);
  }
}

/** Whether nothing that may move the position was on its way, or had just been booked, when the reading was begun. */
function isAtRest({ state, at }: Draft, position: Position, { startedAt }: HoldingsReading): boolean {
  // A time that lies ahead is of before the clock was set back.
  const isLeftAlone = position.updatedAt > at || startedAt - position.updatedAt >= POSITION_CUT_LAG_MS;
  return (
    isLeftAlone &&
    ![...state.parkedFills.values()].some(
      ({ accountId, fill }) => accountId === position.accountId && fill.symbol === position.symbol,
    ) &&
    ![...state.unfinished.values()].some(
      (order) =>
        order.accountId === position.accountId &&
        order.symbol === position.symbol &&
        (order.status === 'submitting' || order.status === 'unknown' || order.final !== null),
    )
  );
}

/**
 * Whether an order there may still trade what is left of a position: a purchase, or sales of more than the coins beside it. A stop that waits
 * to protect is none: it is canceled once the position has ended.
 */
function mayTrade(state: PortfolioState, { accountId, symbol, base }: Position): boolean {
  let selling = Decimal.zero;
  for (const order of state.unfinished.values()) {
    if (order.accountId !== accountId || order.symbol !== symbol || waitsToProtect(order)) continue;
    const left = order.side === 'sell' ? remainingQuantity(order) : null;
    if (left === null) return true;
    selling = selling.add(left);
  }
  return selling.isPositive() && selling.greaterThan(inventoryOf(state, accountId, base));
}

function waitsToProtect(order: Order): boolean {
  return order.status === 'open' && order.side === 'sell' && !order.stopTriggered && triggersAgainst(order);
}

function cut(
  draft: Draft,
  position: Position,
  reason: CutReason,
  quantity: Decimal,
  { marks, venueAt }: HoldingsReading,
): void {
  const { accountId, symbol } = position;
  const price = marks.get(instrumentKey(accountId, symbol)) ?? entryPrice(position) ?? Decimal.zero;
  const made: PositionCut = {
    cutId: `cut-${reason}-${draft.at}-${quantity.toString()}`,
    reason,
    quantity,
    price,
    // After every execution that is booked: those are in what was read.
    executedAt: Math.max(venueAt, position.recent.at(-1)?.executedAt ?? venueAt),
  };
  const { realizedPnl } = applyFill(position, cutFill(made));
  const before = positionOf(draft.state, position);
  draft.emit({ type: 'position_cut', accountId, symbol, cut: made, positionPnl: realizedPnl });
  exchangeBeside(draft, before, NOTHING_MOVED);
}
