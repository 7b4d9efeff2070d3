/**
 * Bitget's public market data over REST: time, instruments, tickers, books, trades, candles, funding.
 *
 * Entry points: `marketEndpoints`; `tickerJson`, `bookLevels`, `candleRow` and `tradeJson` make the rows that streams have too. Sources: "Get
 * Instruments", "Get Tickers", "Get OrderBook", "Get Kline/Candlestick", "Get Recent Public Fills", "Get Current Funding Rate", "Get Position
 * Tier" and their like. Every figure is text, but for the levels of a book over REST, which are numbers.
 */
import { Decimal } from '../../core/decimal.ts';
import type { BookLevel } from '../exchange/event.ts';
import type { Exchange } from '../exchange/exchange.ts';
import type { PublicTrade } from '../exchange/views.ts';
import type { Candle, MarketHistory } from '../market/market-history.ts';
import { marketEndpoint, publicEndpoint, type Call, type Endpoint } from './access.ts';
import { malformed } from './errors.ts';
import { DISCOUNT_RATES, executionId, LISTINGS, type Listing } from './instruments.ts';
import { intervalNamed } from './intervals.ts';
import type { Json } from './order-json.ts';
import { categoryFrom, listingFrom, optionalListing, readLimit, type Parameters } from './parameters.ts';
import { FUNDING_HOURS, instrumentJson } from './symbols.ts';

export interface MarketSettings {
  readonly exchange: Exchange;
  readonly history: MarketHistory;
}

export function marketEndpoints(settings: MarketSettings): Endpoint[] {
  const { exchange } = settings;
  return [
    publicEndpoint('public/time', ({ clockMs }) => ({ serverTime: String(clockMs) })),
    publicEndpoint('market/instruments', ({ parameters: { parameters } }) =>
      listed(parameters).map(({ symbol, unified }) =>
        instrumentJson(symbol, exchange.market(unified)?.status ?? 'trading'),
      ),
    ),
    marketEndpoint('market/tickers', ({ parameters: { parameters }, at, clockMs }) =>
      listed(parameters).map((listing) => ({
        category: listing.category,
        symbol: listing.id,
        ts: String(clockMs),
        ...tickerJson(settings, listing, at),
        ...(listing.category === 'SPOT'
          ? {}
          : { deliveryStartTime: '', deliveryTime: '', deliveryStatus: '' }),
      })),
    ),
    marketEndpoint('market/orderbook', ({ parameters: { parameters }, clockMs }) => {
      const { unified } = listingFrom(parameters);
      const book = exchange.book(unified, readLimit(parameters, 5, 200));
      const numbers = (levels: readonly BookLevel[] = []): number[][] =>
        bookLevels(levels).map((level) => level.map(Number));
      return { a: numbers(book?.asks), b: numbers(book?.bids), ts: String(clockMs) };
    }),
    marketEndpoint('market/candles', (call) => candles(settings, call, 1_000)),
    marketEndpoint('market/history-candles', (call) => candles(settings, call, 100)),
    marketEndpoint('market/fills', ({ parameters: { parameters } }) => {
      const listing = listingFrom(parameters);
      return exchange
        .recentTrades(listing.unified, readLimit(parameters, 100, 100))
        .map((trade) => tradeJson(listing, trade))
        .reverse();
    }),
    publicEndpoint('market/current-fund-rate', ({ parameters: { parameters } }) =>
      futures(parameters).map((listing) => fundingJson(exchange, listing)),
    ),
    publicEndpoint('market/history-fund-rate', (call) => fundingHistory(exchange, call)),
    publicEndpoint('market/open-interest', ({ parameters: { parameters }, clockMs }) => ({
      list: futures(parameters).map(({ id }) => ({ symbol: id, openInterest: '0' })),
      ts: String(clockMs),
    })),
    publicEndpoint('market/position-tier', ({ parameters: { parameters } }) => {
      const { symbol } = listingFrom(parameters);
      return [
        {
          tier: '1',
          minTierValue: '0',
          maxTierValue: '100000000',
          leverage: String(symbol.maxLeverage),
          mmr: symbol.maintenanceMarginRate.toString(),
        },
      ];
    }),
    publicEndpoint('market/discount-rate', () =>
      Object.entries(DISCOUNT_RATES).map(([coin, rate]) => ({
        coin,
        list: [{ tierStartValue: '0', discountRate: rate.toString() }],
      })),
    ),
  ];
}

/** The listings of a category, of one symbol where it is named. */
function listed(parameters: Parameters): readonly Listing[] {
  const category = categoryFrom(parameters);
  const named = optionalListing(parameters, category);
  return LISTINGS.filter(
    (listing) => listing.category === category && (named === undefined || named === listing),
  );
}

