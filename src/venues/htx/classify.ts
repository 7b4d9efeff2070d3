/**
 * The meaning of HTX's codes on spot.
 *
 * Entry points: `CLASSIFIER`, `dataOf`. Sources: the error codes of "Trading", "Account" and "Basic information" of the spot documentation, and
 * the texts that the trackers of its clients quote. Refusals come with HTTP 200. v1 says `err-code` and `err-msg`, v2 a number. Codes of a failure
 * or of a wait inside the venue, and those that ask to try again, prove nothing of an order.
 */
import type { JsonValue } from '../../core/json.ts';
import { MalformedAnswer, asObject, excerpt, isObject, optionalText, text } from '../ccxt/exact-json.ts';
import { BY_TEXT, Classifier, THROTTLED, UNKNOWN, meaningsOf, refusedAs } from '../classifier.ts';
import type { CodeTable, StatedAnswer } from '../classifier.ts';

/** A signature that is not valid because of its time: the code is that of every refused signature. */
const BAD_SIGNATURE = 'api-signature-not-valid';
const BAD_TIME = 'api-signature-not-valid-time';
const OF_TIME = /submission time|time format|timestamp/i;

const CODES: CodeTable = [
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

function stated(body: JsonValue): StatedAnswer {
  if (!isObject(body)) return nothing(body);
  const { status, code } = body;
  if (status === 'ok') return { kind: 'result', result: body };
  if (status === 'error') return ofError(text(body, 'err-code'), optionalText(body, 'err-msg') ?? '');
  if (code === undefined) return nothing(body);
  if (text(body, 'code') === '200') return { kind: 'result', result: body };
  return ofError(text(body, 'code'), optionalText(body, 'message') ?? '');
}

function nothing(body: JsonValue): StatedAnswer {
  return { kind: 'nothing', detail: `no status: ${excerpt(JSON.stringify(body))}` };
}

function ofError(code: string, message: string): StatedAnswer {
  const isOfTime = code === BAD_SIGNATURE && OF_TIME.test(message);
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

export const CLASSIFIER = new Classifier({
  stated,
  meanings: meaningsOf(CODES),
  texts: [
    [/invalid symbol|not open/i, 'instrument_closed'],
    [/amount|price/i, 'filter'],
  ],
  // 510 is said to be the status of a frequency limit; as a 5xx it proves nothing of an order.
  byStatus: { 401: 'authentication', 403: 'authentication', 429: 'throttled' },
  ofCancel: ({ code }) => (NOTHING_TO_CANCEL.has(code) ? 'not_found' : null),
  alreadySo: new Set(),
  noSuchOrder: new Set(NO_SUCH_ORDER),
});

/** The content of an answer of v1 or v2. */
export function dataOf(body: JsonValue): JsonValue {
  const { data } = asObject(body, 'answer');
  if (data === undefined) throw new MalformedAnswer('data is missing');
  return data;
}
