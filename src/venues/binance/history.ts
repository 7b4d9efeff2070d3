/**
 * An account's orders, trades and income at Binance over a span of time.
 *
 * Entry points: `readHistory`, and how far back it reaches. Sources: "All orders" and "Account trade list" of
 * rest-api.md in binance-spot-api-docs; "All Orders", "Account Trade List" and "Get Income History" of the USD-M
 * futures documentation.
 */
import type { TimeMs } from '../../core/ids.ts';
import type { InstrumentKind } from '../../core/instrument.ts';
import type { JsonValue } from '../../core/json.ts';
import { asArray } from '../ccxt/exact-json.ts';
import type { Parameters } from '../ccxt/exchange.ts';
import type { Lane } from '../gateway.ts';
import { readSpan } from '../history-span.ts';
import type { Endpoint } from './endpoints.ts';
import type { BinanceRequests } from './requests.ts';

/** Most items of one answer, both products. */
export const PAGE_LIMIT = 1_000;
/** A trade may be listed this long after it was made. */
export const LISTING_LAG_MS = 5 * 60_000;

const DAY_MS = 24 * 60 * 60 * 1_000;
/** "The time between startTime and endTime can't be longer than" this. */
export const LONGEST_SPAN_MS: Readonly<Record<InstrumentKind, number>> = {
  spot: DAY_MS,
  linear_swap: 7 * DAY_MS,
};
/** How far back trades and income can be asked for: USD-M keeps six and three months. */
export const OLDEST_TRADES_MS: Readonly<Record<InstrumentKind, number>> = {
  spot: Number.POSITIVE_INFINITY,
  linear_swap: 180 * DAY_MS,
};
export const OLDEST_INCOME_MS = 90 * DAY_MS;
/** Bounds one history read: two months of spot in empty days. */
const MOST_QUESTIONS = 64;

/** All items between two times of the venue, both included. Rejects with `ReadFailure` or `MalformedAnswer`. */
export async function readHistory(
  requests: BinanceRequests,
  endpoint: Endpoint,
  parameters: Parameters,
  lane: Lane,
  from: TimeMs,
  to: TimeMs,
): Promise<readonly JsonValue[]> {
  return readSpan(
    {
      longestMs: LONGEST_SPAN_MS[endpoint.kind],
      pageLimit: PAGE_LIMIT,
      mostQuestions: MOST_QUESTIONS,
      read: async (startTime, endTime) =>
        asArray(
          await requests.read(endpoint, { ...parameters, startTime, endTime, limit: PAGE_LIMIT }, lane),
          endpoint.path,
        ),
    },
    from,
    to,
  );
}
