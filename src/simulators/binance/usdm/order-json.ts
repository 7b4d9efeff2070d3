/**
 * USD-M orders, conditional (algo) orders and fills in the JSON of the answers, and the words and figures of it.
 *
 * Entry points: `usdmOrderJson`, `acknowledgedOrderJson`, `algoOrderJson`, `userTradeJson`. Source: "Query Order", "Query Algo
 * Order" and "Account Trade List" of the USD-M futures documentation.
 */
import { Decimal } from '../../../core/decimal.ts';
import type { OrderAmendment } from '../../exchange/account.ts';
import { averagePriceOf, isDone, venueReasonOf } from '../../exchange/order.ts';
import type { Fill, Order, Trailing } from '../../exchange/order.ts';
import { fixed } from '../../wire/figures.ts';
import { selfTradeName, sideName, statusName } from '../order-words.ts';
import { usdmSymbolOf } from './instruments.ts';
import { positionSideName } from './position-sides.ts';
import type { UsdmSymbol } from './symbols.ts';

export function usdmSymbolId(unified: string): string {
  return usdmSymbolOf(unified)?.id ?? unified;
}

export function priceText(symbol: UsdmSymbol | undefined, price: Decimal | null): string {
  return fixed(price ?? Decimal.zero, symbol?.pricePrecision ?? 2);
}

export function quantityText(symbol: UsdmSymbol | undefined, quantity: Decimal): string {
  return fixed(quantity, symbol?.quantityPrecision ?? 3);
}

/** The average fill price of an order; zero without a fill, or without an order. */
export function averagePriceText(order: Order | null): string {
  const average = order === null ? null : averagePriceOf(order, AVERAGE_SCALE);
  return averageText(order === null ? undefined : usdmSymbolOf(order.symbol), average ?? Decimal.zero);
}

/** An average price: finer than the symbol's prices, and with five digits at least. */
export function averageText(symbol: UsdmSymbol | undefined, price: Decimal): string {
  return fixed(price, Math.max(5, (symbol?.pricePrecision ?? 0) + 1));
}

/** Digits that an average is computed to before it is printed. */
const AVERAGE_SCALE = 12;

/** Which price triggers a conditional order. */
export function workingTypeName(order: Order): string {
  return order.triggerSource === 'mark' ? 'MARK_PRICE' : 'CONTRACT_PRICE';
}

export function usdmTypeName(order: Order): string {
  switch (order.type) {
    case 'limit':
      return 'LIMIT';
    case 'market':
      return 'MARKET';
    case 'stop_market':
      return order.trailing === undefined ? 'STOP_MARKET' : 'TRAILING_STOP_MARKET';
    case 'stop_limit':
      return 'STOP';
    case 'take_profit_market':
      return 'TAKE_PROFIT_MARKET';
    case 'take_profit_limit':
      return 'TAKE_PROFIT';
  }
}

export function usdmTimeInForce(order: Order): string {
  if (order.postOnly) return 'GTX';
  return order.conditional ? (order.tags['timeInForce'] ?? order.timeInForce) : order.timeInForce;
}

export function isLiquidation(order: Order): boolean {
  return venueReasonOf(order) === 'liquidation';
}

/** The client's own id, or the one that the venue gives an order by which it liquidates or settles. */
export function clientIdOf(order: Order): string {
  if (venueReasonOf(order) === 'settlement') return `settlement_autoclose-${order.createdAt}`;
  if (isLiquidation(order)) return `autoclose-${order.createdAt}`;
  return order.clientOrderId ?? '';
}

/** A regular order as create, query, cancel and amend answer it. */
export function usdmOrderJson(order: Order): Record<string, unknown> {
  const symbol = usdmSymbolOf(order.symbol);
  return {
    orderId: Number(order.venueOrderId),
    symbol: usdmSymbolId(order.symbol),
    status: statusName(order),
    clientOrderId: clientIdOf(order),
    price: priceText(symbol, order.price),
    avgPrice: averagePriceText(order),
    origQty: quantityText(symbol, order.quantity),
    executedQty: quantityText(symbol, order.filled),
    cumQty: quantityText(symbol, order.filled),
    cumQuote: fixed(order.filledCost, 5),
    timeInForce: usdmTimeInForce(order),
    type: usdmTypeName(order),
    reduceOnly: order.reduceOnly,
    closePosition: order.closePosition,
    side: sideName(order),
    positionSide: positionSideName(order.positionSide),
    stopPrice: priceText(symbol, order.stopPrice),
    workingType: workingTypeName(order),
    priceProtect: order.tags['priceProtect'] === 'true',
    origType: usdmTypeName(order),
    priceMatch: order.tags['priceMatch'] ?? 'NONE',
    selfTradePreventionMode: selfTradeName(order),
    goodTillDate: order.expiresAt ?? 0,
    time: order.createdAt,
    updateTime: order.updatedAt,
  };
}

