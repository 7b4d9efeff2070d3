/**
 * Order lists: their review and placing, and the orders that are placed when a first one is filled (`placePending`, when a call
 * settles). How one order's end ends the others stands in endings.ts.
 */
import { Decimal } from '../../core/decimal.ts';
import { referencePrice, spotNeed } from './book.ts';
import { emitList, emitOrder } from './emit.ts';
import { end, releaseBought } from './endings.ts';
import { hold } from './holds.ts';
import { accept, type Origin } from './intake.ts';
import {
  hasLimitPrice,
  hasTrigger,
  isOpen,
  type OrderListRequest,
  type OrderRequest,
  type Trailing,
} from './order.ts';
import { duplicate, knownBefore } from './placing.ts';
import type { Refusal } from './refusal.ts';
import { review } from './review.ts';
import type { AccountState, ListState, SymbolState, WorkingOrder } from './state.ts';
import { start } from './triggers.ts';
import { reviewForm } from './validate.ts';
import type { World } from './world.ts';

/** The list with its orders waiting or at work. */
export function placeList(
  world: World,
  account: AccountState,
  request: OrderListRequest,
): ListState | Refusal {
  const symbol = world.symbols.get(request.symbol);
  if (symbol === undefined) return { code: 'unknown_symbol', symbol: request.symbol };
  const refusal = reviewList(world, account, symbol, request);
  if (refusal !== null) return refusal;
  const listId = String(world.nextListNumber);
  world.nextListNumber += 1;
  const { first } = request;
  const firstOrder = first === undefined ? null : accept(world, account, symbol, first, { listId });
  const origins: readonly Origin[] =
    first === undefined
      ? sharedHold(symbol, request.legs).map((holds) => ({ listId, withoutLock: !holds }))
      : request.legs.map(() => ({ listId, withoutLock: true, isPending: true }));
  const legs = request.legs.map((leg, index) => accept(world, account, symbol, leg, origins[index]));
  const list: ListState = {
    listId,
    clientListId: request.clientListId ?? null,
    accountId: account.accountId,
    symbol: request.symbol,
    legs: firstOrder === null ? legs : [firstOrder, ...legs],
    first: firstOrder,
    sellsWhatWasBought: request.sellsWhatWasBought ?? false,
    bought: Decimal.zero,
    status: 'executing',
    tags: request.tags ?? {},
    createdAt: world.now,
    updatedAt: world.now,
  };
  world.lists.set(listId, list);
  emitList(world, list);
  for (const order of firstOrder === null ? legs : [firstOrder])
    if (isOpen(order.status)) start(world, symbol, account, order);
  return list;
}

/** Which of the legs holds funds: two can never both trade, so the dearer one's hold covers the other. */
function sharedHold(symbol: SymbolState, legs: readonly OrderRequest[]): readonly boolean[] {
  const [one, other] = legs;
  if (one === undefined || other === undefined) return legs.map(() => true);
  const firstHolds = spotNeed(symbol, one).atLeast(spotNeed(symbol, other));
  return [firstHolds, !firstHolds];
}

function reviewList(
  world: World,
  account: AccountState,
  symbol: SymbolState,
  request: OrderListRequest,
): Refusal | null {
  const { first, legs } = request;
  const orders = first === undefined ? legs : [first, ...legs];
  for (const [index, order] of orders.entries()) {
    if (order.symbol !== request.symbol)
      return { code: 'bad_field', field: 'symbol', detail: "must be the list's" };
    const known = knownBefore(world, account, symbol, order);
    if (known !== null) return duplicate(known);
    const id = order.clientOrderId;
    if (id !== undefined && orders.slice(0, index).some((earlier) => earlier.clientOrderId === id))
      return {
        code: 'bad_field',
        field: 'clientOrderId',
        detail: 'must differ between the orders of a list',
      };
  }
  for (const leg of legs) {
    const refusal = reviewLeg(request, leg);
    if (refusal !== null) return refusal;
  }
  if (first === undefined) {
    if (legs.length !== 2) return { code: 'bad_field', field: 'legs', detail: 'must be two' };
    for (const leg of legs) {
      const refusal = review(world, account, symbol, leg);
      if (refusal !== null) return refusal;
    }
    return standsAstride(symbol, legs) ? null : { code: 'list_prices_refused' };
  }
  return (
    review(world, account, symbol, first) ??
    legs
      .map((leg) => reviewForm(symbol.instrument, quantified(request, leg), referencePrice(symbol)))
      .find((refusal) => refusal !== null) ??
    null
  );
}

