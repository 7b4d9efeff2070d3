/** What an account sets for its position on one swap: leverage and margin mode. */
import { Decimal } from '../../core/decimal.ts';
import type { MarginMode } from './account.ts';
import { emitPosition } from './emit.ts';
import { notional } from './instrument.ts';
import { perLeverage } from './margin.ts';
import { positionOf } from './positions.ts';
import type { Refusal } from './refusal.ts';
import type { AccountState, SymbolState } from './state.ts';
import type { World } from './world.ts';

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
  const position = positionOf(world, account, symbol);
  const former = position.leverage;
  position.leverage = leverage;
  if (position.marginMode === 'isolated' && !position.quantity.isZero() && leverage < former) {
    // Lower leverage wants more margin behind an isolated position.
    const wanted = perLeverage(notional(instrument, market.mid, position.quantity.abs()), leverage);
    position.isolatedMargin = position.isolatedMargin.max(wanted);
  }
  const free = world.ledger.free(account, policy.wallet, instrument.quote);
  if (leverage < former && free.isNegative()) {
    position.leverage = former;
    const needed = free.negate();
    return { code: 'insufficient_balance', asset: instrument.quote, needed, free: Decimal.zero };
  }
  position.updatedAt = world.now;
  emitPosition(world, account, symbol, position, 'settings');
  return null;
}

export function setMarginMode(
  world: World,
  account: AccountState,
  symbol: SymbolState,
  mode: MarginMode,
): Refusal | null {
  const position = positionOf(world, account, symbol);
  if (position.marginMode === mode) return null;
  const hasOrders = [...account.openOrders].some((order) => order.symbol === symbol.instrument.symbol);
  if (!position.quantity.isZero() || hasOrders) return { code: 'margin_mode_in_use' };
  position.marginMode = mode;
  position.updatedAt = world.now;
  emitPosition(world, account, symbol, position, 'settings');
  return null;
}
