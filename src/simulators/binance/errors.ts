/**
 * Binance's refusals: HTTP status, code and text, as a client sees them.
 *
 * Entry points: `BinanceRefusal`, and one function per documented text. A route throws a refusal; the
 * access layer answers it as `{"code":..,"msg":".."}`. Source: errors.md of binance-spot-api-docs for spot,
 * "Error Codes" of the USD-M futures documentation for futures.
 */
import type { RefusingFault, WireReply } from '../wire/wire.ts';

/** One refusal of the venue. `headers` holds what goes beside the body, such as `Retry-After`. */
export class BinanceRefusal extends Error {
  readonly status: number;
  readonly code: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Only for cancel-replace, whose error body carries both half results. */
  readonly data: unknown;

  constructor(
    status: number,
    code: number,
    text: string,
    extra: { headers?: Record<string, string>; data?: unknown } = {},
  ) {
    super(text);
    this.name = 'BinanceRefusal';
    this.status = status;
    this.code = code;
    this.headers = extra.headers ?? {};
    this.data = extra.data;
  }

  /** The JSON body: `{code, msg}` and, for cancel-replace, `data`. */
  body(): { code: number; msg: string; data?: unknown } {
    return this.data === undefined
      ? { code: this.code, msg: this.message }
      : { code: this.code, msg: this.message, data: this.data };
  }
}

/** The answer to a path that the venue does not have. */
export const NOT_FOUND: WireReply = {
  status: 404,
  body: '<html><body><h2>404 Not found</h2></body></html>',
  headers: { 'content-type': 'text/html' },
};

const badRequest = (code: number, text: string): BinanceRefusal => new BinanceRefusal(400, code, text);

/** The request did not reach the matching engine. */
function disconnected(status: number): BinanceRefusal {
  return new BinanceRefusal(
    status,
    -1001,
    'Internal error; unable to process your request. Please try again.',
  );
}

/** Spot's words for an answer that did not come back in time: the outcome is unknown. */
function timedOut(status: number): BinanceRefusal {
  return new BinanceRefusal(
    status,
    -1007,
    'Timeout waiting for response from backend server. Send status unknown; execution status unknown.',
  );
}

/** USD-M futures' words for the same. */
function usdmUnknownOutcome(status: number): BinanceRefusal {
  return new BinanceRefusal(status, -1000, 'Unknown error, please check your request or try again later.');
}

function shuttingDown(status: number): BinanceRefusal {
  return new BinanceRefusal(status, -1016, 'This service is no longer available.');
}

/** A limit refused by force, where no count stands behind it; Retry-After is added by the wire layer. */
function tooManyRequests(status: number): BinanceRefusal {
  return new BinanceRefusal(
    status,
    -1003,
    status === 418
      ? 'Way too much request weight used; IP banned. Please use WebSocket Streams for live updates to avoid bans.'
      : 'Too much request weight used; current limit is 6000 request weight per 1 MINUTE. Please use WebSocket Streams for live updates to avoid polling the API.',
  );
}

export function tooMuchWeight(limit: number, retryAfterSeconds: number): BinanceRefusal {
  return new BinanceRefusal(
    429,
    -1003,
    `Too much request weight used; current limit is ${limit} request weight per 1 MINUTE. Please use WebSocket Streams for live updates to avoid polling the API.`,
    { headers: { 'Retry-After': String(retryAfterSeconds) } },
  );
}

export function banned(untilMs: number, retryAfterSeconds: number): BinanceRefusal {
  return new BinanceRefusal(
    418,
    -1003,
    `Way too much request weight used; IP banned until ${untilMs}. Please use WebSocket Streams for live updates to avoid bans.`,
    { headers: { 'Retry-After': String(retryAfterSeconds) } },
  );
}

export function tooManyOrders(limit: number, interval: string, retryAfterSeconds: number): BinanceRefusal {
  return new BinanceRefusal(
    429,
    -1015,
    `Too many new orders; current limit is ${limit} orders per ${interval}.`,
    { headers: { 'Retry-After': String(retryAfterSeconds) } },
  );
}

export function timestampOutsideWindow(): BinanceRefusal {
  return badRequest(-1021, 'Timestamp for this request is outside of the recvWindow.');
}

export function timestampAhead(): BinanceRefusal {
  return badRequest(-1021, "Timestamp for this request was 1000ms ahead of the server's time.");
}

export function recvWindowTooLarge(): BinanceRefusal {
  return badRequest(-1131, 'recvWindow must be less than 60000');
}

export function signatureInvalid(): BinanceRefusal {
  return badRequest(-1022, 'Signature for this request is not valid.');
}

export function apiKeyFormat(): BinanceRefusal {
  return new BinanceRefusal(401, -2014, 'API-key format invalid.');
}

export function apiKeyUnknown(): BinanceRefusal {
  return new BinanceRefusal(401, -2015, 'Invalid API-key, IP, or permissions for action.');
}

export function illegalCharacters(parameter: string, legalRange: string): BinanceRefusal {
  return badRequest(
    -1100,
    `Illegal characters found in parameter '${parameter}'; legal range is '${legalRange}'.`,
  );
}

