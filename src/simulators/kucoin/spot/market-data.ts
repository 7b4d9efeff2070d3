/**
 * KuCoin's public market data of spot over REST: pairs, tickers, books, trades, candles, figures of the day.
 *
 * Entry points: `spotMarketEndpoints`; `tickerJson`, `snapshotJson`, `bookLevels` and `candleRow` make the rows that streams have too. Sources: "Get All
 * Symbols", "Get Ticker", "Get All Tickers", "Get Part OrderBook", "Get Full OrderBook", "Get Trade History", "Get Klines" and "Get 24hr
 * Stats" of the documentation. Every figure is text.
 */
import { Decimal } from '../../../core/decimal.ts';
import type { BookLevel } from '../../exchange/event.ts';
import type { Exchange } from '../../exchange/exchange.ts';
import type { SymbolStatus } from '../../exchange/state.ts';
import type { Candle, MarketHistory } from '../../market/market-history.ts';
import { privateEndpoint, publicEndpoint, type Call, type Endpoint } from '../access.ts';
import { malformed } from '../errors.ts';
import { numeral } from '../exact-json.ts';
import { intervalNamed } from '../intervals.ts';
import { SPOT_LISTINGS, type SpotListing } from './instruments.ts';
import { tradeIdOf } from '../trade-ids.ts';
import type { Json } from './order-json.ts';
import { listingFrom } from './order-requests.ts';
import { symbolJson } from './symbols.ts';

export interface MarketSettings {
  readonly exchange: Exchange;
  readonly history: MarketHistory;
}

export function spotMarketEndpoints(settings: MarketSettings): Endpoint[] {
  const { exchange } = settings;
  const book = (depth: number) => (call: Call) => bookJson(exchange, call, depth);
  return [
    publicEndpoint('v2/symbols', 'other', 4, () =>
      SPOT_LISTINGS.flatMap((listing) => shown(exchange, listing)),
    ),
    publicEndpoint('v2/symbols/:symbol', 'other', 4, (call) =>
      symbolJson(listingFrom(call.parameters.parameters).symbol, true),
    ),
    publicEndpoint(
      'v1/market/orderbook/level1',
      'market_data',
      2,
      ({ parameters: { parameters }, at, clockMs }) => ({
        time: clockMs,
        ...tickerJson(settings, listingFrom(parameters), at),
      }),
    ),
    publicEndpoint('v1/market/allTickers', 'market_data', 15, ({ at, clockMs }) => ({
      time: clockMs,
      ticker: SPOT_LISTINGS.map((listing) => dayJson(settings, listing, at)),
    })),
    publicEndpoint('v1/market/orderbook/level2_20', 'market_data', 2, book(20)),
    publicEndpoint('v1/market/orderbook/level2_100', 'market_data', 4, book(100)),
    privateEndpoint('v3/market/orderbook/level2', 'market_data', ['spot', 3], book(5_000)),
    publicEndpoint('v1/market/histories', 'market_data', 3, ({ parameters: { parameters } }) => {
      const { unified } = listingFrom(parameters);
      return exchange.recentTrades(unified, 100).map((trade) => ({
        sequence: tradeIdOf({ symbol: unified, tradeId: trade.tradeId }),
        price: trade.price.toString(),
        size: trade.quantity.toString(),
        side: trade.takerSide,
        time: numeral(`${trade.at}000000`),
      }));
    }),
    publicEndpoint('v1/market/candles', 'market_data', 3, (call) => candles(settings, call)),
    publicEndpoint('v1/market/stats', 'market_data', 15, ({ parameters: { parameters }, at, clockMs }) => {
      const {
        symbolName: _name,
        bestBidSize: _bid,
        bestAskSize: _ask,
        ...figures
      } = dayJson(settings, listingFrom(parameters), at);
      return { time: clockMs, ...figures };
    }),
  ];
}

function shown(exchange: Exchange, { symbol, unified }: SpotListing): Json[] {
  const status = exchange.market(unified)?.status ?? 'trading';
  return status === 'settled' ? [] : [symbolJson(symbol, isTradable(status))];
}

function isTradable(status: SymbolStatus): boolean {
  return status === 'trading' || status === 'reduce_only';
}

/** Best prices with their sizes and the last trade; null where a side of the book is empty. */
export function tickerJson(
  { exchange, history }: MarketSettings,
  { unified }: SpotListing,
  at: number,
): Json {
  const top = exchange.book(unified, 1);
  const last = exchange.market(unified)?.lastPrice ?? Decimal.zero;
  return {
    sequence: String(top?.updateId ?? 0),
    price: last.toString(),
    size: (history.day(unified, at)?.lastQuantity ?? Decimal.zero).toString(),
    bestBid: top?.bids[0]?.[0].toString() ?? null,
    bestBidSize: top?.bids[0]?.[1].toString() ?? null,
    bestAsk: top?.asks[0]?.[0].toString() ?? null,
    bestAskSize: top?.asks[0]?.[1].toString() ?? null,
  };
}

