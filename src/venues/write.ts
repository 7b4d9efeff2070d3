/**
 * Carries out one request that has an effect at a venue, and says what is proven of it.
 *
 * Entry points: `Write`, `carryOut`. A venue's folder says how the request leaves, what its codes mean and how its answer
 * reads; the rest is the same for an order, a cancel and a setting at any venue.
 *
 * Invariants:
 *  1. A write leaves once.
 *  2. Only an answer that could be read proves a success; one that cannot be is `unknown`.
 *  3. An unknown outcome starts a harmless read, so that the breaker learns of the venue's state.
 */
import type { TimeMs } from '../core/ids.ts';
import type { JsonValue } from '../core/json.ts';
import {
  NOT_EXPRESSIBLE,
  type CancelOutcome,
  type SendOutcome,
  type VenueRefusal,
} from '../core/venue/outcome.ts';
import type { SettingOutcome } from '../core/venue/setting.ts';
import type { RawAnswer } from './ccxt/dispatcher.ts';
import { MalformedAnswer } from './ccxt/exact-json.ts';
import type { NamedEndpoint, Parameters } from './ccxt/exchange.ts';
import type { Lane, SendRequest } from './gateway.ts';
import type { VenueRequests } from './requests.ts';

/** The end of a request that was to be sent once. */
export type WriteResult =
  | { readonly kind: 'answered'; readonly answer: RawAnswer }
  | {
      readonly kind: 'not_sent';
      readonly reason: 'expired' | 'connect_failed' | 'rate_budget' | 'annulled';
      readonly detail: string;
    }
  | { readonly kind: 'lost'; readonly detail: string };

/** The end of a request, or the outcome that a reading before it proved, so that it did not leave. */
export type Departed<Outcome> = WriteResult | { readonly kind: 'concluded'; readonly outcome: Outcome };

/** An answer that is no error: what it proves stands in its body. */
export interface Answered {
  readonly kind: 'answered';
  readonly body: JsonValue;
}

type Refused = Extract<SendOutcome, { kind: 'refused' }>;
type NotSent = Extract<SendOutcome, { kind: 'not_sent' }>;
type Unknown = Extract<SendOutcome, { kind: 'unknown' }>;

/** The proof that status, code and text of an answer give, for any write. */
export type Classified = Answered | Refused | NotSent | Unknown;

/** A request that this venue has no form for; its capabilities say so beforehand. */
export class Inexpressible extends Error {
  override readonly name = 'Inexpressible';
}

/** A write that is ready to leave. */
export interface Write<Outcome> {
  /** Names the content of a success, for an answer that lacks it: `an order`. */
  readonly expected: string;
  /** Sends it; called once. */
  readonly leave: () => Promise<Departed<Outcome>>;
  readonly classify: (answer: RawAnswer) => Answered | Outcome;
  /** The outcome that the body of a success proves. Throws `MalformedAnswer` for one that cannot be read. */
  readonly read: (body: JsonValue) => Outcome;
}

/** Is notified of the end of a write. */
export interface WriteWatch {
  readonly breaker: { probe(): void };
  measureClock(): void;
}

/** Sends a write and says what is proven of it. Never rejects for anything on the wire. */
export async function carryOut<Outcome extends SendOutcome | CancelOutcome | SettingOutcome>(
  write: Write<Outcome>,
  watch: WriteWatch,
): Promise<Outcome | NotSent | Unknown> {
  const result = await write.leave();
  if (result.kind === 'not_sent') return result;
  if (result.kind === 'concluded') return result.outcome;
  const verdict: Answered | Outcome | Unknown =
    result.kind === 'lost' ? { kind: 'unknown', detail: result.detail } : write.classify(result.answer);
  switch (verdict.kind) {
    case 'answered':
      return read(write, verdict.body);
    case 'not_sent':
      if (verdict.reason === 'timestamp_refused') watch.measureClock();
      return verdict;
    case 'unknown':
      watch.breaker.probe();
      return verdict;
    case 'accepted':
    case 'set':
    case 'not_found':
    case 'refused':
      return verdict;
  }
}

function read<Outcome>(write: Write<Outcome>, body: JsonValue): Outcome | Unknown {
  try {
    return write.read(body);
  } catch (error) {
    if (error instanceof MalformedAnswer)
      return { kind: 'unknown', detail: `an answer without ${write.expected}: ${error.message}` };
    throw error;
  }
}

/** How a write leaves. */
export interface WriteTerms {
  readonly lane: Lane;
  /** The time that it is signed with, venue clock; null signs it as it leaves. */
  readonly signedAt: TimeMs | null;
  /** For how long from then the venue may act on it. */
  readonly lifetimeMs: number;
  /** Takes it back as long as it has not left. */
  readonly annul?: AbortSignal;
}

/** A create leaves in the lane of its urgency, signed with the journaled time, unless it is annulled before. */
export function sendTerms(request: SendRequest): WriteTerms {
  return {
    lane: request.closing ? 'close' : 'new',
    signedAt: request.signedAt,
    lifetimeMs: request.requestLifetimeMs,
    annul: request.annul,
  };
}

/** A setting, signed as it leaves in the lane of new orders. */
export function settingWrite<Endpoint extends NamedEndpoint>(
  requests: Pick<VenueRequests<Endpoint>, 'writeNow'>,
  endpoint: Endpoint,
  parameters: Parameters,
  answer: Pick<Write<SettingOutcome>, 'classify' | 'read'>,
): Write<SettingOutcome> {
  return {
    ...answer,
    expected: 'the setting',
    leave: async () => requests.writeNow(endpoint, parameters, 'new'),
  };
}

/** Refused by ourselves: the venue could not take it, and nothing was sent. */
export function refusedHere(
  kind: 'instrument_closed' | 'position_mode' | 'other',
  message: string,
): {
  readonly kind: 'refused';
  readonly reason: VenueRefusal & { readonly kind: typeof kind };
} {
  return { kind: 'refused', reason: { kind, venueCode: NOT_EXPRESSIBLE, venueMessage: message } };
}
