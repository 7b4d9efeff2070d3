/**
 * Coinbase's lists, newest first, page by page under the venue's cursor.
 *
 * Entry points: `readRows`, `pageOf`, and how far the lists reach. Sources: "List Orders", "List Fills" and "List Accounts".
 */
import type { JsonValue } from '../../core/json.ts';
import { asArray, asObject, optionalText } from '../ccxt/exact-json.ts';
import type { Parameters } from '../ccxt/exchange.ts';
import type { Lane } from '../gateway.ts';
import { readPages } from '../history-span.ts';
import type { Page } from '../history-span.ts';
import type { Endpoint } from './endpoints.ts';
import type { CoinbaseRequests } from './requests.ts';

const DAY_MS = 24 * 60 * 60 * 1_000;
/** No span of a question is bounded; a longer one has more pages. */
export const LONGEST_SPAN_MS = 30 * DAY_MS;
/** By how much an order or a fill may be listed late; users report seconds. */
export const LISTING_LAG_MS = 60_000;
export const PAGE_LIMITS = { orders: 250, fills: 250, accounts: 250, transactions: 100 } as const;
/** Bounds one reading: 25 thousand orders. */
export const MOST_PAGES = 100;

/** `key` names the rows. An empty cursor ends the list, as does `has_next` where there is one, and a page without rows. */
export function pageOf(result: JsonValue, key: string): Page<JsonValue> {
  const page = asObject(result, 'page');
  const items = asArray(page[key], key);
  const isLast = items.length === 0 || page['has_next'] === false;
  return { items, next: isLast ? null : optionalText(page, 'cursor') };
}

/** The rows of all pages. Rejects with `ReadFailure` or `MalformedAnswer`. */
export async function readRows(
  requests: CoinbaseRequests,
  endpoint: Endpoint,
  parameters: Parameters,
  key: string,
  lane: Lane,
): Promise<readonly JsonValue[]> {
  return readPages(endpoint.path, MOST_PAGES, async (cursor) => {
    const asked = cursor === null ? parameters : { ...parameters, cursor };
    return pageOf(await requests.read(endpoint, asked, lane), key);
  });
}
