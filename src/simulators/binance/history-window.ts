/** Which rows of a history a request names: a window in time, a number of rows, and from which end they are counted. */
import { BinanceRefusal, invalidParameter, moreThanHours } from './errors.ts';
import type { Parameters } from './parameters.ts';

const HOUR_MS = 3_600_000;
const USUAL_ROWS = 500;
const MOST_ROWS = 1000;

export interface HistoryWindow {
  /** Ms since the epoch, both included. */
  readonly startMs: number | undefined;
  readonly endMs: number | undefined;
  readonly limit: number;
}

/** `startTime`, `endTime` (at most so many hours apart) and `limit`. */
export function readWindow(parameters: Parameters, longestHours: number): HistoryWindow {
  const startMs = parameters.optionalInteger('startTime');
  const endMs = parameters.optionalInteger('endTime');
  const limit = parameters.optionalInteger('limit') ?? USUAL_ROWS;
  if (limit === 0) throw invalidParameter('limit');
  if (startMs !== undefined && endMs !== undefined) {
    if (endMs < startMs) throw new BinanceRefusal(400, -1023, 'Start time is greater than end time.');
    if (endMs - startMs > longestHours * HOUR_MS) throw moreThanHours(longestHours);
  }
  return { startMs, endMs, limit: Math.min(limit, MOST_ROWS) };
}

/** The window as the exchange's queries take it. */
export function timesOf({ startMs, endMs }: Pick<HistoryWindow, 'startMs' | 'endMs'>): {
  readonly sinceMs?: number;
  readonly untilMs?: number;
} {
  return {
    ...(startMs === undefined ? {} : { sinceMs: startMs }),
    ...(endMs === undefined ? {} : { untilMs: endMs }),
  };
}

/** Oldest from a start, else the most recent; chronological either way. */
export function page<Row>(rows: readonly Row[], fromStart: boolean, limit: number): readonly Row[] {
  return fromStart ? rows.slice(0, limit) : rows.slice(Math.max(0, rows.length - limit));
}