/** The leg with a quantity: the first order's where it is to sell what that bought. */
function quantified({ first, sellsWhatWasBought }: OrderListRequest, leg: OrderRequest): OrderRequest {
  return sellsWhatWasBought === true && first?.quantity !== undefined
    ? { ...leg, quantity: first.quantity }
    : leg;
}

function reviewLeg(request: OrderListRequest, leg: OrderRequest): Refusal | null {
  const [one] = request.legs;
  const bad = (field: string, detail: string): Refusal => ({ code: 'bad_field', field, detail });
  if (one === undefined) return bad('legs', 'must not be empty');
  if (leg.side !== one.side) return bad('side', 'must be the same for both legs');
  if (request.sellsWhatWasBought === true) {
    if (leg.quantity !== undefined) return bad('quantity', 'follows from the first order');
  } else if (leg.quantity === undefined || one.quantity?.equals(leg.quantity) !== true) {
    return bad('quantity', 'must be the same for both legs');
  }
  const mayTakeAtOnce = request.first !== undefined && request.legs.length === 1;
  if (leg.type === 'market' && !mayTakeAtOnce) return bad('type', 'a leg must wait for its price');
  return null;
}

/** The price of a leg that must be on its side of the market; a stop that follows the price is on either. */
function pivot(leg: OrderRequest): Decimal | undefined {
  return leg.stopPrice ?? leg.price;
}

/** One leg fires or trades above the market and the other below it. */
function standsAstride(symbol: SymbolState, legs: readonly OrderRequest[]): boolean {
  const last = symbol.lastPrice;
  const isAbove = (leg: OrderRequest): boolean =>
    (pivot(leg) ?? last).greaterThan(last) || leg.trailing !== undefined;
  const isBelow = (leg: OrderRequest): boolean =>
    (pivot(leg) ?? last).lessThan(last) || leg.trailing !== undefined;
  const [first, second] = legs;
  if (first === undefined || second === undefined) return true;
  return (isAbove(first) && isBelow(second)) || (isBelow(first) && isAbove(second));
}

// ── Orders behind a first one ──────────────────────────────────────────────────────────────────────────────────

/** Places the orders that waited for the first one of their list, which is filled; they expire where they are refused. */
export function placePending(world: World, list: ListState): void {
  const symbol = world.symbolOf(list);
  const account = world.account(list.accountId);
  const pending = list.legs.filter((leg) => leg.status === 'pending');
  if (list.sellsWhatWasBought) {
    const { quantityStep } = symbol.instrument;
    for (const order of pending) order.quantity = list.bought.roundToMultipleOf(quantityStep, 'down');
    releaseBought(world, list);
  }
  const requests = pending.map(requestOf);
  const isRefused =
    requests.some((request) => review(world, account, symbol, request) !== null) ||
    !standsAstride(symbol, requests);
  if (isRefused) {
    for (const order of pending) if (isOpen(order.status)) end(world, order, 'expired', 'refused_on_trigger');
    return;
  }
  const holds = sharedHold(symbol, requests);
  for (const [index, order] of pending.entries()) {
    order.status = hasTrigger(order.type) ? 'untriggered' : 'open';
    order.updatedAt = world.now;
    if (holds[index] === true) hold(world, account, symbol, order);
    emitOrder(world, order, 'triggered');
  }
  for (const order of pending) if (isOpen(order.status)) start(world, symbol, account, order);
}

/** The request that an order which was never placed stands for. */
function requestOf(order: WorkingOrder): OrderRequest {
  const { symbol, side, type, quantity, price, stopPrice, trailing, timeInForce, postOnly, tags } = order;
  return {
    symbol,
    side,
    type,
    quantity,
    ...(price === null ? {} : { price }),
    ...(stopPrice === null ? {} : { stopPrice }),
    ...(trailing === undefined ? {} : { trailing: trailingTerms(trailing) }),
    ...(hasLimitPrice(type) ? { timeInForce } : {}),
    ...(postOnly ? { postOnly } : {}),
    selfTradePrevention: order.selfTradePrevention,
    tags,
  };
}

function trailingTerms({
  activationPrice,
  activatesAgainst,
  callbackRate,
}: Trailing): NonNullable<OrderRequest['trailing']> {
  return {
    callbackRate,
    ...(activationPrice === null ? {} : { activationPrice }),
    ...(activatesAgainst === undefined ? {} : { activatesAgainst }),
  };
}