/** As `listed`, of perpetuals whether or not the category is named. */
function futures(parameters: Parameters): readonly Listing[] {
  const named = optionalListing(parameters, 'USDT-FUTURES');
  return LISTINGS.filter(
    (listing) => listing.category === 'USDT-FUTURES' && (named === undefined || named === listing),
  );
}

const CHANGE_SCALE = 5;

/** The figures of a day, with the best bid and ask; empty texts where a side of the book is empty. */
export function tickerJson(
  { exchange, history }: MarketSettings,
  { unified, category, symbol }: Listing,
  at: number,
): Json {
  const day = history.day(unified, at);
  const top = exchange.book(unified, 1);
  const market = exchange.market(unified);
  const last = market?.lastPrice ?? symbol.startPrice;
  const open = day?.open ?? last;
  const common = {
    lastPrice: last.toString(),
    openPrice24h: open.toString(),
    highPrice24h: (day?.high ?? last).toString(),
    lowPrice24h: (day?.low ?? last).toString(),
    ask1Price: top?.asks[0]?.[0].toString() ?? '',
    bid1Price: top?.bids[0]?.[0].toString() ?? '',
    bid1Size: top?.bids[0]?.[1].toString() ?? '',
    ask1Size: top?.asks[0]?.[1].toString() ?? '',
    price24hPcnt: open.isZero()
      ? '0'
      : last.subtract(open).divide(open, CHANGE_SCALE, 'half_even').toString(),
    volume24h: (day?.volume ?? Decimal.zero).toString(),
    turnover24h: rounded(day?.quoteVolume).toString(),
  };
  if (category === 'SPOT') return common;
  return {
    ...common,
    indexPrice: market?.indexPrice.toString() ?? '',
    markPrice: market?.markPrice.toString() ?? '',
    fundingRate: market?.fundingRate.toString() ?? '',
    openInterest: '0',
  };
}

function rounded(value: Decimal | undefined): Decimal {
  return (value ?? Decimal.zero).divide(Decimal.one, 8, 'down');
}

/** Price and size. */
export function bookLevels(levels: Iterable<BookLevel>): string[][] {
  return Array.from(levels, ([price, size]) => [price.toString(), size.toString()]);
}

export function tradeJson({ unified }: Listing, trade: PublicTrade): Json {
  const execId = executionId({ symbol: unified, tradeId: trade.tradeId });
  return {
    execId,
    execLinkId: execId,
    price: trade.price.toString(),
    size: trade.quantity.toString(),
    side: trade.takerSide,
    ts: String(trade.at),
    isRPI: 'no',
  };
}

/** Oldest first, as in the page's example. */
function candles(
  { history }: MarketSettings,
  { parameters: { parameters }, at }: Call,
  most: number,
): unknown {
  const { unified } = listingFrom(parameters);
  const interval = intervalNamed(parameters.required('interval'));
  if (interval === undefined) throw malformed('interval');
  const query = {
    limit: readLimit(parameters, 100, most),
    startMs: parameters.optionalInteger('startTime'),
    endMs: parameters.optionalInteger('endTime'),
  };
  return history.candles(unified, interval, query, at).map(candleRow);
}

/** Time, open, high, low, close, volume in base and in quote. */
export function candleRow(candle: Candle): string[] {
  const { open, high, low, close, volume } = candle;
  return [
    String(candle.openAt),
    ...[open, high, low, close, volume, rounded(candle.quoteVolume)].map((figure) => figure.toString()),
  ];
}

function fundingJson(exchange: Exchange, { id, unified }: Listing): Json {
  const market = exchange.market(unified);
  return {
    symbol: id,
    fundingRate: (market?.fundingRate ?? Decimal.zero).toString(),
    fundingRateInterval: String(FUNDING_HOURS),
    nextUpdate: String(market?.nextFundingAt ?? 0),
    minFundingRate: '-0.003',
    maxFundingRate: '0.003',
    cashDividend: '0',
    cashDividendNextUpdate: '0',
  };
}

/** The rate is always the instrument's own. */
function fundingHistory(exchange: Exchange, { parameters: { parameters }, at }: Call): unknown {
  const { id, unified } = listingFrom(parameters);
  const everyMs = FUNDING_HOURS * 3_600_000;
  const last = Math.floor(at / everyMs) * everyMs;
  const rate = (exchange.market(unified)?.fundingRate ?? Decimal.zero).toString();
  return {
    resultList: Array.from({ length: readLimit(parameters, 20, 100) }, (_, index) => ({
      symbol: id,
      fundingRate: rate,
      fundingRateTimestamp: String(last - index * everyMs),
    })),
  };
}
