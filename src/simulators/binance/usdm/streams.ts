/**
 * USD-M market streams: aggTrade, trade, markPrice, kline, continuousKline, ticker, miniTicker, bookTicker, forceOrder, contractInfo, partial
 * and diff depth, and the book with the orders of retail price improvement, of which there are none here.
 *
 * Entry point: `usdmTopic` gives the behaviour of a stream name. The part shared with spot is in ../market-topics.ts.
 * Source: "Websocket Market Streams" of the USD-M futures documentation.
 */
import type { TradeEvent } from '../../exchange/event.ts';
import type { Exchange } from '../../exchange/exchange.ts';
import { averagePriceOf } from '../../exchange/order.ts';
import type { SymbolStatus } from '../../exchange/state.ts';
import type { MarketHistory } from '../../market/market-history.ts';
import { fixed } from '../../wire/figures.ts';
import type { Listing } from '../listing.ts';
import { aggregateTradeJson, levelsJson } from '../market-data.ts';
import type { Topic } from '../../wire/topics.ts';
import { depthTopic, tradeTopic } from '../../market/market-topics.ts';
import {
  allOf,
  bestFields,
  bookTickerTopic,
  klineTopic,
  miniTicker,
  ticker,
  tradeJson,
} from '../market-topics.ts';
import { sideName, statusName } from '../order-words.ts';
import { unifiedUsdmSymbol, USDM_LISTINGS, usdmListing } from './instruments.ts';
import { isLiquidation } from './order-json.ts';
import { contractInformation, USDM_SYMBOLS, type UsdmSymbol } from './symbols.ts';

export type UsdmTopicSettings = { readonly exchange: Exchange; readonly history: MarketHistory };

type Show = (listing: Listing, nowMs: number) => unknown;

const KLINE_EVERY_MS = 250;
const TICKER_EVERY_MS = 2000;
const ALL_TICKERS_EVERY_MS = 1000;
const RPI_DEPTH_EVERY_MS = 500;
const CONTRACT_INFO_EVERY_MS = 100;
/** At most one liquidation of a symbol is shown in so long. */
const FORCED_ORDER_EVERY_MS = 1000;

/** The behaviour of a stream name such as `btcusdt@markPrice@1s`; undefined for an unknown one. */
export function usdmTopic({ exchange, history }: UsdmTopicSettings, name: string): Topic | undefined {
  const mini: Show = (listing, nowMs) => miniTicker(history, listing, nowMs);
  const full: Show = (listing, nowMs) => ticker(history, listing, nowMs, null);
  const mark: Show = (listing, nowMs) => markPrice(exchange, listing, nowMs);
  const [target = '', stream = '', speed] = name.split('@');
  const markEveryMs = speed === '1s' ? 1000 : 3000;
  if (target === '!miniTicker') return allOf(USDM_LISTINGS, ALL_TICKERS_EVERY_MS, mini);
  if (target === '!ticker') return allOf(USDM_LISTINGS, ALL_TICKERS_EVERY_MS, full);
  if (target === '!markPrice') return allOf(USDM_LISTINGS, markEveryMs, mark);
  if (target === '!bookTicker') return bestTopic(exchange, USDM_LISTINGS);
  if (name === '!contractInfo') return contractInfoTopic(exchange);
  if (target === '!forceOrder') return forcedOrderTopic(USDM_LISTINGS);
  if (target !== target.toLowerCase()) return undefined;
  if (stream.startsWith('continuousKline_'))
    return continuousKlineTopic(history, target, stream.slice('continuousKline_'.length));
  const listing = usdmListing(target.toUpperCase());
  if (listing === undefined) return undefined;
  if (stream.startsWith('kline_'))
    return klineTopic(history, listing, stream.slice('kline_'.length), KLINE_EVERY_MS);
  const depth = /^depth(5|10|20)?$/.exec(stream);
  if (depth !== null) {
    const everyMs = speed === '100ms' ? 100 : speed === '500ms' ? 500 : 250;
    const [, levels] = depth;
    return changedDepth(exchange, listing, everyMs, levels === undefined ? null : Number(levels));
  }
  switch (stream) {
    case 'trade':
      return tradeTopic(listing.unified, (event) => trade(listing, event));
    case 'aggTrade':
      return tradeTopic(listing.unified, (event) => aggregate(listing, event));
    case 'markPrice':
      return { everyMs: markEveryMs, onTick: (nowMs) => mark(listing, nowMs) };
    case 'ticker':
      return { everyMs: TICKER_EVERY_MS, onTick: (nowMs) => full(listing, nowMs) };
    case 'miniTicker':
      return { everyMs: TICKER_EVERY_MS, onTick: (nowMs) => mini(listing, nowMs) };
    case 'bookTicker':
      return bestTopic(exchange, [listing]);
    case 'forceOrder':
      return forcedOrderTopic([listing]);
    case 'rpiDepth':
      return changedDepth(exchange, listing, RPI_DEPTH_EVERY_MS, null);
    default:
      return undefined;
  }
}

