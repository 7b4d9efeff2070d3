/**
 * Bitget's public market data of the former API (v2), which is open whatever account a client has: pairs and contracts, tickers, books, trades,
 * candles, funding.
 *
 * Entry point: `classicMarketEndpoints`. Sources: "Get Symbol Info", "Get Ticker Information", "Get OrderBook Depth", "Get Candlestick Data", "Get
 * Recent Trades", "Support Currencies", "Get Contract Config", "Get Ticker", "Get Merge Market Depth", "Get Current Funding Rate", "Get Historical
 * Funding Rates", "Get Next Funding Time", "Get Open Interest", "Get Mark/Index/Market Prices" and "Get Position Tier" of the classic account's
 * documentation. Every figure is text.
 */
import { Decimal } from '../../core/decimal.ts';
import type { BookLevel } from '../exchange/event.ts';
import type { PublicTrade } from '../exchange/views.ts';
import { endpointKinds } from '../wire/access.ts';
import type { Call, Endpoint } from './access.ts';
import { coinsJson } from './coins.ts';
import { malformed, missing, symbolAbsent } from './errors.ts';
import { executionId, LISTINGS, listingNamed, type Listing } from './instruments.ts';
import { classicIntervalNamed } from './intervals.ts';
import { bookLevels, candleRow, tickerJson, type MarketSettings } from './market-data.ts';
import type { Json } from './order-json.ts';
import { readLimit, type ReadRequest, type Parameters } from './parameters.ts';
import { classicInstrumentJson, FUNDING_HOURS, type Category } from './symbols.ts';

const { publicEndpoint, marketEndpoint, priceEndpoint } = endpointKinds<ReadRequest>('/api/v2/');

const PRODUCT_TYPES: ReadonlySet<string> = new Set([
  'COIN-FUTURES',
  'USDC-FUTURES',
  'SUSDT-FUTURES',
  'SCOIN-FUTURES',
  'SUSDC-FUTURES',
]);
const MOST_CANDLES = { recent: 1_000, history: 200 } as const;

export function classicMarketEndpoints(settings: MarketSettings): Endpoint[] {
  const { exchange } = settings;
  return [
    publicEndpoint('public/time', ({ clockMs }) => ({ serverTime: String(clockMs) })),
    publicEndpoint('spot/public/coins', ({ parameters: { parameters } }) =>
      coinsJson(parameters.optional('coin')),
    ),
    publicEndpoint('margin/currencies', () =>
      LISTINGS.filter(({ category }) => category === 'SPOT').map(marginJson),
    ),
    ...spotEndpoints(settings),
    ...contractEndpoints(settings),
    publicEndpoint('mix/market/current-fund-rate', ({ parameters: { parameters } }) =>
      contracts(parameters).map(({ id, unified }) => ({
        symbol: id,
        fundingRate: (exchange.market(unified)?.fundingRate ?? Decimal.zero).toString(),
        fundingRateInterval: String(FUNDING_HOURS),
        nextUpdate: String(exchange.market(unified)?.nextFundingAt ?? 0),
        minFundingRate: '-0.003',
        maxFundingRate: '0.003',
      })),
    ),
    publicEndpoint('mix/market/account-long-short', (call) => longShort(call)),
    publicEndpoint('mix/market/history-fund-rate', (call) => fundingHistory(settings, call)),
    publicEndpoint('mix/market/funding-time', ({ parameters: { parameters } }) =>
      contracts(parameters).map(({ id, unified }) => ({
        symbol: id,
        nextFundingTime: String(exchange.market(unified)?.nextFundingAt ?? 0),
        ratePeriod: String(FUNDING_HOURS),
      })),
    ),
    publicEndpoint('mix/market/open-interest', ({ parameters: { parameters }, clockMs }) => ({
      openInterestList: contracts(parameters).map(({ id }) => ({ symbol: id, size: '0' })),
      ts: String(clockMs),
    })),
    priceEndpoint('mix/market/symbol-price', ({ parameters: { parameters }, clockMs }) =>
      contracts(parameters).map(({ id, unified, symbol }) => {
        const market = exchange.market(unified);
        return {
          symbol: id,
          price: (market?.lastPrice ?? symbol.startPrice).toString(),
          indexPrice: market?.indexPrice.toString() ?? '',
          markPrice: market?.markPrice.toString() ?? '',
          ts: String(clockMs),
        };
      }),
    ),
    publicEndpoint('mix/market/query-position-lever', ({ parameters: { parameters } }) => {
      const { id, symbol } = contractFrom(parameters);
      return [
        {
          symbol: id,
          level: '1',
          startUnit: '0',
          endUnit: '100000000',
          leverage: String(symbol.maxLeverage),
          keepMarginRate: symbol.maintenanceMarginRate.toString(),
        },
      ];
    }),
  ];
}

