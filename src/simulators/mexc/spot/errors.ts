/**
 * The refusals of MEXC's spot API: code, text, and the HTTP status.
 *
 * Entry points: `SpotRefusal`, one function per documented text, `exchangeRefusal`, `faultRefusal`. Source: "Error Codes" and "Network
 * Connectivity" of the spot v3 documentation. -2013 and the texts of code 400 are not among the codes there: they are quoted from
 * trackers and logs of clients (ccxt #21614; `status=400 body={"msg":" quantity scale is invalid","code":400}`).
 */
import type { Refusal } from '../../exchange/refusal.ts';
import type { RefusingFault, WireReply } from '../../wire/wire.ts';

export class SpotRefusal extends Error {
  readonly code: number;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    code: number,
    text: string,
    extra: { readonly status?: number; readonly headers?: Record<string, string> } = {},
  ) {
    super(text);
    this.name = 'SpotRefusal';
    this.code = code;
    this.status = extra.status ?? 400;
    this.headers = extra.headers ?? {};
  }
}

export function refusalReply({ code, message, status, headers }: SpotRefusal): WireReply {
  return {
    status,
    body: JSON.stringify({ msg: message, code, _extend: null }),
    headers,
    outcome: status >= 500 ? 'error' : 'refused',
  };
}

export const missing = (name: string): SpotRefusal =>
  new SpotRefusal(44444, `Mandatory parameter '${name}' was not sent, was empty/null, or malformed.`);
export const malformed = (name: string): SpotRefusal => new SpotRefusal(33333, `param is error: ${name}`);
export const illegalCharacters = (name: string): SpotRefusal =>
  new SpotRefusal(700008, `Illegal characters found in parameter '${name}'.`);
export const scaleInvalid = (what: 'price' | 'quantity' | 'amount'): SpotRefusal =>
  new SpotRefusal(400, ` ${what} scale is invalid`);
export const symbolUnknown = (): SpotRefusal => new SpotRefusal(-1121, 'Invalid symbol.');
export const symbolNotForApi = (): SpotRefusal => new SpotRefusal(10007, 'bad symbol');
export const keyRequired = (): SpotRefusal => new SpotRefusal(400, 'api key required');
export const keyInvalid = (): SpotRefusal => new SpotRefusal(10072, 'Api key info invalid');
export const signatureInvalid = (): SpotRefusal =>
  new SpotRefusal(700002, 'Signature for this request is not valid.');
export const timestampOutside = (): SpotRefusal =>
  new SpotRefusal(700003, 'Timestamp for this request is outside of the recvWindow.');
export const windowTooLong = (): SpotRefusal => new SpotRefusal(700005, 'recvWindow must less than 60000');
export const noPermission = (): SpotRefusal =>
  new SpotRefusal(700007, 'No permission to access the endpoint.');
export const referenceMissing = (): SpotRefusal =>
  new SpotRefusal(700004, "Param 'origClientOrderId' or 'orderId' must be sent, but both were empty/null");
export const typeNotTaken = (): SpotRefusal =>
  new SpotRefusal(30041, 'current order type can not place order');
/** Of a transfer or a withdrawal: "balance insufficient". */
export const insufficientBalance = (): SpotRefusal => new SpotRefusal(10101, 'insufficient balance');
export const marketOrdersClosed = (): SpotRefusal => new SpotRefusal(30019, 'api market order is disabled');
export const amountTooSmall = (least: string): SpotRefusal =>
  new SpotRefusal(30002, `The minimum transaction volume cannot be less than：${least}`);
export const amountTooLarge = (most: string): SpotRefusal =>
  new SpotRefusal(30003, `The maximum transaction volume cannot be greater than：${most}`);
export const orderAbsent = (): SpotRefusal => new SpotRefusal(-2013, 'Order does not exist.');
export const cancelRejected = (): SpotRefusal => new SpotRefusal(-2011, 'Unknown order sent.');

export function tooManyRequests(retryAfterS: number): SpotRefusal {
  return new SpotRefusal(429, 'Too Many Requests', {
    status: 429,
    headers: { 'retry-after': String(retryAfterS) },
  });
}

export function addressBanned(retryAfterS: number): SpotRefusal {
  return new SpotRefusal(403, 'Access Denied', {
    status: 418,
    headers: { 'retry-after': String(retryAfterS) },
  });
}

/** A fault in the venue's own words. "5XX … the execution status is UNKNOWN and could have been a success". */
export function faultRefusal({ kind, status, words }: RefusingFault): SpotRefusal {
  if (words !== null) return new SpotRefusal(words.code, words.message, { status });
  switch (kind) {
    case 'http_error':
    case 'http_error_after':
    case 'maintenance':
      return status >= 500
        ? new SpotRefusal(status === 504 ? 504 : 503, UNKNOWN_ERROR, { status })
        : new SpotRefusal(730000, 'Request failed, please contact the customer service', { status });
    case 'rate_limit':
      return status === 418
        ? new SpotRefusal(403, 'Access Denied', { status })
        : new SpotRefusal(429, 'Too Many Requests', { status });
  }
}

const UNKNOWN_ERROR = 'Unknown error, please check your request or try again later.';

/** A refusal of the neutral exchange to an order or cancel. */
export function exchangeRefusal(refusal: Refusal, side: 'buy' | 'sell'): SpotRefusal {
  switch (refusal.code) {
    case 'unknown_account':
      return keyInvalid();
    case 'unknown_symbol':
      return symbolUnknown();
    case 'bad_field':
      return malformed(refusal.field);
    case 'price_off_tick':
      return scaleInvalid('price');
    case 'price_outside_band':
      return new SpotRefusal(30087, 'Order price exceeds allowed range');
    case 'quantity_off_step':
      return scaleInvalid('quantity');
    case 'quantity_too_small':
      return amountTooSmall(refusal.minQuantity.toString());
    case 'quantity_too_large':
      return amountTooLarge(refusal.maxQuantity.toString());
    case 'notional_too_small':
      return amountTooSmall(`${refusal.minNotional.toString()}USDT`);
    case 'insufficient_balance':
      return side === 'buy'
        ? new SpotRefusal(30004, 'Insufficient position')
        : new SpotRefusal(30005, 'Oversold');
    case 'too_many_open_orders':
      return new SpotRefusal(30029, 'Cannot exceed the maximum order limit');
    case 'symbol_not_trading':
      return refusal.status === 'settled'
        ? new SpotRefusal(30000, 'suspended transaction for the symbol')
        : new SpotRefusal(30016, 'trading disabled');
    case 'order_not_found':
    case 'order_not_open':
      return cancelRejected();
    case 'duplicate_client_order_id':
    case 'post_only_would_take':
    case 'would_trigger_immediately':
    case 'list_prices_refused':
    case 'amend_refused':
    case 'reduce_only_refused':
    case 'leverage_out_of_range':
    case 'margin_mode_in_use':
    case 'margin_not_isolated':
    case 'no_position':
    case 'isolated_margin_needed':
    case 'position_side_mismatch':
    case 'position_mode_in_use':
      return new SpotRefusal(26, 'operation not allowed');
  }
}
