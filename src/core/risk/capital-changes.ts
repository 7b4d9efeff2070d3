/** Moves of capital as `evolve` folds them. */
import { Decimal } from '../decimal.ts';
import type { AccountId, AccountMode, TimeMs } from '../ids.ts';
import type { CapitalMoved } from './capital-moved.ts';
import type { PortfolioState } from '../portfolio/state.ts';
import { withChanges } from './capital-holdings.ts';
import { dayAfter, dayOf, moveEquity, withoutEquity } from './equity.ts';
import type { AccountCapital, EquityRecord, OneSidedTransfer, UnexplainedChange } from './equity-record.ts';
import { equityOf, hasJoinedAccount } from './mode-books.ts';
import { movePeaks } from './peaks.ts';

/** How many changes without an explanation are kept; the oldest go first. */
export const MOST_UNEXPLAINED = 200;
/** How far apart the two sides of a transfer may be: two records by their dates, a record and a change by when each was seen. */
export const TRANSFER_SIDES_MS = 60_000;
/** How many ids of flows are remembered for each portfolio, so that none is counted twice. */
const MOST_FLOWS = 10_000;

/** Folds a move of capital. */
export function moveCapital(state: PortfolioState, at: TimeMs, event: CapitalMoved): void {
  const { accountId, mode, cause, capital, equity, baseline, dayBaseline = baseline } = event;
  const before = equityOf(state, mode);
  const standing = state.capitals.get(accountId);
  // The first account takes the place of the capital that an earlier release counted over all of them.
  const hasJoined = hasJoinedAccount(state, mode);
  if (before === null) {
    if (cause === 'joined') state.equity.set(mode, firstRecord(at, equity, capital));
  } else if (hasJoined || cause === 'joined') {
    const total = hasJoined ? before.capital.add(capital) : capital;
    // Where the equity of before is not known, the next reading scales the peak by the equity that it finds.
    const isLater = event.scaledAtReading === true;
    state.equity.set(mode, {
      ...moveEquity(before, { equity, baseline: isLater ? Decimal.zero : baseline, dayBaseline }),
      ...(isLater ? flowsAfter(before, baseline) : {}),
      ...movedEarly(before, at, equity.subtract(dayBaseline)),
      capital: total,
    });
  }
  const changesBefore = changesOf(state, mode);
  if (cause === 'joined') state.formerEquity = null;
  switch (cause) {
    case 'joined':
      state.capitals.set(accountId, {
        accountId,
        mode,
        capital,
        ...(event.holdings === undefined ? {} : { holdings: withChanges([], event.holdings) }),
        joinedAt: at,
      });
      state.detached.delete(accountId);
      break;
    case 'left':
    case 'detached':
      state.capitals.delete(accountId);
      state.unexplained = state.unexplained.filter((change) => change.accountId !== accountId);
      // Without accounts there is no equity that a loss could be measured on.
      if (standing !== undefined && !hasJoinedAccount(state, mode)) {
        if (event.keepsLosses === true && before !== null) state.equity.set(mode, withoutEquity(before));
        else state.equity.delete(mode);
      }
      if (cause === 'detached') {
        const { requestedBy = '', why = '' } = event;
        state.detached.set(accountId, { accountId, requestedBy, why, at });
      }
      break;
    case 'attached':
      state.detached.delete(accountId);
      break;
    case 'flow':
    case 'unexplained':
    case 'returned':
    case 'reclassified':
    case 'exchanged':
      if (standing !== undefined) state.capitals.set(accountId, movedCapital(standing, event));
  }
  if (event.recordId !== undefined) rememberFlow(state, flowKey({ accountId, recordId: event.recordId }), at);
  state.openTransfers = transfersAfter(state.openTransfers, at, event);
  state.unexplained = changesAfter(state.unexplained, event);
  const moved = state.equity.get(mode);
  if (before === null || moved === undefined) return;
  const peaks = movePeaks({ event, before, moved, changesBefore, changesAfter: changesOf(state, mode) });
  state.equity.set(mode, peaks.record);
  const ofMode = new Map(peaks.changes.map((change) => [change.changeId, change]));
  state.unexplained = state.unexplained.map((change) => ofMode.get(change.changeId) ?? change);
}

function changesOf(state: PortfolioState, mode: AccountMode): readonly UnexplainedChange[] {
  return state.unexplained.filter(({ accountId }) => state.capitals.get(accountId)?.mode === mode);
}

function flowsAfter({ flowsToScale }: EquityRecord, flow: Decimal): Pick<EquityRecord, 'flowsToScale'> {
  return { flowsToScale: (flowsToScale ?? Decimal.zero).add(flow) };
}

/** A result that comes on a day before its first reading. */
function movedEarly(before: EquityRecord, at: TimeMs, result: Decimal): Pick<EquityRecord, 'movedEarly'> {
  const day = dayAfter(before.day, at);
  if (day <= before.day || result.isZero()) return {};
  const earlier = before.movedEarly?.day === day ? before.movedEarly.equity : Decimal.zero;
  return { movedEarly: { day, equity: earlier.add(result) } };
}

function movedCapital(standing: AccountCapital, { capital, holdings = [] }: CapitalMoved): AccountCapital {
  return {
    ...standing,
    capital: standing.capital.add(capital),
    ...(standing.holdings === undefined ? {} : { holdings: withChanges(standing.holdings, holdings) }),
  };
}

/** A change that takes the place of the one it explains keeps its place in the order of time. */
function changesAfter(
  before: readonly UnexplainedChange[],
  { explains, unexplained }: CapitalMoved,
): readonly UnexplainedChange[] {
  if (unexplained !== undefined && unexplained.changeId === explains)
    return before.map((change) => (change.changeId === explains ? unexplained : change));
  const left = before.filter(({ changeId }) => changeId !== explains);
  return unexplained === undefined ? left : [...left, unexplained].slice(-MOST_UNEXPLAINED);
}

/** Those whose other side may still be seen. */
function transfersAfter(
  before: readonly OneSidedTransfer[],
  at: TimeMs,
  { accountId, asset, amount, recordId, pairs, oneSided }: CapitalMoved,
): readonly OneSidedTransfer[] {
  const left = before.filter(
    (transfer) => at - transfer.at <= TRANSFER_SIDES_MS && flowKey(transfer) !== pairs,
  );
  if (oneSided !== true || asset === undefined || amount === undefined || recordId === undefined) return left;
  return [...left, { accountId, recordId, asset, amount, at }].slice(-MOST_UNEXPLAINED);
}

function firstRecord(at: TimeMs, equity: Decimal, capital: Decimal): EquityRecord {
  return {
    current: equity,
    low: equity,
    high: equity,
    capital,
    peak: equity,
    dayStart: equity,
    day: dayOf(at),
    at,
    prices: [],
    unpriced: [],
    uncertain: null,
  };
}

/** Identifies a record of the venue among those of all accounts. */
export function flowKey({
  accountId,
  recordId,
}: {
  readonly accountId: AccountId;
  readonly recordId: string;
}): string {
  return `${accountId} ${recordId}`;
}

function rememberFlow(state: PortfolioState, key: string, at: TimeMs): void {
  state.flowsSeen.set(key, at);
  const [oldest] = state.flowsSeen.keys();
  if (state.flowsSeen.size > MOST_FLOWS && oldest !== undefined) state.flowsSeen.delete(oldest);
}
