/**
 * Amending an order: what remains of it is placed anew with the figures that were asked for, and it is canceled.
 *
 * Entry point: `Amender`.
 *
 * Invariants:
 *  1. The risk rules check the new order before the old one is canceled, as if the old one were gone: a refusal leaves the
 *     old order working.
 *  2. A stop that closes rests until the new one is known to work: the new one is placed first, and the engine cancels the old one
 *     with the news that it works. A refusal and a lost answer leave the old one live. If both trigger within that moment, both
 *     close; on a swap no more than the position.
 *  3. Any other order is canceled first, and the new one is placed once the venue has confirmed that the old one is gone and
 *     every execution of it is booked: never do both work, and together they fill no more than was asked for. On spot a stop
 *     without free balance for a second one is amended so too, and put back where the new one is refused.
 *  4. The same key gives the first new order again.
 */
import type { Decimal } from '../core/decimal.ts';
import { clientOrderId, type OrderId } from '../core/ids.ts';
import type { Order } from '../core/order/order.ts';
import { namedType } from '../core/order/protection.ts';
import { mayRestBeside } from '../core/order/replacement.ts';
import { isFinished } from '../core/order/transitions.ts';
import type { Caller } from '../directory/callers.ts';
import type { Desk, PlaceIntent } from '../engine/desk.ts';
import { requesterName, type HttpContext } from './context.ts';
import { contentHash } from './idempotency.ts';
import {
  answerPlaced,
  cancelNotSent,
  cancelSoon,
  earlierAnswer,
  problemOfRefusals,
  untilFinished,
  type AnsweredOrder,
} from './order-answer.ts';
import { Problem, fieldProblem } from './problem.ts';
import { SerialQueue } from './serial-queue.ts';
import { toOrderView } from './views/order.ts';

/** The figures to change; null leaves a figure as it is. */
export interface Amendment {
  /** Base units in all, including the quantity that is filled already. */
  readonly quantity: Decimal | null;
  readonly price: Decimal | null;
  readonly stopPrice: Decimal | null;
  readonly clientOrderId: string | null;
  readonly key: string | null;
  readonly waitMs: number;
}

export interface AmendedOrder {
  /** Which of the two came first. */
  readonly method: 'cancel_and_replace' | 'replace_and_cancel';
  /** The old order, canceled; it works still where the new one is in doubt. */
  readonly replaced: Order;
  /** Null when the fills of the old order reach the quantity that is wanted now. */
  readonly replacement: AnsweredOrder | null;
}

export class Amender {
  readonly #context: HttpContext;
  /** By order: of many amendments at once the first is carried out, and the others find it canceled. */
  readonly #queue = new SerialQueue();

  constructor(context: HttpContext) {
    this.#context = context;
  }

  /** Throws a `Problem` where the order cannot be amended; it says which of the two orders exist. */
  amend(desk: Desk, caller: Caller, orderId: OrderId, amendment: Amendment): Promise<AmendedOrder> {
    return this.#queue.take(orderId, async () => {
      const order = await desk.books.order(orderId);
      if (order === null) throw new Problem('order_not_found', `You have no order ${orderId}.`);
      return amendOrder(this.#context, desk, caller, order, amendment);
    });
  }
}

