/**
 * Candle lengths by Bitget's names. Sources: `interval` of "Get Kline/Candlestick", `granularity` of "Get Candlestick Data" of the former API; those of
 * days and of six and twelve hours are of UTC here.
 */
import { days, hours, minutes } from '../market/intervals.ts';
import type { CandleInterval } from '../market/market-history.ts';
import type { Category } from './symbols.ts';

const INTERVALS: ReadonlyMap<string, CandleInterval> = new Map<string, CandleInterval>([
  ...[1, 3, 5, 15, 30].map((count) => [`${count}m`, minutes(count)] as const),
  ...[1, 2, 4, 6, 12].map((count) => [`${count}H`, hours(count)] as const),
  ['1D', days(1)],
]);

/** Undefined where the venue has no such length. */
export function intervalNamed(name: string): CandleInterval | undefined {
  return INTERVALS.get(name);
}

const WEEK: CandleInterval = days(7);

/** Of the former API; with `utc` behind it a length begins at midnight UTC, as they all do here. */
const CLASSIC: Readonly<Record<Category, ReadonlyMap<string, CandleInterval>>> = {
  SPOT: new Map<string, CandleInterval>([
    ...[1, 3, 5, 15, 30].map((count) => [`${count}min`, minutes(count)] as const),
    ...[1, 4, 6, 12].map((count) => [`${count}h`, hours(count)] as const),
    ...[6, 12].map((count) => [`${count}Hutc`, hours(count)] as const),
    ...[1, 3].flatMap((count) => [
      [`${count}day`, days(count)] as const,
      [`${count}Dutc`, days(count)] as const,
    ]),
    ['1week', WEEK],
    ['1Wutc', WEEK],
    ['1M', 'month'],
    ['1Mutc', 'month'],
  ]),
  'USDT-FUTURES': new Map<string, CandleInterval>([
    ...[1, 3, 5, 15, 30].map((count) => [`${count}m`, minutes(count)] as const),
    ...[1, 2, 4, 6, 12].map((count) => [`${count}H`, hours(count)] as const),
    ...[6, 12].map((count) => [`${count}Hutc`, hours(count)] as const),
    ...[1, 3].flatMap((count) => [
      [`${count}D`, days(count)] as const,
      [`${count}Dutc`, days(count)] as const,
    ]),
    ['1W', WEEK],
    ['1Wutc', WEEK],
    ['1M', 'month'],
    ['1Mutc', 'month'],
  ]),
};

/** Undefined where the former API has no such length for the product. */
export function classicIntervalNamed(category: Category, name: string): CandleInterval | undefined {
  return CLASSIC[category].get(name);
}
