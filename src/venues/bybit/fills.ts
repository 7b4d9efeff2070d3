/**
 * The executions of an account at Bybit, page by page and over a span of time.
 *
 * Entry points: `fillsPage`, `fillsBetween`. Source: "Get Trade History" of the v5 documentation: spans of seven days, newest first, and
 * a cursor.
 */
import type { TimeMs } from '../../core/ids.ts';
import type { JsonValue } from '../../core/json.ts';
import type { FillsCursor, FillsPage, VenueFill } from '../../core/venue/report.ts';
import { asObject } from '../ccxt/exact-json.ts';
import type { Parameters } from '../ccxt/exchange.ts';
import { fillsBySpan } from '../fills-span.ts';
import type { Lane } from '../gateway.ts';
import type { ListedInstrument } from '../markets.ts';
import type { BybitAccount } from './account.ts';
import { CATEGORIES, ENDPOINTS } from './endpoints.ts';
import { LISTING_LAG_MS, LONGEST_SPAN_MS, OLDEST_MS, PAGE_LIMITS, pageOf, readSpans } from './history.ts';
import { fillFrom, movesPosition } from './normalize-fills.ts';

/** The executions after `cursor`; `since` starts a first reading without one. */
export async function fillsPage(
  account: BybitAccount,
  listed: ListedInstrument,
  cursor: FillsCursor | null,
  since: TimeMs,
): Promise<FillsPage> {
  return fillsBySpan(
    {
      longestMs: LONGEST_SPAN_MS,
      oldestMs: OLDEST_MS,
      listingLagMs: LISTING_LAG_MS,
      page: async (startTime, endTime, token) => {
        const result = await account.requests.read(
          ENDPOINTS.executions,
          { ...parametersOf(listed), startTime, endTime, ...(token === null ? {} : { cursor: token }) },
          'poll',
        );
        const { items, next } = pageOf(result);
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
  account: BybitAccount,
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
  return { category: CATEGORIES[instrument.kind], symbol: venueSymbol, limit: PAGE_LIMITS.executions };
}

function fillsOf(
  { names, mode }: BybitAccount,
  { instrument }: ListedInstrument,
  rows: readonly JsonValue[],
): readonly VenueFill[] {
  return rows
    .filter((row) => movesPosition(asObject(row, 'execution')))
    .map((row) => fillFrom(row, names[instrument.kind], mode.value));
}
