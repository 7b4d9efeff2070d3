/**
 * The exchange's events as HTX's spot stream pushes them: orders, executions after their clearing, balances.
 *
 * Entry points: `userPayloads`, `balanceSnapshot`. A payload names its topic and what subscriptions choose by; the socket puts the channel that was
 * subscribed to around `data`. Source: "Subscribe Order Updates", "Subscribe Trade Details & Order Cancellation post Clearing" and "Subscribe
 * Account Change" of the spot documentation. Of a market buy `remainAmt` and `execAmt` are quote units.
 */
import { Decimal } from '../../../core/decimal.ts';
import type { BalanceEvent, BalanceReason, ExchangeEvent, OrderEvent } from '../../exchange/event.ts';
import type { Exchange } from '../../exchange/exchange.ts';
import type { Fill, Order } from '../../exchange/order.ts';
import type { Payload } from '../../wire/account-streams.ts';
import { listingOf } from '../instruments.ts';
import { spotAccountNumber } from '../numbers.ts';
import { sizeOf, type Json } from './order-json.ts';
import { canceledSource, stateName, typeOf } from './order-words.ts';

/** The payloads of one account for one batch, in the order of the changes. */
export function userPayloads(
  events: readonly ExchangeEvent[],
  accountId: string,
  ordersBeforeClearing: boolean,
): readonly Payload[] {
  const payloads: Payload[] = [];
  for (const event of events) {
    if (event.kind === 'order' && event.order.accountId === accountId && event.order.marketType === 'spot')
      payloads.push(...orderPayloads(event, ordersBeforeClearing));
    if (event.kind === 'balance' && event.accountId === accountId && event.wallet === 'spot')
      payloads.push(balancePayload(event));
  }
  return payloads;
}

function orderPayloads(event: OrderEvent, ordersBeforeClearing: boolean): readonly Payload[] {
  const { id: symbol } = listingOf(event.order.symbol);
  const ofOrder = orderData(event);
  const ofClearing = clearingData(event);
  const payloads: Payload[] = [];
  if (ofOrder !== null) payloads.push({ topic: 'orders', symbol, data: ofOrder });
  if (ofClearing !== null)
    payloads.push({ topic: 'trade.clearing', symbol, isCancellation: event.fill === null, data: ofClearing });
  return ordersBeforeClearing ? payloads : payloads.toReversed();
}

function terms(order: Order): Json {
  const isMarket = order.type === 'market';
  return {
    ...(isMarket ? {} : { orderPrice: (order.price ?? Decimal.zero).toString() }),
    ...(order.cost === null
      ? { orderSize: order.quantity.toString() }
      : { orderValue: order.cost.toString() }),
    type: typeOf(order),
    orderId: Number(order.venueOrderId),
    clientOrderId: order.clientOrderId ?? '',
    orderSource: 'spot-api',
    symbol: listingOf(order.symbol).id,
  };
}

function done(order: Order): Decimal {
  return order.cost === null ? order.filled : order.filledCost;
}

function amounts(order: Order): Json {
  return {
    remainAmt: sizeOf(order).subtract(done(order)).max(Decimal.zero).toString(),
    execAmt: done(order).toString(),
  };
}

/** Null for a change that has no message: the venue knows creation, trade and cancellation. */
function orderData({ change, order, fill, at }: OrderEvent): Json | null {
  switch (change) {
    case 'accepted':
      return {
        eventType: 'creation',
        ...terms(order),
        accountId: spotAccountNumber(order.accountId),
        orderStatus: 'submitted',
        orderCreateTime: order.createdAt,
      };
    case 'filled':
      return fill === null
        ? null
        : {
            eventType: 'trade',
            ...terms(order),
            tradePrice: fill.price.toString(),
            tradeVolume: fill.quantity.toString(),
            tradeId: Number(fill.tradeId),
            tradeTime: fill.at,
            aggressor: fill.liquidity === 'taker',
            orderStatus: stateName(order, false),
            ...amounts(order),
          };
    case 'canceled':
    case 'expired':
    case 'rejected':
      return {
        eventType: 'cancellation',
        ...terms(order),
        orderStatus: stateName(order, false),
        ...amounts(order),
        lastActTime: at,
        ...sourceOf(order),
      };
    case 'triggered':
    case 'amended':
    case 'prevented':
      return null;
  }
}

function sourceOf(order: Order): Json {
  const source = canceledSource(order);
  return source === null ? {} : { canceledSource: String(source[0]), canceledSourceDesc: source[1] };
}

function clearingData({ change, order, fill }: OrderEvent): Json | null {
  const { symbol: _symbol, type, orderSource, ...rest } = terms(order);
  const common = {
    symbol: listingOf(order.symbol).id,
    ...rest,
    orderSide: order.side,
    orderType: type,
    accountId: spotAccountNumber(order.accountId),
    source: orderSource,
    orderCreateTime: order.createdAt,
    orderStatus: stateName(order, false),
  };
  if (fill !== null) return { eventType: 'trade', ...common, ...executionOf(fill) };
  const isCancellation = change === 'canceled' || change === 'expired' || change === 'rejected';
  return isCancellation ? { eventType: 'cancellation', ...common, ...amounts(order) } : null;
}

function executionOf(fill: Fill): Json {
  return {
    tradePrice: fill.price.toString(),
    tradeVolume: fill.quantity.toString(),
    aggressor: fill.liquidity === 'taker',
    tradeId: Number(fill.tradeId),
    tradeTime: fill.at,
    transactFee: fill.fee.toString(),
    feeCurrency: fill.feeAsset.toLowerCase(),
    feeDeduct: '0',
    feeDeductType: '',
  };
}

const CHANGE_TYPES: Readonly<Record<BalanceReason, string>> = {
  order: 'order.place',
  fill: 'order.match',
  transfer: 'margin.transfer',
  deposit: 'deposit',
  funding: 'other',
  liquidation: 'other',
};

/** The socket leaves out what a mode does not show: `moved` is whether the balance changed, and not the available part alone. */
function balancePayload(event: BalanceEvent): Payload {
  return {
    topic: 'accounts.update',
    moved: !event.change.isZero(),
    data: {
      currency: event.asset.toLowerCase(),
      accountId: spotAccountNumber(event.accountId),
      balance: event.total.toString(),
      available: event.free.toString(),
      changeType: CHANGE_TYPES[event.reason],
      accountType: 'trade',
      changeTime: event.at,
      seqNum: String(event.at),
    },
  };
}

/** "field value of changeType and changeTime is null". */
export function balanceSnapshot(exchange: Exchange, accountId: string): readonly Json[] {
  return exchange.balances(accountId, 'spot').map(({ asset, total, free }) => ({
    currency: asset.toLowerCase(),
    accountId: spotAccountNumber(accountId),
    balance: total.toString(),
    available: free.toString(),
    changeType: null,
    accountType: 'trade',
    changeTime: null,
    seqNum: '0',
  }));
}
