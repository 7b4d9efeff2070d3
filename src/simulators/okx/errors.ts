/**
 * OKX's refusals: the code and text, and the HTTP status, which is 200 for most.
 *
 * Entry points: `OkxRefusal`, one function per documented text, `exchangeRefusal`, `faultRefusal`. Source: "Error Code" of the v5
 * documentation. A refusal of an order stands in its entry of the answer (`sCode`, `sMsg`), below a top-level code of 1.
 */
import type { Refusal } from '../exchange/refusal.ts';
import type { SymbolStatus } from '../exchange/state.ts';
import type { RefusingFault } from '../wire/wire.ts';
import type { InstType } from './symbols.ts';

export class OkxRefusal extends Error {
  readonly code: number;
  readonly status: number;

  constructor(code: number, text: string, status = 200) {
    super(text);
    this.name = 'OkxRefusal';
    this.code = code;
    this.status = status;
  }
}

/** A parameter is missing: a refusal of the whole request. */
export const missing = (name: string): OkxRefusal =>
  new OkxRefusal(50014, `Parameter ${name} can not be empty.`, 400);

export const eitherMissing = (one: string, other: string): OkxRefusal =>
  new OkxRefusal(50015, `Either parameter ${one} or ${other} is required`, 400);

export const parameterError = (name: string): OkxRefusal =>
  new OkxRefusal(51000, `Parameter ${name} error`, 400);

export const rateLimited = (status: 200 | 429): OkxRefusal =>
  new OkxRefusal(
    50011,
    'Rate limit reached. Please refer to API documentation and throttle requests accordingly.',
    status,
  );

export const orderAbsent = (): OkxRefusal => new OkxRefusal(51603, 'Order does not exist.');

/** A fault in the venue's own words. */
export function faultRefusal({ kind, status, words }: RefusingFault): OkxRefusal {
  if (words !== null) return new OkxRefusal(words.code, words.message, status);
  switch (kind) {
    case 'http_error':
    case 'http_error_after':
      return serverFault(status);
    case 'rate_limit':
      return new OkxRefusal(50011, rateLimited(200).message, status);
    case 'maintenance':
      return new OkxRefusal(50001, 'Service temporarily unavailable. Please try again later.', status);
  }
}

/** The codes that say nothing of what became of the request, by their statuses. */
function serverFault(status: number): OkxRefusal {
  switch (status) {
    case 400:
      return new OkxRefusal(
        50004,
        'API endpoint request timeout. (does not mean that the request was successful or failed, please check the request result).',
        status,
      );
    case 429:
      return new OkxRefusal(50013, 'Systems are busy. Please try again later.', status);
    case 503:
      return new OkxRefusal(50001, 'Service temporarily unavailable. Please try again later.', status);
    case 504:
      return new OkxRefusal(
        51149,
        'Order timed out. Please try again. (does not mean that the request was successful or failed, please check the request result)',
        status,
      );
    default:
      return new OkxRefusal(50026, 'System error. Try again later', status);
  }
}

/** Names of the neutral exchange's fields in requests. */
const FIELD_NAMES: Readonly<Record<string, string>> = {
  quantity: 'sz',
  cost: 'sz',
  price: 'px',
  stopPrice: 'triggerPx',
  positionSide: 'posSide',
  type: 'ordType',
  timeInForce: 'ordType',
  postOnly: 'ordType',
};

/** A refusal of the neutral exchange. `act` decides the words for an order that is not there. */
export function exchangeRefusal(
  instType: InstType,
  refusal: Refusal,
  act: 'place' | 'amend' | 'cancel' | 'set' = 'place',
): OkxRefusal {
  const no = (code: number, text: string): OkxRefusal => new OkxRefusal(code, text);
  switch (refusal.code) {
    case 'unknown_account':
      return no(50119, "API key doesn't exist");
    case 'unknown_symbol':
      return no(51001, "Instrument ID, Instrument ID code or Spread ID doesn't exist.");
    case 'bad_field':
      return parameterError(FIELD_NAMES[refusal.field] ?? refusal.field);
    case 'price_off_tick':
      return no(51150, 'The precision of the number of trades or the price exceeds the limit.');
    case 'price_outside_band':
      return no(
        51006,
        `Order price is not within the price limit (max buy price: ${refusal.highest.toString()} , min sell price: ${refusal.lowest.toString()} )`,
      );
    case 'quantity_off_step':
      return no(51121, 'Order quantity must be a multiple of the lot size.');
    case 'quantity_too_small':
    case 'notional_too_small':
      return no(51020, 'Your order should meet or exceed the minimum order amount.');
    case 'quantity_too_large':
      return instType === 'SPOT'
        ? no(51203, `Order amount exceeds the limit ${refusal.maxQuantity.toString()}.`)
        : no(
            51101,
            `Order failed, the sz of the current order can't be more than ${refusal.maxQuantity.toString()} (contracts).`,
          );
    case 'insufficient_balance':
      return no(51008, `Order failed. Insufficient ${refusal.asset} balance in account`);
    case 'duplicate_client_order_id':
      return no(51016, 'Client order ID already exists.');
    case 'post_only_would_take':
      return no(51511, 'Modification failed as the order price did not meet the requirement for Post Only.');
    case 'would_trigger_immediately':
    case 'list_prices_refused':
      return parameterError('triggerPx');
    case 'too_many_open_orders':
      return no(51025, 'Order count exceeds the limit.');
    case 'reduce_only_refused':
      return refusal.besideOthers === true
        ? no(51112, 'Close order size exceeds available size for this position.')
        : no(
            51169,
            "Order failed because you don't have any positions in this direction for this contract to reduce or close.",
          );
    case 'leverage_out_of_range':
      return no(59102, 'Leverage exceeds the maximum limit. Please lower the leverage.');
    case 'margin_mode_in_use':
    case 'position_mode_in_use':
      return no(59000, 'Settings failed. Close any open positions or orders before modifying settings.');
    case 'margin_not_isolated':
      return no(51010, 'Request unsupported under current account mode');
    case 'no_position':
      return no(51023, "Position doesn't exist.");
    case 'isolated_margin_needed':
      return no(59301, 'Margin adjustment failed for exceeding the max limit.');
    case 'position_side_mismatch':
      return parameterError('posSide');
    case 'symbol_not_trading':
      return notTrading(refusal.status);
    case 'order_not_found':
    case 'order_not_open':
      return act === 'amend'
        ? no(51503, 'Your order has already been filled or canceled.')
        : no(51400, 'Order cancellation failed as the order has been filled, canceled or does not exist.');
    case 'amend_refused':
      return no(51506, 'Order modification unavailable for the order type.');
  }
}

function notTrading(status: SymbolStatus): OkxRefusal {
  return status === 'settled'
    ? new OkxRefusal(51027, 'Contract expired.')
    : new OkxRefusal(51022, 'Contract suspended.');
}
