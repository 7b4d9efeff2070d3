/**
 * MEXC's public spot market data over REST: time, symbols, books, trades, candles, figures of the day.
 *
 * Entry point: `marketEndpoints`. Source: "Market Data Endpoints" of the spot v3 documentation.
 */
import { Decimal } from '../../../core/decimal.ts';
import type { BookLevel } from '../../exchange/event.ts';
import type { Exchange } from '../../exchange/exchange.ts';
import type { PublicTrade } from '../../exchange/views.ts';
import type { MarketHistory } from '../../market/market-history.ts';
import { spotInterval } from '../intervals.ts';
import { marketEndpoint, publicEndpoint, type Call, type Endpoint } from './access.ts';
import { apiSymbols } from './account.ts';
import { malformed } from './errors.ts';
import { SPOT_LISTINGS, type SpotListing } from './instruments.ts';
import type { Json } from './order-json.ts';
import { listingFrom, listingNamedBy, readLimit, type Parameters } from './parameters.ts';
import { symbolJson } from './symbols.ts';

export interface SpotMarketSettings {
  readonly exchange: Exchange;
  readonly history: MarketHistory;
}

export function marketEndpoints(settings: SpotMarketSettings): Endpoint[] {
  const { exchange } = settings;
  return [
    publicEndpoint('/api/v3/ping', () => ({})),
    publicEndpoint('/api/v3/time', ({ clockMs }) => ({ serverTime: clockMs })),
    publicEndpoint('/api/v3/defaultSymbols', () => ({ code: 200, data: apiSymbols(), msg: null })),
    publicEndpoint('/api/v3/exchangeInfo', ({ parameters, clockMs }) => ({
      timezone: 'CST',
      serverTime: clockMs,
      rateLimits: [],
      exchangeFilters: [],
      symbols: askedFor(parameters).map(({ symbol, unified }) =>
        symbolJson(symbol, exchange.market(unified)?.status ?? 'trading'),
      ),
    })),
    marketEndpoint('/api/v3/depth', ({ parameters }) => {
      const listing = listingFrom(parameters);
      const book = exchange.book(listing.unified, readLimit(parameters, 100, 5000));
      return {
        lastUpdateId: book?.updateId ?? 0,
        bids: levelsJson(listing, book?.bids ?? []),
        asks: levelsJson(listing, book?.asks ?? []),
      };
    }),
    marketEndpoint('/api/v3/trades', ({ parameters }) => {
      const listing = listingFrom(parameters);
      return latest(exchange, listing, parameters).map((trade) => tradeJson(listing, trade));
    }),
    marketEndpoint('/api/v3/aggTrades', ({ parameters }) => {
      const listing = listingFrom(parameters);
      return latest(exchange, listing, parameters).map((trade) => ({
        a: null,
        f: null,
        l: null,
        p: listing.price(trade.price),
        q: listing.quantity(trade.quantity),
        T: trade.at,
        m: trade.takerSide === 'sell',
        M: true,
      }));
    }),
    marketEndpoint('/api/v3/klines', (call) => candles(settings, call)),
    marketEndpoint('/api/v3/ticker/24hr', ({ parameters, at }) =>
      oneOrAll(parameters, (listing) => dayJson(settings, listing, at)),
    ),
    priceEndpoint('/api/v3/avgPrice', ({ parameters }) => {
      const listing = listingFrom(parameters);
      return { mins: 5, price: listing.price(lastPrice(exchange, listing)) };
    }),
    priceEndpoint('/api/v3/ticker/price', ({ parameters }) =>
      oneOrAll(parameters, (listing) => ({
        symbol: listing.id,
        price: listing.price(lastPrice(exchange, listing)),
      })),
    ),
    priceEndpoint('/api/v3/ticker/bookTicker', ({ parameters }) =>
      oneOrAll(parameters, (listing) => ({ symbol: listing.id, ...bestJson(exchange, listing) })),
    ),
  ];
}

function priceEndpoint(path: string, answer: (call: Call) => unknown): Endpoint {
  return { ...publicEndpoint(path, answer), route: 'prices' };
}

