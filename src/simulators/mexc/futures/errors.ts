/**
 * The refusals of MEXC's contract API: an envelope with `success` false, a code and a text.
 *
 * Entry points: `FuturesRefusal`, one function per documented code, `exchangeRefusal`, `faultRefusal`. Source: "Error code Example" and "Cancel
 * the order" of the contract documentation; texts that stand nowhere else are those that ccxt's class looks for.
 */
import type { Refusal } from '../../exchange/refusal.ts';
import type { RefusingFault, WireReply } from '../../wire/wire.ts';

export class FuturesRefusal extends Error {
  readonly code: number;
  readonly status: number;

  constructor(code: number, text: string, status = 200) {
    super(text);
    this.name = 'FuturesRefusal';
    this.code = code;
    this.status = status;
  }
}

export function refusalReply({ code, message, status }: FuturesRefusal): WireReply {
  return {
    status,
    body: JSON.stringify({ success: false, code, message }),
    outcome: status >= 500 ? 'error' : 'refused',
  };
}

export const parameterError = (): FuturesRefusal => new FuturesRefusal(600, 'Param error!');
export const decodingError = (): FuturesRefusal => new FuturesRefusal(601, 'Data decoding error');
export const unauthorized = (): FuturesRefusal =>
  new FuturesRefusal(401, 'No authority! Not logged in or login has expired.');
export const requestExpired = (): FuturesRefusal => new FuturesRefusal(513, 'Invalid request!');
export const signatureInvalid = (): FuturesRefusal =>
  new FuturesRefusal(602, 'Signature verification failed!');
export const mayNotTrade = (): FuturesRefusal =>
  new FuturesRefusal(704, 'Transaction information modify permission is required');
export const tooFrequent = (): FuturesRefusal =>
  new FuturesRefusal(510, 'Requests are too frequent, please try again later!');
export const contractUnknown = (): FuturesRefusal => new FuturesRefusal(1001, 'Contract does not exist!');
export const contractNotForApi = (): FuturesRefusal =>
  new FuturesRefusal(1002, 'Contract not allow place order!');
export const externalIdTooLong = (): FuturesRefusal =>
  new FuturesRefusal(2030, 'External order ID is too long');
export const orderTypeWrong = (): FuturesRefusal => new FuturesRefusal(2029, 'Error order type');
export const sideWrong = (): FuturesRefusal => new FuturesRefusal(2001, 'Wrong order direction');
export const openTypeWrong = (): FuturesRefusal => new FuturesRefusal(2002, 'Wrong opening type');
export const leverageWrong = (): FuturesRefusal => new FuturesRefusal(2006, 'Leverage ratio error');
export const volumeWrong = (): FuturesRefusal =>
  new FuturesRefusal(2011, 'Order quantity error, please try to modify.');
export const tooManyCanceled = (): FuturesRefusal =>
  new FuturesRefusal(2013, 'Cancel orders over maximum limit');
export const batchTooLarge = (): FuturesRefusal =>
  new FuturesRefusal(2014, 'The quantity of batch order exceeds the limit');
export const queryTooLarge = (): FuturesRefusal =>
  new FuturesRefusal(2034, 'The batch query quantity limit is exceeded');
export const positionTypeWrong = (): FuturesRefusal => new FuturesRefusal(2022, 'Wrong position type');

/** The outcome of a cancel for one order. */
export const CANCELS = {
  done: { errorCode: 0, errorMsg: 'success' },
  absent: { errorCode: 2040, errorMsg: 'order not exist' },
  ended: { errorCode: 2041, errorMsg: 'order state cannot be cancelled' },
} as const;

export type CancelOutcome = (typeof CANCELS)[keyof typeof CANCELS];

/** A fault in the venue's own words. */
export function faultRefusal({ kind, status, words }: RefusingFault): FuturesRefusal {
  if (words !== null) return new FuturesRefusal(words.code, words.message, status);
  switch (kind) {
    case 'http_error':
    case 'http_error_after':
      return new FuturesRefusal(status === 503 ? 501 : 500, 'System internal error!', status);
    case 'maintenance':
      return new FuturesRefusal(501, 'System busy', status);
    case 'rate_limit':
      return new FuturesRefusal(510, 'Requests are too frequent, please try again later!', status);
  }
}

/** A refusal of the neutral exchange. */
export function exchangeRefusal(refusal: Refusal): FuturesRefusal {
  const refused = (code: number, text: string): FuturesRefusal => new FuturesRefusal(code, text);
  switch (refusal.code) {
    case 'unknown_account':
      return refused(1000, 'Account does not exist');
    case 'unknown_symbol':
      return contractUnknown();
    case 'bad_field':
    case 'would_trigger_immediately':
    case 'list_prices_refused':
    case 'post_only_would_take':
      return parameterError();
    case 'price_off_tick':
    case 'quantity_off_step':
      return refused(2015, 'Price or quantity accuracy error');
    case 'price_outside_band':
      return refusal.price.greaterThan(refusal.highest)
        ? refused(2003, 'Bid price is great than max allow price')
        : refused(2004, 'Ask price is less than min allow price');
    case 'quantity_too_small':
    case 'notional_too_small':
      return volumeWrong();
    case 'quantity_too_large':
      return refused(2028, 'The maximum order quantity is exceeded');
    case 'insufficient_balance':
      return refused(2005, 'Insufficient balance!');
    case 'duplicate_client_order_id':
      return refused(603, 'Repeated requests');
    case 'too_many_open_orders':
      return refused(2036, 'The orders more than the limit, please contact customer service');
    case 'reduce_only_refused':
      return refusal.besideOthers === true
        ? refused(2008, 'The quantity is insufficient')
        : refused(2009, 'Position is not exists or closed.');
    case 'leverage_out_of_range':
      return leverageWrong();
    case 'margin_mode_in_use':
      return refused(2027, 'There is only one cross or isolated in the same direction');
    case 'margin_not_isolated':
      return refused(2026, 'Modification of leverage is not supported for cross');
    case 'no_position':
      return refused(2009, 'Position is not exists or closed.');
    case 'isolated_margin_needed':
      return refused(2018, 'Exceeding the maximum available margin');
    case 'position_side_mismatch':
      return positionTypeWrong();
    case 'position_mode_in_use':
      return refused(2019, 'There is an active open position');
    case 'symbol_not_trading':
      return refused(1002, 'Contract not activated');
    case 'order_not_found':
      return refused(CANCELS.absent.errorCode, CANCELS.absent.errorMsg);
    case 'order_not_open':
      return refused(CANCELS.ended.errorCode, CANCELS.ended.errorMsg);
    case 'amend_refused':
      return parameterError();
  }
}
