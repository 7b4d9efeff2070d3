/**
 * Recovery reads: the newest sound snapshot of a portfolio, the checked records behind it, and the keeping of snapshots.
 *
 * Entry points: `loadPortfolio`, `saveSnapshot`.
 *
 * Invariants:
 *  1. A snapshot whose hash does not fit its text is passed over; recovery then reads more of the journal.
 *  2. Records are yielded only as links of an unbroken chain, which must end at the head.
 */
import type pg from 'pg';
import type { PortfolioId } from '../core/ids.ts';
import {
  advanceChain,
  canonicalJson,
  type ChainPosition,
  GENESIS_HASH,
  holdAgainstHead,
} from './hash-chain.ts';
import type { JournalRecord, Loaded, LoadedSnapshot, Snapshot } from './journal.ts';
import type { JournalLog } from './log.ts';
import { storedRecords } from './record-pages.ts';
import { stateTextHash, toJournalRecord, toJsonObject } from './stored-record.ts';

const SNAPSHOTS_KEPT = 2;

/** Rejects for a portfolio without a head; the records throw `JournalCorrupt` where the chain breaks. */
export async function loadPortfolio(
  pool: pg.Pool,
  portfolioId: PortfolioId,
  log: JournalLog,
): Promise<Loaded> {
  const heads = await pool.query<{ seq: number; hash: string }>(
    'SELECT seq, hash FROM portfolio_head WHERE portfolio_id = $1',
    [portfolioId],
  );
  const head = heads.rows[0];
  if (head === undefined) throw new Error(`Portfolio ${portfolioId} has no journal: create it first.`);
  const found = await newestSoundSnapshot(pool, portfolioId, head.seq, log);
  return {
    snapshot: found?.snapshot ?? null,
    records: checkedRecords(pool, portfolioId, found?.position ?? { seq: 0, hash: GENESIS_HASH }, head),
  };
}

/** Stores a snapshot and removes those that are older than the last two. */
export async function saveSnapshot(
  pool: pg.Pool,
  portfolioId: PortfolioId,
  snapshot: Snapshot,
): Promise<void> {
  const text = canonicalJson(snapshot.state);
  await pool.query(
    `INSERT INTO snapshots (portfolio_id, seq, state, state_hash) VALUES ($1, $2, $3, $4)
     ON CONFLICT (portfolio_id, seq) DO UPDATE SET state = excluded.state, state_hash = excluded.state_hash`,
    [portfolioId, snapshot.seq, text, stateTextHash(text)],
  );
  await pool.query(
    `DELETE FROM snapshots WHERE portfolio_id = $1 AND seq < (
       SELECT min(seq) FROM (SELECT seq FROM snapshots WHERE portfolio_id = $1 ORDER BY seq DESC LIMIT ${SNAPSHOTS_KEPT}) AS kept)`,
    [portfolioId],
  );
}

async function newestSoundSnapshot(
  pool: pg.Pool,
  portfolioId: PortfolioId,
  headSeq: number,
  log: JournalLog,
): Promise<{ readonly snapshot: LoadedSnapshot; readonly position: ChainPosition } | null> {
  const result = await pool.query<{ seq: number; state: string; state_hash: string; hash: string }>(
    `SELECT s.seq, s.state, s.state_hash, j.hash FROM snapshots s JOIN journal j USING (portfolio_id, seq)
      WHERE s.portfolio_id = $1 AND s.seq <= $2 ORDER BY s.seq DESC`,
    [portfolioId, headSeq],
  );
  for (const row of result.rows) {
    if (stateTextHash(row.state) === row.state_hash) {
      return {
        snapshot: { seq: row.seq, state: toJsonObject(row.state) },
        position: { seq: row.seq, hash: row.hash },
      };
    }
    log.error({ portfolioId, seq: row.seq }, 'a snapshot is damaged and was passed over');
  }
  return null;
}

async function* checkedRecords(
  pool: pg.Pool,
  portfolioId: PortfolioId,
  from: ChainPosition,
  head: ChainPosition,
): AsyncGenerator<JournalRecord> {
  let position = from;
  const range = { after: from.seq, upTo: head.seq };
  for await (const stored of storedRecords(pool, portfolioId, range)) {
    position = advanceChain(position, stored);
    yield toJournalRecord(stored);
  }
  holdAgainstHead(portfolioId, position, head);
}
