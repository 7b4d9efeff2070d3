/** An account's settings for its swaps: leverage and margin mode of a symbol, and its position mode. */
import { Decimal } from '../../core/decimal.ts';
import type { MarginMode } from './account.ts';
import { emitPosition } from './emit.ts';
import { notional } from './instrument.ts';
import { perLeverage, unrealizedPnl, worthAt } from './margin.ts';
import type { PositionSide } from './order.ts';
import { beginPositions, positionOf, positionsOf, sidesOf } from './positions.ts';
import type { Refusal } from './refusal.ts';
import { markOf, type AccountState, type PositionState, type SymbolState } from './state.ts';
import type { World } from './world.ts';

/** The leverage is the symbol's: both sides of a hedged account get it. */
export function setLeverage(
  world: World,
  account: AccountState,
  symbol: SymbolState,
  leverage: number,
): Refusal | null {
  const { instrument, policy, market } = symbol;
  const maxLeverage = instrument.swap?.maxLeverage ?? 1;
  if (!Number.isInteger(leverage) || leverage < 1 || leverage > maxLeverage)
    return { code: 'leverage_out_of_range', maxLeverage };
  const changing = positionsOf(world, account, symbol).filter((position) => position.leverage !== leverage);
  const former = changing.map((position) => ({ position, ...position }));
  for (const position of changing) {
    const isLower = leverage < position.leverage;
    position.leverage = leverage;
    if (position.marginMode === 'isolated' && !position.quantity.isZero() && isLower) {
      // Lower leverage wants more margin behind an isolated position.
      const wanted = perLeverage(notional(instrument, markOf(market), position.quantity.abs()), leverage);
      position.isolatedMargin = position.isolatedMargin.max(wanted);
    }
  }
  const free = world.ledger.freeMargin(account, policy.wallet, instrument.quote);
  if (free.isNegative() && former.some((before) => leverage < before.leverage)) {
    for (const before of former) {
      before.position.leverage = before.leverage;
      before.position.isolatedMargin = before.isolatedMargin;
    }
    return {
      code: 'insufficient_balance',
      asset: instrument.quote,
      needed: free.negate(),
      free: Decimal.zero,
    };
  }
  for (const position of changing) emitChanged(world, account, symbol, position, 'leverage');
  return null;
}

/** The margin mode is the symbol's: both sides of a hedged account get it. */
export function setMarginMode(
  world: World,
  account: AccountState,
  symbol: SymbolState,
  mode: MarginMode,
): Refusal | null {
  const positions = positionsOf(world, account, symbol);
  if (positions.every((position) => position.marginMode === mode)) return null;
  const hasOrders = [...account.openOrders].some((order) => order.symbol === symbol.instrument.symbol);
  if (hasOrders || positions.some((position) => !position.quantity.isZero()))
    return { code: 'margin_mode_in_use' };
  for (const position of positions) {
    position.marginMode = mode;
    emitChanged(world, account, symbol, position, 'margin_mode');
  }
  return null;
}

/**
 * Moves margin between the wallet and an isolated position: above zero into it, below zero out of it. The margin that
 * its worth at the mark needs at its leverage stays.
 */
export function changeMargin(
  world: World,
  account: AccountState,
  symbol: SymbolState,
  side: PositionSide,
  amount: Decimal,
): Refusal | null {
  if (!sidesOf(account).includes(side)) return { code: 'position_side_mismatch' };
  const { instrument, policy } = symbol;
  const position = positionOf(world, account, symbol, side);
  if (position.marginMode !== 'isolated') return { code: 'margin_not_isolated' };
  if (position.quantity.isZero()) return { code: 'no_position' };
  const mark = markOf(symbol.market);
  const needed = perLeverage(worthAt(position, instrument, mark).abs(), position.leverage);
  const loss = unrealizedPnl(position, instrument, mark).min(Decimal.zero);
  const free = amount.isPositive()
    ? world.ledger.shownFree(account, policy.wallet, instrument.quote)
    : position.isolatedMargin.add(loss).subtract(needed).max(Decimal.zero);
  if (amount.abs().greaterThan(free))
    return amount.isPositive()
      ? { code: 'insufficient_balance', asset: instrument.quote, needed: amount, free }
      : { code: 'isolated_margin_needed', free };
  position.isolatedMargin = position.isolatedMargin.add(amount);
  account.marginChanges.push({
    symbol: instrument.symbol,
    positionSide: side,
    asset: instrument.quote,
    amount,
    at: world.now,
  });
  world.markDirty(symbol);
  emitChanged(world, account, symbol, position, 'margin');
  return null;
}

function emitChanged(
  world: World,
  account: AccountState,
  symbol: SymbolState,
  position: PositionState,
  what: 'leverage' | 'margin_mode' | 'margin',
): void {
  position.updatedAt = world.now;
  emitPosition(world, account, symbol, position, what);
}

/** Exchanges the flat positions of one mode for those of the other, each symbol with the settings that it had. */
export function setPositionMode(world: World, account: AccountState, hedged: boolean): Refusal | null {
  if (account.hedged === hedged) return null;
  for (const order of account.openOrders)
    if (order.marketType === 'swap') return { code: 'position_mode_in_use', by: 'orders' };
  const former = [...account.positions.values()];
  if (former.some((position) => !position.quantity.isZero()))
    return { code: 'position_mode_in_use', by: 'positions' };
  account.hedged = hedged;
  account.positions.clear();
  const settings = new Map(former.map((position) => [position.symbol, position]));
  for (const [symbol, { leverage, marginMode }] of settings)
    beginPositions(account, symbol, { leverage, marginMode }, world.now);
  return null;
}
