/**
 * USD-M public endpoints: connectivity, symbols, book, trades, candles, tickers, mark price and funding.
 *
 * Entry point: `usdmMarketEndpoints`. The part shared with spot is in ../market-data.ts. The index price is the mark price,
 * since there is no basket behind it, unless it was set apart; candles of the two do not know of that. Source: "Market Data" of the USD-M futures documentation.
 */
import { Decimal } from '../../../core/decimal.ts';
import type { Exchange } from '../../exchange/exchange.ts';
import type { SymbolStatus } from '../../exchange/state.ts';
import type { MarketHistory } from '../../market/market-history.ts';
import {
  marketEndpoint,
  priceEndpoint,
  publicEndpoint,
  type Call,
  type Endpoint,
} from '../authentication.ts';
import { invalidSymbol, usdmRefusal } from '../errors.ts';
import { ZERO_EIGHT } from '../figures.ts';
import { fixed } from '../../wire/figures.ts';
import type { Listing } from '../listing.ts';
import {
  aggregateTradeJson,
  bookTickerJson,
  dayOf,
  dayTickerJson,
  depthJson,
  klineJson,
  MOST_TRADES,
  publicTradeJson,
  readCandles,
  readLimit,
  readTrades,
} from '../market-data.ts';
import type { Parameters } from '../parameters.ts';
import { unifiedUsdmSymbol, USDM_LISTINGS, usdmListing } from './instruments.ts';
import { openInterest } from './statistics.ts';
import { usdmExchangeInformation, type UsdmSymbol } from './symbols.ts';

const DEPTH_LIMITS = [5, 10, 20, 50, 100, 500, 1000];
const MOST_CANDLES = 1500;
const MOST_FUNDINGS = 1000;

export type UsdmMarketSettings = {
  readonly exchange: Exchange;
  readonly history: MarketHistory;
  /** False lifts the limits. */
  readonly limits: boolean;
};

export function usdmMarketEndpoints(settings: UsdmMarketSettings): Endpoint[] {
  return [
    ...generalEndpoints(settings),
    ...tradeEndpoints(settings),
    ...candleEndpoints(settings),
    ...tickerEndpoints(settings),
    ...fundingEndpoints(settings),
  ];
}

function generalEndpoints({ exchange, limits }: UsdmMarketSettings): Endpoint[] {
  const statusOf = (symbol: UsdmSymbol): SymbolStatus =>
    exchange.market(unifiedUsdmSymbol(symbol))?.status ?? 'trading';
  return [
    publicEndpoint('/fapi/v1/ping', 1, () => ({})),
    publicEndpoint('/fapi/v1/time', 1, (call) => ({ serverTime: call.clockMs })),
    publicEndpoint('/fapi/v1/exchangeInfo', 1, (call) =>
      usdmExchangeInformation(call.clockMs, limits, statusOf),
    ),
    // Clients that load every product ask for coin-margined futures too; there are none here.
    publicEndpoint('/dapi/v1/exchangeInfo', 1, (call) => ({
      timezone: 'UTC',
      serverTime: call.clockMs,
      rateLimits: [],
      exchangeFilters: [],
      symbols: [],
    })),
  ];
}

function listingFrom(id: string): Listing {
  const listing = usdmListing(id);
  if (listing === undefined) throw invalidSymbol();
  return listing;
}

function tradeEndpoints({ exchange }: UsdmMarketSettings): Endpoint[] {
  return [
    marketEndpoint('/fapi/v1/depth', depthWeight, (call) => {
      const listing = listingFrom(call.parameters.required('symbol'));
      const limit = call.parameters.optionalInteger('limit') ?? 500;
      if (!DEPTH_LIMITS.includes(limit)) throw usdmRefusal(-4021, `'${limit}' is not valid depth limit.`);
      const { lastUpdateId, ...sides } = depthJson(exchange, listing, limit);
      return { lastUpdateId, E: call.clockMs, T: call.at, ...sides };
    }),
    // The book with the orders of retail price improvement, of which there are none here.
    marketEndpoint('/fapi/v1/rpiDepth', 20, (call) => {
      const listing = listingFrom(call.parameters.required('symbol'));
      const limit = call.parameters.optionalInteger('limit') ?? 1000;
      if (limit !== 1000) throw usdmRefusal(-4021, `'${limit}' is not valid depth limit.`);
      const { lastUpdateId, ...sides } = depthJson(exchange, listing, limit);
      return { lastUpdateId, E: call.clockMs, T: call.at, ...sides };
    }),
    marketEndpoint('/fapi/v1/trades', 5, ({ parameters }) => {
      const listing = listingFrom(parameters.required('symbol'));
      const limit = readLimit(parameters, 500, MOST_TRADES);
      return exchange.recentTrades(listing.unified, limit).map((trade) => publicTradeJson(listing, trade));
    }),
    priceEndpoint('/fapi/v1/historicalTrades', 20, ({ parameters }) => {
      const listing = listingFrom(parameters.required('symbol'));
      return readTrades(exchange, listing, parameters, 'id').map((trade) => publicTradeJson(listing, trade));
    }),
    priceEndpoint('/fapi/v1/aggTrades', 20, ({ parameters }) => {
      const listing = listingFrom(parameters.required('symbol'));
      return readTrades(exchange, listing, parameters, 'time').map((trade) =>
        aggregateTradeJson(listing, trade),
      );
    }),
    publicEndpoint('/fapi/v1/openInterest', 1, ({ parameters, at }) => {
      const listing = listingFrom(parameters.required('symbol'));
      return {
        openInterest: listing.quantity(openInterest(exchange, listing.unified)),
        symbol: listing.id,
        time: at,
      };
    }),
  ];
}

