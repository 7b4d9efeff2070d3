/**
 * Pages of a list that is sorted newest first, under a cursor that says after which row the next one begins, and spans of time.
 *
 * Entry points: `pageOf`, `readSpan`. Source: `cursor`,
 * `limit`, `startTime` and `endTime` of "Get Order History", "Get Trade History" and "Get Transaction Log" of the v5 documentation.
 */
import { pageAfter, placeOf, type Place, type Sorted } from '../wire/pages.ts';
import { malformed, parameterError } from './errors.ts';
import { readLimit, type Parameters } from './parameters.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const LONGEST_SPAN_MS = 7 * DAY_MS;

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
  const page = pageAfter(rows, cursorOf(parameters), limit);
  return { rows: page.rows, nextPageCursor: page.next === null ? '' : encodeURIComponent(page.next) };
}

/** A client sends a cursor as it got it, or escaped once more: either is read. */
function cursorOf(parameters: Parameters): Place | null {
  const cursor = parameters.optional('cursor');
  if (cursor === undefined) return null;
  const place = placeOf(decodeURIComponent(cursor));
  if (place === null) throw malformed('cursor');
  return place;
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
