/** Why an order is in the state that it is in: a closed union with a stable code, and a sentence for people. */
import type { RefusalCode } from '../risk/refusal.ts';
import type { NotSentReason, VenueRefusal } from '../venue/outcome.ts';

/** Reasons that neither a rule, the venue nor a single send gives. */
export type OwnOrderReason =
  /** Sent, and neither outcome is proven yet. */
  | 'unknown'
  /** Two look-ups past the lifetime of the request found nothing: it was never placed. */
  | 'absent'
  /** Its time to be sent has passed before it could be placed. */
  | 'not_placed'
  /** Another order of its all-or-none batch was refused. */
  | 'batch_refused'
  /** Canceled by the service: by itself, or by a request that was about more than this order. */
  | 'canceled_by_service'
  /** Its paper account began anew. */
  | 'account_reset';

/** How the venue says that an order ended which it had taken, where that is not by our request. */
export type VenueEnding = 'filled' | 'canceled' | 'expired' | 'rejected';

export type OrderReasonCode =
  | RefusalCode
  | VenueRefusal['kind']
  | NotSentReason
  | VenueEnding
  | OwnOrderReason;

export interface OrderReason {
  readonly code: OrderReasonCode;
  readonly detail: string;
}
