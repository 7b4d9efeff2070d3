/** Candle intervals by Bybit's names: minutes as numbers, then letters. Source: `interval` of "Enums Definitions". */
import { days, minutes } from '../market/intervals.ts';
import type { CandleInterval } from '../market/market-history.ts';

const INTERVALS: ReadonlyMap<string, CandleInterval> = new Map<string, CandleInterval>([
  ...[1, 3, 5, 15, 30, 60, 120, 240, 360, 720].map((count) => [String(count), minutes(count)] as const),
  ['D', days(1)],
  ['W', days(7)],
  ['M', 'month'],
]);

export function intervalNamed(name: string): CandleInterval | undefined {
  return INTERVALS.get(name);
}
