/** Moves of assets as `evolve` keeps them, for sales by others whose order is not settled yet. */
import { balanceDeltas, type BalanceDelta } from '../balance/balance.ts';
import { Decimal } from '../decimal.ts';
import type { AccountId, Asset, TimeMs } from '../ids.ts';
import {
  NO_MOVES,
  withBooked,
  withMove,
  withReading,
  withTakenOff,
  type AssetMove,
  type KeptMoves,
  type ReadingTimes,
  type SaleByOthers,
} from '../position/asset-moves.ts';
import type { VenueFill } from '../venue/report.ts';
import type { OrderSetting } from './events.ts';
import { assetKey } from './keys.ts';
import type { PortfolioState } from './state.ts';

/** The moves of assets by an execution of others on spot. */
export function keepExternalMoves(
  state: PortfolioState,
  accountId: AccountId,
  fill: VenueFill,
  setting: OrderSetting,
): void {
  const amounts = new Map<Asset, Decimal>();
  for (const { asset, delta } of balanceDeltas(setting, fill, Decimal.zero))
    amounts.set(asset, (amounts.get(asset) ?? Decimal.zero).add(delta));
  for (const [asset, amount] of amounts) {
    const { tradeId: id, executedAt: at } = fill;
    if (asset === setting.base) keep(state, accountId, asset, externalMove(fill, amount));
    else if (isKept(state, accountId, asset))
      keep(state, accountId, asset, { id, at, sequence: null, amount });
  }
}

/** The move of its base by an execution of others. */
function externalMove(fill: VenueFill, amount: Decimal): AssetMove {
  const { tradeId: id, executedAt: at, sequence, symbol, side, price } = fill;
  return { id, at, sequence, amount, symbol, ...(side === 'sell' ? { price } : {}) };
}

/** A sale by others as it is kept. */
export function saleOf(fill: VenueFill, setting: OrderSetting): SaleByOthers {
  const fee = fill.feeAsset === setting.base ? fill.fee : Decimal.zero;
  const { symbol, price } = fill;
  return { ...externalMove(fill, fill.quantity.add(fee).negate()), symbol, price };
}

export function keepRecordMove(
  state: PortfolioState,
  accountId: AccountId,
  record: { readonly recordId: string; readonly asset: Asset; readonly amount: Decimal; readonly at: TimeMs },
): void {
  const { recordId: id, asset, amount, at } = record;
  if (isKept(state, accountId, asset)) keep(state, accountId, asset, { id, at, sequence: null, amount });
}

/** Executions of ours are kept with their positions; one that a reading held before it was booked is noted here. */
export function noteOwnMoves(
  state: PortfolioState,
  accountId: AccountId,
  deltas: readonly BalanceDelta[],
  at: TimeMs,
): void {
  for (const { asset, delta: amount } of deltas) {
    const key = assetKey(accountId, asset);
    const kept = state.assetMoves.get(key);
    if (kept !== undefined) state.assetMoves.set(key, withBooked(kept, { at, amount }));
  }
}

/** A part of a total is put back, since a reading held the execution of `at`, which is booked next. */
export function keepPutBack(
  state: PortfolioState,
  accountId: AccountId,
  { asset, delta }: BalanceDelta,
  at: TimeMs,
): void {
  const key = assetKey(accountId, asset);
  const kept = state.assetMoves.get(key);
  if (kept !== undefined) state.assetMoves.set(key, withTakenOff(kept, delta, at));
}

/**
 * Keeps the differences that a reading of the venue found, by asset over all wallets; of a complete one also that it found nothing. The first comparison after a
 * take-over shows how far the totals were off that were taken over: from the beginning.
 */
export function keepReading(
  state: PortfolioState,
  accountId: AccountId,
  found: ReadonlyMap<Asset, Decimal>,
  { askedAt, readAt, isComplete, isTakeOver }: ReadingNote,
): void {
  const isCompared = !isTakeOver && state.accounts.get(accountId)?.balancesCompared === true;
  const amounts = new Map(found);
  if (isComplete)
    for (const asset of assetsBookedTwice(state, accountId))
      amounts.set(asset, amounts.get(asset) ?? Decimal.zero);
  for (const [asset, amount] of amounts) {
    if (!isTakeOver && !isFollowed(state, accountId, asset)) continue;
    const key = assetKey(accountId, asset);
    const kept = state.assetMoves.get(key) ?? NO_MOVES;
    // The totals of a take-over hold nothing twice.
    const standing = isTakeOver ? { ...kept, bookedTwice: Decimal.zero } : kept;
    const isOfTakeOver = isTakeOver || (!isCompared && hasExecutions(kept));
    const since = isOfTakeOver ? 'from_the_beginning' : 'then';
    const difference = isTakeOver ? Decimal.zero : amount;
    state.assetMoves.set(key, withReading(standing, difference, { askedAt, readAt }, since));
  }
}

interface ReadingNote extends ReadingTimes {
  readonly isComplete: boolean;
  readonly isTakeOver: boolean;
}

/** The assets whose totals hold something twice, or are taken to: the next complete comparison settles them, whether it finds a difference or none. */
export function assetsBookedTwice(state: PortfolioState, accountId: AccountId): readonly Asset[] {
  const prefix = assetKey(accountId, '' as Asset);
  return [...state.assetMoves]
    .filter(([key, { bookedTwice }]) => key.startsWith(prefix) && !bookedTwice.isZero())
    .map(([key]) => key.slice(prefix.length) as Asset);
}

/** Whether a complete comparison is to be kept although it finds nothing: the first one, and one of a total that holds something twice. */
export function settlesMoves(state: PortfolioState, accountId: AccountId): boolean {
  const isCompared = state.accounts.get(accountId)?.balancesCompared === true;
  for (const [key, { moves, bookedTwice }] of state.assetMoves)
    if (key.startsWith(assetKey(accountId, '' as Asset))) {
      if (!bookedTwice.isZero()) return true;
      if (!isCompared && hasExecutions({ moves, bookedTwice })) return true;
    }
  return false;
}

function keep(state: PortfolioState, accountId: AccountId, asset: Asset, move: AssetMove): void {
  const key = assetKey(accountId, asset);
  state.assetMoves.set(key, withMove(state.assetMoves.get(key) ?? NO_MOVES, move));
}

/** Whether moves of a followed asset are kept: since a take-over or an execution of others, in a release that keeps them. */
function isKept(state: PortfolioState, accountId: AccountId, asset: Asset): boolean {
  return state.assetMoves.has(assetKey(accountId, asset)) && isFollowed(state, accountId, asset);
}

function hasExecutions({ moves }: KeptMoves): boolean {
  return moves.some(({ symbol }) => symbol !== undefined);
}

/** Whether a position in the asset may be taken by sales of others, so that its moves matter. */
function isFollowed(state: PortfolioState, accountId: AccountId, asset: Asset): boolean {
  if (hasExecutions(state.assetMoves.get(assetKey(accountId, asset)) ?? NO_MOVES)) return true;
  for (const position of state.positions.values())
    if (position.accountId === accountId && position.kind === 'spot' && position.base === asset) return true;
  return false;
}
