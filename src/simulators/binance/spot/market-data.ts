/**
 * Spot public endpoints: connectivity, symbols, book, trades, candles, tickers.
 *
 * Entry point: `spotMarketEndpoints`. The part shared with futures is in ../market-data.ts.
 * Source: "Public API Endpoints" of rest-api.md in binance-spot-api-docs.
 */
import { Decimal } from '../../../core/decimal.ts';
import type { Exchange } from '../../exchange/exchange.ts';
import type { MarketHistory } from '../../market/market-history.ts';
import {
  marketEndpoint,
  priceEndpoint,
  publicEndpoint,
  type Call,
  type Endpoint,
} from '../authentication.ts';
import {
  badCombination,
  BinanceRefusal,
  illegalCharacters,
  invalidSymbol,
  tooManyParameters,
} from '../errors.ts';
import type { Listing } from '../listing.ts';
import {
  aggregateTradeJson,
  bestOf,
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
import type { AveragePrices } from './average-price.ts';
import { SPOT_LISTINGS, spotListing, unifiedSpotSymbol } from './instruments.ts';
import { symbolFrom } from './order-requests.ts';
import { readStatusFilter, statusOf } from './statuses.ts';
import { exchangeInformation, SPOT_LIMITS, SPOT_SYMBOLS, type SpotSymbol } from './symbols.ts';
import { readTickerType, windowJson, windowTickerEndpoints } from './window-tickers.ts';

const MOST_DEPTH = 5000;
const MOST_CANDLES = 1000;

export type SpotMarketSettings = {
  readonly exchange: Exchange;
  readonly history: MarketHistory;
  readonly averagePrices: AveragePrices;
  /** False lifts the limits. */
  readonly limits: boolean;
};

export function spotMarketEndpoints(settings: SpotMarketSettings): Endpoint[] {
  return [...generalEndpoints(settings), ...tradeEndpoints(settings), ...tickerEndpoints(settings)];
}

function withoutParameters(call: Call): void {
  if (call.parameters.count > 0) throw tooManyParameters(0, call.parameters.count);
}

function generalEndpoints({ exchange, limits }: SpotMarketSettings): Endpoint[] {
  return [
    publicEndpoint('/api/v3/ping', 1, (call) => {
      withoutParameters(call);
      return {};
    }),
    publicEndpoint('/api/v3/time', 1, (call) => {
      withoutParameters(call);
      return { serverTime: call.clockMs };
    }),
    publicEndpoint('/api/v3/exchangeInfo', 20, (call) => {
      const symbols = (readSymbols(call.parameters) ?? SPOT_SYMBOLS).filter(
        (symbol) => exchange.instrument(unifiedSpotSymbol(symbol)) !== null,
      );
      const permissions = call.parameters.optional('permissions');
      const withPermissions = call.parameters.optionalBoolean('showPermissionSets') ?? true;
      const isWanted = readStatusFilter(exchange, call.parameters);
      call.parameters.refuseUnread();
      const listed = permissions === undefined || permissions.includes('SPOT') ? symbols : [];
      const shown = listed
        .filter((symbol) => isWanted(unifiedSpotSymbol(symbol)))
        .map((symbol) => ({ symbol, status: statusOf(exchange, unifiedSpotSymbol(symbol)) }));
      return exchangeInformation(shown, call.clockMs, limits, withPermissions);
    }),
  ];
}

/** `symbol` or `symbols` (a JSON list); undefined when neither was sent. */
function readSymbols(parameters: Parameters): SpotSymbol[] | undefined {
  const symbol = parameters.optional('symbol');
  const symbols = parameters.optional('symbols');
  if (symbol !== undefined && symbols !== undefined) throw badCombination();
  if (symbol !== undefined) return [symbolFrom(symbol)];
  if (symbols === undefined) return undefined;
  const list: unknown = parseJson(symbols);
  if (!Array.isArray(list) || !list.every((entry) => typeof entry === 'string'))
    throw illegalCharacters(
      'symbols',
      String.raw`^\[("[\w\-._&&[^a-z]]{1,50}"(,"[\w\-._&&[^a-z]]{1,50}"){0,}){0,1}\]$`,
    );
  if (new Set(list).size < list.length)
    throw new BinanceRefusal(400, -1151, 'Symbol is present multiple times in the list.');
  return list.map((entry) => symbolFrom(entry));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** The listing that `symbol` names. */
function readListing(parameters: Parameters): Listing {
  return listingOf(symbolFrom(parameters.required('symbol')));
}

function listingOf(symbol: SpotSymbol): Listing {
  const listing = spotListing(symbol.id);
  if (listing === undefined) throw invalidSymbol();
  return listing;
}

function tradeEndpoints({ exchange, history, averagePrices }: SpotMarketSettings): Endpoint[] {
  return [
    marketEndpoint('/api/v3/depth', depthWeight, ({ parameters }) => {
      const listing = readListing(parameters);
      const limit = readLimit(parameters, 100, MOST_DEPTH);
      readStatusFilter(exchange, parameters)(listing.unified);
      parameters.refuseUnread();
      return depthJson(exchange, listing, limit);
    }),
    marketEndpoint('/api/v3/trades', 25, ({ parameters }) => {
      const listing = readListing(parameters);
      const limit = readLimit(parameters, 500, MOST_TRADES);
      parameters.refuseUnread();
      return exchange
        .recentTrades(listing.unified, limit)
        .map((trade) => ({ ...publicTradeJson(listing, trade), isBestMatch: true }));
    }),
    priceEndpoint('/api/v3/historicalTrades', 25, ({ parameters }) => {
      const listing = readListing(parameters);
      const trades = readTrades(exchange, listing, parameters, 'id');
      parameters.refuseUnread();
      return trades.map((trade) => ({ ...publicTradeJson(listing, trade), isBestMatch: true }));
    }),
    priceEndpoint('/api/v3/aggTrades', 4, ({ parameters }) => {
      const listing = readListing(parameters);
      const trades = readTrades(exchange, listing, parameters, 'time');
      parameters.refuseUnread();
      return trades.map((trade) => ({ ...aggregateTradeJson(listing, trade), M: true }));
    }),
    ...['/api/v3/klines', '/api/v3/uiKlines'].map((path) =>
      marketEndpoint(path, 2, (call) => {
        const listing = readListing(call.parameters);
        const candles = readCandles(history, listing, call, MOST_CANDLES);
        call.parameters.ignore('timeZone');
        call.parameters.refuseUnread();
        return candles.map((candle) => klineJson(listing, candle));
      }),
    ),
    priceEndpoint('/api/v3/historicalBlockTrades', 25, ({ parameters }) => {
      readListing(parameters);
      parameters.requiredInteger('fromId');
      readLimit(parameters, 500, MOST_TRADES);
      parameters.refuseUnread();
      return [];
    }),
    publicEndpoint('/api/v3/executionRules', 40, ({ parameters }) => {
      readSymbols(parameters);
      parameters.ignore('symbolStatus');
      parameters.refuseUnread();
      return { symbolRules: [] };
    }),
    ...['/api/v3/referencePrice', '/api/v3/referencePrice/calculation'].map((path) =>
      publicEndpoint(path, 2, ({ parameters }) => {
        readListing(parameters);
        throw new BinanceRefusal(400, -2043, "This symbol doesn't have a reference price.");
      }),
    ),
    priceEndpoint('/api/v3/avgPrice', 2, ({ parameters, at }) => {
      const listing = readListing(parameters);
      parameters.refuseUnread();
      const average = averagePrices.of(listing.unified, at);
      return {
        mins: SPOT_LIMITS.averagePriceMinutes,
        price: listing.price(average.price),
        closeTime: average.closeTimeMs,
      };
    }),
  ];
}

function depthWeight(parameters: Parameters): number {
  const limit = Number(parameters.has('limit') ? parameters.optional('limit') : 100);
  if (limit <= 100) return 5;
  if (limit <= 500) return 25;
  return limit <= 1000 ? 50 : 250;
}

function tickerEndpoints({ exchange, history }: SpotMarketSettings): Endpoint[] {
  return [
    each(
      exchange,
      '/api/v3/ticker/24hr',
      [2, 80],
      (listing, { parameters, at }) => {
        const day = dayOf(history, listing, at);
        if (day === null) return {};
        return readTickerType(parameters) === 'MINI'
          ? windowJson(listing, day, 'MINI')
          : dayTickerJson(listing, day, bestOf(exchange, listing));
      },
      marketEndpoint,
    ),
    ...windowTickerEndpoints({
      history,
      readListings: (parameters) => readSymbols(parameters)?.map(listingOf),
    }),
    each(exchange, '/api/v3/ticker/price', [2, 4], (listing) => ({
      symbol: listing.id,
      price: listing.price(exchange.market(listing.unified)?.lastPrice ?? Decimal.zero),
    })),
    each(exchange, '/api/v3/ticker/bookTicker', [2, 4], (listing) => bookTickerJson(exchange, listing)),
  ];
}

/** An endpoint that shows one symbol, or a list of several or all. */
function each(
  exchange: Exchange,
  path: string,
  [weightOfOne, weightOfMany]: readonly [number, number],
  show: (listing: Listing, call: Call) => unknown,
  endpoint = priceEndpoint,
): Endpoint {
  return endpoint(
    path,
    (parameters) => (parameters.has('symbol') ? weightOfOne : weightOfMany),
    (call) => {
      const listings = readSymbols(call.parameters)?.map(listingOf) ?? SPOT_LISTINGS;
      const isWanted = readStatusFilter(exchange, call.parameters);
      call.parameters.ignore('type');
      call.parameters.refuseUnread();
      const shown = listings.filter(({ unified }) => isWanted(unified)).map((listing) => show(listing, call));
      return call.parameters.has('symbol') ? shown[0] : shown;
    },
  );
}
