/**
 * The symbols that the simulated Bybit lists, with their figures, and the JSON of the instrument list.
 *
 * Entry points: `BYBIT_SYMBOLS`, `instrumentJson`. Source: "Get Instruments Info" of the v5 documentation; the figures of BTCUSDT
 * are those of its examples, the others are of the same kind. One name may be a spot pair and a perpetual.
 */
import { decimal, type Decimal } from '../../core/decimal.ts';
import type { SymbolStatus } from '../exchange/state.ts';

/** The product types that are served; the venue has inverse contracts and options beside them. */
export type Category = 'spot' | 'linear';

export interface BybitSymbol {
  readonly id: string;
  readonly category: Category;
  /** The number of the name, which the venue counts. */
  readonly symbolId: number;
  readonly base: string;
  readonly quote: string;
  readonly tickSize: Decimal;
  /** `basePrecision` on spot, `qtyStep` of contracts. */
  readonly quantityStep: Decimal;
  /** Of contracts. On spot the least quantity is deprecated and not looked at, only the least amount is. */
  readonly minQuantity: Decimal;
  readonly maxQuantity: Decimal;
  readonly maxMarketQuantity: Decimal;
  /** `minOrderAmt` on spot, `minNotionalValue` of contracts. */
  readonly minNotional: Decimal;
  /** How far a limit price may lie from the reference price, as a fraction of it: ratios X and Y of `riskParameters`. */
  readonly priceLimit: { readonly x: Decimal; readonly y: Decimal };
  readonly maxLeverage: number;
  readonly maintenanceMarginRate: Decimal;
  readonly startPrice: Decimal;
  readonly volatilityPpm: number;
}

type Figures = readonly [
  base: string,
  symbolId: number,
  tickSize: string,
  quantityStep: string,
  minQuantity: string,
  maxQuantity: string,
  maxMarketQuantity: string,
  startPrice: string,
  volatilityPpm: number,
];

const SPOT: readonly Figures[] = [
  ['BTC', 9, '0.1', '0.000001', '0.000011', '83', '41.5', '60000', 60],
  ['ETH', 10, '0.01', '0.00001', '0.00038', '2000', '1000', '2500', 80],
  ['SOL', 29, '0.01', '0.001', '0.014', '30000', '15000', '150', 120],
  ['XRP', 12, '0.0001', '0.01', '2.1', '1500000', '750000', '0.55', 120],
  ['DOGE', 44, '0.00001', '0.1', '13', '9000000', '4500000', '0.12', 150],
];

const LINEAR: readonly (readonly [...Figures, maxLeverage: number, maintenanceMarginRate: string])[] = [
  ['BTC', 5, '0.1', '0.001', '0.001', '1190', '500', '60000', 60, 100, '0.005'],
  ['ETH', 2, '0.01', '0.01', '0.01', '7240', '1600', '2500', 80, 100, '0.005'],
  ['SOL', 77, '0.01', '0.1', '0.1', '79400', '16500', '150', 120, 100, '0.005'],
  ['XRP', 8, '0.0001', '0.1', '0.1', '4500000', '1000000', '0.55', 120, 75, '0.0075'],
  ['DOGE', 60, '0.00001', '1', '1', '20000000', '5000000', '0.12', 150, 75, '0.0075'],
  ['1000PEPE', 207, '0.0000001', '100', '100', '400000000', '80000000', '0.009', 200, 50, '0.01'],
];

const QUOTE = 'USDT';
const MIN_NOTIONAL = decimal('5');
const PRICE_LIMITS: Readonly<Record<Category, BybitSymbol['priceLimit']>> = {
  spot: { x: decimal('0.005'), y: decimal('0.01') },
  linear: { x: decimal('0.01'), y: decimal('0.02') },
};

function symbolOf(category: Category, figures: Figures, maxLeverage: number, rate: string): BybitSymbol {
  const [base, symbolId, tick, step, min, max, maxMarket, startPrice, volatilityPpm] = figures;
  return {
    id: `${base}${QUOTE}`,
    category,
    symbolId,
    base,
    quote: QUOTE,
    tickSize: decimal(tick),
    quantityStep: decimal(step),
    minQuantity: decimal(min),
    maxQuantity: decimal(max),
    maxMarketQuantity: decimal(maxMarket),
    minNotional: MIN_NOTIONAL,
    priceLimit: PRICE_LIMITS[category],
    maxLeverage,
    maintenanceMarginRate: decimal(rate),
    startPrice: decimal(startPrice),
    volatilityPpm,
  };
}

