/**
 * Bybit's public market data over REST: time, instruments, tickers, books, trades, candles.
 *
 * Entry points: `marketEndpoints`, `tickerJson`, `candleJson`. Sources: "Get Bybit Server Time", "Get Instruments Info", "Get
 * Tickers", "Get Orderbook", "Get Recent Public Trades", "Get Kline", "Get Funding Rate History" of the v5 documentation.
 */
import { Decimal } from '../../core/decimal.ts';
import type { BookLevel } from '../exchange/event.ts';
import type { Exchange } from '../exchange/exchange.ts';
import type { Candle, MarketHistory } from '../market/market-history.ts';
import { marketEndpoint, publicEndpoint, type Call, type Endpoint } from './access.ts';
import { malformed } from './errors.ts';
import { executionId, LISTINGS, type Listing } from './instruments.ts';
import { intervalNamed } from './intervals.ts';
import type { Json } from './order-json.ts';
import { sideName } from './order-words.ts';
import { categoryOf, listingFrom, optionalListing, readLimit, type Parameters } from './parameters.ts';
import { FUNDING_HOURS, instrumentJson, statusOf, type Category } from './symbols.ts';

export interface MarketSettings {
  readonly exchange: Exchange;
  readonly history: MarketHistory;
}

export function marketEndpoints(settings: MarketSettings): Endpoint[] {
  return [
    publicEndpoint('/v5/market/time', ({ clockMs }) => ({
      timeSecond: String(Math.floor(clockMs / 1000)),
      timeNano: `${clockMs}000000`,
    })),
    publicEndpoint('/v5/market/instruments-info', (call) => instruments(settings, call)),
    marketEndpoint('/v5/market/tickers', (call) => tickers(settings, call)),
    marketEndpoint('/v5/market/orderbook', (call) => book(settings, call)),
    marketEndpoint('/v5/market/recent-trade', (call) => trades(settings, call)),
    marketEndpoint('/v5/market/kline', (call) => candles(settings, call)),
    marketEndpoint('/v5/market/funding/history', (call) => fundingHistory(settings, call)),
  ];
}

function listed(parameters: Parameters, category: Category): readonly Listing[] {
  const listing = optionalListing(parameters, category);
  return listing === undefined ? LISTINGS.filter((one) => one.category === category) : [listing];
}

/** "By default returns only Trading symbols"; one that is asked for by its name is shown in any status. */
function instruments({ exchange }: MarketSettings, { parameters: { parameters } }: Call): unknown {
  const category = categoryOf(parameters);
  const wanted = parameters.optional('status') ?? 'Trading';
  const base = parameters.optional('baseCoin');
  const limit = readLimit(parameters, 500, 1000);
  const cursor = parameters.optional('cursor');
  const found = listed(parameters, category).filter(({ symbol, unified, id }) => {
    const status = statusOf(exchange.market(unified)?.status ?? 'trading');
    return (
      (parameters.has('symbol') || status === wanted) &&
      (base === undefined || symbol.base === base) &&
      (cursor === undefined || id > cursor)
    );
  });
  const inOrder =
    category === 'spot' ? found : [...found].sort((left, right) => (left.id < right.id ? -1 : 1));
  const page = category === 'spot' ? inOrder : inOrder.slice(0, limit);
  const list = page.map(({ symbol, unified }) =>
    instrumentJson(symbol, exchange.market(unified)?.status ?? 'trading'),
  );
  const nextPageCursor = page.length < inOrder.length ? (page.at(-1)?.id ?? '') : '';
  return category === 'spot' ? { category, list } : { category, list, nextPageCursor };
}

function tickers(settings: MarketSettings, { parameters: { parameters }, at }: Call): unknown {
  const category = categoryOf(parameters);
  const list = listed(parameters, category).map((listing) => ({
    symbol: listing.id,
    ...tickerJson(settings, listing, at),
    ...bestJson(settings.exchange, listing),
    ...(category === 'spot' ? {} : WITHOUT_DELIVERY),
  }));
  return { category, list };
}

/** Figures that expiry contracts alone have. */
const WITHOUT_DELIVERY: Json = {
  predictedDeliveryPrice: '',
  basisRate: '',
  basis: '',
  deliveryFeeRate: '',
  deliveryTime: '0',
  preOpenPrice: '',
  preQty: '',
  curPreListingPhase: '',
  basisRateYear: '',
};

/** The best bid and ask; empty texts where a side is empty. Spot shows them over REST alone. */
export function bestJson(exchange: Exchange, { unified, price, quantity }: Listing): Record<string, string> {
  const top = exchange.book(unified, 1);
  const [bid, ask] = [top?.bids[0], top?.asks[0]];
  return {
    bid1Price: bid === undefined ? '' : price(bid[0]),
    bid1Size: bid === undefined ? '' : quantity(bid[1]),
    ask1Price: ask === undefined ? '' : price(ask[0]),
    ask1Size: ask === undefined ? '' : quantity(ask[1]),
  };
}

