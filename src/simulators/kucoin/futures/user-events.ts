/**
 * The exchange's events as KuCoin's private futures topics push them: orders, stops, the wallet, positions.
 *
 * Entry points: `FuturesUserEvents.payloads`, `isFuturesTopic`. A contract's messages name the topic with its symbol, and reach those who follow all
 * contracts too. Matches state no fee. Sources: "Order change pushes", "Stop Order", "Balance" and "Position change events" of the
 * private channels.
 */
import type { BalanceEvent, ExchangeEvent, OrderEvent, PositionEvent } from '../../exchange/event.ts';
import { isOpen, type Fill, type Order } from '../../exchange/order.ts';
import type { Payload } from '../../wire/account-streams.ts';
import { numeral, type Json } from '../exact-json.ts';
import { privatePayload } from '../payloads.ts';
import { canceledOf, remainingOf } from '../spot/order-json.ts';
import { tradeIdOf } from '../trade-ids.ts';
import { contractNamed, contractOf } from './instruments.ts';
import { isStop, POSITION_SIDES } from './order-json.ts';
import { TAGS } from './order-requests.ts';
import { positionJson } from './positions.ts';
import type { SettingSettings } from './settings.ts';

const ORDERS_TOPIC = '/contractMarket/tradeOrders';
const STOPS_TOPIC = '/contractMarket/advancedOrders';
const WALLET_TOPIC = '/contractAccount/wallet';
const ALL_POSITIONS_TOPIC = '/contract/positionAll';
const POSITION_TOPIC = '/contract/position';
const WHOLE_TOPICS = [ORDERS_TOPIC, STOPS_TOPIC, WALLET_TOPIC, ALL_POSITIONS_TOPIC];

/** Whether this is a private topic of futures, of all contracts or of one. */
export function isFuturesTopic(name: string): boolean {
  const [kind = '', symbol] = name.split(':');
  if (symbol === undefined) return WHOLE_TOPICS.includes(kind);
  return (kind === ORDERS_TOPIC || kind === POSITION_TOPIC) && contractNamed(symbol) !== undefined;
}

export class FuturesUserEvents {
  readonly #settings: SettingSettings;
  #version = 1_337;
  /** Orders of the present batch that came or were triggered in it. */
  readonly #placed = new Set<string>();

  constructor(settings: SettingSettings) {
    this.#settings = settings;
  }

