/**
 * The exchange's events as OKX's private channels push them: orders, algo orders, the account, positions.
 *
 * Entry point: `UserEvents`. Orders come one a message, and nothing comes of them when a channel is subscribed; the account and the
 * positions begin with a snapshot. Sources: "Order channel", "Algo orders channel", "Account channel" and "Positions channel" of the v5
 * documentation.
 */
import type { Position } from '../exchange/account.ts';
import type { ExchangeEvent, OrderEvent } from '../exchange/event.ts';
import { isOpen, type Order } from '../exchange/order.ts';
import type { Payload } from '../wire/account-streams.ts';
import { balanceJson } from './account.ts';
import { algoJson } from './algo-orders.ts';
import { listingOf } from './instruments.ts';
import type { Json } from './market-data.ts';
import { streamedOrderJson, type OrderFacts, type StreamedExtra } from './order-json.ts';
import { TAGS } from './order-requests.ts';
import { positionJson } from './positions.ts';
import type { UndecidedBehaviour } from './undecided.ts';

export type Channel = 'orders' | 'orders-algo' | 'account' | 'positions';

export interface UserEventSettings extends OrderFacts {
  readonly undecided: Pick<UndecidedBehaviour, 'marketOrdersEndWithoutFill' | 'repeatsLastMessage'>;
}

/** A message before its argument is known: `instType` and `instId` are those that subscriptions are served by. */
export function payloadOf(channel: Channel, row: Json, more: Json = {}): Payload {
  return { channel, instType: row['instType'], instId: row['instId'], more, data: [row] };
}

export class UserEvents {
  readonly #settings: UserEventSettings;
  #requestId = '';

  constructor(settings: UserEventSettings) {
    this.#settings = settings;
  }

  /** The messages of what `amend` changes name its `reqId`. */
  withRequestId<Result>(requestId: string, amend: () => Result): Result {
    this.#requestId = requestId;
    try {
      return amend();
    } finally {
      this.#requestId = '';
    }
  }

  /** The payloads of one account for one batch, in the order of the changes. */
  payloads(events: readonly ExchangeEvent[], accountId: string, nowMs: number): readonly Payload[] {
    const { exchange } = this.#settings;
    const payloads: Payload[] = [];
    const positions = new Map<string, Position>();
    let isBalanceChanged = false;
    for (const event of events) {
      switch (event.kind) {
        case 'order':
          if (event.order.accountId === accountId) payloads.push(...this.#orderPayloads(event));
          break;
        case 'balance':
          if (event.accountId === accountId && event.wallet === 'unified') isBalanceChanged = true;
          break;
        case 'position':
          if (event.accountId === accountId)
            positions.set(`${event.position.symbol} ${event.position.side}`, event.position);
          break;
        case 'list':
        case 'trade':
        case 'book':
        case 'mark':
          break;
      }
    }
    for (const position of positions.values())
      payloads.push(
        payloadOf('positions', this.#positionRow(position, nowMs), { eventType: 'event_update' }),
      );
    if (isBalanceChanged)
      payloads.push(
        payloadOf('account', balanceJson(exchange, accountId, nowMs), { eventType: 'event_update' }),
      );
    return payloads;
  }

  /** The state of a channel as a subscription begins with it; empty for channels that begin with nothing. */
  snapshot(channel: Channel, accountId: string, nowMs: number): readonly Payload[] {
    const { exchange } = this.#settings;
    const first = { eventType: 'snapshot', curPage: 1, lastPage: true };
    switch (channel) {
      case 'orders':
      case 'orders-algo':
        return [];
      case 'account':
        return [payloadOf('account', balanceJson(exchange, accountId, nowMs), first)];
      case 'positions': {
        const data = exchange
          .positions(accountId)
          .filter(({ quantity }) => !quantity.isZero())
          .map((position) => this.#positionRow(position, nowMs));
        return [{ channel, instType: 'SWAP', instId: undefined, more: first, data }];
      }
    }
  }

  #positionRow(position: Position, nowMs: number): Json {
    return { ...positionJson(this.#settings.exchange, position), pTime: String(nowMs) };
  }

  #orderPayloads({ order, fill, change }: OrderEvent): Payload[] {
    const { exchange, undecided } = this.#settings;
    if (order.conditional) return [payloadOf('orders-algo', algoJson(exchange, order))];
    const isAmended = change === 'amended';
    const extra: StreamedExtra = {
      fill,
      amendResult: isAmended ? '0' : '',
      reqId: isAmended ? this.#requestId : '',
    };
    const rows =
      fill !== null &&
      order.status === 'filled' &&
      undecided.marketOrdersEndWithoutFill &&
      isSpotMarket(order)
        ? [
            { ...streamedOrderJson(this.#settings, order, extra), state: 'partially_filled' },
            streamedOrderJson(this.#settings, order, { ...extra, fill: null }),
          ]
        : [streamedOrderJson(this.#settings, order, extra)];
    const last = rows.at(-1);
    if (undecided.repeatsLastMessage && last !== undefined && !isOpen(order.status))
      rows.push({ ...last, uTime: String(order.updatedAt + 1) });
    return rows.map((row) => payloadOf('orders', row));
  }
}

function isSpotMarket({ symbol, tags }: Order): boolean {
  return listingOf(symbol).instType === 'SPOT' && tags[TAGS.ordType] === 'market';
}
