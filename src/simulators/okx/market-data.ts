/**
 * OKX's public market data over REST: time, instruments, tickers, books, trades, candles, marks, funding, price limits.
 *
 * Entry points: `marketEndpoints`; `tickerJson`, `bookLevels`, `candleRow` and the like make the rows that streams have too. Sources: "Get
 * system time", "Get instruments", "Ticker", "Order book", "Trades", "Candlesticks", "Get mark price", "Get funding rate" and "Get limit
 * price" of the v5 documentation. Every figure is text.
 */
import { Decimal } from '../../core/decimal.ts';
import type { BookLevel } from '../exchange/event.ts';
import type { Exchange } from '../exchange/exchange.ts';
import type { PublicTrade } from '../exchange/views.ts';
import type { Candle, MarketHistory } from '../market/market-history.ts';
import { marketEndpoint, priceEndpoint, publicEndpoint, type Call, type Endpoint } from './access.ts';
import { missing, parameterError } from './errors.ts';
import { DISCOUNT_RATES, LISTINGS, type Listing } from './instruments.ts';
import { intervalNamed } from './intervals.ts';
import { priceBound } from './order-requests.ts';
import { instTypeFrom, listingFrom, optionalListing, readLimit, type Parameters } from './parameters.ts';
import { FUNDING_HOURS, instrumentJson, stateOf } from './symbols.ts';

export type Json = Record<string, unknown>;

export interface MarketSettings {
  readonly exchange: Exchange;
  readonly history: MarketHistory;
}

export function marketEndpoints(settings: MarketSettings): Endpoint[] {
  const { exchange } = settings;
  return [
    publicEndpoint('public/time', ({ clockMs }) => [{ ts: String(clockMs) }]),
    publicEndpoint('public/instruments', ({ parameters: { parameters } }) =>
      instrumentRows(exchange, parameters),
    ),
    publicEndpoint('public/funding-rate', (call) =>
      fundedBy(call).map((listing) => fundingJson(exchange, listing, call.clockMs)),
    ),
    publicEndpoint('public/funding-rate-history', (call) => fundingHistory(exchange, call)),
    priceEndpoint('public/mark-price', (call) => markPrices(exchange, call)),
    priceEndpoint('public/price-limit', ({ parameters: { parameters }, clockMs }) => {
      const listing = listingFrom(parameters);
      return [{ instType: listing.instType, ...limitJson(exchange, listing, clockMs) }];
    }),
    publicEndpoint('public/discount-rate-interest-free-quota', ({ parameters: { parameters } }) =>
      discountRates(parameters.optional('ccy')),
    ),
    marketEndpoint('market/ticker', ({ parameters: { parameters }, at, clockMs }) => [
      tickerJson(settings, listingFrom(parameters), at, clockMs),
    ]),
    marketEndpoint('market/tickers', ({ parameters: { parameters }, at, clockMs }) =>
      listed(parameters).map((listing) => tickerJson(settings, listing, at, clockMs)),
    ),
    marketEndpoint('market/books', (call) => book(exchange, call)),
    marketEndpoint('market/trades', ({ parameters: { parameters } }) => {
      const listing = listingFrom(parameters);
      return exchange
        .recentTrades(listing.unified, readLimit(parameters, 100, 500))
        .map((trade) => ({ ...tradeJson(listing, trade), source: '0' }))
        .reverse();
    }),
    marketEndpoint('market/candles', (call) => candles(settings, call, 300)),
    marketEndpoint('market/history-candles', (call) => candles(settings, call, 300)),
  ];
}

/** The listings of a type; none of a type that is not served. */
function listed(parameters: Parameters): readonly Listing[] {
  const instType = instTypeFrom(parameters);
  if (instType === undefined) throw missing('instType');
  return LISTINGS.filter((listing) => listing.instType === instType);
}

