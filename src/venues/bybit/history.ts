/**
 * Bybit's lists over a span of time, page by page under the venue's cursor.
 *
 * Entry points: `readPages`, `readSpans`, and how far the lists reach. Sources: "Get Order History", "Get Trade History" and "Get
 * Transaction Log" of the v5 documentation: "endTime - startTime <= 7 days", two years at most.
 */
import type { TimeMs } from '../../core/ids.ts';
import type { JsonValue } from '../../core/json.ts';
import { asArray, asObject } from '../ccxt/exact-json.ts';
import type { Parameters } from '../ccxt/exchange.ts';
import type { Lane } from '../gateway.ts';
import { ReadFailure } from '../read-retry.ts';
import type { Endpoint } from './endpoints.ts';
import { nextPageOf } from './markets.ts';
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

/** The results of all pages. Rejects with `ReadFailure` or `MalformedAnswer`. */
export async function readPages(
  requests: BybitRequests,
  endpoint: Endpoint,
  parameters: Parameters,
  lane: Lane,
): Promise<readonly JsonValue[]> {
  const pages: JsonValue[] = [];
  let cursor: string | null = null;
  do {
    if (pages.length >= MOST_PAGES)
      throw new ReadFailure(`more than ${MOST_PAGES} pages of ${endpoint.path}`, 'unreachable');
    const page: JsonValue = await requests.read(
      endpoint,
      cursor === null ? parameters : { ...parameters, cursor },
      lane,
    );
    pages.push(page);
    // A page without rows is the last one, whatever cursor it carries.
    cursor = rowsOf(page).length === 0 ? null : nextPageOf(page);
  } while (cursor !== null);
  return pages;
}

/** The rows of a page. */
export function rowsOf(page: JsonValue): readonly JsonValue[] {
  return asArray(asObject(page, 'page')['list'], 'rows');
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
  for (let startTime = from; startTime <= to; startTime += LONGEST_SPAN_MS) {
    const endTime = Math.min(to, startTime + LONGEST_SPAN_MS - 1);
    const pages = await readPages(requests, endpoint, { ...parameters, startTime, endTime }, lane);
    rows.push(...pages.flatMap(rowsOf));
  }
  return rows;
}
