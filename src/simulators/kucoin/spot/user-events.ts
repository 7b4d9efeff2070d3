/**
 * The exchange's events as KuCoin's private spot topics push them: orders in two versions, and balances.
 *
 * Entry point: `SpotUserEvents.payloads`. An order is `received`, then `open` where it rests; each of its matches is a message, and the last is
 * followed by `filled`. Matches state no fee. Sources: "Order V2", "Order V1" and "Account Balance" of the private channels.
 */
import type { Decimal } from '../../../core/decimal.ts';
import type { BalanceEvent, ExchangeEvent, OrderEvent } from '../../exchange/event.ts';
import type { Exchange } from '../../exchange/exchange.ts';
import { isOpen, type Fill, type Order } from '../../exchange/order.ts';
import type { Payload } from '../../wire/account-streams.ts';
import { numeral } from '../exact-json.ts';
import { privatePayload } from '../payloads.ts';
import { tradeIdOf } from '../trade-ids.ts';
import { accountNumber } from './account.ts';
import { listingOf } from './instruments.ts';
import { canceledOf, remainingOf, type Json } from './order-json.ts';

export const ORDERS_TOPIC = '/spotMarket/tradeOrdersV2';
export const OLDER_ORDERS_TOPIC = '/spotMarket/tradeOrders';
export const BALANCES_TOPIC = '/account/balance';

export interface SpotUserEventSettings {
  readonly exchange: Exchange;
  readonly leavesOutReceived: boolean;
}

export class SpotUserEvents {
  readonly #settings: SpotUserEventSettings;
  /** The free amount of each account's asset at its last message. */
  readonly #free = new Map<string, Decimal>();
  #eventNumber = 354_689_988_084_000n;

  constructor(settings: SpotUserEventSettings) {
    this.#settings = settings;
  }

