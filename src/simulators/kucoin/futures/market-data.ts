/**
 * KuCoin's public market data of futures over REST: contracts, tickers, books, trades, candles, marks, funding rates.
 *
 * Entry points: `futuresMarketEndpoints`; `tickerJson` and `bookRows` make the rows that streams have too. Sources: "Get Symbol", "Get Ticker", "Get
 * Part OrderBook", "Get Trade History", "Get Klines", "Get Mark Price", "Get Current Funding Rate" and "Get Public Funding History" of the
 * futures documentation. Contracts, books and candles have numbers, tickers text; sizes are lots.
 */
import { Decimal } from '../../../core/decimal.ts';
import type { BookLevel } from '../../exchange/event.ts';
import type { Exchange } from '../../exchange/exchange.ts';
import type { SymbolStatus } from '../../exchange/state.ts';
import { publicEndpoint, type Call, type Endpoint } from '../access.ts';
import { malformed } from '../errors.ts';
import { numeral, type Json } from '../exact-json.ts';
import { intervalOfMinutes } from '../intervals.ts';
import type { MarketSettings } from '../spot/market-data.ts';
import { tradeIdOf } from '../trade-ids.ts';
import { CONTRACTS, FUNDING_MS, PRICE_LIMIT, type Contract } from './instruments.ts';
import { contractFrom } from './settings.ts';

const MOST_CANDLES = 500;
const MOST_RATES = 100;

export function futuresMarketEndpoints(settings: MarketSettings): Endpoint[] {
  const { exchange } = settings;
  const of = ({ parameters: { parameters } }: Call): Contract => contractFrom(parameters);
  const book = (depth: number) => (call: Call) => bookJson(exchange, of(call), depth, call.clockMs);
  return [
    publicEndpoint('v1/contracts/active', 'other', 3, (call) =>
      CONTRACTS.filter(({ unified }) => exchange.market(unified)?.status !== 'settled').map((contract) =>
        contractJson(settings, contract, call),
      ),
    ),
    publicEndpoint('v1/contracts/:symbol', 'other', 3, (call) => contractJson(settings, of(call), call)),
    publicEndpoint('v1/ticker', 'market_data', 2, (call) => lastTickerJson(settings, of(call), call)),
    publicEndpoint('v1/allTickers', 'market_data', 5, (call) =>
      CONTRACTS.map((contract) => lastTickerJson(settings, contract, call)),
    ),
    publicEndpoint('v1/level2/snapshot', 'market_data', 3, book(5_000)),
    publicEndpoint('v1/level2/depth20', 'market_data', 5, book(20)),
    publicEndpoint('v1/level2/depth100', 'market_data', 5, book(100)),
    publicEndpoint('v1/trade/history', 'market_data', 5, (call) =>
      exchange
        .recentTrades(of(call).unified, 100)
        .toReversed()
        .map((trade) => ({
          sequence: Number(trade.tradeId),
          contractId: 1,
          tradeId: tradeIdOf({ symbol: of(call).unified, tradeId: trade.tradeId }),
          makerOrderId: '236679660971245570',
          takerOrderId: '236679665400492032',
          ts: numeral(`${trade.at}000000`),
          size: numeral(trade.quantity),
          price: trade.price.toString(),
          side: trade.takerSide,
        })),
    ),
    publicEndpoint('v1/kline/query', 'market_data', 3, (call) => candles(settings, call)),
    publicEndpoint('v1/funding-rate/:symbol/current', 'market_data', 2, (call) => {
      const { id, unified } = of(call);
      const market = exchange.market(unified);
      const next = (market?.nextFundingAt ?? call.at) + call.clockMs - call.at;
      return {
        symbol: `.${id}FPI8H`,
        granularity: FUNDING_MS,
        timePoint: next - FUNDING_MS,
        value: numeral(market?.fundingRate ?? Decimal.zero),
        predictedValue: numeral(market?.fundingRate ?? Decimal.zero),
        fundingRateCap: numeral('0.003'),
        fundingRateFloor: numeral('-0.003'),
        period: 1,
        fundingTime: next,
      };
    }),
    publicEndpoint('v1/contract/funding-rates', 'market_data', 5, (call) => fundingRates(exchange, call)),
  ];
}

