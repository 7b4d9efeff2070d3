/** Lengths of candles in the names of the streams and the contract API, and in those of the spot API. Source: "Kline Interval", "K-line". */
import { days, hours, minutes } from '../market/intervals.ts';
import type { CandleInterval } from '../market/market-history.ts';

const NAMED: Readonly<Record<string, CandleInterval>> = {
  Min1: minutes(1),
  Min5: minutes(5),
  Min15: minutes(15),
  Min30: minutes(30),
  Min60: minutes(60),
  Hour4: hours(4),
  Hour8: hours(8),
  Day1: days(1),
  Week1: days(7),
  Month1: 'month',
};

const SPOT_NAMES: Readonly<Record<string, string>> = {
  '1m': 'Min1',
  '5m': 'Min5',
  '15m': 'Min15',
  '30m': 'Min30',
  '60m': 'Min60',
  '4h': 'Hour4',
  '1d': 'Day1',
  '1W': 'Week1',
  '1M': 'Month1',
};

/** `Min15`; undefined where the venue has no such length. */
export function intervalNamed(name: string): CandleInterval | undefined {
  return NAMED[name];
}

/** `15m`, as `GET /api/v3/klines` has it. */
export function spotInterval(name: string): CandleInterval | undefined {
  return NAMED[SPOT_NAMES[name] ?? ''];
}
