/**
 * The executions of an account at MEXC, page by page and over a span of time.
 *
 * Entry points: `fillsPage`, `fillsBetween`. Sources: "Account Trade List" of the spot v3 documentation, a hundred an answer and by time alone;
 * "Get all transaction details of the user's order" of the contract documentation.
 */
import type { TimeMs } from '../../core/ids.ts';
import type { JsonValue } from '../../core/json.ts';
import type { FillsCursor, FillsPage, VenueFill } from '../../core/venue/report.ts';
import { fillsBySpan } from '../fills-span.ts';
import type { ExecutionList } from '../fills-span.ts';
import type { Lane } from '../gateway.ts';
import type { ListedInstrument } from '../markets.ts';
import type { MexcAccount } from './account.ts';
import { SPOT, SWAP } from './endpoints.ts';
import {
  LISTING_LAG_MS,
  SPOT_TRADES,
  SWAP_SPAN_MS,
  readSpotHistory,
  readSwapPages,
  spanOf,
  swapPage,
} from './history.ts';
import { spotFillFrom, swapFillFrom } from './normalize-fills.ts';

/** The executions after `cursor`; `since` starts a first reading without one. */
export async function fillsPage(
  account: MexcAccount,
  listed: ListedInstrument,
  cursor: FillsCursor | null,
  since: TimeMs,
): Promise<FillsPage> {
  const list = listed.instrument.kind === 'spot' ? spotList(account, listed) : swapList(account, listed);
  return fillsBySpan(list, cursor, since, account.clock.now());
}

/** All executions between two times of the venue. */
export async function fillsBetween(
  account: MexcAccount,
  listed: ListedInstrument,
  from: TimeMs,
  to: TimeMs,
  lane: Lane,
): Promise<readonly VenueFill[]> {
  const fills =
    listed.instrument.kind === 'spot'
      ? await spotFills(account, listed, from, to, lane)
      : swapFills(
          account,
          await readSwapPages(
            account.requests,
            SWAP.executions,
            { symbol: listed.venueSymbol, ...spanOf(from, to) },
            lane,
          ),
        );
  return fills.toSorted((left, right) => left.executedAt - right.executedAt);
}

/** A span is one page: a full answer is asked for again in two parts. */
function spotList(account: MexcAccount, listed: ListedInstrument): ExecutionList {
  return {
    longestMs: SPOT_TRADES.longestMs,
    oldestMs: SPOT_TRADES.oldestMs,
    listingLagMs: LISTING_LAG_MS,
    page: async (from, to) => ({ fills: await spotFills(account, listed, from, to, 'poll'), next: null }),
  };
}

async function spotFills(
  { names, requests }: MexcAccount,
  { venueSymbol }: ListedInstrument,
  from: TimeMs,
  to: TimeMs,
  lane: Lane,
): Promise<readonly VenueFill[]> {
  const parameters = { symbol: venueSymbol };
  const rows = await readSpotHistory(requests, SPOT.trades, SPOT_TRADES, parameters, lane, from, to);
  return rows.map((row) => spotFillFrom(row, names.spot));
}

function swapList(account: MexcAccount, { venueSymbol }: ListedInstrument): ExecutionList {
  return {
    longestMs: SWAP_SPAN_MS,
    oldestMs: SWAP_SPAN_MS,
    listingLagMs: LISTING_LAG_MS,
    page: async (from, to, token) => {
      const parameters = { symbol: venueSymbol, ...spanOf(from, to) };
      const { items, next } = await swapPage(account.requests, SWAP.executions, parameters, 'poll', token);
      return { fills: swapFills(account, items), next };
    },
  };
}

function swapFills({ mode, names }: MexcAccount, rows: readonly JsonValue[]): readonly VenueFill[] {
  return rows.map((row) => swapFillFrom(row, names.linear_swap, mode.value));
}
