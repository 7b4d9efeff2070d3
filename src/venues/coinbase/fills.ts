/**
 * The executions of an account at Coinbase, page by page, over a span of time, and of one order.
 *
 * Entry points: `fillsPage`, `fillsBetween`, `fillsOfOrder`. Source: "List Fills": newest first, both ends of a span excluded.
 */
import type { TimeMs, VenueOrderId } from '../../core/ids.ts';
import type { JsonValue } from '../../core/json.ts';
import type { FillsCursor, FillsPage, VenueFill } from '../../core/venue/report.ts';
import { asObject } from '../ccxt/exact-json.ts';
import type { Parameters } from '../ccxt/exchange.ts';
import { fillsBySpan } from '../fills-span.ts';
import type { Lane } from '../gateway.ts';
import type { ListedInstrument } from '../markets.ts';
import type { CoinbaseAccount } from './account.ts';
import { ENDPOINTS } from './endpoints.ts';
import { timeText } from './fields.ts';
import { LISTING_LAG_MS, LONGEST_SPAN_MS, PAGE_LIMITS, pageOf, readRows } from './history.ts';
import { fillFrom, isExecution } from './normalize-fills.ts';

/** The executions after `cursor`; `since` starts a first reading without one. */
export async function fillsPage(
  account: CoinbaseAccount,
  listed: ListedInstrument,
  cursor: FillsCursor | null,
  since: TimeMs,
): Promise<FillsPage> {
  return fillsBySpan(
    {
      longestMs: LONGEST_SPAN_MS,
      oldestMs: Number.POSITIVE_INFINITY,
      listingLagMs: LISTING_LAG_MS,
      page: async (from, to, token) => {
        const asked = { ...spanOf(listed, from, to), ...(token === null ? {} : { cursor: token }) };
        const { items, next } = pageOf(await account.requests.read(ENDPOINTS.fills, asked, 'poll'), 'fills');
        return { fills: fillsIn(account, items), next };
      },
    },
    cursor,
    since,
    account.clock.now(),
  );
}

/** All executions between two times of the venue. */
export async function fillsBetween(
  account: CoinbaseAccount,
  listed: ListedInstrument,
  from: TimeMs,
  to: TimeMs,
  lane: Lane,
): Promise<readonly VenueFill[]> {
  return readAll(account, spanOf(listed, from, to), lane);
}

/** All executions of one order that are listed by now. */
export async function fillsOfOrder(
  account: CoinbaseAccount,
  venueOrderId: VenueOrderId,
): Promise<readonly VenueFill[]> {
  return readAll(account, { order_ids: venueOrderId, limit: PAGE_LIMITS.fills }, 'look_up');
}

async function readAll(
  account: CoinbaseAccount,
  parameters: Parameters,
  lane: Lane,
): Promise<readonly VenueFill[]> {
  return fillsIn(account, await readRows(account.requests, ENDPOINTS.fills, parameters, 'fills', lane));
}

/** Both ends included, to the millisecond. */
function spanOf({ venueSymbol }: ListedInstrument, from: TimeMs, to: TimeMs): Parameters {
  return {
    product_ids: venueSymbol,
    start_sequence_timestamp: timeText(from - 1),
    end_sequence_timestamp: timeText(to + 1),
    limit: PAGE_LIMITS.fills,
  };
}

/** Oldest first. Products that we do not list are other accounts' of the same key: futures. */
function fillsIn({ names }: CoinbaseAccount, rows: readonly JsonValue[]): readonly VenueFill[] {
  return rows
    .filter((row) => isExecution(asObject(row, 'fill')))
    .map((row) => fillFrom(row, names.spot))
    .toReversed();
}
