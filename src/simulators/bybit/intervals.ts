/** Candle intervals by Bybit's names: minutes as numbers, then letters. Source: `interval` of "Enums Definitions". */
import type { CandleInterval } from '../market/market-history.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

const INTERVALS: ReadonlyMap<string, CandleInterval> = new Map<string, CandleInterval>([
  ...[1, 3, 5, 15, 30, 60, 120, 240, 360, 720].map(
    (minutes) => [String(minutes), { ms: minutes * MINUTE_MS }] as const,
  ),
  ['D', { ms: DAY_MS }],
  ['W', { ms: 7 * DAY_MS }],
  ['M', 'month'],
]);

export function intervalNamed(name: string): CandleInterval | undefined {
  return INTERVALS.get(name);
}
