/**
 * Requests of callers and their answers, in plain texts and numbers: all that the auditor knows of the service's own words.
 */
import type { WorldVenue } from './wire/worlds.ts';

/** The terms that `place` was asked with. Figures are plain decimals. */
export interface Asked {
  /** Unique per call; carried as the order's `strategy`, which a repeat does not change. */
  readonly label: string;
  readonly symbol: string;
  readonly side: string;
  readonly positionSide: string;
  readonly reduceOnly: boolean;
  readonly type: string;
  readonly quantity: string | null;
  readonly cost: string | null;
  readonly price: string | null;
  readonly stopPrice: string | null;
  readonly trigger: string | null;
  readonly timeInForce: string;
  readonly postOnly: boolean;
  /** How far a market order may go through the touch; null: as by default. */
  readonly marketProtectionBps: number | null;
  readonly key: string | null;
  /** Two calls with one key and the same content are one request. */
  readonly content: string;
}

export interface AnsweredRefusal {
  readonly rule: string;
  readonly code: string;
  readonly limit: string | null;
  readonly actual: string | null;
  readonly detail: string;
}

export type Answered =
  /** No answer came: the process died, or was frozen for longer than the caller waited. */
  | { readonly kind: 'nothing' }
  | {
      readonly kind: 'accepted';
      readonly orderId: string;
      readonly venueClientOrderId: string;
      readonly replayed: boolean;
    }
  | {
      readonly kind: 'denied';
      readonly orderId: string;
      readonly refusals: readonly AnsweredRefusal[];
      readonly replayed: boolean;
    }
  | { readonly kind: 'conflict'; readonly orderId: string }
  | { readonly kind: 'unknown_instrument' }
  /** Another order of its all-or-none batch was not taken. */
  | { readonly kind: 'withheld'; readonly orderId: string | null }
  /** Nothing was journaled, says the service. */
  /** `isInDoubt`: the answer named an order that may or may not have been journaled. */
  | { readonly kind: 'unavailable'; readonly reason: string; readonly isInDoubt: boolean }
  | { readonly kind: 'broken'; readonly detail: string };

export interface PlaceCall {
  readonly asked: Asked;
  readonly at: number;
  readonly process: string;
  /** When the service had it, and when the caller had the answer. */
  arrivedAt: number | null;
  answeredAt: number | null;
  answer: Answered;
}

export interface CancelCall {
  readonly orderId: string;
  readonly venueClientOrderId: string;
  readonly symbol: string;
  readonly at: number;
  readonly process: string;
  /** When the service had it, and when the caller had the answer. */
  arrivedAt: number | null;
  answeredAt: number | null;
  /** Whether the process had reached the venue when the call arrived, and had not just woken from a freeze. */
  wasAtWork: boolean;
  answer:
    | 'nothing'
    | 'canceling'
    | 'annulled'
    | 'already_finished'
    | 'withdrawn'
    | 'unknown_order'
    | 'no_account'
    | 'not_sent'
    | 'unavailable'
    | 'broken';
}

/** From the acknowledgement of the kill switch until somebody asks for its release. */
export interface KillSwitchWindow {
  readonly from: number;
  until: number;
}

/** From the acknowledgement of a trading state until somebody asks for a looser one. */
export interface TradingStateWindow extends KillSwitchWindow {
  readonly state: 'reduce_only' | 'halted';
  /** The instrument that it is for; null for all. */
  readonly symbol: string | null;
  /** The venue of that instrument. */
  readonly venue: WorldVenue;
}

/** A try of a caller at another account than the one that its token is for. */
export interface Trespass {
  readonly what: 'place' | 'cancel';
  /** Carried as the strategy of an order that it would place. */
  readonly label: string;
  /** The code of a refusal, or the kind of the answer. */
  answer: string;
}

export interface CallLog {
  readonly killSwitch: readonly KillSwitchWindow[];
  readonly tradingStates: readonly TradingStateWindow[];
  readonly places: PlaceCall[];
  /** The labels of the orders of each all-or-none batch. */
  readonly batches: readonly (readonly string[])[];
  readonly cancels: CancelCall[];
  readonly trespasses: readonly Trespass[];
}
