/** Lengths of candles by HTX's names ("period" of "Get Klines"). */
import type { CandleInterval } from '../market/market-history.ts';
import { days, hours, minutes } from '../market/intervals.ts';

const INTERVALS: Readonly<Record<string, CandleInterval>> = {
  '1min': minutes(1),
  '5min': minutes(5),
  '15min': minutes(15),
  '30min': minutes(30),
  '60min': minutes(60),
  '4hour': hours(4),
  '1day': days(1),
  '1week': days(7),
  '1mon': 'month',
};

export function intervalNamed(name: string): CandleInterval | undefined {
  return Object.hasOwn(INTERVALS, name) ? INTERVALS[name] : undefined;
}
