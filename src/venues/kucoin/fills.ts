/**
 * The executions of an account at KuCoin, page by page, over a span of time, and of one order as the private stream needs them.
 *
 * Entry points: `fillsPage`, `fillsBetween`, `fillsOfOrder`. Sources: "Get Trade History" of spot and of futures, "Get Recent Trade History" of futures.
 */
import type { TimeMs, VenueOrderId } from '../../core/ids.ts';
import type { JsonValue } from '../../core/json.ts';
import type { FillsCursor, FillsPage, VenueFill } from '../../core/venue/report.ts';
import { asArray, asObject, text } from '../ccxt/exact-json.ts';
import { fillsBySpan } from '../fills-span.ts';
import type { Lane } from '../gateway.ts';
import type { ListedInstrument } from '../markets.ts';
import type { KucoinAccount } from './account.ts';
import { SPOT, SWAP } from './endpoints.ts';
import type { Endpoint } from './endpoints.ts';
import {
  LISTING_LAG_MS,
  LONGEST_SPAN_MS,
  OLDEST_FILLS_MS,
  pageOf,
  pageParameters,
  readRows,
  readSpans,
} from './history.ts';
import { fillFrom } from './normalize-fills.ts';

function listOf({ instrument }: ListedInstrument): Endpoint {
  return instrument.kind === 'spot' ? SPOT.fills : SWAP.fills;
}

/** The executions after `cursor`; `since` starts a first reading without one. */
export async function fillsPage(
  account: KucoinAccount,
  listed: ListedInstrument,
  cursor: FillsCursor | null,
  since: TimeMs,
): Promise<FillsPage> {
  const { kind } = listed.instrument;
  const paging = kind === 'spot' ? 'last_id' : 'numbered';
  return fillsBySpan(
    {
      longestMs: LONGEST_SPAN_MS,
      oldestMs: OLDEST_FILLS_MS[kind],
      listingLagMs: LISTING_LAG_MS,
      page: async (startAt, endAt, token) => {
        const parameters = { symbol: listed.venueSymbol, startAt, endAt, ...pageParameters(paging, token) };
        const { items, next } = pageOf(
          paging,
          await account.requests.read(listOf(listed), parameters, 'poll'),
        );
        return { fills: fillsOf(account, listed, items), next };
      },
    },
    cursor,
    since,
    account.clock.now(),
  );
}

/** All executions between two times of the venue. */
export async function fillsBetween(
  account: KucoinAccount,
  listed: ListedInstrument,
  from: TimeMs,
  to: TimeMs,
  lane: Lane,
): Promise<readonly VenueFill[]> {
  const oldest = account.clock.now() - OLDEST_FILLS_MS[listed.instrument.kind];
  const parameters = { symbol: listed.venueSymbol };
  const rows = await readSpans(account.requests, listOf(listed), parameters, lane, [
    Math.max(from, oldest),
    to,
  ]);
  return fillsOf(account, listed, rows).toSorted((left, right) => left.executedAt - right.executedAt);
}

/** Of one order that has just been matched, oldest first. Of futures among the newest of its contract: the other list comes late. */
export async function fillsOfOrder(
  account: KucoinAccount,
  listed: ListedInstrument,
  orderId: VenueOrderId,
): Promise<readonly VenueFill[]> {
  const { requests } = account;
  const symbol = { symbol: listed.venueSymbol };
  const rows =
    listed.instrument.kind === 'spot'
      ? await readRows(requests, SPOT.fills, 'last_id', { ...symbol, orderId }, 'look_up')
      : asArray(await requests.read(SWAP.recentFills, symbol, 'look_up'), 'executions');
  return fillsOf(account, listed, rows)
    .filter((fill) => fill.venueOrderId === orderId)
    .toReversed();
}

/** Rows of one instrument; a list of futures may hold those of contracts that are none of ours. */
function fillsOf(
  { names }: KucoinAccount,
  { instrument, venueSymbol }: ListedInstrument,
  rows: readonly JsonValue[],
): readonly VenueFill[] {
  return rows
    .filter((row) => text(asObject(row, 'execution'), 'symbol') === venueSymbol)
    .map((row) => fillFrom(row, names[instrument.kind]));
}
