/**
 * The executions of an account at OKX, page by page and over a span of time.
 *
 * Entry points: `fillsPage`, `fillsBetween`. Sources: "Transaction details (last 3 days)" and "Transaction details (last 3 months)" of the v5
 * documentation: newest first, below a bill id. Spot has two lists (`LISTED_TYPES`).
 */
import type { TimeMs } from '../../core/ids.ts';
import type { JsonValue } from '../../core/json.ts';
import type { FillsCursor, FillsPage, VenueFill } from '../../core/venue/report.ts';
import type { Parameters } from '../ccxt/exchange.ts';
import { fillsBySpan } from '../fills-span.ts';
import type { Lane } from '../gateway.ts';
import type { ListedInstrument } from '../markets.ts';
import type { OkxAccount } from './account.ts';
import { ENDPOINTS, LISTED_TYPES } from './endpoints.ts';
import { LISTING_LAG_MS, OLDEST_MS, days, listSince, readPage, readRows } from './history.ts';
import type { ListPair } from './history.ts';
import { fillFrom } from './normalize-fills.ts';

const LISTS: ListPair = {
  recent: ENDPOINTS.recentExecutions,
  recentMs: days(3),
  archive: ENDPOINTS.executions,
};
const ID_KEY = 'billId';

/** The executions after `cursor`; `since` starts a first reading without one. */
export async function fillsPage(
  account: OkxAccount,
  listed: ListedInstrument,
  cursor: FillsCursor | null,
  since: TimeMs,
): Promise<FillsPage> {
  const now = account.clock.now();
  return fillsBySpan(
    {
      longestMs: OLDEST_MS,
      oldestMs: OLDEST_MS,
      listingLagMs: LISTING_LAG_MS,
      page: async (from, to, token) => {
        const place = placeOf(listed, token);
        const { items, next } = await readPage(
          account.requests,
          listSince(LISTS, from, now),
          parametersOf(listed, place.instType, from, to),
          ID_KEY,
          'poll',
          place.after,
        );
        return { fills: fillsOf(account, listed, items), next: tokenAfter(listed, place, next) };
      },
    },
    cursor,
    since,
    now,
  );
}

interface Place {
  readonly instType: string;
  readonly after: string | null;
}

/** A token is the type whose list is read, and below which bill. */
function placeOf({ instrument }: ListedInstrument, token: string | null): Place {
  const [first = ''] = LISTED_TYPES[instrument.kind];
  if (token === null) return { instType: first, after: null };
  const [instType = first, after = ''] = token.split(' ');
  return { instType, after: after === '' ? null : after };
}

/** The rest of the list, then the next list; null after the last. */
function tokenAfter({ instrument }: ListedInstrument, place: Place, next: string | null): string | null {
  if (next !== null) return `${place.instType} ${next}`;
  const types = LISTED_TYPES[instrument.kind];
  const following = types[types.indexOf(place.instType) + 1];
  return following === undefined ? null : `${following} `;
}

/** All executions between two times of the venue. */
export async function fillsBetween(
  account: OkxAccount,
  listed: ListedInstrument,
  from: TimeMs,
  to: TimeMs,
  lane: Lane,
): Promise<readonly VenueFill[]> {
  const endpoint = listSince(LISTS, from, account.clock.now());
  const rows: JsonValue[] = [];
  for (const instType of LISTED_TYPES[listed.instrument.kind])
    rows.push(
      ...(await readRows(account.requests, endpoint, parametersOf(listed, instType, from, to), ID_KEY, lane)),
    );
  return fillsOf(account, listed, rows).toSorted((left, right) => left.executedAt - right.executedAt);
}

function parametersOf(
  { venueSymbol }: ListedInstrument,
  instType: string,
  from: TimeMs,
  to: TimeMs,
): Parameters {
  return { instType, instId: venueSymbol, begin: String(Math.floor(from)), end: String(Math.ceil(to)) };
}

function fillsOf(
  { names }: OkxAccount,
  { instrument }: ListedInstrument,
  rows: readonly JsonValue[],
): readonly VenueFill[] {
  return rows.map((row) => fillFrom(row, names[instrument.kind]));
}
