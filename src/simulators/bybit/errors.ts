/**
 * Bybit's refusals: the code and text of the answer, and the HTTP status, which is 200 for all that the table of codes has.
 *
 * Entry points: `BybitRefusal`, one function per documented text, `exchangeRefusal`, `faultRefusal`. Source: "Error Codes" of the v5
 * documentation; texts that stand nowhere else are quoted from the tracker of the venue's clients, named at the place.
 */
import type { Refusal } from '../exchange/refusal.ts';
import type { SymbolStatus } from '../exchange/state.ts';
import type { RefusingFault } from '../wire/wire.ts';
import type { Category } from './symbols.ts';

export class BybitRefusal extends Error {
  readonly code: number;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    code: number,
    text: string,
    extra: { readonly status?: number; readonly headers?: Record<string, string> } = {},
  ) {
    super(text);
    this.name = 'BybitRefusal';
    this.code = code;
    this.status = extra.status ?? 200;
    this.headers = extra.headers ?? {};
  }
}

export const parameterError = (text: string): BybitRefusal => new BybitRefusal(10001, text);

export const missing = (name: string): BybitRefusal => parameterError(`params error: ${name} is required`);

export const malformed = (name: string): BybitRefusal => parameterError(`params error: ${name} invalid`);

export const symbolInvalid = (): BybitRefusal => parameterError('params error: symbol invalid');

export function timestampRefused(clockMs: number, timestamp: string, receiveWindow: string): BybitRefusal {
  return new BybitRefusal(
    10002,
    `invalid request, please check your server timestamp or recv_window param. req_timestamp[${timestamp}],server_timestamp[${clockMs}],recv_window[${receiveWindow}]`,
  );
}

export const keyInvalid = (status: number): BybitRefusal =>
  new BybitRefusal(10003, 'API key is invalid.', { status });

export const signatureInvalid = (status: number): BybitRefusal =>
  new BybitRefusal(10004, 'Error sign, please check your signature generation algorithm.', { status });

export const permissionDenied = (): BybitRefusal =>
  new BybitRefusal(10005, 'Permission denied, please check your API key permissions.');

export const tooManyVisits = (headers: Record<string, string>): BybitRefusal =>
  new BybitRefusal(10006, 'Too many visits. Exceeded the API Rate Limit.', { headers });

/** The address asked too often: its requests are refused for ten minutes. */
export const accessTooFrequent = (): BybitRefusal =>
  new BybitRefusal(10018, 'access too frequent', { status: 403 });

/** ccxt #16102 has the text, which the table of codes does not. */
export const positionIndexMismatch = (): BybitRefusal =>
  parameterError('position idx not match position mode');

export const notModified = (code: number, text: string): BybitRefusal => new BybitRefusal(code, text);

/** A fault in the venue's own words. */
export function faultRefusal({ kind, status, words }: RefusingFault): BybitRefusal {
  if (words !== null) return new BybitRefusal(words.code, words.message, { status });
  switch (kind) {
    case 'http_error':
    case 'http_error_after':
      return new BybitRefusal(
        status === 504 ? 10000 : 10016,
        status === 504 ? 'Server Timeout' : 'Server error.',
        {
          status,
        },
      );
    case 'rate_limit':
      return status === 403
        ? accessTooFrequent()
        : new BybitRefusal(429, 'The trading service is experiencing a high server load.', { status });
    case 'maintenance':
      return new BybitRefusal(10016, 'Server error.', { status });
  }
}

/** An order that is not there, or that is finished. */
function orderGone(category: Category): BybitRefusal {
  return category === 'spot'
    ? new BybitRefusal(170213, 'Order does not exist.')
    : new BybitRefusal(110001, 'Order does not exist');
}

/** A refusal of the neutral exchange in the codes of the category. */
export function exchangeRefusal(category: Category, refusal: Refusal): BybitRefusal {
  return category === 'spot' ? spotRefusal(refusal) : linearRefusal(refusal);
}

