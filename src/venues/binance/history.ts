/**
 * Reads an account's orders and trades over a span of time without leaving any out.
 *
 * Entry points: `readSpan`, `FillsPosition`. The venue caps both the span of one question and the length of its
 * answer, and does not say which end a capped answer keeps: a full answer is therefore never used, its span is
 * asked for again in halves.
 */
import type { TimeMs } from '../../core/ids.ts';
import type { FillsCursor } from '../../core/venue/report.ts';
import { ReadFailure } from '../read-retry.ts';

/** Most items of one answer, both products. */
export const PAGE_LIMIT = 1_000;

export interface SpanReader<Item> {
  /** The longest span of one question, milliseconds. */
  readonly longestMs: number;
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
    if (page.length < PAGE_LIMIT) {
      items.push(...page);
      continue;
    }
    if (start === end) throw new ReadFailure(`${PAGE_LIMIT} items or more at ${start}`, 'unreachable');
    const middle = Math.floor((start + end) / 2);
    spans.unshift([start, middle], [middle + 1, end]);
  }
  return items;
}

/** Where reading the fills of an instrument goes on: after a trade id, or at a time before which there are none. */
export type FillsPosition =
  | { readonly kind: 'from_id'; readonly id: bigint }
  | { readonly kind: 'from_time'; readonly time: TimeMs };

export function writeCursor(position: FillsPosition): FillsCursor {
  return position.kind === 'from_id' ? `id:${position.id}` : `time:${position.time}`;
}

/** Throws a `ReadFailure` for a text that `writeCursor` did not make. */
export function readCursor(cursor: FillsCursor): FillsPosition {
  const match = /^(id|time):(\d+)$/.exec(cursor);
  if (match === null) throw new ReadFailure(`not a cursor of this gateway: ${cursor}`, 'refused');
  const [, kind, digits = ''] = match;
  return kind === 'id'
    ? { kind: 'from_id', id: BigInt(digits) }
    : { kind: 'from_time', time: Number(digits) };
}
