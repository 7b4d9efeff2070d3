/**
 * The spot symbols of the simulated Binance, with the filters that the real ones carry, and the JSON of
 * `GET /api/v3/exchangeInfo`.
 *
 * Entry points: `SPOT_SYMBOLS`, `spotSymbol`, `exchangeInformation`. Source: filters.md of
 * binance-spot-api-docs for the shapes; the figures are those of the live exchange.
 */
import { shownLimits } from '../rate-limits.ts';
import { decimal, type Decimal } from '../../../core/decimal.ts';
import { eight } from '../figures.ts';

export type SpotSymbol = {
  readonly id: string;
  readonly base: string;
  readonly quote: string;
  readonly minPrice: Decimal;
  readonly maxPrice: Decimal;
  readonly tickSize: Decimal;
  readonly minQuantity: Decimal;
  readonly maxQuantity: Decimal;
  readonly stepSize: Decimal;
  readonly maxMarketQuantity: Decimal;
  readonly minNotional: Decimal;
  readonly maxNotional: Decimal;
  /** An order's price lies between the average price times `priceDown` and times `priceUp`. */
  readonly priceUp: Decimal;
  readonly priceDown: Decimal;
};

/** The same for every symbol served here. */
export const SPOT_LIMITS = {
  averagePriceMinutes: 5,
  icebergParts: 100,
  maxOrders: 200,
  maxAlgoOrders: 5,
  maxOrderLists: 20,
  maxAmends: 10,
  minTrailingDelta: 10,
  maxTrailingDelta: 2000,
} as const;

/** Tick, step and largest quantities of a symbol; the rest follows from its quote asset. */
type Grid = {
  readonly tick: string;
  readonly step: string;
  readonly maxPrice: string;
  readonly maxQuantity: string;
  readonly maxMarketQuantity: string;
};

/** The least and the largest value of an order by the asset that it is counted in. */
const NOTIONALS: Readonly<Record<string, readonly [least: string, most: string]>> = {
  BTC: ['0.0001', '9000000'],
  ETH: ['0.001', '9000000'],
  JPY: ['100', '1000000000'],
  TRY: ['10', '90000000'],
};

function spot(base: string, quote: string, grid: Grid): SpotSymbol {
  const [least, most] = NOTIONALS[quote] ?? ['5', '9000000'];
  return {
    id: base + quote,
    base,
    quote,
    minPrice: decimal(grid.tick),
    maxPrice: decimal(grid.maxPrice),
    tickSize: decimal(grid.tick),
    minQuantity: decimal(grid.step),
    maxQuantity: decimal(grid.maxQuantity),
    stepSize: decimal(grid.step),
    maxMarketQuantity: decimal(grid.maxMarketQuantity),
    minNotional: decimal(least),
    maxNotional: decimal(most),
    priceUp: decimal('5'),
    priceDown: decimal('0.2'),
  };
}

/**
 * Pairs of every kind that the venue lists: quoted in dollars of three issuers, in BTC, ETH, BNB and other money; ticks from
 * 0.00000001 to 1; coins counted by the thousand and the million; a name in another script.
 */
