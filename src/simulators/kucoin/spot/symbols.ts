/**
 * The pairs that the simulated KuCoin lists on spot, with their figures, and the JSON of the list.
 *
 * Entry points: `SPOT_SYMBOLS`, `symbolJson`. Source: "Get All Symbols" of the documentation; the figures of BTC-USDT are those of its example,
 * the others are of the same kind.
 */
import { decimal, type Decimal } from '../../../core/decimal.ts';

export interface SpotSymbol {
  readonly id: string;
  readonly base: string;
  readonly quote: string;
  readonly baseMinSize: Decimal;
  readonly baseMaxSize: Decimal;
  readonly baseIncrement: Decimal;
  /** The grid of a market order's funds. */
  readonly quoteIncrement: Decimal;
  readonly priceIncrement: Decimal;
  /** Least worth of an order. */
  readonly minFunds: Decimal;
  /** How far a limit price may lie from the last price, as a fraction of it. */
  readonly priceLimitRate: Decimal;
  readonly startPrice: Decimal;
  readonly volatilityPpm: number;
}

type Figures = readonly [
  base: string,
  baseMinSize: string,
  baseIncrement: string,
  priceIncrement: string,
  startPrice: string,
  volatilityPpm: number,
];

const FIGURES: readonly Figures[] = [
  ['BTC', '0.00001', '0.00000001', '0.1', '60000', 60],
  ['ETH', '0.0001', '0.0000001', '0.01', '2500', 80],
  ['SOL', '0.001', '0.0001', '0.01', '150', 120],
  ['XRP', '0.1', '0.0001', '0.0001', '0.55', 120],
  ['DOGE', '1', '0.0001', '0.00001', '0.12', 150],
];

const QUOTE = 'USDT';

export const SPOT_SYMBOLS: readonly SpotSymbol[] = FIGURES.map(
  ([base, baseMinSize, baseIncrement, priceIncrement, startPrice, volatilityPpm]) => ({
    id: `${base}-${QUOTE}`,
    base,
    quote: QUOTE,
    baseMinSize: decimal(baseMinSize),
    baseMaxSize: decimal('10000000000'),
    baseIncrement: decimal(baseIncrement),
    quoteIncrement: decimal('0.000001'),
    priceIncrement: decimal(priceIncrement),
    minFunds: decimal('0.1'),
    priceLimitRate: decimal('0.1'),
    startPrice: decimal(startPrice),
    volatilityPpm,
  }),
);

/** An entry of the list. */
export function symbolJson(symbol: SpotSymbol, enableTrading: boolean): Record<string, unknown> {
  return {
    symbol: symbol.id,
    name: symbol.id,
    baseCurrency: symbol.base,
    quoteCurrency: symbol.quote,
    feeCurrency: symbol.quote,
    market: 'USDS',
    baseMinSize: symbol.baseMinSize.toString(),
    quoteMinSize: symbol.minFunds.toString(),
    baseMaxSize: symbol.baseMaxSize.toString(),
    quoteMaxSize: '99999999',
    baseIncrement: symbol.baseIncrement.toString(),
    quoteIncrement: symbol.quoteIncrement.toString(),
    priceIncrement: symbol.priceIncrement.toString(),
    priceLimitRate: symbol.priceLimitRate.toString(),
    minFunds: symbol.minFunds.toString(),
    isMarginEnabled: true,
    enableTrading,
    feeCategory: 1,
    makerFeeCoefficient: '1.00',
    takerFeeCoefficient: '1.00',
    st: false,
    callauctionIsEnabled: false,
    callauctionPriceFloor: null,
    callauctionPriceCeiling: null,
    callauctionFirstStageStartTime: null,
    callauctionSecondStageStartTime: null,
    callauctionThirdStageStartTime: null,
    tradingStartTime: null,
  };
}