export const BYBIT_SYMBOLS: readonly BybitSymbol[] = [
  ...SPOT.map((figures) => symbolOf('spot', figures, 1, '0')),
  ...LINEAR.map(([base, id, tick, step, min, max, maxMarket, price, ppm, leverage, rate]) =>
    symbolOf('linear', [base, id, tick, step, min, max, maxMarket, price, ppm], leverage, rate),
  ),
];

/** Hours between two fundings of a perpetual. */
export const FUNDING_HOURS = 8;
const LAUNCHED_AT = '1585526400000';

/** The status of a symbol in the venue's words; null for one that takes nothing new and is not in the usual list. */
export function statusOf(status: SymbolStatus): string {
  switch (status) {
    case 'trading':
    case 'reduce_only':
      return 'Trading';
    case 'cancel_only':
    case 'halted':
      return 'PreLaunch';
    case 'settled':
      return 'Closed';
  }
}

/** An entry of the instrument list. */
export function instrumentJson(symbol: BybitSymbol, status: SymbolStatus): Record<string, unknown> {
  return symbol.category === 'spot' ? spotJson(symbol, status) : linearJson(symbol, status);
}

function riskParameters({ priceLimit }: BybitSymbol): Record<string, string> {
  return { priceLimitRatioX: priceLimit.x.toString(), priceLimitRatioY: priceLimit.y.toString() };
}

function spotJson(symbol: BybitSymbol, status: SymbolStatus): Record<string, unknown> {
  return {
    symbolId: symbol.symbolId,
    symbol: symbol.id,
    baseCoin: symbol.base,
    quoteCoin: symbol.quote,
    innovation: '0',
    status: statusOf(status),
    marginTrading: 'utaOnly',
    stTag: '0',
    lotSizeFilter: {
      basePrecision: symbol.quantityStep.toString(),
      quotePrecision: '0.0000001',
      minOrderQty: symbol.minQuantity.toString(),
      maxOrderQty: symbol.maxQuantity.toString(),
      minOrderAmt: symbol.minNotional.toString(),
      maxOrderAmt: '8000000',
      maxLimitOrderQty: symbol.maxQuantity.toString(),
      maxMarketOrderQty: symbol.maxMarketQuantity.toString(),
      postOnlyMaxLimitOrderSize: '60000',
    },
    priceFilter: { tickSize: symbol.tickSize.toString() },
    riskParameters: riskParameters(symbol),
    symbolType: '',
  };
}

function linearJson(symbol: BybitSymbol, status: SymbolStatus): Record<string, unknown> {
  const scale = symbol.quantityStep.scale;
  return {
    symbol: symbol.id,
    symbolId: symbol.symbolId,
    contractType: 'LinearPerpetual',
    status: statusOf(status),
    baseCoin: symbol.base,
    quoteCoin: symbol.quote,
    launchTime: LAUNCHED_AT,
    deliveryTime: '0',
    deliveryFeeRate: '',
    priceScale: String(priceScaleOf(symbol)),
    leverageFilter: { minLeverage: '1', maxLeverage: symbol.maxLeverage.toFixed(2), leverageStep: '1' },
    priceFilter: {
      minPrice: symbol.tickSize.toFixed(priceScaleOf(symbol)),
      maxPrice: '1999999.80',
      tickSize: symbol.tickSize.toFixed(priceScaleOf(symbol)),
    },
    lotSizeFilter: {
      maxOrderQty: symbol.maxQuantity.toFixed(scale),
      minOrderQty: symbol.minQuantity.toFixed(scale),
      qtyStep: symbol.quantityStep.toFixed(scale),
      postOnlyMaxOrderQty: symbol.maxQuantity.toFixed(scale),
      maxMktOrderQty: symbol.maxMarketQuantity.toFixed(scale),
      minNotionalValue: symbol.minNotional.toString(),
    },
    unifiedMarginTrade: true,
    fundingInterval: FUNDING_HOURS * 60,
    settleCoin: symbol.quote,
    copyTrading: 'both',
    upperFundingRate: '0.00375',
    lowerFundingRate: '-0.00375',
    displayName: '',
    forbidUplWithdrawal: false,
    isPreListing: false,
    preListingInfo: null,
    riskParameters: riskParameters(symbol),
    symbolType: '',
    skipCallAuction: false,
  };
}

/** Digits after the point that prices of contracts are printed with; spot prints as many as its tick has. */
export function priceScaleOf({ category, tickSize }: BybitSymbol): number {
  return category === 'spot' ? tickSize.scale : Math.max(2, tickSize.scale);
}
