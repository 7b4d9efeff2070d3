/**
 * The proof that Binance's answers give, from status, code and text alone.
 *
 * Entry points: `classifySend`, `classifyCancel`, `classifySetting`, `classifyRead`. Sources: "HTTP Return Codes" and
 * errors.md of binance-spot-api-docs, "General Info" and "Error Codes" of the USD-M futures documentation.
 *
 * Invariants:
 *  1. A 5xx is `unknown` whatever its body says, but for the three USD-M texts that the venue itself calls a failure.
 *  2. A code that is not in the table proves nothing.
 */
import type { InstrumentKind } from '../../core/instrument.ts';
import type { VenueRefusal } from '../../core/venue/outcome.ts';
import { MalformedAnswer, excerpt, isObject, parseExactJson } from '../ccxt/exact-json.ts';
import type { JsonValue } from '../../core/json.ts';
import type { RawAnswer } from '../ccxt/dispatcher.ts';
import type { ClassifiedRead } from '../read-answer.ts';
import type { Classified } from '../write.ts';

/** An error that the venue put in words. */
export interface VenueError {
  readonly code: number;
  readonly message: string;
}

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

/** Codes of the same meaning in both documents. */
const SHARED: readonly (readonly [Meaning, readonly number[]])[] = [
  // -1000 unknown, -1001 internal error, -1006 no usable answer from the bus, -1007 timeout, -1016 shutting down.
  [UNKNOWN, [-1000, -1001, -1006, -1007, -1016]],
  // Too many requests; too many orders. Both are counted before the request is looked at.
  [THROTTLED, [-1003, -1015]],
  [TIMESTAMP, [-1021]],
  // Unauthorised, address, signature, key format, key or permissions.
  [refusedAs('authentication'), [-1002, -1011, -1022, -2014, -2015, -2017]],
  // Messages of the matching engine, and of the checks before it.
  [BY_TEXT, [-1010, -1013, -2010]],
  [refusedAs('filter'), [-1111]],
  [refusedAs('no_match'), [-1112]],
  [refusedAs('instrument_closed'), [-2016]],
  // Malformed or unsupported requests: refused before they are looked at.
  [
    refusedAs('other'),
    [
      -1014, -1020, -1100, -1101, -1102, -1103, -1104, -1105, -1106, -1108, -1114, -1115, -1116, -1117, -1118,
      -1119, -1120, -1121, -1122, -1125, -1127, -1128, -1130,
    ],
  ],
];

const SPOT_ONLY: readonly (readonly [Meaning, readonly number[]])[] = [
  // "Overloaded": the spot page does not say whether the request was dropped.
  [UNKNOWN, [-1008]],
  // Connection and session codes, request formats, order lists, pegs; recvWindow too large (-1131).
  [
    refusedAs('other'),
    [
      -1033, -1034, -1035, -1131, -1134, -1135, -1139, -1145, -1151, -1152, -1153, -1155, -1158, -1160, -1161,
      -1165, -1166, -1168, -1169, -1170, -1171, -1172, -1173, -1174, -1175, -1176, -1177, -1178, -1179, -1180,
      -1181, -1182, -1183, -1184, -1185, -1186, -1187, -1188, -1189, -1190, -1191, -1194, -1196, -1197, -1198,
      -1199, -1210, -1211, -1220, -1221, -1222, -1223, -1224, -1225, -2035, -2036, -2039, -2042, -2043,
    ],
  ],
];

