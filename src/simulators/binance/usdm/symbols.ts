/**
 * The USD-M perpetual symbols of the simulated Binance, their filters and leverage brackets, and the JSON of
 * `GET /fapi/v1/exchangeInfo`.
 *
 * Entry points: `USDM_SYMBOLS`, `usdmSymbol`, `usdmExchangeInformation`, `bracketsOf`. The smaller symbols are in
 * smaller-symbols.ts. Source: "Exchange Information"
 * and "Notional and Leverage Brackets" of the USD-M futures documentation; the figures are those of the live exchange,
 * but for the maintenance margin, which here has one rate for all brackets of a symbol.
 */
import { shownLimits } from '../rate-limits.ts';
import { SMALLER_SYMBOLS } from './smaller-symbols.ts';
import { decimal, type Decimal } from '../../../core/decimal.ts';
import type { SymbolStatus } from '../../exchange/state.ts';

/** Assets that swaps settle in. */
export const MARGIN_ASSETS = ['USDT', 'USDC'] as const;

export type UsdmSymbol = {
  readonly id: string;
  readonly base: string;
  readonly quote: string;
  readonly pricePrecision: number;
  readonly quantityPrecision: number;
  readonly minPrice: Decimal;
  readonly maxPrice: Decimal;
  readonly tickSize: Decimal;
  readonly minQuantity: Decimal;
  readonly maxQuantity: Decimal;
  readonly stepSize: Decimal;
  readonly maxMarketQuantity: Decimal;
  readonly minNotional: Decimal;
  readonly underlyingSubType: string;
  readonly onboardedAt: number;
  readonly maintenanceMarginRate: Decimal;
  /** Highest leverage first, with the largest notional that it may hold. */
  readonly leverageCaps: readonly (readonly [leverage: number, notionalCap: number])[];
};

export const USDM_LIMITS = { maxOrders: 200, maxAlgoOrders: 10 } as const;

/** A limit price lies between these multiples of the mark price. */
export const PERCENT_PRICE = { up: decimal('1.05'), down: decimal('0.95') } as const;

/** Charged on the notional of a liquidation. */
export const LIQUIDATION_FEE = decimal('0.0125');

export const USDM_SYMBOLS: readonly UsdmSymbol[] = [
  {
    id: 'BTCUSDT',
    base: 'BTC',
    quote: 'USDT',
    pricePrecision: 2,
    quantityPrecision: 3,
    minPrice: decimal('556.8'),
    maxPrice: decimal('4529764'),
    tickSize: decimal('0.1'),
    minQuantity: decimal('0.001'),
    maxQuantity: decimal('1000'),
    stepSize: decimal('0.001'),
    maxMarketQuantity: decimal('120'),
    minNotional: decimal('100'),
    underlyingSubType: 'PoW',
    onboardedAt: 1_569_398_400_000,
    maintenanceMarginRate: decimal('0.004'),
    leverageCaps: [
      [125, 300_000],
      [100, 800_000],
      [75, 3_000_000],
      [50, 12_000_000],
      [25, 70_000_000],
      [20, 100_000_000],
      [10, 230_000_000],
      [5, 480_000_000],
      [4, 600_000_000],
      [3, 800_000_000],
      [2, 1_200_000_000],
      [1, 1_800_000_000],
    ],
  },
  {
    id: 'ETHUSDT',
    base: 'ETH',
    quote: 'USDT',
    pricePrecision: 2,
    quantityPrecision: 3,
    minPrice: decimal('39.86'),
    maxPrice: decimal('306177'),
    tickSize: decimal('0.01'),
    minQuantity: decimal('0.001'),
    maxQuantity: decimal('10000'),
    stepSize: decimal('0.001'),
    maxMarketQuantity: decimal('2000'),
    minNotional: decimal('20'),
    underlyingSubType: 'Layer-1',
    onboardedAt: 1_569_398_400_000,
    maintenanceMarginRate: decimal('0.004'),
    leverageCaps: [
      [125, 300_000],
      [100, 800_000],
      [75, 3_000_000],
      [50, 12_000_000],
      [25, 50_000_000],
      [20, 65_000_000],
      [10, 150_000_000],
      [5, 320_000_000],
      [4, 400_000_000],
      [3, 530_000_000],
      [2, 800_000_000],
      [1, 1_200_000_000],
    ],
  },
  {
    id: 'SOLUSDT',
    base: 'SOL',
    quote: 'USDT',
    pricePrecision: 4,
    quantityPrecision: 2,
    minPrice: decimal('0.42'),
    maxPrice: decimal('6857'),
    tickSize: decimal('0.01'),
    minQuantity: decimal('0.01'),
    maxQuantity: decimal('1000000'),
    stepSize: decimal('0.01'),
    maxMarketQuantity: decimal('80000'),
    minNotional: decimal('5'),
    underlyingSubType: 'Layer-1',
    onboardedAt: 1_569_398_400_000,
    maintenanceMarginRate: decimal('0.005'),
    leverageCaps: [
      [100, 50_000],
      [75, 300_000],
      [50, 1_500_000],
      [25, 6_000_000],
      [20, 12_000_000],
      [10, 30_000_000],
      [5, 60_000_000],
      [4, 80_000_000],
      [2, 120_000_000],
      [1, 200_000_000],
    ],
  },
  ...SMALLER_SYMBOLS,
];

const BY_ID = new Map(USDM_SYMBOLS.map((symbol) => [symbol.id, symbol]));

/** The symbol with this exact id, or undefined. */
export function usdmSymbol(id: string): UsdmSymbol | undefined {
  return BY_ID.get(id);
}

/** The largest position notional that a leverage may hold. */
export function notionalCap(symbol: UsdmSymbol, leverage: number): number {
  const allowed = symbol.leverageCaps.findLast(([most]) => most >= leverage);
  return allowed?.[1] ?? symbol.leverageCaps[0]?.[1] ?? 0;
}

