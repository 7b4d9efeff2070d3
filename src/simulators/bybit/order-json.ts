/**
 * Orders and executions as Bybit prints them, over REST and on the private streams.
 *
 * Entry points: `orderJson`, `executionJson`, `fundingExecutionJson`. Sources: "Get Open & Closed Orders", "Get Trade History", and
 * the order and execution streams of the v5 documentation: the fields, their types and their empty values are those of the pages'
 * examples.
 */
import { Decimal } from '../../core/decimal.ts';
import type { FundingPayment } from '../exchange/account.ts';
import type { Exchange } from '../exchange/exchange.ts';
import { averagePriceOf, closesSide, isOpen, remaining, type Fill, type Order } from '../exchange/order.ts';
import { executionId, listingOf } from './instruments.ts';
import { TAGS } from './order-requests.ts';
import {
  cancelTypeName,
  createTypeName,
  execTypeName,
  positionIndex,
  rejectReasonName,
  selfTradeName,
  sideName,
  statusName,
} from './order-words.ts';

export type Json = Record<string, unknown>;

/** Digits that averages and values are printed with at most. */
const VALUE_SCALE = 8;

function value(amount: Decimal): string {
  return amount.divide(Decimal.one, VALUE_SCALE, 'toward_zero').toString();
}

function averagePrice(order: Order): string {
  return averagePriceOf(order, VALUE_SCALE)?.toString() ?? '';
}

function isMarketOrder(order: Order): boolean {
  return order.tags[TAGS.isMarket] === 'true' || order.type === 'market';
}

function timeInForceName(order: Order): string {
  if (order.postOnly) return 'PostOnly';
  return isMarketOrder(order) ? 'IOC' : order.timeInForce;
}

/** Spot has filters of its own for orders that wait. */
function stopTypeName(order: Order): string {
  if (order.stopPrice === null) return '';
  return order.tags[TAGS.orderFilter] === 'tpslOrder' ? 'tpslOrder' : 'Stop';
}

/** 1 waits for a rise, 2 for a fall; spot triggers have no direction. */
function triggerDirection(order: Order): number {
  if (order.stopPrice === null || order.marketType === 'spot') return 0;
  const isStop = order.type === 'stop_market' || order.type === 'stop_limit';
  return isStop === (order.side === 'buy') ? 1 : 2;
}

/** An order of `GET /v5/order/realtime` and `/v5/order/history`. */
export function orderJson(order: Order): Json {
  const { category, id, price, quantity } = listingOf(order.symbol);
  const isSpot = category === 'spot';
  // A market order sized in quote shows its cost as its quantity.
  const size = order.cost ?? order.quantity;
  const left = isOpen(order.status) ? (order.cost === null ? remaining(order) : Decimal.zero) : Decimal.zero;
  const leftValue = left.multiply(order.price ?? order.stopPrice ?? Decimal.zero);
  return {
    orderId: order.venueOrderId,
    orderLinkId: order.clientOrderId ?? '',
    parentOrderLinkId: '',
    blockTradeId: '',
    symbol: id,
    price: order.price === null ? '0' : price(order.price),
    qty: order.cost === null ? quantity(size) : size.toString(),
    side: sideName(order.side),
    isLeverage: isSpot ? '0' : '',
    positionIdx: positionIndex(order.positionSide),
    orderStatus: statusName(order),
    ...(isSpot ? {} : { createType: createTypeName(order) }),
    cancelType: cancelTypeName(order),
    rejectReason: rejectReasonName(order),
    avgPrice: averagePrice(order),
    leavesQty: quantity(left),
    leavesValue: value(leftValue),
    cumExecQty: quantity(order.filled),
    cumExecValue: value(order.filledCost),
    cumExecFee: value(order.fees.reduce((sum, { amount }) => sum.add(amount), Decimal.zero)),
    timeInForce: timeInForceName(order),
    orderType: isMarketOrder(order) ? 'Market' : 'Limit',
    stopOrderType: stopTypeName(order),
    orderIv: '',
    marketUnit: order.tags[TAGS.marketUnit] ?? '',
    slippageToleranceType: 'UNKNOWN',
    slippageTolerance: '',
    triggerPrice: order.stopPrice === null ? '' : price(order.stopPrice),
    takeProfit: '',
    stopLoss: '',
    // Orders of spot are without it: ccxt's class takes those that have it for orders of contracts.
    ...(isSpot ? {} : { tpslMode: '' }),
    ocoTriggerBy: '',
    tpLimitPrice: '',
    slLimitPrice: '',
    tpTriggerBy: '',
    slTriggerBy: '',
    triggerDirection: triggerDirection(order),
    triggerBy:
      isSpot || order.stopPrice === null ? '' : order.triggerSource === 'mark' ? 'MarkPrice' : 'LastPrice',
    ...(isSpot ? { basePrice: '' } : { lastPriceOnCreated: '' }),
    reduceOnly: order.reduceOnly,
    closeOnTrigger: order.tags[TAGS.closeOnTrigger] === 'true',
    placeType: '',
    smpType: selfTradeName(order),
    smpGroup: 0,
    smpOrderId: '',
    createdTime: String(order.createdAt),
    updatedTime: String(order.updatedAt),
    extraFees: '',
    cumFeeDetail: Object.fromEntries(order.fees.map(({ asset, amount }) => [asset, amount.toString()])),
    rpiTakerAccess: false,
    rpiMatchedQty: '0',
  };
}

