import { refusal } from '../refusal.ts';
import { PASSED, refused, type RiskRule } from '../rule.ts';

/** While the kill switch is engaged, only orders that shrink exposure pass. */
export const killSwitch: RiskRule = ({ state, reducing }) => {
  if (reducing || !state.killSwitch.engaged) return PASSED;
  return refused(
    refusal('kill_switch', 'kill_switch_engaged', `the kill switch is engaged: ${state.killSwitch.why}`),
  );
};
