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
  rememberedJson,
  storableText,
  type StoredRecord,
} from './hash-chain.ts';
import type { Append, ReadModelChange } from './journal.ts';

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
  readonly isSale: boolean;
  readonly strategy: string | null;
  readonly document: string;
}
/**
 * An account's generation: how many times the simulator behind it began anew. Ids that a venue gives are unique in one generation only,
 * so rows that are found by them, and books that a new generation begins without, carry it in their key.
 */
export interface AccountGenerationRow {
  readonly accountId: string;
  readonly instance: string;
  readonly generation: number;
}
export interface VenueOrderIdRow {
  readonly accountId: string;
  readonly symbol: string;
  readonly venueOrderId: string;
  readonly generation: number;
  readonly orderId: string;
}
export interface FillRow {
  readonly accountId: string;
  readonly symbol: string;
  readonly tradeId: string;
  readonly venueOrderId: string;
  readonly generation: number;
  readonly orderId: string | null;
  readonly executedAt: number;
  readonly document: string;
}
export interface PositionRow {
  readonly accountId: string;
  readonly symbol: string;
  readonly positionSide: string;
  readonly generation: number;
  readonly document: string;
}
export interface BalanceRow {
  readonly accountId: string;
  readonly wallet: string;
  readonly asset: string;
  readonly generation: number;
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
export interface QuoteRow {
  readonly accountId: string;
  readonly symbol: string;
  readonly moment: number;
  readonly document: string;
}
export interface IdempotencyRow {
  readonly key: string;
  readonly contentHash: string;
  readonly orderId: string | null;
  readonly answer: string | null;
}
export interface OrderIndexRow {
  readonly orderId: string;
  readonly seq: number;
}

/** By table, each row under its key within the portfolio. */
export interface ReadModelRows {
  readonly account_generations: Map<string, AccountGenerationRow>;
  readonly orders: Map<string, OrderRow>;
  readonly venue_order_ids: Map<string, VenueOrderIdRow>;
  readonly fills: Map<string, FillRow>;
  readonly positions: Map<string, PositionRow>;
  readonly balances: Map<string, BalanceRow>;
  readonly drift: Map<string, DriftRow>;
  readonly equity: Map<string, EquityRow>;
  readonly quotes: Map<string, QuoteRow>;
  readonly idempotency_keys: Map<string, IdempotencyRow>;
}

export interface PreparedAppend {
  readonly append: Append;
  readonly before: ChainPosition;
  readonly after: ChainPosition;
  readonly records: readonly StoredRecord[];
  /** Of each record: how many of one time it begins, itself among them; 0 for the others of such a run. */
  readonly runLengths: readonly number[];
  readonly orderIndex: readonly OrderIndexRow[];
  readonly rows: ReadModelRows;
  /** The generations of the portfolio's accounts after it. */
  readonly generations: Generations;
  /** A key that stands in this append twice. */
  readonly repeatedKey: string | null;
}

export function emptyRows(): ReadModelRows {
  return {
    account_generations: new Map(),
    orders: new Map(),
    venue_order_ids: new Map(),
    fills: new Map(),
    positions: new Map(),
    balances: new Map(),
    drift: new Map(),
    equity: new Map(),
    quotes: new Map(),
    idempotency_keys: new Map(),
  };
}

/** A key of several parts; the parts never hold the separator because `storableText` drops NUL. */
export function rowKey(...parts: readonly (string | number)[]): string {
  return parts.join('\0');
}

/** By account; one that is not there is in generation 0. */
export type Generations = ReadonlyMap<string, number>;

export const NO_GENERATIONS: Generations = new Map();

/** Throws `TypeError` for a number that has no JSON (NaN, an infinity) or a time that is no whole number. */
export function prepareAppend(
  append: Append,
  before: ChainPosition,
  generationsBefore: Generations,
): PreparedAppend {
  const records: StoredRecord[] = [];
  const orderIndex: OrderIndexRow[] = [];
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
    for (const orderId of ordersNamedIn(record.payload)) orderIndex.push({ orderId, seq: stored.seq });
    position = { seq: stored.seq, hash: stored.hash };
  }
  const { rows, generations, repeatedKey } = collectRows(append.changes, generationsBefore);
  const runLengths = runLengthsOf(records);
  return { append, before, after: position, records, runLengths, orderIndex, rows, generations, repeatedKey };
}

