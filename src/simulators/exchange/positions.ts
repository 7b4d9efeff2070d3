/** Positions of swaps in the world: where one is kept, what stands behind it, what can be closed of it. */
import { Decimal } from '../../core/decimal.ts';
import type { Position } from './account.ts';
import { maintenanceMargin, newPosition, unrealizedPnl, viewOfPosition } from './margin.ts';
import type { Side } from './order.ts';
import type { AccountState, PositionState, SymbolState } from './state.ts';
import type { World } from './world.ts';

/** The account's position on the symbol; a flat one is begun where there is none. */
export function positionOf(world: World, account: AccountState, symbol: SymbolState): PositionState {
  const name = symbol.instrument.symbol;
  let position = account.positions.get(name);
  if (position === undefined) {
    position = newPosition(name, symbol.instrument.swap?.defaultLeverage ?? 1, world.now);
    account.positions.set(name, position);
  }
  return position;
}

/** What a reader gets. */
export function positionView(
  world: World,
  account: AccountState,
  symbol: SymbolState,
  position: PositionState,
): Position {
  const backing = backingOf(world, account, symbol, position);
  return viewOfPosition(position, symbol.instrument, symbol.market.mid, backing);
}

/** What stands behind a position besides its own PnL, less the maintenance margin of whatever shares it. */
function backingOf(
  world: World,
  account: AccountState,
  symbol: SymbolState,
  position: PositionState,
): Decimal {
  if (position.marginMode === 'isolated') return position.isolatedMargin;
  const { instrument, policy, market } = symbol;
  const figures = world.ledger.margin(account, policy.wallet, instrument.quote);
  const others = figures.crossMaintenance.subtract(maintenanceMargin(position, instrument, market.mid));
  return figures.crossBacking.subtract(unrealizedPnl(position, instrument, market.mid)).subtract(others);
}

/** How much an order of this side can take off the position. */
export function closable(account: AccountState, symbol: SymbolState, side: Side): Decimal {
  const quantity = account.positions.get(symbol.instrument.symbol)?.quantity ?? Decimal.zero;
  const reduces = side === 'sell' ? quantity.isPositive() : quantity.isNegative();
  return reduces ? quantity.abs() : Decimal.zero;
}
