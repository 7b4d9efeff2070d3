/** Candle lengths by OKX's names. Source: `bar` of "Candlesticks"; days and longer open at midnight of Hong Kong unless they end in `utc`. */
import { days, hours, minutes } from '../market/intervals.ts';
import type { CandleInterval } from '../market/market-history.ts';

const INTERVALS: ReadonlyMap<string, CandleInterval> = new Map<string, CandleInterval>([
  ...[1, 3, 5, 15, 30].map((count) => [`${count}m`, minutes(count)] as const),
  ...[1, 2, 4].map((count) => [`${count}H`, hours(count)] as const),
  ...[6, 12].map((count) => [`${count}Hutc`, hours(count)] as const),
  ...[1, 2, 3].map((count) => [`${count}Dutc`, days(count)] as const),
  ['1Wutc', days(7)],
  ['1Mutc', 'month'],
]);

/** Undefined for no length, and for one that opens in another time zone, which is not served. */
export function intervalNamed(name: string): CandleInterval | undefined {
  return INTERVALS.get(name);
}
