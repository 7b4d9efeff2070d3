/**
 * The proof that Bybit's answers give, from status, code and text alone.
 *
 * Entry points: `classifySend`, `classifyCancel`, `classifySetting`, `classifyRead`, `codeOf`. Source: "Error Codes" of the v5
 * documentation. Nearly every refusal comes with HTTP 200 and its `retCode`; the result of an answer without one is what the
 * readers of this folder get.
 *
 * Invariants:
 *  1. A 5xx is `unknown` whatever its body says.
 *  2. A code that is not in the table proves nothing.
 */
import type { JsonValue } from '../../core/json.ts';
import type { VenueRefusal } from '../../core/venue/outcome.ts';
import type { RawAnswer } from '../ccxt/dispatcher.ts';
import { MalformedAnswer, excerpt, isObject, parseExactJson, text } from '../ccxt/exact-json.ts';
import type { ClassifiedRead } from '../read-answer.ts';
import type { Classified } from '../write.ts';

type Meaning =
  | { readonly kind: 'unknown' }
  | { readonly kind: 'not_sent'; readonly reason: 'throttled' | 'timestamp_refused' }
  | { readonly kind: 'refused'; readonly as: VenueRefusal['kind'] }
  /** The text decides. */
  | { readonly kind: 'by_text' };

const UNKNOWN: Meaning = { kind: 'unknown' };
const THROTTLED: Meaning = { kind: 'not_sent', reason: 'throttled' };
const TIMESTAMP: Meaning = { kind: 'not_sent', reason: 'timestamp_refused' };
const BY_TEXT: Meaning = { kind: 'by_text' };
const refusedAs = (as: VenueRefusal['kind']): Meaning => ({ kind: 'refused', as });

const MEANINGS: ReadonlyMap<string, Meaning> = new Map(
  (
    [
      // Server timeout, server error, invalid duplicate request; internal error, no answer of the backend, network error, still being
      // processed; creation, cancellation and modification timeouts and failures; "the order is processing".
      [
        UNKNOWN,
        [
          10000, 10014, 10016, 40004, 110079, 170001, 170007, 170032, 170035, 170146, 170147, 170149, 170150,
          170191, 170212, 170234, 170310, 170311, 3400214,
        ],
      ],
      // Counted before the request is looked at: the account's limit, the address's, the venue's own protection.
      [THROTTLED, [429, 10006, 10018, 10429, 170222]],
      [TIMESTAMP, [-1, 10002]],
      [
        refusedAs('authentication'),
        [-2015, 10003, 10004, 10005, 10007, 10008, 10009, 10010, 10024, 10027, 10028, 33004, 100028, 110018],
      ],
      [BY_TEXT, [10001]],
      [
        refusedAs('insufficient_balance'),
        [
          110004, 110006, 110007, 110011, 110012, 110014, 110040, 110044, 110045, 110046, 110051, 110052,
          110053, 110131, 170033, 170131, 30256,
        ],
      ],
      [
        refusedAs('filter'),
        [
          110049, 110064, 110094, 170124, 170134, 170136, 170137, 170140, 170148, 170313, 170341, 170381,
          170382,
        ],
      ],
      [
        refusedAs('price_band'),
        [30208, 30209, 110003, 110120, 110121, 170132, 170133, 170192, 170193, 170194, 170371, 170372],
      ],
      [refusedAs('too_many_orders'), [110009, 110020, 110061, 170005, 170810]],
      [refusedAs('duplicate_client_order_id'), [110030, 110072, 170141]],
      [refusedAs('reduce_only'), [110017, 110034]],
      [refusedAs('would_trigger'), [110092, 110093]],
      [refusedAs('would_take'), [170218]],
      [
        refusedAs('instrument_closed'),
        [
          10029, 110023, 110042, 110063, 110066, 110074, 110095, 110124, 110132, 110137, 170031, 170121,
          170151, 170157, 170159, 30228,
        ],
      ],
      // Leverage and modes that cannot be set now, positions beyond a limit, and requests that the venue has no form for.
      [
        refusedAs('other'),
        [
          110005, 110013, 110015, 110019, 110021, 110022, 110024, 110028, 110029, 110032, 110036, 110037,
          110038, 110039, 110057, 110067, 110068, 110073, 110077, 110085, 110086, 110088, 110089, 110090,
          110103, 110118, 110123, 110125, 170105, 170115, 170116, 170117, 170130, 170201, 170202, 170203,
          170204, 170206, 170209, 170210, 170217, 170224, 170226, 170227, 170228, 170229, 170241, 170312,
          170344, 3400045,
        ],
      ],
    ] satisfies readonly (readonly [Meaning, readonly number[]])[]
  ).flatMap(([meaning, codes]) => codes.map((code) => [String(code), meaning] as const)),
);

