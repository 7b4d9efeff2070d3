/**
 * Spot public endpoints: connectivity, symbols, book, trades, candles, tickers.
 *
 * Entry point: `spotMarketEndpoints`; `spotDay` is shared with the ticker streams.
 * Source: "Public API Endpoints" of rest-api.md in binance-spot-api-docs.
 */
import { Decimal } from '../../../core/decimal.ts';
import type { Exchange } from '../../exchange/exchange.ts';
import type { PublicTrade } from '../../exchange/views.ts';
import type { Candle, DayFigures, MarketHistory } from '../../market/market-history.ts';
import type { Call, Endpoint } from '../door.ts';
import {
  BinanceRefusal,
  illegalCharacters,
  invalidInterval,
  invalidParameter,
  badCombination,
  tooManyParameters,
} from '../errors.ts';
import { eight, fixed, ZERO_EIGHT } from '../figures.ts';
import { intervalNamed } from '../intervals.ts';
import type { Parameters } from '../parameters.ts';
import type { AveragePrices } from './average-price.ts';
import { unifiedSpotSymbol } from './instruments.ts';
import { symbolFrom } from './orders.ts';
import { exchangeInformation, SPOT_LIMITS, SPOT_SYMBOLS, type SpotSymbol } from './symbols.ts';

const MOST_DEPTH = 5000;
const MOST_TRADES = 1000;
const MOST_CANDLES = 1000;

export type SpotMarketSettings = {
  readonly exchange: Exchange;
  readonly history: MarketHistory;
  readonly averagePrices: AveragePrices;
  /** False lifts the limits. */
  readonly limits: boolean;
};

export function spotMarketEndpoints(settings: SpotMarketSettings): Endpoint[] {
  return [...generalEndpoints(settings.limits), ...tradeEndpoints(settings), ...tickerEndpoints(settings)];
}

function withoutParameters(call: Call): void {
  if (call.parameters.count > 0) throw tooManyParameters(0, call.parameters.count);
}

function generalEndpoints(limits: boolean): Endpoint[] {
  return [
    {
      method: 'GET',
      path: '/api/v3/ping',
      route: 'other',
      security: 'none',
      weight: 1,
      answer: (call) => {
        withoutParameters(call);
        return {};
      },
    },
    {
      method: 'GET',
      path: '/api/v3/time',
      route: 'other',
      security: 'none',
      weight: 1,
      answer: (call) => {
        withoutParameters(call);
        return { serverTime: call.clockMs };
      },
    },
    {
      method: 'GET',
      path: '/api/v3/exchangeInfo',
      route: 'other',
      security: 'none',
      weight: 20,
      answer: (call) => {
        const symbols = readSymbols(call.parameters) ?? SPOT_SYMBOLS;
        const permissions = call.parameters.optional('permissions');
        const withPermissions = call.parameters.optionalBoolean('showPermissionSets') ?? true;
        const status = call.parameters.optional('symbolStatus');
        call.parameters.refuseUnread();
        const listed =
          (permissions === undefined || permissions.includes('SPOT')) &&
          (status === undefined || status === 'TRADING');
        return exchangeInformation(listed ? symbols : [], call.clockMs, limits, withPermissions);
      },
    },
  ];
}

