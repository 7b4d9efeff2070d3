/**
 * The meaning of HTX's codes.
 *
 * Entry points: `CLASSIFIERS`, `dataOf`. Sources: the error codes of "Trading", "Account" and "Basic information" of the spot documentation, "Details
 * of Each Error Code" and "What's the reason for 1004 error code?" of the USDT-margined one, and the texts that the trackers of its clients
 * quote. Refusals come with HTTP 200. v1 says `err-code` and `err-msg`, v2 and v5 a number. Codes of a failure or of a wait inside the
 * venue, and those that ask to try again, prove nothing of an order.
 */
import type { InstrumentKind } from '../../core/instrument.ts';
import type { JsonValue } from '../../core/json.ts';
import { MalformedAnswer, asObject, excerpt, isObject, optionalText, text } from '../ccxt/exact-json.ts';
import { BY_TEXT, Classifier, THROTTLED, UNKNOWN, meaningsOf, refusedAs } from '../classifier.ts';
import type { CodeTable, StatedAnswer } from '../classifier.ts';

/** A signature that is not valid because of its time: the code is that of every refused signature. */
const BAD_SIGNATURE = 'api-signature-not-valid';
const BAD_TIME = 'api-signature-not-valid-time';
const OF_TIME = /submission time|time format|timestamp/i;

const SPOT_CODES: CodeTable = [
  [
    UNKNOWN,
    [
      'timeout',
      'gateway-internal-error',
      'base-system-error',
      'base-request-timeout',
      'base-operation-forbidden',
      'order-update-error',
      'order-accountbalance-error',
      'base-user-request-not-allowed',
      'system-maintenance',
      'base-record-invalid',
      'invalid-command',
      500,
      1001,
    ],
  ],
  [THROTTLED, ['rate-too-many-requests', 'base-request-exceed-frequency-limit', 'too-many-request', 429]],
  [{ kind: 'not_sent', reason: 'timestamp_refused' }, [BAD_TIME]],
  [
    refusedAs('authentication'),
    [
      BAD_SIGNATURE,
      'api-signature-check-failed',
      'login-required',
      'api-key-invalid',
      'api-not-support-temp-addr',
      'account-get-accounts-inexistent-error',
      'account-account-id-inexistent',
      1002,
      1003,
    ],
  ],
  [
    refusedAs('insufficient_balance'),
    [
      'account-frozen-balance-insufficient-error',
      'account-balance-insufficient-error',
      'order-balance-insufficient',
      'insufficient-balance',
      'insufficient-exchange-fund',
    ],
  ],
  [
    refusedAs('filter'),
    [
      'invalid-amount',
      'invalid-price',
      'order-invalid-price',
      'order-value-min-error',
      'order-amount-over-limit',
      'order-limitorder-amount-min-error',
      'order-limitorder-amount-max-error',
      'order-marketorder-amount-min-error',
      'order-marketorder-amount-max-error',
      'order-marketorder-amount-buy-max-error',
      'order-marketorder-amount-sell-max-error',
      'order-orderprice-precision-error',
      'order-orderamount-precision-error',
      'order-ordervalue-precision-error',
    ],
  ],
  [
    refusedAs('price_band'),
    [
      'order-limitorder-price-min-error',
      'order-limitorder-price-max-error',
      'order-limitorder-price-buy-min-error',
      'order-limitorder-price-buy-max-error',
      'order-limitorder-price-sell-min-error',
      'order-limitorder-price-sell-max-error',
      'order-price-greater-than-limit',
      'order-price-less-than-limit',
      'order-etp-nav-price-min-error',
      'order-etp-nav-price-max-error',
    ],
  ],
  [refusedAs('too_many_orders'), ['order-holding-limit-failed', 'order-open-limit-failed']],
  [
    refusedAs('instrument_closed'),
    [
      'base-symbol-error',
      'base-symbol-trade-disabled',
      'base-symbol-invalid',
      'invalid-symbol',
      'symbol-not-support',
      'symbol-exchange-not-open',
      'trading-suspended',
      'order-disabled',
      'cancel-disabled',
    ],
  ],
  [BY_TEXT, ['invalid-parameter']],
  [
    refusedAs('other'),
    [
      'bad-request',
      'validation-format-error',
      'validation-constraints-required',
      'invalid-client-order-id',
      'base-argument-unsupported',
      'base-date-limit-error',
      'invalid-interval',
      'invalid-start-date',
      'invalid-end-date',
      'invalid-start-time',
      'invalid-end-time',
      'order-type-invalid',
      'order-orderside-invalid',
      'order-ordertype-invalid',
      'require-symbol',
      'not-found',
      'base-not-found',
      'order-orderstate-error',
      'order-queryorder-invalid',
      'order-user-cancel-forbidden',
      2002,
      2003,
    ],
  ],
];

/** A code of contracts that is 403 for every refused signature: the text says whether the time was at fault. */
const CONTRACT_BAD_SIGNATURE = '403';

/**
 * "1004 System busy": "do not place or cancel order repeatedly during the process to avoid repeated orders". So do other failures inside the
 * venue, ids that are taken already (1050, 1064), a cancel that is under way (1062) and maintenance say nothing of what became of an order.
 */
