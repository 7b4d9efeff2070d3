/**
 * KuCoin's lists over a span of time: those of spot go on from a last id, those of futures have numbered pages.
 *
 * Entry points: `readRows`, `pageOf`, and how far the lists reach. Sources: "Get Closed Orders" and "Get Trade History" of spot, "Get Order List" and "Get Trade History" of
 * futures, and "Get Order History" of the unified account, for classic ones, of the documentation. A span that is longer than a list allows
 * is cut without a word, so that none is asked for.
 */
import type { TimeMs } from '../../core/ids.ts';
import type { InstrumentKind } from '../../core/instrument.ts';
import type { JsonValue } from '../../core/json.ts';
import { asArray, asObject, optionalText, wholeNumber } from '../ccxt/exact-json.ts';
import type { Parameters } from '../ccxt/exchange.ts';
import type { Lane } from '../gateway.ts';
import { readPages, spansOf } from '../history-span.ts';
import type { Page } from '../history-span.ts';
import type { Endpoint } from './endpoints.ts';
import type { KucoinRequests } from './requests.ts';

const DAY_MS = 24 * 60 * 60 * 1_000;
/** "the time range cannot exceed 7 * 24 hours"; a day less a moment is safe of either reading of its ends. */
export const LONGEST_SPAN_MS = 7 * DAY_MS - 1_000;
/** Executions of spot for seven days, of futures for three months. */
export const OLDEST_FILLS_MS: Readonly<Record<InstrumentKind, number>> = {
  spot: 7 * DAY_MS,
  linear_swap: 90 * DAY_MS,
};
/** "The requested data is not real-time"; by how much it is late is not said. */
export const LISTING_LAG_MS = 5 * 60_000;
const PAGE_LIMITS: Readonly<Record<InstrumentKind, number>> = { spot: 100, linear_swap: 1_000 };
const OPEN_ORDERS_LIMIT = 50;
/** Bounds one reading. */
const MOST_PAGES = 100;

/** How a list is paged. */
export type Paging = 'last_id' | 'numbered' | 'numbered_open';

/** The parameters of a page; `token` is what the page before gave, null for the first. */
export function pageParameters(paging: Paging, token: string | null): Parameters {
  switch (paging) {
    case 'last_id':
      return { limit: PAGE_LIMITS.spot, ...(token === null ? {} : { lastId: token }) };
    case 'numbered':
      return { pageSize: PAGE_LIMITS.linear_swap, currentPage: token ?? '1' };
    case 'numbered_open':
      return { pageSize: OPEN_ORDERS_LIMIT, pageNum: token ?? '1' };
  }
}

/** The rows of a page with the token of the next one. */
export function pageOf(paging: Paging, data: JsonValue): Page<JsonValue> {
  // A list without any row may be no page at all.
  if (data === null) return { items: [], next: null };
  const page = asObject(data, 'page');
  const items = asArray(page['items'], 'rows');
  if (paging === 'last_id')
    return { items, next: items.length < PAGE_LIMITS.spot ? null : optionalText(page, 'lastId') };
  const current = wholeNumber(page, 'currentPage');
  return { items, next: current < wholeNumber(page, 'totalPage') ? String(current + 1) : null };
}

/** The rows of all pages. Rejects with `ReadFailure` or `MalformedAnswer`. */
export async function readRows(
  requests: KucoinRequests,
  endpoint: Endpoint,
  paging: Paging,
  parameters: Parameters,
  lane: Lane,
): Promise<readonly JsonValue[]> {
  return readPages(endpoint.path, MOST_PAGES, async (token) =>
    pageOf(paging, await requests.read(endpoint, { ...parameters, ...pageParameters(paging, token) }, lane)),
  );
}

/** All rows between two times of the venue, both included. */
export async function readSpans(
  requests: KucoinRequests,
  endpoint: Endpoint,
  parameters: Parameters,
  lane: Lane,
  [from, to]: readonly [from: TimeMs, to: TimeMs],
): Promise<readonly JsonValue[]> {
  const paging = endpoint.kind === 'spot' ? 'last_id' : 'numbered';
  const rows: JsonValue[] = [];
  for (const [startAt, endAt] of spansOf(from, to, LONGEST_SPAN_MS))
    rows.push(...(await readRows(requests, endpoint, paging, { ...parameters, startAt, endAt }, lane)));
  return rows;
}
