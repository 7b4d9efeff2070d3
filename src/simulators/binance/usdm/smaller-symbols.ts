/**
 * The smaller USD-M symbols: of every kind that the live list has. Some are quoted in USDC, some count a thousand or a million
 * coins as one, some have a tick that is coarse for their price, one has letters that are not Latin.
 *
 * Source: "Exchange Information" of the USD-M futures documentation; the grids are those of the live exchange.
 */
import { decimal } from '../../../core/decimal.ts';
import type { UsdmSymbol } from './symbols.ts';

type Row = readonly [
  base: string,
  quote: string,
  startPrice: string,
  tickSize: string,
  pricePrecision: number,
  stepSize: string,
  maxQuantity: string,
  minNotional: string,
];

const ROWS: readonly Row[] = [
  ['BNB', 'USDT', '600', '0.01', 3, '0.01', '100000', '5'],
  ['XRP', 'USDT', '2.1', '0.0001', 4, '0.1', '10000000', '5'],
  ['DOGE', 'USDT', '0.17', '0.00001', 6, '1', '50000000', '5'],
  ['ADA', 'USDT', '0.65', '0.0001', 5, '1', '20000000', '5'],
  ['LINK', 'USDT', '14', '0.001', 3, '0.01', '2000000', '20'],
  ['LTC', 'USDT', '85', '0.01', 2, '0.001', '1000000', '20'],
  ['BTCDOM', 'USDT', '4200', '0.1', 1, '0.001', '10000', '5'],
  ['1000PEPE', 'USDT', '0.0075', '0.0000001', 7, '1', '600000000', '5'],
  ['1000SHIB', 'USDT', '0.0095', '0.000001', 6, '1', '400000000', '5'],
  // One tick is half a percent of the price.
  ['1000SATS', 'USDT', '0.00002', '0.0000001', 7, '1', '9000000000', '5'],
  ['1000000MOG', 'USDT', '0.5', '0.0001', 4, '0.1', '10000000', '5'],
  ['币安人生', 'USDT', '0.15', '0.00001', 5, '1', '50000000', '5'],
  ['BTC', 'USDC', '60000', '0.1', 1, '0.001', '1000', '50'],
  ['ETH', 'USDC', '2500', '0.01', 2, '0.001', '10000', '20'],
  ['SOL', 'USDC', '150', '0.01', 4, '0.01', '500000', '5'],
];

const LEVERAGE_CAPS: UsdmSymbol['leverageCaps'] = [
  [75, 10_000],
  [50, 100_000],
  [25, 1_000_000],
  [10, 5_000_000],
  [5, 10_000_000],
  [2, 20_000_000],
  [1, 30_000_000],
];

const FIFTH = decimal('0.2');

export const SMALLER_SYMBOLS: readonly UsdmSymbol[] = ROWS.map(
  ([base, quote, , tickSize, pricePrecision, stepSize, maxQuantity, minNotional]) => {
    const [tick, step] = [decimal(tickSize), decimal(stepSize)];
    return {
      id: `${base}${quote}`,
      base,
      quote,
      pricePrecision,
      quantityPrecision: step.scale,
      minPrice: tick,
      maxPrice: decimal('1000000'),
      tickSize: tick,
      minQuantity: step,
      maxQuantity: decimal(maxQuantity),
      stepSize: step,
      maxMarketQuantity: decimal(maxQuantity).multiply(FIFTH),
      minNotional: decimal(minNotional),
      underlyingSubType: 'Layer-1',
      onboardedAt: 1_600_000_000_000,
      maintenanceMarginRate: decimal('0.01'),
      leverageCaps: LEVERAGE_CAPS,
    };
  },
);

/** The price of each symbol of this file in a fresh venue. */
export const SMALLER_START_PRICES: ReadonlyMap<string, string> = new Map(
  ROWS.map(([base, quote, startPrice]) => [`${base}${quote}`, startPrice]),
);
