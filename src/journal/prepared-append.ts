/**
 * An append made ready to be written: sequence numbers, hashes, canonical texts, one row per read-model key. Pure.
 *
 * Entry point: `prepareAppend`. Both journals write exactly what it gives, so that they cannot differ in it.
 *
 * Invariants:
 *  1. Of several changes to one row in one append the last stands.
 *  2. A repeated idempotency key inside one append is found here, before anything is written.
 */
import {
  canonicalJson,
  type ChainPosition,
  ordersNamedIn,
  recordHash,
  storableText,
  type StoredRecord,
} from './hash-chain.ts';
import type { Append, AppendResult, ReadModelChange } from './journal.ts';

/** Rows of the tables of the same names; `document` is canonical JSON text. */
export interface OrderRow {
  readonly orderId: string;
  readonly accountId: string;
  readonly exchange: string;
  readonly symbol: string;
  readonly clientOrderId: string | null;
  readonly venueClientOrderId: string;
  readonly status: string;
  readonly finished: boolean;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly document: string;
}
export interface VenueOrderIdRow {
  readonly accountId: string;
  readonly symbol: string;
  readonly venueOrderId: string;
  readonly orderId: string;
}
export interface FillRow {
  readonly accountId: string;
  readonly symbol: string;
  readonly tradeId: string;
  readonly venueOrderId: string;
  readonly orderId: string | null;
  readonly executedAt: number;
  readonly document: string;
}
export interface PositionRow {
  readonly accountId: string;
  readonly symbol: string;
  readonly document: string;
}
export interface BalanceRow {
  readonly accountId: string;
  readonly wallet: string;
  readonly asset: string;
  readonly document: string;
}
export interface DriftRow {
  readonly driftId: string;
  readonly open: boolean;
  readonly document: string;
}
export interface EquityRow {
  readonly accountId: string;
  readonly at: number;
  readonly document: string;
}
export interface QuoteSnapshotRow {
  readonly orderId: string;
  readonly moment: string;
  readonly at: number;
  readonly document: string;
}
export interface IdempotencyRow {
  readonly key: string;
  readonly contentHash: string;
  readonly orderId: string;
}
export interface OrderMentionRow {
  readonly orderId: string;
  readonly seq: number;
}

/** By table, each row under its key within the portfolio. */
export interface ReadModelRows {
  readonly orders: Map<string, OrderRow>;
  readonly venue_order_ids: Map<string, VenueOrderIdRow>;
  readonly fills: Map<string, FillRow>;
  readonly positions: Map<string, PositionRow>;
  readonly balances: Map<string, BalanceRow>;
  readonly drift: Map<string, DriftRow>;
  readonly equity: Map<string, EquityRow>;
  readonly quote_snapshots: Map<string, QuoteSnapshotRow>;
  readonly idempotency_keys: Map<string, IdempotencyRow>;
}

export interface PreparedAppend {
  readonly append: Append;
  readonly before: ChainPosition;
  readonly after: ChainPosition;
  readonly records: readonly StoredRecord[];
  readonly mentions: readonly OrderMentionRow[];
  readonly rows: ReadModelRows;
  /** A key that stands in this append twice. */
  readonly repeatedKey: string | null;
}

export function emptyRows(): ReadModelRows {
  return {
    orders: new Map(),
    venue_order_ids: new Map(),
    fills: new Map(),
    positions: new Map(),
    balances: new Map(),
    drift: new Map(),
    equity: new Map(),
    quote_snapshots: new Map(),
    idempotency_keys: new Map(),
  };
}

/** A key of several parts; the parts never hold the separator because `storableText` drops NUL. */
export function rowKey(...parts: readonly (string | number)[]): string {
  return parts.join('\0');
}

export type Admission =
  | { readonly kind: 'ready'; readonly prepared: PreparedAppend }
  | { readonly kind: 'answered'; readonly result: AppendResult };

/**
 * What can be said of an append before it is written. `owned` is what this node holds of the portfolio, if anything.
 * Throws `TypeError` for an append that no journal can hold: no record, a number without JSON, a broken time.
 */
export function admitAppend(
  append: Append,
  owned: { readonly epoch: number; readonly head: ChainPosition } | undefined,
): Admission {
  if (append.records.length === 0) {
    throw new TypeError(
      'An append holds at least one record: without one its outcome could not be found out.',
    );
  }
  if (owned === undefined || owned.epoch !== append.epoch || owned.head.seq !== append.expectedSeq) {
    return { kind: 'answered', result: { kind: 'fenced' } };
  }
  const prepared = prepareAppend(append, owned.head);
  if (prepared.repeatedKey !== null) {
    return { kind: 'answered', result: { kind: 'duplicate_key', key: prepared.repeatedKey } };
  }
  return { kind: 'ready', prepared };
}

