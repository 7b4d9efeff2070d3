/**
 * The read models on PostgreSQL.
 *
 * Entry point: `openPostgresReadModels`. The contract is in `journal.ts`, the tables in `migrations/`.
 *
 * Invariant: a page costs the same at its first and at its last row: every listing walks an index in its own order from
 * the cursor's position and reads at most `limit + 1` rows for each account it was narrowed to.
 */
import pg from 'pg';
import type {
  AccountId,
  InstrumentSymbol,
  OrderId,
  PortfolioId,
  TradeId,
  VenueClientOrderId,
  VenueOrderId,
} from '../core/ids.ts';
import { tradeId as brandTradeId, venueOrderId as brandVenueOrderId } from '../core/ids.ts';
import {
  driftCursor,
  equityCursor,
  fillCursor,
  orderCursor,
  parseDriftCursor,
  parseEquityCursor,
  parseFillCursor,
  parseOrderCursor,
  parseRecordCursor,
  recordCursor,
} from './history-cursor.ts';
import {
  type DriftFilter,
  type EquityFilter,
  type FillKey,
  fillKey,
  type FillsFilter,
  type HistoryFilter,
  type HistoryPage,
  type JournalRecord,
  type JsonObject,
  type RareRecordType,
  type ReadModels,
  type RecordPage,
} from './journal.ts';
import type { JournalLog } from './embedded-postgres.ts';
import { type KeyFound, KeyLookUps } from './key-look-ups.ts';
import { clientConfig } from './postgres-session.ts';
import { type StoredRow, toJournalRecord, toJsonObject, toStoredRecord } from './stored-record.ts';

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
    // Listings must walk the index of their order; a plan cached while a table was small would read all of it.
    options: '-c enable_seqscan=off -c jit=off',
    statement_timeout: 30_000,
    max: options.maxConnections ?? 4,
    allowExitOnIdle: true,
  });
  pool.on('error', (error) => {
    options.log.warn({ reason: error.message }, 'an idle reading connection was lost');
  });
  return new PooledReadModels(pool);
}

interface DocumentRow {
  readonly document: string;
}

