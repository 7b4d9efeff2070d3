/**
 * USD-M orders on the wire: reading new orders and conditional (algo) orders, and the JSON of both and of trades.
 *
 * Entry points: `readUsdmOrder`, `readAlgoOrder`, `readUsdmReference`, `usdmOrderJson`, `algoOrderJson`, `userTradeJson`.
 * Source: "New Order", "New Algo Order", "Query Order", "Query Algo Order" and "Account Trade List" of the USD-M
 * futures documentation.
 */
import { Decimal } from '../../../core/decimal.ts';
import type { Fill, Order, OrderReference, OrderRequest } from '../../exchange/order.ts';
import {
  badCombination,
  eitherMissing,
  invalidOrderType,
  invalidParameter,
  invalidSymbol,
  invalidTimeInForce,
  mandatoryMissing,
  parameterNotRequired,
  usdmRefusal,
  usdmTooMuchPrecision,
} from '../errors.ts';
import { generatedClientOrderId } from '../figures.ts';
import { fixed } from '../../wire/figures.ts';
import { readSelfTradePrevention, readSide, selfTradeName, sideName, statusName } from '../order-words.ts';
import type { Parameters } from '../parameters.ts';
import { unifiedUsdmSymbol, usdmSymbolOf } from './instruments.ts';
import { checkClosePosition, positionSideName, readPositionSide, readReduceOnly } from './position-sides.ts';
import { refuseConditionalType } from './refusals.ts';
import { CONDITIONAL_TYPES, usdmSymbol, type ConditionalType, type UsdmSymbol } from './symbols.ts';

const CLIENT_ID_PATTERN = /^[.A-Z:/a-z0-9_-]{1,36}$/;
const GOOD_TILL_DATE_AHEAD_MS = 600_000;

export type UsdmNewOrder = {
  readonly symbol: UsdmSymbol;
  readonly request: OrderRequest & { readonly clientOrderId: string };
  /** The answer shows what became of the order; else it shows it as just accepted. */
  readonly withResult: boolean;
  /** The price is to be taken from the book when the order is placed. */
  readonly priceMatch: PriceMatch | undefined;
};

export function usdmSymbolFrom(text: string): UsdmSymbol {
  const symbol = usdmSymbol(text);
  if (symbol === undefined) throw invalidSymbol();
  return symbol;
}

const SELF_TRADE_MODES = ['none', 'expire_taker', 'expire_maker', 'expire_both'] as const;

function readClientId(parameters: Parameters, name: string): string {
  const text = parameters.optional(name);
  if (text === undefined) return generatedClientOrderId();
  if (text.length > 36) throw usdmRefusal(-4015, 'Client order id length should not be more than 36 chars');
  if (!CLIENT_ID_PATTERN.test(text)) throw usdmRefusal(-4015, 'Client order id is not valid.');
  return text;
}

function readPrice(parameters: Parameters, name: string, symbol: UsdmSymbol): Decimal | undefined {
  const price = parameters.optionalDecimal(name);
  if (price === undefined) return undefined;
  if (price.isZero()) throw usdmRefusal(-4001, 'Price less than 0.');
  if (price.scale > symbol.pricePrecision) throw usdmTooMuchPrecision();
  if (price.greaterThan(symbol.maxPrice)) throw usdmRefusal(-4002, 'Price greater than max price.');
  if (price.lessThan(symbol.minPrice)) throw usdmRefusal(-4013, 'Price less than min price.');
  return price;
}

function readQuantity(parameters: Parameters, symbol: UsdmSymbol, maxQuantity: Decimal): Decimal | undefined {
  const quantity = parameters.optionalDecimal('quantity');
  if (quantity === undefined) return undefined;
  if (quantity.isZero()) throw usdmRefusal(-4003, 'Quantity less than or equal to zero.');
  if (quantity.scale > symbol.quantityPrecision) throw usdmTooMuchPrecision();
  if (quantity.greaterThan(maxQuantity)) throw usdmRefusal(-4005, 'Quantity greater than max quantity.');
  return quantity;
}

type Timing = Pick<OrderRequest, 'timeInForce' | 'expiresAt' | 'postOnly'>;

function readTiming(parameters: Parameters, nowMs: number): Timing {
  const text = parameters.optional('timeInForce');
  const goodTillDate = parameters.optionalInteger('goodTillDate');
  switch (text) {
    case undefined:
      return {};
    case 'GTC':
    case 'IOC':
    case 'FOK':
      return { timeInForce: text };
    case 'GTX':
      return { timeInForce: 'GTC', postOnly: true };
    case 'GTD': {
      if (goodTillDate === undefined) throw mandatoryMissing('goodTillDate');
      if (goodTillDate <= nowMs + GOOD_TILL_DATE_AHEAD_MS) throw invalidParameter('goodTillDate');
      return { timeInForce: 'GTD', expiresAt: Math.floor(goodTillDate / 1000) * 1000 };
    }
    default:
      throw invalidTimeInForce();
  }
}

