/**
 * Bitget's refusals: a code of digits, as text, and what it says.
 *
 * Entry points: `BitgetRefusal`, one function per documented text, `exchangeRefusal`, `faultRefusal`. Source: "Rest API Error Code" of the
 * unified account's documentation; 40010 and 45001 stand on "Place Order", 40005 to 40014 and 40200 in the table of the former API.
 */
import type { Refusal } from '../exchange/refusal.ts';
import type { SymbolStatus } from '../exchange/state.ts';
import type { RefusingFault } from '../wire/wire.ts';
import type { Category } from './symbols.ts';

export class BitgetRefusal extends Error {
  readonly code: string;
  /** Null: the usual one of a refusal. */
  readonly status: number | null;

  constructor(code: string, text: string, status: number | null = null) {
    super(text);
    this.name = 'BitgetRefusal';
    this.code = code;
    this.status = status;
  }
}

export const missing = (name: string): BitgetRefusal =>
  new BitgetRefusal('25200', `${name} validation error`);

export const malformed = missing;

export const symbolAbsent = (name: string): BitgetRefusal =>
  new BitgetRefusal('25100', `Trading pair ${name} does not exist`);

export const orderAbsent = (): BitgetRefusal => new BitgetRefusal('25204', 'Order does not exist');

export const duplicateClientId = (): BitgetRefusal => new BitgetRefusal('25212', 'Duplicate clientOid');

export const wrongOpenType = (): BitgetRefusal => new BitgetRefusal('25236', 'Incorrect position open type');

export const unsupported = (what: string): BitgetRefusal =>
  new BitgetRefusal('25240', `${what} does not support this operation`);

/** To an endpoint of classic accounts (v2). */
export const classicAccountApi = (): BitgetRefusal =>
  new BitgetRefusal(
    '40085',
    'You are in Unified Account mode, and the Classic Account API is not supported at this time',
    400,
  );

export const mayNotTrade = (): BitgetRefusal =>
  new BitgetRefusal('40014', 'Incorrect permissions, need UTA trade write permissions');

/** "429 Too Many Requests" is both a status and a code. */
export const tooManyRequests = (): BitgetRefusal => new BitgetRefusal('429', 'Too Many Requests', 429);

/** A fault in the venue's own words. */
export function faultRefusal({ kind, status, words }: RefusingFault): BitgetRefusal {
  if (words !== null) return new BitgetRefusal(String(words.code).padStart(5, '0'), words.message, status);
  switch (kind) {
    case 'http_error':
    case 'http_error_after':
      return serverFault(status);
    case 'rate_limit':
      return new BitgetRefusal('429', tooManyRequests().message, status);
    case 'maintenance':
      return new BitgetRefusal('40200', 'Server upgrade, please try again later', status);
  }
}

/** The codes that say nothing of what became of the request, by their statuses. */
function serverFault(status: number): BitgetRefusal {
  switch (status) {
    case 400:
      return new BitgetRefusal('40010', 'Request timed out', status);
    case 429:
      return new BitgetRefusal('429', tooManyRequests().message, status);
    case 503:
      return new BitgetRefusal('40725', 'service return an error', status);
    case 504:
      return new BitgetRefusal('25001', 'Operation timed out', status);
    default:
      return new BitgetRefusal('45001', 'Unknown error', status);
  }
}

/** Names of the neutral exchange's fields in requests. */
const FIELD_NAMES: Readonly<Record<string, string>> = {
  quantity: 'qty',
  cost: 'qty',
  positionSide: 'posSide',
  type: 'orderType',
  postOnly: 'timeInForce',
};

/** A refusal of the neutral exchange. */
export function exchangeRefusal(category: Category, name: string, refusal: Refusal): BitgetRefusal {
  const no = (code: string, text: string): BitgetRefusal => new BitgetRefusal(code, text);
  switch (refusal.code) {
    case 'unknown_account':
      return no('40006', 'Invalid ACCESS_KEY');
    case 'unknown_symbol':
      return symbolAbsent(name);
    case 'bad_field':
      return malformed(FIELD_NAMES[refusal.field] ?? refusal.field);
    case 'price_off_tick':
      return no('25244', `Price should be a multiple of ${refusal.tick.toString()}`);
    case 'price_outside_band':
      return refusal.price.greaterThan(refusal.highest)
        ? no('25206', `${name} trading price cannot exceed ${refusal.highest.toString()}%`)
        : no('25205', `${name} trading price cannot be below ${refusal.lowest.toString()}%`);
    case 'quantity_off_step':
      return malformed('qty');
    case 'quantity_too_small':
      return no(
        '25207',
        `${name} trading quantity cannot be less than ${refusal.minQuantity.toString()} units`,
      );
    case 'quantity_too_large':
      return no('25208', `${name} trading quantity cannot exceed ${refusal.maxQuantity.toString()} units`);
    case 'notional_too_small':
      return no('25611', 'Order quantity must be greater than the minimum order amount');
    case 'insufficient_balance':
      return category === 'SPOT' ? no('25202', 'Insufficient balance') : no('25203', 'Insufficient margin');
    case 'duplicate_client_order_id':
      return duplicateClientId();
    case 'post_only_would_take':
    case 'amend_refused':
      return no('25568', 'The order does not meet the modification requirements.');
    case 'would_trigger_immediately':
    case 'list_prices_refused':
      return malformed('triggerPrice');
    case 'too_many_open_orders':
      return no('25211', `Exceeds the limit of ${refusal.limit} maximum orders`);
    case 'reduce_only_refused':
      return refusal.besideOthers === true
        ? no('25225', 'Insufficient available quantity in position')
        : no('25227', 'No position available to close');
    case 'leverage_out_of_range':
      return no('25223', 'Exceeds Max. leverage');
    case 'margin_mode_in_use':
    case 'position_mode_in_use':
      return refusal.code === 'position_mode_in_use' && refusal.by === 'positions'
        ? no('25107', 'There is currently a position, please close the position')
        : no(
            '25570',
            'There are pending orders for contract bidirectional closing or contract unidirectional opening/reducing positions.',
          );
    case 'margin_not_isolated':
      return unsupported('crossed');
    case 'no_position':
      return no('25227', 'No position available to close');
    case 'isolated_margin_needed':
      return no('25203', 'Insufficient margin');
    case 'position_side_mismatch':
      return wrongOpenType();
    case 'symbol_not_trading':
      return notTrading(refusal.status);
    case 'order_not_found':
    case 'order_not_open':
      return orderAbsent();
  }
}

function notTrading(status: SymbolStatus): BitgetRefusal {
  switch (status) {
    case 'reduce_only':
      return new BitgetRefusal('25105', 'This contract does not support opening positions');
    case 'settled':
      return new BitgetRefusal('25104', 'Contract delisted');
    case 'trading':
    case 'cancel_only':
    case 'halted':
      return new BitgetRefusal('25102', 'Trading pair temporarily closed for maintenance');
  }
}