  /** An account begins to listen: changes count from here. */
  begin(accountId: string): void {
    for (const { asset, free } of this.#settings.exchange.balances(accountId, 'spot'))
      this.#free.set(`${accountId} ${asset}`, free);
  }

  /** The payloads of one account for one batch: those of its orders in the order of the changes, then balances. */
  payloads(events: readonly ExchangeEvent[], accountId: string, nowMs: number): readonly Payload[] {
    const payloads: Payload[] = [];
    const balances: Payload[] = [];
    const last = new Map<string, OrderEvent>();
    const own = events.filter(
      (event): event is OrderEvent =>
        event.kind === 'order' && event.order.accountId === accountId && event.order.marketType === 'spot',
    );
    for (const event of own) last.set(event.order.venueOrderId, event);
    for (const event of own)
      payloads.push(...this.#orderPayloads(event, last.get(event.order.venueOrderId) === event));
    for (const event of events)
      if (event.kind === 'balance' && event.accountId === accountId && event.wallet === 'spot')
        balances.push(this.#balancePayload(event, own[0]?.order, nowMs));
    return [...payloads, ...balances];
  }

  /** `isLast`: nothing of the order comes after it in the batch. */
  #orderPayloads({ change, order, fill, at }: OrderEvent, isLast: boolean): Payload[] {
    const rests = isLast && isOpen(order.status) && order.price !== null;
    switch (change) {
      case 'accepted':
        this.#placed.add(order.venueOrderId);
        return [
          ...(this.#settings.leavesOutReceived ? [] : [this.#newer(order, receivedJson(order, at))]),
          ...(rests ? this.#opened(order, at) : []),
        ];
      case 'filled': {
        if (fill === null) return [];
        const ends = order.status === 'filled' ? this.#both(order, endedJson(order, 'filled', at)) : [];
        return [
          ...this.#both(order, matchJson(order, fill, at)),
          ...ends,
          ...(rests && this.#placed.has(order.venueOrderId) ? this.#opened(order, at) : []),
        ];
      }
      case 'canceled':
      case 'expired':
      case 'rejected':
        this.#placed.delete(order.venueOrderId);
        return this.#both(order, endedJson(order, 'canceled', at));
      case 'prevented':
      case 'amended':
        return this.#both(order, updatedJson(order, at));
      case 'triggered':
        return [];
    }
  }

  /** Orders that were received and neither opened nor ended. */
  readonly #placed = new Set<string>();

  #opened(order: Order, at: number): Payload[] {
    this.#placed.delete(order.venueOrderId);
    return this.#both(order, openJson(order, at));
  }

  #newer(order: Order, data: Json): Payload {
    return privatePayload(order.accountId, { topic: ORDERS_TOPIC, subject: 'orderChange', data });
  }

  #both(order: Order, data: Json): Payload[] {
    if (!isOpen(order.status)) this.#placed.delete(order.venueOrderId);
    return [
      this.#newer(order, data),
      privatePayload(order.accountId, { topic: OLDER_ORDERS_TOPIC, subject: 'orderChange', data }),
    ];
  }

  #balancePayload(event: BalanceEvent, order: Order | undefined, nowMs: number): Payload {
    const { accountId, asset, total, free, change } = event;
    const key = `${accountId} ${asset}`;
    const availableChange = free.subtract(this.#free.get(key) ?? free.subtract(change));
    this.#free.set(key, free);
    this.#eventNumber += 1n;
    const id = String(this.#eventNumber);
    return privatePayload(accountId, {
      topic: BALANCES_TOPIC,
      subject: 'account.balance',
      id,
      data: {
        accountId: accountNumber(accountId, 'trade', asset),
        currency: asset,
        total: total.toString(),
        available: free.toString(),
        hold: total.subtract(free).toString(),
        availableChange: availableChange.toString(),
        holdChange: change.subtract(availableChange).toString(),
        relationContext:
          order === undefined ? {} : { symbol: listingOf(order.symbol).id, orderId: order.venueOrderId },
        relationEvent: relationOf(event),
        relationEventId: id,
        time: String(nowMs),
      },
    });
  }
}

function relationOf({ reason }: BalanceEvent): string {
  switch (reason) {
    case 'order':
      return 'trade.hold';
    case 'fill':
    case 'funding':
    case 'liquidation':
      return 'trade.setted';
    case 'transfer':
    case 'deposit':
      return 'trade.transfer';
  }
}

function commonJson(order: Order, at: number): Json {
  return {
    clientOid: order.clientOrderId ?? '',
    orderId: order.venueOrderId,
    orderTime: order.createdAt,
    orderType: order.price === null ? 'market' : 'limit',
    side: order.side,
    symbol: listingOf(order.symbol).id,
    ts: numeral(`${at}000000`),
    ...(order.cost === null
      ? { originSize: order.quantity.toString() }
      : { originFunds: order.cost.toString() }),
  };
}

function receivedJson(order: Order, at: number): Json {
  return {
    ...commonJson(order, at),
    ...(order.price === null ? {} : { price: order.price.toString() }),
    status: 'new',
    type: 'received',
  };
}

function progressJson(order: Order, at: number): Json {
  const { size, funds } = remainingOf(order);
  return {
    ...commonJson(order, at),
    ...(order.price === null ? {} : { price: order.price.toString() }),
    ...(order.cost === null
      ? { size: order.quantity.toString(), remainSize: size.toString() }
      : { remainFunds: funds.toString() }),
    filledSize: order.filled.toString(),
    canceledSize: canceledOf(order).size.toString(),
  };
}

function openJson(order: Order, at: number): Json {
  return { ...progressJson(order, at), status: 'open', type: 'open' };
}

function matchJson(order: Order, fill: Fill, at: number): Json {
  return {
    ...progressJson(order, at),
    remainSize: order.cost === null ? order.quantity.subtract(order.filled).toString() : '0',
    feeType: `${fill.liquidity}Fee`,
    liquidity: fill.liquidity,
    matchPrice: fill.price.toString(),
    matchSize: fill.quantity.toString(),
    tradeId: tradeIdOf(fill),
    status: fill.liquidity === 'taker' ? 'match' : 'open',
    type: 'match',
  };
}

function endedJson(order: Order, type: 'filled' | 'canceled', at: number): Json {
  return { ...progressJson(order, at), status: 'done', type };
}

function updatedJson(order: Order, at: number): Json {
  const isDone = !isOpen(order.status);
  return {
    ...progressJson(order, at),
    oldSize: order.quantity.add(order.preventedQuantity).toString(),
    status: isDone ? 'done' : 'open',
    type: isDone ? 'canceled' : 'update',
  };
}
