/**
 * The fate of an order that was placed for a stop.
 *
 * Entry points: `fateOf` by the books, `wordsOf` by the answer to its placement. Pure.
 */
import type { TimeMs } from '../core/ids.ts';
import type { Order } from '../core/order/order.ts';
import type { PlaceAnswer } from './desk.ts';

/** Of an order in a stop's place: whether it is in the market, may be, or is not. */
export function fateOf(order: Order, now: TimeMs): 'works' | 'waits' | 'lost' {
  switch (order.status) {
    case 'accepted':
    case 'submitting':
    case 'unknown':
      return 'waits';
    case 'armed':
    case 'open':
    case 'partially_filled':
    case 'canceling':
    case 'filled':
    // Somebody has canceled it, and knows that it is gone.
    case 'canceled':
      return 'works';
    case 'expired':
      return order.stopTriggered || (order.expiresAt !== null && order.expiresAt <= now) ? 'works' : 'lost';
    case 'rejected':
    case 'denied':
    case 'failed':
      return 'lost';
  }
}

/** Why a placement was not taken. */
export function wordsOf(answer: Exclude<PlaceAnswer, { readonly kind: 'accepted' }>): string {
  switch (answer.kind) {
    case 'denied':
      return answer.refusals[0]?.detail ?? 'it was denied';
    case 'conflict':
    case 'withheld':
      return 'another order has its key';
    case 'unknown_account':
      return 'its account is not served here';
    case 'unknown_instrument':
      return 'its instrument is not listed now';
  }
}
