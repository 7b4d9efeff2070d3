/**
 * Stops that were canceled for another order: put back, and looked after until then.
 *
 * Entry points: `putBack`, `keepStop`, `untilGone`.
 */
import { setTimeout } from 'node:timers/promises';
import type { Decimal } from '../core/decimal.ts';
import type { OrderId } from '../core/ids.ts';
import type { Order } from '../core/order/order.ts';
import { putBackOf } from '../core/order/placed-anew.ts';
import { isFinished } from '../core/order/transitions.ts';
import type { BesidePosition } from '../core/order/kept-stop-record.ts';
import type { Caller } from '../directory/callers.ts';
import { EngineUnavailable, type Desk, type OnWouldTrigger, type PlaceAnswer } from '../engine/desk.ts';
import { requesterName } from './context.ts';
import { untilFinished } from './order-answer.ts';

/** How long a stop that was canceled is looked after once its request is answered, in milliseconds. */
export const LOOKED_AFTER_MS = 30_000;

const LOOK_AGAIN_MS = 1_000;

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
  beside: BesidePosition,
  isShort?: true,
): void {
  desk.orders.keepStop({
    stop,
    replacement,
    requestedBy: requesterName(caller),
    beside,
    ...(isShort === undefined ? {} : { isShort }),
    placeAnew: (quantity, onWouldTrigger) => placeAnew(desk, stop, caller, quantity, onWouldTrigger),
  });
}

/** Null where nothing is left of it to place. */
async function placeAnew(
  desk: Desk,
  order: Order,
  caller: Caller,
  quantity: Decimal | null,
  onWouldTrigger: OnWouldTrigger = 'refuse',
): Promise<PlaceAnswer | null> {
  const terms = putBackOf(order, quantity, requesterName(caller));
  const closesNow = onWouldTrigger === 'close_now' ? { onWouldTrigger } : {};
  return terms === null ? null : desk.orders.place({ ...terms, ...closesNow });
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
