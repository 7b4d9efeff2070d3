/**
 * Spot orders, their lists and their fills in the JSON of the answers.
 *
 * Entry points: `orderQueryJson`, `newOrderJson`, `canceledOrderJson`, `amendedOrderJson`, `orderListJson`, `tradeJson`.
 * Source: "Trading endpoints" and "Account Endpoints" of rest-api.md.
 */
import { Decimal } from '../../../core/decimal.ts';
import { type Fill, hasTrigger, type Order, type OrderList } from '../../exchange/order.ts';
import { eight, eightOrZero, ZERO_EIGHT } from '../figures.ts';
import { selfTradeName, sideName, statusName } from '../order-words.ts';
import { spotSymbolOf } from './instruments.ts';
import type { ResponseType } from './order-requests.ts';
import type { SpotOrderType } from './symbols.ts';

/** The venue's id of a unified spot symbol. */
export function symbolId(unified: string): string {
  return spotSymbolOf(unified)?.id ?? unified;
}

export function orderTypeName(order: Order): SpotOrderType {
  switch (order.type) {
    case 'limit':
      return order.postOnly ? 'LIMIT_MAKER' : 'LIMIT';
    case 'market':
      return 'MARKET';
    case 'stop_market':
      return 'STOP_LOSS';
    case 'stop_limit':
      return 'STOP_LOSS_LIMIT';
    case 'take_profit_market':
      return 'TAKE_PROFIT';
    case 'take_profit_limit':
      return 'TAKE_PROFIT_LIMIT';
  }
}

/** Why an order expired, in the venue's words; undefined for any other end. */
export function expiryReason(order: Order): string | undefined {
  if (order.status !== 'expired' && order.status !== 'rejected') return undefined;
  switch (order.endReason) {
    case 'rest_not_filled':
      return order.timeInForce === 'IOC' && order.type !== 'market'
        ? 'UNFILLED_IOC_QUANTITY_EXPIRED'
        : 'INSUFFICIENT_LIQUIDITY';
    case 'fok_not_fillable':
      return 'UNFILLED_FOK_ORDER_EXPIRED';
    case 'list_other_leg':
      return 'OCO_TRIGGER';
    case 'list_first_ended':
      return 'OTO_PHASE_ONE_EXPIRED';
    case 'post_only_would_take':
    case 'insufficient_balance':
    case 'refused_on_trigger':
      return 'REJECTED';
    case 'liquidation':
    case 'symbol_settled':
      return 'EXCHANGE_CANCELED';
    case 'user_canceled':
    case 'self_trade_prevention':
    case 'good_till_date':
    case 'reduce_only':
    case null:
      return undefined;
  }
}

export function listIdOf(order: Order): number {
  return order.listId === null ? -1 : Number(order.listId);
}

/** The price that a conditional order waits for; null: none. */
export function stopPriceOf({ stopPrice, trailing }: Order): Decimal | null {
  return stopPrice ?? trailing?.activationPrice ?? null;
}

/** How a stop follows the price: by how many hundredths of a percent, and since when (-1: not yet). */
export function trailingOf({ trailing }: Order): { readonly delta: number; readonly since: number } | null {
  if (trailing === undefined) return null;
  const delta = trailing.callbackRate.multiply(Decimal.of(10_000n)).toApproximateNumber();
  return { delta, since: trailing.followsSince ?? -1 };
}

/** The fields that only some orders show, in every kind of answer. */
function conditionalFields(order: Order): Record<string, unknown> {
  const { strategyId, strategyType } = order.tags;
  const reason = expiryReason(order);
  const trailing = trailingOf(order);
  return {
    ...(trailing === null ? {} : { trailingDelta: trailing.delta, trailingTime: trailing.since }),
    ...(strategyId === undefined ? {} : { strategyId: Number(strategyId) }),
    ...(strategyType === undefined ? {} : { strategyType: Number(strategyType) }),
    ...(order.tags['usedSor'] === undefined ? {} : { workingFloor: 'EXCHANGE', usedSor: true }),
    ...(order.endReason === 'self_trade_prevention'
      ? { preventedMatchId: order.preventedMatchNumber, preventedQuantity: eight(order.preventedQuantity) }
      : {}),
    ...(reason === undefined ? {} : { expiryReason: reason }),
  };
}

function stopFields(order: Order): Record<string, unknown> {
  return {
    ...(hasTrigger(order.type) ? { stopPrice: eightOrZero(stopPriceOf(order)) } : {}),
    ...(order.tags['icebergQty'] === undefined ? {} : { icebergQty: order.tags['icebergQty'] }),
  };
}

/** The figures that every description of an order shares. */
function figures(order: Order): Record<string, unknown> {
  return {
    price: eightOrZero(order.price),
    // A pending order that sells what another buys has no quantity yet.
    ...(order.status === 'pending' && order.quantity.isZero() ? {} : { origQty: eight(order.quantity) }),
    executedQty: eight(order.filled),
    origQuoteOrderQty: eightOrZero(order.cost),
    cummulativeQuoteQty: eight(order.filledCost),
    status: statusName(order),
    timeInForce: order.timeInForce,
    type: orderTypeName(order),
    side: sideName(order),
  };
}