/** A price to be taken from the book: which side's, and how deep (1 is the best). */
export type PriceMatch = { readonly name: string; readonly ofOpponent: boolean; readonly level: number };

function readPriceMatch(parameters: Parameters): PriceMatch | undefined {
  const text = parameters.optional('priceMatch');
  if (text === undefined || text === 'NONE') return undefined;
  const match = /^(OPPONENT|QUEUE)(?:_(5|10|20))?$/.exec(text);
  if (match === null) throw invalidParameter('priceMatch');
  return { name: text, ofOpponent: match[1] === 'OPPONENT', level: Number(match[2] ?? '1') };
}

/** The parameters of `POST /fapi/v1/order`, or of one entry of a batch. `hedged`: the account's position mode. */
export function readUsdmOrder(parameters: Parameters, nowMs: number, hedged: boolean): UsdmNewOrder {
  const symbol = usdmSymbolFrom(parameters.required('symbol'));
  const side = readSide(parameters);
  const positionSide = readPositionSide(parameters, hedged);
  const type = parameters.required('type');
  if (CONDITIONAL_TYPES.some((conditional) => conditional === type) || type === 'TRAILING_STOP_MARKET')
    throw refuseConditionalType();
  if (type !== 'LIMIT' && type !== 'MARKET') throw invalidOrderType();
  const priceMatch = readPriceMatch(parameters);
  const timing = readTiming(parameters, nowMs);
  const price = readPrice(parameters, 'price', symbol);
  const quantity = readQuantity(
    parameters,
    symbol,
    type === 'LIMIT' ? symbol.maxQuantity : symbol.maxMarketQuantity,
  );
  if (quantity === undefined) throw mandatoryMissing('quantity');
  if (type === 'LIMIT') {
    if (timing.timeInForce === undefined) throw mandatoryMissing('timeInForce');
    if (price === undefined && priceMatch === undefined) throw mandatoryMissing('price');
    if (price !== undefined && priceMatch !== undefined) throw badCombination();
  } else {
    if (priceMatch !== undefined) throw parameterNotRequired('priceMatch');
    if (timing.timeInForce !== undefined) throw parameterNotRequired('timeInForce');
    if (price !== undefined) throw parameterNotRequired('price');
  }
  const reduceOnly = readReduceOnly(parameters, hedged);
  const selfTradePrevention = readSelfTradePrevention(parameters, SELF_TRADE_MODES);
  const responseType = parameters.optional('newOrderRespType') ?? 'ACK';
  if (responseType !== 'ACK' && responseType !== 'RESULT')
    throw usdmRefusal(-1136, 'Invalid newOrderRespType.');
  return {
    symbol,
    withResult: responseType === 'RESULT',
    priceMatch,
    request: {
      symbol: unifiedUsdmSymbol(symbol),
      side,
      positionSide,
      type: type === 'LIMIT' ? 'limit' : 'market',
      clientOrderId: readClientId(parameters, 'newClientOrderId'),
      quantity,
      ...(price === undefined ? {} : { price }),
      ...timing,
      ...(reduceOnly ? { reduceOnly } : {}),
      ...(selfTradePrevention === undefined ? {} : { selfTradePrevention }),
      ...(priceMatch === undefined ? {} : { tags: { priceMatch: priceMatch.name } }),
    },
  };
}

const NEUTRAL_CONDITIONAL: Readonly<Record<ConditionalType, OrderRequest['type']>> = {
  STOP: 'stop_limit',
  STOP_MARKET: 'stop_market',
  TAKE_PROFIT: 'take_profit_limit',
  TAKE_PROFIT_MARKET: 'take_profit_market',
};

