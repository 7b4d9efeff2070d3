/**
 * Cancels that a node left for whoever owns the portfolio, as all portfolios of this node look at them: one question for
 * all, at most once a second, since there are none nearly always.
 */
import type pg from 'pg';
import { orderId, portfolioId, type PortfolioId } from '../core/ids.ts';
import type { HandedOverCancel } from './journal.ts';

const GOOD_FOR_MS = 1_000;

/** In order of time. */
type ByPortfolio = ReadonlyMap<PortfolioId, readonly HandedOverCancel[]>;

interface Reading {
  readonly startedAt: number;
  readonly found: Promise<ByPortfolio>;
}

export class HandedOverCancels {
  readonly #pool: pg.Pool;
  #last: Reading | null = null;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  /** Rejects with what `pg` throws. */
  all(): Promise<ByPortfolio> {
    const now = performance.now();
    if (this.#last === null || now - this.#last.startedAt > GOOD_FOR_MS)
      this.#last = { startedAt: now, found: this.#read() };
    return this.#last.found;
  }

  /** The next question is put to the database whatever was read before. */
  forget(): void {
    this.#last = null;
  }

  async #read(): Promise<ByPortfolio> {
    const { rows } = await this.#pool.query<{
      portfolio_id: string;
      order_id: string;
      requested_by: string;
      at: number;
    }>('SELECT portfolio_id, order_id, requested_by, at FROM handed_over_cancels ORDER BY at, order_id');
    const left = new Map<PortfolioId, HandedOverCancel[]>();
    for (const row of rows) {
      const portfolio = portfolioId(row.portfolio_id);
      const cancel = { orderId: orderId(row.order_id), requestedBy: row.requested_by, at: row.at };
      left.set(portfolio, [...(left.get(portfolio) ?? []), cancel]);
    }
    return left;
  }
}
