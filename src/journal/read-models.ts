/**
 * The read models on PostgreSQL.
 *
 * Entry point: `openPostgresReadModels`. The contract is in `journal.ts`, the tables in `migrations/`.
 * The statements whose cost matters are in `read-statements.ts`.
 */
import pg from 'pg';
import type {
  AccountId,
  InstrumentSymbol,
  OrderId,
  PortfolioId,
  TimeMs,
  TradeId,
  VenueClientOrderId,
  VenueOrderId,
} from '../core/ids.ts';
import {
  accountId as brandAccountId,
  orderId as brandOrderId,
  tradeId as brandTradeId,
  venueOrderId as brandVenueOrderId,
} from '../core/ids.ts';
import {
  driftCursor,
  equityCursor,
  fillCursor,
  orderCursor,
  parseEquityCursor,
  parseRecordCursor,
  recordTimeCursor,
} from './history-cursor.ts';
import {
  type DriftFilter,
  type EquityFilter,
  type FillKey,
  fillKey,
  type FillsFilter,
  type FillsPage,
  type HistoryFilter,
  type HistoryPage,
  type JournalRecord,
  type JsonObject,
  type KeyFound,
  type RareRecordType,
  type ReadModels,
  type RecordFilter,
  type RecordPage,
  type StoredFill,
} from './journal.ts';
import type { JournalLog } from './log.ts';
import { KeyLookUps, type KeyRow, type PartFound, partsStatement } from './key-look-ups.ts';
import { clientConfig } from './postgres-session.ts';
import {
  booksStatement,
  driftStatement,
  endOfStretchStatement,
  fillsOfOrderStatement,
  fillsStatement,
  historyStatement,
  knownFillsStatement,
  orderByVenueOrderIdStatement,
  READ_SETTINGS,
  recordsOfOrderStatement,
  recordsStatement,
  type Statement,
} from './read-statements.ts';
import {
  type DocumentRow,
  documents,
  pageOf,
  recordPageOf,
  type StoredRow,
  toJournalRecord,
  toJsonObject,
  toStoredRecord,
} from './stored-record.ts';

export interface PostgresReadModels extends ReadModels {
  close(): Promise<void>;
}

export interface PostgresReadModelsOptions {
  readonly connection: pg.ClientConfig;
  readonly log: JournalLog;
  /** Default 4. */
  readonly maxConnections?: number;
}

/** Connects when first asked. */
export function openPostgresReadModels(options: PostgresReadModelsOptions): PostgresReadModels {
  const pool = new pg.Pool({
    ...clientConfig(options.connection),
    options: READ_SETTINGS,
    statement_timeout: 30_000,
    max: options.maxConnections ?? 4,
    allowExitOnIdle: true,
  });
  pool.on('error', (error) => {
    // While it is closed a session may still see the database stop.
    if (pool.ending) return;
    options.log.warn({ reason: error.message }, 'an idle reading connection was lost');
  });
  return new PooledReadModels(pool);
}

interface FillOwner extends DocumentRow {
  readonly account_id: string;
  readonly order_id: string | null;
}

interface FillRowFound extends FillOwner {
  readonly executed_at: number;
  readonly symbol: string;
  readonly trade_id: string;
  readonly venue_order_id: string;
  readonly generation: number;
}