/** The parameters of `POST /fapi/v1/algoOrder`. `hedged`: the account's position mode. */
export function readAlgoOrder(parameters: Parameters, nowMs: number, hedged: boolean): UsdmNewOrder {
  if (parameters.required('algoType') !== 'CONDITIONAL') throw invalidParameter('algoType');
  const symbol = usdmSymbolFrom(parameters.required('symbol'));
  const side = readSide(parameters);
  const positionSide = readPositionSide(parameters, hedged);
  const text = parameters.required('type');
  const type = CONDITIONAL_TYPES.find((conditional) => conditional === text);
  if (type === undefined) throw invalidOrderType();
  if (readPriceMatch(parameters) !== undefined) throw invalidParameter('priceMatch');
  const limited = type === 'STOP' || type === 'TAKE_PROFIT';
  const timing = readTiming(parameters, nowMs);
  const price = readPrice(parameters, 'price', symbol);
  const triggerPrice = readPrice(parameters, 'triggerPrice', symbol);
  if (triggerPrice === undefined) throw mandatoryMissing('triggerPrice');
  if (limited && price === undefined) throw mandatoryMissing('price');
  if (!limited && price !== undefined) throw parameterNotRequired('price');
  const quantity = readQuantity(parameters, symbol, limited ? symbol.maxQuantity : symbol.maxMarketQuantity);
  const closePosition = parameters.optionalBoolean('closePosition') === true;
  const reduceOnly = readReduceOnly(parameters, hedged);
  if (closePosition) {
    if (limited) throw invalidParameter('closePosition');
    checkClosePosition({ side, positionSide });
    if (quantity !== undefined)
      throw usdmRefusal(-4137, 'Quantity must be zero with closePosition equals true.');
    if (reduceOnly) throw parameterNotRequired('reduceOnly');
  } else if (quantity === undefined) {
    throw mandatoryMissing('quantity');
  }
  const workingType = parameters.optional('workingType') ?? 'CONTRACT_PRICE';
  if (workingType !== 'CONTRACT_PRICE' && workingType !== 'MARK_PRICE')
    throw usdmRefusal(-4031, 'Invalid parameter working type');
  const priceProtect = parameters.optionalBoolean('priceProtect') === true;
  const selfTradePrevention = readSelfTradePrevention(parameters, SELF_TRADE_MODES) ?? 'none';
  return {
    symbol,
    withResult: true,
    priceMatch: undefined,
    request: {
      symbol: unifiedUsdmSymbol(symbol),
      side,
      positionSide,
      type: NEUTRAL_CONDITIONAL[type],
      clientOrderId: readClientId(parameters, 'clientAlgoId'),
      stopPrice: triggerPrice,
      triggerSource: workingType === 'MARK_PRICE' ? 'mark' : 'last',
      selfTradePrevention,
      ...(quantity === undefined ? {} : { quantity }),
      ...(price === undefined ? {} : { price }),
      ...(limited ? timing : {}),
      ...(reduceOnly ? { reduceOnly } : {}),
      ...(closePosition ? { closePosition } : {}),
      tags: { timeInForce: parameters.optional('timeInForce') ?? 'GTC', priceProtect: String(priceProtect) },
    },
  };
}

/** `orderId` or `origClientOrderId`; the first prevails. */
export function readUsdmReference(parameters: Parameters): {
  readonly symbol: UsdmSymbol;
  readonly reference: OrderReference;
} {
  const symbol = usdmSymbolFrom(parameters.required('symbol'));
  const orderId = parameters.optionalInteger('orderId');
  const clientOrderId = parameters.optional('origClientOrderId');
  const unified = unifiedUsdmSymbol(symbol);
  if (orderId !== undefined) return { symbol, reference: { symbol: unified, venueOrderId: String(orderId) } };
  if (clientOrderId === undefined) throw eitherMissing('origClientOrderId', 'orderId');
  return { symbol, reference: { symbol: unified, clientOrderId } };
}

export function usdmSymbolId(unified: string): string {
  return usdmSymbolOf(unified)?.id ?? unified;
}

export function priceText(symbol: UsdmSymbol | undefined, price: Decimal | null): string {
  return fixed(price ?? Decimal.zero, symbol?.pricePrecision ?? 2);
}

export function quantityText(symbol: UsdmSymbol | undefined, quantity: Decimal): string {
  return fixed(quantity, symbol?.quantityPrecision ?? 3);
}

/** What an order was filled at on average; zero without a fill, or without an order. */
export function averagePriceText(order: Order | null): string {
  const average =
    order === null || order.filled.isZero()
      ? Decimal.zero
      : order.filledCost.divide(order.filled, 8, 'half_even');
  return fixed(average, 5);
}

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
      return 'STOP_MARKET';
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
  return order.tags['liquidation'] === 'true';
}

/** The client's own id, or the one that the venue gives an order by which it liquidates. */
export function clientIdOf(order: Order): string {
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

/** The order as it was when it was accepted, which is all that an ACK tells. */
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
    case 'untriggered':
    case 'open':
    case 'partially_filled':
      return 'NEW';
    case 'triggered':
      return actual !== null && isDone(actual) ? 'FINISHED' : 'TRIGGERED';
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

export function isDone(order: Order): boolean {
  return (
    order.status === 'filled' ||
    order.status === 'canceled' ||
    order.status === 'expired' ||
    order.status === 'rejected'
  );
}

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
    activatePrice: '',
    callbackRate: '',
    createTime: order.createdAt,
    updateTime: order.updatedAt,
    triggerTime: order.triggeredAt ?? 0,
    goodTillDate: order.expiresAt ?? 0,
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
