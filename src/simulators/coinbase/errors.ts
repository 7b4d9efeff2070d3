/**
 * Coinbase's refusals: of a request, with an HTTP status, and of an order, inside an answer with status 200.
 *
 * Entry points: `CoinbaseRefusal`, one function per text, `OrderRefusal`, `exchangeRefusal`, `faultRefusal`. Sources: the reasons of
 * "Create Order" (`NewOrderFailureReason`, `PreviewFailureReason`), "Rate Limiting" of the Coinbase App API for 429; the form of the
 * other answers is that which clients quote ("Unauthorized" as plain text; `{"error","error_details","message"}`).
 */
import type { Refusal } from '../exchange/refusal.ts';
import type { SymbolStatus } from '../exchange/state.ts';
import type { RefusingFault } from '../wire/wire.ts';

export class CoinbaseRefusal extends Error {
  readonly status: number;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, body: string, headers: Readonly<Record<string, string>> = {}) {
    super(body);
    this.name = 'CoinbaseRefusal';
    this.status = status;
    this.body = body;
    this.headers = headers;
  }
}

function jsonRefusal(status: number, error: string, details: string): CoinbaseRefusal {
  return new CoinbaseRefusal(status, JSON.stringify({ error, error_details: details, message: details }));
}

export const unauthorized = (): CoinbaseRefusal =>
  new CoinbaseRefusal(401, 'Unauthorized\n', { 'content-type': 'text/plain; charset=utf-8' });

export const missingScopes = (): CoinbaseRefusal =>
  jsonRefusal(403, 'PERMISSION_DENIED', 'Missing required scopes');

export const orderNotFound = (): CoinbaseRefusal =>
  jsonRefusal(404, 'NOT_FOUND', 'order with this orderID was not found');

export const notFound = (what: string): CoinbaseRefusal =>
  jsonRefusal(404, 'NOT_FOUND', `${what} was not found`);

export const invalidArgument = (details: string): CoinbaseRefusal =>
  jsonRefusal(400, 'INVALID_ARGUMENT', details);

export const missing = (name: string): CoinbaseRefusal => invalidArgument(`${name} is required`);

export const malformed = (name: string): CoinbaseRefusal => invalidArgument(`${name} is invalid`);

export const productNotFound = (id: string): CoinbaseRefusal =>
  invalidArgument(`ProductID "${id}" could not be found`);

export const tooManyRequests = (headers: Readonly<Record<string, string>>): CoinbaseRefusal =>
  new CoinbaseRefusal(
    429,
    JSON.stringify({ errors: [{ id: 'rate_limit_exceeded', message: 'Too many requests' }] }),
    headers,
  );

/** A fault in the venue's own words. */
export function faultRefusal({ kind, status, words }: RefusingFault): CoinbaseRefusal {
  if (words !== null) return jsonRefusal(status, words.message, words.message);
  switch (kind) {
    case 'http_error':
    case 'http_error_after':
      return jsonRefusal(status, 'INTERNAL', 'internal server error');
    case 'rate_limit':
      return new CoinbaseRefusal(status, tooManyRequests({}).body);
    case 'maintenance':
      return jsonRefusal(status, 'UNAVAILABLE', 'service unavailable');
  }
}

/** The refusal of an order, which the answer to its request carries. */
export class OrderRefusal extends Error {
  /** Of `error` and `new_order_failure_reason`. */
  readonly reason: string;
  /** Of `preview_failure_reason`. */
  readonly previewReason: string;

  constructor(reason: string, previewReason: string, text = '') {
    super(text);
    this.name = 'OrderRefusal';
    this.reason = reason;
    this.previewReason = previewReason;
  }
}

export const UNKNOWN_REASON = 'UNKNOWN_FAILURE_REASON';

/** A reason that both lists have, the second with a word before it. */
export const refusedAs = (reason: string, text = ''): OrderRefusal =>
  new OrderRefusal(reason, `PREVIEW_${reason}`, text);

