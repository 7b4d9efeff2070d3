/** Cancels: never judged by a risk rule, never waiting for the journal, sent again until the order is finished. */
import type { OrderId } from '../ids.ts';
import type { Draft } from '../portfolio/draft.ts';
import { currentOrder, applyTransition } from './apply-transition.ts';
import { isFinished } from './transitions.ts';

export type CancelReply =
  | { readonly kind: 'canceling'; readonly orderId: OrderId }
  /** It was not on its way, and now never will be. */
  | { readonly kind: 'annulled'; readonly orderId: OrderId }
  | { readonly kind: 'already_finished'; readonly orderId: OrderId };

/** `why` is null where somebody asked for the cancel of this very order; one that is `onceDurable` waits for the journal. */
export function cancelOrder(
  draft: Draft,
  orderId: OrderId,
  requestedBy: string,
  why: string | null = null,
  onceDurable = false,
): CancelReply {
  const order = currentOrder(draft, orderId);
  if (isFinished(order.status)) return { kind: 'already_finished', orderId };
  const cause = why === null ? {} : { why };
  if (order.status === 'accepted' || order.status === 'armed') {
    draft.emit({ type: 'order_annulled', orderId, requestedBy, ...cause });
    return { kind: 'annulled', orderId };
  }
  if (order.status === 'submitting' && draft.withhold(orderId)) {
    endWithheld(draft, orderId, requestedBy, cause);
    return { kind: 'annulled', orderId };
  }
  if (!order.cancelRequested) {
    applyTransition(draft, orderId, 'cancel_requested', {
      type: 'cancel_requested',
      orderId,
      requestedBy,
      ...cause,
    });
  }
  if (order.status === 'submitting') draft.effect({ type: 'annul', orderId });
  draft.effect({ type: 'cancel', orderId, ...(onceDurable ? { onceDurable } : {}) });
  return { kind: 'canceling', orderId };
}

/** The attempt stands in the same draft as its cancel: nothing has it yet but us. */
function endWithheld(
  draft: Draft,
  orderId: OrderId,
  requestedBy: string,
  cause: { readonly why?: string },
): void {
  applyTransition(draft, orderId, 'send_not_sent', {
    type: 'send_not_sent',
    orderId,
    n: currentOrder(draft, orderId).attempts.length,
    notSentReason: 'annulled',
    detail: 'canceled before it was sent',
    retryAt: null,
  });
  draft.emit({ type: 'order_annulled', orderId, requestedBy, ...cause });
}

/** A cancel that was asked for while the order was not known to work is sent once it is. */
export function reissueCancel(draft: Draft, orderId: OrderId): void {
  const order = currentOrder(draft, orderId);
  if (!order.cancelRequested || (order.status !== 'open' && order.status !== 'partially_filled')) return;
  applyTransition(draft, orderId, 'cancel_requested', {
    type: 'cancel_requested',
    orderId,
    requestedBy: order.cancelCause?.by ?? order.requestedBy,
    ...(order.cancelCause === undefined ? {} : { why: order.cancelCause.why }),
  });
  draft.effect({ type: 'cancel', orderId });
}
