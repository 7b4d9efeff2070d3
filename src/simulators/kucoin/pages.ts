/**
 * Pages of KuCoin's lists: numbered ones, and spans of time that a list is read over.
 *
 * Entry points: `numberedPage`, `readSpan`. Sources: "Pager" and "Get Order List" of the futures documentation, "Get Closed Orders" and
 * "Get Trade History" of the spot documentation.
 */
import { malformed } from './errors.ts';
import { readLimit, type Parameters } from './parameters.ts';

/** One page of `rows`, with the figures of all pages. */
export function numberedPage(
  rows: readonly unknown[],
  parameters: Parameters,
  {
    name = 'currentPage',
    usual,
    most,
  }: { readonly name?: string; readonly usual: number; readonly most: number },
): Readonly<Record<string, unknown>> {
  const page = parameters.optionalInteger(name) ?? 1;
  if (page < 1) throw malformed(name);
  const pageSize = readLimit(parameters, 'pageSize', usual, most);
  return {
    currentPage: page,
    pageSize,
    totalNum: rows.length,
    totalPage: Math.ceil(rows.length / pageSize),
    items: rows.slice((page - 1) * pageSize, page * pageSize),
  };
}

export interface Span {
  readonly from: number;
  readonly to: number;
}

export const DAY_MS = 24 * 60 * 60 * 1_000;

/**
 * `startAt` and `endAt` in ms; the one that is missing lies `usualMs` from the other, and the end is the present where neither was sent.
 * "If the specified time range exceeds the allowed window, the system will query data within the corresponding maximum window by
 * default": what is older than `longestMs` before the end is left out, and nothing says so.
 */
export function readSpan(
  parameters: Parameters,
  nowMs: number,
  {
    usualMs = 7 * DAY_MS,
    longestMs = 7 * DAY_MS,
  }: { readonly usualMs?: number; readonly longestMs?: number } = {},
): Span {
  const start = parameters.optionalInteger('startAt');
  const end = parameters.optionalInteger('endAt');
  const to = end ?? (start === undefined ? nowMs : start + usualMs);
  const from = start ?? to - usualMs;
  if (from > to) throw malformed('startAt');
  return { from: Math.max(from, to - longestMs), to };
}