interface FillRowFound extends DocumentRow {
  readonly executed_at: number;
  readonly account_id: string;
  readonly symbol: string;
  readonly trade_id: string;
  readonly venue_order_id: string;
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
      'SELECT document FROM orders WHERE portfolio_id = $1 AND order_id = $2',
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
    const rows = await this.#named<DocumentRow>(
      'order_by_venue_order_id',
      `SELECT o.document FROM venue_order_ids v JOIN orders o USING (portfolio_id, order_id)
        WHERE v.portfolio_id = $1 AND v.account_id = $2 AND v.symbol = $3 AND v.venue_order_id = $4`,
      [portfolioId, accountId, symbol, venueOrderId],
    );
    return firstDocument(rows);
  }

  async orderByVenueClientOrderId(
    portfolioId: PortfolioId,
    accountId: AccountId,
    venueClientOrderId: VenueClientOrderId,
  ): Promise<JsonObject | null> {
    const rows = await this.#named<DocumentRow>(
      'order_by_venue_client_order_id',
      `SELECT document FROM orders WHERE portfolio_id = $1 AND account_id = $2 AND venue_client_order_id = $3
        ORDER BY created_at DESC, order_id DESC LIMIT 1`,
      [portfolioId, accountId, venueClientOrderId],
    );
    return firstDocument(rows);
  }

  idempotency(portfolioId: PortfolioId, key: string): Promise<KeyFound | null> {
    return this.#keys.find(portfolioId, key);
  }

  async history(filter: HistoryFilter): Promise<HistoryPage> {
    const { text, values } = historyStatement(filter);
    const rows = await this.#rows<DocumentRow & { created_at: number; order_id: string }>(text, values);
    const page = rows.slice(0, filter.limit);
    const last = page.at(-1);
    return {
      documents: documents(page),
      nextCursor:
        rows.length > filter.limit && last !== undefined
          ? orderCursor({ createdAt: last.created_at, orderId: last.order_id })
          : null,
    };
  }

  async fillsOfOrder(portfolioId: PortfolioId, orderId: OrderId): Promise<readonly JsonObject[]> {
    const rows = await this.#named<DocumentRow>(
      'fills_of_order',
      `SELECT document FROM fills WHERE portfolio_id = $1 AND order_id = $2
        ORDER BY executed_at, account_id, symbol, trade_id, venue_order_id`,
      [portfolioId, orderId],
    );
    return documents(rows);
  }

  async knownFills(
    portfolioId: PortfolioId,
    accountId: AccountId,
    symbol: InstrumentSymbol,
    tradeIds: readonly TradeId[],
  ): Promise<ReadonlySet<FillKey>> {
    const rows = await this.#named<{ trade_id: string; venue_order_id: string }>(
      'known_fills',
      `SELECT trade_id, venue_order_id FROM fills
        WHERE portfolio_id = $1 AND account_id = $2 AND symbol = $3 AND trade_id = ANY ($4::text[])`,
      [portfolioId, accountId, symbol, [...tradeIds]],
    );
    return new Set(
      rows.map((row) => fillKey(brandVenueOrderId(row.venue_order_id), brandTradeId(row.trade_id))),
    );
  }

  async fills(filter: FillsFilter): Promise<HistoryPage> {
    const query = new ConditionList(filter.portfolioId);
    if (filter.accountId !== undefined) query.add('account_id = ?', filter.accountId);
    if (filter.symbol !== undefined) query.add('symbol = ?', filter.symbol);
    if (filter.since !== undefined) query.add('executed_at >= ?', filter.since);
    if (filter.until !== undefined) query.add('executed_at < ?', filter.until);
    if (filter.cursor !== undefined) {
      const position = parseFillCursor(filter.cursor);
      query.add(
        '(executed_at, account_id, symbol, trade_id, venue_order_id) < (?, ?, ?, ?, ?)',
        position.executedAt,
        position.accountId,
        position.symbol,
        position.tradeId,
        position.venueOrderId,
      );
    }
    const limit = query.parameter(filter.limit + 1);
    const rows = await this.#rows<FillRowFound>(
      `SELECT document, executed_at, account_id, symbol, trade_id, venue_order_id FROM fills WHERE ${query.text()}
        ORDER BY executed_at DESC, account_id DESC, symbol DESC, trade_id DESC, venue_order_id DESC LIMIT ${limit}`,
      query.values,
    );
    const page = rows.slice(0, filter.limit);
    const last = page.at(-1);
    return {
      documents: documents(page),
      nextCursor:
        rows.length > filter.limit && last !== undefined
          ? fillCursor({
              executedAt: last.executed_at,
              accountId: last.account_id,
              symbol: last.symbol,
              tradeId: last.trade_id,
              venueOrderId: last.venue_order_id,
            })
          : null,
    };
  }

  async positions(portfolioId: PortfolioId): Promise<readonly JsonObject[]> {
    return documents(
      await this.#named<DocumentRow>(
        'positions',
        'SELECT document FROM positions WHERE portfolio_id = $1 ORDER BY account_id, symbol',
        [portfolioId],
      ),
    );
  }

  async balances(portfolioId: PortfolioId): Promise<readonly JsonObject[]> {
    return documents(
      await this.#named<DocumentRow>(
        'balances',
        'SELECT document FROM balances WHERE portfolio_id = $1 ORDER BY account_id, wallet, asset',
        [portfolioId],
      ),
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
    const page = rows.slice(0, limit);
    const last = page.at(-1);
    return {
      documents: documents(page),
      nextCursor:
        rows.length > limit && last !== undefined ? equityCursor(last.at - (last.at % intervalMs)) : null,
    };
  }

  async quoteSnapshots(portfolioId: PortfolioId, orderId: OrderId): Promise<readonly JsonObject[]> {
    return documents(
      await this.#named<DocumentRow>(
        'quote_snapshots',
        'SELECT document FROM quote_snapshots WHERE portfolio_id = $1 AND order_id = $2 ORDER BY at, moment',
        [portfolioId, orderId],
      ),
    );
  }

  async drift({ portfolioId, open, limit, cursor }: DriftFilter): Promise<HistoryPage> {
    const which = open === undefined ? '' : open ? 'AND open' : 'AND NOT open';
    const rows = await this.#rows<DocumentRow & { drift_id: string }>(
      `SELECT document, drift_id FROM drift WHERE portfolio_id = $1 ${which} AND drift_id > $2
        ORDER BY drift_id LIMIT $3`,
      [portfolioId, cursor === undefined ? '' : parseDriftCursor(cursor), limit + 1],
    );
    const page = rows.slice(0, limit);
    const last = page.at(-1);
    return {
      documents: documents(page),
      nextCursor: rows.length > limit && last !== undefined ? driftCursor(last.drift_id) : null,
    };
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
    const records = rows.slice(0, limit).map((row) => toJournalRecord(toStoredRecord(row)));
    const last = records.at(-1);
    return {
      records,
      nextCursor: rows.length > limit && last !== undefined ? recordCursor(last.seq) : null,
    };
  }

  async recordsOfOrder(portfolioId: PortfolioId, orderId: OrderId): Promise<readonly JournalRecord[]> {
    const rows = await this.#named<StoredRow>(
      'records_of_order',
      `SELECT j.portfolio_id, j.seq, j.at, j.type, j.payload, j.hash, j.prev_hash
         FROM journal_orders o JOIN journal j USING (portfolio_id, seq)
        WHERE o.portfolio_id = $1 AND o.order_id = $2 ORDER BY j.seq`,
      [portfolioId, orderId],
    );
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

  async #named<Row extends object>(name: string, text: string, values: unknown[]): Promise<readonly Row[]> {
    const result = await this.#pool.query<Row & pg.QueryResultRow>({ name: `read_${name}`, text, values });
    return result.rows;
  }

  async #rows<Row extends object>(text: string, values: readonly unknown[]): Promise<readonly Row[]> {
    const result = await this.#pool.query<Row & pg.QueryResultRow>({ text, values: [...values] });
    return result.rows;
  }
}

