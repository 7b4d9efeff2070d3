/**
 * The pushes of MEXC's public channels of contracts: tickers, deals, books and their changes, candles, fair and index prices, funding rates.
 *
 * Entry points: `marketTopic`, `topicName`. A payload is the message's text, made once for all who listen. Source: "Public Channels" of the
 * contract documentation; deals come as a list since 2025 (a fixture of JKorf/Mexc.Net, recorded 2025-11-20).
 */
import { Decimal } from '../../../core/decimal.ts';
import { candleTopic, depthTopic, tradeTopic } from '../../market/market-topics.ts';
import type { Topic } from '../../wire/topics.ts';
import { jsonText } from '../bare-figures.ts';
import { intervalNamed } from '../intervals.ts';
import { contractNamed, type ContractListing } from './instruments.ts';
import { bookJson, dealJson, tickerJson, tickersJson, type FuturesMarketSettings } from './market-data.ts';

/** "send once a second after subscription". */
const TICKER_EVERY_MS = 1_000;
const DEPTH_EVERY_MS = 200;
const PRICE_EVERY_MS = 500;
const KLINE_EVERY_MS = 1_000;
const DEPTHS: ReadonlySet<number> = new Set([5, 10, 20]);

/** The parameters of a subscription as one name, from which `marketTopic` opens the topic. */
export function topicName(channel: string, parameters: Readonly<Record<string, unknown>>): string {
  const { symbol, limit, interval } = parameters;
  return [channel, wordOf(symbol), wordOf(limit ?? interval)].join(' ');
}

function wordOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

/** The topic of a name; undefined where the venue has none. */
export function marketTopic(settings: FuturesMarketSettings, name: string): Topic | undefined {
  const [channel = '', symbol = '', more = ''] = name.split(' ');
  if (channel === 'tickers') return tickers(settings);
  const listing = contractNamed(symbol);
  if (listing === undefined) return undefined;
  const timed = (everyMs: number, data: (nowMs: number) => unknown): Topic =>
    changed(channel, listing, everyMs, data);
  const market = (): ReturnType<typeof settings.exchange.market> => settings.exchange.market(listing.unified);
  switch (channel) {
    case 'ticker':
      return timed(TICKER_EVERY_MS, (nowMs) => tickerJson(settings, listing, nowMs));
    case 'deal':
      return tradeTopic(listing.unified, (event) => message(channel, listing, [dealJson(event)], event.at));
    case 'depth':
      return depthTopic(listing.unified, DEPTH_EVERY_MS, (changes, nowMs) => {
        const { asks, bids, first, last } = changes;
        const data = { ...bookJson(asks.values(), bids.values(), last), begin: first, end: last };
        return message(channel, listing, data, nowMs);
      });
    case 'depth.full':
      return fullDepth(settings, listing, more === '' ? 20 : Number(more));
    case 'kline':
      return klines(settings, listing, more);
    case 'fair.price':
      return timed(PRICE_EVERY_MS, () => ({ price: market()?.markPrice, symbol: listing.id }));
    case 'index.price':
      return timed(PRICE_EVERY_MS, () => ({ price: market()?.indexPrice, symbol: listing.id }));
    case 'funding.rate':
      return timed(TICKER_EVERY_MS, () => ({
        rate: market()?.fundingRate,
        symbol: listing.id,
        nextSettleTime: market()?.nextFundingAt,
      }));
    default:
      return undefined;
  }
}

function message(channel: string, { id }: ContractListing, data: unknown, ts: number): string {
  return jsonText({ channel: `push.${channel}`, data, symbol: id, ts });
}

/** Sent when anything but its time changed. */
function changed(
  channel: string,
  listing: ContractListing,
  everyMs: number,
  data: (nowMs: number) => unknown,
): Topic {
  let shown = '';
  return {
    everyMs,
    onTick: (nowMs) => {
      const now = data(nowMs);
      const text = jsonText(typeof now === 'object' ? { ...now, timestamp: undefined } : now);
      if (text === shown) return undefined;
      shown = text;
      return message(channel, listing, now, nowMs);
    },
  };
}

function tickers(settings: FuturesMarketSettings): Topic {
  return {
    everyMs: TICKER_EVERY_MS,
    onTick: (nowMs) =>
      jsonText({
        channel: 'push.tickers',
        data: tickersJson(settings, nowMs),
        ts: nowMs,
      }),
  };
}

function fullDepth(
  { exchange }: FuturesMarketSettings,
  listing: ContractListing,
  limit: number,
): Topic | undefined {
  if (!DEPTHS.has(limit)) return undefined;
  let version = -1;
  return {
    everyMs: DEPTH_EVERY_MS,
    onTick: (nowMs) => {
      const book = exchange.book(listing.unified, limit);
      if (book === null || book.updateId === version) return undefined;
      version = book.updateId;
      return message('depth.full', listing, bookJson(book.asks, book.bids, version), nowMs);
    },
  };
}

function klines(
  { history }: FuturesMarketSettings,
  listing: ContractListing,
  name: string,
): Topic | undefined {
  const interval = intervalNamed(name);
  if (interval === undefined) return undefined;
  return candleTopic(history, listing.unified, interval, KLINE_EVERY_MS, (candle, _isClosed, nowMs) => {
    const data = {
      a: candle.quoteVolume.divide(Decimal.one, 8, 'down'),
      c: candle.close,
      h: candle.high,
      interval: name,
      l: candle.low,
      o: candle.open,
      q: candle.volume,
      symbol: listing.id,
      t: Math.floor(candle.openAt / 1_000),
    };
    return message('kline', listing, data, nowMs);
  });
}