/** A reason that the preview alone states. */
export const previewRefusal = (reason: string): OrderRefusal =>
  new OrderRefusal(UNKNOWN_REASON, `PREVIEW_${reason}`);

export const badConfiguration = (text: string): OrderRefusal =>
  new OrderRefusal('UNSUPPORTED_ORDER_CONFIGURATION', 'PREVIEW_INVALID_ORDER_CONFIG', text);

export function errorResponse({ reason, previewReason, message }: OrderRefusal): Record<string, string> {
  return {
    error: reason,
    message,
    error_details: '',
    preview_failure_reason: previewReason,
    new_order_failure_reason: reason,
  };
}

/** A refusal of the neutral exchange as the reasons of an order. */
export function exchangeRefusal(refusal: Refusal): OrderRefusal {
  switch (refusal.code) {
    case 'unknown_account':
      return refusedAs('INVALID_LEDGER_BALANCE', 'account is not available');
    case 'unknown_symbol':
      return refusedAs('INVALID_PRODUCT_ID');
    case 'bad_field':
      return refusal.field === 'cost'
        ? previewRefusal('INVALID_QUOTE_SIZE_PRECISION')
        : badConfiguration(`${refusal.field} ${refusal.detail}`);
    case 'price_off_tick':
      return refusal.field === 'price'
        ? refusedAs('INVALID_PRICE_PRECISION')
        : previewRefusal('INVALID_STOP_PRICE_PRECISION');
    case 'price_outside_band':
      return refusedAs('LIMIT_PRICE_TOO_FAR_FROM_MARKET');
    case 'quantity_off_step':
      return refusedAs('INVALID_SIZE_PRECISION');
    case 'quantity_too_small':
      return previewRefusal('INVALID_BASE_SIZE_TOO_SMALL');
    case 'quantity_too_large':
      return previewRefusal('INVALID_BASE_SIZE_TOO_LARGE');
    case 'notional_too_small':
      return previewRefusal('INVALID_QUOTE_SIZE_TOO_SMALL');
    case 'insufficient_balance':
      return refusedAs('INSUFFICIENT_FUND', 'Insufficient balance in source account');
    case 'duplicate_client_order_id':
      return new OrderRefusal('DUPLICATE_CLIENT_ORDER_ID', 'UNKNOWN_PREVIEW_FAILURE_REASON');
    case 'post_only_would_take':
      return refusedAs('INVALID_LIMIT_PRICE_POST_ONLY');
    case 'would_trigger_immediately':
    case 'list_prices_refused':
      return previewRefusal('INVALID_STOP_PRICE');
    case 'too_many_open_orders':
      return new OrderRefusal('COMMANDER_REJECTED_NEW_ORDER', 'UNKNOWN_PREVIEW_FAILURE_REASON');
    case 'symbol_not_trading':
      return notTrading(refusal.status);
    case 'reduce_only_refused':
    case 'leverage_out_of_range':
    case 'margin_mode_in_use':
    case 'margin_not_isolated':
    case 'no_position':
    case 'isolated_margin_needed':
    case 'position_side_mismatch':
    case 'position_mode_in_use':
    case 'order_not_found':
    case 'order_not_open':
    case 'amend_refused':
      return new OrderRefusal('INVALID_REQUEST', 'UNKNOWN_PREVIEW_FAILURE_REASON');
  }
}

function notTrading(status: SymbolStatus): OrderRefusal {
  switch (status) {
    case 'settled':
      return refusedAs('UNTRADABLE_PRODUCT');
    case 'halted':
      return refusedAs('PRODUCT_TRADING_HALTED');
    case 'trading':
    case 'reduce_only':
    case 'cancel_only':
      return new OrderRefusal('ORDER_ENTRY_DISABLED', 'PREVIEW_NOT_ALLOWED_BY_MARKET_STATE');
  }
}