function runLengthsOf(records: readonly StoredRecord[]): readonly number[] {
  const lengths: number[] = [];
  let start = 0;
  for (const [index, { at }] of records.entries()) {
    if (at !== records[start]?.at) start = index;
    lengths.push(0);
    lengths[start] = index - start + 1;
  }
  return lengths;
}

/**
 * The rows that changes amount to, the last change of a row standing; the generations after them; and a key that is taken twice
 * among them.
 */
export function collectRows(
  changes: readonly ReadModelChange[],
  generationsBefore: Generations,
): { readonly rows: ReadModelRows; readonly generations: Generations; readonly repeatedKey: string | null } {
  const rows = emptyRows();
  let generations = generationsBefore;
  let repeatedKey: string | null = null;
  for (const change of changes) {
    if (change.model === 'account_instance') {
      const row = generationBegun(change, generations);
      rows.account_generations.set(row.accountId, row);
      generations = new Map(generations).set(row.accountId, row.generation);
    } else {
      const repeated = addRow(rows, change, generations);
      repeatedKey ??= repeated;
    }
  }
  return { rows, generations, repeatedKey };
}

/** The first instance that is reported says nothing of what was before; every later one means that it began anew. */
function generationBegun(
  change: Extract<ReadModelChange, { model: 'account_instance' }>,
  generations: Generations,
): AccountGenerationRow {
  const accountId = storableText(change.accountId);
  const before = generations.get(accountId);
  return {
    accountId,
    instance: storableText(change.instance),
    generation: before === undefined ? 0 : before + 1,
  };
}

/** Puts the row of a change where it belongs; returns an idempotency key that was there already. */
function addRow(
  rows: ReadModelRows,
  change: Exclude<ReadModelChange, { model: 'account_instance' }>,
  generations: Generations,
): string | null {
  switch (change.model) {
    case 'order': {
      const { clientOrderId, strategy } = change;
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
        isSale: change.side === 'sell',
        strategy: strategy === null ? null : storableText(strategy),
        document: change.finished ? rememberedJson(change.document) : canonicalJson(change.document),
      });
      for (const id of change.venueOrderIds) {
        const venueOrderId = storableText(id);
        const generation = generations.get(accountId) ?? 0;
        rows.venue_order_ids.set(rowKey(accountId, symbol, venueOrderId, generation), {
          accountId,
          symbol,
          venueOrderId,
          generation,
          orderId,
        });
      }
      return null;
    }
    case 'fill': {
      const accountId = storableText(change.accountId);
      const row = {
        accountId,
        symbol: storableText(change.symbol),
        tradeId: storableText(change.tradeId),
        venueOrderId: storableText(change.venueOrderId),
        generation: generations.get(accountId) ?? 0,
        orderId: change.orderId === null ? null : storableText(change.orderId),
        executedAt: wholeNumber(change.executedAt, 'executedAt'),
        document: canonicalJson(change.document),
      };
      rows.fills.set(rowKey(row.accountId, row.symbol, row.tradeId, row.venueOrderId, row.generation), row);
      return null;
    }
    case 'position': {
      const accountId = storableText(change.accountId);
      const row = {
        accountId,
        symbol: storableText(change.symbol),
        positionSide: change.positionSide,
        generation: generations.get(accountId) ?? 0,
        document: canonicalJson(change.document),
      };
      rows.positions.set(rowKey(row.accountId, row.symbol, row.positionSide, row.generation), row);
      return null;
    }
    case 'balance': {
      const accountId = storableText(change.accountId);
      const row = {
        accountId,
        wallet: storableText(change.wallet),
        asset: storableText(change.asset),
        generation: generations.get(accountId) ?? 0,
        document: canonicalJson(change.document),
      };
      rows.balances.set(rowKey(row.accountId, row.wallet, row.asset, row.generation), row);
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
    case 'quote': {
      const row = {
        accountId: storableText(change.accountId),
        symbol: storableText(change.symbol),
        moment: wholeNumber(change.moment, 'moment'),
        document: canonicalJson(change.document),
      };
      rows.quotes.set(rowKey(row.accountId, row.symbol, row.moment), row);
      return null;
    }
    case 'idempotency': {
      const key = storableText(change.key);
      if (rows.idempotency_keys.has(key)) return key;
      rows.idempotency_keys.set(key, {
        key,
        contentHash: storableText(change.contentHash),
        orderId: change.orderId === null ? null : storableText(change.orderId),
        answer: change.answer === null ? null : storableText(change.answer),
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
