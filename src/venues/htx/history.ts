/**
 * HTX's lists of finished orders and of executions, in spans of time, and of open orders, page by page.
 *
 * Entry points: `finishedOrders`, `executions`, `openOrderRows`, and how far they reach. Sources: "Search Past Orders", "Search Match Results" and
 * "Get All Open Orders" of the spot documentation: a question covers 48 hours. No page says whether a page begins with the record that it is
 * to begin from, so that a full answer is asked for again in halves, and open orders are known by their number.
 */
import type { TimeMs } from '../../core/ids.ts';
import type { JsonValue } from '../../core/json.ts';
import { asArray, asObject, text } from '../ccxt/exact-json.ts';
import type { Parameters } from '../ccxt/exchange.ts';
import type { Lane } from '../gateway.ts';
import { readPages, readSpan } from '../history-span.ts';
import { dataOf } from './classify.ts';
import { ENDPOINTS } from './endpoints.ts';
import type { HtxRequests } from './requests.ts';

const HOUR_MS = 60 * 60 * 1_000;
/** Both ends are included. */
export const LONGEST_SPAN_MS = 48 * HOUR_MS - 1;
const DAY_MS = 24 * HOUR_MS;
/** "the past 120 days" of executions; a day is left to chance. */
export const OLDEST_FILLS_MS = 119 * DAY_MS;
/** No page says by how much a list may lag behind. */
export const LISTING_LAG_MS = 5 * 60_000;

const ORDERS_PAGE = 100;
const FILLS_PAGE = 500;
const OPEN_PAGE = 500;
const MOST_PAGES = 100;
const MOST_QUESTIONS = 200;
const FINISHED = 'filled,partial-canceled,canceled';

/** Both ends included; one that lies ahead is left to the venue, whose ranges of `end-time` end with the present. */
function spanOf(start: TimeMs, end: TimeMs, now: TimeMs): Parameters {
  return { 'start-time': String(start), ...(end >= now ? {} : { 'end-time': String(end) }) };
}

/** By the time of their creation. `now` is the venue's clock, as in `executions`. */
export async function finishedOrders(
  requests: HtxRequests,
  venueSymbol: string,
  [from, to]: readonly [TimeMs, TimeMs],
  now: TimeMs,
): Promise<readonly JsonValue[]> {
  return readSpan(
    {
      longestMs: LONGEST_SPAN_MS,
      pageLimit: ORDERS_PAGE,
      mostQuestions: MOST_QUESTIONS,
      read: async (start, end) =>
        rowsIn(
          await requests.read(
            ENDPOINTS.orderHistory,
            {
              symbol: venueSymbol,
              states: FINISHED,
              size: String(ORDERS_PAGE),
              ...spanOf(start, end, now),
            },
            'look_up',
          ),
        ),
    },
    Math.floor(from),
    Math.ceil(to),
  );
}

export async function executions(
  requests: HtxRequests,
  venueSymbol: string,
  [from, to]: readonly [TimeMs, TimeMs],
  now: TimeMs,
  lane: Lane,
): Promise<readonly JsonValue[]> {
  return readSpan(
    {
      longestMs: LONGEST_SPAN_MS,
      pageLimit: FILLS_PAGE,
      mostQuestions: MOST_QUESTIONS,
      read: async (start, end) =>
        rowsIn(
          await requests.read(
            ENDPOINTS.executions,
            {
              symbol: venueSymbol,
              size: String(FILLS_PAGE),
              ...spanOf(start, end, now),
            },
            lane,
          ),
        ),
    },
    Math.floor(from),
    Math.ceil(to),
  );
}

/** Of one pair, or of the whole account; each order once. */
export async function openOrderRows(
  requests: HtxRequests,
  spotAccount: string,
  venueSymbol: string | null,
  lane: Lane,
): Promise<readonly JsonValue[]> {
  const seen = new Set<string>();
  return readPages(ENDPOINTS.openOrders.path, MOST_PAGES, async (from) => {
    const asked = {
      ...(venueSymbol === null ? {} : { 'account-id': spotAccount, symbol: venueSymbol }),
      size: String(OPEN_PAGE),
      ...(from === null ? {} : { from, direct: 'next' }),
    };
    const rows = rowsIn(await requests.read(ENDPOINTS.openOrders, asked, lane));
    const added = rows.filter((row) => !seen.has(idOf(row)));
    for (const row of added) seen.add(idOf(row));
    const last = added.at(-1);
    return { items: added, next: rows.length < OPEN_PAGE || last === undefined ? null : idOf(last) };
  });
}

function idOf(row: JsonValue): string {
  return text(asObject(row, 'order'), 'id');
}

function rowsIn(body: JsonValue): readonly JsonValue[] {
  return asArray(dataOf(body), 'rows');
}
