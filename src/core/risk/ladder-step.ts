/** The steps of the risk ladder, lowest first. */
import type { TimeMs } from '../ids.ts';

export const LADDER_STEPS = ['none', 'warn', 'no_new_risk', 'cancel_orders', 'flatten'] as const;
/**
 * - `warn`: shown, nothing else.
 * - `no_new_risk`: only orders that shrink exposure pass.
 * - `cancel_orders`: working orders are canceled, but for those that only reduce, and stops that protect a position.
 * - `flatten`: positions opened through us are closed.
 */
export type LadderStep = (typeof LADDER_STEPS)[number];

export interface LadderState {
  readonly step: LadderStep;
  /** When the step was taken or reset. */
  readonly steppedAt: TimeMs;
  readonly why: string;
  /** The losses without an explanation that it would not have been taken without, by `changeId`; left out where there are none. */
  readonly restsOn?: readonly string[];
  /** The highest step that there was a reason for without those. */
  readonly otherwise?: LadderStep;
}

export const NO_STEP: LadderState = { step: 'none', steppedAt: 0, why: '' };

export function isReduceOnlyStep(step: LadderStep): boolean {
  return LADDER_STEPS.indexOf(step) >= LADDER_STEPS.indexOf('no_new_risk');
}