function spotEndpoints(settings: MarketSettings): Endpoint[] {
  const { exchange } = settings;
  const trades = ({ parameters: { parameters } }: Call): Json[] => {
    const listing = pairFrom(parameters);
    return exchange
      .recentTrades(listing.unified, readLimit(parameters, 100, 500))
      .map((trade) => tradeRow(listing, trade))
      .reverse();
  };
  return [
    publicEndpoint('spot/public/symbols', ({ parameters: { parameters } }) =>
      pairs(parameters).map(({ symbol, unified }) =>
        classicInstrumentJson(
          symbol,
          exchange.market(unified)?.status ?? 'trading',
          feesOf(settings, 'SPOT'),
        ),
      ),
    ),
    marketEndpoint('spot/market/tickers', ({ parameters: { parameters }, at, clockMs }) =>
      pairs(parameters).map((listing) => ({
        ...classicTicker(settings, listing, at),
        ts: String(clockMs),
      })),
    ),
    marketEndpoint('spot/market/orderbook', ({ parameters: { parameters }, clockMs }) => {
      const book = exchange.book(pairFrom(parameters).unified, readLimit(parameters, 150, 150));
      return {
        asks: bookLevels(book?.asks ?? []),
        bids: bookLevels(book?.bids ?? []),
        ts: String(clockMs),
      };
    }),
    marketEndpoint('spot/market/merge-depth', (call) =>
      depthJson(settings, call, pairFrom(call.parameters.parameters)),
    ),
    marketEndpoint('spot/market/candles', (call) =>
      candles(settings, call, pairFrom(call.parameters.parameters), MOST_CANDLES.recent),
    ),
    marketEndpoint('spot/market/history-candles', (call) =>
      candles(settings, call, pairFrom(call.parameters.parameters), MOST_CANDLES.history),
    ),
    marketEndpoint('spot/market/fills', trades),
    marketEndpoint('spot/market/fills-history', trades),
  ];
}

function contractEndpoints(settings: MarketSettings): Endpoint[] {
  const { exchange } = settings;
  const trades = ({ parameters: { parameters } }: Call): Json[] => {
    const listing = contractFrom(parameters);
    return exchange
      .recentTrades(listing.unified, readLimit(parameters, 100, 1_000))
      .map((trade) => tradeRow(listing, trade))
      .reverse();
  };
  const tickers = ({ parameters: { parameters }, at, clockMs }: Call): Json[] =>
    contracts(parameters).map((listing) => ({
      ...classicTicker(settings, listing, at),
      ts: String(clockMs),
    }));
  const history = (call: Call): unknown =>
    candles(settings, call, contractFrom(call.parameters.parameters), MOST_CANDLES.history);
  return [
    publicEndpoint('mix/market/contracts', ({ parameters: { parameters } }) =>
      contracts(parameters).map(({ symbol, unified }) =>
        classicInstrumentJson(
          symbol,
          exchange.market(unified)?.status ?? 'trading',
          feesOf(settings, 'USDT-FUTURES'),
        ),
      ),
    ),
    marketEndpoint('mix/market/ticker', (call) => {
      contractFrom(call.parameters.parameters);
      return tickers(call);
    }),
    marketEndpoint('mix/market/tickers', tickers),
    marketEndpoint('mix/market/merge-depth', (call) =>
      depthJson(settings, call, contractFrom(call.parameters.parameters)),
    ),
    marketEndpoint('mix/market/candles', (call) =>
      candles(settings, call, contractFrom(call.parameters.parameters), MOST_CANDLES.recent),
    ),
    // Mark and index price follow the book here.
    marketEndpoint('mix/market/history-candles', history),
    marketEndpoint('mix/market/history-mark-candles', history),
    marketEndpoint('mix/market/history-index-candles', history),
    marketEndpoint('mix/market/fills', trades),
    marketEndpoint('mix/market/fills-history', trades),
  ];
}