const SWAP_ONLY: readonly (readonly [Meaning, readonly number[]])[] = [
  // Throttled by system-level protection, before the order was looked at.
  [THROTTLED, [-1008]],
  // The matching engine's own check of the window.
  [TIMESTAMP, [-5028]],
  [refusedAs('authentication'), [-1099, -4056, -4057, -4109]],
  [refusedAs('insufficient_balance'), [-2018, -2019, -4050, -4051]],
  [refusedAs('duplicate_client_order_id'), [-4116]],
  // FOK that could not fill, no depth for a price match, unable to fill.
  [refusedAs('no_match'), [-2020, -5021, -5041]],
  [refusedAs('would_take'), [-5022]],
  [refusedAs('would_trigger'), [-2021, -4142]],
  [refusedAs('reduce_only'), [-2022, -2024, -2026, -4062, -4087, -4118, -4138, -4400, -4401]],
  [refusedAs('too_many_orders'), [-2025, -4045]],
  // "Order's position side does not match user's setting."
  [refusedAs('position_mode'), [-4061]],
  [refusedAs('price_band'), [-4016, -4024, -4131, -4183, -4184, -4210, -4211]],
  [
    refusedAs('filter'),
    [
      -4001, -4002, -4003, -4004, -4005, -4006, -4007, -4008, -4009, -4010, -4011, -4012, -4013, -4014, -4017,
      -4018, -4019, -4023, -4025, -4029, -4030, -4058, -4164, -5029,
    ],
  ],
  [refusedAs('instrument_closed'), [-4022, -4140, -4141, -5024]],
  [
    refusedAs('other'),
    [
      -1004, -1005, -1023, -1109, -1110, -1113, -1126, -1136, -2023, -2027, -2028, -4000, -4015, -4020, -4021,
      -4026, -4027, -4028, -4031, -4032, -4033, -4044, -4046, -4047, -4048, -4049, -4052, -4053, -4054, -4055,
      -4059, -4060, -4063, -4064, -4065, -4066, -4067, -4068, -4069, -4070, -4071, -4072, -4073, -4074, -4075,
      -4076, -4077, -4078, -4079, -4080, -4081, -4082, -4083, -4084, -4085, -4086, -4088, -4104, -4114, -4115,
      -4117, -4120, -4135, -4137, -4139, -4144, -4161, -4165, -4167, -4168, -4169, -4170, -4171, -4172, -4192,
      -4202, -4203, -4205, -4206, -4208, -4209, -4402, -4403, -5025, -5026, -5027, -5037, -5038, -5039, -5040,
      -5043,
    ],
  ],
];

function tableOf(
  ...parts: readonly (readonly (readonly [Meaning, readonly number[]])[])[]
): ReadonlyMap<number, Meaning> {
  return new Map(parts.flat().flatMap(([meaning, codes]) => codes.map((code) => [code, meaning] as const)));
}

const MEANINGS: Readonly<Record<InstrumentKind, ReadonlyMap<number, Meaning>>> = {
  spot: tableOf(SHARED, SPOT_ONLY),
  linear_swap: tableOf(SHARED, SWAP_ONLY),
};

/** Texts of `-1010`, `-1013` and `-2010`, first match; what matches none is `other`. */
const TEXTS: readonly (readonly [RegExp, VenueRefusal['kind']])[] = [
  [/duplicate order/i, 'duplicate_client_order_id'],
  [/insufficient/i, 'insufficient_balance'],
  [/would immediately match and take/i, 'would_take'],
  [/would (immediately trigger|trigger immediately)/i, 'would_trigger'],
  [/market is closed/i, 'instrument_closed'],
  [/order book liquidity/i, 'no_match'],
  [/filter failure: PERCENT_PRICE/i, 'price_band'],
  [/filter failure: (EXCHANGE_)?MAX_NUM_/i, 'too_many_orders'],
  [/filter failure|zero or less/i, 'filter'],
  [
    /may not place|action is disabled|trading is not enabled|not permitted|restricted for this account/i,
    'authentication',
  ],
];

/** USD-M answers 503 with one of these when the order was certainly not placed. */
const CERTAIN_FAILURES: readonly RegExp[] = [
  /^service unavailable\.?$/i,
  /^internal error; unable to process your request/i,
  /^request throttled by system-level protection/i,
];

/** The `{code, msg}` of a body; null when it is none. */
export function venueErrorOf(body: JsonValue): VenueError | null {
  if (!isObject(body)) return null;
  const code = Number(body['code']);
  const message = body['msg'];
  // The algo endpoints answer a success with code "200".
  if (!Number.isSafeInteger(code) || code >= 0) return null;
  return { code, message: typeof message === 'string' ? excerpt(message, 500) : '' };
}

/** An answer's text, read once. */
type AnswerText =
  | { readonly body: JsonValue; readonly venueError: VenueError | null }
  /** Not JSON: why. */
  | { readonly malformed: string; readonly venueError: null };

