/**
 * The exchange's events as Bybit's private streams push them: orders, executions, positions, the wallet.
 *
 * Entry point: `UserEvents.payloads`. Each topic has messages of its own; orders and executions are two of them. Payloads carry their
 * category beside the message, by which subscriptions to one of them are served. Sources: "Order", "Execution", "Position" and
 * "Wallet" of the private streams of the v5 documentation. The wallet comes without a snapshot, and not for unrealised profit.
 */
import { Decimal } from '../../core/decimal.ts';
import type { Position } from '../exchange/account.ts';
import type { ExchangeEvent, OrderEvent } from '../exchange/event.ts';
import type { Exchange } from '../exchange/exchange.ts';
import type { Order } from '../exchange/order.ts';
import type { Payload } from '../wire/account-streams.ts';
import { listingOf } from './instruments.ts';
import { fundingExecutionJson, streamedExecutionJson, streamedOrderJson, type Json } from './order-json.ts';
import { positionJson } from './positions.ts';
import { walletJson } from './wallet.ts';

export interface UserEventSettings {
  readonly exchange: Exchange;
  readonly ordersBeforeExecutions: boolean;
  /** Of messages; cryptographic. */
  readonly newId: () => string;
}

export class UserEvents {
  readonly #settings: UserEventSettings;
  /** Realised profit of each open order so far. */
  readonly #closedPnl = new Map<string, Decimal>();

  constructor(settings: UserEventSettings) {
    this.#settings = settings;
  }

  /** The payloads of one account for one batch, in the order of the changes. */
  payloads(events: readonly ExchangeEvent[], accountId: string, nowMs: number): readonly Payload[] {
    const payloads: Payload[] = [];
    const positions = new Map<string, Position>();
    const funded = new Set<string>();
    let isWalletChanged = false;
    for (const event of events) {
      switch (event.kind) {
        case 'order':
          if (event.order.accountId === accountId) payloads.push(...this.#orderPayloads(event, nowMs));
          break;
        case 'balance':
          if (event.accountId !== accountId || event.wallet !== 'unified') break;
          isWalletChanged = true;
          break;
        case 'position':
          if (event.accountId !== accountId) break;
          positions.set(`${event.position.symbol} ${event.position.side}`, event.position);
          if (event.reason === 'funding') funded.add(event.position.symbol);
          break;
        case 'list':
        case 'trade':
        case 'book':
        case 'mark':
          break;
      }
    }
    for (const symbol of funded) payloads.push(...this.#fundingPayloads(accountId, symbol, nowMs));
    for (const position of positions.values())
      payloads.push(
        this.#payload('position', 'linear', nowMs, [
          { category: 'linear', ...positionJson(position, 'entryPrice') },
        ]),
      );
    if (isWalletChanged)
      payloads.push(this.#payload('wallet', '', nowMs, [walletJson(this.#settings.exchange, accountId)]));
    return payloads;
  }

  /** An order that was filled when its cancel came: filled once more, with what became of the cancel. */
  lateCancel(order: Order, nowMs: number): Payload {
    const row = {
      ...streamedOrderJson(order, this.#pnlOf(order)),
      cancelType: 'CancelByUser',
      rejectReason: 'EC_OrigClOrdIDDoesNotExist',
    };
    return this.#payload('order', listingOf(order.symbol).category, nowMs, [row]);
  }

  #orderPayloads({ order, fill }: OrderEvent, nowMs: number): Payload[] {
    const { category } = listingOf(order.symbol);
    if (fill !== null) this.#closedPnl.set(order.venueOrderId, this.#pnlOf(order).add(fill.realizedPnl));
    const ofOrder = this.#payload('order', category, nowMs, [streamedOrderJson(order, this.#pnlOf(order))]);
    if (fill === null) return [ofOrder];
    const ofFill = this.#payload('execution', category, nowMs, [streamedExecutionJson(fill, order)]);
    if (order.status === 'filled') this.#closedPnl.delete(order.venueOrderId);
    return this.#settings.ordersBeforeExecutions ? [ofOrder, ofFill] : [ofFill, ofOrder];
  }

  #pnlOf({ venueOrderId }: Order): Decimal {
    return this.#closedPnl.get(venueOrderId) ?? Decimal.zero;
  }

  /** Of the funding that was paid just now. */
  #fundingPayloads(accountId: string, symbol: string, nowMs: number): Payload[] {
    const payments = this.#settings.exchange
      .funding(accountId)
      .filter((payment) => payment.symbol === symbol);
    const last = payments.at(-1)?.at;
    return payments
      .filter(({ at }) => at === last)
      .map((payment) =>
        this.#payload('execution', 'linear', nowMs, [
          { ...fundingExecutionJson(payment), isLeverage: '0', marketUnit: '', execPnl: '0' },
        ]),
      );
  }

  #payload(topic: string, category: string, nowMs: number, data: readonly Json[]): Payload {
    return { id: this.#settings.newId(), topic, creationTime: nowMs, data, category };
  }
}
