/**
 * The executions of an account at Bitget, page by page and over a span of time.
 *
 * Entry points: `fillsPage`, `fillsBetween`. Source: "Get Fill History" of the unified account's documentation: newest first, under a cursor. The
 * list is of a category; rows of other instruments are passed over.
 */
import type { TimeMs } from '../../core/ids.ts';
import type { JsonValue } from '../../core/json.ts';
import type { FillsCursor, FillsPage, VenueFill } from '../../core/venue/report.ts';
import { asObject, text } from '../ccxt/exact-json.ts';
import type { Parameters } from '../ccxt/exchange.ts';
import { fillsBySpan } from '../fills-span.ts';
import type { Lane } from '../gateway.ts';
import type { ListedInstrument } from '../markets.ts';
import type { BitgetAccount } from './account.ts';
import { CATEGORIES, ENDPOINTS } from './endpoints.ts';
import { LISTING_LAG_MS, LONGEST_SPAN_MS, OLDEST_MS, between, readPage, readSpans } from './history.ts';
import { fillFrom } from './normalize-fills.ts';

/** The executions after `cursor`; `since` starts a first reading without one. */
export async function fillsPage(
  account: BitgetAccount,
  listed: ListedInstrument,
  cursor: FillsCursor | null,
  since: TimeMs,
): Promise<FillsPage> {
  return fillsBySpan(
    {
      longestMs: LONGEST_SPAN_MS,
      oldestMs: OLDEST_MS,
      listingLagMs: LISTING_LAG_MS,
      page: async (from, to, token) => {
        const parameters = { ...parametersOf(listed), ...between(from, to) };
        const page = await readPage(account.requests, ENDPOINTS.executions, parameters, 'poll', token);
        return { fills: fillsOf(account, listed, page.items), next: page.next };
      },
    },
    cursor,
    since,
    account.clock.now(),
  );
}

/** All executions between two times of the venue. */
export async function fillsBetween(
  account: BitgetAccount,
  listed: ListedInstrument,
  from: TimeMs,
  to: TimeMs,
  lane: Lane,
): Promise<readonly VenueFill[]> {
  const parameters = parametersOf(listed);
  const rows = await readSpans(account.requests, ENDPOINTS.executions, parameters, lane, from, to);
  return fillsOf(account, listed, rows).toSorted((left, right) => left.executedAt - right.executedAt);
}

function parametersOf({ instrument, venueSymbol }: ListedInstrument): Parameters {
  return { category: CATEGORIES[instrument.kind], symbol: venueSymbol };
}

function fillsOf(
  { names, mode }: BitgetAccount,
  { instrument, venueSymbol }: ListedInstrument,
  rows: readonly JsonValue[],
): readonly VenueFill[] {
  return rows
    .filter((row) => text(asObject(row, 'fill'), 'symbol') === venueSymbol)
    .map((row) => fillFrom(row, names[instrument.kind], mode.value));
}
