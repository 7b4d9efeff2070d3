/**
 * Cancels that were acknowledged and are carried out a while later; until then the order is `canceling`, and may still be filled.
 *
 * Entry point: `Cancels`. "This only submits the cancel request, the actual result of the cancel request needs to be checked by order
 * status" ("Submit Cancel for an Order" of the spot documentation). Without a delay a cancel acts at once.
 */
import type { Clock } from '../../clock.ts';
import type { Exchange } from '../../exchange/exchange.ts';
import type { Order } from '../../exchange/order.ts';
import type { CancelResult } from '../../exchange/results.ts';

export interface CancelSettings {
  readonly exchange: Exchange;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly takesMs: number;
}

export class Cancels {
  readonly #settings: CancelSettings;
  readonly #underWay = new Set<string>();

  constructor(settings: CancelSettings) {
    this.#settings = settings;
  }

  /** Whether the cancel of an order was acknowledged and has not been carried out. */
  isUnderWay({ venueOrderId }: Order): boolean {
    return this.#underWay.has(venueOrderId);
  }

  /** The order is open. */
  take(at: number, order: Order): CancelResult {
    const { exchange, takesMs } = this.#settings;
    if (takesMs === 0) return exchange.cancelOrder(at, order.accountId, order);
    this.#underWay.add(order.venueOrderId);
    void this.#later(order);
    return { ok: true, order };
  }

  async #later(order: Order): Promise<void> {
    const { clock, exchange, signal, takesMs } = this.#settings;
    await clock.sleep(takesMs, signal);
    this.#underWay.delete(order.venueOrderId);
    if (!signal.aborted) exchange.cancelOrder(clock.nowMs(), order.accountId, order);
  }
}