/** Throws `TypeError` for a number that has no JSON (NaN, an infinity) or a time that is no whole number. */
export function prepareAppend(append: Append, before: ChainPosition): PreparedAppend {
  const records: StoredRecord[] = [];
  const mentions: OrderMentionRow[] = [];
  let position = before;
  for (const record of append.records) {
    const unhashed = {
      portfolioId: append.portfolioId,
      seq: position.seq + 1,
      at: wholeNumber(record.at, 'at'),
      type: storableText(record.type),
      payloadText: canonicalJson(record.payload),
      previousHash: position.hash,
    };
    const stored = { ...unhashed, hash: recordHash(unhashed) };
    records.push(stored);
    for (const orderId of ordersNamedIn(record.payload)) mentions.push({ orderId, seq: stored.seq });
    position = { seq: stored.seq, hash: stored.hash };
  }
  const { rows, repeatedKey } = collectRows(append.changes);
  return { append, before, after: position, records, mentions, rows, repeatedKey };
}

/** The rows that changes amount to, the last change of a row standing, and a key that is taken twice among them. */
export function collectRows(changes: readonly ReadModelChange[]): {
  readonly rows: ReadModelRows;
  readonly repeatedKey: string | null;
} {
  const rows = emptyRows();
  let repeatedKey: string | null = null;
  for (const change of changes) {
    const repeated = addRow(rows, change);
    repeatedKey ??= repeated;
  }
  return { rows, repeatedKey };
}

/** Puts the row of a change where it belongs; returns an idempotency key that was there already. */
function addRow(rows: ReadModelRows, change: ReadModelChange): string | null {
  switch (change.model) {
    case 'order': {
      const { clientOrderId } = change;
      const orderId = storableText(change.orderId);
      const accountId = storableText(change.accountId);
      const symbol = storableText(change.symbol);
      rows.orders.set(orderId, {
        orderId,
        accountId,
        exchange: change.exchange,
        symbol,
        clientOrderId: clientOrderId === null ? null : storableText(clientOrderId),
        venueClientOrderId: storableText(change.venueClientOrderId),
        status: change.status,
        finished: change.finished,
        createdAt: wholeNumber(change.createdAt, 'createdAt'),
        updatedAt: wholeNumber(change.updatedAt, 'updatedAt'),
        document: canonicalJson(change.document),
      });
      for (const id of change.venueOrderIds) {
        const venueOrderId = storableText(id);
        rows.venue_order_ids.set(rowKey(accountId, symbol, venueOrderId), {
          accountId,
          symbol,
          venueOrderId,
          orderId,
        });
      }
      return null;
    }
    case 'fill': {
      const row = {
        accountId: storableText(change.accountId),
        symbol: storableText(change.symbol),
        tradeId: storableText(change.tradeId),
        venueOrderId: storableText(change.venueOrderId),
        orderId: change.orderId === null ? null : storableText(change.orderId),
        executedAt: wholeNumber(change.executedAt, 'executedAt'),
        document: canonicalJson(change.document),
      };
      rows.fills.set(rowKey(row.accountId, row.symbol, row.tradeId, row.venueOrderId), row);
      return null;
    }
    case 'position': {
      const row = {
        accountId: storableText(change.accountId),
        symbol: storableText(change.symbol),
        document: canonicalJson(change.document),
      };
      rows.positions.set(rowKey(row.accountId, row.symbol), row);
      return null;
    }
    case 'balance': {
      const row = {
        accountId: storableText(change.accountId),
        wallet: storableText(change.wallet),
        asset: storableText(change.asset),
        document: canonicalJson(change.document),
      };
      rows.balances.set(rowKey(row.accountId, row.wallet, row.asset), row);
      return null;
    }
    case 'drift': {
      const row = {
        driftId: storableText(change.driftId),
        open: change.open,
        document: canonicalJson(change.document),
      };
      rows.drift.set(row.driftId, row);
      return null;
    }
    case 'equity': {
      const row = {
        accountId: storableText(change.accountId),
        at: wholeNumber(change.at, 'at'),
        document: canonicalJson(change.document),
      };
      rows.equity.set(rowKey(row.accountId, row.at), row);
      return null;
    }
    case 'quote_snapshot': {
      const row = {
        orderId: storableText(change.orderId),
        moment: storableText(change.moment),
        at: wholeNumber(change.at, 'at'),
        document: canonicalJson(change.document),
      };
      rows.quote_snapshots.set(rowKey(row.orderId, row.moment), row);
      return null;
    }
    case 'idempotency': {
      const key = storableText(change.key);
      if (rows.idempotency_keys.has(key)) return key;
      rows.idempotency_keys.set(key, {
        key,
        contentHash: storableText(change.contentHash),
        orderId: storableText(change.orderId),
      });
      return null;
    }
  }
}

function wholeNumber(value: number, field: string): number {
  if (!Number.isSafeInteger(value))
    throw new TypeError(`${field} must be a whole number of milliseconds, not ${value}`);
  return value;
}
