/**
 * Pages of a list that is sorted newest first, under a cursor that says after which row the next one begins.
 *
 * Entry points: `pageOf`, `readSpan`. A row that is added meanwhile stands before the cursor and moves nothing. Source: `cursor`,
 * `limit`, `startTime` and `endTime` of "Get Order History", "Get Trade History" and "Get Transaction Log" of the v5 documentation.
 */
import { malformed, parameterError } from './errors.ts';
import { readLimit, type Parameters } from './parameters.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const LONGEST_SPAN_MS = 7 * DAY_MS;

/** A row with what sorts it: a time in ms, and an id that is unique among rows of one time. */
export interface Sorted<Row> {
  readonly at: number;
  readonly id: string;
  readonly row: Row;
}

export interface Page<Row> {
  readonly rows: readonly Row[];
  /** Empty on the last page. */
  readonly nextPageCursor: string;
}

/** The page that `cursor` and `limit` ask for. */
export function pageOf<Row>(
  rows: readonly Sorted<Row>[],
  parameters: Parameters,
  usual: number,
  most: number,
): Page<Row> {
  const limit = readLimit(parameters, usual, most);
  const newestFirst = [...rows].sort((left, right) => right.at - left.at || compare(right.id, left.id));
  const after = cursorOf(parameters);
  const from =
    after === null
      ? 0
      : newestFirst.findIndex(({ at, id }) => at < after.at || (at === after.at && id < after.id));
  const page = from < 0 ? [] : newestFirst.slice(from, from + limit);
  const last = page.at(-1);
  const isLast = from < 0 || from + limit >= newestFirst.length;
  return {
    rows: page.map(({ row }) => row),
    nextPageCursor: last === undefined || isLast ? '' : encodeURIComponent(`${last.at}:${last.id}`),
  };
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

/** A client sends a cursor as it got it, or escaped once more: either is read. */
function cursorOf(parameters: Parameters): { readonly at: number; readonly id: string } | null {
  const cursor = parameters.optional('cursor');
  if (cursor === undefined) return null;
  const [, at, id] = /^(\d+):(.+)$/s.exec(decodeURIComponent(cursor)) ?? [];
  if (at === undefined || id === undefined) throw malformed('cursor');
  return { at: Number(at), id };
}

/**
 * The span of time of a request, both ends included: at most seven days, `usualDays` from the end that is given, or up to now.
 * An undefined end is open.
 */
export function readSpan(
  parameters: Parameters,
  nowMs: number,
  usualDays: number,
): { readonly from: number; readonly to: number } {
  const from = parameters.optionalInteger('startTime');
  const to = parameters.optionalInteger('endTime');
  const usualMs = usualDays * DAY_MS;
  if (from !== undefined && to !== undefined) {
    if (from > to) throw parameterError('Parameter startTime needs to be smaller than endTime');
    if (to - from > LONGEST_SPAN_MS)
      throw parameterError('The time range between startTime and endTime cannot exceed 7 days');
    return { from, to };
  }
  if (from !== undefined) return { from, to: from + usualMs };
  const end = to ?? nowMs;
  return { from: end - usualMs, to: end };
}
