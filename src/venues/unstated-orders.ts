/**
 * Reads orders that a private stream says have changed, where its messages leave something out: HTX's swaps announce executions
 * without their fees.
 *
 * Entry point: `UnstatedOrders`.
 *
 * Invariants:
 *  1. An order is read by one question at a time; a change that comes meanwhile has it read once more.
 *  2. An execution is handed on once.
 *  3. Nothing is handed on after `close`.
 */
import type { InstrumentSymbol, VenueOrderId } from '../core/ids.ts';
import type { OrderReport, VenueFill } from '../core/venue/report.ts';

/** An order as it was read for the stream; null where its report comes with other messages. */
export interface ReadOrder {
  readonly report: OrderReport | null;
  readonly fills: readonly VenueFill[];
}

export interface UnstatedOrdersOptions {
  readonly read: (symbol: InstrumentSymbol, venueOrderId: VenueOrderId) => Promise<ReadOrder>;
  /** `fills` holds those alone that were not handed on before. */
  readonly onRead: (order: ReadOrder) => void;
  readonly onFailure: (venueOrderId: VenueOrderId, why: string) => void;
}

/** One order under its question. */
interface Reading {
  isChanged: boolean;
}

/** Orders whose executions are remembered; beyond it the longest unread are forgotten, and their executions come again. */
const ORDERS_REMEMBERED = 10_000;

export class UnstatedOrders {
  readonly #options: UnstatedOrdersOptions;
  readonly #readings = new Map<string, Reading>();
  /** Ids of the executions that were handed on, by order. */
  readonly #known = new Map<string, Set<string>>();
  #isOpen = false;

  constructor(options: UnstatedOrdersOptions) {
    this.#options = options;
  }

  open(): void {
    this.#isOpen = true;
  }

  close(): void {
    this.#isOpen = false;
  }

  /** The order changed: it is read now, or once more when its present reading ends. */
  changed(symbol: InstrumentSymbol, venueOrderId: VenueOrderId): void {
    const key = `${symbol} ${venueOrderId}`;
    const under = this.#readings.get(key);
    if (under === undefined) void this.#read(symbol, venueOrderId, key);
    else under.isChanged = true;
  }

  async #read(symbol: InstrumentSymbol, venueOrderId: VenueOrderId, key: string): Promise<void> {
    const reading: Reading = { isChanged: false };
    this.#readings.set(key, reading);
    try {
      const order = await this.#options.read(symbol, venueOrderId);
      if (this.#isOpen) this.#options.onRead({ ...order, fills: this.#newOf(key, order.fills) });
    } catch (error) {
      if (this.#isOpen)
        this.#options.onFailure(venueOrderId, error instanceof Error ? error.message : 'no reason given');
    }
    this.#readings.delete(key);
    if (this.#isOpen && reading.isChanged) void this.#read(symbol, venueOrderId, key);
  }

  #newOf(key: string, fills: ReadOrder['fills']): ReadOrder['fills'] {
    const known = this.#known.get(key) ?? new Set<string>();
    this.#known.delete(key);
    this.#known.set(key, known);
    if (this.#known.size > ORDERS_REMEMBERED) {
      const [oldest] = this.#known.keys();
      if (oldest !== undefined) this.#known.delete(oldest);
    }
    return fills.filter(({ tradeId }) => {
      const isNew = !known.has(tradeId);
      known.add(tradeId);
      return isNew;
    });
  }
}