export function bracketsOf(symbol: UsdmSymbol): unknown {
  return {
    symbol: symbol.id,
    brackets: symbol.leverageCaps.map(([leverage, cap], index) => ({
      bracket: index + 1,
      initialLeverage: leverage,
      notionalCap: cap,
      notionalFloor: symbol.leverageCaps[index - 1]?.[1] ?? 0,
      maintMarginRatio: symbol.maintenanceMarginRate.toApproximateNumber(),
      cum: 0,
    })),
  };
}

export const USDM_RATE_LIMITS = [
  { rateLimitType: 'REQUEST_WEIGHT', interval: 'MINUTE', intervalNum: 1, limit: 2400 },
  { rateLimitType: 'ORDERS', interval: 'MINUTE', intervalNum: 1, limit: 1200 },
  { rateLimitType: 'ORDERS', interval: 'SECOND', intervalNum: 10, limit: 300 },
] as const;

/** Types of `POST /fapi/v1/order`; the conditional ones go to `/fapi/v1/algoOrder`. */
export const CONDITIONAL_TYPES = [
  'STOP',
  'STOP_MARKET',
  'TAKE_PROFIT',
  'TAKE_PROFIT_MARKET',
  'TRAILING_STOP_MARKET',
] as const;

export type ConditionalType = (typeof CONDITIONAL_TYPES)[number];

/** The venue's words: before and after trading, nothing can be opened; a delisted symbol stays in the list as settling. */
const STATUS_NAMES: Readonly<Record<SymbolStatus, string>> = {
  trading: 'TRADING',
  reduce_only: 'PRE_SETTLE',
  cancel_only: 'PENDING_TRADING',
  halted: 'PENDING_TRADING',
  settled: 'SETTLING',
};

/** Perpetuals have no day of delivery; the venue shows one in the year 2100. */
const NO_DELIVERY_AT = 4_133_404_800_000;

/** A contract as the stream `!contractInfo` shows it when its status changed ("Contract Info Stream"). */
export function contractInformation(symbol: UsdmSymbol, status: SymbolStatus): Record<string, unknown> {
  return {
    s: symbol.id,
    ps: symbol.id,
    ct: 'PERPETUAL',
    dt: NO_DELIVERY_AT,
    ot: symbol.onboardedAt,
    cs: STATUS_NAMES[status],
  };
}

function symbolInformation(symbol: UsdmSymbol, status: SymbolStatus): unknown {
  return {
    symbol: symbol.id,
    pair: symbol.id,
    contractType: 'PERPETUAL',
    deliveryDate: NO_DELIVERY_AT,
    onboardDate: symbol.onboardedAt,
    status: STATUS_NAMES[status],
    maintMarginPercent: '2.5000',
    requiredMarginPercent: '5.0000',
    baseAsset: symbol.base,
    quoteAsset: symbol.quote,
    marginAsset: symbol.quote,
    pricePrecision: symbol.pricePrecision,
    quantityPrecision: symbol.quantityPrecision,
    baseAssetPrecision: 8,
    quotePrecision: 8,
    underlyingType: 'COIN',
    underlyingSubType: [symbol.underlyingSubType],
    triggerProtect: '0.0500',
    liquidationFee: LIQUIDATION_FEE.toFixed(6),
    marketTakeBound: '0.05',
    maxMoveOrderLimit: 10_000,
    filters: [
      {
        filterType: 'PRICE_FILTER',
        minPrice: symbol.minPrice.toString(),
        maxPrice: symbol.maxPrice.toString(),
        tickSize: symbol.tickSize.toFixed(Math.max(2, symbol.tickSize.scale)),
      },
      {
        filterType: 'LOT_SIZE',
        minQty: symbol.minQuantity.toString(),
        maxQty: symbol.maxQuantity.toString(),
        stepSize: symbol.stepSize.toString(),
      },
      {
        filterType: 'MARKET_LOT_SIZE',
        minQty: symbol.minQuantity.toString(),
        maxQty: symbol.maxMarketQuantity.toString(),
        stepSize: symbol.stepSize.toString(),
      },
      { filterType: 'MAX_NUM_ORDERS', limit: USDM_LIMITS.maxOrders },
      { filterType: 'MAX_NUM_ALGO_ORDERS', limit: USDM_LIMITS.maxAlgoOrders },
      { filterType: 'MIN_NOTIONAL', notional: symbol.minNotional.toString() },
      {
        filterType: 'PERCENT_PRICE',
        multiplierUp: PERCENT_PRICE.up.toFixed(4),
        multiplierDown: PERCENT_PRICE.down.toFixed(4),
        multiplierDecimal: '4',
      },
    ],
    orderTypes: ['LIMIT', 'MARKET', ...CONDITIONAL_TYPES],
    timeInForce: ['GTC', 'IOC', 'FOK', 'GTX', 'GTD'],
  };
}

/** The body of `GET /fapi/v1/exchangeInfo`. */
export function usdmExchangeInformation(
  serverTimeMs: number,
  limitsEnforced: boolean,
  statusOf: (symbol: UsdmSymbol) => SymbolStatus,
): unknown {
  return {
    timezone: 'UTC',
    serverTime: serverTimeMs,
    futuresType: 'U_MARGINED',
    rateLimits: shownLimits(USDM_RATE_LIMITS, limitsEnforced),
    exchangeFilters: [],
    assets: MARGIN_ASSETS.map((asset) => ({ asset, marginAvailable: true, autoAssetExchange: '-10000' })),
    symbols: USDM_SYMBOLS.map((symbol) => symbolInformation(symbol, statusOf(symbol))),
  };
}
