/**
 * Amending an order: it is canceled, and what remains of it is placed anew with the figures that were asked for.
 *
 * Entry point: `Amender`.
 *
 * Invariants:
 *  1. The risk rules check the new order before the old one is canceled, as if the old one were gone: a refusal leaves the
 *     old order working.
 *  2. The new order is placed only once the venue has confirmed that the old one is gone and every execution of it is
 *     booked: never do both work, and together they fill no more than was asked for.
 *  3. The same key gives the first new order again. Between the two neither works: an order that protects a position does
 *     not protect it for that long.
 */
import type { Decimal } from '../core/decimal.ts';
import { clientOrderId, type OrderId } from '../core/ids.ts';
import type { Order } from '../core/order/order.ts';
import { namedType } from '../core/order/protection.ts';
import { isFinished } from '../core/order/transitions.ts';
import type { Caller } from '../directory/callers.ts';
import type { Desk, PlaceIntent } from '../engine/desk.ts';
import { requesterName, type HttpContext } from './context.ts';
import { contentHash } from './idempotency.ts';
import {
  answerPlaced,
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
  /** The old order, canceled. */
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
  if (earlier !== null) return { replaced: order, replacement: earlier };
  requireAmendable(order, amendment);

  const idempotency = key === null ? null : { key, contentHash: hash };
  const wished = replacementFor(order, amendment, requesterName(caller), idempotency);
  if (wished !== null) {
    const verdict = await desk.orders.check(wished, order.orderId);
    if (verdict !== null && verdict.refusals.length > 0)
      throw problemOfRefusals(verdict.refusals, order.orderId);
  }

  const canceled = await cancelSoon(desk, order.orderId, requesterName(caller));
  if (canceled.kind === 'unknown_order') throw notAmendable(order, 'It is gone.');
  if (canceled.kind === 'no_account') throw notAmendable(order, 'Its account was removed.');
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
  if (intent === null) return { replaced, replacement: null };
  try {
    const placed = await desk.orders.place(intent);
    return { replaced, replacement: await answerPlaced(context, desk, intent, placed, amendment.waitMs) };
  } catch (error) {
    // The caller must learn that the old order is canceled, for any reason that kept the new one from being placed.
    if (error instanceof Problem) throw error.with({ canceled_order_id: replaced.orderId });
    throw error;
  }
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
