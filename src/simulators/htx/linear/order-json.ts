/**
 * Contract orders and executions as HTX's v5 prints them, over REST and in its pushes. Figures, ids and times are texts.
 *
 * Entry points: `orderJson`, `pushedOrderJson`, `executionJson`, `pushedTradeJson`. Sources: "Get Order Info", "Get Order History", "Get Execution
 * Details (last 3 days)", "Subscribe to order data" and "Subscribe to data of execution changes" of the v5 documentation, with the types
 * that the answers of June 2026 have in ccxt's class. `fee` of an order is below zero where it was paid, `trade_fee` of an execution above.
 */
import { Decimal } from '../../../core/decimal.ts';
import type { Exchange } from '../../exchange/exchange.ts';
import { averagePriceOf, type Fill, type Order } from '../../exchange/order.ts';
import { contractExecutionId, listingOf } from '../instruments.ts';
import { recordNumber } from '../numbers.ts';
import type { Json } from '../spot/order-json.ts';
import {
  cancelReason,
  executionType,
  marginModeOf,
  POSITION_SIDES,
  preventionWord,
  sourceWord,
  stateWord,
  timeInForceWord,
  typeWord,
} from './order-words.ts';

const AVERAGE_SCALE = 12;

/** The parts of an order's row that the account has, and not the order. */
export interface OrderContext {
  readonly leverage: number;
  readonly profit: Decimal;
}

export function contextOf(exchange: Exchange, order: Order): OrderContext {
  const { accountId, symbol, venueOrderId } = order;
  const profit = order.filled.isZero()
    ? Decimal.zero
    : exchange
        .fills(accountId, { symbol, venueOrderId })
        .reduce((sum, { realizedPnl }) => sum.add(realizedPnl), Decimal.zero);
  return { leverage: leverageOf(exchange, accountId, symbol), profit };
}

export function leverageOf(exchange: Exchange, accountId: string, unified: string): number {
  const held = exchange.positions(accountId).find(({ symbol }) => symbol === unified);
  return held?.leverage ?? exchange.instrument(unified)?.swap?.defaultLeverage ?? 1;
}

/** The id that rows of orders have besides the order's number. */
export function orderRowId({ symbol, venueOrderId }: Order): string {
  return String(recordNumber(`order ${symbol} ${venueOrderId}`));
}

/** "trade_id is not unique, which includes all trade records of a taker order and N maker orders." */
function tradeIdOf({ symbol, tradeId, venueOrderId, liquidity }: Fill): string {
  return String(recordNumber(`match ${symbol} ${liquidity === 'taker' ? venueOrderId : tradeId}`));
}

function common(order: Order, { leverage, profit }: OrderContext): Json {
  return {
    side: order.side,
    type: typeWord(order),
    price: (order.price ?? Decimal.zero).toString(),
    volume: order.quantity.toString(),
    state: stateWord(order),
    profit: profit.toString(),
    contract_code: listingOf(order.symbol).id,
    position_side: POSITION_SIDES[order.positionSide],
    price_match: null,
    order_id: order.venueOrderId,
    // The venue gives an order without an id of the user's its own number for one.
    client_order_id: order.clientOrderId ?? order.venueOrderId,
    margin_mode: marginModeOf(order),
    lever_rate: leverage,
    order_source: sourceWord(order),
    reduce_only: order.reduceOnly,
    time_in_force: timeInForceWord(order),
    tp_trigger_price: '',
    tp_order_price: '',
    sl_trigger_price: '',
    sl_order_price: '',
    trade_avg_price: average(order).toString(),
    trade_volume: order.filled.toString(),
    trade_turnover: order.filledCost.toString(),
    fee: feesOf(order).negate().toString(),
    contract_type: 'swap',
    cancel_reason: cancelReason(order),
    created_time: String(order.createdAt),
    updated_time: String(order.updatedAt),
    self_match_prevent: preventionWord(order.selfTradePrevention),
  };
}

function feesOf(order: Order): Decimal {
  return order.fees.reduce((sum, { amount }) => sum.add(amount), Decimal.zero);
}

/** The price of a unit: what was filled is worth price by contracts by their size. */
function average(order: Order): Decimal {
  const value = averagePriceOf(order, AVERAGE_SCALE);
  const { contractSize } = listingOf(order.symbol).symbol;
  return value === null ? Decimal.zero : value.divide(contractSize, AVERAGE_SCALE, 'half_even');
}

export function orderJson(order: Order, context: OrderContext): Json {
  return {
    id: orderRowId(order),
    ...common(order, context),
    tp_type: null,
    tp_trigger_price_type: null,
    sl_type: null,
    sl_trigger_price_type: null,
    fee_currency: order.filled.isZero() ? '' : 'USDT',
    price_protect: false,
  };
}

export function pushedOrderJson(order: Order, context: OrderContext): Json {
  return {
    ...common(order, context),
    tp_type: '',
    tp_trigger_price_type: '',
    sl_type: '',
    sl_trigger_price_type: '',
    fee_currency: order.filled.isZero() ? null : 'USDT',
    amend_origin_volume: '',
    amend_source: '',
    amend_result: '',
  };
}

/** `order`: the one that it belongs to, where it is known. The rows of June 2026 have no client order id. */
export function executionJson(fill: Fill, order: Order | null): Json {
  return {
    id: contractExecutionId(fill),
    contract_code: listingOf(fill.symbol).id,
    order_id: fill.venueOrderId,
    trade_id: tradeIdOf(fill),
    side: fill.side,
    position_side: POSITION_SIDES[fill.positionSide],
    order_type: executionType(order),
    margin_mode: order === null ? 'cross' : marginModeOf(order),
    type: order === null ? 'limit' : typeWord(order),
    role: fill.liquidity.toUpperCase(),
    trade_price: fill.price.toString(),
    trade_volume: fill.quantity.toString(),
    trade_turnover: fill.cost.toString(),
    created_time: String(fill.at),
    updated_time: String(fill.at),
    order_source: sourceWord(order),
    fee_currency: fill.feeAsset,
    trade_fee: fill.fee.toString(),
    deduction_price: '',
    profit: fill.realizedPnl.toString(),
    contract_type: 'swap',
  };
}

/** It states no fee, and calls the side `direction`. */
export function pushedTradeJson(fill: Fill): Json {
  const tradeId = tradeIdOf(fill);
  return {
    direction: fill.side,
    id: `${tradeId}-${fill.venueOrderId}-${fill.tradeId}`,
    contract_code: listingOf(fill.symbol).id,
    contract_type: 'swap',
    order_id: fill.venueOrderId,
    trade_id: tradeId,
    position_side: POSITION_SIDES[fill.positionSide],
    trade_volume: fill.quantity.toString(),
    trade_price: fill.price.toString(),
    trade_turnover: fill.cost.toString(),
    role: fill.liquidity,
    client_order_id: fill.clientOrderId ?? fill.venueOrderId,
    created_time: String(fill.at),
    updated_time: String(fill.at),
  };
}
