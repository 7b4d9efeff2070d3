/**
 * Records read from PostgreSQL page by page, so that memory does not grow with the journal.
 *
 * Entry point: `storedRecords`.
 */
import type pg from 'pg';
import type { PortfolioId } from '../core/ids.ts';
import type { StoredRecord } from './hash-chain.ts';
import { type StoredRow, toStoredRecord } from './stored-record.ts';

const PAGE_RECORDS = 1_000;
const LEAST_SEQ = -(2n ** 63n);
const GREATEST_SEQ = 2n ** 63n - 1n;

export interface SeqRange {
  /** Exclusive. Default: below every seq that a row can have. */
  readonly after?: number;
  /** Inclusive. Default: above every seq that a row can have. */
  readonly upTo?: number;
}

/** The records of a portfolio in a range, in order, as they are stored; nothing of them is checked. */
export async function* storedRecords(
  database: pg.Pool | pg.Client,
  portfolioId: PortfolioId,
  range: SeqRange = {},
): AsyncGenerator<StoredRecord> {
  const upTo = String(range.upTo ?? GREATEST_SEQ);
  let after = String(range.after ?? LEAST_SEQ);
  for (;;) {
    const page = await database.query<StoredRow>(
      `SELECT portfolio_id, seq, at, type, payload, hash, prev_hash FROM journal
        WHERE portfolio_id = $1 AND seq > $2 AND seq <= $3 ORDER BY seq LIMIT ${PAGE_RECORDS}`,
      [portfolioId, after, upTo],
    );
    for (const row of page.rows) yield toStoredRecord(row);
    const last = page.rows.at(-1);
    if (last === undefined || page.rows.length < PAGE_RECORDS) return;
    after = String(last.seq);
  }
}
