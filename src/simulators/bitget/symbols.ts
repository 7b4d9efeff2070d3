/**
 * The instruments that the simulated Bitget lists, with their figures, and the JSON of the instrument list.
 *
 * Entry points: `BITGET_SYMBOLS`, `instrumentJson`, `classicInstrumentJson`. Source: "Get Instruments" of the unified account's documentation; the figures of BTCUSDT
 * are those of its examples, the others are of the same kind. Sizes of futures are in the base coin. One name may be a spot pair and
 * a perpetual.
 */
import { decimal, type Decimal } from '../../core/decimal.ts';
import type { SymbolStatus } from '../exchange/state.ts';

/** The product types that are served; the venue has margin and futures in coins and USDC beside them. */
export type Category = 'SPOT' | 'USDT-FUTURES';

export interface BitgetSymbol {
  readonly id: string;
  readonly category: Category;
  readonly base: string;
  readonly quote: string;
  readonly tickSize: Decimal;
  readonly quantityStep: Decimal;
  readonly minQuantity: Decimal;
  readonly maxQuantity: Decimal;
  readonly maxMarketQuantity: Decimal;
  /** `minOrderAmount`, in quote. */
  readonly minNotional: Decimal;
  readonly maxLeverage: number;
  readonly maintenanceMarginRate: Decimal;
  readonly startPrice: Decimal;
  readonly volatilityPpm: number;
}

type Figures = readonly [
  base: string,
  tickSize: string,
  quantityStep: string,
  maxQuantity: string,
  maxMarketQuantity: string,
  startPrice: string,
  volatilityPpm: number,
];

const SPOT: readonly Figures[] = [
  ['BTC', '0.01', '0.000001', '10000', '1000', '60000', 60],
  ['ETH', '0.01', '0.0001', '100000', '10000', '2500', 80],
  ['SOL', '0.01', '0.0001', '1000000', '100000', '150', 120],
  ['XRP', '0.0001', '0.0001', '10000000', '1000000', '0.55', 120],
  ['DOGE', '0.00001', '0.0001', '100000000', '10000000', '0.12', 150],
  ['BGB', '0.0001', '0.0001', '10000000', '1000000', '4', 100],
];

const FUTURES: readonly (readonly [...Figures, maxLeverage: number, maintenanceMarginRate: string])[] = [
  ['BTC', '0.1', '0.0001', '1200', '220', '60000', 60, 150, '0.004'],
  ['ETH', '0.01', '0.01', '18000', '3500', '2500', 80, 150, '0.004'],
  ['SOL', '0.01', '0.1', '200000', '30000', '150', 120, 100, '0.005'],
  ['XRP', '0.0001', '1', '8000000', '1500000', '0.55', 120, 75, '0.0075'],
  ['DOGE', '0.00001', '1', '60000000', '12000000', '0.12', 150, 75, '0.0075'],
  ['1000BONK', '0.000001', '1', '900000000', '90000000', '0.02', 200, 50, '0.01'],
];

const QUOTE = 'USDT';
const MIN_NOTIONAL: Readonly<Record<Category, Decimal>> = {
  SPOT: decimal('1'),
  'USDT-FUTURES': decimal('5'),
};

function symbolOf(category: Category, figures: Figures, maxLeverage: number, rate: string): BitgetSymbol {
  const [base, tick, step, max, maxMarket, startPrice, volatilityPpm] = figures;
  return {
    id: `${base}${QUOTE}`,
    category,
    base,
    quote: QUOTE,
    tickSize: decimal(tick),
    quantityStep: decimal(step),
    minQuantity: decimal(step),
    maxQuantity: decimal(max),
    maxMarketQuantity: decimal(maxMarket),
    minNotional: MIN_NOTIONAL[category],
    maxLeverage,
    maintenanceMarginRate: decimal(rate),
    startPrice: decimal(startPrice),
    volatilityPpm,
  };
}

export const BITGET_SYMBOLS: readonly BitgetSymbol[] = [
  ...SPOT.map((figures) => symbolOf('SPOT', figures, 1, '0')),
  ...FUTURES.map(([base, tick, step, max, maxMarket, price, ppm, leverage, rate]) =>
    symbolOf('USDT-FUTURES', [base, tick, step, max, maxMarket, price, ppm], leverage, rate),
  ),
];

/** Hours between two fundings of a perpetual. */
export const FUNDING_HOURS = 8;
/** `buyLimitPriceRatio` and `sellLimitPriceRatio`. */
export const PRICE_LIMIT: Readonly<Record<Category, Decimal>> = {
  SPOT: decimal('0.02'),
  'USDT-FUTURES': decimal('0.05'),
};
const MOST_ORDERS = '400';

