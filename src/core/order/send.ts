/** Takes the outcome of a send, one of four, and retries or ends an order that provably was not placed. */
import type { OrderReasonCode } from './reason.ts';
import type { OrderId, TimeMs } from '../ids.ts';
import type { Draft } from '../portfolio/draft.ts';
import { sendDeadlineOf } from '../portfolio/steady-time.ts';
import { RECONCILIATION, resolveDrift } from '../reconcile/resolve.ts';
import { review } from '../risk/review.ts';
import type { MarketContext } from '../risk/rule.ts';
import type { NotSentReason, SendOutcome, VenueRefusal } from '../venue/outcome.ts';
import { reissueCancel } from './cancel.ts';
import { closeNowIfReached } from './close-now.ts';
import { bookFill, settleParkedFills, type SettingOf } from './fills.ts';
import { currentOrder, applyTransition, openContradiction } from './apply-transition.ts';
import { wasTakenAndRejected, type Order } from './order.ts';
import { attemptSend } from './place.ts';
import { noteReport } from './report.ts';

/** Sends after the first one. */
export const MAX_RETRIES = 3;
const FIRST_RETRY_MS = 200;
const LONGEST_RETRY_MS = 5_000;

/** Whether a send that provably never left may be tried again, by its reason. */
const RETRYABLE: Readonly<Record<NotSentReason, boolean>> = {
  expired: true,
  rate_budget: true,
  annulled: false,
  throttled: true,
  connect_failed: true,
  breaker_open: false,
  timestamp_refused: true,
};

/** The stable code of an order that failed for a reason. */
const FAILURE_CODE: Readonly<Record<NotSentReason, 'not_placed' | 'rate_budget' | 'breaker_open'>> = {
  expired: 'not_placed',
  rate_budget: 'rate_budget',
  annulled: 'not_placed',
  throttled: 'not_placed',
  connect_failed: 'not_placed',
  breaker_open: 'breaker_open',
  timestamp_refused: 'not_placed',
};

/**
 * Books the outcome of attempt `n`. `jitter` is a fraction from 0 to 1, made by the shell.
 * An outcome of an attempt that is not the last one says nothing any more and is left out, but for an acceptance:
 * the attempt had been proven absent, so the proof was wrong.
 */
export function noteSendOutcome(
  draft: Draft,
  orderId: OrderId,
  n: number,
  outcome: SendOutcome,
  jitter: number,
  settingOf: SettingOf,
): void {
  const order = currentOrder(draft, orderId);
  if (order.attempts.length !== n) {
    if (outcome.kind !== 'accepted') return;
    openContradiction(
      draft,
      order,
      'accepted',
      `attempt ${n} was accepted although it had been proven absent`,
    );
  }
  switch (outcome.kind) {
    case 'accepted':
      if (!wasTakenAndRejected(order, outcome.venueOrderId))
        applyTransition(draft, orderId, 'send_accepted', {
          type: 'send_accepted',
          orderId,
          n,
          venueOrderId: outcome.venueOrderId,
        });
      linkIfNew(draft, orderId, outcome.venueOrderId);
      for (const fill of outcome.fills) bookFill(draft, order.accountId, fill, settingOf);
      if (outcome.report !== null) noteReport(draft, order.accountId, outcome.report);
      reissueCancel(draft, orderId);
      break;
    case 'refused':
      if (outcome.reason.kind === 'duplicate_client_order_id') {
        noteUnknown(
          draft,
          orderId,
          n,
          `the venue knows this client id already: ${outcome.reason.venueCode}`,
          true,
        );
      } else if (closesInstead(order, outcome.reason)) {
        applyTransition(draft, orderId, 'send_not_sent', {
          type: 'stop_reached',
          orderId,
          n,
          venueRefusal: outcome.reason,
        });
      } else {
        applyTransition(draft, orderId, 'send_refused', {
          type: 'send_refused',
          orderId,
          n,
          venueRefusal: outcome.reason,
        });
      }
      break;
    case 'not_sent': {
      const retryAt = RETRYABLE[outcome.reason]
        ? retryTime(
            order,
            draft.at,
            sendDeadlineOf(draft.state, order),
            jitter,
            outcome.reason === 'rate_budget',
          )
        : null;
      const applied = applyTransition(draft, orderId, 'send_not_sent', {
        type: 'send_not_sent',
        orderId,
        n,
        notSentReason: outcome.reason,
        detail: outcome.detail,
        retryAt,
      });
      if (applied) endIfNotRetried(draft, orderId, FAILURE_CODE[outcome.reason], outcome.detail);
      break;
    }
    case 'unknown':
      noteUnknown(draft, orderId, n, outcome.detail);
      break;
  }
  settleParkedFills(draft, order.accountId, order.symbol, settingOf);
}

