/**
 * Steps of the ladder that rest on losses without an explanation: once the venue or a person has explained them, the ladder is where it
 * would be had they been flows from the beginning. Orders that a step has canceled, and positions that it has closed, stay so.
 *
 * Entry points: `stepLeftOver` before a reading climbs, `restNote` for what the step it takes rests on.
 */
import type { AccountMode, TimeMs } from '../ids.ts';
import { Decimal } from '../decimal.ts';
import type { PortfolioState } from '../portfolio/state.ts';
import { isCountedLoss } from './counted-loss.ts';
import type { EquityRecord, UnexplainedChange } from './equity-record.ts';
import { LADDER_STEPS, type LadderState, type LadderStep } from './ladder-step.ts';
import { peakWithout } from './peaks.ts';
import { awaitingExplanation, awaitsWord } from './unexplained.ts';

/** The step that a record gives a reason for, whatever stands. */
export type StepFor = (record: EquityRecord) => LadderStep;

/** The ladder once what its step rests on has been explained; null while it stands. */
export function stepLeftOver(
  state: PortfolioState,
  { restsOn, otherwise = 'none' }: LadderState,
  record: EquityRecord,
  at: TimeMs,
  stepFor: StepFor,
): LadderState | null {
  if (restsOn === undefined) return null;
  const found = state.unexplained.filter(({ changeId }) => restsOn.includes(changeId));
  if (found.some((change) => isPending(change) || change.reclassifiedAs === 'result')) return null;
  return {
    step: higherOf(stepFor(record), otherwise),
    steppedAt: at,
    why: 'the loss that the step before rested on is explained',
  };
}

function higherOf(one: LadderStep, other: LadderStep): LadderStep {
  return rank(one) > rank(other) ? one : other;
}

/**
 * The losses that a step rests on at a reading of `mode`; nothing where it would be taken all the same. `standing` is the ladder where no higher
 * step is taken.
 */
export function restNote(
  state: PortfolioState,
  mode: AccountMode,
  record: EquityRecord,
  step: LadderStep,
  stepFor: StepFor,
  standing: LadderState | null,
): Pick<LadderState, 'restsOn' | 'otherwise'> {
  const changes = state.unexplained.filter(({ accountId }) => state.capitals.get(accountId)?.mode === mode);
  const without = (flows: ReadonlySet<string>): LadderStep =>
    stepFor(asIfFlows(state, mode, record, changes, flows));
  const pending = changes.filter(isPending).sort((one, other) => (one.lost.greaterThan(other.lost) ? -1 : 1));
  const restsOn = new Set(standing?.restsOn);
  const least = without(new Set([...restsOn, ...pending.map(({ changeId }) => changeId)]));
  const otherwise = higherOf(least, standing?.otherwise ?? 'none');
  if (rank(otherwise) >= rank(step)) return {};
  for (const { changeId } of pending) {
    if (restsOn.size > 0 && rank(without(restsOn)) <= rank(otherwise)) break;
    restsOn.add(changeId);
  }
  return { restsOn: [...restsOn], otherwise };
}

/** The record as it would be had some losses been flows. */
function asIfFlows(
  state: PortfolioState,
  mode: AccountMode,
  record: EquityRecord,
  changes: readonly UnexplainedChange[],
  flows: ReadonlySet<string>,
): EquityRecord {
  const isFlow = ({ changeId }: UnexplainedChange): boolean => flows.has(changeId);
  const ofToday = changes
    .filter((change) => isFlow(change) && isPending(change) && change.beforeDayStart !== true)
    .reduce((sum, { lost }) => sum.add(lost), Decimal.zero);
  const without = { ...state, unexplained: state.unexplained.filter((change) => !isFlow(change)) };
  const held = awaitingExplanation(state, mode, record.at).subtract(
    awaitingExplanation(without, mode, record.at),
  );
  return {
    ...record,
    high: record.high.subtract(held),
    dayStart: record.dayStart.subtract(ofToday),
    peak: peakWithout(record, changes, isFlow),
  };
}

function isPending(change: UnexplainedChange): boolean {
  return isCountedLoss(change) && awaitsWord(change);
}

function rank(step: LadderStep): number {
  return LADDER_STEPS.indexOf(step);
}
