/** Candle lengths by KuCoin's names. Sources: `type` of "Get Klines" of spot, `granularity` (minutes) of that of futures. */
import { days, hours, minutes } from '../market/intervals.ts';
import type { CandleInterval } from '../market/market-history.ts';

const BY_NAME: ReadonlyMap<string, CandleInterval> = new Map<string, CandleInterval>([
  ...[1, 3, 5, 15, 30].map((count) => [`${count}min`, minutes(count)] as const),
  ...[1, 2, 4, 6, 8, 12].map((count) => [`${count}hour`, hours(count)] as const),
  ['1day', days(1)],
  ['1week', days(7)],
  ['1month', 'month'],
]);

const BY_MINUTES: ReadonlySet<number> = new Set([1, 5, 15, 30, 60, 120, 240, 480, 720, 1440, 10080]);

export function intervalNamed(name: string): CandleInterval | undefined {
  return BY_NAME.get(name);
}

export function intervalOfMinutes(count: number): CandleInterval | undefined {
  return BY_MINUTES.has(count) ? minutes(count) : undefined;
}
