/**
 * The proof that a venue's answers give, from status, code and text alone.
 *
 * Entry points: `Classifier`, made of a venue's `AnswerRules`; `meaningsOf` for its table of codes. A venue's folder says how its
 * answers put an error into words and what each code means; what may be concluded is the same everywhere.
 *
 * Invariants:
 *  1. A 5xx is `unknown` whatever its body says, but for texts that the venue itself calls a failure (`isCertainFailure`).
 *  2. A code that is in no table proves nothing, nor does an answer that cannot be read.
 *  3. Only a 2xx is a success.
 */
import type { JsonValue } from '../core/json.ts';
import type { CancelOutcome, VenueRefusal } from '../core/venue/outcome.ts';
import { MalformedAnswer, excerpt, parseExactJson } from './ccxt/exact-json.ts';
import type { RawAnswer } from './ccxt/dispatcher.ts';
import type { ClassifiedRead } from './read-answer.ts';
import type { Classified } from './write.ts';

/** The meaning of a venue's code for any request that has an effect. */
export type Meaning =
  | { readonly kind: 'unknown' }
  | { readonly kind: 'not_sent'; readonly reason: 'throttled' | 'timestamp_refused' }
  | { readonly kind: 'refused'; readonly as: VenueRefusal['kind'] }
  /** The text decides: `AnswerRules.texts`. */
  | { readonly kind: 'by_text' };

export const UNKNOWN: Meaning = { kind: 'unknown' };
export const THROTTLED: Meaning = { kind: 'not_sent', reason: 'throttled' };
export const TIMESTAMP: Meaning = { kind: 'not_sent', reason: 'timestamp_refused' };
export const BY_TEXT: Meaning = { kind: 'by_text' };
export const refusedAs = (as: VenueRefusal['kind']): Meaning => ({ kind: 'refused', as });

/** Codes by what they mean, as a venue's folder writes them. */
export type CodeTable = readonly (readonly [Meaning, readonly (number | string)[]])[];

/** The tables as one, by code; of a code that stands in several the last entry holds. */
export function meaningsOf(...tables: readonly CodeTable[]): ReadonlyMap<string, Meaning> {
  return new Map(
    tables.flat().flatMap(([meaning, codes]) => codes.map((code) => [String(code), meaning] as const)),
  );
}

/** An error that the venue put in words. */
export interface VenueError {
  readonly code: string;
  readonly message: string;
}

/** The content of a body: the result that readers get, an error, or neither. */
export type StatedAnswer =
  | { readonly kind: 'result'; readonly result: JsonValue }
  | ({ readonly kind: 'error' } & VenueError)
  | { readonly kind: 'nothing'; readonly detail: string };

/** How one venue's answers are to be understood. */
export interface AnswerRules {
  /** Throws `MalformedAnswer`, which states nothing. */
  readonly stated: (body: JsonValue) => StatedAnswer;
  readonly meanings: ReadonlyMap<string, Meaning>;
  /** Texts of the codes whose text decides, first match; what matches none is `other`. */
  readonly texts: readonly (readonly [RegExp, VenueRefusal['kind']])[];
  /**
   * Statuses that come before a request is looked at, where the body states no error; `timestamp_refused` for one that may as well be about
   * the keys (Coinbase's 401).
   */
  readonly byStatus: Readonly<Record<number, 'throttled' | 'authentication' | 'timestamp_refused'>>;
  /** Whether a 5xx with this error says that the request was certainly not carried out; never unless given. */
  readonly isCertainFailure?: (status: number, error: VenueError) => boolean;
  /** The meaning of an error for a cancel, where it is not that for any request: null. */
  readonly ofCancel: (error: VenueError) => 'not_found' | 'refused' | null;
  /** Codes of a setting that say that it is as it was asked for. */
  readonly alreadySo: ReadonlySet<string>;
  /** Codes of a reading that say that there is no such order. */
  readonly noSuchOrder: ReadonlySet<string>;
  /** Whether an error of a reading says so by its text, below a code that means more than that (KuCoin's 400100). */
  readonly saysNoSuchOrder?: (error: VenueError) => boolean;
}

export type ClassifiedCancel = Classified | Extract<CancelOutcome, { kind: 'not_found' }>;
export type ClassifiedSetting = Classified | { readonly kind: 'set' };

/** Characters of a venue's message that are kept: it may reach the journal. */
const LONGEST_MESSAGE = 500;

export class Classifier {
  readonly #rules: AnswerRules;

  constructor(rules: AnswerRules) {
    this.#rules = rules;
  }

  /** For creates, and for other requests that have an effect. */
  send(answer: RawAnswer): Classified {
    return this.#classify(answer, this.#stated(answer));
  }

  cancel(answer: RawAnswer): ClassifiedCancel {
    const stated = this.#stated(answer);
    const error = provenError(answer, stated);
    const meaning = error === null ? null : this.#rules.ofCancel(error);
    if (error === null || meaning === null) return this.#classify(answer, stated);
    return meaning === 'refused'
      ? { kind: 'refused', reason: refusal('other', error) }
      : { kind: 'not_found', venueCode: error.code, venueMessage: error.message };
  }

