/**
 * The messages of Bybit's public topics: `orderbook.{depth}.{symbol}`, `tickers.{symbol}`, `publicTrade.{symbol}`, `kline.{interval}.{symbol}`.
 *
 * Entry point: `marketTopic`. A new listener first gets what the topic has as a snapshot (`first`), then changes. Sources: "Orderbook",
 * "Ticker", "Trade" and "Kline" of the public streams of the v5 documentation.
 */
import { candleTopic, depthTopic, tradeTopic } from '../market/market-topics.ts';
import type { Topic } from '../wire/topics.ts';
import { executionId, listingNamed, type Listing } from './instruments.ts';
import { intervalNamed } from './intervals.ts';
import { bestJson, candleJson, levelsJson, tickerJson, type MarketSettings } from './market-data.ts';
import type { Json } from './order-json.ts';
import { sideName } from './order-words.ts';
import type { Category } from './symbols.ts';

/** A topic with the message that a listener gets when it subscribes; undefined: none. */
export interface MarketTopic extends Topic {
  readonly first?: (nowMs: number) => Json | undefined;
}

/** Push frequencies by depth; the shortest are those of the clock here. */
const DEPTH_EVERY_MS: Readonly<Record<string, number>> = { '1': 50, '50': 50, '200': 100, '1000': 200 };
/** "if 3 seconds have elapsed without a change, a snapshot message will be pushed again". */
const REPEATED_AFTER_MS = 3_000;
const TICKER_EVERY_MS: Readonly<Record<Category, number>> = { spot: 50, linear: 100 };
const KLINE_EVERY_MS = 1_000;

/** The topic of this name; undefined where the venue has none. */
export function marketTopic(
  settings: MarketSettings,
  category: Category,
  name: string,
): MarketTopic | undefined {
  const [kind, ...rest] = name.split('.');
  const listing = listingNamed(category, rest.at(-1) ?? '');
  if (listing === undefined) return undefined;
  switch (kind) {
    case 'orderbook':
      return bookTopic(settings, listing, name, rest[0] ?? '');
    case 'tickers':
      return category === 'spot'
        ? spotTicker(settings, listing, name)
        : linearTicker(settings, listing, name);
    case 'publicTrade':
      return tradesOf(listing, name);
    case 'kline':
      return klineTopic(settings, listing, name, rest[0] ?? '');
    default:
      return undefined;
  }
}

/** Depth 1 sends snapshots alone, whenever the best of either side changed; the others a snapshot, then changes. */
function bookTopic(
  { exchange }: MarketSettings,
  listing: Listing,
  topic: string,
  depth: string,
): MarketTopic | undefined {
  const everyMs = DEPTH_EVERY_MS[depth];
  if (everyMs === undefined) return undefined;
  const message = (type: string, levels: Json, ts: number): Json => ({
    topic,
    ts,
    type,
    data: { s: listing.id, ...levels },
    cts: ts,
  });
  const snapshot = (nowMs: number): Json => {
    const book = exchange.book(listing.unified, Number(depth));
    const updateId = book?.updateId ?? 0;
    return message(
      'snapshot',
      {
        b: levelsJson(listing, book?.bids ?? []),
        a: levelsJson(listing, book?.asks ?? []),
        u: updateId,
        seq: updateId,
      },
      nowMs,
    );
  };
  if (depth === '1') {
    let shown = '';
    let shownAt = 0;
    return {
      everyMs,
      first: snapshot,
      onTick: (nowMs) => {
        const best = Object.values(bestJson(exchange, listing)).join(' ');
        if (best === shown && nowMs - shownAt < REPEATED_AFTER_MS) return undefined;
        shown = best;
        shownAt = nowMs;
        return snapshot(nowMs);
      },
    };
  }
  const changed = depthTopic(listing.unified, everyMs, (changes, nowMs) => {
    const levels = {
      b: levelsJson(listing, changes.bids.values()),
      a: levelsJson(listing, changes.asks.values()),
      u: changes.last,
      seq: changes.last,
    };
    return message('delta', levels, nowMs);
  });
  return { ...changed, first: snapshot };
}

/** Whole each time, and without the book. */
function spotTicker(settings: MarketSettings, listing: Listing, topic: string): MarketTopic {
  let shown = '';
  const snapshot = (nowMs: number): Json => ({
    topic,
    ts: nowMs,
    type: 'snapshot',
    cs: nowMs,
    data: { symbol: listing.id, ...tickerJson(settings, listing, nowMs) },
  });
  return {
    everyMs: TICKER_EVERY_MS.spot,
    first: snapshot,
    onTick: (nowMs) => {
      const message = snapshot(nowMs);
      const text = JSON.stringify(message['data']);
      if (text === shown) return undefined;
      shown = text;
      return message;
    },
  };
}

/** "If a response param is not found in the message, then its value has not changed." */
function linearTicker(settings: MarketSettings, listing: Listing, topic: string): MarketTopic {
  const figures = (nowMs: number): Record<string, string> => ({
    tickDirection: 'ZeroPlusTick',
    ...tickerJson(settings, listing, nowMs),
    ...bestJson(settings.exchange, listing),
    preOpenPrice: '',
    preQty: '',
    curPreListingPhase: '',
  });
  const message = (type: string, data: Record<string, string>, nowMs: number): Json => ({
    topic,
    type,
    data: { symbol: listing.id, ...data },
    cs: nowMs,
    ts: nowMs,
  });
  let shown: Record<string, string> = {};
  return {
    everyMs: TICKER_EVERY_MS.linear,
    first: (nowMs) => message('snapshot', figures(nowMs), nowMs),
    onTick: (nowMs) => {
      const now = figures(nowMs);
      const changed = Object.fromEntries(Object.entries(now).filter(([name, text]) => shown[name] !== text));
      if (Object.keys(changed).length === 0) return undefined;
      shown = now;
      return message('delta', changed, nowMs);
    },
  };
}

function tradesOf(listing: Listing, topic: string): MarketTopic {
  return tradeTopic(listing.unified, (event) => ({
    topic,
    type: 'snapshot',
    ts: event.at,
    data: [
      {
        T: event.at,
        s: listing.id,
        S: sideName(event.takerSide),
        v: listing.quantity(event.quantity),
        p: listing.price(event.price),
        ...(listing.category === 'spot' ? {} : { L: 'ZeroPlusTick' }),
        i: executionId(event),
        BT: false,
        RPI: false,
        seq: Number(event.tradeId),
      },
    ],
  }));
}

function klineTopic(
  { history }: MarketSettings,
  listing: Listing,
  topic: string,
  name: string,
): MarketTopic | undefined {
  const interval = intervalNamed(name);
  if (interval === undefined) return undefined;
  return candleTopic(history, listing.unified, interval, KLINE_EVERY_MS, (candle, isClosed, nowMs) => ({
    topic,
    data: [candleJson(listing, name, candle, isClosed)],
    ts: nowMs,
    type: 'snapshot',
  }));
}
