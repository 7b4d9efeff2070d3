/**
 * The meaning of Coinbase's answers.
 *
 * Entry point: `CLASSIFIER`. Sources: `NewOrderFailureReason` and `PreviewFailureReason` of "Create Order", the failure reasons of "Cancel
 * Orders", "Rate Limiting" of the Coinbase App API. An order that is refused comes with status 200 and `success` false; refused keys and
 * times come as a text without a code. Words alone name an error: there are no numbers.
 */
import type { JsonObject, JsonValue } from '../../core/json.ts';
import { excerpt, isObject, optionalText, text } from '../ccxt/exact-json.ts';
import { Classifier, THROTTLED, UNKNOWN, meaningsOf, refusedAs } from '../classifier.ts';
import type { CodeTable, StatedAnswer } from '../classifier.ts';

/** Reasons of orders, each also with `PREVIEW_` before it, which is how the check before an order states them. */
const REASONS: CodeTable = [
  // Behind the checks something failed or gave no reason.
  [
    UNKNOWN,
    [
      'UNKNOWN_FAILURE_REASON',
      'COMMANDER_REJECTED_NEW_ORDER',
      'MISSING_COMMISSION_RATE',
      'RISK_PROXY_FAILURE',
    ],
  ],
  [
    refusedAs('insufficient_balance'),
    ['INSUFFICIENT_FUND', 'INSUFFICIENT_FUNDS', 'INVALID_LEDGER_BALANCE', 'INSUFFICIENT_LEDGER_BALANCE'],
  ],
  [
    refusedAs('filter'),
    [
      'INVALID_SIZE_PRECISION',
      'INVALID_PRICE_PRECISION',
      'INVALID_LIMIT_PRICE_PRECISION',
      'INVALID_STOP_PRICE_PRECISION',
      'INVALID_QUOTE_SIZE_PRECISION',
      'INVALID_BASE_SIZE_TOO_LARGE',
      'INVALID_BASE_SIZE_TOO_SMALL',
      'INVALID_QUOTE_SIZE_TOO_LARGE',
      'INVALID_QUOTE_SIZE_TOO_SMALL',
      'INVALID_PRICE_TOO_LARGE',
      'INVALID_LIMIT_PRICE',
      'NON_NUMERIC_ORDER_SIZE',
    ],
  ],
  [
    refusedAs('price_band'),
    [
      'LIMIT_PRICE_TOO_FAR_FROM_MARKET',
      'LIMIT_ORDER_PRICE_EXCEEDS_PRICE_BAND_ON_BUY',
      'LIMIT_ORDER_PRICE_EXCEEDS_PRICE_BAND_ON_SELL',
      'BREACHED_PRICE_LIMIT',
    ],
  ],
  [refusedAs('would_take'), ['INVALID_LIMIT_PRICE_POST_ONLY']],
  [refusedAs('no_match'), ['INVALID_NO_LIQUIDITY']],
  [refusedAs('duplicate_client_order_id'), ['DUPLICATE_CLIENT_ORDER_ID']],
  [
    refusedAs('reduce_only'),
    ['REDUCE_ONLY_NOT_ALLOWED_ON_SPOT_PRODUCTS', 'REDUCE_ONLY_NOT_ALLOWED_ON_VENUE'],
  ],
  [
    refusedAs('would_trigger'),
    ['STOP_PRICE_ABOVE_LAST_TRADE_PRICE', 'STOP_PRICE_BELOW_LAST_TRADE_PRICE', 'STOP_TRIGGERED'],
  ],
  [
    refusedAs('instrument_closed'),
    [
      'INVALID_PRODUCT_ID',
      'INELIGIBLE_PAIR',
      'ORDER_ENTRY_DISABLED',
      'UNTRADABLE_PRODUCT',
      'NOT_ALLOWED_BY_MARKET_STATE',
      'PRODUCT_TRADING_HALTED',
      'TRADING_DISABLED',
      'MISSING_PRODUCT_PRICE_BOOK',
      'MISSING_MARKET_TRADE_DATA',
    ],
  ],
  [
    refusedAs('other'),
    [
      'UNSUPPORTED_ORDER_CONFIGURATION',
      'INVALID_ORDER_CONFIG',
      'INVALID_SIDE',
      'INVALID_REQUEST',
      'INVALID_STOP_PRICE',
      'INVALID_END_TIME',
      'STOP_PRICE_ABOVE_LIMIT_PRICE',
      'STOP_PRICE_BELOW_LIMIT_PRICE',
      'FOK_DISABLED',
      'FOK_ONLY_ALLOWED_ON_LIMIT_ORDERS',
      'POST_ONLY_NOT_ALLOWED_WITH_FOK',
      'END_TIME_TOO_FAR_IN_FUTURE',
      'END_TIME_IS_IN_THE_PAST',
      'GTD_ORDERS_MUST_HAVE_END_TIME',
      'PRICE_NOT_ALLOWED_FOR_MARKET_ORDERS',
      'GEOFENCING_RESTRICTION',
      'CLOSE_ONLY_FAILURE',
      'IN_LIQUIDATION',
      'BREACHED_RISK_LIMIT',
      'BREACHED_ACCOUNT_POSITION_LIMIT',
      'BREACHED_COMPANY_POSITION_LIMIT',
      'POSITION_SIZE_INCREASE_REJECT',
      'ASSET_BALANCE_INCREASE_REJECT',
      'MAX_DAILY_VOLUME_NOTIONAL_BREACHED',
      'COMPLIANCE_PURCHASE_LIMIT_EXCEEDED',
      'QUOTE_ORDERS_NOT_ALLOWED_FOR_PRODUCT',
      'FRACTIONAL_ORDERS_NOT_ALLOWED_FOR_PRODUCT',
      'INVALID_UNSUPPORTED_INSTRUMENT',
    ],
  ],
];

