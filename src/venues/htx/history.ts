/**
 * HTX's lists of finished orders and of executions, in spans of time, and of open orders, page by page.
 *
 * Entry points: `finishedOrders`, `executions`, `openOrderRows`, `openContractRows`, and how far they reach; `newestExecutions` of one contract order. Sources: "Search Past
 * Orders", "Search Match Results" and "Get All Open Orders" of the spot documentation, "Get Order History", "Get Execution Details (last 3
 * days)" and "Get Current Orders" of the v5 one: a question covers 48 hours. No page says whether a page begins with the record that it is to
 * begin from, so that a full answer is asked for again in halves, and open orders are known by their number.
 */
import type { TimeMs, VenueOrderId } from '../../core/ids.ts';
import type { InstrumentKind } from '../../core/instrument.ts';
import type { JsonValue } from '../../core/json.ts';
import { asArray, asObject, text } from '../ccxt/exact-json.ts';
import type { Parameters } from '../ccxt/exchange.ts';
import type { Lane } from '../gateway.ts';
import { readPages, readSpan } from '../history-span.ts';
import type { ListedInstrument } from '../markets.ts';
import { ReadFailure } from '../read-retry.ts';
import { dataOf } from './classify.ts';
import { SPOT, SWAP } from './endpoints.ts';
import type { Endpoint } from './endpoints.ts';
import { CROSS } from './order-parameters.ts';
import type { HtxRequests } from './requests.ts';

const HOUR_MS = 60 * 60 * 1_000;
/** Both ends are included. */
export const LONGEST_SPAN_MS = 48 * HOUR_MS - 1;
const DAY_MS = 24 * HOUR_MS;
/** "the past 120 days" of spot, of which a day is left to chance; "last 3 days" of contracts, of which an hour is. */
export const OLDEST_FILLS_MS: Readonly<Record<InstrumentKind, number>> = {
  spot: 119 * DAY_MS,
  linear_swap: 3 * DAY_MS - HOUR_MS,
};
/** No page says by how much a list may lag behind. */
export const LISTING_LAG_MS = 5 * 60_000;

const ORDERS_PAGE = 100;
const FILLS_PAGE = 500;
const OPEN_PAGE = 500;
/** "Pagination size defaults to 10, with a maximum limit of 100", of every list of contracts. */
const CONTRACT_PAGE = 100;
const MOST_PAGES = 100;
const MOST_QUESTIONS = 200;
const FINISHED: Readonly<Record<InstrumentKind, string>> = {
  spot: 'filled,partial-canceled,canceled',
  linear_swap: 'filled,partially_canceled,canceled',
};

/** Both ends included; one that lies ahead is left to the venue, whose ranges of an end are with the present. */
function spanOf(kind: InstrumentKind, start: TimeMs, end: TimeMs, now: TimeMs): Parameters {
  const [from, to] = kind === 'spot' ? ['start-time', 'end-time'] : ['start_time', 'end_time'];
  return { [from]: String(start), ...(end >= now ? {} : { [to]: String(end) }) };
}

interface List {
  readonly endpoint: Endpoint;
  readonly parameters: Parameters;
  readonly pageLimit: number;
}

function orderList({ instrument, venueSymbol }: ListedInstrument): List {
  const state = FINISHED[instrument.kind];
  return instrument.kind === 'spot'
    ? {
        endpoint: SPOT.orderHistory,
        parameters: { symbol: venueSymbol, states: state, size: String(ORDERS_PAGE) },
        pageLimit: ORDERS_PAGE,
      }
    : {
        endpoint: SWAP.orderHistory,
        parameters: { contract_code: venueSymbol, ...CROSS, state, limit: String(CONTRACT_PAGE) },
        pageLimit: CONTRACT_PAGE,
      };
}

