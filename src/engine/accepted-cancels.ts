/** Orders whose cancel the venue has accepted since this process runs, whether or not the journal holds that yet. */
import type { OrderId } from '../core/ids.ts';

/** Remembered before those of finished orders are dropped. */
const KEPT = 1_000;

export class AcceptedCancels {
  readonly #orders = new Set<OrderId>();

  has(orderId: OrderId): boolean {
    return this.#orders.has(orderId);
  }

  add(orderId: OrderId, isUnfinished: (orderId: OrderId) => boolean): void {
    if (this.#orders.size >= KEPT)
      for (const earlier of this.#orders) if (!isUnfinished(earlier)) this.#orders.delete(earlier);
    this.#orders.add(orderId);
  }
}
