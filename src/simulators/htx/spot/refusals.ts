/**
 * Refusals of the neutral exchange in the words of HTX's spot API. Source: the error codes of "Trading" in the spot documentation; texts
 * that it does not have are those that ccxt's table of exceptions quotes.
 */
import type { Refusal } from '../../exchange/refusal.ts';
import { HtxRefusal } from '../errors.ts';
import type { HtxSymbol } from '../symbols.ts';
import type { OrderKind } from './order-words.ts';

export const recordInvalid = (): HtxRefusal => new HtxRefusal('base-record-invalid', 'record invalid');

export const symbolInvalid = (): HtxRefusal => new HtxRefusal('base-symbol-error', 'The symbol is invalid');

export const accountUnknown = (): HtxRefusal =>
  new HtxRefusal('account-get-accounts-inexistent-error', 'account for id is not exist');

/** `kind`: of the order that was refused, as the sides and the market orders have words of their own; null for a cancel. */
export function spotRefusal(refusal: Refusal, symbol: HtxSymbol, kind: OrderKind | null): HtxRefusal {
  const isMarket = kind?.behaviour === 'market';
  const sides = kind?.side === 'sell' ? 'sell' : 'buy';
  switch (refusal.code) {
    case 'unknown_account':
      return accountUnknown();
    case 'unknown_symbol':
      return symbolInvalid();
    case 'bad_field':
      return new HtxRefusal(
        refusal.field === 'price' ? 'invalid-price' : 'invalid-amount',
        `Paramemter \`${refusal.field === 'price' ? 'price' : 'amount'}\` is invalid.`,
      );
    case 'price_off_tick':
      return new HtxRefusal(
        'order-orderprice-precision-error',
        `order price precision error, scale: \`${symbol.tickSize.scale}\``,
      );
    case 'price_outside_band':
      return kind?.side === 'sell'
        ? new HtxRefusal(
            'order-limitorder-price-min-error',
            `The price cannot be lower than ${refusal.lowest.toString()} USDT`,
          )
        : new HtxRefusal(
            'order-limitorder-price-max-error',
            `The price cannot be higher than ${refusal.highest.toString()} USDT`,
          );
    case 'quantity_off_step':
      return new HtxRefusal(
        'order-orderamount-precision-error',
        `order amount precision error, scale: \`${symbol.quantityStep.scale}\``,
      );
    case 'quantity_too_small':
      return new HtxRefusal(
        isMarket ? 'order-marketorder-amount-min-error' : 'order-limitorder-amount-min-error',
        `${isMarket ? 'market' : 'limit'} order amount error, min: \`${refusal.minQuantity.toString()}\``,
      );
    case 'quantity_too_large':
      return new HtxRefusal(
        isMarket ? `order-marketorder-amount-${sides}-max-error` : 'order-limitorder-amount-max-error',
        `${isMarket ? 'market' : 'limit'} order amount error, max: \`${refusal.maxQuantity.toString()}\``,
      );
    case 'notional_too_small':
      return new HtxRefusal(
        'order-value-min-error',
        `Order total cannot be lower than: ${refusal.minNotional.toString()} USDT`,
      );
    case 'insufficient_balance':
      return new HtxRefusal(
        'account-frozen-balance-insufficient-error',
        `trade account balance is not enough, left: \`${refusal.free.toString()}\``,
      );
    case 'duplicate_client_order_id':
      return new HtxRefusal('invalid-client-order-id', 'Invalid client order id');
    case 'too_many_open_orders':
      return new HtxRefusal('order-holding-limit-failed', 'Order failed, exceeded the limit of open orders');
    case 'symbol_not_trading':
      return new HtxRefusal('base-symbol-trade-disabled', 'Trading is disabled for this symbol');
    case 'order_not_found':
      return recordInvalid();
    case 'order_not_open':
      return new HtxRefusal('order-orderstate-error', 'Incorrect order state');
    case 'post_only_would_take':
    case 'would_trigger_immediately':
    case 'list_prices_refused':
    case 'reduce_only_refused':
    case 'leverage_out_of_range':
    case 'margin_mode_in_use':
    case 'margin_not_isolated':
    case 'no_position':
    case 'isolated_margin_needed':
    case 'position_side_mismatch':
    case 'position_mode_in_use':
    case 'amend_refused':
      return new HtxRefusal('base-argument-unsupported', 'The specified parameter is not supported');
  }
}
