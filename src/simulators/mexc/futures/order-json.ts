/**
 * Contract orders and deals as MEXC prints them, over REST and in its pushes. Figures are bare numbers, order and deal ids texts.
 *
 * Entry points: `orderJson`, `pushedOrderJson`, `dealJson`, `pushedDealJson`. Source: "Query the order based on the order number", "Get all
 * transaction details of the user's order", and "Order" of the private channels of the contract documentation.
 */
import { Decimal } from '../../../core/decimal.ts';
import type { Exchange } from '../../exchange/exchange.ts';
import { averagePriceOf, type Fill, type Order } from '../../exchange/order.ts';
import { contractOf, contractTradeId, positionId } from './instruments.ts';
import {
  categoryOf,
  errorCodeOf,
  fillSideNumber,
  positionModeNumber,
  sideNumber,
  stateNumber,
  typeNumber,
} from './order-words.ts';

export type Json = Record<string, unknown>;

const AVERAGE_SCALE = 12;

/** Figures that an order is shown with beside its own. */
export interface OrderContext {
  readonly leverage: number;
  /** 1 isolated, 2 cross. */
  readonly openType: number;
  readonly takerFee: Decimal;
  readonly makerFee: Decimal;
  readonly profit: Decimal;
}

export function contextOf(exchange: Exchange, order: Order): OrderContext {
  const held = exchange
    .positions(order.accountId)
    .find(({ symbol, side }) => symbol === order.symbol && side === order.positionSide);
  let [takerFee, makerFee, profit] = [Decimal.zero, Decimal.zero, Decimal.zero];
  if (!order.filled.isZero())
    for (const fill of exchange.fills(order.accountId, {
      symbol: order.symbol,
      venueOrderId: order.venueOrderId,
    })) {
      if (fill.liquidity === 'taker') takerFee = takerFee.add(fill.fee);
      else makerFee = makerFee.add(fill.fee);
      profit = profit.add(fill.realizedPnl);
    }
  return {
    leverage: held?.leverage ?? exchange.instrument(order.symbol)?.swap?.defaultLeverage ?? 1,
    openType: held?.marginMode === 'isolated' ? 1 : 2,
    takerFee,
    makerFee,
    profit,
  };
}

export function orderJson(order: Order, context: OrderContext): Json {
  const { id, contract } = contractOf(order.symbol);
  return {
    orderId: order.venueOrderId,
    symbol: id,
    positionId: order.filled.isZero() ? 0 : positionId(order.symbol, order.positionSide),
    price: order.price ?? Decimal.zero,
    vol: order.quantity,
    leverage: context.leverage,
    side: sideNumber(order),
    category: categoryOf(order),
    orderType: typeNumber(order),
    dealAvgPrice: average(order, contract.contractSize),
    dealVol: order.filled,
    orderMargin: Decimal.zero,
    takerFee: context.takerFee,
    makerFee: context.makerFee,
    profit: context.profit,
    feeCurrency: contract.quote,
    openType: context.openType,
    state: stateNumber(order),
    externalOid: order.clientOrderId ?? `_m_${order.venueOrderId}`,
    errorCode: errorCodeOf(order),
    usedMargin: Decimal.zero,
    createTime: order.createdAt,
    updateTime: order.updatedAt,
    positionMode: positionModeNumber(order.positionSide),
    reduceOnly: order.positionSide === 'net' && order.reduceOnly,
  };
}

function average(order: Order, contractSize: Decimal): Decimal {
  return averagePriceOf(order, AVERAGE_SCALE, contractSize) ?? Decimal.zero;
}

/** As `orderJson`, with what the push has beside it; `version` rises with each push of an order. */
export function pushedOrderJson(order: Order, context: OrderContext, version: number): Json {
  return {
    ...orderJson(order, context),
    remainVol: order.quantity.subtract(order.filled),
    version,
  };
}

/** One deal; `order` is the one that it belongs to, where it is known. */
export function dealJson(fill: Fill, order: Order | null): Json {
  return { ...common(fill, order), taker: fill.liquidity === 'taker' };
}

export function pushedDealJson(fill: Fill, order: Order | null): Json {
  return {
    ...common(fill, order),
    isTaker: fill.liquidity === 'taker',
    isSelf: false,
    externalOid: fill.clientOrderId ?? `_m_${fill.venueOrderId}`,
    reduceOnly: fill.positionSide === 'net' && order?.reduceOnly === true,
    opponentUid: 0,
  };
}

function common(fill: Fill, order: Order | null): Json {
  return {
    id: contractTradeId(fill),
    symbol: contractOf(fill.symbol).id,
    side: fillSideNumber(fill, order),
    vol: fill.quantity,
    price: fill.price,
    feeCurrency: fill.feeAsset,
    fee: fill.fee,
    timestamp: fill.at,
    profit: fill.realizedPnl,
    category: categoryOf(order),
    orderId: fill.venueOrderId,
    positionMode: positionModeNumber(fill.positionSide),
  };
}
