/** Candle lengths by Coinbase's names. Source: `granularity` of "Get Public Product Candles". */
import { days, hours, minutes } from '../market/intervals.ts';
import type { CandleInterval } from '../market/market-history.ts';

const GRANULARITIES: ReadonlyMap<string, Exclude<CandleInterval, 'month'>> = new Map(
  Object.entries({
    ONE_MINUTE: minutes(1),
    FIVE_MINUTE: minutes(5),
    FIFTEEN_MINUTE: minutes(15),
    THIRTY_MINUTE: minutes(30),
    ONE_HOUR: hours(1),
    TWO_HOUR: hours(2),
    FOUR_HOUR: hours(4),
    SIX_HOUR: hours(6),
    ONE_DAY: days(1),
  }).flatMap(([name, interval]) => (interval === 'month' ? [] : [[name, interval] as const])),
);

/** In ms; undefined for a name that there is not. */
export function granularityMs(name: string): number | undefined {
  return GRANULARITIES.get(name)?.ms;
}