/** The pairs, or the one that is named. */
function pairs(parameters: Parameters): readonly Listing[] {
  return parameters.has('symbol')
    ? [pairFrom(parameters)]
    : LISTINGS.filter(({ category }) => category === 'SPOT');
}

function pairFrom(parameters: Parameters): Listing {
  return named('SPOT', parameters);
}

/** The contracts of a product type, or the one that is named; none of the types that are not served. */
function contracts(parameters: Parameters): readonly Listing[] {
  const productType = parameters.optional('productType')?.toUpperCase();
  if (productType === undefined) throw missing('productType');
  if (PRODUCT_TYPES.has(productType)) return [];
  if (productType !== 'USDT-FUTURES') throw malformed('productType');
  return parameters.has('symbol')
    ? [contractFrom(parameters)]
    : LISTINGS.filter(({ category }) => category === productType);
}

function contractFrom(parameters: Parameters): Listing {
  return named('USDT-FUTURES', parameters);
}

function named(category: Category, parameters: Parameters): Listing {
  const name = parameters.required('symbol');
  const listing = listingNamed(category, name.toUpperCase());
  if (listing === undefined) throw symbolAbsent(name);
  return listing;
}

function feesOf(
  { exchange }: MarketSettings,
  category: Category,
): { readonly maker: string; readonly taker: string } {
  const { maker, taker } = exchange.policyOf(category === 'SPOT' ? 'spot' : 'swap').fees;
  return { maker: maker.toString(), taker: taker.toString() };
}

/** The figures of a day in the words of v2; those since midnight are those of the day too. */
function classicTicker(settings: MarketSettings, listing: Listing, at: number): Json {
  const ticker = tickerJson(settings, listing, at);
  const common = {
    symbol: listing.id,
    lastPr: ticker['lastPrice'],
    askPr: ticker['ask1Price'],
    bidPr: ticker['bid1Price'],
    bidSz: ticker['bid1Size'],
    askSz: ticker['ask1Size'],
    high24h: ticker['highPrice24h'],
    low24h: ticker['lowPrice24h'],
    change24h: ticker['price24hPcnt'],
    baseVolume: ticker['volume24h'],
    quoteVolume: ticker['turnover24h'],
    usdtVolume: ticker['turnover24h'],
    openUtc: ticker['openPrice24h'],
    changeUtc24h: ticker['price24hPcnt'],
  };
  if (listing.category === 'SPOT') return { ...common, open: ticker['openPrice24h'] };
  return {
    ...common,
    open24h: ticker['openPrice24h'],
    indexPrice: ticker['indexPrice'],
    markPrice: ticker['markPrice'],
    fundingRate: ticker['fundingRate'],
    holdingAmount: ticker['openInterest'],
    deliveryStartTime: null,
    deliveryTime: null,
    deliveryStatus: '',
  };
}

/** `limit`: "1/5/15/50/max, the default gear is 100"; a number between two gears is taken for the next one. */
const DEPTHS = [1, 5, 15, 50, 100];
const WHOLE_BOOK = 500;

/** Levels as numbers. */
function depthJson(
  { exchange }: MarketSettings,
  { parameters: { parameters }, clockMs }: Call,
  listing: Listing,
): Json {
  const isWhole = parameters.optional('limit') === 'max';
  const asked = isWhole ? WHOLE_BOOK : (parameters.optionalInteger('limit') ?? 100);
  const book = exchange.book(listing.unified, DEPTHS.find((depth) => depth >= asked) ?? WHOLE_BOOK);
  const numbers = (levels: readonly BookLevel[]): number[][] =>
    bookLevels(levels).map((level) => level.map(Number));
  return {
    asks: numbers(book?.asks ?? []),
    bids: numbers(book?.bids ?? []),
    ts: String(clockMs),
    scale: listing.symbol.tickSize.toString(),
    precision: 'scale0',
    isMaxPrecision: 'NO',
  };
}

