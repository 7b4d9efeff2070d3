/**
 * Reads an account's orders and trades over a span of time without leaving any out.
 *
 * Entry point: `readSpan`. Venues cap both the span of one question and the length of its answer, and few say which
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

/** All items between two times, oldest span first. Rejects with `ReadFailure` when it would take too many questions. */
export async function readSpan<Item>(
  reader: SpanReader<Item>,
  from: TimeMs,
  to: TimeMs,
): Promise<readonly Item[]> {
  const items: Item[] = [];
  const spans: (readonly [TimeMs, TimeMs])[] = [];
  for (let start = from; start <= to; start += reader.longestMs)
    spans.push([start, Math.min(to, start + reader.longestMs - 1)]);
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
