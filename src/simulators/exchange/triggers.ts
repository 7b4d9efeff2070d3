/**
 * Orders that wait for a price: where they wait, when they fire, and what comes of them. By the policy a trigger lets
 * the order itself go to work, or makes the conditional order `triggered` and creates another one.
 * Entry points: `start` for an order just accepted, `fireReached` when a call settles.
 */
import { Decimal } from '../../core/decimal.ts';
import { emitOrder } from './emit.ts';
import { first, isReached, waitingLevels } from './book.ts';
import { end, endOtherLegs, forget } from './endings.ts';
import { holdNothing } from './holds.ts';
import { accept } from './intake.ts';
import { work } from './matching.ts';
import { hasLimitPrice, type OrderRequest } from './order.ts';
import { closable } from './positions.ts';
import { review } from './review.ts';
import { isTrading, markOf, type AccountState, type SymbolState, type WorkingOrder } from './state.ts';
import { follow } from './trailing.ts';
import type { World } from './world.ts';

/** Lets an accepted order wait for its trigger, or go to work. */
export function start(world: World, symbol: SymbolState, account: AccountState, order: WorkingOrder): void {
  if (order.status !== 'untriggered') {
    work(world, symbol, account, order);
    return;
  }
  if (order.trailing !== undefined) {
    symbol.trailing.add(order);
    world.markDirty(symbol);
    return;
  }
  waitingLevels(symbol, order).add(stopPriceOf(order), order, Decimal.zero);
  if (isReached(symbol, order)) fire(world, symbol, account, order);
}

/** Fires every order whose price has come, one after the other, since each may move the market for the next. */
export function fireReached(world: World, symbol: SymbolState): void {
  follow(symbol, 'last', symbol.lastPrice, world.now);
  follow(symbol, 'mark', markOf(symbol.market), world.now);
  while (isTrading(symbol.market)) {
    const order = nextReached(symbol);
    if (order === null) break;
    fire(world, world.symbolOf(order), world.account(order.accountId), order);
  }
  symbol.traded = null;
}

/** By what traded since the last settling, or by the mark; trailing stops first. */
function nextReached(symbol: SymbolState): WorkingOrder | null {
  const due = first(symbol.trailingDue);
  if (due !== null) return due;
  const { waiting, traded, market } = symbol;
  const reached = [
    ...(traded === null ? [] : [{ ...waiting.last, highest: traded.highest, lowest: traded.lowest }]),
    { ...waiting.mark, highest: markOf(market), lowest: markOf(market) },
  ];
  for (const { rising, falling, highest, lowest } of reached) {
    const up = rising.best();
    if (up?.price.atMost(highest) === true) return first(up.queue);
    const down = falling.best();
    if (down?.price.atLeast(lowest) === true) return first(down.queue);
  }
  return null;
}

function fire(world: World, symbol: SymbolState, account: AccountState, order: WorkingOrder): void {
  if (order.trailing === undefined)
    waitingLevels(symbol, order).remove(stopPriceOf(order), order, Decimal.zero);
  symbol.trailing.delete(order);
  symbol.trailingDue.delete(order);
  order.triggeredAt = world.now;
  order.updatedAt = world.now;
  if (order.conditional) {
    createTriggered(world, symbol, account, order);
    return;
  }
  order.status = 'open';
  // The margin of a swap is held from its trigger on; on spot the funds are held while the order waits.
  const isShort =
    symbol.instrument.marketType === 'swap' &&
    review(world, account, symbol, triggeredRequest(order, order.quantity), { conditional: order }) !== null;
  if (isShort) {
    end(world, order, 'canceled', 'refused_on_trigger');
    return;
  }
  endOtherLegs(world, order);
  emitOrder(world, order, 'triggered');
  // A market type holds an estimate only while it waits; from here on it pays as it goes.
  if (!hasLimitPrice(order.type)) holdNothing(world, symbol, order);
  work(world, symbol, account, order);
}

/** Creates the venue order of a triggered conditional order, or ends the conditional order. */
function createTriggered(
  world: World,
  symbol: SymbolState,
  account: AccountState,
  order: WorkingOrder,
): void {
  const toClose = closable(account, symbol, order);
  if (order.closePosition && toClose.isZero()) {
    order.status = 'open';
    end(world, order, 'expired', 'reduce_only');
    return;
  }
  const request: OrderRequest = {
    ...triggeredRequest(order, order.closePosition ? toClose : order.quantity),
    ...(symbol.policy.triggeredClientOrderId === 'same' && order.clientOrderId !== null
      ? { clientOrderId: order.clientOrderId }
      : {}),
    tags: order.tags,
  };
  const origin = { conditional: order };
  const refusal = review(world, account, symbol, request, origin);
  if (refusal !== null) {
    order.status = 'open';
    const reason = refusal.code === 'reduce_only_refused' ? 'reduce_only' : 'refused_on_trigger';
    end(world, order, 'rejected', reason);
    return;
  }
  const created = accept(world, account, symbol, request, origin);
  order.status = 'triggered';
  order.triggeredVenueOrderId = created.venueOrderId;
  forget(world, order);
  emitOrder(world, order, 'triggered');
  start(world, symbol, account, created);
}

/** A triggered order as a request for one that works at once. */
function triggeredRequest(order: WorkingOrder, quantity: Decimal): OrderRequest {
  const isLimit = hasLimitPrice(order.type);
  return {
    symbol: order.symbol,
    side: order.side,
    positionSide: order.positionSide,
    type: isLimit ? 'limit' : 'market',
    quantity,
    ...(isLimit && order.price !== null ? { price: order.price, timeInForce: order.timeInForce } : {}),
    ...(isLimit && order.expiresAt !== null ? { expiresAt: order.expiresAt } : {}),
    ...(order.postOnly ? { postOnly: true } : {}),
    reduceOnly: order.reduceOnly || order.closePosition,
    selfTradePrevention: order.selfTradePrevention,
  };
}

function stopPriceOf(order: WorkingOrder): Decimal {
  if (order.stopPrice === null) throw new Error('an untriggered order has a stop price');
  return order.stopPrice;
}
