/** Positions of swaps in the world: where one is kept, what stands behind it, what can be closed of it. */
import { Decimal } from '../../core/decimal.ts';
import type { Position } from './account.ts';
import { liquidationPrice, maintenanceMargin, newPosition, unrealizedPnl, viewOfPosition } from './margin.ts';
import { remaining, type OrderRequest, type PositionSide } from './order.ts';
import { markOf, positionKey, type AccountState, type PositionState, type SymbolState } from './state.ts';
import type { World } from './world.ts';

/** The positions that an account has of a symbol in its mode. */
export function sidesOf({ hedged }: Pick<AccountState, 'hedged'>): readonly PositionSide[] {
  return hedged ? ['long', 'short'] : ['net'];
}

/** The account's position on the symbol; flat ones of every side are begun where there are none. */
export function positionOf(
  world: World,
  account: AccountState,
  symbol: SymbolState,
  side: PositionSide,
): PositionState {
  const name = symbol.instrument.symbol;
  const known = account.positions.get(positionKey(name, side));
  if (known !== undefined) return known;
  const leverage = symbol.instrument.swap?.defaultLeverage ?? 1;
  beginPositions(account, name, { leverage, marginMode: 'cross' }, world.now);
  const begun = account.positions.get(positionKey(name, side));
  if (begun === undefined) throw new Error(`the account's mode has no ${side} position`);
  return begun;
}

/** Flat positions of every side that the account's mode has. */
export function beginPositions(
  account: AccountState,
  symbol: string,
  settings: Pick<PositionState, 'leverage' | 'marginMode'>,
  at: number,
): void {
  for (const side of sidesOf(account))
    account.positions.set(positionKey(symbol, side), newPosition(symbol, side, settings, at));
}

/** The account's positions on the symbol, begun where there are none: one, or both sides of a hedged account. */
export function positionsOf(world: World, account: AccountState, symbol: SymbolState): PositionState[] {
  return sidesOf(account).map((side) => positionOf(world, account, symbol, side));
}

/** As `positionsOf`, where there are any. */
export function* heldOn(account: AccountState, symbol: string): Generator<PositionState> {
  for (const side of sidesOf(account)) {
    const position = account.positions.get(positionKey(symbol, side));
    if (position !== undefined) yield position;
  }
}

/** The position as readers see it. */
export function positionView(
  world: World,
  account: AccountState,
  symbol: SymbolState,
  position: PositionState,
): Position {
  const mark = markOf(symbol.market);
  return viewOfPosition(position, symbol.instrument, mark, liquidatedAt(world, account, symbol, position));
}

/** Every position of the account. */
export function positionViews(world: World, account: AccountState): Position[] {
  return [...account.positions.values()].map((position) =>
    positionView(world, account, world.symbolOf(position), position),
  );
}

/** The two sides of a symbol that share a cross wallet are liquidated together, so they have one price. */
function liquidatedAt(
  world: World,
  account: AccountState,
  symbol: SymbolState,
  position: PositionState,
): Decimal | null {
  if (position.quantity.isZero()) return null;
  const { instrument, policy } = symbol;
  const mark = markOf(symbol.market);
  if (position.marginMode === 'isolated')
    return liquidationPrice([position], instrument, position.isolatedMargin);
  const together = [...heldOn(account, instrument.symbol)];
  const figures = world.ledger.margin(account, policy.wallet, instrument.quote);
  // The wallet's backing without the PnL of these positions, less the maintenance margin of all others.
  let backing = figures.crossBacking.subtract(figures.crossMaintenance);
  for (const one of together)
    backing = backing
      .subtract(unrealizedPnl(one, instrument, mark))
      .add(maintenanceMargin(one, instrument, mark));
  return liquidationPrice(together, instrument, backing);
}

type Closing = Pick<OrderRequest, 'side' | 'positionSide'>;

/** How much an order of this side can take off its position. */
export function closable(
  account: AccountState,
  symbol: SymbolState,
  { side, positionSide = 'net' }: Closing,
): Decimal {
  const key = positionKey(symbol.instrument.symbol, positionSide);
  const quantity = account.positions.get(key)?.quantity ?? Decimal.zero;
  const reduces = side === 'sell' ? quantity.isPositive() : quantity.isNegative();
  return reduces ? quantity.abs() : Decimal.zero;
}

/** The quantity of the position that the account's orders in the book on this side would close. */
export function closingInBook(
  account: AccountState,
  symbol: SymbolState,
  { side, positionSide = 'net' }: Closing,
): Decimal {
  let total = Decimal.zero;
  for (const order of symbol.reduceOnly)
    if (order.accountId === account.accountId && order.side === side && order.positionSide === positionSide)
      total = total.add(remaining(order));
  return total;
}
