/**
 * The last closed orders of each account and category, which the look-up of open orders finds by their ids as well.
 *
 * Entry point: `RecentlyClosed`. "a maximum of recent 500 closed status records are kept under each account each category. If the Bybit
 * service is restarted, this part of the data will be cleared" ("Get Open & Closed Orders"): it is kept in memory alone.
 */
import type { Exchange } from '../exchange/exchange.ts';
import { isOpen, type Order } from '../exchange/order.ts';

const MOST_CLOSED = 500;

export class RecentlyClosed {
  /** Ids of orders by account and market, the longest closed first. */
  readonly #ids = new Map<string, Set<string>>();

  constructor(exchange: Exchange, signal: AbortSignal) {
    const stop = exchange.subscribe((events) => {
      for (const event of events)
        if (event.kind === 'order' && !isOpen(event.order.status)) this.#add(event.order);
    });
    signal.addEventListener('abort', stop, { once: true });
  }

  /** Whether it is open, or among the last that closed. */
  shows(order: Order): boolean {
    return isOpen(order.status) || this.#ids.get(keyOf(order))?.has(order.venueOrderId) === true;
  }

  #add(order: Order): void {
    const key = keyOf(order);
    let ids = this.#ids.get(key);
    if (ids === undefined) {
      ids = new Set();
      this.#ids.set(key, ids);
    }
    ids.add(order.venueOrderId);
    if (ids.size <= MOST_CLOSED) return;
    const [oldest] = ids;
    if (oldest !== undefined) ids.delete(oldest);
  }
}

function keyOf({ accountId, marketType }: Order): string {
  return `${accountId} ${marketType}`;
}
