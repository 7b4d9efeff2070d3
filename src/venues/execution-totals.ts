/**
 * Notices executions that never came on a private stream that reports them apart from orders.
 *
 * Entry point: `ExecutionTotals`. Venues such as Bybit send orders with their filled total on one topic and each
 * execution on another, in no stated order between the two: for a while either may be ahead.
 *
 * Invariants:
 *  1. An order whose executions do not add up to its reported total for `patienceMs` is due, once.
 *  2. An order that was due counts as complete from then on: reconciliation reads what was missing.
 */
import { Decimal } from '../core/decimal.ts';
import type { InstrumentSymbol, VenueOrderId } from '../core/ids.ts';
import type { OrderReport, VenueFill } from '../core/venue/report.ts';

interface Totals {
  readonly venueOrderId: VenueOrderId;
  /** The order's own total, base units. */
  reported: Decimal;
  /** The sum of the executions that came, base units. */
  executed: Decimal;
  /** Since when the two differ; of no meaning while they agree. */
  apartSince: number;
}

/** Orders that are followed; beyond it the longest untouched are dropped. */
const ORDERS_FOLLOWED = 10_000;

export class ExecutionTotals {
  readonly #patienceMs: number;
  readonly #orders = new Map<string, Totals>();
  /** Those that differ, the longest apart first. */
  readonly #apart = new Set<Totals>();

  constructor(patienceMs: number) {
    this.#patienceMs = patienceMs;
  }

  /** Whether any event of an order has come. */
  knows(symbol: InstrumentSymbol, venueOrderId: VenueOrderId): boolean {
    return this.#orders.has(`${symbol} ${venueOrderId}`);
  }

  /** Takes in an order's own total. `now` is monotonic, milliseconds; a report that comes late lowers nothing. */
  onOrder(report: OrderReport, now: number): void {
    const totals = this.#touch(report.symbol, report.venueOrderId);
    totals.reported = totals.reported.max(report.filledQuantity);
    this.#compare(totals, now);
  }

  onFill(fill: VenueFill, now: number): void {
    const totals = this.#touch(fill.symbol, fill.venueOrderId);
    totals.executed = totals.executed.add(fill.quantity);
    this.#compare(totals, now);
  }

  /** When `takeDue` has something to give at the earliest; null while every order adds up. */
  dueAt(): number | null {
    const [first] = this.#apart;
    return first === undefined ? null : first.apartSince + this.#patienceMs;
  }

  /** The orders that are due now. */
  takeDue(now: number): readonly VenueOrderId[] {
    const due = [...this.#apart].filter(({ apartSince }) => now - apartSince >= this.#patienceMs);
    for (const totals of due) {
      totals.reported = totals.reported.max(totals.executed);
      totals.executed = totals.reported;
      this.#apart.delete(totals);
    }
    return due.map(({ venueOrderId }) => venueOrderId);
  }

  #touch(symbol: InstrumentSymbol, venueOrderId: VenueOrderId): Totals {
    const key = `${symbol} ${venueOrderId}`;
    const totals = this.#orders.get(key) ?? {
      venueOrderId,
      reported: Decimal.zero,
      executed: Decimal.zero,
      apartSince: 0,
    };
    this.#orders.delete(key);
    this.#orders.set(key, totals);
    if (this.#orders.size > ORDERS_FOLLOWED) {
      const [oldest] = this.#orders.keys();
      if (oldest !== undefined) this.#orders.delete(oldest);
    }
    return totals;
  }

  /** A difference that changes goes on being one: patience is counted from where the two first parted. */
  #compare(totals: Totals, now: number): void {
    if (totals.reported.equals(totals.executed)) {
      this.#apart.delete(totals);
    } else if (!this.#apart.has(totals)) {
      totals.apartSince = now;
      this.#apart.add(totals);
    }
  }
}
