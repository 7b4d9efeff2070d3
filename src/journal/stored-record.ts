/** From stored text back to values. Pure. */
import { hash } from 'node:crypto';
import { portfolioId } from '../core/ids.ts';
import type { StoredRecord } from './hash-chain.ts';
import { recordCursor } from './history-cursor.ts';
import {
  type HistoryPage,
  JournalCorrupt,
  type JournalRecord,
  type JsonObject,
  type RecordPage,
} from './journal.ts';

/** Parses text that this folder wrote. Throws `JournalCorrupt` when it is no JSON object. */
export function toJsonObject(text: string): JsonObject {
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new JournalCorrupt(`Stored JSON is not an object: ${text.slice(0, 80)}`);
  }
  return value as JsonObject;
}

export function toJournalRecord(record: StoredRecord): JournalRecord {
  return {
    portfolioId: record.portfolioId,
    seq: record.seq,
    at: record.at,
    type: record.type,
    payload: toJsonObject(record.payloadText),
    hash: record.hash,
    previousHash: record.previousHash,
  };
}

export function stateTextHash(text: string): string {
  return hash('sha256', text, 'hex');
}

/** A row of `journal` as this folder's type parsers give it. */
export interface StoredRow {
  readonly portfolio_id: string;
  readonly seq: number;
  readonly at: number;
  readonly type: string;
  readonly payload: string;
  readonly hash: string;
  readonly prev_hash: string;
}

export function toStoredRecord(row: StoredRow): StoredRecord {
  return {
    portfolioId: portfolioId(row.portfolio_id),
    seq: row.seq,
    at: row.at,
    type: row.type,
    payloadText: row.payload,
    hash: row.hash,
    previousHash: row.prev_hash,
  };
}

/** A row of a read model: what the API shows, as canonical JSON text. */
export interface DocumentRow {
  readonly document: string;
}

export function documents(rows: readonly DocumentRow[]): readonly JsonObject[] {
  return rows.map((row) => toJsonObject(row.document));
}

/** The first `limit` of rows; one more among them says that there is another page, which begins after the last of these. */
export function pageOf<Row extends DocumentRow>(
  rows: readonly Row[],
  limit: number,
  cursorOf: (last: Row) => string,
): HistoryPage {
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return {
    documents: documents(page),
    nextCursor: rows.length > limit && last !== undefined ? cursorOf(last) : null,
  };
}

/** The same of records, newest first. */
export function recordPageOf(stored: readonly StoredRecord[], limit: number): RecordPage {
  const records = stored.slice(0, limit).map((record) => toJournalRecord(record));
  const last = records.at(-1);
  return {
    records,
    nextCursor: stored.length > limit && last !== undefined ? recordCursor(last.seq) : null,
  };
}
