/** The neutral exchange's refusals in USD-M futures' codes and texts. Source: "Error Codes" of the futures documentation. */
import type { Refusal } from '../../exchange/refusal.ts';
import { apiKeyUnknown, cancelRejected, invalidSymbol, usdmRefusal, type BinanceRefusal } from '../errors.ts';
import { USDM_LIMITS } from './symbols.ts';

export function refuseConditionalType(): BinanceRefusal {
  return usdmRefusal(
    -4120,
    'Order type not supported for this endpoint. Please use the Algo Order API endpoints instead.',
  );
}

export function refuseMarketTake(): BinanceRefusal {
  return usdmRefusal(-4131, "The counterparty's best price does not meet the PERCENT_PRICE filter limit.");
}

export function refuseExcessPosition(): BinanceRefusal {
  return usdmRefusal(-2027, 'Exceeded the maximum allowable position at current leverage.');
}

export function refuseUnchangedOrder(): BinanceRefusal {
  return usdmRefusal(-5027, 'No need to modify the order.');
}

export function usdmExchangeRefusal(refusal: Refusal): BinanceRefusal {
  switch (refusal.code) {
    case 'unknown_account':
      return apiKeyUnknown();
    case 'unknown_symbol':
      return invalidSymbol();
    case 'bad_field':
      return usdmRefusal(-1130, `Data sent for parameter '${refusal.field}' is not valid.`);
    case 'price_off_tick':
      return usdmRefusal(-4014, 'Price not increased by tick size.');
    case 'price_outside_band':
      return refusal.price.greaterThan(refusal.highest)
        ? usdmRefusal(-4016, `Limit price can't be higher than ${refusal.highest.toString()}.`)
        : usdmRefusal(-4024, `Limit price can't be lower than ${refusal.lowest.toString()}.`);
    case 'quantity_off_step':
      return usdmRefusal(-4023, 'Qty not increased by step size.');
    case 'quantity_too_small':
      return usdmRefusal(-4004, 'Quantity less than min quantity.');
    case 'quantity_too_large':
      return usdmRefusal(-4005, 'Quantity greater than max quantity.');
    case 'notional_too_small':
      return usdmRefusal(
        -4164,
        `Order's notional must be no smaller than ${refusal.minNotional.toString()} (unless you choose reduce only).`,
      );
    case 'insufficient_balance':
      return usdmRefusal(-2019, 'Margin is insufficient.');
    case 'duplicate_client_order_id':
      return usdmRefusal(-4116, 'ClientOrderId is duplicated.');
    case 'post_only_would_take':
      return usdmRefusal(
        -5022,
        'Due to the order could not be executed as maker, the Post Only order will be rejected. The order will not be recorded in the order history',
      );
    case 'would_trigger_immediately':
      return usdmRefusal(-2021, 'Order would immediately trigger.');
    case 'too_many_open_orders':
      return refusal.limit === USDM_LIMITS.maxAlgoOrders
        ? usdmRefusal(-4045, 'Reach max stop order limit.')
        : usdmRefusal(-2025, 'Reach max open order limit.');
    case 'list_prices_refused':
      return usdmRefusal(-1130, "Data sent for parameter 'stopPrice' is not valid.");
    case 'reduce_only_refused':
      return refusal.besideOthers === true
        ? usdmRefusal(-4118, 'ReduceOnly Order Failed. Please check your existing position and open orders')
        : usdmRefusal(-2022, 'ReduceOnly Order is rejected.');
    case 'leverage_out_of_range':
      return usdmRefusal(-4028, 'Leverage is not valid');
    case 'margin_mode_in_use':
      return usdmRefusal(-4048, 'Margin type cannot be changed if there exists position.');
    case 'margin_not_isolated':
      return usdmRefusal(-4053, 'Auto add margin only support for isolated position.');
    case 'no_position':
      return usdmRefusal(-4054, 'Cannot add position margin: position is 0.');
    case 'isolated_margin_needed':
      return usdmRefusal(-4051, 'Isolated balance insufficient.');
    case 'position_side_mismatch':
      return usdmRefusal(-4061, "Order's position side does not match user's setting.");
    case 'position_mode_in_use':
      return refusal.by === 'orders'
        ? usdmRefusal(-4067, 'Position side cannot be changed if there exists open orders.')
        : usdmRefusal(-4068, 'Position side cannot be changed if there exists position.');
    case 'symbol_not_trading':
      return refusal.status === 'settled'
        ? usdmRefusal(-4141, 'Symbol is closed.')
        : usdmRefusal(-4140, 'Invalid symbol status for opening position.');
    case 'order_not_found':
    case 'order_not_open':
      return cancelRejected();
    case 'amend_refused':
      return usdmRefusal(-5027, refusal.detail);
  }
}