/** "Request parameter error": the text says which. ccxt #16102 and pybit #168 quote two of them. */
const TEXTS: readonly (readonly [RegExp, VenueRefusal['kind']])[] = [
  [/position idx not match/i, 'position_mode'],
  [/duplicate/i, 'duplicate_client_order_id'],
  [/qty|quantity|number of contracts|tick|price/i, 'filter'],
];

interface AnswerText {
  /** Null where the body is no object with a code. */
  readonly code: string | null;
  readonly message: string;
  readonly result: JsonValue;
  /** Why the body cannot be read; empty where it can. */
  readonly fault: string;
}

function readText({ body }: RawAnswer): AnswerText {
  try {
    const parsed = parseExactJson(body);
    if (!isObject(parsed) || parsed['retCode'] === undefined)
      return { code: null, message: '', result: null, fault: `no retCode: ${excerpt(body)}` };
    const message = parsed['retMsg'];
    return {
      code: text(parsed, 'retCode'),
      message: typeof message === 'string' ? message : '',
      result: parsed['result'] ?? null,
      fault: '',
    };
  } catch (error) {
    if (!(error instanceof MalformedAnswer)) throw error;
    return { code: null, message: '', result: null, fault: error.message };
  }
}

/** The venue's code of an answer; null where it has none. */
export function codeOf(answer: RawAnswer): string | null {
  return readText(answer).code;
}

/** For creates. */
export function classifySend(answer: RawAnswer): Classified {
  return classify(answer, readText(answer));
}

function classify({ status }: RawAnswer, said: AnswerText): Classified {
  const { code, message } = said;
  if (code === null) return withoutCode(status, said.fault);
  const detail = `HTTP ${status} ${code} ${message}`;
  if (status >= 500) return { kind: 'unknown', detail };
  if (code === '0') return { kind: 'answered', body: said.result };
  const meaning = MEANINGS.get(code) ?? UNKNOWN;
  switch (meaning.kind) {
    case 'unknown':
      return { kind: 'unknown', detail };
    case 'not_sent':
      return { kind: 'not_sent', reason: meaning.reason, detail };
    case 'refused':
      return { kind: 'refused', reason: refusal(meaning.as, said) };
    case 'by_text': {
      const known = TEXTS.find(([pattern]) => pattern.test(message));
      return { kind: 'refused', reason: refusal(known?.[1] ?? 'other', said) };
    }
  }
}

/** 401 and 403 come before anything is looked at: authentication parameters are missing, or the address asked too often. */
function withoutCode(status: number, fault: string): Classified {
  if (status === 403 || status === 429)
    return { kind: 'not_sent', reason: 'throttled', detail: `HTTP ${status}` };
  if (status === 401)
    return {
      kind: 'refused',
      reason: { kind: 'authentication', venueCode: '401', venueMessage: 'the keys were refused' },
    };
  return { kind: 'unknown', detail: `HTTP ${status}, ${fault}` };
}

function refusal(kind: VenueRefusal['kind'], { code, message }: AnswerText): VenueRefusal {
  return { kind, venueCode: code ?? '', venueMessage: message.replaceAll('\0', '') };
}

export type ClassifiedCancel =
  | Classified
  | { readonly kind: 'not_found'; readonly venueCode: string; readonly venueMessage: string };

/** No such order, completed or cancelled, filled, not on the book, the cancel has been finished. */
const NOTHING_TO_CANCEL: ReadonlySet<string> = new Set(
  [110001, 110008, 110010, 170139, 170142, 170143, 170190, 170213].map(String),
);

export function classifyCancel(answer: RawAnswer): ClassifiedCancel {
  const said = readText(answer);
  if (answer.status < 500 && said.code !== null && NOTHING_TO_CANCEL.has(said.code))
    return { kind: 'not_found', venueCode: said.code, venueMessage: said.message };
  return classify(answer, said);
}

export type ClassifiedSetting = Classified | { readonly kind: 'set' };

/** "has not been modified": nothing is wrong, it is as it was asked for. */
const ALREADY_SO: ReadonlySet<string> = new Set([110025, 110026, 110043].map(String));

/** For leverage and position mode. */
export function classifySetting(answer: RawAnswer): ClassifiedSetting {
  const said = readText(answer);
  if (answer.status < 500 && said.code !== null && ALREADY_SO.has(said.code)) return { kind: 'set' };
  return classify(answer, said);
}

/** An order that is not there is an empty list, which no code says. */
export function classifyRead(answer: RawAnswer): ClassifiedRead {
  const said = readText(answer);
  const classified = classify(answer, said);
  switch (classified.kind) {
    case 'answered':
      return { kind: 'ok', body: classified.body };
    case 'refused':
      return { kind: 'refused', detail: `${classified.reason.venueCode} ${classified.reason.venueMessage}` };
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
        unhealthy: answer.status >= 500 || said.code === null,
        clockRefused: false,
      };
  }
}
