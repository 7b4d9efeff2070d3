/**
 * Spot orders and deals as MEXC prints them over REST.
 *
 * Entry points: `newOrderJson`, `orderJson`, `canceledOrderJson`, `tradeJson`. The answer to a create has neither status nor client id nor
 * fills. Source: "New Order", "Query Order", "Cancel Order" and "Account Trade List" of the spot v3 documentation; fields that its
 * examples show with a value of older versions (`timeInForce`, `stopPrice`, `icebergQty`) are null as in the recorded answers of ccxt's class.
 */
import type { Fill, Order } from '../../exchange/order.ts';
import { spotListingOf, spotTradeId } from './instruments.ts';
import { selfTradeName, sideName, statusName, typeOf } from './order-words.ts';

export type Json = Record<string, unknown>;

function figures(order: Order): Json {
  return {
    price: order.price?.toString() ?? '0',
    origQty: order.quantity.toString(),
    executedQty: order.filled.toString(),
    cummulativeQuoteQty: order.filledCost.toString(),
    status: statusName(order),
    timeInForce: null,
    type: typeOf(order),
    side: sideName(order.side),
  };
}

export function newOrderJson(order: Order): Json {
  return {
    symbol: spotListingOf(order.symbol).id,
    orderId: order.venueOrderId,
    orderListId: -1,
    price: order.price?.toString() ?? '0',
    origQty: order.quantity.toString(),
    type: typeOf(order),
    side: sideName(order.side),
    stpMode: selfTradeName(order),
    transactTime: order.createdAt,
  };
}

/** `GET /api/v3/order`, `openOrders`, `allOrders`. */
export function orderJson(order: Order): Json {
  return {
    symbol: spotListingOf(order.symbol).id,
    orderId: order.venueOrderId,
    orderListId: -1,
    clientOrderId: order.clientOrderId,
    ...figures(order),
    stopPrice: null,
    icebergQty: null,
    time: order.createdAt,
    updateTime: order.updatedAt,
    isWorking: true,
    stpMode: selfTradeName(order),
    cancelReason: order.endReason === 'self_trade_prevention' ? 'stp_cancel' : '',
    origQuoteOrderQty: order.cost?.toString() ?? order.price?.multiply(order.quantity).toString() ?? '0',
  };
}

/** The answer to a cancel. `shown` is the order as it ended, or as it was before. */
export function canceledOrderJson(shown: Order, cancelClientOrderId: string | null): Json {
  return {
    symbol: spotListingOf(shown.symbol).id,
    origClientOrderId: shown.clientOrderId,
    orderId: shown.venueOrderId,
    orderListId: -1,
    clientOrderId: cancelClientOrderId,
    ...figures(shown),
  };
}

/** An entry of `GET /api/v3/myTrades`. */
export function tradeJson(fill: Fill): Json {
  return {
    symbol: spotListingOf(fill.symbol).id,
    id: spotTradeId(fill),
    orderId: fill.venueOrderId,
    orderListId: -1,
    price: fill.price.toString(),
    qty: fill.quantity.toString(),
    quoteQty: fill.cost.toString(),
    commission: fill.fee.toString(),
    commissionAsset: fill.feeAsset,
    time: fill.at,
    isBuyer: fill.side === 'buy',
    isMaker: fill.liquidity === 'maker',
    isBestMatch: true,
    isSelfTrade: false,
    clientOrderId: fill.clientOrderId,
  };
}
