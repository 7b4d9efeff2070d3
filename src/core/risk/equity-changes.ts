/** Readings of equity as `evolve` folds them. */
import type { AccountMode, TimeMs } from '../ids.ts';
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
  const isReset = event.reasonOfReading === 'reset';
  if (isReset || (before !== null && record.day !== before.day)) markEarlierChanges(state, mode, isReset);
  state.formerEquity = null;
  if (ladder !== null) state.ladder.set(mode, ladder);
}

/** Folds a stated price into the record of its mode. */
export function keepStatedPrice(
  state: PortfolioState,
  at: TimeMs,
  { mode, asset, price }: Extract<PortfolioEvent, { type: 'price_stated' }>,
): void {
  const record = equityOf(state, mode);
  if (record === null) return;
  const others = record.prices.filter(({ key }) => key !== asset);
  state.equity.set(mode, { ...record, prices: [...others, { key: asset, price, at, stated: true }] });
}

/** The baselines that were taken now hold no part of the losses that nothing has explained so far. */
function markEarlierChanges(state: PortfolioState, mode: AccountMode, isReset: boolean): void {
  state.unexplained = state.unexplained.map((change) =>
    state.capitals.get(change.accountId)?.mode === mode
      ? { ...change, beforeDayStart: true, ...(isReset ? { beforePeak: true as const } : {}) }
      : change,
  );
}
