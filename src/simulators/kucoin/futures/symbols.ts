/**
 * The contracts that the simulated KuCoin lists: linear perpetuals settled in USDT, counted in lots of a multiplier.
 *
 * Entry point: `FUTURES_SYMBOLS`. Source: "Get Symbol" of the futures documentation; the figures of XBTUSDTM are those of its example, the others are
 * of the same kind. Bitcoin is XBT here, and BTC on spot.
 */
import { decimal, type Decimal } from '../../../core/decimal.ts';

export interface FuturesSymbol {
  /** `XBTUSDTM` */
  readonly id: string;
  /** As the venue names it: XBT. */
  readonly baseCurrency: string;
  /** As everybody else does: BTC. */
  readonly base: string;
  readonly quote: string;
  /** Base units in a lot. */
  readonly multiplier: Decimal;
  readonly tickSize: Decimal;
  readonly maxOrderQty: number;
  readonly maintainMargin: Decimal;
  readonly maxLeverage: number;
  readonly startPrice: Decimal;
  readonly volatilityPpm: number;
}

type Figures = readonly [
  baseCurrency: string,
  base: string,
  multiplier: string,
  tickSize: string,
  maxLeverage: number,
  startPrice: string,
  volatilityPpm: number,
];

const FIGURES: readonly Figures[] = [
  ['XBT', 'BTC', '0.001', '0.1', 125, '60000', 60],
  ['ETH', 'ETH', '0.01', '0.01', 100, '2500', 80],
  ['SOL', 'SOL', '0.1', '0.001', 75, '150', 120],
  ['XRP', 'XRP', '10', '0.0001', 75, '0.55', 120],
  ['DOGE', 'DOGE', '100', '0.00001', 75, '0.12', 150],
];

const QUOTE = 'USDT';

export const FUTURES_SYMBOLS: readonly FuturesSymbol[] = FIGURES.map(
  ([baseCurrency, base, multiplier, tickSize, maxLeverage, startPrice, volatilityPpm]) => ({
    id: `${baseCurrency}${QUOTE}M`,
    baseCurrency,
    base,
    quote: QUOTE,
    multiplier: decimal(multiplier),
    tickSize: decimal(tickSize),
    maxOrderQty: 1_000_000,
    maintainMargin: decimal('0.004'),
    maxLeverage,
    startPrice: decimal(startPrice),
    volatilityPpm,
  }),
);
