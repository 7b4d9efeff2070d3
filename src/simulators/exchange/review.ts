/**
 * Whether an order may be accepted: its form, the counts, the state of the market, and the account's funds. The funds it
 * needs are computed so that an order which passed can be matched at any later prices. Entry points: `review`,
 * `reviewAmendedFunds`. Changes nothing but that the account gets a flat position where it had none.
 */
import { Decimal } from '../../core/decimal.ts';
import { holdPerUnit, isReached, opposite, referencePrice, spotNeed, wouldTake } from './book.ts';
import { notional } from './instrument.ts';
import type { Origin } from './intake.ts';
import { openOrderMargin, perLeverage } from './margin.ts';
import { remaining, closesSide, hasTrigger, type OrderRequest } from './order.ts';
import { closable, closingInBook, positionOf, sidesOf } from './positions.ts';
import type { Refusal } from './refusal.ts';
import {
  isTrading,
  markOf,
  statusOf,
  type AccountState,
  type SymbolState,
  type WorkingOrder,
} from './state.ts';
import { isPastActivation } from './trailing.ts';
import { reviewForm } from './validate.ts';
import type { World } from './world.ts';

/** Everything that can speak against the order, besides its client id. */
export function review(
  world: World,
  account: AccountState,
  symbol: SymbolState,
  asked: OrderRequest,
  origin: Origin = {},
): Refusal | null {
  const { instrument, policy } = symbol;
  const mismatch = reviewPositionSide(account, symbol, asked);
  if (mismatch !== null) return mismatch;
  if (!account.internal && !mayBePlaced(symbol, asked))
    return { code: 'symbol_not_trading', status: statusOf(symbol.market) };
  const request = closesSide(asked) ? { ...asked, reduceOnly: true } : asked;
  const isWaiting = hasTrigger(request.type) && origin.conditional === undefined;
  const refusal = reviewForm(instrument, request, referencePrice(symbol));
  if (refusal !== null) return refusal;
  if (world.limits) {
    const limit = countLimit(account, symbol, isWaiting);
    if (limit !== null) return { code: 'too_many_open_orders', limit };
  }
  if (
    isWaiting &&
    policy.alreadyTriggered === 'refuse' &&
    (isReached(symbol, request) || isPastActivation(symbol, request))
  )
    return { code: 'would_trigger_immediately' };
  if (!isWaiting && !mayReduce(account, symbol, request))
    return closable(account, symbol, request).atLeast(request.quantity ?? Decimal.zero)
      ? { code: 'reduce_only_refused', besideOthers: true }
      : { code: 'reduce_only_refused' };
  if (
    request.postOnly === true &&
    !isWaiting &&
    policy.postOnlyWouldTake === 'refuse' &&
    wouldTake(symbol, request)
  )
    return { code: 'post_only_would_take' };
  if (account.internal || origin.withoutLock === true) return null;
  return instrument.marketType === 'spot'
    ? reviewSpotFunds(world, account, symbol, request)
    : reviewMargin(world, account, symbol, request, isWaiting);
}

/** Whether the symbol takes new orders now; some take only those that close a position. */
function mayBePlaced({ market }: SymbolState, request: OrderRequest): boolean {
  if (isTrading(market) && market.status === 'reduce_only')
    return request.reduceOnly === true || request.closePosition === true || closesSide(request);
  return isTrading(market);
}

/** A hedged account names a side in every swap order; no other order names one. */
function reviewPositionSide(
  account: AccountState,
  symbol: SymbolState,
  { positionSide = 'net' }: OrderRequest,
): Refusal | null {
  if (symbol.instrument.marketType === 'spot')
    return positionSide === 'net'
      ? null
      : { code: 'bad_field', field: 'positionSide', detail: 'is for swaps' };
  return sidesOf(account).includes(positionSide) ? null : { code: 'position_side_mismatch' };
}

/**
 * Whether there is a position that a reduce-only order could reduce; true for any other order. An order that closes a
 * side of a hedged account must not be larger than what it can close: a market order has the whole position, a limit
 * order what the orders in the book leave of it.
 */
function mayReduce(account: AccountState, symbol: SymbolState, request: OrderRequest): boolean {
  if (request.reduceOnly !== true) return true;
  const held = closable(account, symbol, request);
  if (held.isZero()) return false;
  if (!closesSide(request)) return true;
  const spokenFor = request.type === 'market' ? Decimal.zero : closingInBook(account, symbol, request);
  return (request.quantity ?? Decimal.zero).atMost(held.subtract(spokenFor));
}

/** As `mayReduce` for an order in the book that is to have another quantity. */
export function mayReduceAmended(
  account: AccountState,
  symbol: SymbolState,
  order: WorkingOrder,
  quantity: Decimal,
): boolean {
  if (!closesSide(order) || !order.resting) return true;
  const others = closingInBook(account, symbol, order).subtract(remaining(order));
  const wanted = quantity.subtract(order.filled).subtract(order.preventedQuantity);
  return wanted.atMost(closable(account, symbol, order).subtract(others));
}

