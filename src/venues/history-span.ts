/**
 * Reads an account's orders and trades over a span of time without leaving any out.
 *
 * Entry points: `readSpan`; `spansOf` and `readPages` for a venue that pages the answer of a span. Venues cap both the span of one question and the length of its answer, and few say which
 * end a capped answer keeps: a full answer is therefore never used, its span is asked for again in halves.
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
  /** Both ends inclusive. */
  readonly read: (startTime: TimeMs, endTime: TimeMs) => Promise<readonly Item[]>;
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
    const middle = Math.floor((start + end) / 2);
    spans.unshift([start, middle], [middle + 1, end]);
  }
  return items;
}
