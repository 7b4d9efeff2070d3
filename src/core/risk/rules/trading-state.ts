import { contradictionOn } from '../../reconcile/resolve.ts';
import { refusal } from '../refusal.ts';
import { PASSED, refused, type RiskRule } from '../rule.ts';
import { isReduceOnlyStep } from '../ladder-step.ts';

/**
 * Active, reduce-only or halted. The portfolio is halted by a broken assertion and reduce-only from the ladder's step
 * `no_new_risk` on; an instrument is reduce-only while a venue's contradiction about one of its orders is open.
 */
export const tradingState: RiskRule = ({ state, request, context, reducing }) => {
  if (reducing) return PASSED;
  if (context.halted !== null)
    return refused(refusal('trading_state', 'trading_halted', `trading is halted: ${context.halted}`));
  const { ladder } = state;
  if (context.limits.checksEnabled && isReduceOnlyStep(ladder.step)) {
    return refused(
      refusal(
        'trading_state',
        'trading_reduce_only',
        `the risk ladder stands at ${ladder.step} until it is reset: ${ladder.why}`,
        { limit: 'warn', actual: ladder.step },
      ),
    );
  }
  const contradiction = contradictionOn(state.drift.values(), request);
  if (contradiction === undefined) return PASSED;
  return refused(
    refusal(
      'trading_state',
      'trading_reduce_only',
      `${request.symbol} is reduce-only until drift case ${contradiction.driftId} is resolved: ${contradiction.detail}`,
    ),
  );
};
