/**
 * MEXC's public market data of contracts over REST: time, contracts, tickers, books, deals, candles, prices, funding rates.
 *
 * Entry points: `marketEndpoints`, `tickerJson`. Figures are bare numbers; a level is its price, its contracts and its orders. Source: "Market
 * endpoints" of the contract documentation.
 */
import { Decimal } from '../../../core/decimal.ts';
import type { BookLevel, TradeEvent } from '../../exchange/event.ts';
import type { Exchange } from '../../exchange/exchange.ts';
import type { MarketView, PublicTrade } from '../../exchange/views.ts';
import type { MarketHistory } from '../../market/market-history.ts';
import { intervalNamed } from '../intervals.ts';
import { marketEndpoint, publicEndpoint, type Call, type Endpoint } from './access.ts';
import { contractUnknown, parameterError } from './errors.ts';
import { CONTRACT_LISTINGS, type ContractListing } from './instruments.ts';
import type { Json } from './order-json.ts';
import { edgePrice } from './order-requests.ts';
import { contractNamedBy, optionalContract, pageOf } from './parameters.ts';
import { contractJson, FUNDING_HOURS } from './symbols.ts';

export interface FuturesMarketSettings {
  readonly exchange: Exchange;
  readonly history: MarketHistory;
}

const CONTRACT = '/api/v1/contract';
const FIGURE_SCALE = 8;
const MOST_CANDLES = 2_000;

export function marketEndpoints(settings: FuturesMarketSettings): Endpoint[] {
  const { exchange } = settings;
  return [
    publicEndpoint(`${CONTRACT}/ping`, ({ clockMs }) => clockMs),
    publicEndpoint(`${CONTRACT}/detail`, ({ parameters: { parameters } }) => {
      const listing = optionalContract(parameters);
      const show = ({ contract, unified }: ContractListing): Json =>
        contractJson(contract, exchange.market(unified)?.status ?? 'trading');
      return listing === undefined ? CONTRACT_LISTINGS.map(show) : show(listing);
    }),
    publicEndpoint(`${CONTRACT}/support_currencies`, () => [
      ...new Set(CONTRACT_LISTINGS.map(({ contract }) => contract.quote)),
    ]),
    marketEndpoint(`${CONTRACT}/ticker`, ({ parameters: { parameters }, at }) => {
      const listing = optionalContract(parameters);
      return listing === undefined ? tickersJson(settings, at) : tickerJson(settings, listing, at);
    }),
    marketEndpoint(`${CONTRACT}/depth/:symbol`, (call) => {
      const { unified } = contractAsked(call);
      const book = exchange.book(unified, call.parameters.parameters.optionalInteger('limit') ?? 1_000);
      return {
        ...bookJson(book?.asks ?? [], book?.bids ?? [], book?.updateId ?? 0),
        timestamp: call.clockMs,
      };
    }),
    marketEndpoint(`${CONTRACT}/depth_commits/:symbol/:limit`, (call) => {
      const book = exchange.book(contractAsked(call).unified, 20);
      return [bookJson(book?.asks ?? [], book?.bids ?? [], book?.updateId ?? 0)];
    }),
    marketEndpoint(`${CONTRACT}/deals/:symbol`, (call) => {
      const limit = Math.min(call.parameters.parameters.optionalInteger('limit') ?? 100, 100);
      return exchange.recentTrades(contractAsked(call).unified, limit).toReversed().map(dealJson);
    }),
    marketEndpoint(`${CONTRACT}/kline/:symbol`, (call) => candles(settings, call)),
    ...['fair_price', 'index_price'].map((price) =>
      marketEndpoint(`${CONTRACT}/kline/${price}/:symbol`, (call) => candles(settings, call)),
    ),
    publicEndpoint(`${CONTRACT}/risk_reverse`, () => []),
    priceEndpoint(`${CONTRACT}/index_price/:symbol`, (call) => {
      const listing = contractAsked(call);
      const { indexPrice } = marketOf(exchange, listing);
      return { symbol: listing.id, indexPrice, timestamp: call.clockMs };
    }),
    priceEndpoint(`${CONTRACT}/fair_price/:symbol`, (call) => {
      const listing = contractAsked(call);
      const { markPrice } = marketOf(exchange, listing);
      return { symbol: listing.id, fairPrice: markPrice, timestamp: call.clockMs };
    }),
    priceEndpoint(`${CONTRACT}/funding_rate/history`, (call) => fundingHistory(exchange, call)),
    priceEndpoint(`${CONTRACT}/funding_rate/:symbol`, (call) => {
      const listing = contractAsked(call);
      const { fundingRate, nextFundingAt } = marketOf(exchange, listing);
      return {
        symbol: listing.id,
        fundingRate,
        maxFundingRate: Decimal.of(3n, 3),
        minFundingRate: Decimal.of(-3n, 3),
        collectCycle: FUNDING_HOURS,
        nextSettleTime: nextFundingAt,
        timestamp: call.clockMs,
      };
    }),
  ];
}

