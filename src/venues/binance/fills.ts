/**
 * The executions of an account at Binance, page by page and over a span of time.
 *
 * Entry points: `fillsPage`, `fillsBetween`. Trade ids rise with every trade of an instrument, so reading goes on
 * after the last one; until a first trade is known there is none to go on from, and spans of time are read.
 */
import type { TimeMs, TradeId } from '../../core/ids.ts';
import type { FillsCursor, FillsPage, VenueFill } from '../../core/venue/report.ts';
import { MalformedAnswer, asArray } from '../ccxt/exact-json.ts';
import type { Lane } from '../gateway.ts';
import type { ListedInstrument } from '../markets.ts';
import { ReadFailure } from '../read-retry.ts';
import type { BinanceAccount } from './account.ts';
import { SPOT, SWAP } from './endpoints.ts';
import type { Endpoint } from './endpoints.ts';
import { LISTING_LAG_MS, LONGEST_SPAN_MS, OLDEST_TRADES_MS, PAGE_LIMIT, readHistory } from './history.ts';
import { fillFromTrade } from './normalize-fills.ts';

/** Where reading the fills of an instrument goes on: after a trade id, or at a time before which there are none. */
export type FillsPosition =
  | { readonly kind: 'from_id'; readonly id: bigint }
  | { readonly kind: 'from_time'; readonly time: TimeMs };

export function writeCursor(position: FillsPosition): FillsCursor {
  return position.kind === 'from_id' ? `id:${position.id}` : `time:${position.time}`;
}

/** Throws a `ReadFailure` for a text that `writeCursor` did not make. */
export function readCursor(cursor: FillsCursor): FillsPosition {
  const match = /^(id|time):(\d+)$/.exec(cursor);
  if (match === null) throw new ReadFailure(`not a cursor of this gateway: ${cursor}`, 'refused');
  const [, kind, digits = ''] = match;
  return kind === 'id'
    ? { kind: 'from_id', id: BigInt(digits) }
    : { kind: 'from_time', time: Number(digits) };
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

/** All executions between two times of the venue, by trade id. */
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
  const now = account.clock.now();
  const from = Math.max(since, now - OLDEST_TRADES_MS[kind]);
  const end = Math.min(from + LONGEST_SPAN_MS[kind] - 1, now + LISTING_LAG_MS);
  const fills = end < from ? [] : await fillsBetween(account, listed, from, end, 'poll');
  const last = fills.at(-1);
  if (last !== undefined)
    return {
      fills,
      cursor: writeCursor({ kind: 'from_id', id: numberOf(last.tradeId) + 1n }),
      hasMore: true,
    };
  // What may still be listed late stays ahead of the cursor.
  const settled = Math.max(from, Math.min(end + 1, now - LISTING_LAG_MS));
  return { fills: [], cursor: writeCursor({ kind: 'from_time', time: settled }), hasMore: end < now };
}

function tradesOf({ instrument }: ListedInstrument): Endpoint {
  return instrument.kind === 'spot' ? SPOT.trades : SWAP.trades;
}

/** By trade id, which rises with every trade of an instrument. */
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
