/**
 * The pairs and contracts that the simulated HTX lists, with their figures.
 *
 * Entry point: `HTX_SYMBOLS`. Sources: "Get market symbols setting" of the spot documentation, "Query Contract Info" and "Query
 * information on contract elements" of the USDT-margined one; the figures of BTC are those of their examples or of the same kind. Sizes of
 * contracts are whole contracts.
 */
import { decimal, type Decimal } from '../../core/decimal.ts';

export type Kind = 'spot' | 'linear';

export interface HtxSymbol {
  readonly kind: Kind;
  readonly base: string;
  readonly quote: string;
  readonly tickSize: Decimal;
  /** Base units on spot, one contract otherwise. */
  readonly quantityStep: Decimal;
  readonly minQuantity: Decimal;
  readonly maxQuantity: Decimal;
  readonly maxMarketQuantity: Decimal;
  /** Base units in a contract; one on spot. */
  readonly contractSize: Decimal;
  /** Zero of contracts. */
  readonly minNotional: Decimal;
  /** How far a limit price may lie from the reference, as a fraction of it. */
  readonly priceLimit: Decimal;
  readonly maxLeverage: number;
  readonly maintenanceMarginRate: Decimal;
  readonly startPrice: Decimal;
  readonly volatilityPpm: number;
}

type Row = readonly [
  base: string,
  tickSize: string,
  /** The step on spot, the size of a contract otherwise. */
  size: string,
  minQuantity: string,
  maxQuantity: string,
  startPrice: string,
  volatilityPpm: number,
];

const SPOT: readonly Row[] = [
  ['BTC', '0.01', '0.000001', '0.00001', '1000', '60000', 60],
  ['ETH', '0.01', '0.0001', '0.001', '10000', '2500', 80],
  ['SOL', '0.0001', '0.0001', '0.01', '100000', '150', 120],
  ['XRP', '0.00001', '0.01', '1', '5000000', '0.55', 120],
  ['DOGE', '0.000001', '0.01', '1', '50000000', '0.12', 150],
];

const LINEAR: readonly (readonly [...Row, maxLeverage: number, maintenanceMarginRate: string])[] = [
  ['BTC', '0.1', '0.001', '1', '170000', '60000', 60, 200, '0.004'],
  ['ETH', '0.01', '0.01', '1', '170000', '2500', 80, 200, '0.004'],
  ['SOL', '0.001', '1', '1', '100000', '150', 120, 100, '0.005'],
  ['XRP', '0.0001', '10', '1', '200000', '0.55', 120, 75, '0.0075'],
  ['DOGE', '0.00001', '100', '1', '200000', '0.12', 150, 75, '0.0075'],
];

const QUOTE = 'USDT';

function symbolOf(kind: Kind, row: Row, maxLeverage: number, rate: string): HtxSymbol {
  const [base, tick, size, min, max, startPrice, volatilityPpm] = row;
  const isSpot = kind === 'spot';
  return {
    kind,
    base,
    quote: QUOTE,
    tickSize: decimal(tick),
    quantityStep: decimal(isSpot ? size : '1'),
    minQuantity: decimal(min),
    maxQuantity: decimal(max),
    maxMarketQuantity: decimal(max),
    contractSize: decimal(isSpot ? '1' : size),
    minNotional: decimal(isSpot ? '10' : '0'),
    // "limit price to buy cannot be higher than 110% of the market price"; of contracts as "Query Swap Price Limitation" shows it for BTC.
    priceLimit: decimal(isSpot ? '0.1' : '0.02'),
    maxLeverage,
    maintenanceMarginRate: decimal(rate),
    startPrice: decimal(startPrice),
    volatilityPpm,
  };
}

export const HTX_SYMBOLS: readonly HtxSymbol[] = [
  ...SPOT.map((row) => symbolOf('spot', row, 1, '0')),
  ...LINEAR.map(([base, tick, size, min, max, price, ppm, leverage, rate]) =>
    symbolOf('linear', [base, tick, size, min, max, price, ppm], leverage, rate),
  ),
];

/** Hours between two fundings. */
export const FUNDING_HOURS = 8;
