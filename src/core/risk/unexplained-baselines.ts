/** How the explanation of a change moves the figures that losses are measured from. */
import type { Decimal } from '../decimal.ts';
import type { CapitalMoved } from './capital-moved.ts';
import type { UnexplainedChange } from './equity-record.ts';

/**
 * How a change that is explained moves the baselines: one from before its loss as `holding` says, and one that was taken after it,
 * in a later day or by a reset, as `after` says, since it holds no part of that loss.
 */
export function baselines(
  change: UnexplainedChange | undefined,
  holding: Decimal,
  after: Decimal,
): Pick<CapitalMoved, 'baseline' | 'dayBaseline'> {
  const baseline = change?.beforePeak === true ? after : holding;
  const dayBaseline = change?.beforeDayStart === true ? after : holding;
  return { baseline, ...(dayBaseline.equals(baseline) ? {} : { dayBaseline }) };
}