async function amendOrder(
  context: HttpContext,
  desk: Desk,
  caller: Caller,
  order: Order,
  amendment: Amendment,
): Promise<AmendedOrder> {
  const { key, ...content } = amendment;
  const hash = contentHash({ ...content, waitMs: undefined, amends: order.orderId });
  const earlier = key === null ? null : await earlierAnswer(context, desk, key, hash);
  if (earlier !== null) return { method: methodFor(order), replaced: order, replacement: earlier };
  requireAmendable(order, amendment);
  if (desk.orders.openNow({}).some(({ replaces }) => replaces === order.orderId))
    throw notAmendable(order, 'Another amendment of it is under way.');

  const idempotency = key === null ? null : { key, contentHash: hash };
  const wished = replacementFor(order, amendment, requesterName(caller), idempotency);
  if (wished !== null) {
    const verdict = await desk.orders.check(wished, order.orderId);
    if (verdict !== null && verdict.refusals.length > 0)
      throw problemOfRefusals(verdict.refusals, order.orderId);
    if (await restsBeside(desk, order, wished)) return placeFirst(context, desk, order, wished, amendment);
  }

  const canceled = await cancelSoon(desk, order.orderId, requesterName(caller));
  if (canceled.kind === 'unknown_order' || canceled.kind === 'withdrawn')
    throw notAmendable(order, 'It is gone.');
  if (canceled.kind === 'no_account') throw notAmendable(order, 'Its account was removed.');
  if (canceled.kind === 'not_sent') throw cancelNotSent(canceled);
  const replaced = await untilFinished(desk, canceled.order, amendment.waitMs);
  if (!isFinished(replaced.status)) {
    throw new Problem(
      'amend_unconfirmed',
      'The exchange has not confirmed the cancel yet; the cancel goes on, and no new order was placed.',
      { order_id: order.orderId, order: toOrderView(replaced) },
    );
  }
  if (replaced.status !== 'canceled') throw notAmendable(replaced, `It ended as ${replaced.status} first.`);
  const intent = replacementFor(replaced, amendment, requesterName(caller), idempotency);
  const method = 'cancel_and_replace';
  if (intent === null) return { method, replaced, replacement: null };
  try {
    const placed = await desk.orders.place(intent);
    const replacement = await answerPlaced(context, desk, intent, placed, amendment.waitMs);
    return { method, replaced, replacement };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    // The caller must learn that the old order is canceled, for any reason that kept the new one from being placed.
    const restored = replaced.stopPrice === null ? null : await putBack(desk, replaced, caller);
    throw error.with({
      canceled_order_id: replaced.orderId,
      ...(restored === null ? {} : { restored_order_id: restored }),
    });
  }
}

function methodFor(order: Order): AmendedOrder['method'] {
  return mayRestBeside(order) ? 'replace_and_cancel' : 'cancel_and_replace';
}

/** Whether the changed order can be placed while the old one rests; of spot the free balance decides. */
async function restsBeside(desk: Desk, order: Order, wished: PlaceIntent): Promise<boolean> {
  if (!mayRestBeside(order)) return false;
  if (order.kind !== 'spot') return true;
  const beside = await desk.orders.check(wished);
  return beside !== null && beside.refusals.length === 0;
}

async function placeFirst(
  context: HttpContext,
  desk: Desk,
  order: Order,
  wished: PlaceIntent,
  { waitMs }: Amendment,
): Promise<AmendedOrder> {
  const placed = await desk.orders.place(wished);
  const replacement = await answerPlaced(context, desk, wished, placed, waitMs);
  // The engine cancels the old order as soon as the new one is known to work; while it is in doubt, the old one stays.
  const replaced =
    replacement.status === 202
      ? ((await desk.books.order(order.orderId)) ?? order)
      : await untilFinished(desk, order, waitMs);
  return { method: 'replace_and_cancel', replaced, replacement };
}

/** Places a stop that was canceled for nothing once more, as it was; its new id, or null where it was not taken. */
async function putBack(desk: Desk, order: Order, caller: Caller): Promise<OrderId | null> {
  const nothing = { quantity: null, price: null, stopPrice: null, clientOrderId: null, key: null, waitMs: 0 };
  const intent = replacementFor(order, nothing, requesterName(caller), null);
  const placed = intent === null ? null : await desk.orders.place(intent);
  return placed?.kind === 'accepted' ? placed.order.orderId : null;
}

function requireAmendable(order: Order, { price, stopPrice }: Amendment): void {
  if (isFinished(order.status)) throw notAmendable(order, `It is ${order.status} already.`);
  if (order.quantity === null || order.type === 'market')
    throw notAmendable(order, 'A market order is on its way already.');
  if (price !== null && order.price === null) throw fieldProblem('price', 'the order has none');
  if (stopPrice !== null && order.stopPrice === null) throw fieldProblem('stop_price', 'the order has none');
}

/** The order for the quantity that is still unfilled; null when nothing is left to place. */
function replacementFor(
  order: Order,
  { quantity, price, stopPrice, clientOrderId: clientId }: Amendment,
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

function notAmendable(order: Order, detail: string): Problem {
  return new Problem('order_not_amendable', detail, { order_id: order.orderId, order: toOrderView(order) });
}
