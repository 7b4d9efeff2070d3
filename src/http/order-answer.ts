/**
 * Places one order and answers the request: when the answer is sent, with which status, and as which problem.
 *
 * Entry points: `placeOrder`, `AnsweredOrder`, `problemOfRefusals`, `untilFinished`.
 */
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import type { OrderId } from '../core/ids.ts';
import type { Order } from '../core/order/order.ts';
import { marketPriceFor } from '../core/order/protection.ts';
import { isFinished } from '../core/order/transitions.ts';
import type { Refusal } from '../core/risk/refusal.ts';
import { NOT_EXPRESSIBLE } from '../core/venue/outcome.ts';
import type { Caller } from '../directory/callers.ts';
import {
  type StopToKeep,
  EngineUnavailable,
  type CancelAnswer,
  type Desk,
  type PlaceAnswer,
  type PlaceIntent,
} from '../engine/desk.ts';
import { chooseAccount } from './account-choice.ts';
import { AnsweredBefore } from './answered-requests.ts';
import { accountsOf, deskOf, type HttpContext } from './context.ts';
import { toIntent, type AnyOrderBody } from './order-request.ts';
import { Problem, unlistedProblem } from './problem.ts';
import { isProblemCode } from './problems/table.ts';
import { toOrderView, type OrderView } from './views/order.ts';

export interface AnsweredOrder {
  /** 200 for a replay, 201, or 202 while the outcome of the order is not known yet. */
  readonly status: 200 | 201 | 202;
  readonly order: Order;
  readonly replayed: boolean;
}

/** Places the order that the body asks for. Throws a `Problem` for every other outcome than an order that lives or is done. */
export async function placeOrder(
  context: HttpContext,
  caller: Caller,
  body: AnyOrderBody,
  headerKey: string | null,
): Promise<AnsweredOrder> {
  try {
    const desk = deskOf(context, caller);
    const account = chooseAccount(accountsOf(context, caller), body);
    const intent = toIntent(body, account, caller, headerKey);
    const answered = await placeIntent(context, desk, intent, body.wait_ms);
    context.metrics.orderAnswers.inc({ exchange: body.exchange, answer: answered.order.status });
    return answered;
  } catch (error) {
    const answer =
      error instanceof Problem
        ? error.problemCode
        : error instanceof EngineUnavailable
          ? error.reason
          : 'internal_error';
    context.metrics.orderAnswers.inc({ exchange: body.exchange, answer });
    throw error;
  }
}

/** As `placeOrder`, for an intent that is made already. */
export async function placeIntent(
  context: HttpContext,
  desk: Desk,
  intent: PlaceIntent,
  waitMs: number,
): Promise<AnsweredOrder> {
  return answerPlaced(context, desk, intent, await desk.orders.place(intent), waitMs);
}

/**
 * The earlier answer to a request with the same key; null where there is none. For orders whose quantity is computed when
 * they are placed, so that a repeat must be recognised before it is sized. Throws a `Problem` where the key was used for
 * other content, and `AnsweredBefore` where the same request placed no order.
 */
export async function earlierAnswer(
  context: HttpContext,
  desk: Desk,
  key: string,
  hash: string,
): Promise<AnsweredOrder | null> {
  const known = await context.readModels.idempotency(desk.portfolioId, key);
  if (known === null) return null;
  if (known.contentHash !== hash) throw keyConflict(known.orderId);
  if (known.orderId === null) throw new AnsweredBefore(known.answer);
  const order = await desk.books.order(known.orderId);
  return order === null ? null : { status: 200, order, replayed: true };
}

function keyConflict(orderId: OrderId | null): Problem {
  return new Problem(
    'client_order_id_conflict',
    'This key was used before, with other content; nothing was placed.',
    orderId === null ? {} : { order_id: orderId },
  );
}

