/** The orders that a simulated market offers on an instrument which has no other source. Entry point: `offeredLiquidity`. */
import { decimal, type Decimal } from '../../core/decimal.ts';
import type { Instrument } from '../exchange/instrument.ts';

/** Bases that trade most: three times as much rests at each price. */
const MAJOR_BASES: ReadonlySet<string> = new Set(['BTC', 'ETH', 'SOL']);

/** Fifty prices a side, each of 20,000 or 60,000 quote units; `volatilityPpm` is how far the price walks in a step, in millionths. */
export function offeredLiquidity(symbol: {
  readonly base: string;
  readonly startPrice: Decimal;
  readonly volatilityPpm: number;
}): Instrument['liquidity'] {
  const { base, startPrice, volatilityPpm } = symbol;
  return {
    startPrice,
    levels: 50,
    levelNotional: decimal(MAJOR_BASES.has(base) ? '60000' : '20000'),
    volatilityPpm,
  };
}
