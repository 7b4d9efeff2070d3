/**
 * OKX's lists, newest first, page by page below the last id of the page before.
 *
 * Entry points: `readRows`, `pageOf`, and how far the lists reach. Sources: "Order history", "Transaction details", "Get bills details" and
 * "Algo order history" of the v5 documentation: a hundred rows a page, and what is `after` an id is older.
 */
import type { JsonValue } from '../../core/json.ts';
import { asArray, asObject, text } from '../ccxt/exact-json.ts';
import type { Parameters } from '../ccxt/exchange.ts';
import type { Lane } from '../gateway.ts';
import { readPages } from '../history-span.ts';
import type { Page } from '../history-span.ts';
import type { Endpoint } from './endpoints.ts';
import type { OkxRequests } from './requests.ts';

const DAY_MS = 24 * 60 * 60 * 1_000;
/** "the last 3 months": so long that the shortest of them are covered. */
export const OLDEST_MS = 89 * DAY_MS;
/** No page says by how much a list may lag behind. */
export const LISTING_LAG_MS = 5 * 60_000;
const PAGE_LIMIT = 100;
/** Bounds one reading: ten thousand rows. */
const MOST_PAGES = 100;

/** Lists of the recent past have larger allowances than those of the last three months. */
export interface ListPair {
  readonly recent: Endpoint;
  readonly recentMs: number;
  readonly archive: Endpoint;
}

/** The one that has everything since `from`; a tenth of what it promises is left to chance. */
export function listSince({ recent, recentMs, archive }: ListPair, from: number, now: number): Endpoint {
  return now - from < recentMs * 0.9 ? recent : archive;
}

export const days = (count: number): number => count * DAY_MS;

/** `idKey` names the id that pages go on by. A page that is not full is the last one. */
export function pageOf(data: JsonValue, idKey: string): Page<JsonValue> {
  const items = asArray(data, 'rows');
  const last = items.at(-1);
  const isFull = items.length >= PAGE_LIMIT && last !== undefined;
  return { items, next: isFull ? text(asObject(last, 'row'), idKey) : null };
}

/** One page, below the id `after`; null is the newest. */
export async function readPage(
  requests: OkxRequests,
  endpoint: Endpoint,
  parameters: Parameters,
  idKey: string,
  lane: Lane,
  after: string | null,
): Promise<Page<JsonValue>> {
  const asked = { ...parameters, limit: String(PAGE_LIMIT), ...(after === null ? {} : { after }) };
  return pageOf(await requests.read(endpoint, asked, lane), idKey);
}

/** The rows of all pages; `isPast` says of the last row of a page that what is older is not needed. Rejects with `ReadFailure` or `MalformedAnswer`. */
export async function readRows(
  requests: OkxRequests,
  endpoint: Endpoint,
  parameters: Parameters,
  idKey: string,
  lane: Lane,
  isPast: (last: JsonValue) => boolean = () => false,
): Promise<readonly JsonValue[]> {
  return readPages(endpoint.path, MOST_PAGES, async (after) => {
    const page = await readPage(requests, endpoint, parameters, idKey, lane, after);
    const last = page.items.at(-1);
    return last !== undefined && isPast(last) ? { ...page, next: null } : page;
  });
}