const GRIDS: readonly (readonly [
  base: string,
  quote: string,
  tick: string,
  step: string,
  maxPrice: string,
  maxQuantity: string,
  maxMarketQuantity: string,
])[] = [
  ['ETH', 'BTC', '0.00001', '0.0001', '922327', '100000', '786.71625'],
  ['BTC', 'USDT', '0.01', '0.00001', '1000000', '9000', '128.52621715'],
  ['ETH', 'USDT', '0.01', '0.0001', '1000000', '9000', '3277.54882761'],
  ['BNB', 'USDT', '0.01', '0.001', '100000', '900000', '7032.81558333'],
  ['XRP', 'USDT', '0.0001', '0.1', '10000', '9222449', '1713866.31508333'],
  ['SOL', 'USDT', '0.01', '0.001', '10000', '90000', '27465.26004166'],
  ['ADA', 'USDT', '0.0001', '0.1', '1000', '900000', '900000'],
  ['DOGE', 'USDT', '0.00001', '1', '1000', '9000000', '9000000'],
  ['SHIB', 'USDT', '0.00000001', '1', '1', '46116860414', '20000000000'],
  ['PEPE', 'USDT', '0.00000001', '1', '1', '92141578', '92141578'],
  ['1000SATS', 'USDT', '0.00000001', '1', '1', '9000000', '9000000'],
  ['1000CAT', 'USDT', '0.00001', '0.1', '1000', '9000000', '9000000'],
  ['1MBABYDOGE', 'USDT', '0.0000001', '1', '1', '9000000', '9000000'],
  ['币安人生', 'USDT', '0.0001', '0.1', '1000', '9000000', '900000'],
  ['LTC', 'USDT', '0.01', '0.001', '100000', '90000', '4511.12'],
  ['LINK', 'USDT', '0.01', '0.01', '10000', '90000', '60283.11'],
  ['AVAX', 'USDT', '0.01', '0.01', '10000', '90000', '50271.4'],
  ['DOT', 'USDT', '0.001', '0.01', '10000', '90000', '90000'],
  ['TRX', 'USDT', '0.0001', '0.1', '100000', '9000000', '2800000'],
  ['UNI', 'USDT', '0.001', '0.01', '10000', '90000', '50000'],
  ['PAXG', 'USDT', '1', '0.0001', '100000', '9000', '120.5'],
  ['USDC', 'USDT', '0.0001', '1', '10', '9000000', '9000000'],
  ['FDUSD', 'USDT', '0.0001', '1', '10', '9000000', '9000000'],
  ['BTC', 'USDC', '0.01', '0.00001', '1000000', '9000', '95.4'],
  ['ETH', 'USDC', '0.01', '0.0001', '1000000', '9000', '1422.5'],
  ['SOL', 'USDC', '0.01', '0.001', '10000', '90000', '14020.2'],
  ['XRP', 'USDC', '0.0001', '0.1', '10000', '9222449', '600000'],
  ['BTC', 'FDUSD', '0.01', '0.00001', '1000000', '9000', '90.2'],
  ['ETH', 'FDUSD', '0.01', '0.0001', '1000000', '9000', '1100.5'],
  ['BNB', 'FDUSD', '0.01', '0.001', '100000', '900000', '3000'],
  ['BNB', 'BTC', '0.000001', '0.001', '10000', '100000', '2500'],
  ['SOL', 'BTC', '0.0000001', '0.001', '100', '90000', '5000'],
  ['LTC', 'BTC', '0.000001', '0.001', '1000', '100000', '5000'],
  ['DOGE', 'BTC', '0.00000001', '1', '1', '9000000', '9000000'],
  ['WBTC', 'BTC', '0.0001', '0.00001', '1000', '9000', '30'],
  ['BNB', 'ETH', '0.0001', '0.001', '10000', '90000', '1000'],
  ['BTC', 'EUR', '0.01', '0.00001', '1000000', '9000', '20.5'],
  ['BTC', 'TRY', '1', '0.00001', '100000000', '9000', '12.5'],
  ['BTC', 'JPY', '1', '0.00001', '1000000000', '1000', '5'],
];

export const SPOT_SYMBOLS: readonly SpotSymbol[] = GRIDS.map(
  ([base, quote, tick, step, maxPrice, maxQuantity, maxMarketQuantity]) =>
    spot(base, quote, { tick, step, maxPrice, maxQuantity, maxMarketQuantity }),
);

const BY_ID = new Map(SPOT_SYMBOLS.map((symbol) => [symbol.id, symbol]));

/** The symbol with this exact id, or undefined. */
export function spotSymbol(id: string): SpotSymbol | undefined {
  return BY_ID.get(id);
}

export const SPOT_RATE_LIMITS = [
  { rateLimitType: 'REQUEST_WEIGHT', interval: 'MINUTE', intervalNum: 1, limit: 6000 },
  { rateLimitType: 'ORDERS', interval: 'SECOND', intervalNum: 10, limit: 100 },
  { rateLimitType: 'ORDERS', interval: 'DAY', intervalNum: 1, limit: 200_000 },
  { rateLimitType: 'RAW_REQUESTS', interval: 'MINUTE', intervalNum: 5, limit: 300_000 },
] as const;

export const SPOT_ORDER_TYPES = [
  'LIMIT',
  'LIMIT_MAKER',
  'MARKET',
  'STOP_LOSS',
  'STOP_LOSS_LIMIT',
  'TAKE_PROFIT',
  'TAKE_PROFIT_LIMIT',
] as const;

export type SpotOrderType = (typeof SPOT_ORDER_TYPES)[number];

export const SELF_TRADE_MODES = ['NONE', 'EXPIRE_TAKER', 'EXPIRE_MAKER', 'EXPIRE_BOTH', 'DECREMENT'] as const;

/** Over all symbols. */
export const EXCHANGE_FILTERS: readonly unknown[] = [];

