/**
 * Checks and rebuilds what is stored on PostgreSQL, for `verify` and `replay` on the command line.
 *
 * Entry points: `verifyJournals`, `exportHeads`, `readModelDigests`, `rebuildReadModels`.
 *
 * Invariant: a rebuild is one transaction that holds the portfolio's head, so that nobody sees it half done and no append
 * falls between the old rows and the new.
 */
import pg from 'pg';
import { portfolioId as brandPortfolioId, type PortfolioId } from '../core/ids.ts';
import { rowStatements } from './append-statement.ts';
import { type ChainPosition, GENESIS_HASH, type StoredRecord, verifyChain } from './hash-chain.ts';
import { JournalCorrupt, type ReadModelChange } from './journal.ts';
import { clientConfig } from './postgres-session.ts';
import { collectRows } from './prepared-append.ts';
import { type StoredRow, toStoredRecord } from './stored-record.ts';

export interface Head extends ChainPosition {
  readonly portfolioId: PortfolioId;
  readonly epoch: number;
}

export interface Verified extends Head {
  /** What does not hold, naming the seq; null when everything does. */
  readonly fault: string | null;
}

const PAGE_RECORDS = 1_000;

/**
 * Tables that follow from the journal. Quote snapshots are observations bounded in number and age: a rebuild adds to them
 * but does not begin with none.
 */
const REBUILT_TABLES = [
  'orders',
  'venue_order_ids',
  'fills',
  'positions',
  'balances',
  'drift',
  'equity',
  'idempotency_keys',
] as const;

/** The heads of all portfolios, for those who want an anchor outside the database. */
export async function exportHeads(connection: pg.ClientConfig): Promise<readonly Head[]> {
  return withClient(connection, readHeads);
}

/** Walks every portfolio's chain from its first record to its head. Portfolios that append meanwhile are checked up to the head as first read. */
export async function* verifyJournals(connection: pg.ClientConfig): AsyncGenerator<Verified> {
  const client = new pg.Client(clientConfig(connection));
  await client.connect();
  try {
    for (const head of await readHeads(client)) {
      let fault: string | null = null;
      try {
        await verifyChain(recordsUpTo(client, head), { head, portfolioId: head.portfolioId });
      } catch (error) {
        if (!(error instanceof JournalCorrupt)) throw error;
        fault = error.message;
      }
      yield { ...head, fault };
    }
  } finally {
    await client.end();
  }
}

/** One digest for each table that follows from the journal: equal digests mean equal bytes. */
export async function readModelDigests(
  connection: pg.ClientConfig,
  portfolioId: PortfolioId,
): Promise<Readonly<Record<string, string>>> {
  return withClient(connection, (client) => digests(client, portfolioId));
}

/**
 * Replaces a portfolio's read models by what `changes` (from a fold over its whole journal, in order) amount to.
 * Returns the digests before and after.
 */
export async function rebuildReadModels(
  connection: pg.ClientConfig,
  portfolioId: PortfolioId,
  changes: AsyncIterable<readonly ReadModelChange[]> | Iterable<readonly ReadModelChange[]>,
): Promise<{
  readonly before: Readonly<Record<string, string>>;
  readonly after: Readonly<Record<string, string>>;
}> {
  return withClient(connection, async (client) => {
    await client.query('BEGIN');
    await client.query('SELECT 1 FROM portfolio_head WHERE portfolio_id = $1 FOR UPDATE', [portfolioId]);
    const before = await digests(client, portfolioId);
    for (const table of REBUILT_TABLES)
      await client.query(`DELETE FROM ${table} WHERE portfolio_id = $1`, [portfolioId]);
    for await (const batch of changes) {
      for (const { text, values } of rowStatements(portfolioId, collectRows(batch).rows)) {
        await client.query(text, [...values]);
      }
    }
    const after = await digests(client, portfolioId);
    await client.query('COMMIT');
    return { before, after };
  });
}

async function withClient<Result>(
  connection: pg.ClientConfig,
  run: (client: pg.Client) => Promise<Result>,
): Promise<Result> {
  const client = new pg.Client(clientConfig(connection));
  await client.connect();
  try {
    return await run(client);
  } finally {
    // Ends an open transaction as well.
    await client.end();
  }
}

async function readHeads(client: pg.Client): Promise<readonly Head[]> {
  const result = await client.query<{ portfolio_id: string; seq: number; hash: string; epoch: number }>(
    'SELECT portfolio_id, seq, hash, epoch FROM portfolio_head ORDER BY portfolio_id',
  );
  return result.rows.map((row) => ({
    portfolioId: brandPortfolioId(row.portfolio_id),
    seq: row.seq,
    hash: row.seq === 0 ? GENESIS_HASH : row.hash,
    epoch: row.epoch,
  }));
}

async function* recordsUpTo(client: pg.Client, head: Head): AsyncGenerator<StoredRecord> {
  for (let seq = 0; seq < head.seq;) {
    const page = await client.query<StoredRow>(
      `SELECT portfolio_id, seq, at, type, payload, hash, prev_hash FROM journal
        WHERE portfolio_id = $1 AND seq > $2 AND seq <= $3 ORDER BY seq LIMIT ${PAGE_RECORDS}`,
      [head.portfolioId, seq, head.seq],
    );
    for (const row of page.rows) yield toStoredRecord(row);
    const last = page.rows.at(-1);
    if (last === undefined) return;
    seq = last.seq;
  }
}

async function digests(
  client: pg.Client,
  portfolioId: PortfolioId,
): Promise<Readonly<Record<string, string>>> {
  const found: Record<string, string> = {};
  for (const table of REBUILT_TABLES) {
    const result = await client.query<{ rows: number; digest: string | null }>(
      `SELECT count(*) AS rows, encode(sha256(string_agg(r.digest, ''::bytea ORDER BY r.digest)), 'hex') AS digest
         FROM (SELECT sha256(convert_to(t::text, 'UTF8')) AS digest FROM ${table} t WHERE portfolio_id = $1) AS r`,
      [portfolioId],
    );
    found[table] = `${result.rows[0]?.rows ?? 0}:${result.rows[0]?.digest ?? ''}`;
  }
  return found;
}