/** `symbol`, or several in `symbols`; without either all. */
function askedFor(parameters: Parameters): readonly SpotListing[] {
  const symbols = parameters.optional('symbols');
  if (symbols !== undefined) return symbols.split(',').map(listingNamedBy);
  return parameters.has('symbol') ? [listingFrom(parameters)] : SPOT_LISTINGS;
}

/** An object for a symbol that is named, else a list of all. */
function oneOrAll(parameters: Parameters, show: (listing: SpotListing) => Json): unknown {
  return parameters.has('symbol') ? show(listingFrom(parameters)) : askedFor(parameters).map(show);
}

export function levelsJson(listing: SpotListing, levels: Iterable<BookLevel>): [string, string][] {
  return Array.from(levels, ([price, quantity]) => [listing.price(price), listing.quantity(quantity)]);
}

/** The best of both sides; empty texts where a side is empty. */
export function bestJson(
  exchange: Exchange,
  { unified, price, quantity }: SpotListing,
): Record<string, string> {
  const book = exchange.book(unified, 1);
  const [bid, ask] = [book?.bids[0], book?.asks[0]];
  return {
    bidPrice: bid === undefined ? '' : price(bid[0]),
    bidQty: bid === undefined ? '' : quantity(bid[1]),
    askPrice: ask === undefined ? '' : price(ask[0]),
    askQty: ask === undefined ? '' : quantity(ask[1]),
  };
}

function lastPrice(exchange: Exchange, { unified, symbol }: SpotListing): Decimal {
  return exchange.market(unified)?.lastPrice ?? symbol.startPrice;
}

/** Newest first. */
function latest(
  exchange: Exchange,
  { unified }: SpotListing,
  parameters: Parameters,
): readonly PublicTrade[] {
  return exchange.recentTrades(unified, readLimit(parameters, 500, 1000)).toReversed();
}

function tradeJson({ price, quantity }: SpotListing, trade: PublicTrade): Json {
  return {
    id: null,
    price: price(trade.price),
    qty: quantity(trade.quantity),
    quoteQty: trade.price.multiply(trade.quantity).toString(),
    time: trade.at,
    isBuyerMaker: trade.takerSide === 'sell',
    isBestMatch: true,
  };
}

function candles({ history }: SpotMarketSettings, { parameters, at }: Call): unknown {
  const listing = listingFrom(parameters);
  const interval = spotInterval(parameters.required('interval'));
  if (interval === undefined) throw malformed('interval');
  const query = {
    startMs: parameters.optionalInteger('startTime'),
    endMs: parameters.optionalInteger('endTime'),
    limit: readLimit(parameters, 500, 1000),
  };
  return history
    .candles(listing.unified, interval, query, at)
    .map((candle) => [
      candle.openAt,
      listing.price(candle.open),
      listing.price(candle.high),
      listing.price(candle.low),
      listing.price(candle.close),
      listing.quantity(candle.volume),
      candle.closeAt + 1,
      candle.quoteVolume.divide(Decimal.one, 8, 'down').toString(),
    ]);
}

function dayJson({ exchange, history }: SpotMarketSettings, listing: SpotListing, at: number): Json {
  const day = history.day(listing.unified, at);
  const last = day?.last ?? lastPrice(exchange, listing);
  const open = day?.open ?? last;
  const change = last.subtract(open);
  return {
    symbol: listing.id,
    priceChange: listing.price(change),
    // A fraction, whatever its name says.
    priceChangePercent: open.isZero() ? '0' : change.divide(open, 8, 'half_even').toString(),
    prevClosePrice: listing.price(open),
    lastPrice: listing.price(last),
    ...bestJson(exchange, listing),
    openPrice: listing.price(open),
    highPrice: listing.price(day?.high ?? last),
    lowPrice: listing.price(day?.low ?? last),
    volume: listing.quantity(day?.volume ?? Decimal.zero),
    quoteVolume: (day?.quoteVolume ?? Decimal.zero).divide(Decimal.one, 8, 'down').toString(),
    openTime: day?.openAt ?? at,
    closeTime: day?.closeAt ?? at,
    count: null,
  };
}
