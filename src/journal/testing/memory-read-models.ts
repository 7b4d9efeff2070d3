/**
 * The read models of a `MemoryStorage`: the same answers as on PostgreSQL, found by looking through all rows.
 *
 * Entry point: `memoryReadModels`.
 */
import {
  accountId as brandAccountId,
  type AccountId,
  type InstrumentSymbol,
  orderId as brandOrderId,
  type OrderId,
  type PortfolioId,
  type TimeMs,
  tradeId as brandTradeId,
  type TradeId,
  type VenueClientOrderId,
  venueOrderId as brandVenueOrderId,
  type VenueOrderId,
} from '../../core/ids.ts';
import {
  compareDrift,
  driftCursor,
  equityCursor,
  fillCursor,
  isPastDrift,
  orderCursor,
  parseDriftCursor,
  parseEquityCursor,
  parseFillCursor,
  parseOrderCursor,
  parseRecordCursor,
  parseRecordTimeCursor,
  type RecordPosition,
  recordTimeCursor,
} from '../history-cursor.ts';
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
} from '../journal.ts';
import { MOST_PARTS, type PartFound } from '../key-look-ups.ts';
import { keyOfPart } from '../../core/order/parts-of-key.ts';
import type { MemoryStorage } from './memory-journal.ts';
import {
  type BalanceRow,
  emptyRows,
  type FillRow,
  type OrderRow,
  type PositionRow,
  type ReadModelRows,
  rowKey,
} from '../prepared-append.ts';
import {
  type DocumentRow,
  documents,
  pageOf,
  recordPageOf,
  toJournalRecord,
  toJsonObject,
} from '../stored-record.ts';

export function memoryReadModels(storage: MemoryStorage): ReadModels {
  return new StoredRows(storage);
}

const NO_ROWS = emptyRows();

class StoredRows implements ReadModels {
  readonly #storage: MemoryStorage;

  constructor(storage: MemoryStorage) {
    this.#storage = storage;
  }

