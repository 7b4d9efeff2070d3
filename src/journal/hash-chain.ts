/**
 * The chain of hashes over a portfolio's journal, and the canonical text it is computed over. Pure.
 *
 * Entry points: `canonicalJson`, `rememberedJson`, `recordHash`, `verifyChain`, `ordersNamedIn`.
 *
 * The hash: SHA-256, lower-case hex, over the UTF-8 bytes of the JSON array
 *   ["plimsoll-journal/1",<portfolio id>,<seq>,<at>,<type>,<previous hash>,<payload>]
 * without any space, where strings are JSON strings as `JSON.stringify` writes them and <payload> is the stored text of
 * the payload, byte by byte. That text is canonical when it is written: keys in order of their UTF-16 units, no space,
 * numbers in the shortest form of ECMAScript (RFC 8785). Reading hashes the text as stored, never a re-serialisation, so
 * that any changed byte shows, and so the column must keep its text (`json`, not `jsonb`).
 * The first record's previous hash is `GENESIS_HASH`, 64 zeros.
 *
 * Text is made storable first: NUL is dropped and lone surrogates become U+FFFD, because PostgreSQL keeps neither;
 * -0 becomes 0. NaN and infinities have no JSON and are refused.
 */
import { leavesOut, type LeavesOut } from '../core/portfolio/record-defaults.ts';
import { hash as digest } from 'node:crypto';
import { Decimal } from '../core/decimal.ts';
import type { PortfolioId, TimeMs } from '../core/ids.ts';
import type { Recordable } from '../core/portfolio/codec.ts';
import { JournalCorrupt, type JsonValue } from './journal.ts';

export const GENESIS_HASH = '0'.repeat(64);

/** The columns of a record as they are stored. */
export interface StoredRecord {
  readonly portfolioId: PortfolioId;
  readonly seq: number;
  readonly at: TimeMs;
  readonly type: string;
  /** The stored text of the payload. */
  readonly payloadText: string;
  readonly previousHash: string;
  readonly hash: string;
}

/** Text as PostgreSQL can keep it: without NUL and well formed. */
export function storableText(text: string): string {
  const withoutNul = text.includes('\0') ? text.replaceAll('\0', '') : text;
  return withoutNul.isWellFormed() ? withoutNul : withoutNul.toWellFormed();
}

/** Text without anything that JSON escapes or PostgreSQL cannot keep: it stands between quotes as it is. */
const PLAIN_TEXT = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;

/** A text as JSON, made storable first. */
export function jsonText(text: string): string {
  return PLAIN_TEXT.test(text) ? `"${text}"` : JSON.stringify(storableText(text));
}

/**
 * The canonical text of a JSON value or a record. Decimals are written as plain text; properties that are `undefined` are
 * left out. Throws `TypeError` for a number without JSON.
 */
export function canonicalJson(value: JsonValue | Recordable): string {
  return canonicalText(value);
}

/** Texts of records that do not change any more, for as long as these live. */
const REMEMBERED = new WeakMap<object, string>();

/**
 * As `canonicalJson`, of a record that is never changed in place, and will be written again: a finished order has its row,
 * and stands in every snapshot until it leaves memory. To write thousands of them anew would hold everything up.
 */
export function rememberedJson(record: Recordable): string {
  const text = canonicalText(record);
  REMEMBERED.set(record, text);
  return text;
}

function canonicalText(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return jsonText(value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'number':
      if (!Number.isFinite(value)) throw new TypeError(`${value} cannot stand in a journal: it has no JSON`);
      return String(value);
    case 'object':
      if (value === null) return 'null';
      if (value instanceof Decimal) return `"${value.toString()}"`;
      return Array.isArray(value) ? canonicalArray(value) : canonicalObject(value as Fields);
    case 'undefined':
    case 'bigint':
    case 'symbol':
    case 'function':
      throw new TypeError(`${typeof value} cannot stand in a journal: it has no JSON`);
  }
}

function canonicalArray(items: readonly unknown[]): string {
  let text = '[';
  for (let index = 0; index < items.length; index += 1)
    text += `${index === 0 ? '' : ','}${canonicalText(items[index])}`;
  return `${text}]`;
}

type Fields = Readonly<Record<string, unknown>>;

function canonicalObject(value: Fields): string {
  const remembered = REMEMBERED.get(value);
  if (remembered !== undefined) return remembered;
  const order = keyOrderOf(Object.keys(value));
  if (order === null) return canonicalObjectOfAnyKeys(value);
  let text = '';
  for (const { key, prefix, leftOut } of order) {
    const item = value[key];
    if (item !== undefined && (leftOut === null || !leftOut(item, value)))
      text += `${text === '' ? '' : ','}${prefix}${canonicalText(item)}`;
  }
  return `{${text}}`;
}

/** The keys of one kind of record as they come, and in canonical order with how each begins its property. */
interface KeyOrder {
  readonly keys: readonly string[];
  readonly sorted: readonly {
    readonly key: string;
    readonly prefix: string;
    /** Whether the field holds the usual value that records are written without; null for nearly all fields. */
    readonly leftOut: LeavesOut | null;
  }[];
}

/** The keys of one kind of record are always the same few dozen: their order is found once. By first key. */
const KEY_ORDERS = new Map<string, KeyOrder[]>();
const MOST_KEY_ORDERS = 2_000;
const MOST_WITH_ONE_FIRST_KEY = 16;
const MOST_KEYS_REMEMBERED = 64;
let keyOrdersKnown = 0;