/** Mark and index price of the contract that a request names. */
export function contractMark(exchange: Exchange, { parameters: { parameters }, clockMs }: Call): Json {
  const { id, unified } = contractFrom(parameters);
  const market = exchange.market(unified);
  return {
    symbol: id,
    granularity: 1_000,
    timePoint: clockMs,
    value: numeral(market?.markPrice ?? Decimal.zero),
    indexPrice: numeral(market?.indexPrice ?? Decimal.zero),
  };
}

function statusWord(status: SymbolStatus): string {
  switch (status) {
    case 'trading':
    case 'reduce_only':
      return 'Open';
    case 'halted':
    case 'cancel_only':
      return 'Paused';
    case 'settled':
      return 'Closed';
  }
}

function contractJson(
  { exchange, history }: MarketSettings,
  contract: Contract,
  { at, clockMs }: Call,
): Json {
  const { id, symbol, unified } = contract;
  const market = exchange.market(unified);
  const day = history.day(unified, at);
  const last = market?.lastPrice ?? symbol.startPrice;
  const mark = market?.markPrice ?? last;
  const { fees } = exchange.policyOf('swap');
  const open = day?.open ?? last;
  const rate = numeral(market?.fundingRate ?? Decimal.zero);
  const next = market?.nextFundingAt ?? at;
  return {
    symbol: id,
    rootSymbol: symbol.quote,
    type: 'FFWCSX',
    firstOpenDate: 1_585_555_200_000,
    expireDate: null,
    settleDate: null,
    baseCurrency: symbol.baseCurrency,
    quoteCurrency: symbol.quote,
    settleCurrency: symbol.quote,
    maxOrderQty: symbol.maxOrderQty,
    maxPrice: 1_000_000,
    lotSize: 1,
    tickSize: numeral(symbol.tickSize),
    indexPriceTickSize: numeral('0.01'),
    multiplier: numeral(symbol.multiplier),
    initialMargin: numeral(Decimal.one.divide(Decimal.parse(String(symbol.maxLeverage)), 6, 'up')),
    maintainMargin: numeral(symbol.maintainMargin),
    maxRiskLimit: 100_000,
    minRiskLimit: 100_000,
    riskStep: 50_000,
    makerFeeRate: numeral(fees.maker),
    takerFeeRate: numeral(fees.taker),
    takerFixFee: 0,
    makerFixFee: 0,
    settlementFee: null,
    isDeleverage: true,
    isQuanto: true,
    isInverse: false,
    markMethod: 'FairPrice',
    fairMethod: 'FundingRate',
    fundingRateSymbol: `.${id}FPI8H`,
    indexSymbol: `.K${symbol.baseCurrency}${symbol.quote}`,
    settlementSymbol: '',
    status: statusWord(market?.status ?? 'trading'),
    fundingFeeRate: rate,
    predictedFundingFeeRate: rate,
    fundingRateGranularity: FUNDING_MS,
    openInterest: '6748176',
    turnoverOf24h: numeral(day?.quoteVolume ?? Decimal.zero),
    volumeOf24h: numeral((day?.volume ?? Decimal.zero).multiply(symbol.multiplier)),
    markPrice: numeral(mark),
    indexPrice: numeral(market?.indexPrice ?? mark),
    lastTradePrice: numeral(last),
    // Milliseconds that are left, whatever its name says.
    nextFundingRateTime: Math.max(0, next - at),
    nextFundingRateDateTime: next + clockMs - at,
    maxLeverage: symbol.maxLeverage,
    sourceExchanges: ['kucoin'],
    lowPrice: numeral(day?.low ?? last),
    highPrice: numeral(day?.high ?? last),
    priceChgPct: open.isZero() ? 0 : numeral(last.subtract(open).divide(open, 4, 'half_even')),
    priceChg: numeral(last.subtract(open)),
    supportCross: true,
    buyLimit: numeral(mark.multiply(Decimal.one.add(PRICE_LIMIT))),
    sellLimit: numeral(mark.multiply(Decimal.one.subtract(PRICE_LIMIT))),
  };
}

