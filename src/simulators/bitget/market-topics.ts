/**
 * The messages of Bitget's public channels: tickers, books, trades and candles.
 *
 * Entry points: `marketTopic`, `topicName`. A channel has an argument (`instType`, `topic`, `symbol`) that each of its messages repeats. Sources:
 * "Tickers Channel", "Depth Channel", "Public Trades Channel" and "Candlestick Channel" of the unified account's documentation.
 */
import { candleTopic, depthTopic } from '../market/market-topics.ts';
import type { Topic } from '../wire/topics.ts';
import { LISTINGS, type Listing } from './instruments.ts';
import { intervalNamed } from './intervals.ts';
import { bookLevels, candleRow, tickerJson, tradeJson, type MarketSettings } from './market-data.ts';
import type { Json } from './order-json.ts';

/** A topic with the message that a listener gets when it subscribes; undefined: none. */
export interface MarketTopic extends Topic {
  readonly first?: (nowMs: number) => Json | undefined;
}

const NAME = /^(\S+) (\S+) (\S+)(?: (\S+))?$/;
const SNAPSHOTS: Readonly<Record<string, number>> = { books1: 1, books5: 5, books50: 50 };
/** "Positive integer, varies between trading pairs." */
const MOST_LEVELS = 200;
const FIRST_TRADES = 50;

export function topicName(argument: Readonly<Record<string, unknown>>): string {
  return ['instType', 'topic', 'symbol', 'interval']
    .map((field) => argument[field])
    .filter((value) => value !== undefined)
    .map(String)
    .join(' ');
}

/** The topic of this name; undefined where the venue has none. */
export function marketTopic(settings: MarketSettings, name: string): MarketTopic | undefined {
  const [, instType, topic = '', symbol = '', interval] = NAME.exec(name) ?? [];
  const listing = LISTINGS.find((one) => one.instType === instType && one.id === symbol);
  if (listing === undefined) return undefined;
  const arg = { instType, symbol, topic };
  const depth = SNAPSHOTS[topic];
  if (depth !== undefined) return bookSnapshots(settings, listing, arg, depth);
  switch (topic) {
    case 'ticker':
      return tickers(settings, listing, arg);
    case 'books':
      return bookChanges(settings, listing, arg);
    case 'publicTrade':
      return trades(settings, listing, arg);
    case 'kline':
      return candlesOf(settings, listing, { ...arg, interval }, interval ?? '');
    default:
      return undefined;
  }
}

function message(action: 'snapshot' | 'update', arg: Json, data: readonly unknown[], nowMs: number): Json {
  return { data, arg, action, ts: nowMs };
}

/** Whole rows, at the first and whenever something has changed. */
function tickers(settings: MarketSettings, listing: Listing, arg: Json): MarketTopic {
  let shown = '';
  const first = (nowMs: number): Json =>
    message('snapshot', arg, [tickerJson(settings, listing, nowMs)], nowMs);
  return {
    everyMs: listing.category === 'SPOT' ? 200 : 300,
    first,
    onTick: (nowMs) => {
      const row = tickerJson(settings, listing, nowMs);
      const text = JSON.stringify(row);
      if (text === shown) return undefined;
      shown = text;
      return message('snapshot', arg, [row], nowMs);
    },
  };
}

function bookSnapshots(
  { exchange }: MarketSettings,
  { unified }: Listing,
  arg: Json,
  depth: number,
): MarketTopic {
  let shown = '';
  const row = (nowMs: number): Json => {
    const book = exchange.book(unified, depth);
    return {
      a: bookLevels(book?.asks ?? []),
      b: bookLevels(book?.bids ?? []),
      pseq: 0,
      seq: book?.updateId ?? 0,
      ts: String(nowMs),
    };
  };
  return {
    // The shortest period of the clock here; the venue's is 1 ms of the best prices.
    everyMs: 50,
    first: (nowMs) => message('snapshot', arg, [row(nowMs)], nowMs),
    onTick: (nowMs) => {
      const now = row(nowMs);
      const text = JSON.stringify([now['a'], now['b']]);
      if (text === shown) return undefined;
      shown = text;
      return message('snapshot', arg, [now], nowMs);
    },
  };
}

/** A snapshot, then changes that join by `pseq`. */
function bookChanges({ exchange }: MarketSettings, { unified }: Listing, arg: Json): MarketTopic {
  const row = (a: string[][], b: string[][], pseq: number, seq: number, nowMs: number): Json => ({
    a,
    b,
    pseq,
    seq,
    maxDepth: String(MOST_LEVELS),
    ts: String(nowMs),
  });
  return {
    ...depthTopic(unified, 50, (changes, nowMs) =>
      message(
        'update',
        arg,
        [
          row(
            bookLevels(changes.asks.values()),
            bookLevels(changes.bids.values()),
            changes.first - 1,
            changes.last,
            nowMs,
          ),
        ],
        nowMs,
      ),
    ),
    first: (nowMs) => {
      const book = exchange.book(unified, MOST_LEVELS);
      const [a, b] = [bookLevels(book?.asks ?? []), bookLevels(book?.bids ?? [])];
      return message('snapshot', arg, [row(a, b, 0, book?.updateId ?? 0, nowMs)], nowMs);
    },
  };
}

function trades({ exchange }: MarketSettings, listing: Listing, arg: Json): MarketTopic {
  const row = (trade: Parameters<typeof tradeJson>[1]): Json => {
    const { execId, price, size, side, ts } = tradeJson(listing, trade);
    return { p: price, S: side, T: ts, v: size, i: execId, L: execId, isRPI: 'no' };
  };
  return {
    first: (nowMs) => {
      const latest = exchange.recentTrades(listing.unified, FIRST_TRADES).map(row).reverse();
      return message('snapshot', arg, latest, nowMs);
    },
    onEvent: (event) =>
      event.kind === 'trade' && event.symbol === listing.unified
        ? message('update', arg, [row(event)], event.at)
        : undefined,
  };
}

function candlesOf(
  { history }: MarketSettings,
  { unified }: Listing,
  arg: Json,
  interval: string,
): MarketTopic | undefined {
  const length = intervalNamed(interval);
  if (length === undefined) return undefined;
  const topic = candleTopic(history, unified, length, 1_000, (candle, _isClosed, nowMs) => {
    const [start, open, high, low, close, volume, turnover] = candleRow(candle);
    return message('update', arg, [{ start, open, close, high, low, volume, turnover }], nowMs);
  });
  return {
    ...topic,
    first: (nowMs) => {
      const first = topic.onTick(nowMs);
      return first === undefined ? undefined : { ...first, action: 'snapshot' };
    },
  };
}
