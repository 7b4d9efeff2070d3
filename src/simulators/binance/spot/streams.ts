/**
 * Spot market streams: trade, aggTrade, kline, tickers of the day and of windows, bookTicker, partial and diff depth, avgPrice.
 *
 * Entry point: `spotTopic` gives the behaviour of a stream name. The part shared with futures is in ../market-topics.ts.
 * Source: web-socket-streams.md of binance-spot-api-docs.
 */
import type { Exchange } from '../../exchange/exchange.ts';
import type { MarketHistory } from '../../market/market-history.ts';
import type { Listing } from '../listing.ts';
import { aggregateTradeJson, bestOf, depthJson, levelsJson } from '../market-data.ts';
import type { Topic } from '../../wire/topics.ts';
import { depthTopic, tradeTopic } from '../../market/market-topics.ts';
import { bestFields, bookTickerTopic, klineTopic, miniTicker, ticker, tradeJson } from '../market-topics.ts';
import type { AveragePrices } from './average-price.ts';
import { SPOT_LISTINGS, spotListing } from './instruments.ts';
import { changedTickers, windowTickerTopic } from './window-tickers.ts';

export type SpotTopicSettings = {
  readonly exchange: Exchange;
  readonly history: MarketHistory;
  readonly averagePrices: AveragePrices;
};

const SECOND_MS = 1000;

/** The behaviour of a stream name such as `btcusdt@depth@100ms`; undefined for an unknown one. */
export function spotTopic(settings: SpotTopicSettings, name: string): Topic | undefined {
  const { exchange, history } = settings;
  const mini = (listing: Listing, nowMs: number): unknown => miniTicker(history, listing, nowMs);
  const full = (listing: Listing, nowMs: number): unknown =>
    ticker(history, listing, nowMs, bestOf(exchange, listing));
  const lastTradeOf = (listing: Listing): unknown => exchange.recentTrades(listing.unified, 1)[0]?.tradeId;
  const changed = (show: typeof mini): Topic => changedTickers(SPOT_LISTINGS, SECOND_MS, show, lastTradeOf);
  const [, all = ''] = /^!([A-Za-z0-9_]+)@arr(?:@1000ms)?$/.exec(name) ?? [];
  if (all === 'miniTicker') return changed(mini);
  if (all === 'ticker') return changed(full);
  if (all.startsWith('ticker_')) {
    const windowed = windowTickerTopic(history, all.slice('ticker_'.length));
    return windowed === undefined ? undefined : changed(windowed);
  }
  const [lowerId = '', stream = '', speed] = name.split('@');
  if (lowerId !== lowerId.toLowerCase()) return undefined;
  const listing = spotListing(lowerId.toUpperCase());
  if (listing === undefined) return undefined;
  if (stream.startsWith('kline_'))
    return klineTopic(history, listing, stream.slice('kline_'.length), SECOND_MS);
  if (stream.startsWith('ticker_')) {
    const windowed = windowTickerTopic(history, stream.slice('ticker_'.length));
    return windowed === undefined
      ? undefined
      : { everyMs: SECOND_MS, onTick: (nowMs) => windowed(listing, nowMs) };
  }
  const depth = /^depth(5|10|20)?$/.exec(stream);
  if (depth !== null) {
    const everyMs = speed === '100ms' ? 100 : SECOND_MS;
    const [, levels] = depth;
    return levels === undefined
      ? changedDepth(listing, everyMs)
      : { everyMs, onTick: () => depthJson(exchange, listing, Number(levels)) };
  }
  switch (stream) {
    case 'trade':
      return tradeTopic(listing.unified, (event) => ({ ...tradeJson(listing, event), M: true }));
    case 'aggTrade':
      return tradeTopic(listing.unified, (event) => ({
        e: 'aggTrade',
        E: event.at,
        s: listing.id,
        ...aggregateTradeJson(listing, event),
        M: true,
      }));
    case 'ticker':
      return { everyMs: SECOND_MS, onTick: (nowMs) => full(listing, nowMs) };
    case 'miniTicker':
      return { everyMs: SECOND_MS, onTick: (nowMs) => mini(listing, nowMs) };
    case 'bookTicker':
      return bookTickerTopic(exchange, [listing], ({ id }, best) => ({
        u: best.updateId,
        s: id,
        ...bestFields(best),
      }));
    case 'avgPrice':
      return { everyMs: SECOND_MS, onTick: (nowMs) => averagePrice(settings, listing, nowMs) };
    default:
      return undefined;
  }
}

function averagePrice({ averagePrices }: SpotTopicSettings, listing: Listing, nowMs: number): unknown {
  const average = averagePrices.of(listing.unified, nowMs);
  return {
    e: 'avgPrice',
    E: nowMs,
    s: listing.id,
    i: '5m',
    w: listing.price(average.price),
    T: average.closeTimeMs,
  };
}

function changedDepth(listing: Listing, everyMs: number): Topic {
  return depthTopic(listing.unified, everyMs, (changes, nowMs) => ({
    e: 'depthUpdate',
    E: nowMs,
    s: listing.id,
    U: changes.first,
    u: changes.last,
    b: levelsJson(listing, changes.bids.values()),
    a: levelsJson(listing, changes.asks.values()),
  }));
}