export function tooManyParameters(expected: number, received: number): BinanceRefusal {
  return badRequest(-1101, `Too many parameters; expected '${expected}' and received '${received}'.`);
}

export function duplicateParameter(): BinanceRefusal {
  return badRequest(-1101, 'Duplicate values for a parameter detected.');
}

export function mandatoryMissing(parameter: string): BinanceRefusal {
  return badRequest(-1102, `Mandatory parameter '${parameter}' was not sent, was empty/null, or malformed.`);
}

export function eitherMissing(first: string, second: string): BinanceRefusal {
  return badRequest(-1102, `Param '${first}' or '${second}' must be sent, but both were empty/null!`);
}

export function unreadParameters(read: number, sent: number): BinanceRefusal {
  return badRequest(
    -1104,
    `Not all sent parameters were read; read '${read}' parameter(s) but was sent '${sent}'.`,
  );
}

export function parameterEmpty(parameter: string): BinanceRefusal {
  return badRequest(-1105, `Parameter '${parameter}' was empty.`);
}

export function parameterNotRequired(parameter: string): BinanceRefusal {
  return badRequest(-1106, `Parameter '${parameter}' sent when not required.`);
}

export function tooMuchPrecision(parameter: string): BinanceRefusal {
  return badRequest(-1111, `Parameter '${parameter}' has too much precision.`);
}

export function usdmTooMuchPrecision(): BinanceRefusal {
  return badRequest(-1111, 'Precision is over the maximum defined for this asset.');
}

export function invalidTimeInForce(): BinanceRefusal {
  return badRequest(-1115, 'Invalid timeInForce.');
}

export function invalidOrderType(): BinanceRefusal {
  return badRequest(-1116, 'Invalid orderType.');
}

export function invalidSide(): BinanceRefusal {
  return badRequest(-1117, 'Invalid side.');
}

export function invalidInterval(): BinanceRefusal {
  return badRequest(-1120, 'Invalid interval.');
}

export function invalidSymbol(): BinanceRefusal {
  return badRequest(-1121, 'Invalid symbol.');
}

export function moreThanHours(hours: number): BinanceRefusal {
  return badRequest(-1127, `More than ${hours} hours between startTime and endTime.`);
}

export function badCombination(): BinanceRefusal {
  return badRequest(-1128, 'Combination of optional parameters invalid.');
}

export function invalidParameter(parameter: string): BinanceRefusal {
  return badRequest(-1130, `Data sent for parameter '${parameter}' is not valid.`);
}

export function invalidCancelRestrictions(): BinanceRefusal {
  return badRequest(-1145, 'Invalid cancelRestrictions');
}

/** A text of `-1013`: the request did not reach the matching engine. */
export function invalidMessage(text: string): BinanceRefusal {
  return badRequest(-1013, text);
}

export function filterFailure(filter: string): BinanceRefusal {
  return invalidMessage(`Filter failure: ${filter}`);
}

/** A text of `-2010`: the matching engine refused a new order. */
export function newOrderRejected(text: string): BinanceRefusal {
  return badRequest(-2010, text);
}

export const DUPLICATE_ORDER_TEXT = 'Duplicate order sent.';
export const INSUFFICIENT_BALANCE_TEXT = 'Account has insufficient balance for requested action.';
export const WOULD_TAKE_TEXT = 'Order would immediately match and take.';
export const WOULD_TRIGGER_TEXT = 'Order would trigger immediately.';
export const LIST_PRICES_TEXT = 'The relationship of the prices for the orders is not correct.';

/** A text of `-2011`: the matching engine refused a cancel. */
export function cancelRejected(text = 'Unknown order sent.'): BinanceRefusal {
  return badRequest(-2011, text);
}

export function orderUnknown(): BinanceRefusal {
  return badRequest(-2013, 'Order does not exist.');
}

export function orderListUnknown(): BinanceRefusal {
  return badRequest(-2018, 'Order list does not exist.');
}

export function amendRejected(text: string): BinanceRefusal {
  return badRequest(-2038, text);
}

export function clientOrderIdMismatch(): BinanceRefusal {
  return badRequest(-2039, 'Client order ID is not correct for this order ID.');
}

/** A text of the USD-M table; the HTTP status of all of them is 400. */
export function usdmRefusal(code: number, text: string): BinanceRefusal {
  return badRequest(code, text);
}

/** The venue's words for a fault of the simulator, or those that the fault brings. `usdm`: of USD-M futures. */
export function faultRefusal({ kind, status, words }: RefusingFault, usdm: boolean): BinanceRefusal {
  if (words !== null) return new BinanceRefusal(status, words.code, words.message);
  switch (kind) {
    case 'http_error':
      return disconnected(status);
    case 'http_error_after':
      return usdm ? usdmUnknownOutcome(status) : timedOut(status);
    case 'rate_limit':
      return tooManyRequests(status);
    case 'maintenance':
      return shuttingDown(status);
  }
}
