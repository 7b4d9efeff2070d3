/**
 * The messages of OKX's public channels: books, tickers, trades, candles, marks, funding and price limits.
 *
 * Entry points: `marketTopic`, `topicName`. A channel has an argument (`channel`, `instId`) that each of its messages repeats. Sources:
 * "Order book channel", "Tickers channel", "Trades channel", "Candlesticks channel", "Mark price channel", "Funding rate channel" and
 * "Price limit channel" of the v5 documentation.
 */
import { crc32 } from 'node:zlib';
import { candleTopic, depthTopic, tradeTopic } from '../market/market-topics.ts';
import type { Topic } from '../wire/topics.ts';
import { listingNamed, type Listing } from './instruments.ts';
import { intervalNamed } from './intervals.ts';
import {
  bookLevels,
  candleRow,
  fundingJson,
  limitJson,
  markJson,
  tickerJson,
  tradeJson,
  type Json,
  type MarketSettings,
} from './market-data.ts';
import type { UndecidedBehaviour } from './undecided.ts';

/** A topic with the message that a listener gets when it subscribes; undefined: none. */
export interface MarketTopic extends Topic {
  readonly first?: (nowMs: number) => Json | undefined;
}

export interface TopicSettings extends MarketSettings {
  readonly books: UndecidedBehaviour['books'];
}

const NAME = /^([a-zA-Z0-9-]+) (\S+)$/;
const SNAPSHOTS: Readonly<Record<string, number>> = { books5: 5, 'bbo-tbt': 1 };
const CHANGING_BOOKS: ReadonlySet<string> = new Set(['books', 'books-l2-tbt', 'books50-l2-tbt']);
const BUSINESS = /^(?:candle|trades-all$)/;

export function topicName(channel: string, instId: string): string {
  return `${channel} ${instId}`;
}

/** The topic of this name; undefined where the venue has none at that address. */
export function marketTopic(
  settings: TopicSettings,
  address: 'public' | 'business',
  name: string,
): MarketTopic | undefined {
  const [, channel = '', instId = ''] = NAME.exec(name) ?? [];
  const listing = listingNamed(instId);
  if (listing === undefined || BUSINESS.test(channel) !== (address === 'business')) return undefined;
  const arg = { channel, instId };
  const depth = SNAPSHOTS[channel];
  if (depth !== undefined) return bookSnapshots(settings, listing, arg, depth);
  if (CHANGING_BOOKS.has(channel)) return bookChanges(settings, listing, arg);
  const { exchange } = settings;
  switch (channel) {
    case 'tickers':
      return changing(arg, 100, (nowMs) => tickerJson(settings, listing, nowMs, nowMs));
    case 'trades':
    case 'trades-all':
      return tradeTopic(listing.unified, (event) => {
        const more = { count: '1', source: '0', seqId: Number(event.tradeId) };
        return { arg, data: [{ ...tradeJson(listing, event), ...more }] };
      });
    case 'mark-price':
      return changing(arg, 200, (nowMs) => markJson(exchange, listing, nowMs));
    case 'price-limit':
      return changing(arg, 200, (nowMs) => limitJson(exchange, listing, nowMs));
    case 'funding-rate':
      return listing.instType === 'SPOT'
        ? undefined
        : changing(arg, 30_000, (nowMs) => fundingJson(exchange, listing, nowMs));
    default:
      return channel.startsWith('candle') ? candlesOf(settings, listing, arg) : undefined;
  }
}

/** Whole rows, at the first and whenever something but the time has changed. */
function changing(arg: Json, everyMs: number, row: (nowMs: number) => Json): MarketTopic {
  let shown = '';
  const message = (nowMs: number): Json => ({ arg, data: [row(nowMs)] });
  return {
    everyMs,
    first: message,
    onTick: (nowMs) => {
      const { ts: _ts, ...figures } = row(nowMs);
      const text = JSON.stringify(figures);
      if (text === shown) return undefined;
      shown = text;
      return message(nowMs);
    },
  };
}

function bookSnapshots(
  { exchange }: MarketSettings,
  { unified, id }: Listing,
  arg: Json,
  depth: number,
): MarketTopic {
  let shown = '';
  const row = (nowMs: number): Json => {
    const book = exchange.book(unified, depth);
    return {
      asks: bookLevels(book?.asks ?? []),
      bids: bookLevels(book?.bids ?? []),
      ...(depth === 1 ? {} : { instId: id }),
      ts: String(nowMs),
      seqId: book?.updateId ?? 0,
    };
  };
  return {
    // The shortest period of the clock here; the venue's is 10 ms of the best prices.
    everyMs: depth === 1 ? 50 : 100,
    first: (nowMs) => ({ arg, data: [row(nowMs)] }),
    onTick: (nowMs) => {
      const now = row(nowMs);
      const text = JSON.stringify([now['asks'], now['bids']]);
      if (text === shown) return undefined;
      shown = text;
      return { arg, data: [now] };
    },
  };
}

/** Changes that join by `prevSeqId`; with a snapshot before them, and check sums, where the venue still sends one. */
function bookChanges({ exchange, books }: TopicSettings, { unified }: Listing, arg: Json): MarketTopic {
  const hasSnapshot = books === 'snapshot_first';
  const depth = arg['channel'] === 'books50-l2-tbt' ? 50 : 400;
  const checksum = (): number => {
    if (!hasSnapshot) return 0;
    const book = exchange.book(unified, 25);
    return checksumOf(bookLevels(book?.bids ?? []), bookLevels(book?.asks ?? []));
  };
  const changed = depthTopic(unified, 100, (changes, nowMs) => ({
    arg,
    action: 'update',
    data: [
      {
        asks: bookLevels(changes.asks.values()),
        bids: bookLevels(changes.bids.values()),
        ts: String(nowMs),
        checksum: checksum(),
        prevSeqId: changes.first - 1,
        seqId: changes.last,
      },
    ],
  }));
  if (!hasSnapshot) return changed;
  return {
    ...changed,
    first: (nowMs) => {
      const book = exchange.book(unified, depth);
      const row = {
        asks: bookLevels(book?.asks ?? []),
        bids: bookLevels(book?.bids ?? []),
        ts: String(nowMs),
        checksum: checksum(),
        prevSeqId: -1,
        seqId: book?.updateId ?? 0,
      };
      return { arg, action: 'snapshot', data: [row] };
    },
  };
}

/** CRC-32, signed, of the best 25 levels, bid and ask alternately: `bid:size:ask:size`. */
export function checksumOf(bids: readonly string[][], asks: readonly string[][]): number {
  const parts: string[] = [];
  for (let level = 0; level < 25; level += 1)
    for (const side of [bids, asks]) {
      const row = side[level];
      if (row !== undefined) parts.push(row[0] ?? '', row[1] ?? '');
    }
  return crc32(parts.join(':')) | 0;
}

function candlesOf({ history }: MarketSettings, listing: Listing, arg: Json): MarketTopic | undefined {
  const interval = intervalNamed(String(arg['channel']).slice('candle'.length));
  if (interval === undefined) return undefined;
  const topic = candleTopic(history, listing.unified, interval, 1_000, (candle, isClosed) => ({
    arg,
    data: [candleRow(listing, candle, isClosed)],
  }));
  return { ...topic, first: topic.onTick };
}