/** Null for keys that are not worth remembering or not plain. */
function keyOrderOf(keys: readonly string[]): KeyOrder['sorted'] | null {
  const [first] = keys;
  if (first === undefined) return [];
  const known = KEY_ORDERS.get(first);
  const found = known?.find((order) => areSame(order.keys, keys));
  if (found !== undefined) return found.sorted;
  if (
    keys.length > MOST_KEYS_REMEMBERED ||
    keyOrdersKnown >= MOST_KEY_ORDERS ||
    (known?.length ?? 0) >= MOST_WITH_ONE_FIRST_KEY ||
    !keys.every((key) => PLAIN_TEXT.test(key))
  )
    return null;
  const sorted = [...keys]
    .sort(byCodeUnits)
    .map((key) => ({ key, prefix: `"${key}":`, leftOut: leavesOut(key) }));
  if (known === undefined) KEY_ORDERS.set(first, [{ keys, sorted }]);
  else known.push({ keys, sorted });
  keyOrdersKnown += 1;
  return sorted;
}

function areSame(left: readonly string[], right: readonly string[]): boolean {
  if (left.length !== right.length) return false;
  for (let index = left.length - 1; index >= 0; index -= 1) if (left[index] !== right[index]) return false;
  return true;
}

function canonicalObjectOfAnyKeys(value: Fields): string {
  const entries = new Map<string, unknown>();
  for (const [key, item] of Object.entries(value)) {
    if (item !== undefined && leavesOut(key)?.(item, value) !== true) entries.set(storableText(key), item);
  }
  const keys = [...entries.keys()].sort(byCodeUnits);
  let text = '';
  for (const key of keys) {
    text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${canonicalText(entries.get(key) ?? null)}`;
  }
  return `{${text}}`;
}

function byCodeUnits(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

export function recordHash(record: Omit<StoredRecord, 'hash'>): string {
  const columns = JSON.stringify([
    'plimsoll-journal/1',
    record.portfolioId,
    record.seq,
    record.at,
    record.type,
    record.previousHash,
  ]);
  return digest('sha256', `${columns.slice(0, -1)},${record.payloadText}]`, 'hex');
}

/** Where a chain stands: the seq and hash of its last record. */
export interface ChainPosition {
  readonly seq: number;
  readonly hash: string;
}

/**
 * Checks one record against the position before it and returns the new position.
 * Throws `JournalCorrupt`, which names the portfolio and the seq.
 */
export function advanceChain(before: ChainPosition, record: StoredRecord): ChainPosition {
  const where = `portfolio ${record.portfolioId}`;
  if (record.seq !== before.seq + 1) {
    throw new JournalCorrupt(
      `Journal of ${where}: after seq ${before.seq} comes seq ${record.seq}; records in between are missing.`,
    );
  }
  if (record.previousHash !== before.hash) {
    throw new JournalCorrupt(
      `Journal of ${where}: seq ${record.seq} does not follow from seq ${before.seq} (previous hash).`,
    );
  }
  if (recordHash(record) !== record.hash) {
    throw new JournalCorrupt(
      `Journal of ${where}: seq ${record.seq} was changed after it was written (hash).`,
    );
  }
  return { seq: record.seq, hash: record.hash };
}

/** Throws `JournalCorrupt` when records that end at `position` are not those whose head is `head`. */
export function holdAgainstHead(portfolioId: string, position: ChainPosition, head: ChainPosition): void {
  if (head.seq === position.seq && head.hash === position.hash) return;
  throw new JournalCorrupt(
    `Journal of portfolio ${portfolioId}: the head says seq ${head.seq}, but the records end at seq ${position.seq}` +
      (head.seq === position.seq ? ' with another hash.' : '.'),
  );
}

/**
 * Checks records in order from `from` (default: the beginning) and, when `head` is given, that they end there.
 * Returns the last position; throws `JournalCorrupt`, which names the first seq that does not hold.
 */
export async function verifyChain(
  records: AsyncIterable<StoredRecord> | Iterable<StoredRecord>,
  options: {
    readonly from?: ChainPosition;
    readonly head?: ChainPosition;
    readonly portfolioId?: PortfolioId;
  } = {},
): Promise<ChainPosition> {
  let position = options.from ?? { seq: 0, hash: GENESIS_HASH };
  for await (const record of records) position = advanceChain(position, record);
  if (options.head !== undefined) holdAgainstHead(options.portfolioId ?? '?', position, options.head);
  return position;
}

/** The ids of the orders that a payload names: `orderId`, `order_id`, `orderIds`, `order_ids` at any depth. */
export function ordersNamedIn(payload: JsonValue | Recordable): ReadonlySet<string> {
  const found = new Set<string>();
  collectOrders(payload, found);
  return found;
}

function collectOrders(value: unknown, found: Set<string>): void {
  if (typeof value !== 'object' || value === null || value instanceof Decimal) return;
  if (Array.isArray(value)) {
    for (const item of value as readonly unknown[]) collectOrders(item, found);
    return;
  }
  const fields = value as Fields;
  for (const key of Object.keys(fields)) {
    const item = fields[key];
    if (typeof item === 'string') {
      if (key === 'orderId' || key === 'order_id') found.add(storableText(item));
    } else if ((key === 'orderIds' || key === 'order_ids') && Array.isArray(item)) {
      for (const id of item as readonly unknown[]) if (typeof id === 'string') found.add(storableText(id));
    } else if (typeof item === 'object') {
      collectOrders(item, found);
    }
  }
}