/** The figures of a day. */
function dayJson({ exchange, history }: MarketSettings, { unified, id }: SpotListing, at: number): Json {
  const day = history.day(unified, at);
  const top = exchange.book(unified, 1);
  const last = exchange.market(unified)?.lastPrice ?? Decimal.zero;
  const open = day?.open ?? last;
  const change = last.subtract(open);
  const { fees } = exchange.policyOf('spot');
  return {
    symbol: id,
    symbolName: id,
    buy: top?.bids[0]?.[0].toString() ?? null,
    bestBidSize: top?.bids[0]?.[1].toString() ?? null,
    sell: top?.asks[0]?.[0].toString() ?? null,
    bestAskSize: top?.asks[0]?.[1].toString() ?? null,
    changeRate: open.isZero() ? '0' : change.divide(open, 4, 'half_even').toString(),
    changePrice: change.toString(),
    high: (day?.high ?? last).toString(),
    low: (day?.low ?? last).toString(),
    vol: (day?.volume ?? Decimal.zero).toString(),
    volValue: (day?.quoteVolume ?? Decimal.zero).toString(),
    last: last.toString(),
    averagePrice: last.toString(),
    takerFeeRate: fees.taker.toString(),
    makerFeeRate: fees.maker.toString(),
    takerCoefficient: '1',
    makerCoefficient: '1',
  };
}

/** A pair as its snapshot topic shows it. */
export function snapshotJson(settings: MarketSettings, listing: SpotListing, at: number): Json {
  const { symbol, unified, id } = listing;
  const day = dayJson(settings, listing, at);
  const top = settings.exchange.book(unified, 1);
  const number = (name: string): unknown => {
    const value = day[name];
    return typeof value === 'string' ? numeral(value) : null;
  };
  return {
    sequence: top?.updateId ?? 0,
    symbol: id,
    symbolCode: id,
    baseCurrency: symbol.base,
    quoteCurrency: symbol.quote,
    market: 'USDS',
    markets: ['USDS'],
    board: 1,
    mark: 0,
    sort: 100,
    trading: isTradable(settings.exchange.market(unified)?.status ?? 'trading'),
    marginTrade: true,
    siteTypes: ['global'],
    buy: number('buy'),
    bidSize: number('bestBidSize'),
    sell: number('sell'),
    askSize: number('bestAskSize'),
    changePrice: number('changePrice'),
    changeRate: number('changeRate'),
    open: numeral((settings.history.day(unified, at)?.open ?? symbol.startPrice).toString()),
    close: number('last'),
    high: number('high'),
    low: number('low'),
    averagePrice: number('averagePrice'),
    lastTradedPrice: number('last'),
    vol: number('vol'),
    volValue: number('volValue'),
    makerFeeRate: number('makerFeeRate'),
    takerFeeRate: number('takerFeeRate'),
    makerCoefficient: 1,
    takerCoefficient: 1,
  };
}

export function bookLevels(levels: Iterable<BookLevel>): string[][] {
  return Array.from(levels, ([price, size]) => [price.toString(), size.toString()]);
}

function bookJson(exchange: Exchange, { parameters: { parameters }, clockMs }: Call, depth: number): Json {
  const book = exchange.book(listingFrom(parameters).unified, depth);
  return {
    time: clockMs,
    sequence: String(book?.updateId ?? 0),
    bids: bookLevels(book?.bids ?? []),
    asks: bookLevels(book?.asks ?? []),
  };
}

/** "at most 1500 pieces of data", newest first; times are in seconds. */
const MOST_CANDLES = 1_500;

function candles({ history }: MarketSettings, { parameters: { parameters }, at }: Call): unknown {
  const { unified } = listingFrom(parameters);
  const interval = intervalNamed(parameters.required('type'));
  if (interval === undefined) throw malformed('type');
  const startAt = parameters.optionalInteger('startAt') ?? 0;
  const endAt = parameters.optionalInteger('endAt') ?? 0;
  const endMs = endAt === 0 ? at : Math.min(at, endAt * 1_000 - 1);
  return history
    .candles(unified, interval, { limit: MOST_CANDLES, endMs }, at)
    .filter(({ openAt }) => openAt >= startAt * 1_000)
    .map(candleRow)
    .reverse();
}

/** Time in seconds, open, close, high, low, volume, turnover. */
export function candleRow(candle: Candle): string[] {
  const { open, close, high, low, volume, quoteVolume } = candle;
  return [
    String(candle.openAt / 1_000),
    ...[open, close, high, low, volume, quoteVolume].map((figure) => figure.toString()),
  ];
}
