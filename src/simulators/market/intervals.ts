/** Lengths of candles, for a venue's table of its own names. */
import type { CandleInterval } from './market-history.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

export const minutes = (count: number): CandleInterval => ({ ms: count * MINUTE_MS });
export const hours = (count: number): CandleInterval => ({ ms: count * HOUR_MS });
export const days = (count: number): CandleInterval => ({ ms: count * DAY_MS });