/** As `orderJson`, with what the stream shows beside it. */
export function streamedOrderJson(order: Order, closedPnl: Decimal): Json {
  const { category } = listingOf(order.symbol);
  return {
    category,
    ...orderJson(order),
    closedPnl: value(closedPnl),
    feeCurrency: order.fees[0]?.asset ?? '',
  };
}

/** One execution of `GET /v5/execution/list`; `order` is the one that it belongs to, where it is known. */
export function executionJson(fill: Fill, order: Order | null): Json {
  const { category, id, price, quantity } = listingOf(fill.symbol);
  const isSpot = category === 'spot';
  const closed = closesPosition(fill, order) ? fill.quantity : Decimal.zero;
  return {
    symbol: id,
    orderType: order !== null && isMarketOrder(order) ? 'Market' : 'Limit',
    underlyingPrice: '',
    orderLinkId: fill.clientOrderId ?? '',
    side: sideName(fill.side),
    indexPrice: '',
    orderId: fill.venueOrderId,
    stopOrderType: order === null || order.stopPrice === null ? 'UNKNOWN' : stopTypeName(order),
    leavesQty: quantity(
      order === null || order.cost !== null ? Decimal.zero : remaining(order).max(Decimal.zero),
    ),
    execTime: String(fill.at),
    feeCurrency: fill.feeAsset,
    isMaker: fill.liquidity === 'maker',
    execFee: fill.fee.toString(),
    feeRate: feeRate(fill),
    execId: executionId(fill),
    tradeIv: '',
    blockTradeId: '',
    markPrice: isSpot ? '' : price(fill.price),
    execPrice: price(fill.price),
    markIv: '',
    orderQty: quantity(order?.quantity ?? fill.quantity),
    orderPrice: order === null || order.price === null ? '0' : price(order.price),
    execValue: value(fill.cost),
    execType: execTypeName(order),
    execQty: quantity(fill.quantity),
    closedSize: isSpot ? '' : quantity(closed),
    extraFees: '',
    seq: Number(fill.tradeId),
    ...(isSpot ? {} : { createType: order === null ? 'CreateByUser' : createTypeName(order) }),
  };
}

/** Exact in hedge mode; of a net position what realized something, or could do nothing else. */
function closesPosition(fill: Fill, order: Order | null): boolean {
  if (fill.positionSide !== 'net') return closesSide(fill);
  return order?.reduceOnly === true || !fill.realizedPnl.isZero();
}

/** The same on the stream. */
export function streamedExecutionJson(fill: Fill, order: Order | null): Json {
  const { category } = listingOf(fill.symbol);
  return {
    category,
    ...executionJson(fill, order),
    isLeverage: '0',
    marketUnit: order?.tags[TAGS.marketUnit] ?? '',
    execPnl: fill.realizedPnl.toString(),
  };
}

function feeRate(fill: Fill): string {
  const base = fill.feeAsset === listingOf(fill.symbol).symbol.base ? fill.quantity : fill.cost;
  return base.isZero() ? '0' : fill.fee.divide(base, 5, 'half_even').toString();
}

/** Funding stands among the executions as well; its sign is the contrary of the transaction log's. */
export function fundingExecutionJson(payment: FundingPayment): Json {
  const { category, id, price, quantity } = listingOf(payment.symbol);
  return {
    category,
    symbol: id,
    orderType: 'UNKNOWN',
    underlyingPrice: '',
    orderLinkId: '',
    side: payment.quantity.isPositive() ? 'Sell' : 'Buy',
    indexPrice: '',
    orderId: `${Math.floor(payment.at / 1000)}-8-${id}-1-${positionIndex(payment.positionSide)}`,
    stopOrderType: 'UNKNOWN',
    leavesQty: quantity(Decimal.zero),
    execTime: String(payment.at),
    feeCurrency: payment.asset,
    isMaker: false,
    execFee: payment.amount.negate().toString(),
    feeRate: payment.rate.toString(),
    execId: fundingId(payment),
    tradeIv: '',
    blockTradeId: '',
    markPrice: price(payment.markPrice),
    execPrice: price(payment.markPrice),
    markIv: '',
    orderQty: quantity(Decimal.zero),
    orderPrice: price(Decimal.zero),
    execValue: value(payment.quantity.abs().multiply(payment.markPrice)),
    execType: 'Funding',
    execQty: quantity(payment.quantity.abs()),
    closedSize: '',
    extraFees: '',
    seq: payment.at,
    createType: 'CreateByUser',
  };
}

/** Unique for the account: one funding of one position. */
export function fundingId(payment: FundingPayment): string {
  return executionId({
    symbol: payment.symbol,
    tradeId: `funding ${payment.at} ${payment.positionSide} ${payment.amount.toString()}`,
  });
}

/** The orders that the fills belong to. */
export function ordersById(
  exchange: Exchange,
  accountId: string,
  at: number,
  fills: readonly Fill[],
): (fill: Fill) => Order | null {
  const known = new Map<string, Order | null>();
  for (const { symbol, venueOrderId } of fills)
    if (!known.has(venueOrderId))
      known.set(venueOrderId, exchange.known(at, accountId, { symbol, venueOrderId }));
  return (fill) => known.get(fill.venueOrderId) ?? null;
}