/** The list of a type, of one instrument where it is named. */
export function instrumentRows(exchange: Exchange, parameters: Parameters): readonly Json[] {
  const named = optionalListing(parameters);
  const family = parameters.optional('instFamily');
  return listed(parameters).flatMap((listing) => {
    const { symbol, unified } = listing;
    const state = stateOf(exchange.market(unified)?.status ?? 'trading');
    const isAsked =
      (named === undefined || named === listing) &&
      (family === undefined || family === `${symbol.base}-${symbol.quote}`);
    return state !== null && isAsked ? [instrumentJson(symbol, state)] : [];
  });
}

/** "ANY" is every swap. */
function fundedBy(call: Call): readonly Listing[] {
  return call.parameters.parameters.optional('instId') === 'ANY'
    ? LISTINGS.filter(({ instType }) => instType === 'SWAP')
    : [swapOf(call)];
}

function swapOf({ parameters: { parameters } }: Call): Listing {
  const listing = listingFrom(parameters);
  if (listing.instType !== 'SWAP') throw parameterError('instId');
  return listing;
}

/** The figures of a day, with the best bid and ask; empty texts where a side of the book is empty. */
export function tickerJson(
  { exchange, history }: MarketSettings,
  { unified, id, instType, symbol }: Listing,
  at: number,
  clockMs: number,
): Json {
  const day = history.day(unified, at);
  const top = exchange.book(unified, 1);
  const last = exchange.market(unified)?.lastPrice ?? symbol.startPrice;
  const text = (value: Decimal | undefined): string => (value ?? last).toString();
  const volume = day?.volume ?? Decimal.zero;
  // The other unit: quote on spot, base coin of swaps.
  const other = instType === 'SPOT' ? rounded(day?.quoteVolume) : volume.multiply(symbol.contractValue);
  return {
    instType,
    instId: id,
    last: last.toString(),
    lastSz: (day?.lastQuantity ?? Decimal.zero).toString(),
    askPx: top?.asks[0]?.[0].toString() ?? '',
    askSz: top?.asks[0]?.[1].toString() ?? '',
    bidPx: top?.bids[0]?.[0].toString() ?? '',
    bidSz: top?.bids[0]?.[1].toString() ?? '',
    open24h: text(day?.open),
    high24h: text(day?.high),
    low24h: text(day?.low),
    volCcy24h: other.toString(),
    vol24h: volume.toString(),
    sodUtc0: text(day?.open),
    sodUtc8: text(day?.open),
    ts: String(clockMs),
  };
}

function rounded(value: Decimal | undefined): Decimal {
  return (value ?? Decimal.zero).divide(Decimal.one, 8, 'down');
}

/** Price, size, a deprecated nought, and the number of orders. */
export function bookLevels(levels: Iterable<BookLevel>): string[][] {
  return Array.from(levels, ([price, size]) => [
    price.toString(),
    size.toString(),
    '0',
    size.isZero() ? '0' : '1',
  ]);
}

function book(exchange: Exchange, { parameters: { parameters }, clockMs }: Call): unknown {
  const listing = listingFrom(parameters);
  const depth = parameters.optionalInteger('sz') ?? 1;
  if (depth < 1 || depth > 400) throw parameterError('sz');
  const shown = exchange.book(listing.unified, depth);
  return [
    {
      asks: bookLevels(shown?.asks ?? []),
      bids: bookLevels(shown?.bids ?? []),
      ts: String(clockMs),
      seqId: shown?.updateId ?? 0,
    },
  ];
}

export function tradeJson({ id }: Listing, trade: PublicTrade): Json {
  return {
    instId: id,
    side: trade.takerSide,
    sz: trade.quantity.toString(),
    px: trade.price.toString(),
    tradeId: trade.tradeId,
    ts: String(trade.at),
  };
}

/** Newest first: the latest before `after`, of them those after `before`. */
function candles(
  { history }: MarketSettings,
  { parameters: { parameters }, at }: Call,
  most: number,
): unknown {
  const listing = listingFrom(parameters);
  const interval = intervalNamed(parameters.optional('bar') ?? '1m');
  if (interval === undefined) throw parameterError('bar');
  const limit = readLimit(parameters, 100, most);
  const before = parameters.optionalInteger('before');
  const after = parameters.optionalInteger('after');
  const query = { limit, ...(after === undefined ? {} : { endMs: after - 1 }) };
  return history
    .candles(listing.unified, interval, query, at)
    .filter(({ openAt }) => before === undefined || openAt > before)
    .map((candle) => candleRow(listing, candle, candle.closeAt < at))
    .reverse();
}

