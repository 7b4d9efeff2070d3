/**
 * A venue's answers by what they prove. Only proof makes a refusal or an absence: every other answer is `unknown` or
 * `failed`, and stays so until a look-up settles it.
 */
import type { TimeMs, VenueOrderId } from '../ids.ts';
import type { OrderReport, VenueFill } from './report.ts';

export type SendOutcome =
  | {
      readonly kind: 'accepted';
      readonly venueOrderId: VenueOrderId;
      /** The order as the answer showed it; null when the answer gave only its id. */
      readonly report: OrderReport | null;
      /** Executions the answer itemised with their trade ids; often empty. */
      readonly fills: readonly VenueFill[];
    }
  | { readonly kind: 'refused'; readonly reason: VenueRefusal }
  /** Proven never to have left us, or never to have been admitted. */
  | { readonly kind: 'not_sent'; readonly reason: NotSentReason; readonly detail: string }
  | { readonly kind: 'unknown'; readonly detail: string };

export type NotSentReason =
  /** `signedAt + requestLifetimeMs` passed before it reached the socket. */
  | 'expired'
  /** The rate budget had no room in time. */
  | 'rate_budget'
  /** The venue said it was throttled before it looked at the order. */
  | 'throttled'
  /** A cancel overtook it while it waited for the rate budget. */
  | 'annulled'
  /** No connection was made. */
  | 'connect_failed'
  /** The breaker of this account is open. */
  | 'breaker_open'
  /** The venue refused the timestamp: it was outside the lifetime when it arrived. */
  | 'timestamp_refused';

/** `venueCode` of what was refused here, because the venue could not take it: nothing was sent. */
export const NOT_EXPRESSIBLE = 'not_expressible';

/** The venue's own words for a refusal, and what we make of them. */
export interface VenueRefusal {
  readonly kind:
    | 'insufficient_balance'
    | 'filter'
    /** Post-only would have taken. */
    | 'would_take'
    /** IOC or FOK that found no match, where the venue refuses instead of expiring. */
    | 'no_match'
    | 'reduce_only'
    | 'price_band'
    | 'too_many_orders'
    | 'instrument_closed'
    | 'authentication'
    /** This client id is taken: proof that an earlier attempt landed. */
    | 'duplicate_client_order_id'
    | 'would_trigger'
    /** The account is in a position mode that we do not trade in. */
    | 'position_mode'
    | 'other';
  /** The venue's own code, such as `-2010`. */
  readonly venueCode: string;
  /** The venue's own text, stripped of NUL. */
  readonly venueMessage: string;
}

export type CancelOutcome =
  /** The venue says the order is canceled, or will be; `report` when the answer showed its state. */
  | { readonly kind: 'accepted'; readonly report: OrderReport | null }
  /** The venue knows no such working order: finished, or not there yet. Proves nothing by itself: look it up. */
  | { readonly kind: 'not_found'; readonly venueCode: string; readonly venueMessage: string }
  | { readonly kind: 'refused'; readonly reason: VenueRefusal }
  | { readonly kind: 'not_sent'; readonly reason: NotSentReason; readonly detail: string }
  | { readonly kind: 'unknown'; readonly detail: string };

export type LookUpAnswer =
  | { readonly kind: 'found'; readonly report: OrderReport }
  /** The direct look-up did not find it and nothing else was asked: proves nothing. */
  | { readonly kind: 'not_seen' }
  /**
   * Look-up, open orders and history were all asked and none knew the id.
   * `venueTime` is the venue's clock read **before** the first of those questions;
   * null when it could not be had, and then the absence counts for nothing.
   * `fills` are all executions on the instrument since `since`: the caller checks that each has an owner.
   */
  | { readonly kind: 'absent'; readonly venueTime: TimeMs | null; readonly fills: readonly VenueFill[] }
  | { readonly kind: 'failed'; readonly detail: string };