/** `status` of an instrument. */
export function statusName(status: SymbolStatus): string {
  switch (status) {
    case 'trading':
      return 'online';
    case 'reduce_only':
      return 'limit_open';
    case 'cancel_only':
    case 'halted':
    case 'settled':
      return 'offline';
  }
}

/** An entry of the instrument list. */
export function instrumentJson(symbol: BitgetSymbol, status: SymbolStatus): Record<string, unknown> {
  const ratio = PRICE_LIMIT[symbol.category].toString();
  const common = {
    symbol: symbol.id,
    category: symbol.category,
    baseCoin: symbol.base,
    quoteCoin: symbol.quote,
    buyLimitPriceRatio: ratio,
    sellLimitPriceRatio: ratio,
    minOrderQty: symbol.minQuantity.toString(),
    pricePrecision: String(symbol.tickSize.scale),
    quantityPrecision: String(symbol.quantityStep.scale),
    minOrderAmount: symbol.minNotional.toString(),
    maxSymbolOrderNum: '',
    maxProductOrderNum: MOST_ORDERS,
    maxPositionNum: '200',
    status: statusName(status),
    maintainTime: '',
    symbolType: 'crypto',
  };
  if (symbol.category === 'SPOT')
    return { ...common, maxOrderQty: '0', quotePrecision: '8', launchTime: '1532454360000' };
  return {
    ...common,
    isRwa: 'NO',
    isReality: 'no',
    feeRateUpRatio: '0.005',
    makerFeeRate: '0.0002',
    takerFeeRate: '0.0006',
    openCostUpRatio: '0.01',
    maxOrderQty: symbol.maxQuantity.toString(),
    quotePrecision: '',
    priceMultiplier: symbol.tickSize.toString(),
    quantityMultiplier: symbol.quantityStep.toString(),
    type: 'perpetual',
    offTime: '-1',
    limitOpenTime: '-1',
    deliveryTime: '',
    deliveryStartTime: '',
    deliveryPeriod: '',
    launchTime: '0',
    fundInterval: String(FUNDING_HOURS),
    minLeverage: '1',
    maxLeverage: String(symbol.maxLeverage),
    maxMarketOrderQty: symbol.maxMarketQuantity.toString(),
  };
}

/** An entry of the lists of the former API: `spot/public/symbols` and `mix/market/contracts`. */
export function classicInstrumentJson(
  symbol: BitgetSymbol,
  status: SymbolStatus,
  fees: { readonly maker: string; readonly taker: string },
): Record<string, unknown> {
  const ratio = PRICE_LIMIT[symbol.category].toString();
  const name = statusName(status);
  const common = {
    symbol: symbol.id,
    baseCoin: symbol.base,
    quoteCoin: symbol.quote,
    makerFeeRate: fees.maker,
    takerFeeRate: fees.taker,
    buyLimitPriceRatio: ratio,
    sellLimitPriceRatio: ratio,
    minTradeUSDT: symbol.minNotional.toString(),
  };
  if (symbol.category === 'SPOT')
    return {
      ...common,
      minTradeAmount: symbol.minQuantity.toString(),
      maxTradeAmount: symbol.maxQuantity.toString(),
      pricePrecision: String(symbol.tickSize.scale),
      quantityPrecision: String(symbol.quantityStep.scale),
      quotePrecision: '8',
      status: name === 'online' ? 'online' : 'halt',
      areaSymbol: 'no',
      orderQuantity: MOST_ORDERS,
      openTime: '1532454360000',
      offTime: '',
    };
  return {
    ...common,
    feeRateUpRatio: '0.005',
    openCostUpRatio: '0.01',
    supportMarginCoins: [symbol.quote],
    minTradeNum: symbol.minQuantity.toString(),
    // The last digit of a price moves by so much: one where the tick is a power of ten.
    priceEndStep: '1',
    volumePlace: String(symbol.quantityStep.scale),
    pricePlace: String(symbol.tickSize.scale),
    sizeMultiplier: symbol.quantityStep.toString(),
    symbolType: 'perpetual',
    maxSymbolOrderNum: '200',
    maxProductOrderNum: MOST_ORDERS,
    maxPositionNum: '200',
    symbolStatus: CONTRACT_STATUSES[name] ?? 'maintain',
    offTime: '-1',
    limitOpenTime: '-1',
    deliveryTime: '',
    deliveryStartTime: '',
    deliveryPeriod: '',
    launchTime: '',
    fundInterval: String(FUNDING_HOURS),
    minLever: '1',
    maxLever: String(symbol.maxLeverage),
    posLimit: '0.05',
    maintainTime: '',
    maxMarketOrderQty: symbol.maxMarketQuantity.toString(),
    maxOrderQty: symbol.maxQuantity.toString(),
  };
}

const CONTRACT_STATUSES: Readonly<Record<string, string>> = {
  online: 'normal',
  limit_open: 'limit_open',
  offline: 'off',
};