  /** For leverage, margin mode and position mode. */
  setting(answer: RawAnswer): ClassifiedSetting {
    const stated = this.#stated(answer);
    const error = provenError(answer, stated);
    if (error !== null && this.#rules.alreadySo.has(error.code)) return { kind: 'set' };
    return this.#classify(answer, stated);
  }

  read(answer: RawAnswer): ClassifiedRead {
    const stated = this.#stated(answer);
    const error = provenError(answer, stated);
    const { noSuchOrder, saysNoSuchOrder } = this.#rules;
    const isAbsent = error !== null && (noSuchOrder.has(error.code) || saysNoSuchOrder?.(error) === true);
    if (isAbsent) return { kind: 'no_such_order' };
    const classified = this.#classify(answer, stated);
    switch (classified.kind) {
      case 'answered':
        return { kind: 'ok', body: classified.body };
      case 'refused':
        return {
          kind: 'refused',
          detail: `${classified.reason.venueCode} ${classified.reason.venueMessage}`,
        };
      case 'not_sent':
        return {
          kind: 'retryable',
          detail: classified.detail,
          unhealthy: classified.reason === 'throttled',
          clockRefused: classified.reason === 'timestamp_refused',
        };
      case 'unknown':
        return {
          kind: 'retryable',
          detail: classified.detail,
          // A code shows that the venue is at work; no code, or a page of a proxy, shows the contrary.
          unhealthy: answer.status >= 500 || stated.kind !== 'error',
          clockRefused: false,
        };
    }
  }

  /** Whether the answer says that we ask too much. */
  isThrottled(answer: RawAnswer): boolean {
    const classified = this.send(answer);
    return classified.kind === 'not_sent' && classified.reason === 'throttled';
  }

  /** The code of the error that an answer states; null where it states none. */
  codeOf(answer: RawAnswer): string | null {
    const stated = this.#stated(answer);
    return stated.kind === 'error' ? stated.code : null;
  }

  #stated(answer: RawAnswer): StatedAnswer {
    try {
      const stated = this.#rules.stated(parseExactJson(answer.body));
      return stated.kind === 'error'
        ? { ...stated, message: excerpt(stated.message, LONGEST_MESSAGE) }
        : stated;
    } catch (error) {
      if (error instanceof MalformedAnswer) return { kind: 'nothing', detail: error.message };
      throw error;
    }
  }

  #classify({ status }: RawAnswer, stated: StatedAnswer): Classified {
    if (stated.kind === 'error') return this.#ofError(status, stated);
    switch (this.#rules.byStatus[status]) {
      case 'throttled':
        return { kind: 'not_sent', reason: 'throttled', detail: `HTTP ${status}` };
      case 'timestamp_refused': {
        const detail = `HTTP ${status}: the keys or the time of the request were refused`;
        return { kind: 'not_sent', reason: 'timestamp_refused', detail };
      }
      case 'authentication': {
        const venueMessage = 'the keys were refused';
        return {
          kind: 'refused',
          reason: { kind: 'authentication', venueCode: String(status), venueMessage },
        };
      }
      case undefined:
        break;
    }
    if (stated.kind === 'nothing') return { kind: 'unknown', detail: `HTTP ${status}, ${stated.detail}` };
    if (status < 200 || status > 299) return { kind: 'unknown', detail: `HTTP ${status} without a code` };
    return { kind: 'answered', body: stated.result };
  }

  #ofError(status: number, error: VenueError): Classified {
    const { isCertainFailure, meanings, texts } = this.#rules;
    const detail = `HTTP ${status} ${error.code} ${error.message}`;
    if (status >= 500)
      return isCertainFailure?.(status, error) === true
        ? { kind: 'not_sent', reason: 'throttled', detail }
        : { kind: 'unknown', detail };
    const meaning = meanings.get(error.code) ?? UNKNOWN;
    switch (meaning.kind) {
      case 'unknown':
        return { kind: 'unknown', detail };
      case 'not_sent':
        return { kind: 'not_sent', reason: meaning.reason, detail };
      case 'refused':
        return { kind: 'refused', reason: refusal(meaning.as, error) };
      case 'by_text': {
        const known = texts.find(([pattern]) => pattern.test(error.message));
        return { kind: 'refused', reason: refusal(known?.[1] ?? 'other', error) };
      }
    }
  }
}

/** The error of an answer whose status lets its code prove something; null without one. */
function provenError({ status }: RawAnswer, stated: StatedAnswer): VenueError | null {
  return stated.kind === 'error' && status < 500 ? stated : null;
}

function refusal(kind: VenueRefusal['kind'], { code, message }: VenueError): VenueRefusal {
  return { kind, venueCode: code, venueMessage: message };
}
