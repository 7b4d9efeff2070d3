/**
 * The holds of open orders: on spot a locked amount of the asset that they would pay with, on swaps notional that counts
 * into the margin of the position (`WorkingOrder.lock`). Every change of a hold goes through here.
 */
import type { Decimal } from '../../core/decimal.ts';
import { holdPerUnit } from './book.ts';
import { positionOf } from './positions.ts';
import { remaining } from './order.ts';
import { type AccountState, type SymbolState, type WorkingOrder } from './state.ts';
import type { World } from './world.ts';

/** Takes what the rest of an order needs, where it needs it before it trades. */
export function hold(world: World, account: AccountState, symbol: SymbolState, order: WorkingOrder): void {
  const unit = holdPerUnit(symbol, order);
  if (unit === null || account.internal) return;
  changeHold(world, symbol, order, remaining(order).multiply(unit));
}

/** Gives up the part of the hold that stood for `quantity`. */
export function holdLess(world: World, symbol: SymbolState, order: WorkingOrder, quantity: Decimal): void {
  if (order.lock.isZero()) return;
  const unit = holdPerUnit(symbol, order);
  if (unit === null) return;
  changeHold(world, symbol, order, quantity.multiply(unit).min(order.lock).negate());
}

/** Gives up the whole hold. */
export function holdNothing(world: World, symbol: SymbolState, order: WorkingOrder): void {
  if (!order.lock.isZero()) changeHold(world, symbol, order, order.lock.negate());
}

function changeHold(world: World, symbol: SymbolState, order: WorkingOrder, change: Decimal): void {
  const account = world.account(order.accountId);
  order.lock = order.lock.add(change);
  const { instrument, policy } = symbol;
  if (instrument.marketType === 'swap') {
    const position = positionOf(world, account, symbol, order.positionSide);
    if (order.side === 'buy') position.openBuys = position.openBuys.add(change);
    else position.openSells = position.openSells.add(change);
    return;
  }
  const asset = order.side === 'buy' ? instrument.quote : instrument.base;
  world.ledger.lock(account, policy.wallet, asset, change, 'order');
}
