/**
 * An order that takes the place of an earlier one: with changed figures, or as it was.
 *
 * Entry points: `replacementFor`, `putBack`, `keepStop`, `untilGone`.
 */
import { setTimeout } from 'node:timers/promises';
import type { Decimal } from '../core/decimal.ts';
import { clientOrderId, type OrderId } from '../core/ids.ts';
import { remainingQuantity, type Order } from '../core/order/order.ts';
import { isFinished } from '../core/order/transitions.ts';
import { namedType } from '../core/order/protection.ts';
import type { BesidePosition } from '../core/order/uncovered.ts';
import type { Caller } from '../directory/callers.ts';
import {
  EngineUnavailable,
  type Desk,
  type OnWouldTrigger,
  type PlaceAnswer,
  type PlaceIntent,
} from '../engine/desk.ts';
import { requesterName } from './context.ts';
import { untilFinished } from './order-answer.ts';

/** How long a stop that was canceled is looked after once its request is answered, in milliseconds. */
export const LOOKED_AFTER_MS = 30_000;

const LOOK_AGAIN_MS = 1_000;

/** The figures to change; null leaves a figure as it is. */
export interface ChangedFigures {
  /** Base units in all, including the quantity that is filled already. */
  readonly quantity: Decimal | null;
  readonly price: Decimal | null;
  readonly stopPrice: Decimal | null;
  readonly clientOrderId: string | null;
}

/**
 * Places a stop that was canceled once more: for what of it is unfilled, or for less, in base units. Its new id; null where it was
 * not taken, and that of an order in doubt where it may have been. Never rejects: the failure that made it needed is the one to answer.
 */
export async function putBack(
  desk: Desk,
  order: Order,
  caller: Caller,
  quantity: Decimal | null = null,
): Promise<OrderId | null> {
  try {
    const placed = await placeAnew(desk, order, caller, quantity);
    return placed?.kind === 'accepted' ? placed.order.orderId : null;
  } catch (error) {
    return error instanceof EngineUnavailable ? error.orderInDoubt : null;
  }
}

/** Has a stop that was canceled looked after until it, or the order that was placed for it, is in its place again. */
export function keepStop(
  desk: Desk,
  stop: Order,
  caller: Caller,
  replacement: OrderId | null,
  beside?: BesidePosition,
): void {
  desk.orders.keepStop({
    stop,
    replacement,
    ...(beside === undefined ? {} : { beside }),
    placeAnew: (quantity, onWouldTrigger) => placeAnew(desk, stop, caller, quantity, onWouldTrigger),
  });
}

/**
 * Null where nothing is left of it to place. It passes a halted trading state, as the close did that took its place: what stood before
 * may stand again, and the rules refuse it still where it would open something.
 */
async function placeAnew(
  desk: Desk,
  order: Order,
  caller: Caller,
  quantity: Decimal | null,
  onWouldTrigger: OnWouldTrigger = 'refuse',
): Promise<PlaceAnswer | null> {
  const unfilled = remainingQuantity(order);
  const part = quantity === null || unfilled === null ? unfilled : quantity.min(unfilled);
  const figures = {
    quantity: part?.add(order.filledQuantity) ?? null,
    price: null,
    stopPrice: null,
    clientOrderId: null,
  };
  const intent = replacementFor(order, figures, requesterName(caller), null);
  const closesNow = onWouldTrigger === 'close_now' ? { onWouldTrigger } : {};
  return intent === null ? null : desk.orders.place({ ...intent, ...closesNow, getsOut: true });
}

/** The order once it is finished, as it stands after `LOOKED_AFTER_MS` at the latest; also where the journal stalls meanwhile. */
export async function untilGone(desk: Desk, order: Order): Promise<Order> {
  const late = AbortSignal.timeout(LOOKED_AFTER_MS);
  let known = order;
  while (!isFinished(known.status) && !late.aborted) {
    known = await untilFinished(desk, known, LOOK_AGAIN_MS);
    if (!isFinished(known.status) && desk.journalTrouble !== null)
      await setTimeout(LOOK_AGAIN_MS, undefined, { ref: false });
  }
  return known;
}

/** The order for the quantity that is still unfilled; null when nothing is left to place. */
export function replacementFor(
  order: Order,
  { quantity, price, stopPrice, clientOrderId: clientId }: ChangedFigures,
  requestedBy: string,
  idempotency: PlaceIntent['idempotency'],
): PlaceIntent | null {
  const wanted = quantity ?? order.quantity;
  const left = wanted?.subtract(order.filledQuantity);
  if (left === undefined || !left.isPositive()) return null;
  return {
    accountId: order.accountId,
    clientOrderId: clientId === null ? null : clientOrderId(clientId),
    symbol: order.symbol,
    type: namedType(order),
    side: order.side,
    positionSide: order.positionSide,
    quantity: left,
    cost: null,
    price: price ?? order.price,
    stopPrice: stopPrice ?? order.stopPrice,
    trigger: order.trigger,
    ...(order.onWouldTrigger === undefined ? {} : { onWouldTrigger: order.onWouldTrigger }),
    ...(order.keepAfterClose === undefined ? {} : { keepAfterClose: order.keepAfterClose }),
    timeInForce: order.timeInForce,
    expiresAt: order.expiresAt,
    postOnly: order.postOnly,
    reduceOnly: order.reduceOnly,
    marketProtectionBps: order.marketProtectionBps,
    sendWithinMs: order.sendWithinMs,
    strategy: order.strategy,
    replaces: order.orderId,
    requestedBy,
    idempotency,
  };
}