/** Waits until an order that the engine took or refused can be answered. Throws a `Problem` for a refusal. */
export async function answerPlaced(
  context: HttpContext,
  desk: Desk,
  intent: PlaceIntent,
  answer: PlaceAnswer,
  waitMs: number,
): Promise<AnsweredOrder> {
  switch (answer.kind) {
    case 'unknown_account':
      throw new Problem('account_not_found', `This node does not serve account ${intent.accountId}.`);
    case 'unknown_instrument':
      throw unlistedProblem(intent.symbol);
    case 'conflict':
      // The same request may have been answered without an order since its key was looked up.
      if (answer.orderId === null && intent.idempotency !== null)
        await earlierAnswer(context, desk, intent.idempotency.key, intent.idempotency.contentHash);
      throw keyConflict(answer.orderId);
    case 'withheld':
      throw new Problem(
        'batch_refused',
        `Not placed because of the order with index ${answer.because} of the batch.`,
        {
          refused_index: answer.because,
          ...(answer.orderId === null ? {} : { order_id: answer.orderId }),
        },
      );
    case 'denied':
      if (answer.replayed) return { status: 200, order: answer.order, replayed: true };
      throw problemOfRefusals(answer.refusals, answer.order.orderId);
    case 'accepted': {
      const order = await settle(desk, answer.order, waitMs);
      if (answer.replayed) return { status: 200, order, replayed: true };
      await throwIfNotPlaced(context, desk, order);
      return { status: isAnswerDue(order) ? 201 : 202, order, replayed: false };
    }
  }
}

/** The order once its answer is due, or as it was accepted when the wait fails: an accepted order exists in any case. */
async function settle(desk: Desk, order: Order, waitMs: number): Promise<Order> {
  try {
    return await desk.orders.settled(order.orderId, waitMs);
  } catch (error) {
    if (error instanceof EngineUnavailable) return order;
    throw error;
  }
}

function isAnswerDue(order: Order): boolean {
  if (isFinished(order.status)) return true;
  switch (order.status) {
    case 'open':
    case 'partially_filled':
    case 'canceling':
      return order.type !== 'market' && order.timeInForce !== 'IOC' && order.timeInForce !== 'FOK';
    case 'armed':
      return true;
    case 'accepted':
    case 'submitting':
    case 'unknown':
    case 'filled':
    case 'canceled':
    case 'rejected':
    case 'denied':
    case 'expired':
    case 'failed':
      return false;
  }
}

/** The problem of a denied order; its first refusal gives the code. */
export function problemOfRefusals(refusals: readonly Refusal[], orderId: OrderId | null): Problem {
  const first = refusals[0];
  const order = orderId === null ? {} : { order_id: orderId };
  if (first === undefined)
    return new Problem('internal_error', 'The order was denied without a reason.', order);
  return new Problem(first.code, first.detail, {
    rule: first.rule,
    limit: first.limit,
    actual: first.actual,
    refusals: refusals.map(({ rule, code, limit, actual, detail }) => ({
      rule,
      code,
      limit,
      actual,
      detail,
    })),
    ...order,
  });
}

async function throwIfNotPlaced(context: HttpContext, desk: Desk, order: Order): Promise<void> {
  const detail = order.reason?.detail ?? '';
  const figures = { order_id: order.orderId };
  if (order.status === 'rejected') {
    const { venueCode, venueMessage } = await venueWords(context, desk, order);
    if (order.reason?.code === 'would_trigger') throw wouldTrigger(order, venueCode, venueMessage);
    const isRefusedHere = venueCode === NOT_EXPRESSIBLE;
    const words = isRefusedHere ? 'cannot take the order, and nothing was sent' : 'refused the order';
    throw new Problem('venue_rejected', `${order.venue} ${words}: ${detail}`, {
      venue_code: venueCode,
      venue_message: venueMessage,
      reason: order.reason?.code ?? null,
      ...figures,
    });
  }
  if (order.status !== 'failed') return;
  const code = order.reason?.code ?? 'not_placed';
  if (code === 'rate_budget' || code === 'throttled') throw new Problem('rate_budget', detail, figures);
  if (isProblemCode(code)) throw new Problem(code, detail, figures);
  throw new Problem('not_placed', `The order was proven never to be placed: ${detail}`, {
    reason: code,
    ...figures,
  });
}

/** The exchange's own refusal, with the market's price that the order was approved on. */
function wouldTrigger(order: Order, venueCode: string | null, venueMessage: string): Problem {
  const market = order.approval === null ? null : marketPriceFor(order, order.approval);
  const stopPrice = order.stopPrice?.toString() ?? null;
  return new Problem(
    'would_trigger',
    `stop_price: ${order.venue} says that a stop at ${stopPrice} would trigger at once; the market was last seen at ${market?.toString() ?? 'no price'}`,
    {
      limit: market?.toString() ?? null,
      actual: stopPrice,
      venue_code: venueCode,
      venue_message: venueMessage,
      order_id: order.orderId,
    },
  );
}

