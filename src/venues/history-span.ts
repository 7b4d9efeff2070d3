/**
 * Reads an account's orders and trades over a span of time without leaving any out.
 *
 * Entry points: `readSpan`; `spansOf` and `readPages` for a venue that pages the answer of a span. Venues cap both the span of one question and the length of its answer, and few say which
 * end a capped answer keeps: a full answer is therefore never used, its span is asked for again in parts.
 */
import type { TimeMs } from '../core/ids.ts';
import { ReadFailure } from './read-retry.ts';

export interface SpanReader<Item> {
  /** The longest span of one question, milliseconds. */
  readonly longestMs: number;
  /** Most items of one answer. */
  readonly pageLimit: number;
  /** Questions that one call may ask. */
  readonly mostQuestions: number;
  /** Both ends inclusive. A capped answer holds what lies at one end of the span, whichever it is. */
  readonly read: (startTime: TimeMs, endTime: TimeMs) => Promise<readonly Item[]>;
  /** When an item was: a full answer then says where its span is to be parted. Otherwise spans are halved. */
  readonly timeOf?: (item: Item) => TimeMs;
}

/** One page of a list that the venue pages by a token of its own. */
export interface Page<Item> {
  readonly items: readonly Item[];
  /** The token that the next page is asked for with; null on the last page. */
  readonly next: string | null;
}

/** All pages of a list. Rejects with `ReadFailure` when there are more than `mostPages`; `what` names the list. */
export async function readPages<Item>(
  what: string,
  mostPages: number,
  read: (token: string | null) => Promise<Page<Item>>,
): Promise<readonly Item[]> {
  const items: Item[] = [];
  let token: string | null = null;
  for (let pages = 0; pages === 0 || token !== null; pages += 1) {
    if (pages === mostPages) throw new ReadFailure(`more than ${mostPages} pages of ${what}`, 'unreachable');
    const page: Page<Item> = await read(token);
    items.push(...page.items);
    token = page.next;
  }
  return items;
}

/** A time from `from` to `to` in spans of at most `longestMs`, the oldest first, both ends of each included. */
export function spansOf(
  from: TimeMs,
  to: TimeMs,
  longestMs: number,
): readonly (readonly [from: TimeMs, to: TimeMs])[] {
  const spans: (readonly [TimeMs, TimeMs])[] = [];
  for (let start = from; start <= to; start += longestMs)
    spans.push([start, Math.min(to, start + longestMs - 1)]);
  return spans;
}

/** All items between two times, oldest span first. Rejects with `ReadFailure` when it would take too many questions. */
export async function readSpan<Item>(
  reader: SpanReader<Item>,
  from: TimeMs,
  to: TimeMs,
): Promise<readonly Item[]> {
  const items: Item[] = [];
  const spans = [...spansOf(from, to, reader.longestMs)];
  for (let questions = 0; spans.length > 0; questions += 1) {
    if (questions === reader.mostQuestions)
      throw new ReadFailure(
        `more than ${reader.mostQuestions} questions for ${to - from} ms of history`,
        'unreachable',
      );
    const span = spans.shift();
    if (span === undefined) break;
    const [start, end] = span;
    const page = await reader.read(start, end);
    if (page.length < reader.pageLimit) {
      items.push(...page);
      continue;
    }
    if (start === end) throw new ReadFailure(`${reader.pageLimit} items or more at ${start}`, 'unreachable');
    spans.unshift(...partsOf(start, end, reader.timeOf === undefined ? [] : page.map(reader.timeOf)));
  }
  return items;
}

/**
 * Two parts of a span that is longer than a moment, for a full answer with items of these times. They part where the answer ends toward
 * the wider gap: the items that it holds, but for those of its last moment, make up one part, and be they ever so close together. Without
 * times, or where all are of one end of the span, the parts are halves of it.
 */
function partsOf(
  start: TimeMs,
  end: TimeMs,
  times: readonly TimeMs[],
): readonly (readonly [from: TimeMs, to: TimeMs])[] {
  const first = Math.min(...times);
  const last = Math.max(...times);
  const second = first - start >= end - last ? first + 1 : last;
  const isInside = times.length > 0 && second > start && second <= end;
  const after = isInside ? second : Math.floor((start + end) / 2) + 1;
  return [
    [start, after - 1],
    [after, end],
  ];
}