class PooledReadModels implements PostgresReadModels {
  readonly #pool: pg.Pool;
  readonly #keys: KeyLookUps;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
    this.#keys = new KeyLookUps(pool);
  }

  close(): Promise<void> {
    return this.#pool.end();
  }

  async order(portfolioId: PortfolioId, orderId: OrderId): Promise<JsonObject | null> {
    const rows = await this.#named<DocumentRow>(
      'order',
      'SELECT document FROM orders WHERE portfolio_id = $1 AND order_id = $2 AND finished',
      [portfolioId, orderId],
    );
    return firstDocument(rows);
  }

  async orderByVenueOrderId(
    portfolioId: PortfolioId,
    accountId: AccountId,
    symbol: InstrumentSymbol,
    venueOrderId: VenueOrderId,
  ): Promise<JsonObject | null> {
    return firstDocument(
      await this.#rows(orderByVenueOrderIdStatement(portfolioId, accountId, symbol, venueOrderId)),
    );
  }

  async orderByVenueClientOrderId(
    portfolioId: PortfolioId,
    accountId: AccountId,
    venueClientOrderId: VenueClientOrderId,
  ): Promise<JsonObject | null> {
    const rows = await this.#named<DocumentRow>(
      'order_by_venue_client_order_id',
      `SELECT document FROM orders WHERE portfolio_id = $1 AND account_id = $2 AND venue_client_order_id = $3 AND finished
        ORDER BY created_at DESC, order_id DESC LIMIT 1`,
      [portfolioId, accountId, venueClientOrderId],
    );
    return firstDocument(rows);
  }

  idempotency(portfolioId: PortfolioId, key: string): Promise<KeyFound | null> {
    return this.#keys.find(portfolioId, key);
  }

  async idempotencyOfParts(portfolioId: PortfolioId, key: string): Promise<readonly PartFound[]> {
    const rows = await this.#rows<KeyRow>(partsStatement(portfolioId, key));
    return rows.map((row) => ({
      key: row.key,
      contentHash: row.content_hash,
      orderId: brandOrderId(row.order_id),
    }));
  }

  async history(filter: HistoryFilter): Promise<HistoryPage> {
    const rows = await this.#rows<DocumentRow & { created_at: number; order_id: string }>(
      historyStatement(filter),
    );
    return pageOf(rows, filter.limit, (last) =>
      orderCursor({ createdAt: last.created_at, orderId: last.order_id }),
    );
  }

  async fillsOfOrder(portfolioId: PortfolioId, orderId: OrderId): Promise<readonly StoredFill[]> {
    const rows = await this.#rows<FillOwner>(fillsOfOrderStatement(portfolioId, orderId));
    return rows.map(toStoredFill);
  }

  async knownFills(
    portfolioId: PortfolioId,
    accountId: AccountId,
    symbol: InstrumentSymbol,
    tradeIds: readonly TradeId[],
  ): Promise<ReadonlySet<FillKey>> {
    const rows = await this.#rows<{ trade_id: string; venue_order_id: string }>(
      knownFillsStatement(portfolioId, accountId, symbol, tradeIds),
    );
    return new Set(
      rows.map((row) => fillKey(brandVenueOrderId(row.venue_order_id), brandTradeId(row.trade_id))),
    );
  }

  async fills(filter: FillsFilter): Promise<FillsPage> {
    const rows = await this.#rows<FillRowFound>(fillsStatement(filter));
    const { nextCursor } = pageOf(rows, filter.limit, (last) =>
      fillCursor({
        executedAt: last.executed_at,
        accountId: last.account_id,
        symbol: last.symbol,
        tradeId: last.trade_id,
        venueOrderId: last.venue_order_id,
        generation: last.generation,
      }),
    );
    return { fills: rows.slice(0, filter.limit).map(toStoredFill), nextCursor };
  }

  async positions(portfolioId: PortfolioId): Promise<readonly JsonObject[]> {
    return documents(
      await this.#rows(booksStatement('positions', 'account_id, b.symbol, b.position_side', portfolioId)),
    );
  }

  async balances(portfolioId: PortfolioId): Promise<readonly JsonObject[]> {
    return documents(
      await this.#rows(booksStatement('balances', 'account_id, b.wallet, b.asset', portfolioId)),
    );
  }

  async equity(filter: EquityFilter): Promise<HistoryPage> {
    const { portfolioId, accountId, intervalMs, limit } = filter;
    const since = filter.since ?? 0;
    const until = filter.until ?? Number.MAX_SAFE_INTEGER;
    const before = filter.cursor === undefined ? until : Math.min(until, parseEquityCursor(filter.cursor));
    // From each reading the index leads on to the last one before its interval: nothing between them is read.
    const rows = await this.#named<DocumentRow & { at: number }>(
      'equity',
      `WITH RECURSIVE page AS (
         (SELECT at, 1 AS n FROM equity
           WHERE portfolio_id = $1 AND account_id = $2 AND at >= $3 AND at < $4 ORDER BY at DESC LIMIT 1)
         UNION ALL
         (SELECT earlier.at, page.n + 1 FROM page CROSS JOIN LATERAL
           (SELECT e.at FROM equity e
             WHERE e.portfolio_id = $1 AND e.account_id = $2 AND e.at >= $3 AND e.at < page.at - page.at % $5::bigint
             ORDER BY e.at DESC LIMIT 1) AS earlier
           WHERE page.n < $6::int))
       SELECT e.document, e.at FROM page JOIN equity e
           ON e.portfolio_id = $1 AND e.account_id = $2 AND e.at = page.at ORDER BY e.at DESC`,
      [portfolioId, accountId, since, before, intervalMs, limit + 1],
    );
    return pageOf(rows, limit, (last) => equityCursor(last.at - (last.at % intervalMs)));
  }

  async quotes(
    portfolioId: PortfolioId,
    accountId: AccountId,
    symbol: InstrumentSymbol,
    moments: readonly TimeMs[],
  ): Promise<ReadonlyMap<TimeMs, JsonObject>> {
    const rows = await this.#named<DocumentRow & { readonly moment: TimeMs }>(
      'quotes',
      `SELECT moment, document FROM quotes
        WHERE portfolio_id = $1 AND account_id = $2 AND symbol = $3 AND moment = ANY ($4::bigint[]) ORDER BY moment`,
      [portfolioId, accountId, symbol, moments],
    );
    return new Map(rows.map((row) => [row.moment, toJsonObject(row.document)]));
  }

  async drift(filter: DriftFilter): Promise<HistoryPage> {
    const rows = await this.#rows<DocumentRow & { drift_id: string; opened_at: number }>(
      driftStatement(filter),
    );
    return pageOf(rows, filter.limit, (last) =>
      driftCursor({ openedAt: last.opened_at, driftId: last.drift_id }),
    );
  }

  async driftCase(
    portfolioId: PortfolioId,
    driftId: string,
  ): Promise<{ readonly open: boolean; readonly document: JsonObject } | null> {
    const rows = await this.#named<DocumentRow & { open: boolean }>(
      'drift_case',
      'SELECT open, document FROM drift WHERE portfolio_id = $1 AND drift_id = $2',
      [portfolioId, driftId],
    );
    const row = rows[0];
    return row === undefined ? null : { open: row.open, document: toJsonObject(row.document) };
  }

  async recordsOfType(
    portfolioId: PortfolioId,
    type: RareRecordType,
    limit: number,
    cursor?: string,
  ): Promise<RecordPage> {
    const before = cursor === undefined ? Number.MAX_SAFE_INTEGER : parseRecordCursor(cursor);
    // The type stands in the text, so that its index serves.
    const rows = await this.#named<StoredRow>(
      `records_of_${type}`,
      `SELECT portfolio_id, seq, at, type, payload, hash, prev_hash FROM journal
        WHERE portfolio_id = $1 AND type = '${type}' AND seq < $2 ORDER BY seq DESC LIMIT $3`,
      [portfolioId, before, limit + 1],
    );
    return recordPageOf(rows.map(toStoredRecord), limit);
  }

  async records(filter: RecordFilter): Promise<RecordPage> {
    const found = await this.#rows<StoredRow>(recordsStatement(filter));
    const records = found.slice(0, filter.limit).map((row) => toJournalRecord(toStoredRecord(row)));
    const last = records.at(-1);
    if (found.length > filter.limit && last !== undefined)
      return { records, nextCursor: recordTimeCursor(last) };
    const [end] = await this.#rows<{ at: number; seq: number }>(endOfStretchStatement(filter));
    return { records, nextCursor: end === undefined ? null : recordTimeCursor(end) };
  }

  async recordsOfOrder(portfolioId: PortfolioId, orderId: OrderId): Promise<readonly JournalRecord[]> {
    const rows = await this.#rows<StoredRow>(recordsOfOrderStatement(portfolioId, orderId));
    return rows.map((row) => toJournalRecord(toStoredRecord(row)));
  }

  async recordsAfter(
    portfolioId: PortfolioId,
    afterSeq: number,
    limit: number,
  ): Promise<readonly JournalRecord[]> {
    const rows = await this.#named<StoredRow>(
      'records_after',
      `SELECT portfolio_id, seq, at, type, payload, hash, prev_hash FROM journal
        WHERE portfolio_id = $1 AND seq > $2 ORDER BY seq LIMIT $3`,
      [portfolioId, afterSeq, limit],
    );
    return rows.map((row) => toJournalRecord(toStoredRecord(row)));
  }

  #named<Row extends object>(name: string, text: string, values: unknown[]): Promise<readonly Row[]> {
    return this.#rows({ name, text, values });
  }

  async #rows<Row extends object = DocumentRow>({ name, text, values }: Statement): Promise<readonly Row[]> {
    const result = await this.#pool.query<Row & pg.QueryResultRow>({
      ...(name === undefined ? {} : { name: `read_${name}` }),
      text,
      values: [...values],
    });
    return result.rows;
  }
}

function toStoredFill(row: FillOwner): StoredFill {
  return {
    document: toJsonObject(row.document),
    accountId: brandAccountId(row.account_id),
    orderId: row.order_id === null ? null : brandOrderId(row.order_id),
  };
}

function firstDocument(rows: readonly DocumentRow[]): JsonObject | null {
  const row = rows[0];
  return row === undefined ? null : toJsonObject(row.document);
}