/** Whether a refused stop is to be closed at the market: it is sent again at once, as a market order. */
function closesInstead(order: Order, { kind }: VenueRefusal): boolean {
  return (
    kind === 'would_trigger' &&
    order.onWouldTrigger === 'close_now' &&
    order.stopPrice !== null &&
    !order.cancelRequested
  );
}

function noteUnknown(draft: Draft, orderId: OrderId, n: number, detail: string, landed = false): void {
  if (!applyTransition(draft, orderId, 'send_unknown', { type: 'send_unknown', orderId, n, detail, landed }))
    return;
  draft.effect({ type: 'look_up', orderId });
}

function linkIfNew(draft: Draft, orderId: OrderId, venueOrderId: Order['venueOrderIds'][number]): void {
  if (!currentOrder(draft, orderId).venueOrderIds.includes(venueOrderId)) {
    draft.emit({ type: 'venue_order_linked', orderId, venueOrderId });
  }
}

/**
 * When an order that provably was not placed is tried again; null when it is not: too often, or at its `deadline` or later.
 * Waiting for the rate budget is no failed try: it goes on for as long as the order may still be sent.
 */
export function retryTime(
  order: Order,
  at: TimeMs,
  deadline: TimeMs,
  jitter: number,
  isQueueing = false,
): TimeMs | null {
  if (order.cancelRequested || (order.attempts.length > MAX_RETRIES && !isQueueing)) return null;
  const backoffMs = isQueueing
    ? FIRST_RETRY_MS
    : Math.min(FIRST_RETRY_MS * 2 ** (order.attempts.length - 1), LONGEST_RETRY_MS);
  const retryAt = at + Math.round(backoffMs * (0.5 + jitter / 2));
  return retryAt < deadline ? retryAt : null;
}

/** Ends an `accepted` order that will not be tried again: canceled if that was asked, failed otherwise. */
export function endIfNotRetried(draft: Draft, orderId: OrderId, code: OrderReasonCode, detail: string): void {
  const order = currentOrder(draft, orderId);
  if (order.retryAt !== null) return;
  if (order.cancelRequested)
    draft.emit({
      type: 'order_annulled',
      orderId,
      requestedBy: order.cancelCause?.by ?? order.requestedBy,
      ...(order.cancelCause === undefined ? {} : { why: order.cancelCause.why }),
    });
  else draft.emit({ type: 'order_given_up', orderId, code, detail });
}

/** A retry has come due: still in time, and still approved against everything that is in flight now? */
export function retrySend(draft: Draft, orderId: OrderId, context: MarketContext): void {
  const order = currentOrder(draft, orderId);
  if (order.status !== 'accepted') return;
  if (draft.at >= sendDeadlineOf(draft.state, order)) {
    draft.emit({
      type: 'order_given_up',
      orderId,
      code: 'not_placed',
      detail: `not placed within ${order.sendWithinMs} ms`,
    });
    return;
  }
  const taken = closeNowIfReached(draft, order, context);
  const { approved, refusals } = review(draft.state, taken, taken, context, orderId);
  if (approved === null) {
    const first = refusals[0];
    draft.emit({
      type: 'order_given_up',
      orderId,
      code: first?.code ?? 'not_placed',
      detail: `not approved again for a retry: ${first?.detail ?? ''}`,
    });
    return;
  }
  attemptSend(draft, orderId, context);
}

/**
 * After a restart: what was on its way when the process stopped may or may not have arrived. A case of an order that could
 * not be proven is settled where the order has ended since.
 */
export function noteRestart(draft: Draft): void {
  for (const drift of draft.state.drift.values()) {
    const orderId = drift.kind === 'unprovable_order' ? drift.orderId : null;
    if (orderId !== null && draft.state.unfinished.get(orderId)?.status !== 'unknown')
      resolveDrift(draft, drift.driftId, RECONCILIATION, 'what became of the order is known');
  }
  for (const order of draft.state.unfinished.values()) {
    if (order.status === 'submitting') {
      noteUnknown(draft, order.orderId, order.attempts.length, 'the service stopped before an answer came');
    }
  }
}