/** `symbol` or `symbols` (a JSON list); undefined when neither was sent. */
export function readSymbols(parameters: Parameters): SpotSymbol[] | undefined {
  const symbol = parameters.optional('symbol');
  const symbols = parameters.optional('symbols');
  if (symbol !== undefined && symbols !== undefined) throw badCombination();
  if (symbol !== undefined) return [symbolFrom(symbol)];
  if (symbols === undefined) return undefined;
  const list: unknown = parseJson(symbols);
  if (!Array.isArray(list) || !list.every((entry) => typeof entry === 'string'))
    throw illegalCharacters('symbols', '^\\[("[A-Z0-9-_.]{1,20}"(,"[A-Z0-9-_.]{1,20}"){0,}){0,1}\\]$');
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

function readLimit(parameters: Parameters, usual: number, most: number): number {
  const limit = parameters.optionalInteger('limit') ?? usual;
  if (limit === 0) throw invalidParameter('limit');
  return Math.min(limit, most);
}

function tradeEndpoints(settings: SpotMarketSettings): Endpoint[] {
  const { exchange } = settings;
  return [
    {
      method: 'GET',
      path: '/api/v3/depth',
      route: 'market_data',
      security: 'none',
      weight: (parameters) => depthWeight(parameters),
      answer: (call) => {
        const symbol = symbolFrom(call.parameters.required('symbol'));
        const limit = readLimit(call.parameters, 100, MOST_DEPTH);
        call.parameters.ignore('symbolStatus');
        call.parameters.refuseUnread();
        return depthJson(exchange, symbol, limit);
      },
    },
    {
      method: 'GET',
      path: '/api/v3/trades',
      route: 'market_data',
      security: 'none',
      weight: 25,
      answer: (call) => {
        const symbol = symbolFrom(call.parameters.required('symbol'));
        const limit = readLimit(call.parameters, 500, MOST_TRADES);
        call.parameters.refuseUnread();
        return exchange.recentTrades(unifiedSpotSymbol(symbol), limit).map((trade) => publicTradeJson(trade));
      },
    },
    {
      method: 'GET',
      path: '/api/v3/historicalTrades',
      route: 'other',
      security: 'none',
      weight: 25,
      answer: (call) => {
        const symbol = symbolFrom(call.parameters.required('symbol'));
        const limit = readLimit(call.parameters, 500, MOST_TRADES);
        const fromId = call.parameters.optionalInteger('fromId');
        call.parameters.refuseUnread();
        const trades = exchange.recentTrades(unifiedSpotSymbol(symbol), MOST_TRADES);
        const chosen =
          fromId === undefined
            ? trades.slice(-limit)
            : trades.filter((trade) => Number(trade.tradeId) >= fromId).slice(0, limit);
        return chosen.map((trade) => publicTradeJson(trade));
      },
    },
    {
      method: 'GET',
      path: '/api/v3/aggTrades',
      route: 'other',
      security: 'none',
      weight: 4,
      answer: (call) => aggregateTrades(exchange, call),
    },
    ...['/api/v3/klines', '/api/v3/uiKlines'].map((path): Endpoint => ({
      method: 'GET',
      path,
      route: 'market_data',
      security: 'none',
      weight: 2,
      answer: (call) => klines(settings.history, call),
    })),
    {
      method: 'GET',
      path: '/api/v3/avgPrice',
      route: 'other',
      security: 'none',
      weight: 2,
      answer: (call) => {
        const symbol = symbolFrom(call.parameters.required('symbol'));
        call.parameters.refuseUnread();
        const average = settings.averagePrices.of(unifiedSpotSymbol(symbol), call.at);
        return {
          mins: SPOT_LIMITS.averagePriceMinutes,
          price: eight(average.price),
          closeTime: average.closeTimeMs,
        };
      },
    },
  ];
}

function depthWeight(parameters: Parameters): number {
  const limit = Number(parameters.has('limit') ? parameters.optional('limit') : 100);
  if (limit <= 100) return 5;
  if (limit <= 500) return 25;
  return limit <= 1000 ? 50 : 250;
}

/** The book as `GET /api/v3/depth` and the partial depth streams show it. */
export function depthJson(exchange: Exchange, symbol: SpotSymbol, limit: number): unknown {
  const book = exchange.book(unifiedSpotSymbol(symbol), limit);
  return {
    lastUpdateId: book?.updateId ?? 0,
    bids: (book?.bids ?? []).map(([price, quantity]) => [eight(price), eight(quantity)]),
    asks: (book?.asks ?? []).map(([price, quantity]) => [eight(price), eight(quantity)]),
  };
}

function publicTradeJson(trade: PublicTrade): unknown {
  return {
    id: Number(trade.tradeId),
    price: eight(trade.price),
    qty: eight(trade.quantity),
    quoteQty: eight(trade.price.multiply(trade.quantity)),
    time: trade.at,
    isBuyerMaker: trade.takerSide === 'sell',
    isBestMatch: true,
  };
}

function aggregateTrades(exchange: Exchange, call: Call): unknown {
  const symbol = symbolFrom(call.parameters.required('symbol'));
  const fromId = call.parameters.optionalInteger('fromId');
  const startMs = call.parameters.optionalInteger('startTime');
  const endMs = call.parameters.optionalInteger('endTime');
  const limit = readLimit(call.parameters, 500, MOST_TRADES);
  call.parameters.refuseUnread();
  const trades = exchange
    .recentTrades(unifiedSpotSymbol(symbol), MOST_TRADES)
    .filter(
      (trade) =>
        (fromId === undefined || Number(trade.tradeId) >= fromId) &&
        (startMs === undefined || trade.at >= startMs) &&
        (endMs === undefined || trade.at <= endMs),
    );
  const chosen =
    fromId !== undefined || startMs !== undefined ? trades.slice(0, limit) : trades.slice(-limit);
  return chosen.map((trade) => ({
    a: Number(trade.tradeId),
    p: eight(trade.price),
    q: eight(trade.quantity),
    f: Number(trade.tradeId),
    l: Number(trade.tradeId),
    T: trade.at,
    m: trade.takerSide === 'sell',
    M: true,
  }));
}

function klines(history: MarketHistory, call: Call): unknown {
  const symbol = symbolFrom(call.parameters.required('symbol'));
  const interval = intervalNamed(call.parameters.required('interval'));
  const startMs = call.parameters.optionalInteger('startTime');
  const endMs = call.parameters.optionalInteger('endTime');
  const limit = readLimit(call.parameters, 500, MOST_CANDLES);
  call.parameters.ignore('timeZone');
  call.parameters.refuseUnread();
  if (interval === undefined) throw invalidInterval();
  return history
    .candles(unifiedSpotSymbol(symbol), interval, { startMs, endMs, limit }, call.at)
    .map((candle) => klineJson(candle));
}

function klineJson(candle: Candle): unknown[] {
  return [
    candle.openAt,
    eight(candle.open),
    eight(candle.high),
    eight(candle.low),
    eight(candle.close),
    eight(candle.volume),
    candle.closeAt,
    eight(candle.quoteVolume),
    candle.trades,
    eight(candle.takerBuyVolume),
    eight(candle.takerBuyQuoteVolume),
    '0',
  ];
}

function tickerEndpoints(settings: SpotMarketSettings): Endpoint[] {
  const { exchange } = settings;
  const each = (
    path: string,
    weight: Endpoint['weight'],
    show: (symbol: SpotSymbol, call: Call) => unknown,
  ): Endpoint => ({
    method: 'GET',
    path,
    route: 'other',
    security: 'none',
    weight,
    answer: (call) => {
      const symbols = readSymbols(call.parameters);
      call.parameters.ignore('type', 'symbolStatus');
      call.parameters.refuseUnread();
      const shown = (symbols ?? SPOT_SYMBOLS).map((symbol) => show(symbol, call));
      return call.parameters.has('symbol') ? shown[0] : shown;
    },
  });
  return [
    each(
      '/api/v3/ticker/24hr',
      (parameters) => (parameters.has('symbol') ? 2 : 80),
      (symbol, call) => dayTickerJson(settings, symbol, call),
    ),
    each(
      '/api/v3/ticker/price',
      (parameters) => (parameters.has('symbol') ? 2 : 4),
      (symbol) => ({
        symbol: symbol.id,
        price: eight(exchange.market(unifiedSpotSymbol(symbol))?.lastPrice ?? Decimal.zero),
      }),
    ),
    each(
      '/api/v3/ticker/bookTicker',
      (parameters) => (parameters.has('symbol') ? 2 : 4),
      (symbol) => bookTickerJson(exchange, symbol),
    ),
  ];
}

function bookTickerJson(exchange: Exchange, symbol: SpotSymbol): unknown {
  const best = bestOf(exchange, symbol);
  return {
    symbol: symbol.id,
    bidPrice: best.bidPrice,
    bidQty: best.bidQuantity,
    askPrice: best.askPrice,
    askQty: best.askQuantity,
  };
}

type Best = {
  readonly updateId: number;
  readonly bidPrice: string;
  readonly bidQuantity: string;
  readonly askPrice: string;
  readonly askQuantity: string;
};

export function bestOf(exchange: Exchange, symbol: SpotSymbol): Best {
  const book = exchange.book(unifiedSpotSymbol(symbol), 1);
  const bid = book?.bids[0];
  const ask = book?.asks[0];
  return {
    updateId: book?.updateId ?? 0,
    bidPrice: bid === undefined ? ZERO_EIGHT : eight(bid[0]),
    bidQuantity: bid === undefined ? ZERO_EIGHT : eight(bid[1]),
    askPrice: ask === undefined ? ZERO_EIGHT : eight(ask[0]),
    askQuantity: ask === undefined ? ZERO_EIGHT : eight(ask[1]),
  };
}

/** The 24 h figures of a symbol with what is computed from them, as texts. */
export type SpotDay = {
  readonly figures: DayFigures;
  readonly change: string;
  readonly changePercent: string;
  readonly weightedAverage: string;
};

export function spotDay(history: MarketHistory, symbol: SpotSymbol, nowMs: number): SpotDay | null {
  const figures = history.day(unifiedSpotSymbol(symbol), nowMs);
  if (figures === null) return null;
  const change = figures.last.subtract(figures.open);
  const percent = figures.open.isZero()
    ? Decimal.zero
    : change.multiply(Decimal.fromInteger(100)).divide(figures.open, 3, 'half_even');
  const weighted = figures.volume.isZero()
    ? figures.last
    : figures.quoteVolume.divide(figures.volume, 8, 'half_even');
  return {
    figures,
    change: eight(change),
    changePercent: fixed(percent, 3),
    weightedAverage: eight(weighted),
  };
}

function dayTickerJson(settings: SpotMarketSettings, symbol: SpotSymbol, call: Call): unknown {
  const day = spotDay(settings.history, symbol, call.at);
  if (day === null) return {};
  const { figures } = day;
  const best = bestOf(settings.exchange, symbol);
  return {
    symbol: symbol.id,
    priceChange: day.change,
    priceChangePercent: day.changePercent,
    weightedAvgPrice: day.weightedAverage,
    prevClosePrice: eight(figures.open),
    lastPrice: eight(figures.last),
    lastQty: eight(figures.lastQuantity),
    bidPrice: best.bidPrice,
    bidQty: best.bidQuantity,
    askPrice: best.askPrice,
    askQty: best.askQuantity,
    openPrice: eight(figures.open),
    highPrice: eight(figures.high),
    lowPrice: eight(figures.low),
    volume: eight(figures.volume),
    quoteVolume: eight(figures.quoteVolume),
    openTime: figures.openAt,
    closeTime: figures.closeAt,
    firstId: figures.firstTradeId,
    lastId: figures.lastTradeId,
    count: figures.trades,
  };
}
