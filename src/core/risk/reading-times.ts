/** The wall-clock times that equity keeps and ages are measured from, as `evolve` moves them when the wall clock is set. */
import type { PortfolioState } from '../portfolio/state.ts';

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
