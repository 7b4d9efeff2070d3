/**
 * Pages of a list that is sorted newest first, under a cursor: the id of the last row of the page before.
 *
 * Entry points: `pageOf`, `readSpan`. A row that is added meanwhile stands before the cursor and moves nothing. Source: `cursor`, `limit`,
 * `startTime` and `endTime` of "Get Open Orders", "Get Order History", "Get Fill History" and "Get Financial Records": "Cursor for the next
 * page (the smallest orderId in current page; pass it to query older orders)".
 */
import { BitgetRefusal, malformed } from './errors.ts';
import { HISTORY_MS } from './instruments.ts';
import { readLimit, type Parameters } from './parameters.ts';

const DAY_MS = 24 * 60 * 60 * 1_000;
const LONGEST_SPAN_MS = 30 * DAY_MS;
/** Clients that ask for thirty days up to now read their clock twice. */
const SPAN_SLACK_MS = 1_000;
const MOST_ROWS = 100;

/** A row with what sorts it: a time in ms, and an id of digits. */
export interface Sorted<Row> {
  readonly at: number;
  readonly id: string;
  readonly row: Row;
}

export interface Page<Row> {
  readonly list: readonly Row[];
  /** Null on an empty page. */
  readonly cursor: string | null;
}

/** The page that `cursor` and `limit` ask for. */
export function pageOf<Row>(rows: readonly Sorted<Row>[], parameters: Parameters): Page<Row> {
  const limit = readLimit(parameters, MOST_ROWS, MOST_ROWS);
  const newestFirst = [...rows].sort(
    (left, right) => right.at - left.at || (BigInt(right.id) > BigInt(left.id) ? 1 : -1),
  );
  const cursor = parameters.optional('cursor');
  if (cursor !== undefined && !/^\d{1,25}$/.test(cursor)) throw malformed('cursor');
  const from = cursor === undefined ? 0 : newestFirst.findLastIndex(({ id }) => id === cursor) + 1;
  // A cursor that no row has any more: nothing older is known.
  const page = cursor !== undefined && from === 0 ? [] : newestFirst.slice(from, from + limit);
  return { list: page.map(({ row }) => row), cursor: page.at(-1)?.id ?? null };
}

/** The span of time of a request, both ends included: at most thirty days, and ninety days back. An open end is up to now. */
export function readSpan(
  parameters: Parameters,
  nowMs: number,
): { readonly from: number; readonly to: number } {
  const to = parameters.optionalInteger('endTime') ?? Number.MAX_SAFE_INTEGER;
  const asked = parameters.optionalInteger('startTime');
  const from = asked ?? (to === Number.MAX_SAFE_INTEGER ? nowMs - HISTORY_MS : to - LONGEST_SPAN_MS);
  if (asked !== undefined && nowMs - asked > HISTORY_MS + DAY_MS)
    throw new BitgetRefusal('25200', 'startTime time range validation error');
  if (from > to) throw new BitgetRefusal('20001', 'startTime should be less than endTime');
  const hasBoth = asked !== undefined && to !== Number.MAX_SAFE_INTEGER;
  if (hasBoth && to - from > LONGEST_SPAN_MS + SPAN_SLACK_MS)
    throw new BitgetRefusal('00001', 'startTime and endTime interval cannot be greater than 30 days');
  return { from, to };
}
