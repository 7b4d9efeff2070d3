/**
 * The executions of an account at Bybit, page by page and over a span of time.
 *
 * Entry points: `fillsPage`, `fillsBetween`. Source: "Get Trade History" of the v5 documentation: spans of seven days, newest first, and
 * a cursor. That list says how much of a position an execution closed and not what it realised, which the execution stream does: it
 * is read from the transaction log. The venue's average prices and money have digits of their own, so that a result worked out here is
 * another one in its last digits, and wholly another where executions came in another order.
 */
import type { Decimal } from '../../core/decimal.ts';
import type { TimeMs } from '../../core/ids.ts';
import type { JsonObject, JsonValue } from '../../core/json.ts';
import type { FillsCursor, FillsPage, VenueFill } from '../../core/venue/report.ts';
import { asObject, wholeNumber } from '../ccxt/exact-json.ts';
import type { Parameters } from '../ccxt/exchange.ts';
import { fillsBySpan } from '../fills-span.ts';
import type { Lane } from '../gateway.ts';
import type { ListedInstrument } from '../markets.ts';
import type { BybitAccount } from './account.ts';
import { CATEGORIES, ENDPOINTS } from './endpoints.ts';
import { LISTING_LAG_MS, LONGEST_SPAN_MS, OLDEST_MS, PAGE_LIMITS, pageOf, readSpans } from './history.ts';
import { closesPosition, fillFrom, movesPosition, resultsIn } from './normalize-fills.ts';

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
        return { fills: await fillsOf(account, listed, items, 'poll'), next };
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
  const fills = await fillsOf(account, listed, rows, lane);
  return fills.toSorted((left, right) => left.executedAt - right.executedAt);
}

function parametersOf({ instrument, venueSymbol }: ListedInstrument): Parameters {
  return { category: CATEGORIES[instrument.kind], symbol: venueSymbol, limit: PAGE_LIMITS.executions };
}

async function fillsOf(
  account: BybitAccount,
  { instrument }: ListedInstrument,
  rows: readonly JsonValue[],
  lane: Lane,
): Promise<readonly VenueFill[]> {
  const { names, mode } = account;
  const executions = rows.map((row) => asObject(row, 'execution')).filter(movesPosition);
  const results =
    instrument.kind === 'spot'
      ? new Map<string, Decimal>()
      : await resultsOf(account, executions.filter(closesPosition), lane);
  return executions.map((execution) => fillFrom(execution, names[instrument.kind], mode.value, results));
}

/** The results of executions that closed something, by their ids; without those that the transaction log does not have yet. */
async function resultsOf(
  { requests }: BybitAccount,
  closings: readonly JsonObject[],
  lane: Lane,
): Promise<ReadonlyMap<string, Decimal>> {
  if (closings.length === 0) return new Map();
  const times = closings.map((execution) => wholeNumber(execution, 'execTime'));
  const log = await readSpans(
    requests,
    ENDPOINTS.transactionLog,
    { accountType: 'UNIFIED', category: CATEGORIES.linear_swap, limit: PAGE_LIMITS.log },
    lane,
    times.reduce((left, right) => Math.min(left, right)),
    times.reduce((left, right) => Math.max(left, right)),
  );
  return resultsIn(log);
}