function readText(answer: RawAnswer): AnswerText {
  try {
    const body = parseExactJson(answer.body);
    return { body, venueError: venueErrorOf(body) };
  } catch (error) {
    if (error instanceof MalformedAnswer) return { malformed: error.message, venueError: null };
    throw error;
  }
}

/** For a create; also used for other writes. */
export function classifySend(kind: InstrumentKind, answer: RawAnswer): Classified {
  return classify(kind, answer, readText(answer));
}

function classify(kind: InstrumentKind, answer: RawAnswer, said: AnswerText): Classified {
  const { venueError } = said;
  if (venueError === null) {
    if (answer.status === 429 || answer.status === 418)
      return { kind: 'not_sent', reason: 'throttled', detail: `HTTP ${answer.status}` };
    if ('malformed' in said) return { kind: 'unknown', detail: `HTTP ${answer.status}, ${said.malformed}` };
    if (answer.status < 200 || answer.status > 299)
      return { kind: 'unknown', detail: `HTTP ${answer.status} without a code` };
    return { kind: 'answered', body: said.body };
  }
  const detail = `HTTP ${answer.status} ${venueError.code} ${venueError.message}`;
  if (answer.status >= 500) {
    const certain =
      kind === 'linear_swap' &&
      answer.status === 503 &&
      CERTAIN_FAILURES.some((pattern) => pattern.test(venueError.message));
    return certain ? { kind: 'not_sent', reason: 'throttled', detail } : { kind: 'unknown', detail };
  }
  const meaning = MEANINGS[kind].get(venueError.code) ?? UNKNOWN;
  switch (meaning.kind) {
    case 'unknown':
      return { kind: 'unknown', detail };
    case 'not_sent':
      return { kind: 'not_sent', reason: meaning.reason, detail };
    case 'refused':
      return { kind: 'refused', reason: refusal(meaning.as, venueError) };
    case 'by_text': {
      const known = TEXTS.find(([pattern]) => pattern.test(venueError.message));
      return { kind: 'refused', reason: refusal(known?.[1] ?? 'other', venueError) };
    }
  }
}

function refusal(kind: VenueRefusal['kind'], venueError: VenueError): VenueRefusal {
  return { kind, venueCode: String(venueError.code), venueMessage: venueError.message };
}

export type ClassifiedCancel =
  | Classified
  | { readonly kind: 'not_found'; readonly venueCode: string; readonly venueMessage: string };

/** `-2011` covers every refused cancel; only its "unknown order" text says that there is no such working order. */
export function classifyCancel(kind: InstrumentKind, answer: RawAnswer): ClassifiedCancel {
  const said = readText(answer);
  const { venueError } = said;
  if (answer.status < 500 && venueError !== null) {
    const { code, message } = venueError;
    if (code === -2013 || (code === -2011 && /unknown order/i.test(message)))
      return { kind: 'not_found', venueCode: String(code), venueMessage: message };
    if (code === -2011) return { kind: 'refused', reason: refusal('other', venueError) };
  }
  return classify(kind, answer, said);
}

export type ClassifiedSetting = Classified | { readonly kind: 'set' };

/** "No need to change" margin type and position side: nothing is wrong, it is as it was asked for. */
const ALREADY_SO: ReadonlySet<number> = new Set([-4046, -4059]);

/** For leverage, margin type and position mode. */
export function classifySetting(kind: InstrumentKind, answer: RawAnswer): ClassifiedSetting {
  const said = readText(answer);
  if (answer.status < 500 && said.venueError !== null && ALREADY_SO.has(said.venueError.code))
    return { kind: 'set' };
  return classify(kind, answer, said);
}

/** `-2026` on spot: an archived order, which is no absence. */
export function classifyRead(kind: InstrumentKind, answer: RawAnswer): ClassifiedRead {
  const said = readText(answer);
  if (answer.status < 500 && said.venueError?.code === -2013) return { kind: 'no_such_order' };
  const classified = classify(kind, answer, said);
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
        unhealthy: answer.status >= 500 || said.venueError === null,
        clockRefused: false,
      };
  }
}
