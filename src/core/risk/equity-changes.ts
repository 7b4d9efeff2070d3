/** Readings of equity as `evolve` folds them. */
import { Decimal } from '../decimal.ts';
import type { AccountMode, TimeMs } from '../ids.ts';
import type { PortfolioEvent } from '../portfolio/events.ts';
import type { PortfolioState } from '../portfolio/state.ts';
import { dayOf, nextEquity, scaledByFlows } from './equity.ts';
import type { EquityRecord, UnexplainedChange } from './equity-record.ts';
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
  settleChanges(state, mode, before, record);
  const isReset = event.reasonOfReading === 'reset';
  if (isReset || (before !== null && record.day !== before.day))
    markEarlierChanges(state, mode, record.day, isReset);
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

/** Flows and changes that came while no reading was near are measured on the equity that this one has found. */
function settleChanges(
  state: PortfolioState,
  mode: AccountMode,
  before: EquityRecord | null,
  record: EquityRecord,
): void {
  const flows = before?.flowsToScale;
  const isWaiting = (change: UnexplainedChange): boolean =>
    change.awaitsReading === true && state.capitals.get(change.accountId)?.mode === mode;
  const first = state.unexplained.find(isWaiting);
  if (flows === undefined && first === undefined) return;
  let after = record.current;
  state.unexplained = state.unexplained
    .toReversed()
    .map((change) => {
      if (state.capitals.get(change.accountId)?.mode !== mode || change.peakBefore === undefined)
        return change;
      const peakBefore =
        flows === undefined ? change.peakBefore : scaledByFlows(change.peakBefore, flows, record.current);
      if (!isWaiting(change)) return { ...change, peakBefore };
      const { awaitsReading: _reading, ...rest } = change;
      after = after.add(change.lost);
      // Between changes that were found at once no equity was seen.
      return { ...rest, equityBefore: after, peakBefore: change === first ? peakBefore : Decimal.zero };
    })
    .toReversed();
  if (first !== undefined) state.equity.set(mode, { ...record, peakSinceChange: record.low });
}

/** The baselines that were taken now hold no part of the losses that nothing has explained so far. */
function markEarlierChanges(state: PortfolioState, mode: AccountMode, day: TimeMs, isReset: boolean): void {
  const ofReset = (change: UnexplainedChange): Partial<UnexplainedChange> => ({
    beforePeak: true,
    ...(change.peakBefore === undefined ? {} : { peakBefore: Decimal.zero }),
  });
  state.unexplained = state.unexplained.map((change) =>
    // One that was seen on the new day before its first reading is a result of that day.
    state.capitals.get(change.accountId)?.mode === mode && (isReset || dayOf(change.at) < day)
      ? { ...change, beforeDayStart: true, ...(isReset ? ofReset(change) : {}) }
      : change,
  );
}
