/**
 * Public market data in the form that spot and futures share: books, trades, candles, 24 h figures, and the reading of
 * their request parameters. The differences of a product are in its own folder.
 */
import { Decimal } from '../../core/decimal.ts';
import type { BookLevel } from '../exchange/event.ts';
import type { Exchange } from '../exchange/exchange.ts';
import type { PublicTrade } from '../exchange/views.ts';
import type { Candle, DayFigures, MarketHistory } from '../market/market-history.ts';
import type { Call } from './authentication.ts';
import { invalidInterval, invalidParameter } from './errors.ts';
import { fixed } from '../wire/figures.ts';
import { page } from './history-window.ts';
import { intervalNamed } from './intervals.ts';
import type { Listing } from './listing.ts';
import type { Parameters } from './parameters.ts';

/** Trades that a request can get at the most, and that are looked through for it. */
export const MOST_TRADES = 1000;

/** `limit`, cut to the most that the venue gives. Zero is refused. */
export function readLimit(parameters: Parameters, usual: number, most: number): number {
  const limit = parameters.optionalInteger('limit') ?? usual;
  if (limit === 0) throw invalidParameter('limit');
  return Math.min(limit, most);
}

// ── Books ──────────────────────────────────────────────────────────────────────────────────────────────────────

export function levelsJson(listing: Listing, levels: Iterable<BookLevel>): [string, string][] {
  return Array.from(levels, ([price, quantity]) => [listing.price(price), listing.quantity(quantity)]);
}

/** The best `limit` levels of each side, with the id of the last change in them. */
export function depthJson(exchange: Exchange, listing: Listing, limit: number): Record<string, unknown> {
  const book = exchange.book(listing.unified, limit);
  return {
    lastUpdateId: book?.updateId ?? 0,
    bids: levelsJson(listing, book?.bids ?? []),
    asks: levelsJson(listing, book?.asks ?? []),
  };
}

/** The best of both sides as texts; zeros where a side is empty. */
export interface Best {
  readonly updateId: number;
  readonly bidPrice: string;
  readonly bidQuantity: string;
  readonly askPrice: string;
  readonly askQuantity: string;
}

export function bestOf(exchange: Exchange, listing: Listing): Best {
  const book = exchange.book(listing.unified, 1);
  const [bid, ask] = [book?.bids[0], book?.asks[0]];
  return {
    updateId: book?.updateId ?? 0,
    bidPrice: listing.price(bid?.[0] ?? Decimal.zero),
    bidQuantity: listing.quantity(bid?.[1] ?? Decimal.zero),
    askPrice: listing.price(ask?.[0] ?? Decimal.zero),
    askQuantity: listing.quantity(ask?.[1] ?? Decimal.zero),
  };
}

export function bookTickerJson(exchange: Exchange, listing: Listing): Record<string, unknown> {
  return { symbol: listing.id, ...bestJson(bestOf(exchange, listing)) };
}

function bestJson(best: Best): Record<string, unknown> {
  return {
    bidPrice: best.bidPrice,
    bidQty: best.bidQuantity,
    askPrice: best.askPrice,
    askQty: best.askQuantity,
  };
}

// ── Trades ─────────────────────────────────────────────────────────────────────────────────────────────────────

export function publicTradeJson(listing: Listing, trade: PublicTrade): Record<string, unknown> {
  return {
    id: Number(trade.tradeId),
    price: listing.price(trade.price),
    qty: listing.quantity(trade.quantity),
    quoteQty: listing.amount(trade.price.multiply(trade.quantity)),
    time: trade.at,
    isBuyerMaker: trade.takerSide === 'sell',
  };
}

/** A trade as an aggregate of itself alone: nothing is aggregated here. */
export function aggregateTradeJson(listing: Listing, trade: PublicTrade): Record<string, unknown> {
  return {
    a: Number(trade.tradeId),
    p: listing.price(trade.price),
    q: listing.quantity(trade.quantity),
    f: Number(trade.tradeId),
    l: Number(trade.tradeId),
    T: trade.at,
    m: trade.takerSide === 'sell',
  };
}

/**
 * The kept trades that `fromId` and `limit` name, `by` `time` also those of `startTime` and `endTime`: the first from a
 * start, else the last.
 */
