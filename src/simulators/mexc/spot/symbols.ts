/**
 * The spot symbols that the simulated MEXC lists, with their figures, and the JSON of the instrument list.
 *
 * Entry points: `SPOT_SYMBOLS`, `symbolJson`. Source: "Exchange Information" of the spot v3 documentation, whose example the fields, their
 * types and their order are taken from; the figures of the symbols are of the same kind.
 */
import { Decimal, decimal } from '../../../core/decimal.ts';
import type { SymbolStatus } from '../../exchange/state.ts';

export type SpotOrderType = 'LIMIT' | 'MARKET' | 'LIMIT_MAKER' | 'IMMEDIATE_OR_CANCEL' | 'FILL_OR_KILL';

export interface SpotSymbol {
  readonly id: string;
  readonly base: string;
  readonly quote: string;
  /** Digits after the point of quantities and of prices. */
  readonly quantityScale: number;
  readonly priceScale: number;
  /** `baseSizePrecision`: "min order quantity". */
  readonly minQuantity: Decimal;
  /** `quoteAmountPrecision`: "min order amount", of limit orders and of market orders. */
  readonly minAmount: Decimal;
  /** `maxQuoteAmount`, and of market orders `maxQuoteAmountMarket`. */
  readonly maxAmount: Decimal;
  readonly maxMarketAmount: Decimal;
  readonly orderTypes: readonly SpotOrderType[];
  /** "allow api spot trading": a symbol without it is refused with 10007. */
  readonly isTradingAllowed: boolean;
  readonly startPrice: Decimal;
  readonly volatilityPpm: number;
}

type Figures = readonly [
  base: string,
  quantityScale: number,
  priceScale: number,
  minQuantity: string,
  startPrice: string,
  volatilityPpm: number,
];

const QUOTE = 'USDT';
const ALL_TYPES: readonly SpotOrderType[] = ['LIMIT', 'MARKET', 'LIMIT_MAKER'];
/** Bases whose market orders are closed to the API. */
const WITHOUT_MARKET_ORDERS: ReadonlySet<string> = new Set(['MX']);
/** Bases that can only be traded by hand. */
const NOT_FOR_THE_API: ReadonlySet<string> = new Set(['PEPE']);

const LISTED: readonly Figures[] = [
  ['BTC', 6, 2, '0.000001', '60000', 60],
  ['ETH', 5, 2, '0.00001', '2500', 80],
  ['SOL', 3, 2, '0', '150', 120],
  ['XRP', 2, 4, '0', '0.55', 120],
  ['DOGE', 1, 5, '0', '0.12', 150],
  ['MX', 2, 4, '0', '3.7', 80],
  ['PEPE', 0, 10, '0', '0.0000092', 250],
];

export const SPOT_SYMBOLS: readonly SpotSymbol[] = LISTED.map(
  ([base, quantityScale, priceScale, minQuantity, startPrice, volatilityPpm]) => ({
    id: `${base}${QUOTE}`,
    base,
    quote: QUOTE,
    quantityScale,
    priceScale,
    minQuantity: decimal(minQuantity),
    minAmount: decimal('1'),
    maxAmount: decimal('50000000'),
    maxMarketAmount: decimal('100000'),
    orderTypes: WITHOUT_MARKET_ORDERS.has(base) ? ALL_TYPES.filter((type) => type !== 'MARKET') : ALL_TYPES,
    isTradingAllowed: !NOT_FOR_THE_API.has(base),
    startPrice: decimal(startPrice),
    volatilityPpm,
  }),
);

/** "orderPrice <= lastPrice * bidMultiplierUp" of a buy, "orderPrice >= lastPrice * askMultiplierDown" of a sell. */
export const PRICE_BAND = { bidMultiplierUp: decimal('5'), askMultiplierDown: decimal('0.2') } as const;
export const SPOT_FEES = { maker: Decimal.zero, taker: decimal('0.0005') } as const;

/** One unit of the last digit. */
export function unitOf(scale: number): Decimal {
  return Decimal.of(1n, scale);
}

/** "status: 1 - online, 2 - Pause, 3 - offline". */
function statusOf(status: SymbolStatus): string {
  switch (status) {
    case 'trading':
    case 'reduce_only':
      return '1';
    case 'cancel_only':
    case 'halted':
      return '2';
    case 'settled':
      return '3';
  }
}

/** An entry of `symbols`. */
export function symbolJson(symbol: SpotSymbol, status: SymbolStatus): Record<string, unknown> {
  return {
    symbol: symbol.id,
    status: statusOf(status),
    baseAsset: symbol.base,
    baseAssetPrecision: symbol.quantityScale,
    quoteAsset: symbol.quote,
    quotePrecision: symbol.priceScale,
    quoteAssetPrecision: symbol.priceScale,
    baseCommissionPrecision: symbol.quantityScale,
    quoteCommissionPrecision: symbol.priceScale,
    orderTypes: symbol.orderTypes,
    isSpotTradingAllowed: symbol.isTradingAllowed,
    isMarginTradingAllowed: false,
    quoteAmountPrecision: symbol.minAmount.toString(),
    baseSizePrecision: symbol.minQuantity.toString(),
    permissions: ['SPOT'],
    filters: [
      {
        filterType: 'PERCENT_PRICE_BY_SIDE',
        bidMultiplierUp: PRICE_BAND.bidMultiplierUp.toString(),
        askMultiplierDown: PRICE_BAND.askMultiplierDown.toString(),
      },
    ],
    maxQuoteAmount: symbol.maxAmount.toString(),
    makerCommission: SPOT_FEES.maker.toString(),
    takerCommission: SPOT_FEES.taker.toString(),
    quoteAmountPrecisionMarket: symbol.minAmount.toString(),
    maxQuoteAmountMarket: symbol.maxMarketAmount.toString(),
    fullName: symbol.base,
    tradeSideType: 1,
    contractAddress: '',
    st: false,
  };
}
