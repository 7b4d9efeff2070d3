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

type Figures = Record<Exclude<keyof SpotSymbol, 'id' | 'base' | 'quote' | 'priceUp' | 'priceDown'>, string>;

function spot(base: string, quote: string, figures: Figures): SpotSymbol {
  return {
    id: base + quote,
    base,
    quote,
    minPrice: decimal(figures.minPrice),
    maxPrice: decimal(figures.maxPrice),
    tickSize: decimal(figures.tickSize),
    minQuantity: decimal(figures.minQuantity),
    maxQuantity: decimal(figures.maxQuantity),
    stepSize: decimal(figures.stepSize),
    maxMarketQuantity: decimal(figures.maxMarketQuantity),
    minNotional: decimal(figures.minNotional),
    maxNotional: decimal(figures.maxNotional),
    priceUp: decimal('5'),
    priceDown: decimal('0.2'),
  };
}

export const SPOT_SYMBOLS: readonly SpotSymbol[] = [
  spot('ETH', 'BTC', {
    minPrice: '0.00001',
    maxPrice: '922327',
    tickSize: '0.00001',
    minQuantity: '0.0001',
    maxQuantity: '100000',
    stepSize: '0.0001',
    maxMarketQuantity: '786.71625',
    minNotional: '0.0001',
    maxNotional: '9000000',
  }),
  spot('BTC', 'USDT', {
    minPrice: '0.01',
    maxPrice: '1000000',
    tickSize: '0.01',
    minQuantity: '0.00001',
    maxQuantity: '9000',
    stepSize: '0.00001',
    maxMarketQuantity: '128.52621715',
    minNotional: '5',
    maxNotional: '9000000',
  }),
  spot('ETH', 'USDT', {
    minPrice: '0.01',
    maxPrice: '1000000',
    tickSize: '0.01',
    minQuantity: '0.0001',
    maxQuantity: '9000',
    stepSize: '0.0001',
    maxMarketQuantity: '3277.54882761',
    minNotional: '5',
    maxNotional: '9000000',
  }),
  spot('BNB', 'USDT', {
    minPrice: '0.01',
    maxPrice: '100000',
    tickSize: '0.01',
    minQuantity: '0.001',
    maxQuantity: '900000',
    stepSize: '0.001',
    maxMarketQuantity: '7032.81558333',
    minNotional: '5',
    maxNotional: '9000000',
  }),
  spot('XRP', 'USDT', {
    minPrice: '0.0001',
    maxPrice: '10000',
    tickSize: '0.0001',
    minQuantity: '0.1',
    maxQuantity: '9222449',
    stepSize: '0.1',
    maxMarketQuantity: '1713866.31508333',
    minNotional: '5',
    maxNotional: '9000000',
  }),
  spot('SOL', 'USDT', {
    minPrice: '0.01',
    maxPrice: '10000',
    tickSize: '0.01',
    minQuantity: '0.001',
    maxQuantity: '90000',
    stepSize: '0.001',
    maxMarketQuantity: '27465.26004166',
    minNotional: '5',
    maxNotional: '9000000',
  }),
];

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

function symbolInformation(symbol: SpotSymbol, withPermissions: boolean): unknown {
  return {
    symbol: symbol.id,
    status: 'TRADING',
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
    allowTrailingStop: false,
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

/** The body of `GET /api/v3/exchangeInfo` for the symbols given. */
export function exchangeInformation(
  symbols: readonly SpotSymbol[],
  serverTimeMs: number,
  limitsEnforced: boolean,
  withPermissions = true,
): unknown {
  return {
    timezone: 'UTC',
    serverTime: serverTimeMs,
    rateLimits: shownLimits(SPOT_RATE_LIMITS, limitsEnforced),
    exchangeFilters: EXCHANGE_FILTERS,
    symbols: symbols.map((symbol) => symbolInformation(symbol, withPermissions)),
  };
}
