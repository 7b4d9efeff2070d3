/** The venue's answer to a cancel. It acknowledges the request and is not the order's outcome: a fill may still follow. */
import type { OrderId } from '../ids.ts';
import type { Draft } from '../portfolio/draft.ts';
import type { CancelOutcome } from '../venue/outcome.ts';
import { currentOrder, applyTransition } from './apply-transition.ts';
import { noteReport } from './report.ts';

export function noteCancelOutcome(draft: Draft, orderId: OrderId, outcome: CancelOutcome): void {
  const order = currentOrder(draft, orderId);
  switch (outcome.kind) {
    case 'accepted':
      if (outcome.report === null) draft.effect({ type: 'look_up', orderId });
      else noteReport(draft, order.accountId, outcome.report);
      return;
    case 'not_found':
    case 'unknown':
      // Finished, not there yet, or lost: only a look-up proves which. Until then the order and its hold stay as they are.
      draft.effect({ type: 'look_up', orderId });
      return;
    case 'refused':
      applyTransition(draft, orderId, 'cancel_refused', {
        type: 'cancel_refused',
        orderId,
        venueRefusal: outcome.reason,
      });
      draft.effect({ type: 'look_up', orderId });
      return;
    case 'not_sent':
      // Still `canceling` (or its flag is set): the engine's follow-up sends it again.
      return;
  }
}
