/** Readings of equity as `evolve` folds them. */
import type { TimeMs } from '../ids.ts';
import type { PortfolioEvent } from '../portfolio/events.ts';
import type { PortfolioState } from '../portfolio/state.ts';
import { nextEquity } from './equity.ts';
import { equityOf } from './mode-books.ts';

/** The reading becomes the record of its mode; one without a mode, of an earlier release, that of all of them together. */
export function observeEquity(
  state: PortfolioState,
  at: TimeMs,
  event: Extract<PortfolioEvent, { type: 'equity_observed' }>,
): void {
  const { mode, equity, capital, low = equity, high = equity, ladder } = event;
  const before = mode === undefined ? state.formerEquity : equityOf(state, mode);
  const record = nextEquity(before, at, {
    current: equity,
    low,
    high,
    capital,
    prices: event.prices ?? before?.prices ?? [],
    unpriced: event.unpriced ?? before?.unpriced ?? [],
    uncertain: event.uncertain ?? null,
    rebased: event.reasonOfReading === 'reset',
  });
  if (mode === undefined) {
    state.formerEquity = record;
    if (ladder !== null) state.formerLadder = ladder;
    return;
  }
  state.equity.set(mode, record);
  state.formerEquity = null;
  if (ladder !== null) state.ladder.set(mode, ladder);
}