function tradeRow({ id, unified }: Listing, trade: PublicTrade): Json {
  return {
    symbol: id,
    tradeId: executionId({ symbol: unified, tradeId: trade.tradeId }),
    side: trade.takerSide,
    price: trade.price.toString(),
    size: trade.quantity.toString(),
    ts: String(trade.at),
  };
}

/** Oldest first; those of spot have the turnover in USDT beside that in quote. */
function candles(
  { history }: MarketSettings,
  { parameters: { parameters }, at }: Call,
  listing: Listing,
  most: number,
): unknown {
  const interval = classicIntervalNamed(listing.category, parameters.required('granularity'));
  if (interval === undefined) throw malformed('granularity');
  const query = {
    limit: readLimit(parameters, 100, most),
    startMs: parameters.optionalInteger('startTime'),
    endMs: parameters.optionalInteger('endTime'),
  };
  return history.candles(listing.unified, interval, query, at).map((candle) => {
    const row = candleRow(candle);
    return listing.category === 'SPOT' ? [...row, row.at(-1)] : row;
  });
}

const RATIO_PERIODS_MS: Readonly<Record<string, number>> = {
  '5m': 300_000,
  '15m': 900_000,
  '30m': 1_800_000,
  '1h': 3_600_000,
  '2h': 7_200_000,
  '4h': 14_400_000,
  '6h': 21_600_000,
  '12h': 43_200_000,
  '1d': 86_400_000,
};
const RATIO_ROWS = 30;

/** As many accounts are long as are short: nobody counts them. */
function longShort({ parameters: { parameters }, clockMs }: Call): unknown {
  contractFrom(parameters);
  const everyMs = RATIO_PERIODS_MS[(parameters.optional('period') ?? '5m').toLowerCase()];
  if (everyMs === undefined) throw malformed('period');
  const last = Math.floor(clockMs / everyMs) * everyMs;
  return Array.from({ length: RATIO_ROWS }, (_, index) => ({
    longAccountRatio: '0.5',
    shortAccountRatio: '0.5',
    longShortAccountRatio: '1',
    ts: String(last - (RATIO_ROWS - 1 - index) * everyMs),
  }));
}

/** The rate is always the instrument's own. */
function fundingHistory({ exchange }: MarketSettings, { parameters: { parameters }, at }: Call): unknown {
  const { id, unified } = contractFrom(parameters);
  const everyMs = FUNDING_HOURS * 3_600_000;
  const last = Math.floor(at / everyMs) * everyMs;
  const pageSize = parameters.optionalInteger('pageSize') ?? 20;
  const pageNo = parameters.optionalInteger('pageNo') ?? 1;
  if (pageSize < 1 || pageSize > 100) throw malformed('pageSize');
  if (pageNo < 1) throw malformed('pageNo');
  const rate = (exchange.market(unified)?.fundingRate ?? Decimal.zero).toString();
  return Array.from({ length: pageSize }, (_, index) => ({
    symbol: id,
    fundingRate: rate,
    fundingTime: String(last - ((pageNo - 1) * pageSize + index) * everyMs),
  }));
}

/** The pairs of margin, which is not traded here. */
function marginJson({ id, symbol }: Listing): Json {
  return {
    symbol: id,
    baseCoin: symbol.base,
    quoteCoin: symbol.quote,
    maxCrossedLeverage: '3',
    maxIsolatedLeverage: '10',
    warningRiskRatio: '0.8',
    liquidationRiskRatio: '1',
    minTradeAmount: symbol.minQuantity.toString(),
    maxTradeAmount: symbol.maxQuantity.toString(),
    takerFeeRate: '0.001',
    makerFeeRate: '0.001',
    pricePrecision: String(symbol.tickSize.scale),
    quantityPrecision: String(symbol.quantityStep.scale),
    minTradeUSDT: symbol.minNotional.toString(),
    isBorrowable: true,
    userMinBorrow: '0.00000001',
    status: '1',
    isIsolatedBaseBorrowable: true,
    isIsolatedQuoteBorrowable: true,
    isCrossBorrowable: true,
  };
}
