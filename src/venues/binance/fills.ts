/**
 * The executions of an account at Binance, page by page and over a span of time.
 *
 * Entry points: `fillsPage`, `fillsBetween`. `fromId` gives the trades from that id on ("Account trade list" of
 * rest-api.md in binance-spot-api-docs: "it will get id >= that fromId"; "Account Trade List" of the USD-M futures
 * documentation: "Trade id to fetch from"), so reading goes on after the last one; until a first trade is known there is
 * none to go on from, and spans of time are read. Only this cursor takes a trade id for a number.
 */
import type { TimeMs, TradeId } from '../../core/ids.ts';
import type { FillsCursor, FillsPage, VenueFill } from '../../core/venue/report.ts';
import { MalformedAnswer, asArray } from '../ccxt/exact-json.ts';
import { foreignCursor, nextSpan, timeCursor, timeOfCursor } from '../fills-span.ts';
import type { Lane } from '../gateway.ts';
import type { ListedInstrument } from '../markets.ts';
import type { BinanceAccount } from './account.ts';
import { SPOT, SWAP } from './endpoints.ts';
import type { Endpoint } from './endpoints.ts';
import { LISTING_LAG_MS, LONGEST_SPAN_MS, OLDEST_TRADES_MS, PAGE_LIMIT, readHistory } from './history.ts';
import { fillFromTrade } from './normalize-fills.ts';

/** Where reading the fills of an instrument goes on: from a trade id, or at a time before which there are none. */
export type FillsPosition =
  | { readonly kind: 'from_id'; readonly id: bigint }
  | { readonly kind: 'from_time'; readonly time: TimeMs };

export function writeCursor(position: FillsPosition): FillsCursor {
  return position.kind === 'from_id' ? `id:${position.id}` : timeCursor(position.time);
}

/** Throws a `ReadFailure` for a text that `writeCursor` did not make. */
export function readCursor(cursor: FillsCursor): FillsPosition {
  const time = timeOfCursor(cursor);
  if (time !== null) return { kind: 'from_time', time };
  const [, digits] = /^id:(\d+)$/.exec(cursor) ?? [];
  if (digits === undefined) throw foreignCursor(cursor);
  return { kind: 'from_id', id: BigInt(digits) };
}

/** The executions after `cursor`; `since` starts a first reading without one. */
export async function fillsPage(
  account: BinanceAccount,
  listed: ListedInstrument,
  cursor: FillsCursor | null,
  since: TimeMs,
): Promise<FillsPage> {
  const position: FillsPosition = cursor === null ? { kind: 'from_time', time: since } : readCursor(cursor);
  return position.kind === 'from_id'
    ? fillsFromId(account, listed, position.id)
    : fillsFromTime(account, listed, position.time);
}

/** All executions between two times of the venue, in the order in which the venue made them. */
export async function fillsBetween(
  { requests, names }: BinanceAccount,
  listed: ListedInstrument,
  from: TimeMs,
  to: TimeMs,
  lane: Lane,
): Promise<readonly VenueFill[]> {
  const { venueSymbol, instrument } = listed;
  const trades = await readHistory(requests, tradesOf(listed), { symbol: venueSymbol }, lane, from, to);
  return inOrder(trades.map((item) => fillFromTrade(item, names[instrument.kind])));
}

async function fillsFromId(
  { requests, names }: BinanceAccount,
  listed: ListedInstrument,
  fromId: bigint,
): Promise<FillsPage> {
  const trades = asArray(
    await requests.read(
      tradesOf(listed),
      { symbol: listed.venueSymbol, fromId: fromId.toString(), limit: PAGE_LIMIT },
      'poll',
    ),
    'trades',
  );
  const fills = inOrder(trades.map((item) => fillFromTrade(item, names[listed.instrument.kind])));
  const last = fills.at(-1);
  const isFull = trades.length >= PAGE_LIMIT;
  // A self-trade is listed twice under one id, and a full page may end between the two: it goes on at its last id.
  const next = last === undefined ? fromId : numberOf(last.tradeId) + (isFull ? 0n : 1n);
  return { fills, cursor: writeCursor({ kind: 'from_id', id: next }), hasMore: isFull };
}

/** Spans of time, oldest first, until a first trade is known. */
async function fillsFromTime(
  account: BinanceAccount,
  listed: ListedInstrument,
  since: TimeMs,
): Promise<FillsPage> {
  const { kind } = listed.instrument;
  const span = nextSpan(since, account.clock.now(), {
    longestMs: LONGEST_SPAN_MS[kind],
    oldestMs: OLDEST_TRADES_MS[kind],
    listingLagMs: LISTING_LAG_MS,
  });
  const { from, to, settledAt, hasMore } = span;
  const fills = to < from ? [] : await fillsBetween(account, listed, from, to, 'poll');
  const last = fills.at(-1);
  if (last === undefined) return { fills: [], cursor: timeCursor(settledAt), hasMore };
  const next = numberOf(last.tradeId) + 1n;
  return { fills, cursor: writeCursor({ kind: 'from_id', id: next }), hasMore: true };
}

function tradesOf({ instrument }: ListedInstrument): Endpoint {
  return instrument.kind === 'spot' ? SPOT.trades : SWAP.trades;
}

function inOrder(fills: readonly VenueFill[]): readonly VenueFill[] {
  return [...fills].sort((left, right) => {
    const difference = numberOf(left.tradeId) - numberOf(right.tradeId);
    return difference < 0n ? -1 : difference > 0n ? 1 : 0;
  });
}

/** The number that `fromId` counts in. Throws `MalformedAnswer` for an id that is none. */
function numberOf(id: TradeId): bigint {
  if (!/^\d+$/.test(id)) throw new MalformedAnswer(`trade id ${id} is not a number`);
  return BigInt(id);
}
