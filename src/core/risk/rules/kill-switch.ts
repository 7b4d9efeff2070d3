import { refusal } from '../refusal.ts';
import { PASSED, refused, type RiskRule } from '../rule.ts';

/** While the kill switch is engaged, or trading is halted, only orders that shrink exposure pass. */
export const killSwitch: RiskRule = ({ state, context, reducing }) => {
  if (reducing) return PASSED;
  if (state.killSwitch.engaged) {
    return refused(
      refusal('kill_switch', 'kill_switch_engaged', `the kill switch is engaged: ${state.killSwitch.why}`),
    );
  }
  if (context.halted !== null) return refused(refusal('kill_switch', 'trading_halted', context.halted));
  return PASSED;
};
