/**
 * The messages of KuCoin's public spot topics: `/market/ticker`, `/market/snapshot`, `/spotMarket/level1`, `level2Depth5` and `level2Depth50`, `/market/level2`,
 * `/market/match`, `/market/candles`, each with `:{symbol}` behind it.
 *
 * Entry point: `spotTopic`. "If there is no change in the market, data will not be pushed", and no topic begins with what stands. Source: the
 * public channels of spot in the documentation.
 */
import { candleTopic, depthTopic, tradeTopic } from '../../market/market-topics.ts';
import type { BookLevel } from '../../exchange/event.ts';
import type { Topic } from '../../wire/topics.ts';
import { numeral } from '../exact-json.ts';
import { intervalNamed } from '../intervals.ts';
import { tradeIdOf } from '../trade-ids.ts';
import { listingNamed, type SpotListing } from './instruments.ts';
import { bookLevels, candleRow, snapshotJson, tickerJson, type MarketSettings } from './market-data.ts';
import type { Json } from './order-json.ts';

const TICKER_EVERY_MS = 100;
const DEPTH_EVERY_MS = 100;
const LEVEL_ONE_EVERY_MS = 50;
const CANDLE_EVERY_MS = 1_000;
const SNAPSHOT_EVERY_MS = 2_000;

/** The topic of this name; undefined where spot has none. */
export function spotTopic(settings: MarketSettings, name: string): Topic | undefined {
  const [kind = '', argument = ''] = name.split(':');
  const [symbol = '', type = ''] = argument.split('_');
  const listing = listingNamed(symbol);
  if (listing === undefined) return undefined;
  switch (kind) {
    case '/market/ticker':
      return onChange(name, 'trade.ticker', TICKER_EVERY_MS, (nowMs) => {
        const ticker = tickerJson(settings, listing, nowMs);
        return { compared: ticker, data: { ...ticker, Time: nowMs } };
      });
    case '/market/snapshot':
      return snapshot(settings, listing, name);
    case '/spotMarket/level1':
      return depth(settings, listing, name, 1);
    case '/spotMarket/level2Depth5':
      return depth(settings, listing, name, 5);
    case '/spotMarket/level2Depth50':
      return depth(settings, listing, name, 50);
    case '/market/level2':
      return changesOf(listing, name);
    case '/market/match':
      return matches(listing, name);
    case '/market/candles':
      return candles(settings, listing, name, type);
    default:
      return undefined;
  }
}

export function message(topic: string, subject: string, data: Json): Json {
  return { type: 'message', topic, subject, data };
}

/** A topic that is pushed when what it shows has changed. */
export function onChange(
  topic: string,
  subject: string,
  everyMs: number,
  now: (nowMs: number) => { readonly compared: unknown; readonly data: Json },
): Topic {
  let shown = '';
  return {
    everyMs,
    onTick: (nowMs) => {
      const { compared, data } = now(nowMs);
      const text = JSON.stringify(compared);
      if (text === shown) return undefined;
      shown = text;
      return message(topic, subject, data);
    },
  };
}

/** The figures of a day as numbers, "pushed once every 2s". */
function snapshot(settings: MarketSettings, listing: SpotListing, topic: string): Topic {
  return onChange(topic, 'trade.snapshot', SNAPSHOT_EVERY_MS, (nowMs) => {
    const day = snapshotJson(settings, listing, nowMs);
    return {
      compared: day,
      data: { sequence: String(day['sequence']), data: { ...day, datetime: nowMs } },
    };
  });
}

/** Whole books of a few levels; the best alone are one level, not a list of them. */
function depth(
  { exchange }: MarketSettings,
  { unified }: SpotListing,
  topic: string,
  levels: 1 | 5 | 50,
): Topic {
  const shown = (side: readonly BookLevel[]): unknown =>
    levels === 1 ? (bookLevels(side)[0] ?? []) : bookLevels(side);
  return onChange(
    topic,
    levels === 1 ? 'level1' : 'level2',
    levels === 1 ? LEVEL_ONE_EVERY_MS : DEPTH_EVERY_MS,
    (nowMs) => {
      const book = exchange.book(unified, levels);
      const compared = { asks: shown(book?.asks ?? []), bids: shown(book?.bids ?? []) };
      return { compared, data: { ...compared, timestamp: nowMs } };
    },
  );
}

function changesOf({ unified, id }: SpotListing, topic: string): Topic {
  return depthTopic(unified, DEPTH_EVERY_MS, (changes, nowMs) => {
    const rows = (levels: Iterable<BookLevel>): string[][] =>
      bookLevels(levels).map((level) => [...level, String(changes.last)]);
    return message(topic, 'trade.l2update', {
      changes: { asks: rows(changes.asks.values()), bids: rows(changes.bids.values()) },
      sequenceEnd: changes.last,
      sequenceStart: changes.first,
      symbol: id,
      time: nowMs,
    });
  });
}

function matches({ unified, id }: SpotListing, topic: string): Topic {
  return tradeTopic(unified, (event) =>
    message(topic, 'trade.l3match', {
      makerOrderId: '671b5007389355000701b1d3',
      price: event.price.toString(),
      sequence: tradeIdOf(event),
      side: event.takerSide,
      size: event.quantity.toString(),
      symbol: id,
      takerOrderId: '671b50161777ff00074c168d',
      time: `${event.at}000000`,
      tradeId: tradeIdOf(event),
      type: 'match',
    }),
  );
}

function candles(
  { history }: MarketSettings,
  { unified, id }: SpotListing,
  topic: string,
  type: string,
): Topic | undefined {
  const interval = intervalNamed(type);
  if (interval === undefined) return undefined;
  return candleTopic(history, unified, interval, CANDLE_EVERY_MS, (candle, _isClosed, nowMs) =>
    message(topic, 'trade.candles.update', {
      symbol: id,
      candles: candleRow(candle),
      time: numeral(`${nowMs}000000`),
    }),
  );
}