function trade(listing: Listing, event: TradeEvent): unknown {
  const { e, E, T, m, ...rest } = tradeJson(listing, event);
  return { e, E, T, ...rest, X: 'MARKET', m };
}

function aggregate(listing: Listing, event: TradeEvent): unknown {
  const { a, p, q, ...rest } = aggregateTradeJson(listing, event);
  return { e: 'aggTrade', E: event.at, s: listing.id, a, p, q, nq: q, ...rest };
}

function markPrice(exchange: Exchange, listing: Listing, nowMs: number): unknown {
  const market = exchange.market(listing.unified);
  if (market === null) return undefined;
  const mark = fixed(market.markPrice, 8);
  return {
    e: 'markPriceUpdate',
    E: nowMs,
    s: listing.id,
    p: mark,
    i: fixed(market.indexPrice, 8),
    P: mark,
    r: fixed(market.fundingRate, 8),
    T: market.nextFundingAt,
  };
}

const PERPETUAL_SUFFIX = '_perpetual';

/** Candles of a pair's contract of one kind; perpetuals alone are listed here. `target`: `btcusdt_perpetual`. */
function continuousKlineTopic(history: MarketHistory, target: string, interval: string): Topic | undefined {
  if (!target.endsWith(PERPETUAL_SUFFIX)) return undefined;
  const listing = usdmListing(target.slice(0, -PERPETUAL_SUFFIX.length).toUpperCase());
  if (listing === undefined) return undefined;
  const klines = klineTopic(history, listing, interval, KLINE_EVERY_MS);
  if (klines === undefined) return undefined;
  return {
    ...klines,
    onTick: (nowMs) => {
      const kline = klines.onTick(nowMs);
      if (kline === undefined) return undefined;
      const { s: _symbol, ...candle } = kline.k;
      return { e: 'continuous_kline', E: nowMs, ps: listing.id, ct: 'PERPETUAL', k: candle };
    },
  };
}

/** The contracts whose status changed, one in each message and the first of the list first. */
function contractInfoTopic(exchange: Exchange): Topic {
  const statusOf = (symbol: UsdmSymbol): SymbolStatus =>
    exchange.market(unifiedUsdmSymbol(symbol))?.status ?? 'trading';
  const shown = new Map(USDM_SYMBOLS.map((symbol) => [symbol, statusOf(symbol)]));
  return {
    everyMs: CONTRACT_INFO_EVERY_MS,
    onTick: (nowMs) => {
      for (const [symbol, before] of shown) {
        const status = statusOf(symbol);
        if (status === before) continue;
        shown.set(symbol, status);
        return { e: 'contractInfo', E: nowMs, ...contractInformation(symbol, status) };
      }
      return undefined;
    },
  };
}

/** The orders by which the venue closes positions. */
function forcedOrderTopic(listings: readonly Listing[]): Topic {
  const byUnified = new Map(listings.map((listing) => [listing.unified, listing]));
  const shownAt = new Map<string, number>();
  return {
    onEvent: (event) => {
      if (event.kind !== 'order' || event.fill === null || !isLiquidation(event.order)) return undefined;
      const { order, fill } = event;
      const listing = byUnified.get(order.symbol);
      if (listing === undefined || event.at < (shownAt.get(listing.id) ?? 0) + FORCED_ORDER_EVERY_MS)
        return undefined;
      shownAt.set(listing.id, event.at);
      return {
        e: 'forceOrder',
        E: event.at,
        o: {
          s: listing.id,
          S: sideName(order),
          o: 'LIMIT',
          f: 'IOC',
          q: listing.quantity(order.quantity),
          p: listing.price(order.price ?? fill.price),
          ap: listing.price(averagePriceOf(order, AVERAGE_SCALE) ?? fill.price),
          X: statusName(order),
          l: listing.quantity(fill.quantity),
          z: listing.quantity(order.filled),
          T: event.at,
        },
      };
    },
  };
}

/** Digits that an average price is computed to before it is printed. */
const AVERAGE_SCALE = 8;

function bestTopic(exchange: Exchange, listings: readonly Listing[]): Topic {
  return bookTickerTopic(exchange, listings, ({ id }, best, at) => ({
    e: 'bookTicker',
    u: best.updateId,
    E: at,
    T: at,
    s: id,
    ...bestFields(best),
  }));
}

/** `levels` null sends the changes, else the best so many of each side whenever something changed. */
function changedDepth(exchange: Exchange, listing: Listing, everyMs: number, levels: number | null): Topic {
  let before = 0;
  return depthTopic(listing.unified, everyMs, (changes, nowMs) => {
    const book = levels === null ? null : exchange.book(listing.unified, levels);
    const message = {
      e: 'depthUpdate',
      E: nowMs,
      T: nowMs,
      s: listing.id,
      U: changes.first,
      u: changes.last,
      pu: before === 0 ? changes.first - 1 : before,
      b: levelsJson(listing, book?.bids ?? changes.bids.values()),
      a: levelsJson(listing, book?.asks ?? changes.asks.values()),
    };
    before = changes.last;
    return message;
  });
}
