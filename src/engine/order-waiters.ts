/** Callers that wait for something to become true of an order, told from durable news only. */
import type { OrderId } from '../core/ids.ts';
import type { Order } from '../core/order/order.ts';
import { orderIdsOf } from '../core/portfolio/events.ts';
import type { Clock } from './clock.ts';
import type { DurableNews } from './desk.ts';

interface Waiter {
  readonly isDone: (order: Order) => boolean;
  readonly resolve: (order: Order) => void;
}

export interface OrderWaitersOptions {
  readonly clock: Clock;
  /** The order as durable; rejects when it cannot be read. */
  readonly read: (orderId: OrderId) => Promise<Order>;
  /** The order as it is in memory at the moment its news is told. */
  readonly inMemory: (orderId: OrderId) => Order | undefined;
}

export class OrderWaiters {
  readonly #options: OrderWaitersOptions;
  readonly #waiters = new Map<OrderId, Set<Waiter>>();

  constructor(options: OrderWaitersOptions) {
    this.#options = options;
  }

  /** The order, as durable, once `isDone` says so of it; as it stands after `waitMs` otherwise. */
  waitFor(orderId: OrderId, isDone: (order: Order) => boolean, waitMs: number): Promise<Order> {
    const { clock, read } = this.#options;
    return new Promise<Order>((resolve, reject) => {
      const waiters = this.#waiters.get(orderId) ?? new Set<Waiter>();
      this.#waiters.set(orderId, waiters);
      const end = (): void => {
        stopTimer();
        waiters.delete(waiter);
        if (waiters.size === 0) this.#waiters.delete(orderId);
      };
      const waiter: Waiter = {
        isDone,
        resolve: (order) => {
          end();
          resolve(order);
        },
      };
      const stopTimer = clock.after(waitMs, () => {
        end();
        read(orderId).then(resolve, reject);
      });
      waiters.add(waiter);
      // It may have come about before anyone waited; what is not durable yet is told when it is.
      read(orderId).then((order) => {
        if (waiters.has(waiter) && (isDone(order) || waitMs <= 0)) waiter.resolve(order);
      }, reject);
    });
  }

  /** Called after each durable append. */
  tell(news: DurableNews): void {
    for (const orderId of new Set(news.events.flatMap(({ event }) => orderIdsOf(event)))) {
      const waiters = this.#waiters.get(orderId);
      const order = this.#options.inMemory(orderId);
      if (waiters === undefined || order === undefined) continue;
      for (const waiter of waiters) if (waiter.isDone(order)) waiter.resolve(order);
    }
  }
}
