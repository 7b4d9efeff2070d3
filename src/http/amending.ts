/**
 * Amending an order: what remains of it is placed anew with the figures that were asked for, and it is canceled.
 *
 * Entry points: `amenderOf`, `Amender`.
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
 *  4. A stop whose cancel is confirmed only after the request was answered is looked after for `LOOKED_AFTER_MS` more: the new one
 *     is placed once the old one is gone, or the old one put back.
 *     Beyond that, and until whatever was placed is known to work, the engine looks after it (stop-keeper.ts).
 *  5. The same key gives the first new order again.
 */
import type { OrderId } from '../core/ids.ts';
import type { Order } from '../core/order/order.ts';
import { replacementFor, type ChangedFigures } from '../core/order/placed-anew.ts';
import { mayRestBeside } from '../core/order/replacement.ts';
import { isFinished } from '../core/order/transitions.ts';
import type { Caller } from '../directory/callers.ts';
import { EngineUnavailable, type Desk, type PlaceAnswer, type PlaceIntent } from '../engine/desk.ts';
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
import { keepStop, LOOKED_AFTER_MS, putBack, untilGone } from './placing-anew.ts';
import { Problem, fieldProblem } from './problem.ts';
import { SerialQueue } from './serial-queue.ts';
import { toProblem } from './server-problem.ts';
import { toOrderView } from './views/order.ts';

export interface Amendment extends ChangedFigures {
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

const amenderByContext = new WeakMap<HttpContext, Amender>();

/** The amender of a service, of which it has one: amendments of one order wait for one another, whatever asked for them. */
export function amenderOf(context: HttpContext): Amender {
  const known = amenderByContext.get(context);
  if (known !== undefined) return known;
  const made = new Amender(context);
  amenderByContext.set(context, made);
  return made;
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
    const { promise, resolve, reject } = Promise.withResolvers<AmendedOrder>();
    // The order stays taken until its amendment has ended, also where the request was answered before.
    this.#queue
      .take(orderId, async () => {
        const order = await desk.books.order(orderId);
        if (order === null) throw new Problem('order_not_found', `You have no order ${orderId}.`);
        return amendOrder(this.#context, desk, caller, order, amendment, reject);
      })
      .then(resolve, reject);
    return promise;
  }
}

/** `answerEarly` answers the request with a problem while the amendment goes on. */
async function amendOrder(
  context: HttpContext,
  desk: Desk,
  caller: Caller,
  order: Order,
  amendment: Amendment,
  answerEarly: (problem: Problem) => void,
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

  const isStop = order.stopPrice !== null;
  const beside = desk.orders.besideNow(order);
  const keep = isStop ? { beside } : undefined;
  const canceled = await cancelSoon(desk, order.orderId, requesterName(caller), undefined, keep);
  if (canceled.kind === 'unknown_order' || canceled.kind === 'withdrawn')
    throw notAmendable(order, 'It is gone.');
  if (canceled.kind === 'no_account') throw notAmendable(order, 'Its account was removed.');
  if (canceled.kind === 'not_sent') throw cancelNotSent(canceled);
  let replaced = await untilFinished(desk, canceled.order, amendment.waitMs);
  if (!isFinished(replaced.status) && isStop) {
    answerEarly(unconfirmed(replaced));
    replaced = await untilGone(desk, replaced);
  }
  if (!isFinished(replaced.status)) {
    if (isStop) keepStop(desk, replaced, caller, null, beside);
    throw unconfirmed(replaced);
  }
  if (replaced.status !== 'canceled') throw notAmendable(replaced, `It ended as ${replaced.status} first.`);
  if (isStop && !desk.orders.isLeftToPutBack(replaced))
    throw notAmendable(replaced, 'Somebody has canceled it meanwhile, or it is being put back.');
  const intent = replacementFor(replaced, amendment, requesterName(caller), idempotency);
  const method = 'cancel_and_replace';
  if (intent === null) {
    // All that was wished for is filled: nothing of it is to come back.
    if (isStop) await desk.orders.releaseStops(({ orderId }) => orderId === replaced.orderId);
    return { method, replaced, replacement: null };
  }
  let placed: PlaceAnswer | null = null;
  try {
    placed = await desk.orders.place(intent);
    const replacement = await answerPlaced(context, desk, intent, placed, amendment.waitMs);
    if (isStop) keepStop(desk, replaced, caller, replacement.order.orderId, beside);
    return { method, replaced, replacement };
  } catch (error) {
    // The caller must learn that the old order is canceled, for any reason that kept the new one from being placed.
    const isLost = isStop && !mayExist(placed, error) && desk.orders.isLeftToPutBack(replaced);
    const restored = isLost ? await putBack(desk, replaced, caller) : null;
    if (isStop) keepStop(desk, replaced, caller, restored ?? orderInDoubt(placed, error), beside);
    throw toProblem(error, context).with({
      canceled_order_id: replaced.orderId,
      ...(restored === null ? {} : { restored_order_id: restored }),
    });
  }
}

/** Whether the new order may have been taken, for all that the error says. */
function mayExist(placed: PlaceAnswer | null, error: unknown): boolean {
  if (error instanceof Problem) return false;
  if (error instanceof EngineUnavailable) return error.orderInDoubt !== null;
  return placed?.kind === 'accepted';
}

/** The new order that may have been taken; null where it certainly was not. */
function orderInDoubt(placed: PlaceAnswer | null, error: unknown): OrderId | null {
  if (!mayExist(placed, error)) return null;
  if (error instanceof EngineUnavailable) return error.orderInDoubt;
  return placed?.kind === 'accepted' ? placed.order.orderId : null;
}

function unconfirmed(order: Order): Problem {
  return new Problem(
    'amend_unconfirmed',
    order.stopPrice === null
      ? 'The exchange has not confirmed the cancel yet; the cancel goes on, and no new order was placed.'
      : `The exchange has not confirmed the cancel yet; the amendment goes on for up to ${LOOKED_AFTER_MS / 1_000} s: the new order has this one in \`replaces\`, and so has one that puts it back.`,
    { order_id: order.orderId, order: toOrderView(order) },
  );
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

function requireAmendable(order: Order, { price, stopPrice }: Amendment): void {
  if (isFinished(order.status)) throw notAmendable(order, `It is ${order.status} already.`);
  if (order.quantity === null || order.type === 'market')
    throw notAmendable(order, 'A market order is on its way already.');
  if (price !== null && order.price === null) throw fieldProblem('price', 'the order has none');
  if (stopPrice !== null && order.stopPrice === null) throw fieldProblem('stop_price', 'the order has none');
}

function notAmendable(order: Order, detail: string): Problem {
  return new Problem('order_not_amendable', detail, { order_id: order.orderId, order: toOrderView(order) });
}
