/**
 * Bybit's lists over a span of time, page by page under the venue's cursor.
 *
 * Entry points: `readRows`, `readSpans`, and how far the lists reach. Sources: "Get Order History", "Get Trade History" and "Get
 * Transaction Log" of the v5 documentation: "endTime - startTime <= 7 days", two years at most.
 */
import type { TimeMs } from '../../core/ids.ts';
import type { JsonObject, JsonValue } from '../../core/json.ts';
import { MalformedAnswer, asArray, asObject, optionalText } from '../ccxt/exact-json.ts';
import type { Parameters } from '../ccxt/exchange.ts';
import type { Lane } from '../gateway.ts';
import { readPages, spansOf } from '../history-span.ts';
import type { Page } from '../history-span.ts';
import type { Endpoint } from './endpoints.ts';
import type { BybitRequests } from './requests.ts';

const DAY_MS = 24 * 60 * 60 * 1_000;
export const LONGEST_SPAN_MS = 7 * DAY_MS;
export const OLDEST_MS = 2 * 365 * DAY_MS;
/** "the data returned from this endpoint may delay"; by how much is not said. */
export const LISTING_LAG_MS = 5 * 60_000;
/** Most rows of one page: of orders and of the transaction log, of executions, of positions. */
export const PAGE_LIMITS = {
  orders: 50,
  log: 50,
  executions: 100,
  positions: 200,
  instruments: 1_000,
} as const;
/** Bounds one reading: ten thousand executions. */
const MOST_PAGES = 100;

/** The rows of a page. */
export function rowsOf(result: JsonValue): readonly JsonValue[] {
  return asArray(asObject(result, 'page')['list'], 'rows');
}

/** A page without rows is the last one, whatever cursor it carries. */
export function pageOf(result: JsonValue): Page<JsonValue> {
  const items = rowsOf(result);
  const next = items.length === 0 ? null : optionalText(asObject(result, 'page'), 'nextPageCursor');
  return { items, next };
}

/** The rows of all pages. Rejects with `ReadFailure` or `MalformedAnswer`. */
export async function readRows(
  requests: BybitRequests,
  endpoint: Endpoint,
  parameters: Parameters,
  lane: Lane,
): Promise<readonly JsonValue[]> {
  return readPages(endpoint.path, MOST_PAGES, async (cursor) => {
    const asked = cursor === null ? parameters : { ...parameters, cursor };
    return pageOf(await requests.read(endpoint, asked, lane));
  });
}

/** The one row of a question about one instrument. */
export function onlyRow(page: JsonValue, what: string): JsonObject {
  const [row] = rowsOf(page);
  if (row === undefined) throw new MalformedAnswer(`the ${what} is missing`);
  return asObject(row, what);
}

/** All rows between two times of the venue, both included. */
export async function readSpans(
  requests: BybitRequests,
  endpoint: Endpoint,
  parameters: Parameters,
  lane: Lane,
  from: TimeMs,
  to: TimeMs,
): Promise<readonly JsonValue[]> {
  const rows: JsonValue[] = [];
  for (const [startTime, endTime] of spansOf(from, to, LONGEST_SPAN_MS))
    rows.push(...(await readRows(requests, endpoint, { ...parameters, startTime, endTime }, lane)));
  return rows;
}