/** The order as it was when it was accepted, which is all that an ACK shows. */
export function acknowledgedOrderJson(order: Order): Record<string, unknown> {
  return usdmOrderJson({
    ...order,
    status: 'open',
    endReason: null,
    filled: Decimal.zero,
    filledCost: Decimal.zero,
    updatedAt: order.createdAt,
  });
}

/** The status of a conditional order; `actual` is the order that it created, if any. */
export function algoStatusName(order: Order, actual: Order | null): string {
  switch (order.status) {
    case 'pending':
    case 'untriggered':
    case 'open':
    case 'partially_filled':
      return 'NEW';
    case 'triggered':
      return actual !== null && isDone(actual.status) ? 'FINISHED' : 'TRIGGERED';
    case 'filled':
      return 'FINISHED';
    case 'canceled':
      return 'CANCELED';
    case 'expired':
      return 'EXPIRED';
    case 'rejected':
      return 'REJECTED';
  }
}

/** Of a trailing stop alone: where it begins to follow the price, and how far that must turn back in percent. */
function trailingFigures(order: Order): Record<string, unknown> {
  const { trailing } = order;
  if (trailing === undefined) return {};
  const symbol = usdmSymbolOf(order.symbol);
  const begins = order.tags['activatePrice'] ?? priceText(symbol, trailing.activationPrice);
  return { activatePrice: begins, callbackRate: callbackPercent(trailing).toString() };
}

export function callbackPercent({ callbackRate }: Trailing): Decimal {
  return callbackRate.multiply(PERCENT);
}

const PERCENT = Decimal.of(100n);

/** A conditional order as its own endpoints answer it. */
export function algoOrderJson(order: Order, actual: Order | null): Record<string, unknown> {
  const symbol = usdmSymbolOf(order.symbol);
  return {
    algoId: Number(order.venueOrderId),
    clientAlgoId: order.clientOrderId ?? '',
    algoType: 'CONDITIONAL',
    orderType: usdmTypeName(order),
    symbol: usdmSymbolId(order.symbol),
    side: sideName(order),
    positionSide: positionSideName(order.positionSide),
    timeInForce: usdmTimeInForce(order),
    quantity: quantityText(symbol, order.quantity),
    algoStatus: algoStatusName(order, actual),
    actualOrderId: order.triggeredVenueOrderId ?? '',
    actualPrice: averagePriceText(actual),
    triggerPrice: priceText(symbol, order.stopPrice),
    price: priceText(symbol, order.price),
    icebergQuantity: null,
    tpTriggerPrice: '0.000',
    tpPrice: '0.000',
    slTriggerPrice: '0.000',
    slPrice: '0.000',
    tpOrderType: '',
    selfTradePreventionMode: selfTradeName(order),
    workingType: workingTypeName(order),
    priceMatch: 'NONE',
    closePosition: order.closePosition,
    priceProtect: order.tags['priceProtect'] === 'true',
    reduceOnly: order.reduceOnly,
    ...trailingFigures(order),
    createTime: order.createdAt,
    updateTime: order.updatedAt,
    triggerTime: order.triggeredAt ?? 0,
    goodTillDate: order.expiresAt ?? 0,
  };
}

/** One entry of `GET /fapi/v1/orderAmendment`; `count`: which change of the order it was. */
export function amendmentJson(
  symbol: UsdmSymbol,
  change: OrderAmendment,
  count: number,
): Record<string, unknown> {
  return {
    amendmentId: change.number,
    symbol: symbol.id,
    pair: symbol.id,
    orderId: Number(change.venueOrderId),
    clientOrderId: change.clientOrderId ?? '',
    time: change.at,
    amendment: {
      price: { before: priceText(symbol, change.formerPrice), after: priceText(symbol, change.price) },
      origQty: {
        before: quantityText(symbol, change.formerQuantity),
        after: quantityText(symbol, change.quantity),
      },
      count,
    },
  };
}

/** One entry of `GET /fapi/v1/userTrades`. */
export function userTradeJson(fill: Fill): Record<string, unknown> {
  const symbol = usdmSymbolOf(fill.symbol);
  return {
    symbol: usdmSymbolId(fill.symbol),
    id: Number(fill.tradeId),
    orderId: Number(fill.venueOrderId),
    side: sideName(fill),
    price: priceText(symbol, fill.price),
    qty: quantityText(symbol, fill.quantity),
    realizedPnl: fixed(fill.realizedPnl, 8),
    quoteQty: fixed(fill.cost, 5),
    commission: fixed(fill.fee, 8),
    commissionAsset: fill.feeAsset,
    time: fill.at,
    positionSide: positionSideName(fill.positionSide),
    buyer: fill.side === 'buy',
    maker: fill.liquidity === 'maker',
  };
}
