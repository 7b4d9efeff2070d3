/** Candle intervals by Binance's names. Source: "Kline/Candlestick chart intervals" of web-socket-streams.md. */
import { days, hours, minutes } from '../market/intervals.ts';
import type { CandleInterval } from '../market/market-history.ts';

const INTERVALS: ReadonlyMap<string, CandleInterval> = new Map<string, CandleInterval>([
  ...[1, 3, 5, 15, 30].map((count) => [`${count}m`, minutes(count)] as const),
  ...[1, 2, 4, 6, 8, 12].map((count) => [`${count}h`, hours(count)] as const),
  ['1d', days(1)],
  ['3d', days(3)],
  ['1w', days(7)],
  ['1M', 'month'],
]);

/** The interval of this name, or undefined. Seconds are not served: the kept history is by the minute. */
export function intervalNamed(name: string): CandleInterval | undefined {
  return INTERVALS.get(name);
}