  /** The payloads of one account for one batch, in the order of the changes; wallet and positions stand last. */
  payloads(events: readonly ExchangeEvent[], accountId: string, nowMs: number): readonly Payload[] {
    const orders: Payload[] = [];
    const positions = new Map<string, PositionEvent>();
    const wallets = new Map<string, BalanceEvent>();
    const own = events.filter(
      (event): event is OrderEvent =>
        event.kind === 'order' && event.order.accountId === accountId && event.order.marketType === 'swap',
    );
    const last = new Map(own.map((event) => [event.order.venueOrderId, event]));
    for (const { change, order } of own)
      if (change === 'accepted' || change === 'triggered') this.#placed.add(order.venueOrderId);
    for (const event of own) {
      orders.push(...orderPayloads(event));
      if (last.get(event.order.venueOrderId) === event) orders.push(...this.#openedPayloads(event));
    }
    for (const event of events)
      switch (event.kind) {
        case 'order':
          break;
        case 'balance':
          if (event.accountId === accountId && event.wallet === 'swap') wallets.set(event.asset, event);
          break;
        case 'position':
          if (event.accountId === accountId)
            positions.set(`${event.position.symbol} ${event.position.side}`, event);
          break;
        case 'list':
        case 'trade':
        case 'book':
        case 'mark':
          break;
      }
    return [
      ...orders,
      ...[...positions.values()].flatMap((event) => this.#positionPayloads(event, nowMs)),
      ...[...wallets.values()].map((event) => this.#walletPayload(event, nowMs)),
    ];
  }

  /** An order that came or was triggered in this batch rests in the book once nothing more of it follows. */
  #openedPayloads({ change, order, at }: OrderEvent): Payload[] {
    const isNew = change === 'accepted' || change === 'triggered' || this.#placed.has(order.venueOrderId);
    this.#placed.delete(order.venueOrderId);
    const rests = isOpen(order.status) && order.status !== 'untriggered' && order.price !== null;
    return isNew && rests
      ? [orderPayload(order, { ...progressJson(order, at), status: 'open', type: 'open' })]
      : [];
  }

  #positionPayloads({ accountId, position, reason }: PositionEvent, nowMs: number): Payload[] {
    const { id, symbol } = contractOf(position.symbol);
    const topic = { topic: `${POSITION_TOPIC}:${id}`, within: ALL_POSITIONS_TOPIC };
    const changed = privatePayload(accountId, {
      ...topic,
      subject: 'position.change',
      data: {
        ...positionJson(this.#settings, accountId, position, nowMs),
        changeReason:
          reason === 'liquidation' ? 'liquidation' : reason === 'margin' ? 'marginChange' : 'positionChange',
      },
    });
    if (reason !== 'funding') return [changed];
    const payments = this.#settings.exchange
      .funding(accountId)
      .filter((payment) => payment.symbol === position.symbol && payment.positionSide === position.side);
    const last = payments.at(-1);
    if (last === undefined) return [changed];
    const settled = privatePayload(accountId, {
      ...topic,
      subject: 'position.settlement',
      data: {
        fundingTime: last.at,
        qty: numeral(last.quantity),
        markPrice: numeral(last.markPrice),
        fundingRate: numeral(last.rate),
        fundingFee: numeral(last.amount),
        ts: numeral(`${nowMs}000000`),
        settleCurrency: symbol.quote,
      },
    });
    return [settled, changed];
  }

  #walletPayload({ accountId, asset, total, free }: BalanceEvent, nowMs: number): Payload {
    this.#version += 1;
    const margin = this.#settings.exchange.margin(accountId, asset);
    return privatePayload(accountId, {
      topic: WALLET_TOPIC,
      subject: 'walletBalance.change',
      id: `673b0bb925b4bc00${String(this.#version).padStart(8, '0')}`,
      data: {
        crossPosMargin: (margin?.positionInitialMargin ?? total.subtract(total)).toString(),
        isolatedOrderMargin: '0',
        holdBalance: '0',
        equity: (margin?.marginBalance ?? total).toString(),
        version: String(this.#version),
        availableBalance: free.toString(),
        isolatedPosMargin: '0',
        walletBalance: total.toString(),
        isolatedFundingFeeMargin: '0',
        crossUnPnl: (margin?.unrealizedPnl ?? total.subtract(total)).toString(),
        totalCrossMargin: (margin?.marginBalance ?? total).toString(),
        currency: asset,
        isolatedUnPnl: '0',
        crossOrderMargin: (margin?.openOrderInitialMargin ?? total.subtract(total)).toString(),
        timestamp: String(nowMs),
      },
    });
  }
}

/** A stop has messages of its own until it is triggered, then those of an order under the same id. */
function orderPayloads({ change, order, fill, at }: OrderEvent): Payload[] {
  const push = (data: Json): Payload => orderPayload(order, data);
  const pushStop = (type: string): Payload =>
    privatePayload(order.accountId, {
      topic: STOPS_TOPIC,
      subject: 'stopOrder',
      data: stopJson(order, type, at),
    });
  switch (change) {
    case 'accepted':
      return order.status === 'untriggered' ? [pushStop('open')] : [];
    case 'triggered':
      return [pushStop('triggered')];
    case 'filled':
      return fill === null
        ? []
        : [
            push(matchJson(order, fill, at)),
            ...(order.status === 'filled'
              ? [push({ ...progressJson(order, at), status: 'done', type: 'filled' })]
              : []),
          ];
    case 'canceled':
    case 'expired':
    case 'rejected':
      return [
        ...(isStop(order) && order.filled.isZero() ? [pushStop('cancel')] : []),
        push({ ...progressJson(order, at), status: 'done', type: 'canceled' }),
      ];
    case 'prevented':
    case 'amended': {
      const isDone = !isOpen(order.status);
      return [
        push({
          ...progressJson(order, at),
          oldSize: order.quantity.add(order.preventedQuantity).toString(),
          status: isDone ? 'done' : 'open',
          type: isDone ? 'canceled' : 'update',
        }),
      ];
    }
  }
}

function orderPayload({ accountId, symbol }: Order, data: Json): Payload {
  return privatePayload(accountId, {
    topic: `${ORDERS_TOPIC}:${contractOf(symbol).id}`,
    within: ORDERS_TOPIC,
    subject: 'symbolOrderChange',
    data,
  });
}

function progressJson(order: Order, at: number): Json {
  return {
    orderId: order.venueOrderId,
    symbol: contractOf(order.symbol).id,
    orderType: order.price === null ? 'market' : 'limit',
    side: order.side,
    ...(order.price === null ? {} : { price: order.price.toString() }),
    size: order.quantity.toString(),
    remainSize: remainingOf(order).size.toString(),
    filledSize: order.filled.toString(),
    canceledSize: canceledOf(order).size.toString(),
    clientOid: order.clientOrderId ?? '',
    marginMode: order.tags[TAGS.marginMode] ?? 'ISOLATED',
    positionSide: POSITION_SIDES[order.positionSide],
    orderTime: numeral(`${order.createdAt}000000`),
    ts: numeral(`${at}000000`),
  };
}

function matchJson(order: Order, fill: Fill, at: number): Json {
  return {
    ...progressJson(order, at),
    remainSize: order.quantity.subtract(order.filled).toString(),
    liquidity: fill.liquidity,
    feeType: `${fill.liquidity}Fee`,
    matchPrice: fill.price.toString(),
    matchSize: fill.quantity.toString(),
    tradeId: tradeIdOf(fill),
    tradeType: 'trade',
    status: fill.liquidity === 'taker' ? 'match' : 'open',
    type: 'match',
  };
}

function stopJson(order: Order, type: string, at: number): Json {
  return {
    orderId: order.venueOrderId,
    symbol: contractOf(order.symbol).id,
    type,
    orderType: 'stop',
    side: order.side,
    size: numeral(order.quantity),
    orderPrice: order.price?.toString() ?? null,
    stop: order.tags[TAGS.stop] ?? '',
    stopPrice: order.stopPrice?.toString() ?? '0',
    stopPriceType: order.tags[TAGS.stopPriceType] ?? 'TP',
    marginMode: order.tags[TAGS.marginMode] ?? 'ISOLATED',
    ...(type === 'triggered'
      ? { triggerSuccess: isOpen(order.status) || order.status === 'filled', error: null }
      : {}),
    createdAt: order.createdAt,
    ts: numeral(`${at}000000`),
  };
}