const venueRefusal = z.object({ venueCode: z.string(), venueMessage: z.string() });

/** The venue's own code and text, from the journal. */
async function venueWords(
  context: HttpContext,
  desk: Desk,
  order: Order,
): Promise<{ readonly venueCode: string | null; readonly venueMessage: string }> {
  const fallback = { venueCode: null, venueMessage: order.reason?.detail ?? '' };
  try {
    const records = await context.readModels.recordsOfOrder(desk.portfolioId, order.orderId);
    const refusal = records.findLast((record) => record.type === 'send_refused')?.payload['venueRefusal'];
    const words = venueRefusal.safeParse(refusal);
    return words.success ? words.data : fallback;
  } catch (error) {
    // The order's own reason holds the same words; only their parting is lost.
    if (context.isStorageUnavailable(error)) return fallback;
    throw error;
  }
}

/** Sends an order as answer to the request that asked for it. */
export function sendOrder(reply: FastifyReply, answered: AnsweredOrder): OrderView {
  void reply.code(answered.status);
  if (answered.replayed) void reply.header('Idempotent-Replayed', 'true');
  return toOrderView(answered.order);
}

/**
 * The order once it is finished; as it stands after `waitMs` at the latest, or as it was last known where the journal
 * does not answer.
 */
export async function untilFinished(desk: Desk, order: Order, waitMs: number): Promise<Order> {
  if (isFinished(order.status)) return order;
  // The exchange has answered, and that will not become durable soon.
  if (desk.journalTrouble !== null && desk.orders.isCancelAccepted(order.orderId)) return order;
  const finished = Promise.withResolvers<null>();
  let known = order;
  const look = async (): Promise<void> => {
    try {
      known = (await desk.books.order(order.orderId)) ?? known;
    } catch (error) {
      // The cancel is sent; while the journal stalls only its outcome cannot be read.
      if (!(error instanceof EngineUnavailable)) throw error;
    }
    if (isFinished(known.status)) finished.resolve(null);
  };
  const stopListening = desk.onDurable(({ events }) => {
    if (events.some(({ event }) => 'orderId' in event && event.orderId === order.orderId)) {
      look().catch(finished.reject);
    }
  });
  const timer = setTimeout(() => finished.resolve(null), waitMs);
  try {
    look().catch(finished.reject);
    await finished.promise;
    return known;
  } finally {
    clearTimeout(timer);
    stopListening();
  }
}

/** Longer than the engine takes to notice that its journal stalls. */
const CANCEL_ANSWER_WITHIN_MS = 2_500;

/**
 * Cancels, and answers soon also while the journal stalls: the request to the venue is sent at once in any case, and a
 * second call after the stall is noticed is answered from the emergency log.
 */
export async function cancelSoon(
  desk: Desk,
  orderId: OrderId,
  requestedBy: string,
  why?: string,
  keep?: StopToKeep,
): Promise<CancelAnswer> {
  const first = desk.orders.cancel(orderId, requestedBy, why, keep);
  const late = Promise.withResolvers<null>();
  const timer = setTimeout(() => late.resolve(null), CANCEL_ANSWER_WITHIN_MS);
  try {
    const answer = await Promise.race([first, late.promise]);
    return answer ?? (await Promise.race([first, desk.orders.cancel(orderId, requestedBy, why, keep)]));
  } finally {
    clearTimeout(timer);
  }
}

/** Whether the exchange has accepted the cancel, whether or not the journal holds that yet. */
export function isCancelAccepted(desk: Desk, order: Order): boolean {
  return order.status === 'canceled' || desk.orders.isCancelAccepted(order.orderId);
}

/** The problem of a cancel that reached neither the journal nor the exchange. */
export function cancelNotSent({ order, recorded }: Extract<CancelAnswer, { kind: 'not_sent' }>): Problem {
  return new Problem(
    'venue_unreachable',
    recorded
      ? 'Neither the journal nor the exchange can be reached; the cancel is kept, and nothing was sent yet.'
      : 'Neither the journal nor the exchange can be reached; the cancel waits in memory alone, and nothing was sent yet.',
    { order_id: order.orderId },
  );
}
