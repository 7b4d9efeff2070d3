/**
 * MEXC's lists over a span of time: of spot by time alone, of contracts page by page.
 *
 * Entry points: `readSpotHistory`, `readSwapPages`, `swapPage`, and how far the lists reach. Sources: "All Orders" and "Account Trade List" of the
 * spot v3 documentation; "Get all of the user's historical orders" and "Get all transaction details of the user's order" of the contract
 * documentation. No page of spot says which end a full answer keeps.
 */
import type { TimeMs } from '../../core/ids.ts';
import type { JsonValue } from '../../core/json.ts';
import { asArray, asObject, isObject, wholeNumber } from '../ccxt/exact-json.ts';
import type { Parameters } from '../ccxt/exchange.ts';
import type { Lane } from '../gateway.ts';
import { readPages, readSpan } from '../history-span.ts';
import type { Page } from '../history-span.ts';
import type { Endpoint } from './endpoints.ts';
import type { MexcRequests } from './requests.ts';

const DAY_MS = 24 * 60 * 60 * 1_000;

/** Something may be listed this long after it was made. */
export const LISTING_LAG_MS = 5 * 60_000;

/** Of spot: the longest span of one question, the most items of its answer, and how far back it reaches. */
export interface SpotList {
  readonly longestMs: number;
  readonly limit: number;
  readonly oldestMs: number;
}

/** "You can query a maximum of the latest 7 days". */
export const SPOT_ORDERS: SpotList = { longestMs: 7 * DAY_MS, limit: 1_000, oldestMs: 7 * DAY_MS };
/** "Only the transaction records in the past 1 month can be queried"; weeks keep the halving of full answers short. */
export const SPOT_TRADES: SpotList = { longestMs: 7 * DAY_MS, limit: 100, oldestMs: 30 * DAY_MS };
/** Bounds one history read: some ten thousand executions. */
const MOST_QUESTIONS = 400;

/** All items between two times of the venue, both included. Rejects with `ReadFailure` or `MalformedAnswer`. */
export async function readSpotHistory(
  requests: MexcRequests,
  endpoint: Endpoint,
  { limit, longestMs }: SpotList,
  parameters: Parameters,
  lane: Lane,
  from: TimeMs,
  to: TimeMs,
): Promise<readonly JsonValue[]> {
  return readSpan(
    {
      longestMs,
      pageLimit: limit,
      mostQuestions: MOST_QUESTIONS,
      timeOf: (item) => wholeNumber(asObject(item, endpoint.path), 'time'),
      read: async (startTime, endTime) =>
        asArray(
          await requests.read(
            endpoint,
            { ...parameters, startTime: Math.floor(startTime), endTime: Math.ceil(endTime), limit },
            lane,
          ),
          endpoint.path,
        ),
    },
    from,
    to,
  );
}

/** "start_time … end_time: the maximum span is 90 days". */
export const SWAP_SPAN_MS = 90 * DAY_MS;
/** "page size … maximum 100". */
const PAGE_SIZE = 100;
const MOST_PAGES = 200;

export function spanOf(from: TimeMs, to: TimeMs): Parameters {
  return { start_time: Math.floor(from), end_time: Math.ceil(to) };
}

/** All pages of a list of contracts, newest first; one that grows meanwhile repeats some of its items. */
export async function readSwapPages(
  requests: MexcRequests,
  endpoint: Endpoint,
  parameters: Parameters,
  lane: Lane,
): Promise<readonly JsonValue[]> {
  return readPages(endpoint.path, MOST_PAGES, async (token) =>
    swapPage(requests, endpoint, parameters, lane, token),
  );
}

/** One page; a token is its number. A page that is full has another one after it. */
export async function swapPage(
  requests: MexcRequests,
  endpoint: Endpoint,
  parameters: Parameters,
  lane: Lane,
  token: string | null,
): Promise<Page<JsonValue>> {
  const number = token === null ? 1 : Number(token);
  const body = await requests.read(endpoint, { ...parameters, page_num: number, page_size: PAGE_SIZE }, lane);
  const items = asArray(listIn(body), endpoint.path);
  return { items, next: items.length < PAGE_SIZE ? null : String(number + 1) };
}

/** Lists of the account have a page around them, those of orders have none; a list of nothing may be no data at all. */
function listIn(body: JsonValue): JsonValue | undefined {
  if (body === null) return [];
  return isObject(body) ? body['resultList'] : body;
}
