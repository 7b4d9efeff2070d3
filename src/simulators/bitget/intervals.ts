/** Candle lengths by Bitget's names. Source: `interval` of "Get Kline/Candlestick"; those of days and of six and twelve hours are of UTC here. */
import { days, hours, minutes } from '../market/intervals.ts';
import type { CandleInterval } from '../market/market-history.ts';

const INTERVALS: ReadonlyMap<string, CandleInterval> = new Map<string, CandleInterval>([
  ...[1, 3, 5, 15, 30].map((count) => [`${count}m`, minutes(count)] as const),
  ...[1, 2, 4, 6, 12].map((count) => [`${count}H`, hours(count)] as const),
  ['1D', days(1)],
]);

/** Undefined where the venue has no such length. */
export function intervalNamed(name: string): CandleInterval | undefined {
  return INTERVALS.get(name);
}
