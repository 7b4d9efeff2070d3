/**
 * Futures orders and fills as KuCoin prints them over REST.
 *
 * Entry points: `orderJson`, `fillJson`. Sources: "Get Order By OrderId" and "Get Trade History" of the futures documentation: the fields, their types
 * and their empty values are those of the examples. Sizes are lots, values quote; `status` is `open` or `done`.
 */
import { Decimal } from '../../../core/decimal.ts';
import { isOpen, type Fill, type Order } from '../../exchange/order.ts';
import { numeral, type Json } from '../exact-json.ts';
import { cancelExists } from '../spot/order-json.ts';
import { tradeIdOf } from '../trade-ids.ts';
import { contractOf } from './instruments.ts';
import { TAGS } from './order-requests.ts';

const PRICE_SCALE = 12;

/** The words of the two sides of a hedged account, and of the one of others. */
export const POSITION_SIDES = { net: 'BOTH', long: 'LONG', short: 'SHORT' } as const;

export function isStop({ stopPrice }: Order): boolean {
  return stopPrice !== null;
}

/** An order of the look-ups and the lists. `leverage` is that of its contract now, where the order named none. */
export function orderJson(order: Order, leverage: number): Json {
  const { id, symbol } = contractOf(order.symbol);
  const { tags } = order;
  const isActive = isOpen(order.status);
  const value =
    order.price === null
      ? order.filledCost
      : order.price.multiply(order.quantity).multiply(symbol.multiplier);
  const average = order.filled.isZero()
    ? Decimal.zero
    : order.filledCost.divide(order.filled.multiply(symbol.multiplier), PRICE_SCALE, 'half_even');
  return {
    id: order.venueOrderId,
    symbol: id,
    type: order.price === null ? 'market' : 'limit',
    side: order.side,
    price: order.price?.toString() ?? '0',
    size: numeral(order.quantity),
    value: value.toString(),
    dealValue: order.filledCost.toString(),
    dealSize: numeral(order.filled),
    stp: tags[TAGS.stp] ?? '',
    stop: tags[TAGS.stop] ?? '',
    stopPriceType: tags[TAGS.stopPriceType] ?? '',
    stopTriggered: isStop(order) && order.status !== 'untriggered' && order.endReason !== 'user_canceled',
    stopPrice: order.stopPrice?.toString() ?? null,
    timeInForce: order.timeInForce,
    postOnly: order.postOnly,
    hidden: false,
    iceberg: false,
    leverage: tags[TAGS.leverage] ?? String(leverage),
    forceHold: tags[TAGS.forceHold] === 'true',
    closeOrder: tags[TAGS.closeOrder] === 'true',
    visibleSize: 0,
    clientOid: order.clientOrderId ?? '',
    remark: tags[TAGS.remark] ?? null,
    tags: '',
    isActive,
    cancelExist: cancelExists(order),
    createdAt: order.createdAt,
    updatedAt: order.updatedAt,
    endAt: isActive ? null : order.updatedAt,
    orderTime: numeral(`${order.createdAt}000000`),
    settleCurrency: symbol.quote,
    marginMode: tags[TAGS.marginMode] ?? 'ISOLATED',
    avgDealPrice: average.toString(),
    filledSize: numeral(order.filled),
    filledValue: order.filledCost.toString(),
    status: isActive ? 'open' : 'done',
    reduceOnly: order.reduceOnly,
    positionSide: POSITION_SIDES[order.positionSide],
  };
}

/** One fill; `order` is the one that it belongs to, where it is known. */
export function fillJson(fill: Fill, order: Order | null): Json {
  const { id, symbol } = contractOf(fill.symbol);
  const closes = !fill.realizedPnl.isZero();
  const type = order === null || order.price !== null ? 'limit' : 'market';
  return {
    symbol: id,
    tradeId: tradeIdOf(fill),
    orderId: fill.venueOrderId,
    side: fill.side,
    liquidity: fill.liquidity,
    forceTaker: false,
    price: fill.price.toString(),
    size: numeral(fill.quantity),
    value: fill.cost.toString(),
    openFeePay: closes ? '0' : fill.fee.toString(),
    closeFeePay: closes ? fill.fee.toString() : '0',
    stop: order?.tags[TAGS.stop] ?? '',
    feeRate: fill.liquidity === 'taker' ? '0.00060' : '0.00020',
    fixFee: '0',
    feeCurrency: fill.feeAsset,
    subTradeType: null,
    marginMode: order?.tags[TAGS.marginMode] ?? 'ISOLATED',
    openFeeTaxPay: '0',
    closeFeeTaxPay: '0',
    displayType: type,
    fee: fill.fee.toString(),
    settleCurrency: symbol.quote,
    orderType: type,
    tradeType: order?.endReason === 'liquidation' ? 'liquid' : 'trade',
    tradeTime: numeral(`${fill.at}000000`),
    createdAt: fill.at,
    positionSide: POSITION_SIDES[fill.positionSide],
  };
}