/** The filters of a symbol as exchangeInfo and myFilters list them. */
export function symbolFilters(symbol: SpotSymbol): readonly unknown[] {
  return [
    {
      filterType: 'PRICE_FILTER',
      minPrice: eight(symbol.minPrice),
      maxPrice: eight(symbol.maxPrice),
      tickSize: eight(symbol.tickSize),
    },
    {
      filterType: 'LOT_SIZE',
      minQty: eight(symbol.minQuantity),
      maxQty: eight(symbol.maxQuantity),
      stepSize: eight(symbol.stepSize),
    },
    { filterType: 'ICEBERG_PARTS', limit: SPOT_LIMITS.icebergParts },
    {
      filterType: 'MARKET_LOT_SIZE',
      minQty: '0.00000000',
      maxQty: eight(symbol.maxMarketQuantity),
      stepSize: '0.00000000',
    },
    {
      filterType: 'TRAILING_DELTA',
      minTrailingAboveDelta: SPOT_LIMITS.minTrailingDelta,
      maxTrailingAboveDelta: SPOT_LIMITS.maxTrailingDelta,
      minTrailingBelowDelta: SPOT_LIMITS.minTrailingDelta,
      maxTrailingBelowDelta: SPOT_LIMITS.maxTrailingDelta,
    },
    {
      filterType: 'PERCENT_PRICE_BY_SIDE',
      bidMultiplierUp: symbol.priceUp.toString(),
      bidMultiplierDown: symbol.priceDown.toString(),
      askMultiplierUp: symbol.priceUp.toString(),
      askMultiplierDown: symbol.priceDown.toString(),
      avgPriceMins: SPOT_LIMITS.averagePriceMinutes,
    },
    {
      filterType: 'NOTIONAL',
      minNotional: eight(symbol.minNotional),
      applyMinToMarket: true,
      maxNotional: eight(symbol.maxNotional),
      applyMaxToMarket: false,
      avgPriceMins: SPOT_LIMITS.averagePriceMinutes,
    },
    { filterType: 'MAX_NUM_ORDERS', maxNumOrders: SPOT_LIMITS.maxOrders },
    { filterType: 'MAX_NUM_ORDER_LISTS', maxNumOrderLists: SPOT_LIMITS.maxOrderLists },
    { filterType: 'MAX_NUM_ALGO_ORDERS', maxNumAlgoOrders: SPOT_LIMITS.maxAlgoOrders },
    { filterType: 'MAX_NUM_ORDER_AMENDS', maxNumOrderAmends: SPOT_LIMITS.maxAmends },
  ];
}

function symbolInformation(symbol: SpotSymbol, status: SpotStatus, withPermissions: boolean): unknown {
  return {
    symbol: symbol.id,
    status,
    baseAsset: symbol.base,
    baseAssetPrecision: 8,
    quoteAsset: symbol.quote,
    quotePrecision: 8,
    quoteAssetPrecision: 8,
    baseCommissionPrecision: 8,
    quoteCommissionPrecision: 8,
    orderTypes: SPOT_ORDER_TYPES,
    icebergAllowed: true,
    ocoAllowed: true,
    otoAllowed: true,
    opoAllowed: true,
    quoteOrderQtyMarketAllowed: true,
    allowTrailingStop: true,
    cancelReplaceAllowed: true,
    amendAllowed: true,
    pegInstructionsAllowed: false,
    isSpotTradingAllowed: true,
    isMarginTradingAllowed: false,
    filters: symbolFilters(symbol),
    permissions: [],
    permissionSets: withPermissions ? [['SPOT']] : [],
    defaultSelfTradePreventionMode: 'NONE',
    allowedSelfTradePreventionModes: SELF_TRADE_MODES,
  };
}

/** Source: "Symbol status" of enums.md and CHANGELOG.md (2026-07-01) of binance-spot-api-docs. */
export const SPOT_STATUSES = ['TRADING', 'HALT', 'BREAK', 'CANCEL_ONLY'] as const;

export type SpotStatus = (typeof SPOT_STATUSES)[number];

export type ListedSymbol = { readonly symbol: SpotSymbol; readonly status: SpotStatus };

/** Symbols whose books an order can be routed over, by the venue's own configuration. */
const ROUTES = [{ baseAsset: 'BTC', symbols: ['BTCUSDT', 'BTCUSDC'] }];

/** The body of `GET /api/v3/exchangeInfo` for the symbols given. */
export function exchangeInformation(
  symbols: readonly ListedSymbol[],
  serverTimeMs: number,
  limitsEnforced: boolean,
  withPermissions = true,
): unknown {
  return {
    timezone: 'UTC',
    serverTime: serverTimeMs,
    rateLimits: shownLimits(SPOT_RATE_LIMITS, limitsEnforced),
    exchangeFilters: EXCHANGE_FILTERS,
    symbols: symbols.map(({ symbol, status }) => symbolInformation(symbol, status, withPermissions)),
    sors: ROUTES,
  };
}
