import { contradictionOn } from '../../reconcile/resolve.ts';
import { refusal } from '../refusal.ts';
import { PASSED, refused, type RiskRule } from '../rule.ts';
import { isReduceOnlyStep } from '../ladder-step.ts';
import { equityOf, ladderOf } from '../mode-books.ts';
import { scopeText, tradingStateFor } from '../trading-state.ts';

/**
 * Active, reduce-only or halted. People set a state on demand (trading-state.ts); a halted one takes nothing but what gets out on
 * request. The portfolio is also halted by a broken assertion and reduce-only from the ladder's step
 * `no_new_risk` of its mode on, and while the equity of its mode is too uncertain; an instrument is reduce-only while a venue's contradiction about one of its orders is open.
 */
export const tradingState: RiskRule = ({ state, request, setting, context, reducing }) => {
  const { accountId, symbol, strategy } = request;
  const instrument = { venue: setting.venue, symbol };
  const set = tradingStateFor(state.tradingStates, { accountId, instrument, strategy });
  if (set?.state === 'halted' && request.getsOut !== true) {
    return refused(
      refusal(
        'trading_state',
        'trading_halted',
        `${scopeText(set.scope)} is halted by ${set.requestedBy}: ${set.why}`,
      ),
    );
  }
  if (reducing) return PASSED;
  if (context.halted !== null)
    return refused(refusal('trading_state', 'trading_halted', `trading is halted: ${context.halted}`));
  const ladder = ladderOf(state, setting.mode);
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
  const uncertain = equityOf(state, setting.mode)?.uncertain ?? null;
  if (context.limits.checksEnabled && uncertain !== null)
    return refused(
      refusal(
        'trading_state',
        'trading_reduce_only',
        `the equity is not known well enough to take new risk: ${uncertain}`,
      ),
    );
  if (set !== null && set.state !== 'active') {
    return refused(
      refusal(
        'trading_state',
        'trading_reduce_only',
        `${scopeText(set.scope)} is reduce-only by ${set.requestedBy}: ${set.why}`,
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