function priceEndpoint(path: string, answer: (call: Call) => unknown): Endpoint {
  return { ...publicEndpoint(path, answer), route: 'prices' };
}

function contractAsked({ parameters: { named } }: Call): ContractListing {
  return contractNamedBy(named['symbol'] ?? '');
}

function marketOf(exchange: Exchange, { unified }: ContractListing): MarketView {
  const market = exchange.market(unified);
  if (market === null) throw contractUnknown();
  return market;
}

/** Levels with one order each: how many there are is not known here. */
export function levelsJson(levels: Iterable<BookLevel>): unknown[] {
  return Array.from(levels, ([price, quantity]) => [price, quantity, quantity.isZero() ? 0 : 1]);
}

export function bookJson(asks: Iterable<BookLevel>, bids: Iterable<BookLevel>, version: number): Json {
  return { asks: levelsJson(asks), bids: levelsJson(bids), version };
}

/** A deal of the public: 3 is a position that does not change, as every deal here has; 2 is no self-trade. */
export function dealJson({ price, quantity, takerSide, at }: PublicTrade | TradeEvent): Json {
  return { p: price, v: quantity, T: takerSide === 'buy' ? 1 : 2, O: 3, M: 2, t: at };
}

/** Of every contract that this exchange has. */
export function tickersJson(settings: FuturesMarketSettings, at: number): readonly Json[] {
  return CONTRACT_LISTINGS.filter(({ unified }) => settings.exchange.market(unified) !== null).map((one) =>
    tickerJson(settings, one, at),
  );
}

export function tickerJson(
  { exchange, history }: FuturesMarketSettings,
  listing: ContractListing,
  at: number,
): Json {
  const { unified, id, contract } = listing;
  const market = marketOf(exchange, listing);
  const day = history.day(unified, at);
  const last = day?.last ?? market.lastPrice;
  const open = day?.open ?? last;
  const change = last.subtract(open);
  const book = exchange.book(unified, 1);
  return {
    contractId: contract.contractId,
    symbol: id,
    lastPrice: last,
    bid1: book?.bids[0]?.[0] ?? Decimal.zero,
    ask1: book?.asks[0]?.[0] ?? Decimal.zero,
    volume24: day?.volume ?? Decimal.zero,
    amount24: (day?.quoteVolume ?? Decimal.zero).divide(Decimal.one, FIGURE_SCALE, 'down'),
    holdVol: Decimal.zero,
    lower24Price: day?.low ?? last,
    high24Price: day?.high ?? last,
    riseFallRate: open.isZero() ? Decimal.zero : change.divide(open, 4, 'half_even'),
    riseFallValue: change,
    indexPrice: market.indexPrice,
    fairPrice: market.markPrice,
    fundingRate: market.fundingRate,
    maxBidPrice: edgePrice(market.markPrice, 'buy', contract.priceUnit),
    minAskPrice: edgePrice(market.markPrice, 'sell', contract.priceUnit),
    timestamp: at,
  };
}

/** Lists side by side, oldest first; times are in seconds. */
function candles({ history }: FuturesMarketSettings, call: Call): unknown {
  const { parameters } = call.parameters;
  const interval = intervalNamed(parameters.optional('interval') ?? 'Min1');
  if (interval === undefined) throw parameterError();
  const start = parameters.optionalInteger('start');
  const end = parameters.optionalInteger('end');
  const found = history.candles(
    contractAsked(call).unified,
    interval,
    {
      startMs: start === undefined ? undefined : start * 1_000,
      endMs: end === undefined ? undefined : end * 1_000,
      limit: MOST_CANDLES,
    },
    call.at,
  );
  return {
    time: found.map(({ openAt }) => Math.floor(openAt / 1_000)),
    open: found.map(({ open }) => open),
    close: found.map(({ close }) => close),
    high: found.map(({ high }) => high),
    low: found.map(({ low }) => low),
    vol: found.map(({ volume }) => volume),
    amount: found.map(({ quoteVolume }) => quoteVolume.divide(Decimal.one, FIGURE_SCALE, 'down')),
  };
}

/** The rate is always the instrument's own. */
function fundingHistory(exchange: Exchange, { parameters: { parameters }, at }: Call): unknown {
  const listing = optionalContract(parameters);
  if (listing === undefined) throw parameterError();
  const everyMs = FUNDING_HOURS * 3_600_000;
  const last = Math.floor(at / everyMs) * everyMs;
  const { fundingRate } = marketOf(exchange, listing);
  const rows = Array.from({ length: 300 }, (_, index) => ({
    symbol: listing.id,
    fundingRate,
    settleTime: last - index * everyMs,
  }));
  return pageOf(rows, parameters, 1_000);
}