function depthWeight(parameters: Parameters): number {
  const limit = Number(parameters.has('limit') ? parameters.optional('limit') : 500);
  if (limit <= 50) return 2;
  if (limit <= 100) return 5;
  return limit <= 500 ? 10 : 20;
}

function candleEndpoints({ history }: UsdmMarketSettings): Endpoint[] {
  const serve = (
    path: string,
    name: 'symbol' | 'pair',
    show: (kline: readonly unknown[]) => readonly unknown[],
  ): Endpoint =>
    marketEndpoint(path, candleWeight, (call) => {
      const listing = listingFrom(call.parameters.required(name));
      return readCandles(history, listing, call, MOST_CANDLES).map((candle) =>
        show(klineJson(listing, candle)),
      );
    });
  return [
    serve('/fapi/v1/klines', 'symbol', (kline) => kline),
    serve('/fapi/v1/continuousKlines', 'pair', (kline) => kline),
    serve('/fapi/v1/markPriceKlines', 'symbol', withoutVolume),
    serve('/fapi/v1/indexPriceKlines', 'pair', withoutVolume),
    serve('/fapi/v1/premiumIndexKlines', 'symbol', withoutPremium),
  ];
}

/** The columns of a kline that hold prices, and those that hold volumes. */
const PRICE_COLUMNS = [1, 2, 3, 4];
const VOLUME_COLUMNS = [5, 7, 9, 10];

/** The kline without volume, for candles that no trade made. */
function withoutVolume(kline: readonly unknown[]): unknown[] {
  return kline.map((value, column) => (VOLUME_COLUMNS.includes(column) ? '0' : value));
}

/** The mark price is the index price here, so the premium between them is nothing at any time. */
function withoutPremium(kline: readonly unknown[]): unknown[] {
  return withoutVolume(kline).map((value, column) => (PRICE_COLUMNS.includes(column) ? ZERO_EIGHT : value));
}

function candleWeight(parameters: Parameters): number {
  const limit = Number(parameters.has('limit') ? parameters.optional('limit') : 500);
  if (limit < 100) return 1;
  if (limit < 500) return 2;
  return limit <= 1000 ? 5 : 10;
}

function tickerEndpoints({ exchange, history }: UsdmMarketSettings): Endpoint[] {
  const price = (listing: Listing, call: Call): unknown => ({
    symbol: listing.id,
    price: listing.price(exchange.market(listing.unified)?.lastPrice ?? Decimal.zero),
    time: call.at,
  });
  return [
    each(
      '/fapi/v1/ticker/24hr',
      [1, 40],
      (listing, { at }) => {
        const day = dayOf(history, listing, at);
        return day === null ? {} : dayTickerJson(listing, day, null);
      },
      marketEndpoint,
    ),
    each('/fapi/v1/ticker/price', [1, 2], price),
    each('/fapi/v2/ticker/price', [1, 2], price),
    each('/fapi/v1/ticker/bookTicker', [2, 5], (listing, { at }) => ({
      ...bookTickerJson(exchange, listing),
      time: at,
    })),
  ];
}

/** An endpoint that shows one symbol, or a list of all. */
function each(
  path: string,
  [weightOfOne, weightOfAll]: readonly [number, number],
  show: (listing: Listing, call: Call) => unknown,
  endpoint = priceEndpoint,
): Endpoint {
  return endpoint(
    path,
    (parameters) => (parameters.has('symbol') ? weightOfOne : weightOfAll),
    (call) => {
      const id = call.parameters.optional('symbol');
      return id === undefined
        ? USDM_LISTINGS.map((listing) => show(listing, call))
        : show(listingFrom(id), call);
    },
  );
}

function fundingEndpoints(settings: UsdmMarketSettings): Endpoint[] {
  return [
    each('/fapi/v1/premiumIndex', [1, 10], (listing, call) => {
      const market = settings.exchange.market(listing.unified);
      const mark = fixed(market?.markPrice ?? Decimal.zero, 8);
      return {
        symbol: listing.id,
        markPrice: mark,
        indexPrice: fixed(market?.indexPrice ?? Decimal.zero, 8),
        estimatedSettlePrice: mark,
        lastFundingRate: fixed(market?.fundingRate ?? Decimal.zero, 8),
        interestRate: '0.00010000',
        nextFundingTime: market?.nextFundingAt ?? 0,
        time: call.at,
      };
    }),
    publicEndpoint('/fapi/v1/fundingRate', 1, (call) => fundingHistory(settings, call)),
    publicEndpoint('/fapi/v1/fundingInfo', 0, () => []),
  ];
}

/** The rate is the same at every funding time, so its history is the times with the price that was. */
function fundingHistory(settings: UsdmMarketSettings, call: Call): unknown {
  const { parameters } = call;
  const id = parameters.optional('symbol');
  const startMs = parameters.optionalInteger('startTime');
  const endMs = Math.min(parameters.optionalInteger('endTime') ?? call.at, call.at);
  const limit = readLimit(parameters, 100, MOST_FUNDINGS);
  const listings = id === undefined ? USDM_LISTINGS : [listingFrom(id)];
  return listings.flatMap((listing) => {
    const terms = settings.exchange.instrument(listing.unified)?.swap;
    if (terms === null || terms === undefined) return [];
    const interval = { ms: terms.fundingIntervalMs };
    const query = { startMs, endMs, limit };
    return settings.history.candles(listing.unified, interval, query, call.at).map((candle) => ({
      symbol: listing.id,
      fundingTime: candle.openAt,
      fundingRate: fixed(terms.fundingRate, 8),
      markPrice: fixed(candle.open, 8),
    }));
  });
}
