/**
 * Bitget's lists over a span of time, page by page under the venue's cursor.
 *
 * Entry points: `readRows`, `readSpans`, and how far the lists reach. Sources: "Get Open Orders", "Get Order History", "Get Fill History" and "Get
 * Financial Records" of the unified account's documentation: ninety days, of which one question reaches over thirty.
 */
import type { TimeMs } from '../../core/ids.ts';
import type { JsonValue } from '../../core/json.ts';
import { asArray, asObject, optionalText } from '../ccxt/exact-json.ts';
import type { Parameters } from '../ccxt/exchange.ts';
import type { Lane } from '../gateway.ts';
import { readPages, spansOf } from '../history-span.ts';
import type { Page } from '../history-span.ts';
import type { Endpoint } from './endpoints.ts';
import type { BitgetRequests } from './requests.ts';

const DAY_MS = 24 * 60 * 60 * 1_000;
/** "cannot be greater than 30 days"; the clocks may differ a little. */
export const LONGEST_SPAN_MS = 29 * DAY_MS;
export const OLDEST_MS = 89 * DAY_MS;
/** No page says by how much a list may lag behind. */
export const LISTING_LAG_MS = 5 * 60_000;
const PAGE_LIMIT = '100';
/** Bounds one reading: ten thousand rows. */
const MOST_PAGES = 100;

/** An empty list may be null. A page without rows is the last one, whatever cursor it carries. */
export function pageOf(data: JsonValue): Page<JsonValue> {
  const page = asObject(data, 'page');
  const items = page['list'] === null ? [] : asArray(page['list'], 'rows');
  return { items, next: items.length === 0 ? null : optionalText(page, 'cursor') };
}

/** One page after `cursor`; null is the newest. */
export async function readPage(
  requests: BitgetRequests,
  endpoint: Endpoint,
  parameters: Parameters,
  lane: Lane,
  cursor: string | null,
): Promise<Page<JsonValue>> {
  const asked = { ...parameters, limit: PAGE_LIMIT, ...(cursor === null ? {} : { cursor }) };
  return pageOf(await requests.read(endpoint, asked, lane));
}

/** The rows of all pages. Rejects with `ReadFailure` or `MalformedAnswer`. */
export async function readRows(
  requests: BitgetRequests,
  endpoint: Endpoint,
  parameters: Parameters,
  lane: Lane,
): Promise<readonly JsonValue[]> {
  return readPages(endpoint.path, MOST_PAGES, async (cursor) =>
    readPage(requests, endpoint, parameters, lane, cursor),
  );
}

/** The bounds of a question, both included. */
export function between(from: TimeMs, to: TimeMs): Parameters {
  return { startTime: String(Math.floor(from)), endTime: String(Math.ceil(to)) };
}

/** All rows between two times of the venue, both included. */
export async function readSpans(
  requests: BitgetRequests,
  endpoint: Endpoint,
  parameters: Parameters,
  lane: Lane,
  from: TimeMs,
  to: TimeMs,
): Promise<readonly JsonValue[]> {
  const rows: JsonValue[] = [];
  for (const [start, end] of spansOf(from, to, LONGEST_SPAN_MS))
    rows.push(...(await readRows(requests, endpoint, { ...parameters, ...between(start, end) }, lane)));
  return rows;
}
