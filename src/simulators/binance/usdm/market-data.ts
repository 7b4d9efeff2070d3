/**
 * USD-M public endpoints: connectivity, symbols, book, trades, candles, tickers, mark price and funding.
 *
 * Entry point: `usdmMarketEndpoints`; the figures are shared with the streams. The index price is the mark price: there is
 * no basket behind it. Source: "Market Data" of the USD-M futures documentation.
 */
import { Decimal } from '../../../core/decimal.ts';
import type { Exchange } from '../../exchange/exchange.ts';
import type { PublicTrade } from '../../exchange/views.ts';
import type { Candle, DayFigures, MarketHistory } from '../../market/market-history.ts';
import type { Call, Endpoint } from '../door.ts';
import { invalidInterval, invalidParameter, usdmRefusal } from '../errors.ts';
import { fixed, ZERO_EIGHT } from '../figures.ts';
import { intervalNamed } from '../intervals.ts';
import type { Parameters } from '../parameters.ts';
import { unifiedUsdmSymbol } from './instruments.ts';
import { priceText, quantityText, usdmSymbolFrom } from './orders.ts';
import { USDM_SYMBOLS, usdmExchangeInformation, type UsdmSymbol } from './symbols.ts';

const DEPTH_LIMITS = [5, 10, 20, 50, 100, 500, 1000];
const MOST_TRADES = 1000;
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
    ...generalEndpoints(settings.limits),
    ...tradeEndpoints(settings),
    ...candleEndpoints(settings),
    ...tickerEndpoints(settings),
    ...fundingEndpoints(settings),
  ];
}

function open(
  path: string,
  weight: Endpoint['weight'],
  answer: (call: Call) => unknown,
  route: Endpoint['route'] = 'other',
): Endpoint {
  return { method: 'GET', path, route, security: 'none', weight, answer };
}

function marketData(path: string, weight: Endpoint['weight'], answer: (call: Call) => unknown): Endpoint {
  return open(path, weight, answer, 'market_data');
}

function generalEndpoints(limits: boolean): Endpoint[] {
  return [
    open('/fapi/v1/ping', 1, () => ({})),
    open('/fapi/v1/time', 1, (call) => ({ serverTime: call.clockMs })),
    open('/fapi/v1/exchangeInfo', 1, (call) => usdmExchangeInformation(call.clockMs, limits)),
    // Clients that load every product ask for coin-margined futures too; there are none here.
    open('/dapi/v1/exchangeInfo', 1, (call) => ({
      timezone: 'UTC',
      serverTime: call.clockMs,
      rateLimits: [],
      exchangeFilters: [],
      symbols: [],
    })),
  ];
}

function readLimit(parameters: Parameters, usual: number, most: number): number {
  const limit = parameters.optionalInteger('limit') ?? usual;
  if (limit === 0) throw invalidParameter('limit');
  return Math.min(limit, most);
}

