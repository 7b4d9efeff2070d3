/**
 * Cancels that a node which does not own a portfolio handed over to its owner.
 *
 * Entry point: `HandedOverCancels`. All portfolios of a node share one reading of the table, at most once a second: it is
 * empty nearly always.
 */
import type pg from 'pg';
import { type OrderId, orderId, portfolioId, type PortfolioId } from '../core/ids.ts';
import { storableText } from './hash-chain.ts';
import type { HandedOverCancel } from './journal.ts';
import type { Session } from './postgres-session.ts';

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

  /** Of all portfolios, no older than a second. Rejects with what `pg` throws. */
  all(): Promise<ByPortfolio> {
    const now = performance.now();
    if (this.#last === null || now - this.#last.startedAt > GOOD_FOR_MS)
      this.#last = { startedAt: now, found: this.#read() };
    return this.#last.found;
  }

  async add(session: Session, portfolioId: PortfolioId, cancels: readonly HandedOverCancel[]): Promise<void> {
    for (const { orderId, requestedBy, why, at } of cancels) {
      await session.query(
        `INSERT INTO handed_over_cancels (portfolio_id, order_id, requested_by, why, at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`,
        [portfolioId, orderId, storableText(requestedBy), why === undefined ? null : storableText(why), at],
      );
    }
  }

  /** The next reading asks the database again. */
  async drop(session: Session, portfolioId: PortfolioId, orderIds: readonly OrderId[]): Promise<void> {
    await session.query(
      'DELETE FROM handed_over_cancels WHERE portfolio_id = $1 AND order_id = ANY ($2::text[])',
      [portfolioId, orderIds],
    );
    this.#last = null;
  }

  async #read(): Promise<ByPortfolio> {
    const { rows } = await this.#pool.query<{
      portfolio_id: string;
      order_id: string;
      requested_by: string;
      why: string | null;
      at: number;
    }>('SELECT portfolio_id, order_id, requested_by, why, at FROM handed_over_cancels ORDER BY at, order_id');
    const left = new Map<PortfolioId, HandedOverCancel[]>();
    for (const row of rows) {
      const portfolio = portfolioId(row.portfolio_id);
      const cancel = {
        orderId: orderId(row.order_id),
        requestedBy: row.requested_by,
        ...(row.why === null ? {} : { why: row.why }),
        at: row.at,
      };
      left.set(portfolio, [...(left.get(portfolio) ?? []), cancel]);
    }
    return left;
  }
}
