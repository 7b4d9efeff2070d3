/** The neutral exchange's refusals in Binance spot's codes and texts. */
import type { Refusal } from '../../exchange/refusal.ts';
import {
  amendRejected,
  apiKeyUnknown,
  cancelRejected,
  DUPLICATE_ORDER_TEXT,
  filterFailure,
  INSUFFICIENT_BALANCE_TEXT,
  invalidMessage,
  invalidSymbol,
  LIST_PRICES_TEXT,
  newOrderRejected,
  WOULD_TAKE_TEXT,
  WOULD_TRIGGER_TEXT,
  type BinanceRefusal,
} from '../errors.ts';
import { SPOT_LIMITS } from './symbols.ts';

export function spotRefusal(refusal: Refusal): BinanceRefusal {
  switch (refusal.code) {
    case 'unknown_account':
      return apiKeyUnknown();
    case 'unknown_symbol':
      return invalidSymbol();
    case 'bad_field':
      return invalidMessage(`Invalid ${refusal.field}.`);
    case 'price_off_tick':
      return filterFailure('PRICE_FILTER');
    case 'price_outside_band':
      return filterFailure('PERCENT_PRICE_BY_SIDE');
    case 'quantity_off_step':
    case 'quantity_too_small':
    case 'quantity_too_large':
      return filterFailure('LOT_SIZE');
    case 'notional_too_small':
      return filterFailure('NOTIONAL');
    case 'insufficient_balance':
      return newOrderRejected(INSUFFICIENT_BALANCE_TEXT);
    case 'duplicate_client_order_id':
      return newOrderRejected(DUPLICATE_ORDER_TEXT);
    case 'post_only_would_take':
      return newOrderRejected(WOULD_TAKE_TEXT);
    case 'would_trigger_immediately':
      return newOrderRejected(WOULD_TRIGGER_TEXT);
    case 'too_many_open_orders':
      return filterFailure(
        refusal.limit === SPOT_LIMITS.maxAlgoOrders ? 'MAX_NUM_ALGO_ORDERS' : 'MAX_NUM_ORDERS',
      );
    case 'list_prices_refused':
      return newOrderRejected(LIST_PRICES_TEXT);
    case 'reduce_only_refused':
    case 'leverage_out_of_range':
    case 'margin_mode_in_use':
    case 'margin_not_isolated':
    case 'no_position':
    case 'isolated_margin_needed':
    case 'position_side_mismatch':
    case 'position_mode_in_use':
      return newOrderRejected('This action is disabled on this account.');
    case 'symbol_not_trading':
      return invalidMessage('Market is closed.');
    case 'order_not_found':
    case 'order_not_open':
      return cancelRejected();
    case 'amend_refused':
      return amendRejected(refusal.detail);
  }
}
