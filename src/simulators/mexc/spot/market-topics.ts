/**
 * The pushes of MEXC's public spot channels: deals, candles, changes of a book, its best levels, best bid and ask.
 *
 * Entry point: `marketTopic`. A payload is the frame in base64, made once for all who listen. Source: "Trade Streams", "K-line Streams",
 * "Diff.Depth Stream", "Partial Book Depth Streams", "Individual Symbol Book Ticker Streams" and its batch form of the spot v3 documentation.
 */
import { Decimal } from '../../../core/decimal.ts';
import type { BookLevel } from '../../exchange/event.ts';
import { candleTopic, depthTopic, tradeTopic } from '../../market/market-topics.ts';
import type { Topic } from '../../wire/topics.ts';
import { intervalNamed } from '../intervals.ts';
import { spotListingNamed, type SpotListing } from './instruments.ts';
import { bestJson, type SpotMarketSettings } from './market-data.ts';
import { sideNumber } from './order-words.ts';
import { pushBytes, type Push } from './push-messages.ts';

/** `10ms` is served as often as the clock of the topics ticks. */
const SPEEDS_MS: Readonly<Record<string, number>> = { '100ms': 100, '10ms': 50 };
const KLINE_EVERY_MS = 1_000;
const DEPTH_EVERY_MS = 200;
const DEPTHS: ReadonlySet<string> = new Set(['5', '10', '20']);

/** The topic of a channel, such as `spot@public.aggre.deals.v3.api.pb@100ms@BTCUSDT`; undefined where the venue has none. */
export function marketTopic(settings: SpotMarketSettings, channel: string): Topic | undefined {
  const [product, kind, ...rest] = channel.split('@');
  if (product !== 'spot') return undefined;
  switch (kind) {
    case 'public.aggre.deals.v3.api.pb':
      return withSpeed(rest, (listing) => deals(listing, channel));
    case 'public.aggre.depth.v3.api.pb':
      return withSpeed(rest, (listing, everyMs) => depthChanges(listing, channel, everyMs));
    case 'public.aggre.bookTicker.v3.api.pb':
      return withSpeed(rest, (listing, everyMs) =>
        best(settings, listing, everyMs, (message, nowMs) => ({
          ...head(channel, listing, nowMs),
          publicAggreBookTicker: message,
        })),
      );
    case 'public.bookTicker.batch.v3.api.pb':
      return ofSymbol(rest[0], (listing) =>
        best(settings, listing, DEPTH_EVERY_MS, (message, nowMs) => ({
          ...head(channel, listing, nowMs),
          publicBookTickerBatch: { items: [message] },
        })),
      );
    case 'public.limit.depth.v3.api.pb':
      return ofSymbol(rest[0], (listing) => limitDepth(settings, listing, channel, rest[1] ?? ''));
    case 'public.kline.v3.api.pb':
      return ofSymbol(rest[0], (listing) => klines(settings, listing, channel, rest[1] ?? ''));
    default:
      return undefined;
  }
}

function ofSymbol(
  name: string | undefined,
  make: (listing: SpotListing) => Topic | undefined,
): Topic | undefined {
  const listing = spotListingNamed(name ?? '');
  return listing === undefined ? undefined : make(listing);
}

function withSpeed(
  [speed, symbol]: readonly string[],
  make: (listing: SpotListing, everyMs: number) => Topic,
): Topic | undefined {
  const everyMs = SPEEDS_MS[speed ?? ''];
  return everyMs === undefined ? undefined : ofSymbol(symbol, (listing) => make(listing, everyMs));
}

function head(channel: string, { id }: SpotListing, sendTime: number): Push {
  return { channel, symbol: id, sendTime };
}

function frame(push: Push): string {
  return Buffer.from(pushBytes(push)).toString('base64');
}

/** The channel without its symbol, as messages repeat it. */
function eventType(channel: string): string {
  return channel.slice(0, channel.lastIndexOf('@'));
}

function deals(listing: SpotListing, channel: string): Topic {
  return tradeTopic(listing.unified, (event) =>
    frame({
      ...head(channel, listing, event.at),
      publicAggreDeals: {
        deals: [
          {
            price: listing.price(event.price),
            quantity: listing.quantity(event.quantity),
            tradeType: sideNumber(event.takerSide),
            time: event.at,
          },
        ],
        eventType: eventType(channel),
      },
    }),
  );
}

function levels({ price, quantity }: SpotListing, of: Iterable<BookLevel>): Record<string, string>[] {
  return Array.from(of, ([at, size]) => ({ price: price(at), quantity: quantity(size) }));
}

function depthChanges(listing: SpotListing, channel: string, everyMs: number): Topic {
  return depthTopic(listing.unified, everyMs, (changes, nowMs) =>
    frame({
      ...head(channel, listing, nowMs),
      publicAggreDepths: {
        asks: levels(listing, changes.asks.values()),
        bids: levels(listing, changes.bids.values()),
        eventType: eventType(channel),
        fromVersion: String(changes.first),
        toVersion: String(changes.last),
      },
    }),
  );
}

/** Sent when it changed. */
function best(
  { exchange }: SpotMarketSettings,
  listing: SpotListing,
  everyMs: number,
  push: (message: Record<string, string>, nowMs: number) => Push,
): Topic {
  let shown = '';
  return {
    everyMs,
    onTick: (nowMs) => {
      const { bidPrice = '', bidQty = '', askPrice = '', askQty = '' } = bestJson(exchange, listing);
      const now = [bidPrice, bidQty, askPrice, askQty].join(' ');
      if (now === shown) return undefined;
      shown = now;
      return frame(push({ bidPrice, bidQuantity: bidQty, askPrice, askQuantity: askQty }, nowMs));
    },
  };
}

function limitDepth(
  { exchange }: SpotMarketSettings,
  listing: SpotListing,
  channel: string,
  depth: string,
): Topic | undefined {
  if (!DEPTHS.has(depth)) return undefined;
  let version = -1;
  return {
    everyMs: DEPTH_EVERY_MS,
    onTick: (nowMs) => {
      const book = exchange.book(listing.unified, Number(depth));
      if (book === null || book.updateId === version) return undefined;
      version = book.updateId;
      return frame({
        ...head(channel, listing, nowMs),
        publicLimitDepths: {
          asks: levels(listing, book.asks),
          bids: levels(listing, book.bids),
          eventType: 'spot@public.limit.depth.v3.api.pb',
          version: String(version),
        },
      });
    },
  };
}

function klines(
  { history }: SpotMarketSettings,
  listing: SpotListing,
  channel: string,
  name: string,
): Topic | undefined {
  const interval = intervalNamed(name);
  if (interval === undefined) return undefined;
  return candleTopic(history, listing.unified, interval, KLINE_EVERY_MS, (candle, _isClosed, nowMs) =>
    frame({
      ...head(channel, listing, nowMs),
      createTime: nowMs,
      publicSpotKline: {
        interval: name,
        windowStart: Math.floor(candle.openAt / 1_000),
        openingPrice: listing.price(candle.open),
        closingPrice: listing.price(candle.close),
        highestPrice: listing.price(candle.high),
        lowestPrice: listing.price(candle.low),
        volume: listing.quantity(candle.volume),
        amount: candle.quoteVolume.divide(Decimal.one, 8, 'down').toString(),
        windowEnd: Math.floor((candle.closeAt + 1) / 1_000),
      },
    }),
  );
}
