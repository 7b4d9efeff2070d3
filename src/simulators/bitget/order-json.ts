/**
 * Orders and fills as Bitget prints them, over REST and on the channels of orders and fills.
 *
 * Entry points: `orderJson`, `streamedOrderJson`, `fillJson`, `streamedFillJson`. Fees above zero were paid (change log, 11 March 2026).
 * Sources: "Get Order Details", "Get Open Orders", "Get Order History", "Get Fill History", "Order Channel" and "Fill Channel" of the unified
 * account's documentation: the fields, their types and their empty values are those of the pages' examples.
 */
import { Decimal } from '../../core/decimal.ts';
import type { Exchange } from '../exchange/exchange.ts';
import { averagePriceOf, type Fill, type Order } from '../exchange/order.ts';
import { executionId, listingOf } from './instruments.ts';
import {
  cancelReasonName,
  delegateTypeName,
  executionTypeName,
  selfTradeName,
  statusName,
  timeInForceName,
  tradeSideName,
} from './order-words.ts';
import type { UndecidedBehaviour } from './undecided.ts';

export type Json = Record<string, unknown>;

export interface OrderFacts {
  readonly exchange: Exchange;
  readonly tradeSide: UndecidedBehaviour['tradeSide'];
}

/** Digits that averages are printed with at most. */
const AVERAGE_SCALE = 12;
/** An order without a client id gets one that is its own id plus this. */
const OWN_CLIENT_ID_OFFSET = 4_194_304n;

/** The client id that is shown of an order; the venue gives one to an order that came without. */
export function clientOidOf(order: {
  readonly clientOrderId: string | null;
  readonly venueOrderId: string;
}): string {
  return order.clientOrderId ?? String(BigInt(order.venueOrderId) + OWN_CLIENT_ID_OFFSET);
}

function holdModeName(order: Order): string {
  if (order.marketType === 'spot') return '';
  return order.positionSide === 'net' ? 'one_way_mode' : 'hedge_mode';
}

function sideOf({ positionSide }: Pick<Fill, 'positionSide'>): string {
  return positionSide === 'net' ? '' : positionSide;
}

function fees({ fees: paid }: Order, none: string | null): Json[] {
  return paid.length === 0
    ? [{ feeCoin: none, fee: none }]
    : paid.map(({ asset, amount }) => ({ feeCoin: asset, fee: amount.toString() }));
}

/** Fields that every form of an order has. A market order by cost has an amount and no quantity. */
function commonJson(order: Order): Json {
  const isByCost = order.cost !== null;
  return {
    orderId: order.venueOrderId,
    clientOid: clientOidOf(order),
    symbol: listingOf(order.symbol).id,
    orderType: order.type === 'market' ? 'market' : 'limit',
    side: order.side,
    qty: isByCost ? '0' : order.quantity.toString(),
    amount: order.cost?.toString() ?? '0',
    cumExecQty: order.filled.toString(),
    cumExecValue: order.filledCost.toString(),
    avgPrice: averagePriceOf(order, AVERAGE_SCALE)?.toString() ?? '0',
    timeInForce: timeInForceName(order),
    holdMode: holdModeName(order),
    marginMode: 'crossed',
    stpMode: selfTradeName(order),
    createdTime: String(order.createdAt),
    updatedTime: String(order.updatedAt),
  };
}

const NO_PRESETS = {
  takeProfit: '',
  stopLoss: '',
  tpTriggerBy: '',
  slTriggerBy: '',
  tpOrderType: '',
  slOrderType: '',
  tpLimitPrice: '',
  slLimitPrice: '',
};

/** An order of the look-up (`details`), of the open ones, or of the history. */
export function orderJson(facts: OrderFacts, order: Order, of: 'details' | 'open' | 'history'): Json {
  return {
    ...commonJson(order),
    category: listingOf(order.symbol).category,
    price: order.price?.toString() ?? '0',
    orderStatus: statusName(order, 'list'),
    posSide: sideOf(order),
    reduceOnly: order.reduceOnly ? 'YES' : 'NO',
    ...NO_PRESETS,
    feeDetail: fees(order, of === 'details' ? '' : null),
    ...(of === 'open' ? {} : { cancelReason: cancelReasonName(order), execType: executionTypeName(order) }),
    ...(of === 'details'
      ? { tradeSide: tradeSideName(order, order, facts.tradeSide) }
      : { delegateType: delegateTypeName(order) }),
  };
}

/** A message of the order channel. */
export function streamedOrderJson({ exchange, tradeSide }: OrderFacts, order: Order): Json {
  const { instType, symbol } = listingOf(order.symbol);
  const isSpot = instType === 'spot';
  const held = exchange.positions(order.accountId).find((position) => position.symbol === order.symbol);
  const leverage = held?.leverage ?? exchange.instrument(order.symbol)?.swap?.defaultLeverage ?? 1;
  const profit = order.filled.isZero()
    ? Decimal.zero
    : exchange
        .fills(order.accountId, { symbol: order.symbol, venueOrderId: order.venueOrderId })
        .reduce((sum, { realizedPnl }) => sum.add(realizedPnl), Decimal.zero);
  return {
    ...commonJson(order),
    category: instType,
    price: order.price?.toString() ?? '',
    holdSide: sideOf(order),
    delegateType: delegateTypeName(order),
    tradeSide: tradeSideName(order, order, tradeSide),
    marginCoin: isSpot ? '' : symbol.quote,
    reduceOnly: order.reduceOnly ? 'yes' : 'no',
    totalProfit: profit.toString(),
    orderStatus: statusName(order, 'stream'),
    cancelReason: cancelReasonName(order),
    leverage: isSpot ? '' : String(leverage),
    feeDetail: fees(order, ''),
  };
}

function fillCommon(facts: OrderFacts, fill: Fill, order: Order | null): Json {
  return {
    execId: executionId(fill),
    execLinkId: executionId(fill),
    orderId: fill.venueOrderId,
    clientOid: clientOidOf(fill),
    symbol: listingOf(fill.symbol).id,
    orderType: order?.type === 'market' ? 'market' : 'limit',
    side: fill.side,
    execPrice: fill.price.toString(),
    execQty: fill.quantity.toString(),
    execValue: fill.cost.toString(),
    tradeScope: fill.liquidity,
    tradeSide: tradeSideName(fill, order, facts.tradeSide),
    feeDetail: [{ feeCoin: fill.feeAsset, fee: fill.fee.toString() }],
    execPnl: fill.realizedPnl.toString(),
    updatedTime: String(fill.at),
    isRPI: 'no',
  };
}

/** One fill of the history; `order` is the one that it belongs to, where it is known. */
export function fillJson(facts: OrderFacts, fill: Fill, order: Order | null): Json {
  return {
    ...fillCommon(facts, fill, order),
    category: listingOf(fill.symbol).category,
    createdTime: String(fill.at),
  };
}

/** A message of the fill channel. */
export function streamedFillJson(facts: OrderFacts, fill: Fill, order: Order): Json {
  return {
    ...fillCommon(facts, fill, order),
    category: listingOf(fill.symbol).instType,
    holdSide: sideOf(fill),
    execTime: String(fill.at),
  };
}

/** The orders that fills belong to. */
export function ordersOf(exchange: Exchange, accountId: string, at: number): (fill: Fill) => Order | null {
  const known = new Map<string, Order | null>();
  return ({ symbol, venueOrderId }) => {
    if (!known.has(venueOrderId))
      known.set(venueOrderId, exchange.known(at, accountId, { symbol, venueOrderId }));
    return known.get(venueOrderId) ?? null;
  };
}