/** Best prices with their sizes; null where a side of the book is empty. */
export function tickerJson({ exchange }: MarketSettings, { id, unified }: Contract): Json {
  const top = exchange.book(unified, 1);
  const size = (level: BookLevel | undefined): unknown => (level === undefined ? null : numeral(level[1]));
  return {
    symbol: id,
    sequence: top?.updateId ?? 0,
    bestBidSize: size(top?.bids[0]),
    bestBidPrice: top?.bids[0]?.[0].toString() ?? null,
    bestAskPrice: top?.asks[0]?.[0].toString() ?? null,
    bestAskSize: size(top?.asks[0]),
  };
}

/** With the last trade. */
function lastTickerJson(
  settings: MarketSettings,
  contract: Contract,
  { clockMs }: Pick<Call, 'clockMs'>,
): Json {
  const [trade] = settings.exchange.recentTrades(contract.unified, 1);
  const last = settings.exchange.market(contract.unified)?.lastPrice ?? contract.symbol.startPrice;
  return {
    ...tickerJson(settings, contract),
    side: trade?.takerSide ?? 'buy',
    size: numeral(trade?.quantity ?? Decimal.one),
    tradeId: tradeIdOf({ symbol: contract.unified, tradeId: trade?.tradeId ?? '0' }),
    price: (trade?.price ?? last).toString(),
    ts: numeral(`${clockMs}000000`),
  };
}

export function bookRows(
  levels: Iterable<BookLevel>,
  price: (value: Decimal) => unknown = numeral,
): unknown[][] {
  return Array.from(levels, ([at, size]) => [price(at), numeral(size)]);
}

function bookJson(exchange: Exchange, { id, unified }: Contract, depth: number, clockMs: number): Json {
  const book = exchange.book(unified, depth);
  return {
    sequence: book?.updateId ?? 0,
    symbol: id,
    bids: bookRows(book?.bids ?? []),
    asks: bookRows(book?.asks ?? []),
    ts: numeral(`${clockMs}000000`),
  };
}

/** "at most 500 pieces of data": time in ms, open, high, low, close, volume in lots. */
function candles({ history }: MarketSettings, { parameters: { parameters }, at }: Call): unknown {
  const { unified } = contractFrom(parameters);
  const interval = intervalOfMinutes(parameters.requiredInteger('granularity'));
  if (interval === undefined) throw malformed('granularity');
  const from = parameters.optionalInteger('from');
  const to = parameters.optionalInteger('to');
  return history
    .candles(unified, interval, { limit: MOST_CANDLES, startMs: from, endMs: Math.min(at, to ?? at) }, at)
    .map(({ openAt, open, high, low, close, volume }) => [
      openAt,
      ...[open, high, low, close, volume].map((figure) => numeral(figure)),
    ]);
}

function fundingRates(exchange: Exchange, { parameters: { parameters }, at }: Call): Json[] {
  const { id, unified } = contractFrom(parameters);
  const from = parameters.requiredInteger('from');
  const to = Math.min(parameters.requiredInteger('to'), at);
  const rate = exchange.market(unified)?.fundingRate ?? Decimal.zero;
  const rows: Json[] = [];
  for (
    let timepoint = Math.floor(to / FUNDING_MS) * FUNDING_MS;
    timepoint >= from && rows.length < MOST_RATES;
    timepoint -= FUNDING_MS
  )
    rows.push({ symbol: id, fundingRate: numeral(rate), timepoint });
  return rows;
}