const PREVIEW = 'PREVIEW_';
const OF_PREVIEWS: CodeTable = REASONS.map(([meaning, codes]) => [
  meaning,
  codes.map((code) => `${PREVIEW}${code}`),
]);

/** Of whole requests, with a status that is no 2xx. */
const OF_REQUESTS: CodeTable = [
  [UNKNOWN, ['INTERNAL', 'UNAVAILABLE', 'UNKNOWN', 'DEADLINE_EXCEEDED', 'ABORTED', 'CANCELLED', 'DATA_LOSS']],
  [THROTTLED, ['rate_limit_exceeded', 'RESOURCE_EXHAUSTED']],
  [
    refusedAs('authentication'),
    ['PERMISSION_DENIED', 'UNAUTHENTICATED', 'authentication_error', 'invalid_scope'],
  ],
  // An identity that is not verified, a country, a request without one of its parts.
  [
    refusedAs('other'),
    ['INVALID_ARGUMENT', 'FAILED_PRECONDITION', 'OUT_OF_RANGE', 'UNIMPLEMENTED', 'NOT_FOUND', 'not_found'],
  ],
];

function stated(body: JsonValue): StatedAnswer {
  if (!isObject(body)) return nothingIn(body);
  const [fault] = listIn(body, 'errors');
  if (fault !== undefined) return { kind: 'error', code: text(fault, 'id'), message: messageOf(fault) };
  if (typeof body['error'] === 'string')
    return { kind: 'error', code: body['error'], message: messageOf(body) };
  const [canceled] = listIn(body, 'results');
  if (canceled?.['success'] === false) return ofRefusedCancel(canceled, body);
  if (body['success'] === false) return ofRefusedOrder(body);
  return Object.keys(body).length === 0 ? nothingIn(body) : { kind: 'result', result: body };
}

function nothingIn(body: JsonValue): StatedAnswer {
  return { kind: 'nothing', detail: `neither a result nor an error: ${excerpt(JSON.stringify(body))}` };
}

function listIn(body: JsonObject, key: string): readonly JsonObject[] {
  const list = body[key];
  return Array.isArray(list) ? list.filter((item): item is JsonObject => isObject(item)) : [];
}

function messageOf(fault: JsonObject): string {
  return optionalText(fault, 'error_details') ?? optionalText(fault, 'message') ?? '';
}

/** Most of its fields say that a reason is unknown where another one has it. */
function ofRefusedOrder(body: JsonObject): StatedAnswer {
  const response = body['error_response'];
  const error = isObject(response) ? response : body;
  const reasons = ['new_order_failure_reason', 'error', 'preview_failure_reason', 'failure_reason'].flatMap(
    (key) => optionalText(error, key) ?? [],
  );
  const code = reasons.find((reason) => !reason.startsWith('UNKNOWN_')) ?? 'UNKNOWN_FAILURE_REASON';
  return { kind: 'error', code, message: messageOf(error) };
}

/** A second cancel finds the first under way, which is what it asks for. */
function ofRefusedCancel(canceled: JsonObject, body: JsonObject): StatedAnswer {
  const code = optionalText(canceled, 'failure_reason') ?? '';
  return code === 'DUPLICATE_CANCEL_REQUEST'
    ? { kind: 'result', result: body }
    : { kind: 'error', code, message: '' };
}

const NOTHING_TO_CANCEL: ReadonlySet<string> = new Set(['UNKNOWN_CANCEL_ORDER', 'ORDER_IS_FULLY_FILLED']);
const NOT_CANCELED: ReadonlySet<string> = new Set([
  'INVALID_CANCEL_REQUEST',
  'NOT_ALLOWED_TO_CANCEL',
  'INVALID_CANCEL_PRODUCT_ID',
  'INVALID_CANCEL_FCM_TRADING_SESSION',
  'ORDER_IS_BEING_REPLACED',
]);

export const CLASSIFIER = new Classifier({
  stated,
  meanings: meaningsOf(REASONS, OF_PREVIEWS, OF_REQUESTS),
  texts: [],
  // "Unauthorized": a token that is not good yet or no more looks like a key that nobody knows.
  byStatus: { 401: 'timestamp_refused', 429: 'throttled' },
  ofCancel: ({ code }) =>
    NOTHING_TO_CANCEL.has(code) ? 'not_found' : NOT_CANCELED.has(code) ? 'refused' : null,
  alreadySo: new Set(),
  noSuchOrder: new Set(['NOT_FOUND']),
});
