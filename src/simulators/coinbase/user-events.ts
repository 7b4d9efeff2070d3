/**
 * The exchange's events as the user channel pushes them: the state of an order after each change, cumulative and without a trade id.
 *
 * Entry point: `UserEvents`. Several fills of one order within one call come as the states one after the other. A cancel comes twice: as
 * queued, and when that is over as done. Source: the user channel of "WebSocket Channels".
 */
import type { Clock } from '../clock.ts';
import type { ExchangeEvent } from '../exchange/event.ts';
import type { Exchange } from '../exchange/exchange.ts';
import type { Order } from '../exchange/order.ts';
import type { Payload } from '../wire/account-streams.ts';
import { OrderPrinter, type Json } from './order-json.ts';
import { isCancelQueued, statusName } from './order-words.ts';
import type { UndecidedBehaviour } from './undecided.ts';

export interface UserEventSettings {
  readonly exchange: Exchange;
  readonly undecided: UndecidedBehaviour;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Sends a payload to the account's connections later than the event behind it. */
  readonly sendLater: (accountId: string, payload: Payload) => void;
}

/** "batched by 50". */
const SNAPSHOT_BATCH = 50;

export class UserEvents {
  readonly #settings: UserEventSettings;

  constructor(settings: UserEventSettings) {
    this.#settings = settings;
  }

  /** The payloads of one account for one batch, in the order of the changes. */
  payloads(events: readonly ExchangeEvent[], accountId: string, nowMs: number): readonly Payload[] {
    const printer = this.#printer(accountId, nowMs);
    const payloads: Payload[] = [];
    for (const event of events) {
      if (event.kind !== 'order' || event.order.accountId !== accountId) continue;
      payloads.push(payloadOf(event.order, printer.streamedOrder(event.order)));
      if (isCancelQueued(event.order, nowMs, this.#settings.undecided)) void this.#finishCancel(event.order);
    }
    return payloads;
  }

  /** The events that a new listener gets: the open orders, batched; the last batch is not full. */
  snapshot(accountId: string, products: ReadonlySet<string> | null, nowMs: number): readonly Json[] {
    const printer = this.#printer(accountId, nowMs);
    const orders = this.#settings.exchange
      .openOrders(accountId, {})
      .map((order) => printer.streamedOrder(order))
      .filter((order) => products === null || products.has(String(order['product_id'])));
    const events: Json[] = [];
    for (let from = 0; from <= orders.length; from += SNAPSHOT_BATCH)
      events.push({
        type: from === 0 ? 'snapshot' : 'patch',
        orders: orders.slice(from, from + SNAPSHOT_BATCH),
        positions: NO_POSITIONS,
      });
    return events;
  }

  async #finishCancel(order: Order): Promise<void> {
    const { clock, signal, undecided, sendLater } = this.#settings;
    await clock.sleep(undecided.cancelQueuedForMs, signal);
    if (signal.aborted) return;
    const done = this.#printer(order.accountId, clock.nowMs()).streamedOrder(
      order,
      statusName(order, undecided),
    );
    sendLater(order.accountId, payloadOf(order, done));
  }

  #printer(accountId: string, nowMs: number): OrderPrinter {
    const { exchange, undecided } = this.#settings;
    return new OrderPrinter(exchange, accountId, nowMs, undecided);
  }
}

const NO_POSITIONS: Json = { perpetual_futures_positions: [], expiring_futures_positions: [] };

function payloadOf(_order: Order, json: Json): Payload {
  return {
    product: json['product_id'],
    event: { type: 'update', orders: [json], positions: NO_POSITIONS },
  };
}
