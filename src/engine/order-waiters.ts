/** Callers that wait until a condition holds for an order; they are notified of durable states only. */
import type { OrderId } from '../core/ids.ts';
import type { Order } from '../core/order/order.ts';
import { orderIdsOf } from '../core/portfolio/events.ts';
import type { Clock } from './clock.ts';
import type { DurableEvents } from './desk.ts';

interface Waiter {
  readonly isDone: (order: Order) => boolean;
  readonly resolve: (order: Order) => void;
}

export interface OrderWaitersOptions {
  readonly clock: Clock;
  /** The order as durable; rejects when it cannot be read. */
  readonly read: (orderId: OrderId) => Promise<Order>;
  /** The order as it is in memory while a durable append is reported. */
  readonly inMemory: (orderId: OrderId) => Order | undefined;
}

export class OrderWaiters {
  readonly #options: OrderWaitersOptions;
  readonly #waiters = new Map<OrderId, Set<Waiter>>();

  constructor(options: OrderWaitersOptions) {
    this.#options = options;
  }

  /** Resolves with the durable order once `isDone` holds for it, or as it is after `waitMs`. */
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
      // The condition may have held before anyone waited; a state that is not durable yet is reported once it is.
      read(orderId).then((order) => {
        if (waiters.has(waiter) && (isDone(order) || waitMs <= 0)) waiter.resolve(order);
      }, reject);
    });
  }

  /** Called after each durable append. */
  onDurable(durable: DurableEvents): void {
    for (const orderId of new Set(durable.events.flatMap(({ event }) => orderIdsOf(event)))) {
      const waiters = this.#waiters.get(orderId);
      const order = this.#options.inMemory(orderId);
      if (waiters === undefined || order === undefined) continue;
      for (const waiter of waiters) if (waiter.isDone(order)) waiter.resolve(order);
    }
  }
}