export function readTrades(
  exchange: Exchange,
  listing: Listing,
  parameters: Parameters,
  by: 'id' | 'time',
): readonly PublicTrade[] {
  const fromId = parameters.optionalInteger('fromId');
  const startMs = by === 'time' ? parameters.optionalInteger('startTime') : undefined;
  const endMs = by === 'time' ? parameters.optionalInteger('endTime') : undefined;
  const limit = readLimit(parameters, 500, MOST_TRADES);
  const trades = exchange
    .recentTrades(listing.unified, MOST_TRADES)
    .filter(
      (trade) =>
        (fromId === undefined || Number(trade.tradeId) >= fromId) &&
        (startMs === undefined || trade.at >= startMs) &&
        (endMs === undefined || trade.at <= endMs),
    );
  return page(trades, fromId !== undefined || startMs !== undefined, limit);
}

// ── Candles ────────────────────────────────────────────────────────────────────────────────────────────────────

/** The candles that `interval`, `startTime`, `endTime` and `limit` name. */
export function readCandles(
  history: MarketHistory,
  listing: Listing,
  { parameters, at }: Call,
  most: number,
): readonly Candle[] {
  const interval = intervalNamed(parameters.required('interval'));
  if (interval === undefined) throw invalidInterval();
  const query = {
    startMs: parameters.optionalInteger('startTime'),
    endMs: parameters.optionalInteger('endTime'),
    limit: readLimit(parameters, 500, most),
  };
  return history.candles(listing.unified, interval, query, at);
}

export function klineJson(listing: Listing, candle: Candle): unknown[] {
  return [
    candle.openAt,
    listing.price(candle.open),
    listing.price(candle.high),
    listing.price(candle.low),
    listing.price(candle.close),
    listing.quantity(candle.volume),
    candle.closeAt,
    listing.amount(candle.quoteVolume),
    candle.trades,
    listing.quantity(candle.takerBuyVolume),
    listing.amount(candle.takerBuyQuoteVolume),
    '0',
  ];
}

// ── 24 hours ───────────────────────────────────────────────────────────────────────────────────────────────────

/** The 24 h figures of a symbol with what is computed from them, as texts. */
export interface Day {
  readonly figures: DayFigures;
  readonly change: string;
  readonly changePercent: string;
  readonly weightedAverage: string;
}

export function dayOf(history: MarketHistory, listing: Listing, nowMs: number): Day | null {
  const figures = history.day(listing.unified, nowMs);
  return figures === null ? null : computedDay(listing, figures);
}

export function computedDay(listing: Listing, figures: DayFigures): Day {
  const change = figures.last.subtract(figures.open);
  const percent = figures.open.isZero()
    ? Decimal.zero
    : change.multiply(Decimal.fromInteger(100)).divide(figures.open, 3, 'half_even');
  const weighted = figures.volume.isZero()
    ? figures.last
    : figures.quoteVolume.divide(figures.volume, listing.averageScale, 'half_even');
  return {
    figures,
    change: listing.price(change),
    changePercent: fixed(percent, 3),
    weightedAverage: listing.price(weighted),
  };
}

/** Spot shows the `best` of the book in it too. */
export function dayTickerJson(listing: Listing, day: Day, best: Best | null): Record<string, unknown> {
  const { figures } = day;
  return {
    symbol: listing.id,
    priceChange: day.change,
    priceChangePercent: day.changePercent,
    weightedAvgPrice: day.weightedAverage,
    ...(best === null ? {} : { prevClosePrice: listing.price(figures.open) }),
    lastPrice: listing.price(figures.last),
    lastQty: listing.quantity(figures.lastQuantity),
    ...(best === null ? {} : bestJson(best)),
    openPrice: listing.price(figures.open),
    highPrice: listing.price(figures.high),
    lowPrice: listing.price(figures.low),
    volume: listing.quantity(figures.volume),
    quoteVolume: listing.turnover(figures.quoteVolume),
    openTime: figures.openAt,
    closeTime: figures.closeAt,
    firstId: figures.firstTradeId,
    lastId: figures.lastTradeId,
    count: figures.trades,
  };
}