/** The figures of a day, and of a contract its mark, index and funding, as list and stream have them in common. */
export function tickerJson(
  { exchange, history }: MarketSettings,
  listing: Listing,
  at: number,
): Record<string, string> {
  const { unified, price, quantity, category } = listing;
  const day = history.day(unified, at);
  const market = exchange.market(unified);
  const last = day?.last ?? market?.lastPrice ?? Decimal.zero;
  const open = day?.open ?? last;
  const common = {
    lastPrice: price(last),
    prevPrice24h: price(open),
    price24hPcnt: open.isZero() ? '0' : last.subtract(open).divide(open, 6, 'half_even').toString(),
    highPrice24h: price(day?.high ?? last),
    lowPrice24h: price(day?.low ?? last),
    turnover24h: (day?.quoteVolume ?? Decimal.zero).divide(Decimal.one, 8, 'down').toString(),
    volume24h: quantity(day?.volume ?? Decimal.zero),
  };
  if (category === 'spot') return { ...common, usdIndexPrice: price(market?.lastPrice ?? last) };
  return {
    ...common,
    indexPrice: price(market?.indexPrice ?? last),
    markPrice: price(market?.markPrice ?? last),
    prevPrice1h: price(last),
    openInterest: '0',
    openInterestValue: '0',
    singleOpenInterest: '0',
    singleOpenInterestValue: '0',
    fundingRate: (market?.fundingRate ?? Decimal.zero).toString(),
    nextFundingTime: String(market?.nextFundingAt ?? 0),
    fundingIntervalHour: String(FUNDING_HOURS),
    fundingCap: '0.005',
  };
}

export function levelsJson({ price, quantity }: Listing, levels: Iterable<BookLevel>): [string, string][] {
  return Array.from(levels, ([at, size]) => [price(at), quantity(size)]);
}

function book({ exchange }: MarketSettings, { parameters: { parameters }, clockMs }: Call): unknown {
  const category = categoryOf(parameters);
  const listing = listingFrom(parameters, category);
  const limit = readLimit(parameters, category === 'spot' ? 1 : 25, 1000);
  const shown = exchange.book(listing.unified, limit);
  return {
    s: listing.id,
    b: levelsJson(listing, shown?.bids ?? []),
    a: levelsJson(listing, shown?.asks ?? []),
    ts: clockMs,
    u: shown?.updateId ?? 0,
    seq: shown?.updateId ?? 0,
    cts: clockMs,
  };
}

/** Newest first. */
function trades({ exchange }: MarketSettings, { parameters: { parameters } }: Call): unknown {
  const category = categoryOf(parameters);
  const listing = listingFrom(parameters, category);
  const limit = category === 'spot' ? readLimit(parameters, 60, 60) : readLimit(parameters, 500, 1000);
  const list = exchange
    .recentTrades(listing.unified, limit)
    .map((trade) => ({
      execId: executionId({ symbol: listing.unified, tradeId: trade.tradeId }),
      symbol: listing.id,
      price: listing.price(trade.price),
      size: listing.quantity(trade.quantity),
      side: sideName(trade.takerSide),
      time: String(trade.at),
      isBlockTrade: false,
      isRPITrade: false,
      seq: trade.tradeId,
    }))
    .reverse();
  return { category, list };
}

/** Newest first; without a category of contracts. From a start the oldest from there, else the latest. */
function candles(settings: MarketSettings, call: Call): unknown {
  const { parameters } = call.parameters;
  const category = parameters.has('category') ? categoryOf(parameters) : 'linear';
  const listing = listingFrom(parameters, category);
  const list = candlesOf(settings, call, listing)
    .map((candle) => candleRow(listing, candle))
    .toReversed();
  return { category, symbol: listing.id, list };
}

/** Oldest first, as `interval`, `start`, `end` and `limit` ask for them. */
export function candlesOf(
  { history }: MarketSettings,
  { parameters: { parameters }, at }: Call,
  { unified }: Listing,
): readonly Candle[] {
  const interval = intervalNamed(parameters.required('interval'));
  if (interval === undefined) throw malformed('interval');
  const query = {
    startMs: parameters.optionalInteger('start'),
    endMs: parameters.optionalInteger('end'),
    limit: readLimit(parameters, 200, 1000),
  };
  return history.candles(unified, interval, query, at);
}

function candleRow({ price, quantity }: Listing, candle: Candle): string[] {
  return [
    String(candle.openAt),
    price(candle.open),
    price(candle.high),
    price(candle.low),
    price(candle.close),
    quantity(candle.volume),
    turnover(candle),
  ];
}

function turnover({ quoteVolume }: Candle): string {
  return quoteVolume.divide(Decimal.one, 8, 'down').toString();
}

/** A candle of the stream; `confirm` says that it has ended. */
export function candleJson(
  { price, quantity }: Listing,
  interval: string,
  candle: Candle,
  confirm: boolean,
): Json {
  return {
    start: candle.openAt,
    end: candle.closeAt,
    interval,
    open: price(candle.open),
    close: price(candle.close),
    high: price(candle.high),
    low: price(candle.low),
    volume: quantity(candle.volume),
    turnover: turnover(candle),
    confirm,
    timestamp: candle.closeAt,
  };
}

/** The rate is always the instrument's own. */
function fundingHistory({ exchange }: MarketSettings, { parameters: { parameters }, at }: Call): unknown {
  const category = categoryOf(parameters);
  const listing = listingFrom(parameters, category);
  const limit = readLimit(parameters, 200, 200);
  const everyMs = FUNDING_HOURS * 3_600_000;
  const last = Math.floor(at / everyMs) * everyMs;
  const fundingRate = (exchange.market(listing.unified)?.fundingRate ?? Decimal.zero).toString();
  const list = Array.from({ length: limit }, (_, index) => ({
    symbol: listing.id,
    fundingRate,
    fundingRateTimestamp: String(last - index * everyMs),
  }));
  return { category, list };
}
