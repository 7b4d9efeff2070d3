/** Candle intervals by Binance's names. Source: "Kline/Candlestick chart intervals" of web-socket-streams.md. */
import type { CandleInterval } from '../market/market-history.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

const INTERVALS: ReadonlyMap<string, CandleInterval> = new Map<string, CandleInterval>([
  ['1m', { ms: MINUTE_MS }],
  ['3m', { ms: 3 * MINUTE_MS }],
  ['5m', { ms: 5 * MINUTE_MS }],
  ['15m', { ms: 15 * MINUTE_MS }],
  ['30m', { ms: 30 * MINUTE_MS }],
  ['1h', { ms: HOUR_MS }],
  ['2h', { ms: 2 * HOUR_MS }],
  ['4h', { ms: 4 * HOUR_MS }],
  ['6h', { ms: 6 * HOUR_MS }],
  ['8h', { ms: 8 * HOUR_MS }],
  ['12h', { ms: 12 * HOUR_MS }],
  ['1d', { ms: DAY_MS }],
  ['3d', { ms: 3 * DAY_MS }],
  ['1w', { ms: 7 * DAY_MS }],
  ['1M', 'month'],
]);

/** The interval of this name, or undefined. Seconds are not served: the kept history is by the minute. */
export function intervalNamed(name: string): CandleInterval | undefined {
  return INTERVALS.get(name);
}