/** The limit that one more order would break; null: none. */
function countLimit(account: AccountState, symbol: SymbolState, isWaiting: boolean): number | null {
  const { maxOpenOrders, maxUntriggeredOrders } = symbol.instrument;
  if (account.openOrders.size < Math.min(maxOpenOrders, maxUntriggeredOrders)) return null;
  let open = 0;
  let untriggered = 0;
  for (const order of account.openOrders) {
    if (order.symbol !== symbol.instrument.symbol) continue;
    open += 1;
    if (order.status === 'untriggered') untriggered += 1;
  }
  if (open >= maxOpenOrders) return maxOpenOrders;
  return isWaiting && untriggered >= maxUntriggeredOrders ? maxUntriggeredOrders : null;
}

function reviewSpotFunds(
  world: World,
  account: AccountState,
  symbol: SymbolState,
  request: OrderRequest,
): Refusal | null {
  return reviewFree(world, account, symbol, request.side, spotNeed(symbol, request));
}

function reviewMargin(
  world: World,
  account: AccountState,
  symbol: SymbolState,
  request: OrderRequest,
  isWaiting: boolean,
): Refusal | null {
  if (isWaiting || request.reduceOnly === true || request.quantity === undefined) return null;
  const { instrument, policy } = symbol;
  const mark = markOf(symbol.market);
  const position = positionOf(world, account, symbol, request.positionSide ?? 'net');
  const worst = worstPrice(symbol, request);
  const worth = notional(instrument, worst, request.quantity);
  const none = { buys: Decimal.zero, sells: Decimal.zero };
  const extra = request.side === 'buy' ? { ...none, buys: worth } : { ...none, sells: worth };
  const margin = openOrderMargin(position, instrument, mark, extra).subtract(
    openOrderMargin(position, instrument, mark, none),
  );
  if (!margin.isPositive()) return null;
  const difference = request.side === 'buy' ? worst.subtract(mark) : mark.subtract(worst);
  const openLoss = notional(instrument, difference, request.quantity).max(Decimal.zero);
  const needed = margin.add(openLoss).add(worth.multiply(policy.fees.taker));
  return reviewFreeMargin(world, account, symbol, needed);
}

/** The limit price, or for a market order the worst price that the book would give now. */
function worstPrice(symbol: SymbolState, request: OrderRequest): Decimal {
  if (request.price !== undefined) return request.price;
  let left = request.quantity ?? Decimal.zero;
  let worst = markOf(symbol.market);
  for (const level of opposite(symbol, request.side).bestFirst()) {
    worst = level.price;
    left = left.subtract(level.total);
    if (!left.isPositive()) break;
  }
  return worst;
}

/** Funds for what an order with a new quantity and price will hold beyond what it holds. */
export function reviewAmendedFunds(
  world: World,
  account: AccountState,
  order: WorkingOrder,
  amended: { readonly quantity: Decimal; readonly price: Decimal },
): Refusal | null {
  const symbol = world.symbolOf(order);
  const unit = holdPerUnit(symbol, { ...order, price: amended.price });
  if (unit === null) return null;
  const { instrument } = symbol;
  const more = amended.quantity
    .subtract(order.filled)
    .subtract(order.preventedQuantity)
    .multiply(unit)
    .subtract(order.lock);
  if (!more.isPositive()) return null;
  if (instrument.marketType === 'swap') {
    const { leverage } = positionOf(world, account, symbol, order.positionSide);
    return reviewFreeMargin(world, account, symbol, perLeverage(more, leverage));
  }
  return reviewFree(world, account, symbol, order.side, more);
}

function reviewFreeMargin(
  world: World,
  account: AccountState,
  { instrument, policy }: SymbolState,
  needed: Decimal,
): Refusal | null {
  const asset = instrument.quote;
  const free = world.ledger.freeMargin(account, policy.wallet, asset);
  return needed.greaterThan(free)
    ? { code: 'insufficient_balance', asset, needed, free: free.max(Decimal.zero) }
    : null;
}

/**
 * Of an order of spot. A sale takes all that is there of its coins, also where they back a swap or a debt: what it brings backs those
 * instead. "Account IM Rate" of Bybit counts the "Haircut Loss" of spot orders against the margin balance, which a sale for the settle asset
 * has none of; OKX's "Adjusted equity" grows by one.
 */
function reviewFree(
  { ledger }: World,
  account: AccountState,
  { instrument, policy }: SymbolState,
  side: OrderRequest['side'],
  needed: Decimal,
): Refusal | null {
  const asset = side === 'buy' ? instrument.quote : instrument.base;
  const free =
    side === 'buy' || !ledger.isPooled(policy.wallet)
      ? ledger.free(account, policy.wallet, asset)
      : ledger.unlocked(account, policy.wallet, asset);
  return needed.greaterThan(free)
    ? { code: 'insufficient_balance', asset, needed, free: free.max(Decimal.zero) }
    : null;
}
