/**
 * The executions of one instrument, read span of time after span of time under an opaque cursor.
 *
 * Entry points: `nextSpan` for a venue that goes on by ids of its own, `fillsBySpan` for one that lists executions by
 * time and pages them by a token. Trade ids are texts without order: nothing here compares or counts them.
 *
 * Invariants:
 *  1. A cursor never passes an execution that may still be listed: it stays `listingLagMs` behind the venue's clock.
 *  2. Spans overlap by that lag, so executions come again; the booking drops those that it has, by trade id.
 *  3. All pages of a span keep the bounds of its first page, however long they take to read.
 */
import type { TimeMs } from '../core/ids.ts';
import type { FillsCursor, FillsPage, VenueFill } from '../core/venue/report.ts';
import { ReadFailure } from './read-retry.ts';

/** How far one question may reach. */
export interface SpanBounds {
  /** The longest span of one question, milliseconds, both ends included. */
  readonly longestMs: number;
  /** How far back the venue keeps executions, milliseconds; infinite where it keeps all. */
  readonly oldestMs: number;
  /** How long after it was made an execution may first be listed, milliseconds. */
  readonly listingLagMs: number;
}

/** A span of the venue's clock, both ends included; empty when `to` lies before `from`. */
export interface Span {
  readonly from: TimeMs;
  readonly to: TimeMs;
  /** Everything before this time is listed once the span has been read. */
  readonly settledAt: TimeMs;
  /** Whether the present lies beyond the span. */
  readonly hasMore: boolean;
}

/** The span to read next, when everything before `since` has been read. `now` is the venue's clock. */
export function nextSpan(since: TimeMs, now: TimeMs, bounds: SpanBounds): Span {
  const { listingLagMs, longestMs, oldestMs } = bounds;
  const from = Math.max(since, now - oldestMs);
  const to = Math.min(from + longestMs - 1, now + listingLagMs);
  // An execution that may still be listed late stays ahead of the cursor.
  const settledAt = Math.max(from, Math.min(to + 1, now - listingLagMs));
  return { from, to, settledAt, hasMore: to < now };
}

export function timeCursor(time: TimeMs): FillsCursor {
  return `time:${time}`;
}

/** The time of a `timeCursor`; null for any other cursor. */
export function timeOfCursor(cursor: FillsCursor): TimeMs | null {
  const [, digits] = /^time:(\d+)$/.exec(cursor) ?? [];
  return digits === undefined ? null : Number(digits);
}

/** The failure of a cursor that this gateway did not make. */
export function foreignCursor(cursor: FillsCursor): ReadFailure {
  return new ReadFailure(`not a cursor of this gateway: ${cursor}`, 'refused');
}

/** How a venue lists executions by time, page by page. */
export interface ExecutionList extends SpanBounds {
  /**
   * One page of a span; `token` is what the venue gave with the page before, null for the first. `next` is null on the
   * last page. Rejects with `ReadFailure` or `MalformedAnswer`.
   */
  readonly page: (
    from: TimeMs,
    to: TimeMs,
    token: string | null,
  ) => Promise<{ readonly fills: readonly VenueFill[]; readonly next: string | null }>;
}

/**
 * The page after `cursor`; `since` starts a first reading without one. `now` is the venue's clock. Rejects with
 * `ReadFailure` for a cursor that was not made here.
 */
export async function fillsBySpan(
  list: ExecutionList,
  cursor: FillsCursor | null,
  since: TimeMs,
  now: TimeMs,
): Promise<FillsPage> {
  const { span, token } = placeOf(cursor ?? timeCursor(since), now, list);
  const { fills, next } =
    span.to < span.from ? { fills: [], next: null } : await list.page(span.from, span.to, token);
  const inOrder = fills.toSorted(byExecution);
  if (next !== null) return { fills: inOrder, cursor: pageCursor(span, next), hasMore: true };
  return { fills: inOrder, cursor: timeCursor(span.settledAt), hasMore: span.hasMore };
}

/** By time; within a millisecond as the venue numbers executions, where it documents that it does. */
function byExecution(left: VenueFill, right: VenueFill): number {
  if (left.executedAt !== right.executedAt || left.sequence === null || right.sequence === null)
    return left.executedAt - right.executedAt;
  return left.sequence - right.sequence;
}

/** A page of a span that has been begun: its bounds stay those of its first page, whatever the time is by then. */
function pageCursor({ from, hasMore, settledAt, to }: Span, token: string): FillsCursor {
  return `page:${from}:${to}:${settledAt}:${hasMore ? 1 : 0}:${token}`;
}

function placeOf(
  cursor: FillsCursor,
  now: TimeMs,
  bounds: SpanBounds,
): { readonly span: Span; readonly token: string | null } {
  const time = timeOfCursor(cursor);
  if (time !== null) return { span: nextSpan(time, now, bounds), token: null };
  const match = /^page:(\d+):(\d+):(\d+):([01]):(.+)$/s.exec(cursor);
  if (match === null) throw foreignCursor(cursor);
  const [, from = '', to = '', settledAt = '', more = '', token = ''] = match;
  const span = { from: Number(from), to: Number(to), settledAt: Number(settledAt), hasMore: more === '1' };
  return { span, token };
}