function executionList({ instrument, venueSymbol }: ListedInstrument): List {
  return instrument.kind === 'spot'
    ? {
        endpoint: SPOT.executions,
        parameters: { symbol: venueSymbol, size: String(FILLS_PAGE) },
        pageLimit: FILLS_PAGE,
      }
    : {
        endpoint: SWAP.executions,
        parameters: { contract_code: venueSymbol, limit: String(CONTRACT_PAGE) },
        pageLimit: CONTRACT_PAGE,
      };
}

/** By the time of their creation. `now` is the venue's clock, as in `executions`. */
export async function finishedOrders(
  requests: HtxRequests,
  listed: ListedInstrument,
  span: readonly [TimeMs, TimeMs],
  now: TimeMs,
): Promise<readonly JsonValue[]> {
  return rowsOver(requests, orderList(listed), span, now, 'look_up');
}

export async function executions(
  requests: HtxRequests,
  listed: ListedInstrument,
  span: readonly [TimeMs, TimeMs],
  now: TimeMs,
  lane: Lane,
): Promise<readonly JsonValue[]> {
  return rowsOver(requests, executionList(listed), span, now, lane);
}

async function rowsOver(
  requests: HtxRequests,
  { endpoint, parameters, pageLimit }: List,
  [from, to]: readonly [TimeMs, TimeMs],
  now: TimeMs,
  lane: Lane,
): Promise<readonly JsonValue[]> {
  return readSpan(
    {
      longestMs: LONGEST_SPAN_MS,
      pageLimit,
      mostQuestions: MOST_QUESTIONS,
      read: async (start, end) =>
        rowsIn(
          await requests.read(endpoint, { ...parameters, ...spanOf(endpoint.kind, start, end, now) }, lane),
        ),
    },
    Math.floor(from),
    Math.ceil(to),
  );
}

/** The newest of one contract order, newest first: of those that a stream announces more than these are missed, and show as a gap. */
export async function newestExecutions(
  requests: HtxRequests,
  { venueSymbol }: ListedInstrument,
  orderId: VenueOrderId,
): Promise<readonly JsonValue[]> {
  const parameters = { contract_code: venueSymbol, order_id: orderId, limit: String(CONTRACT_PAGE) };
  return rowsIn(await requests.read(SWAP.executions, parameters, 'look_up'));
}

/** Of one contract, or of the whole account; each order once. A full page that brings nothing new cannot be gone on from. */
export async function openContractRows(
  requests: HtxRequests,
  venueSymbol: string | null,
  lane: Lane,
): Promise<readonly JsonValue[]> {
  const seen = new Set<string>();
  return readPages(SWAP.openOrders.path, MOST_PAGES, async (from) => {
    const asked = {
      ...(venueSymbol === null ? {} : { contract_code: venueSymbol }),
      limit: String(CONTRACT_PAGE),
      ...(from === null ? {} : { from, direct: 'next' }),
    };
    const rows = rowsIn(await requests.read(SWAP.openOrders, asked, lane));
    const added = rows.filter((row) => !seen.has(idOf(row)));
    for (const row of added) seen.add(idOf(row));
    const last = added.at(-1);
    if (rows.length < CONTRACT_PAGE) return { items: added, next: null };
    if (last === undefined)
      throw new ReadFailure(
        `${SWAP.openOrders.path}: a page brings the orders of the one before`,
        'unreachable',
      );
    return { items: added, next: idOf(last) };
  });
}

/** Of one pair, or of the whole account; each order once. */
export async function openOrderRows(
  requests: HtxRequests,
  spotAccount: string,
  venueSymbol: string | null,
  lane: Lane,
): Promise<readonly JsonValue[]> {
  const seen = new Set<string>();
  return readPages(SPOT.openOrders.path, MOST_PAGES, async (from) => {
    const asked = {
      ...(venueSymbol === null ? {} : { 'account-id': spotAccount, symbol: venueSymbol }),
      size: String(OPEN_PAGE),
      ...(from === null ? {} : { from, direct: 'next' }),
    };
    const rows = rowsIn(await requests.read(SPOT.openOrders, asked, lane));
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