function tradeEndpoints(settings: UsdmMarketSettings): Endpoint[] {
  const { exchange } = settings;
  return [
    marketData('/fapi/v1/depth', depthWeight, (call) => {
      const symbol = usdmSymbolFrom(call.parameters.required('symbol'));
      const limit = call.parameters.optionalInteger('limit') ?? 500;
      if (!DEPTH_LIMITS.includes(limit)) throw usdmRefusal(-4021, `'${limit}' is not valid depth limit.`);
      const book = exchange.book(unifiedUsdmSymbol(symbol), limit);
      return {
        lastUpdateId: book?.updateId ?? 0,
        E: call.clockMs,
        T: call.at,
        bids: (book?.bids ?? []).map((level) => levelJson(symbol, level)),
        asks: (book?.asks ?? []).map((level) => levelJson(symbol, level)),
      };
    }),
    marketData('/fapi/v1/trades', 5, (call) => {
      const symbol = usdmSymbolFrom(call.parameters.required('symbol'));
      const limit = readLimit(call.parameters, 500, MOST_TRADES);
      return exchange
        .recentTrades(unifiedUsdmSymbol(symbol), limit)
        .map((trade) => publicTradeJson(symbol, trade));
    }),
    open('/fapi/v1/historicalTrades', 20, (call) => {
      const symbol = usdmSymbolFrom(call.parameters.required('symbol'));
      const limit = readLimit(call.parameters, 500, MOST_TRADES);
      const fromId = call.parameters.optionalInteger('fromId');
      const trades = exchange.recentTrades(unifiedUsdmSymbol(symbol), MOST_TRADES);
      return chosen(trades, fromId, limit).map((trade) => publicTradeJson(symbol, trade));
    }),
    open('/fapi/v1/aggTrades', 20, (call) => {
      const symbol = usdmSymbolFrom(call.parameters.required('symbol'));
      const limit = readLimit(call.parameters, 500, MOST_TRADES);
      const fromId = call.parameters.optionalInteger('fromId');
      const startMs = call.parameters.optionalInteger('startTime') ?? 0;
      const endMs = call.parameters.optionalInteger('endTime') ?? call.at;
      const trades = exchange
        .recentTrades(unifiedUsdmSymbol(symbol), MOST_TRADES)
        .filter((trade) => trade.at >= startMs && trade.at <= endMs);
      return chosen(trades, fromId, limit).map((trade) => ({
        a: Number(trade.tradeId),
        p: priceText(symbol, trade.price),
        q: quantityText(symbol, trade.quantity),
        f: Number(trade.tradeId),
        l: Number(trade.tradeId),
        T: trade.at,
        m: trade.takerSide === 'sell',
      }));
    }),
    open('/fapi/v1/openInterest', 1, (call) => {
      const symbol = usdmSymbolFrom(call.parameters.required('symbol'));
      return {
        openInterest: quantityText(symbol, openInterest(exchange, unifiedUsdmSymbol(symbol))),
        symbol: symbol.id,
        time: call.at,
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

function chosen(
  trades: readonly PublicTrade[],
  fromId: number | undefined,
  limit: number,
): readonly PublicTrade[] {
  return fromId === undefined
    ? trades.slice(-limit)
    : trades.filter((trade) => Number(trade.tradeId) >= fromId).slice(0, limit);
}

export function levelJson(
  symbol: UsdmSymbol,
  [price, quantity]: readonly [Decimal, Decimal],
): [string, string] {
  return [priceText(symbol, price), quantityText(symbol, quantity)];
}

function publicTradeJson(symbol: UsdmSymbol, trade: PublicTrade): unknown {
  return {
    id: Number(trade.tradeId),
    price: priceText(symbol, trade.price),
    qty: quantityText(symbol, trade.quantity),
    quoteQty: fixed(trade.price.multiply(trade.quantity), 5),
    time: trade.at,
    isBuyerMaker: trade.takerSide === 'sell',
  };
}

/** All long positions that the venue's clients hold. */
function openInterest(exchange: Exchange, symbol: string): Decimal {
  let sum = Decimal.zero;
  for (const account of exchange.accounts())
    for (const position of exchange.positions(account.accountId))
      if (position.symbol === symbol && position.quantity.isPositive()) sum = sum.add(position.quantity);
  return sum;
}

function candleEndpoints(settings: UsdmMarketSettings): Endpoint[] {
  const serve = (path: string, name: string, withVolume: boolean): Endpoint =>
    marketData(path, candleWeight, (call) => {
      const { parameters } = call;
      const symbol = usdmSymbolFrom(parameters.required(name));
      const interval = intervalNamed(parameters.required('interval'));
      if (interval === undefined) throw invalidInterval();
      const query = {
        startMs: parameters.optionalInteger('startTime'),
        endMs: parameters.optionalInteger('endTime'),
        limit: readLimit(parameters, 500, MOST_CANDLES),
      };
      return settings.history
        .candles(unifiedUsdmSymbol(symbol), interval, query, call.at)
        .map((candle) => klineJson(symbol, candle, withVolume));
    });
  return [
    serve('/fapi/v1/klines', 'symbol', true),
    serve('/fapi/v1/continuousKlines', 'pair', true),
    serve('/fapi/v1/markPriceKlines', 'symbol', false),
    serve('/fapi/v1/indexPriceKlines', 'pair', false),
    open('/fapi/v1/premiumIndexKlines', candleWeight, (call) => premiumKlines(settings, call)),
  ];
}

/** The mark price is the index price here, so the premium between them is nothing at any time. */
function premiumKlines(settings: UsdmMarketSettings, call: Call): unknown {
  const { parameters } = call;
  const symbol = usdmSymbolFrom(parameters.required('symbol'));
  const interval = intervalNamed(parameters.required('interval'));
  if (interval === undefined) throw invalidInterval();
  const query = {
    startMs: parameters.optionalInteger('startTime'),
    endMs: parameters.optionalInteger('endTime'),
    limit: readLimit(parameters, 500, MOST_CANDLES),
  };
  const none = ZERO_EIGHT;
  return settings.history
    .candles(unifiedUsdmSymbol(symbol), interval, query, call.at)
    .map((candle) => [
      candle.openAt,
      none,
      none,
      none,
      none,
      '0',
      candle.closeAt,
      '0',
      candle.trades,
      '0',
      '0',
      '0',
    ]);
}

function candleWeight(parameters: Parameters): number {
  const limit = Number(parameters.has('limit') ? parameters.optional('limit') : 500);
  if (limit < 100) return 1;
  if (limit < 500) return 2;
  return limit <= 1000 ? 5 : 10;
}

function klineJson(symbol: UsdmSymbol, candle: Candle, withVolume: boolean): unknown[] {
  return [
    candle.openAt,
    priceText(symbol, candle.open),
    priceText(symbol, candle.high),
    priceText(symbol, candle.low),
    priceText(symbol, candle.close),
    withVolume ? quantityText(symbol, candle.volume) : '0',
    candle.closeAt,
    withVolume ? fixed(candle.quoteVolume, 5) : '0',
    candle.trades,
    withVolume ? quantityText(symbol, candle.takerBuyVolume) : '0',
    withVolume ? fixed(candle.takerBuyQuoteVolume, 5) : '0',
    '0',
  ];
}

function tickerEndpoints(settings: UsdmMarketSettings): Endpoint[] {
  const { exchange, history } = settings;
  const price = (symbol: UsdmSymbol, call: Call): unknown => ({
    symbol: symbol.id,
    price: priceText(symbol, exchange.market(unifiedUsdmSymbol(symbol))?.lastPrice ?? null),
    time: call.at,
  });
  return [
    each('/fapi/v1/ticker/24hr', [1, 40], (symbol, call) => dayTicker(history, symbol, call.at)),
    each('/fapi/v1/ticker/price', [1, 2], price),
    each('/fapi/v2/ticker/price', [1, 2], price),
    each('/fapi/v1/ticker/bookTicker', [2, 5], (symbol, call) => {
      const best = usdmBest(exchange, symbol);
      return {
        symbol: symbol.id,
        bidPrice: best.bidPrice,
        bidQty: best.bidQuantity,
        askPrice: best.askPrice,
        askQty: best.askQuantity,
        time: call.at,
      };
    }),
  ];
}

/** An endpoint that shows one symbol, or a list of all. */
function each(
  path: string,
  [weightOfOne, weightOfAll]: readonly [number, number],
  show: (symbol: UsdmSymbol, call: Call) => unknown,
): Endpoint {
  return open(
    path,
    (parameters) => (parameters.has('symbol') ? weightOfOne : weightOfAll),
    (call) => {
      const id = call.parameters.optional('symbol');
      return id === undefined
        ? USDM_SYMBOLS.map((symbol) => show(symbol, call))
        : show(usdmSymbolFrom(id), call);
    },
  );
}

export type UsdmBest = {
  readonly updateId: number;
  readonly bidPrice: string;
  readonly bidQuantity: string;
  readonly askPrice: string;
  readonly askQuantity: string;
};

export function usdmBest(exchange: Exchange, symbol: UsdmSymbol): UsdmBest {
  const book = exchange.book(unifiedUsdmSymbol(symbol), 1);
  const bid = book?.bids[0];
  const ask = book?.asks[0];
  return {
    updateId: book?.updateId ?? 0,
    bidPrice: priceText(symbol, bid?.[0] ?? null),
    bidQuantity: quantityText(symbol, bid?.[1] ?? Decimal.zero),
    askPrice: priceText(symbol, ask?.[0] ?? null),
    askQuantity: quantityText(symbol, ask?.[1] ?? Decimal.zero),
  };
}

export type UsdmDay = {
  readonly figures: DayFigures;
  readonly change: string;
  readonly changePercent: string;
  readonly weightedAverage: string;
};

export function usdmDay(history: MarketHistory, symbol: UsdmSymbol, nowMs: number): UsdmDay | null {
  const figures = history.day(unifiedUsdmSymbol(symbol), nowMs);
  if (figures === null) return null;
  const change = figures.last.subtract(figures.open);
  const percent = figures.open.isZero()
    ? Decimal.zero
    : change.multiply(Decimal.fromInteger(100)).divide(figures.open, 3, 'half_even');
  const weighted = figures.volume.isZero()
    ? figures.last
    : figures.quoteVolume.divide(figures.volume, symbol.pricePrecision, 'half_even');
  return {
    figures,
    change: priceText(symbol, change),
    changePercent: fixed(percent, 3),
    weightedAverage: priceText(symbol, weighted),
  };
}

function dayTicker(history: MarketHistory, symbol: UsdmSymbol, nowMs: number): unknown {
  const day = usdmDay(history, symbol, nowMs);
  if (day === null) return {};
  const { figures } = day;
  return {
    symbol: symbol.id,
    priceChange: day.change,
    priceChangePercent: day.changePercent,
    weightedAvgPrice: day.weightedAverage,
    lastPrice: priceText(symbol, figures.last),
    lastQty: quantityText(symbol, figures.lastQuantity),
    openPrice: priceText(symbol, figures.open),
    highPrice: priceText(symbol, figures.high),
    lowPrice: priceText(symbol, figures.low),
    volume: quantityText(symbol, figures.volume),
    quoteVolume: fixed(figures.quoteVolume, 2),
    openTime: figures.openAt,
    closeTime: figures.closeAt,
    firstId: figures.firstTradeId,
    lastId: figures.lastTradeId,
    count: figures.trades,
  };
}

function fundingEndpoints(settings: UsdmMarketSettings): Endpoint[] {
  return [
    each('/fapi/v1/premiumIndex', [1, 10], (symbol, call) => {
      const market = settings.exchange.market(unifiedUsdmSymbol(symbol));
      const mark = fixed(market?.markPrice ?? Decimal.zero, 8);
      return {
        symbol: symbol.id,
        markPrice: mark,
        indexPrice: mark,
        estimatedSettlePrice: mark,
        lastFundingRate: fixed(market?.fundingRate ?? Decimal.zero, 8),
        interestRate: '0.00010000',
        nextFundingTime: market?.nextFundingAt ?? 0,
        time: call.at,
      };
    }),
    open('/fapi/v1/fundingRate', 1, (call) => fundingHistory(settings, call)),
    open('/fapi/v1/fundingInfo', 0, () => []),
  ];
}

/** The rate is the same at every funding time, so its history is the times with the price that was. */
function fundingHistory(settings: UsdmMarketSettings, call: Call): unknown {
  const { parameters } = call;
  const id = parameters.optional('symbol');
  const startMs = parameters.optionalInteger('startTime');
  const endMs = Math.min(parameters.optionalInteger('endTime') ?? call.at, call.at);
  const limit = readLimit(parameters, 100, MOST_FUNDINGS);
  const symbols = id === undefined ? USDM_SYMBOLS : [usdmSymbolFrom(id)];
  return symbols.flatMap((symbol) => {
    const unified = unifiedUsdmSymbol(symbol);
    const terms = settings.exchange.instrument(unified)?.swap;
    if (terms === null || terms === undefined) return [];
    const interval = { ms: terms.fundingIntervalMs };
    return settings.history.candles(unified, interval, { startMs, endMs, limit }, call.at).map((candle) => ({
      symbol: symbol.id,
      fundingTime: candle.openAt,
      fundingRate: fixed(terms.fundingRate, 8),
      markPrice: fixed(candle.open, 8),
    }));
  });
}