const CONTRACT_CODES: CodeTable = [
  [
    UNKNOWN,
    [
      1000, 1001, 1002, 1003, 1004, 1030, 1046, 1050, 1062, 1064, 1073, 1108, 1411, 1431, 1076, 500, 502, 503,
      504,
    ],
  ],
  [THROTTLED, [429, 1032, 1084]],
  [{ kind: 'not_sent', reason: 'timestamp_refused' }, [BAD_TIME, 12001, 12006]],
  [
    refusedAs('authentication'),
    [
      CONTRACT_BAD_SIGNATURE,
      1010,
      1011,
      1012,
      1018,
      1019,
      1021,
      1109,
      1110,
      1113,
      1220,
      1227,
      1228,
      1253,
      1254,
      12002,
      12003,
      12004,
      12005,
      12007,
      12008,
      12009,
    ],
  ],
  [refusedAs('insufficient_balance'), [1047, 1055, 1075, 1090, 1091, 1092, 1093, 1301]],
  [refusedAs('filter'), [1038, 1040, 1041, 1042, 1043, 1044, 1412, 1461, 1462, 1490]],
  [refusedAs('price_band'), [1039, 1069, 1072]],
  [refusedAs('reduce_only'), [1048, 1484, 1491, 1492]],
  [refusedAs('position_mode'), [1485, 1486, 1487, 1499, 1500]],
  [refusedAs('too_many_orders'), [1234, 1235]],
  [
    refusedAs('instrument_closed'),
    [1013, 1014, 1056, 1057, 1058, 1059, 1060, 1086, 1087, 1088, 1100, 1101, 1104, 1105, 1332, 1488, 1489],
  ],
  [
    refusedAs('other'),
    [
      1016, 1017, 1031, 1033, 1034, 1035, 1036, 1037, 1045, 1049, 1051, 1052, 1053, 1054, 1061, 1063, 1065,
      1066, 1067, 1071, 1074, 1083, 1094, 1095, 1097, 1233, 1348, 1349, 1421, 1450, 1451, 1493, 1494, 1495,
      1496, 1497, 1498, 6001, 6023,
    ],
  ],
];

function stated(body: JsonValue): StatedAnswer {
  if (!isObject(body)) return nothing(body);
  const { status, code } = body;
  if (status === 'ok') return { kind: 'result', result: body };
  if (status === 'error')
    return ofError(
      optionalText(body, 'err-code') ?? text(body, 'err_code'),
      optionalText(body, 'err-msg') ?? optionalText(body, 'err_msg') ?? '',
    );
  if (code === undefined) return nothing(body);
  if (text(body, 'code') === '200') return { kind: 'result', result: body };
  return ofError(text(body, 'code'), optionalText(body, 'message') ?? optionalText(body, 'msg') ?? '');
}

function nothing(body: JsonValue): StatedAnswer {
  return { kind: 'nothing', detail: `no status: ${excerpt(JSON.stringify(body))}` };
}

function ofError(code: string, message: string): StatedAnswer {
  const isOfTime = [BAD_SIGNATURE, CONTRACT_BAD_SIGNATURE].includes(code) && OF_TIME.test(message);
  return { kind: 'error', code: isOfTime ? BAD_TIME : code, message };
}

const NO_SUCH_ORDER = [
  'base-record-invalid',
  'base-not-found',
  'not-found',
  'order-queryorder-invalid',
] as const;
/** Among them those of an order that has ended, and of one that never rests. */
const NOTHING_TO_CANCEL: ReadonlySet<string> = new Set([
  ...NO_SUCH_ORDER,
  'order-orderstate-error',
  'order-user-cancel-forbidden',
]);

/** 1063 is of an order that was filled, 1071 of one that was canceled. */
const NO_CONTRACT_TO_CANCEL: ReadonlySet<string> = new Set(['1017', '1051', '1061', '1063', '1071']);

export const CLASSIFIERS: Readonly<Record<InstrumentKind, Classifier>> = {
  spot: new Classifier({
    stated,
    meanings: meaningsOf(SPOT_CODES),
    texts: [
      [/invalid symbol|not open/i, 'instrument_closed'],
      [/amount|price/i, 'filter'],
    ],
    // 510 is said to be the status of a frequency limit; as a 5xx it proves nothing of an order.
    byStatus: { 401: 'authentication', 403: 'authentication', 429: 'throttled' },
    ofCancel: ({ code }) => (NOTHING_TO_CANCEL.has(code) ? 'not_found' : null),
    alreadySo: new Set(),
    noSuchOrder: new Set(NO_SUCH_ORDER),
  }),
  linear_swap: new Classifier({
    stated,
    meanings: meaningsOf(CONTRACT_CODES),
    texts: [],
    byStatus: { 401: 'authentication', 403: 'authentication', 429: 'throttled' },
    ofCancel: ({ code }) => (NO_CONTRACT_TO_CANCEL.has(code) ? 'not_found' : null),
    alreadySo: new Set(),
    noSuchOrder: new Set(['1017', '1061']),
  }),
};

/** The content of an answer of v1, v2 or v5. */
export function dataOf(body: JsonValue): JsonValue {
  const { data } = asObject(body, 'answer');
  if (data === undefined) throw new MalformedAnswer('data is missing');
  return data;
}