  #rows(portfolioId: PortfolioId): ReadModelRows {
    return this.#storage.portfolio(portfolioId)?.rows ?? NO_ROWS;
  }

  #booksOfGeneration(portfolioId: PortfolioId, table: 'positions' | 'balances'): readonly DocumentRow[] {
    const rows = this.#rows(portfolioId);
    const books: ReadonlyMap<string, PositionRow | BalanceRow> = rows[table];
    return byKey(books).filter((row) => row.generation === generationOf(rows, row.accountId));
  }

  order(portfolioId: PortfolioId, orderId: OrderId): Promise<JsonObject | null> {
    return Promise.resolve(finishedOrder(this.#rows(portfolioId).orders.get(orderId)));
  }

  orderByVenueOrderId(
    portfolioId: PortfolioId,
    accountId: AccountId,
    symbol: InstrumentSymbol,
    venueOrderId: VenueOrderId,
  ): Promise<JsonObject | null> {
    const rows = this.#rows(portfolioId);
    const link = rows.venue_order_ids.get(
      rowKey(accountId, symbol, venueOrderId, generationOf(rows, accountId)),
    );
    return Promise.resolve(link === undefined ? null : finishedOrder(rows.orders.get(link.orderId)));
  }

  orderByVenueClientOrderId(
    portfolioId: PortfolioId,
    accountId: AccountId,
    venueClientOrderId: VenueClientOrderId,
  ): Promise<JsonObject | null> {
    const found = [...this.#rows(portfolioId).orders.values()]
      .filter(
        (row) => row.finished && row.accountId === accountId && row.venueClientOrderId === venueClientOrderId,
      )
      .sort(newestOrderFirst);
    return Promise.resolve(finishedOrder(found[0]));
  }

  idempotency(portfolioId: PortfolioId, key: string): Promise<KeyFound | null> {
    const row = this.#rows(portfolioId).idempotency_keys.get(key);
    if (row === undefined) return Promise.resolve(null);
    const { contentHash, orderId: id, answer } = row;
    return Promise.resolve({ contentHash, orderId: id === null ? null : brandOrderId(id), answer });
  }

  idempotencyOfParts(portfolioId: PortfolioId, key: string): Promise<readonly PartFound[]> {
    const parts = [...this.#rows(portfolioId).idempotency_keys.values()]
      .filter((row) => row.key.startsWith(keyOfPart(key, '')) || row.key.startsWith(`${key}/`))
      .sort((one, other) => (one.key < other.key ? -1 : 1));
    return Promise.resolve(
      parts
        .flatMap(({ key: part, contentHash, orderId: id }) =>
          id === null ? [] : [{ key: part, contentHash, orderId: brandOrderId(id) }],
        )
        .slice(0, MOST_PARTS),
    );
  }

  async history(filter: HistoryFilter): Promise<HistoryPage> {
    const accounts = filter.accountIds === undefined ? null : new Set<string>(filter.accountIds);
    const position = filter.cursor === undefined ? null : parseOrderCursor(filter.cursor);
    const found = [...this.#rows(filter.portfolioId).orders.values()]
      .filter(
        (row) =>
          row.finished &&
          (accounts === null || accounts.has(row.accountId)) &&
          (filter.exchange === undefined || row.exchange === filter.exchange) &&
          (filter.symbol === undefined || row.symbol === filter.symbol) &&
          (filter.status === undefined || row.status === filter.status) &&
          isOf(row, filter) &&
          (filter.since === undefined || row.createdAt >= filter.since) &&
          (filter.until === undefined || row.createdAt < filter.until) &&
          (position === null || newestOrderFirst(position, row) < 0),
      )
      .sort(newestOrderFirst);
    return pageOf(found, filter.limit, orderCursor);
  }

  fillsOfOrder(portfolioId: PortfolioId, orderId: OrderId): Promise<readonly StoredFill[]> {
    const found = [...this.#rows(portfolioId).fills.values()]
      .filter((row) => row.orderId === orderId)
      .sort((left, right) => newestFillFirst(right, left));
    return Promise.resolve(found.map(toStoredFill));
  }

  knownFills(
    portfolioId: PortfolioId,
    accountId: AccountId,
    symbol: InstrumentSymbol,
    tradeIds: readonly TradeId[],
  ): Promise<ReadonlySet<FillKey>> {
    const asked = new Set<string>(tradeIds);
    const known = new Set<FillKey>();
    const rows = this.#rows(portfolioId);
    const generation = generationOf(rows, accountId);
    for (const row of rows.fills.values()) {
      if (
        row.accountId === accountId &&
        row.generation === generation &&
        row.symbol === symbol &&
        asked.has(row.tradeId)
      ) {
        known.add(fillKey(brandVenueOrderId(row.venueOrderId), brandTradeId(row.tradeId)));
      }
    }
    return Promise.resolve(known);
  }

  async fills(filter: FillsFilter): Promise<FillsPage> {
    const position = filter.cursor === undefined ? null : parseFillCursor(filter.cursor);
    const found = [...this.#rows(filter.portfolioId).fills.values()]
      .filter(
        (row) =>
          (filter.accountId === undefined || row.accountId === filter.accountId) &&
          (filter.symbol === undefined || row.symbol === filter.symbol) &&
          (filter.since === undefined || row.executedAt >= filter.since) &&
          (filter.until === undefined || row.executedAt < filter.until) &&
          (position === null || newestFillFirst(position, row) < 0),
      )
      .sort(newestFillFirst);
    const { nextCursor } = pageOf(found, filter.limit, fillCursor);
    return { fills: found.slice(0, filter.limit).map(toStoredFill), nextCursor };
  }

  positions(portfolioId: PortfolioId): Promise<readonly JsonObject[]> {
    return Promise.resolve(documents(this.#booksOfGeneration(portfolioId, 'positions')));
  }

  balances(portfolioId: PortfolioId): Promise<readonly JsonObject[]> {
    return Promise.resolve(documents(this.#booksOfGeneration(portfolioId, 'balances')));
  }

  async equity(filter: EquityFilter): Promise<HistoryPage> {
    const { accountId, intervalMs, since = 0, until = Number.MAX_SAFE_INTEGER } = filter;
    const before = filter.cursor === undefined ? until : Math.min(until, parseEquityCursor(filter.cursor));
    const intervalOf = (at: TimeMs): TimeMs => at - (at % intervalMs);
    const found = [...this.#rows(filter.portfolioId).equity.values()]
      .filter((row) => row.accountId === accountId && row.at >= since && row.at < before)
      .sort((left, right) => right.at - left.at);
    const lastOfEach = found.filter(
      (row, index) => intervalOf(row.at) !== intervalOf(found[index - 1]?.at ?? Number.MAX_SAFE_INTEGER),
    );
    return pageOf(lastOfEach, filter.limit, (row) => equityCursor(intervalOf(row.at)));
  }

  quotes(
    portfolioId: PortfolioId,
    accountId: AccountId,
    symbol: InstrumentSymbol,
    moments: readonly TimeMs[],
  ): Promise<ReadonlyMap<TimeMs, JsonObject>> {
    const { quotes } = this.#rows(portfolioId);
    const found = moments
      .toSorted((left, right) => left - right)
      .flatMap((moment): [TimeMs, JsonObject][] => {
        const row = quotes.get(rowKey(accountId, symbol, moment));
        return row === undefined ? [] : [[moment, toJsonObject(row.document)]];
      });
    return Promise.resolve(new Map(found));
  }

  async drift({ portfolioId, open, limit, cursor }: DriftFilter): Promise<HistoryPage> {
    const position = cursor === undefined ? null : parseDriftCursor(cursor);
    const found = [...this.#rows(portfolioId).drift.values()]
      .map((row) => {
        const { openedAt } = toJsonObject(row.document);
        return { ...row, openedAt: typeof openedAt === 'number' ? openedAt : 0 };
      })
      .filter(
        (row) =>
          (open === undefined || row.open === open) && (position === null || isPastDrift(row, position)),
      )
      .sort(compareDrift);
    return pageOf(found, limit, driftCursor);
  }

  driftCase(
    portfolioId: PortfolioId,
    driftId: string,
  ): Promise<{ readonly open: boolean; readonly document: JsonObject } | null> {
    const row = this.#rows(portfolioId).drift.get(driftId);
    return Promise.resolve(
      row === undefined ? null : { open: row.open, document: toJsonObject(row.document) },
    );
  }

  async recordsOfType(
    portfolioId: PortfolioId,
    type: RareRecordType,
    limit: number,
    cursor?: string,
  ): Promise<RecordPage> {
    const before = cursor === undefined ? Number.MAX_SAFE_INTEGER : parseRecordCursor(cursor);
    const found = this.#storage
      .records(portfolioId)
      .filter((record) => record.type === type && record.seq < before)
      .toReversed();
    return recordPageOf(found, limit);
  }

  records(filter: RecordFilter): Promise<RecordPage> {
    const { since = Number.MIN_SAFE_INTEGER, until = Number.MAX_SAFE_INTEGER, limit } = filter;
    const position = filter.cursor === undefined ? null : parseRecordTimeCursor(filter.cursor);
    const found = this.#storage
      .records(filter.portfolioId)
      .filter(
        (record) =>
          record.at >= since &&
          record.at < until &&
          (position === null || newestRecordFirst(position, record) < 0),
      )
      .toSorted(newestRecordFirst)
      .map((record) => toJournalRecord(record))
      .filter((record) => fits(record, filter));
    const records = found.slice(0, limit);
    const last = records.at(-1);
    return Promise.resolve({
      records,
      nextCursor: found.length > limit && last !== undefined ? recordTimeCursor(last) : null,
    });
  }

  recordsOfOrder(portfolioId: PortfolioId, orderId: OrderId): Promise<readonly JournalRecord[]> {
    const stored = this.#storage.portfolio(portfolioId);
    const seqs = stored?.orderIndex.get(orderId) ?? [];
    return Promise.resolve(
      seqs.flatMap((seq) => {
        const record = stored?.records[seq - 1];
        return record === undefined ? [] : [toJournalRecord(record)];
      }),
    );
  }

  recordsAfter(portfolioId: PortfolioId, afterSeq: number, limit: number): Promise<readonly JournalRecord[]> {
    const records = this.#storage.records(portfolioId).slice(afterSeq, afterSeq + limit);
    return Promise.resolve(records.map((record) => toJournalRecord(record)));
  }
}

/** Whether an order has the side and the strategy that are asked for. */
function isOf(row: OrderRow, { side, strategy }: HistoryFilter): boolean {
  return (
    (side === undefined || row.isSale === (side === 'sell')) &&
    (strategy === undefined || strategy === row.strategy)
  );
}

function newestRecordFirst(left: RecordPosition, right: RecordPosition): number {
  return right.at - left.at || right.seq - left.seq;
}

function fits({ type, payload }: JournalRecord, { types, actor, accountId }: RecordFilter): boolean {
  const inside = (name: string): JsonObject => {
    const value = payload[name];
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
  };
  const by = payload['requestedBy'] ?? inside('request')['requestedBy'];
  const account = payload['accountId'] ?? inside('drift')['accountId'] ?? inside('request')['accountId'];
  return (
    (types === undefined || types.includes(type)) &&
    (accountId === undefined || account === accountId) &&
    (actor === undefined || (typeof by === 'string' && (by === actor || by.startsWith(`${actor}/`))))
  );
}

function toStoredFill(row: FillRow): StoredFill {
  return {
    document: toJsonObject(row.document),
    accountId: brandAccountId(row.accountId),
    orderId: row.orderId === null ? null : brandOrderId(row.orderId),
  };
}

function finishedOrder(row: OrderRow | undefined): JsonObject | null {
  return row?.finished === true ? toJsonObject(row.document) : null;
}

/** The generation that an account is in; see `AccountGenerationRow`. */
function generationOf(rows: ReadModelRows, accountId: string): number {
  return rows.account_generations.get(accountId)?.generation ?? 0;
}

function byKey<Row>(rows: ReadonlyMap<string, Row>): readonly Row[] {
  return [...rows].sort(([left], [right]) => compareText(left, right)).map(([, row]) => row);
}

/** In order of UTF-8 bytes, as PostgreSQL's "C" collation. */
function compareText(left: string, right: string): number {
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}

function newestOrderFirst(
  left: Pick<OrderRow, 'createdAt' | 'orderId'>,
  right: Pick<OrderRow, 'createdAt' | 'orderId'>,
): number {
  return right.createdAt - left.createdAt || compareText(right.orderId, left.orderId);
}

type FillOrder = Pick<
  FillRow,
  'executedAt' | 'accountId' | 'symbol' | 'tradeId' | 'venueOrderId' | 'generation'
>;

function newestFillFirst(left: FillOrder, right: FillOrder): number {
  return (
    right.executedAt - left.executedAt ||
    compareText(right.accountId, left.accountId) ||
    compareText(right.symbol, left.symbol) ||
    compareText(right.tradeId, left.tradeId) ||
    compareText(right.venueOrderId, left.venueOrderId) ||
    right.generation - left.generation
  );
}