/** The statement of one page of history; a row more than the limit says that there is another page. */
export function historyStatement(filter: HistoryFilter): {
  readonly text: string;
  readonly values: readonly unknown[];
} {
  const query = new ConditionList(filter.portfolioId);
  query.add('finished');
  if (filter.exchange !== undefined) query.add('exchange = ?', filter.exchange);
  if (filter.symbol !== undefined) query.add('symbol = ?', filter.symbol);
  if (filter.status !== undefined) query.add('status = ?', filter.status);
  if (filter.since !== undefined) query.add('created_at >= ?', filter.since);
  if (filter.until !== undefined) query.add('created_at < ?', filter.until);
  if (filter.cursor !== undefined) {
    const position = parseOrderCursor(filter.cursor);
    query.add('(created_at, order_id) < (?, ?)', position.createdAt, position.orderId);
  }
  const select = 'SELECT document, created_at, order_id FROM orders';
  const order = 'ORDER BY created_at DESC, order_id DESC';
  const limit = query.parameter(filter.limit + 1);
  if (filter.accountIds === undefined) {
    return { text: `${select} WHERE ${query.text()} ${order} LIMIT ${limit}`, values: query.values };
  }
  // Each account's newest rows come from its own index; merging them keeps the cost bounded.
  const accounts = query.parameter([...new Set(filter.accountIds)]);
  return {
    text: `SELECT page.* FROM unnest(${accounts}::text[]) AS a(id)
      CROSS JOIN LATERAL (${select} WHERE ${query.text()} AND account_id = a.id ${order} LIMIT ${limit}) AS page
      ${order} LIMIT ${limit}`,
    values: query.values,
  };
}

/** Conditions joined by AND; each `?` becomes a numbered parameter. */
class ConditionList {
  readonly values: unknown[] = [];
  readonly #conditions: string[] = [];

  constructor(portfolioId: PortfolioId) {
    this.add('portfolio_id = ?', portfolioId);
  }

  add(condition: string, ...values: readonly unknown[]): void {
    let next = 0;
    this.#conditions.push(
      condition.replaceAll('?', () => {
        const placeholder = this.parameter(values[next]);
        next += 1;
        return placeholder;
      }),
    );
  }

  parameter(value: unknown): string {
    this.values.push(value);
    return `$${this.values.length}`;
  }

  text(): string {
    return this.#conditions.join(' AND ');
  }
}

function documents(rows: readonly DocumentRow[]): readonly JsonObject[] {
  return rows.map((row) => toJsonObject(row.document));
}

function firstDocument(rows: readonly DocumentRow[]): JsonObject | null {
  const row = rows[0];
  return row === undefined ? null : toJsonObject(row.document);
}