/** Time, open, high, low, close, volume, in base coin (spot: quote), in quote, and whether it has ended. */
export function candleRow({ instType, symbol }: Listing, candle: Candle, isClosed: boolean): string[] {
  const { volume } = candle;
  const quoteVolume = rounded(candle.quoteVolume);
  const other = instType === 'SPOT' ? quoteVolume : volume.multiply(symbol.contractValue);
  return [
    String(candle.openAt),
    ...[candle.open, candle.high, candle.low, candle.close, volume, other, quoteVolume].map((figure) =>
      figure.toString(),
    ),
    isClosed ? '1' : '0',
  ];
}

export function fundingJson(exchange: Exchange, { id, unified }: Listing, clockMs: number): Json {
  const market = exchange.market(unified);
  const next = market?.nextFundingAt ?? 0;
  const rate = (market?.fundingRate ?? Decimal.zero).toString();
  return {
    formulaType: 'noRate',
    fundingRate: rate,
    fundingTime: String(next),
    impactValue: '',
    instId: id,
    instType: 'SWAP',
    interestRate: '',
    maxFundingRate: '0.00375',
    method: 'current_period',
    minFundingRate: '-0.00375',
    nextFundingRate: '',
    nextFundingTime: String(next + FUNDING_HOURS * 3_600_000),
    premium: '0',
    settFundingRate: rate,
    settState: 'settled',
    ts: String(clockMs),
  };
}

/** The rate is always the instrument's own. */
function fundingHistory(exchange: Exchange, call: Call): unknown {
  const { id, unified } = swapOf(call);
  const limit = readLimit(call.parameters.parameters, 100, 400);
  const everyMs = FUNDING_HOURS * 3_600_000;
  const last = Math.floor(call.at / everyMs) * everyMs;
  const rate = (exchange.market(unified)?.fundingRate ?? Decimal.zero).toString();
  return Array.from({ length: limit }, (_, index) => ({
    formulaType: 'noRate',
    fundingRate: rate,
    fundingTime: String(last - index * everyMs),
    instId: id,
    instType: 'SWAP',
    method: 'current_period',
    realizedRate: rate,
  }));
}

function markPrices(exchange: Exchange, { parameters: { parameters }, clockMs }: Call): unknown {
  const named = optionalListing(parameters);
  // The type is left out by clients that name the instrument.
  const asked = named !== undefined && !parameters.has('instType') ? [named] : listed(parameters);
  return asked
    .filter((listing) => named === undefined || named === listing)
    .map((listing) => markJson(exchange, listing, clockMs));
}

export function markJson(exchange: Exchange, { id, instType, unified }: Listing, clockMs: number): Json {
  const mark = exchange.market(unified)?.markPrice ?? Decimal.zero;
  return { instType, instId: id, markPx: mark.toString(), ts: String(clockMs) };
}

export function limitJson(exchange: Exchange, listing: Listing, clockMs: number): Json {
  return {
    instId: listing.id,
    buyLmt: priceBound(exchange, listing, 'buy').toString(),
    sellLmt: priceBound(exchange, listing, 'sell').toString(),
    ts: String(clockMs),
    enabled: true,
  };
}

function discountRates(asked: string | undefined): unknown {
  return Object.entries(DISCOUNT_RATES)
    .filter(([asset]) => asked === undefined || asset === asked)
    .map(([asset, rate]) => ({
      amt: '0',
      ccy: asset,
      collateralRestrict: false,
      details: [
        {
          discountRate: rate.toString(),
          liqPenaltyRate: '0.02',
          maxAmt: '',
          minAmt: '0',
          tier: '1',
          disCcyEq: '',
        },
      ],
      discountLv: '1',
      minDiscountRate: '0',
    }));
}
