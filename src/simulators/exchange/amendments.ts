/** Changing an open limit order in place: quantity, price, client id. A lower quantity alone keeps its place in the queue. */
import { emitOrder } from './emit.ts';
import { referencePrice, wouldTake } from './book.ts';
import type { Amendment } from './command.ts';
import { hold, holdLess, holdNothing } from './holds.ts';
import { work } from './matching.ts';
import { isOpen, type OrderRequest } from './order.ts';
import { duplicate } from './placing.ts';
import type { Refusal } from './refusal.ts';
import { leaveBook, restLess } from './resting.ts';
import { mayReduceAmended, reviewAmendedFunds } from './review.ts';
import { isTrading, statusOf, type AccountState, type WorkingOrder } from './state.ts';
import { reviewForm } from './validate.ts';
import type { World } from './world.ts';

export function reviewAmendment(
  world: World,
  account: AccountState,
  order: WorkingOrder,
  change: Amendment,
): Refusal | null {
  if (!isOpen(order.status)) return { code: 'order_not_open', venueOrderId: order.venueOrderId };
  const symbol = world.symbolOf(order);
  if (!isTrading(symbol.market)) return { code: 'symbol_not_trading', status: statusOf(symbol.market) };
  const no = (detail: string): Refusal => ({ code: 'amend_refused', detail });
  if (order.price === null || order.cost !== null) return no('only limit orders can be amended');
  const quantity = change.quantity ?? order.quantity;
  const price = change.price ?? order.price;
  if (quantity.equals(order.quantity) && price.equals(order.price)) return no('nothing changes');
  if (quantity.atMost(order.filled.add(order.preventedQuantity)))
    return no('the quantity must be above what is filled or was prevented');
  if (order.listId !== null) return no('the leg of a list cannot be amended');
  const { clientOrderId } = change;
  if (clientOrderId !== undefined && clientOrderId !== order.clientOrderId) {
    const { accountId } = account;
    const known = world.index.knownBefore(world.now, accountId, symbol, order.conditional, clientOrderId);
    if (known !== null) return duplicate(known);
  }
  const request: OrderRequest = {
    symbol: order.symbol,
    side: order.side,
    positionSide: order.positionSide,
    type: 'limit',
    quantity,
    price,
    ...(order.reduceOnly ? { reduceOnly: true } : {}),
  };
  const refusal = reviewForm(symbol.instrument, request, referencePrice(symbol));
  if (refusal !== null) return refusal;
  if (!mayReduceAmended(account, symbol, order, quantity)) return { code: 'reduce_only_refused' };
  if (
    order.postOnly &&
    order.status !== 'untriggered' &&
    symbol.policy.postOnlyWouldTake === 'refuse' &&
    wouldTake(symbol, request)
  )
    return { code: 'post_only_would_take' };
  return reviewAmendedFunds(world, account, order, { quantity, price });
}

/** Changes an open limit order; it must have been reviewed. */
export function amend(world: World, account: AccountState, order: WorkingOrder, change: Amendment): void {
  if (order.price === null) throw new Error('only limit orders are amended');
  const symbol = world.symbolOf(order);
  const quantity = change.quantity ?? order.quantity;
  const price = change.price ?? order.price;
  const isWaiting = order.status === 'untriggered';
  const formerClientOrderId = order.clientOrderId;
  if (change.clientOrderId !== undefined && change.clientOrderId !== order.clientOrderId)
    world.index.rename(order, change.clientOrderId);
  order.updatedAt = world.now;
  account.amendments.push({
    number: Math.max((account.amendments.at(-1)?.number ?? 0) + 1, world.now),
    symbol: order.symbol,
    venueOrderId: order.venueOrderId,
    formerClientOrderId,
    clientOrderId: order.clientOrderId,
    formerQuantity: order.quantity,
    quantity,
    formerPrice: order.price,
    price,
    at: world.now,
  });
  if (order.price.equals(price) && quantity.atMost(order.quantity)) {
    const less = order.quantity.subtract(quantity);
    holdLess(world, symbol, order, less);
    if (order.resting) restLess(world, symbol, order, less);
    order.quantity = quantity;
    emitOrder(world, order, 'amended');
    return;
  }
  if (order.resting) leaveBook(world, symbol, order);
  holdNothing(world, symbol, order);
  order.quantity = quantity;
  order.price = price;
  hold(world, account, symbol, order);
  emitOrder(world, order, 'amended');
  if (!isWaiting) work(world, symbol, account, order);
}