function spotRefusal(refusal: Refusal): BybitRefusal {
  const spot = (code: number, text: string): BybitRefusal => new BybitRefusal(code, text);
  switch (refusal.code) {
    case 'unknown_account':
      return keyInvalid(200);
    case 'unknown_symbol':
      return spot(170121, 'Invalid symbol.');
    case 'bad_field':
      return spot(170130, `Data sent for paramter '${refusal.field}' is not valid.`);
    case 'price_off_tick':
      return spot(170134, 'Order price has too many decimals.');
    case 'price_outside_band':
      return refusal.price.greaterThan(refusal.highest)
        ? spot(170193, `Buy order price cannot be higher than ${refusal.highest.toString()}.`)
        : spot(170194, `Sell order price cannot be lower than ${refusal.lowest.toString()}.`);
    case 'quantity_off_step':
      return spot(170137, 'Order volume decimal too long');
    case 'quantity_too_small':
      return spot(170136, 'Order quantity lower than the minimum.');
    case 'quantity_too_large':
      return spot(170381, 'Order quantity too large.');
    case 'notional_too_small':
      return spot(170140, 'Order value exceeded lower limit.');
    case 'insufficient_balance':
      return spot(170131, 'Balance insufficient');
    case 'duplicate_client_order_id':
      return spot(170141, 'Duplicate clientOrderId');
    case 'post_only_would_take':
      return spot(170218, 'The LIMIT-MAKER order is rejected due to invalid price.');
    case 'would_trigger_immediately':
    case 'list_prices_refused':
      return spot(170130, "Data sent for paramter 'triggerPrice' is not valid.");
    case 'too_many_open_orders':
      return spot(170810, 'Cannot exceed maximum of 500 conditional, TP/SL and active orders.');
    case 'symbol_not_trading':
      return spot(170151, 'The trading pair is not open yet');
    case 'order_not_found':
    case 'order_not_open':
      return orderGone('spot');
    case 'amend_refused':
      return spot(170312, 'The current order does not support modification');
    case 'reduce_only_refused':
    case 'leverage_out_of_range':
    case 'margin_mode_in_use':
    case 'margin_not_isolated':
    case 'no_position':
    case 'isolated_margin_needed':
    case 'position_side_mismatch':
    case 'position_mode_in_use':
      return parameterError('params error');
  }
}

function linearRefusal(refusal: Refusal): BybitRefusal {
  const linear = (code: number, text: string): BybitRefusal => new BybitRefusal(code, text);
  switch (refusal.code) {
    case 'unknown_account':
      return keyInvalid(200);
    case 'unknown_symbol':
      return symbolInvalid();
    case 'bad_field':
      return malformed(refusal.field);
    case 'price_off_tick':
      return parameterError('The price is not on the tick size');
    case 'price_outside_band':
      return refusal.price.greaterThan(refusal.highest)
        ? linear(
            110121,
            `Order price cannot be higher than ${refusal.highest.toString()}, the price limitation`,
          )
        : linear(
            110120,
            `Order price cannot be smaller than ${refusal.lowest.toString()}, the price limitation`,
          );
    case 'quantity_off_step':
      return parameterError('Qty invalid');
    case 'quantity_too_small':
      // pybit #168 has the text.
      return parameterError('The number of contracts exceeds minimum limit allowed');
    case 'quantity_too_large':
      return parameterError('The number of contracts exceeds maximum limit allowed');
    case 'notional_too_small':
      return linear(110094, 'Order notional value below the lower limit');
    case 'insufficient_balance':
      return linear(110007, 'Available balance is insufficient');
    case 'duplicate_client_order_id':
      return linear(110072, 'OrderLinkedID is duplicate');
    case 'post_only_would_take':
      return linear(110103, 'Only Post-Only orders are available at this stage');
    case 'would_trigger_immediately':
    case 'list_prices_refused':
      return linear(110092, 'expect Rising, but trigger_price <= current');
    case 'too_many_open_orders':
      return refusal.limit < 500
        ? linear(110009, 'The number of stop orders exceeds the maximum allowable limit')
        : linear(110020, 'Not allowed to have more than 500 active orders.');
    case 'reduce_only_refused':
      return linear(110017, 'orderQty will be truncated to zero');
    case 'leverage_out_of_range':
      return linear(110013, 'Cannot set leverage due to risk limit level.');
    case 'margin_mode_in_use':
      return linear(110073, 'Set margin mode failed');
    case 'margin_not_isolated':
      return linear(110015, 'The position is in cross margin mode.');
    case 'no_position':
      return linear(110033, "You can't set margin without an open position");
    case 'isolated_margin_needed':
      return linear(110014, 'Insufficient available balance to add additional margin.');
    case 'position_side_mismatch':
      return positionIndexMismatch();
    case 'position_mode_in_use':
      return refusal.by === 'orders'
        ? linear(110028, 'You have existing open orders, so the position mode cannot be switched.')
        : linear(110024, 'You have an existing position, so the position mode cannot be switched.');
    case 'symbol_not_trading':
      return notTrading(refusal.status);
    case 'order_not_found':
    case 'order_not_open':
      return orderGone('linear');
    case 'amend_refused':
      return linear(110032, 'Order is illegal');
  }
}

function notTrading(status: SymbolStatus): BybitRefusal {
  switch (status) {
    case 'reduce_only':
      return new BybitRefusal(110023, 'Currently you can only reduce your position on this contract.');
    case 'settled':
      return new BybitRefusal(110063, 'Settlement in progress! The symbol is not available for trading.');
    case 'trading':
    case 'cancel_only':
    case 'halted':
      return new BybitRefusal(110066, 'Trading is currently not allowed.');
  }
}