/** `GET /api/v3/order`, `openOrders`, `allOrders`. */
export function orderQueryJson(order: Order): Record<string, unknown> {
  return {
    symbol: symbolId(order.symbol),
    orderId: Number(order.venueOrderId),
    orderListId: listIdOf(order),
    clientOrderId: order.clientOrderId ?? '',
    ...figures(order),
    stopPrice: eightOrZero(stopPriceOf(order)),
    icebergQty: order.tags['icebergQty'] ?? ZERO_EIGHT,
    time: order.createdAt,
    updateTime: order.updatedAt,
    isWorking: order.workingAt !== null,
    workingTime: order.workingAt ?? -1,
    selfTradePreventionMode: selfTradeName(order),
    ...conditionalFields(order),
  };
}

/** The answer to a new order in the form asked for. */
export function newOrderJson(
  order: Order,
  fills: readonly Fill[],
  responseType: ResponseType,
): Record<string, unknown> {
  const acknowledgement = {
    symbol: symbolId(order.symbol),
    orderId: Number(order.venueOrderId),
    orderListId: listIdOf(order),
    clientOrderId: order.clientOrderId ?? '',
    transactTime: order.createdAt,
  };
  if (responseType === 'ACK') return acknowledgement;
  const result = {
    ...acknowledgement,
    ...figures(order),
    ...stopFields(order),
    workingTime: order.workingAt ?? -1,
  };
  const ending = { selfTradePreventionMode: selfTradeName(order), ...conditionalFields(order) };
  if (responseType === 'RESULT') return { ...result, ...ending };
  return {
    ...result,
    fills: fills.map((fill) => ({
      price: eight(fill.price),
      qty: eight(fill.quantity),
      commission: eight(fill.fee),
      commissionAsset: fill.feeAsset,
      tradeId: Number(fill.tradeId),
    })),
    ...ending,
  };
}

/** The answer to a cancel: `clientOrderId` is the cancel's own id. */
export function canceledOrderJson(order: Order, cancelClientOrderId: string): Record<string, unknown> {
  return {
    symbol: symbolId(order.symbol),
    origClientOrderId: order.clientOrderId ?? '',
    orderId: Number(order.venueOrderId),
    orderListId: listIdOf(order),
    clientOrderId: cancelClientOrderId,
    transactTime: order.updatedAt,
    ...figures(order),
    ...stopFields(order),
    selfTradePreventionMode: selfTradeName(order),
    ...conditionalFields(order),
  };
}

/** `amendedOrder` in the answer to an amend; `before` is the order as it was. */
export function amendedOrderJson(before: Order, order: Order): Record<string, unknown> {
  return {
    symbol: symbolId(order.symbol),
    orderId: Number(order.venueOrderId),
    orderListId: listIdOf(order),
    origClientOrderId: before.clientOrderId ?? '',
    clientOrderId: order.clientOrderId ?? '',
    price: eightOrZero(order.price),
    qty: eight(order.quantity),
    executedQty: eight(order.filled),
    preventedQty: eight(order.preventedQuantity),
    quoteOrderQty: eightOrZero(order.cost),
    cumulativeQuoteQty: eight(order.filledCost),
    status: statusName(order),
    timeInForce: order.timeInForce,
    type: orderTypeName(order),
    side: sideName(order),
    workingTime: order.workingAt ?? -1,
    selfTradePreventionMode: selfTradeName(order),
  };
}

export function contingencyName({ kind }: OrderList): 'OCO' | 'OTO' {
  return kind === 'one_cancels_other' ? 'OCO' : 'OTO';
}

/** The head of every description of an order list. */
export function orderListJson(list: OrderList): Record<string, unknown> {
  const done = list.status === 'done';
  return {
    orderListId: Number(list.listId),
    contingencyType: contingencyName(list),
    listStatusType: done ? 'ALL_DONE' : 'EXEC_STARTED',
    listOrderStatus: done ? 'ALL_DONE' : 'EXECUTING',
    listClientOrderId: list.clientListId ?? '',
    transactionTime: list.updatedAt,
    symbol: symbolId(list.symbol),
    orders: list.legs.map((leg) => ({
      symbol: symbolId(list.symbol),
      orderId: Number(leg.venueOrderId),
      clientOrderId: leg.clientOrderId ?? '',
    })),
  };
}

/** One entry of `GET /api/v3/myTrades`. */
export function tradeJson(fill: Fill, orderListId: number): Record<string, unknown> {
  return {
    symbol: symbolId(fill.symbol),
    id: Number(fill.tradeId),
    orderId: Number(fill.venueOrderId),
    orderListId,
    price: eight(fill.price),
    qty: eight(fill.quantity),
    quoteQty: eight(fill.cost),
    commission: eight(fill.fee),
    commissionAsset: fill.feeAsset,
    time: fill.at,
    isBuyer: fill.side === 'buy',
    isMaker: fill.liquidity === 'maker',
    isBestMatch: true,
  };
}
