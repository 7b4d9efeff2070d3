/** Cursors of pages: opaque to callers, a position in the page's order to us. Pure. */
import { CursorInvalid } from './journal.ts';

export interface OrderPosition {
  readonly createdAt: number;
  readonly orderId: string;
}

export interface FillPosition {
  readonly executedAt: number;
  readonly accountId: string;
  readonly symbol: string;
  readonly tradeId: string;
  readonly venueOrderId: string;
  readonly generation: number;
}

export function orderCursor(position: OrderPosition): string {
  return encode(['o', position.createdAt, position.orderId]);
}

/** Throws `CursorInvalid`. */
export function parseOrderCursor(cursor: string): OrderPosition {
  const [kind, createdAt, orderId] = decode(cursor);
  if (
    kind !== 'o' ||
    !Number.isSafeInteger(createdAt) ||
    typeof createdAt !== 'number' ||
    typeof orderId !== 'string'
  ) {
    throw new CursorInvalid(`cursor: not one that a page of orders gave out`);
  }
  return { createdAt, orderId };
}

export function fillCursor(position: FillPosition): string {
  return encode([
    'f',
    position.executedAt,
    position.accountId,
    position.symbol,
    position.tradeId,
    position.venueOrderId,
    position.generation,
  ]);
}

/** Throws `CursorInvalid`. */
export function parseFillCursor(cursor: string): FillPosition {
  const [kind, executedAt, accountId, symbol, tradeId, venueOrderId, generation] = decode(cursor);
  if (
    kind !== 'f' ||
    typeof executedAt !== 'number' ||
    !Number.isSafeInteger(executedAt) ||
    typeof accountId !== 'string' ||
    typeof symbol !== 'string' ||
    typeof tradeId !== 'string' ||
    typeof venueOrderId !== 'string' ||
    typeof generation !== 'number' ||
    !Number.isSafeInteger(generation)
  ) {
    throw new CursorInvalid(`cursor: not one that a page of fills gave out`);
  }
  return { executedAt, accountId, symbol, tradeId, venueOrderId, generation };
}

/** Of readings: everything before this moment is still to come. */
export function equityCursor(before: number): string {
  return encode(['e', before]);
}

/** Throws `CursorInvalid`. */
export function parseEquityCursor(cursor: string): number {
  return numberAfter('e', cursor);
}

/** Cases from before their particulars were kept were opened at 0. */
export interface DriftPosition {
  readonly openedAt: number;
  readonly driftId: string;
}

export function driftCursor({ openedAt, driftId }: DriftPosition): string {
  return encode(['d', openedAt, driftId]);
}

/** Throws `CursorInvalid`; also for one of a release whose pages went by id. */
export function parseDriftCursor(cursor: string): DriftPosition {
  const [kind, openedAt, driftId] = decode(cursor);
  if (
    kind !== 'd' ||
    typeof openedAt !== 'number' ||
    !Number.isSafeInteger(openedAt) ||
    typeof driftId !== 'string'
  )
    throw new CursorInvalid('cursor: not one that a page of drift cases gave out');
  return { openedAt, driftId };
}

/** Whether a case comes after a position in the order of pages: newest first, and by id where two are of one moment. */
export function isPastDrift(found: DriftPosition, position: DriftPosition): boolean {
  return compareDrift(position, found) < 0;
}

/** The order of pages. */
export function compareDrift(left: DriftPosition, right: DriftPosition): number {
  if (left.openedAt !== right.openedAt) return right.openedAt - left.openedAt;
  return left.driftId === right.driftId ? 0 : left.driftId < right.driftId ? 1 : -1;
}

/** The place of a record in the order of time. */
export interface RecordPosition {
  readonly at: number;
  readonly seq: number;
}

export function recordTimeCursor({ at, seq }: RecordPosition): string {
  return encode(['j', at, seq]);
}

/** Throws `CursorInvalid`. */
export function parseRecordTimeCursor(cursor: string): RecordPosition {
  const [kind, at, seq] = decode(cursor);
  if (
    kind !== 'j' ||
    typeof at !== 'number' ||
    !Number.isSafeInteger(at) ||
    typeof seq !== 'number' ||
    !Number.isSafeInteger(seq)
  )
    throw new CursorInvalid('cursor: not one that a page of the journal gave out');
  return { at, seq };
}

/** Of records: everything before this seq is still to come. */
export function recordCursor(beforeSeq: number): string {
  return encode(['r', beforeSeq]);
}

/** Throws `CursorInvalid`. */
export function parseRecordCursor(cursor: string): number {
  return numberAfter('r', cursor);
}

function numberAfter(expected: string, cursor: string): number {
  const [kind, value] = decode(cursor);
  if (kind !== expected || typeof value !== 'number' || !Number.isSafeInteger(value))
    throw new CursorInvalid('cursor: not one that a page of this listing gave out');
  return value;
}

function encode(parts: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(parts)).toString('base64url');
}

function decode(cursor: string): readonly unknown[] {
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    if (Array.isArray(parts)) return parts;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new CursorInvalid('cursor: not one that a page gave out');
}
