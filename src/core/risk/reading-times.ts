/** The times of readings of equity: how old one may be, and how `evolve` moves the kept ones when the wall clock is set. */
import type { AccountMode, TimeMs } from '../ids.ts';
import type { PortfolioState } from '../portfolio/state.ts';
import type { CapitalMoved } from './capital-moved.ts';
import type { EquityRecord } from './equity-record.ts';
import { equityOf } from './mode-books.ts';

/** How old the last reading may be for its equity to be the one of now; beyond that, as after a start, a flow waits for the next one. */
export const READING_NEAR_MS = 10_000;

export function isReadingNear(equity: EquityRecord, at: TimeMs): boolean {
  return at - equity.at <= READING_NEAR_MS;
}

/** The part of the record of a flow that says that the peak waits for the next reading. */
export function scalingNote(
  state: PortfolioState,
  mode: AccountMode,
  at: TimeMs,
): Pick<CapitalMoved, 'scaledAtReading'> {
  const equity = equityOf(state, mode);
  return equity === null || isReadingNear(equity, at) ? {} : { scaledAtReading: true };
}

/** Moves them along by `stepMs`, so that a price, and a change that waits for an explanation, stays as old as it is. */
export function moveReadingTimes(state: PortfolioState, stepMs: number): void {
  for (const [mode, record] of state.equity)
    state.equity.set(mode, {
      ...record,
      prices: record.prices.map((price) => ({ ...price, at: price.at + stepMs })),
      unpriced: record.unpriced.map((one) => ({ ...one, since: one.since + stepMs })),
    });
  state.unexplained = state.unexplained.map((change) => ({
    ...change,
    at: change.at + stepMs,
    ...(change.confirmedAt === undefined ? {} : { confirmedAt: change.confirmedAt + stepMs }),
  }));
}
