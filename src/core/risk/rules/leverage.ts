import { leverageOf } from '../../balance/margin.ts';
import { refusal } from '../refusal.ts';
import { PASSED, passed, refused, type RiskRule } from '../rule.ts';

/**
 * The leverage set at the venue for a swap. Where the venue has not shown it, no new risk is taken under a limit: the order
 * would open its position at whatever is set.
 */
export const leverage: RiskRule = ({ request, setting, context, reducing }) => {
  const limit = context.limits.maxLeverage;
  if (limit === null || reducing || setting.kind === 'spot') return PASSED;
  const actual = leverageOf(context.leverages, request);
  if (actual === undefined)
    return refused(
      refusal(
        'leverage',
        'leverage_unknown',
        `the leverage that is set for ${context.instrument.symbol} at the venue is not known now`,
        { limit, actual: 'unknown' },
      ),
    );
  if (actual.atMost(limit)) return passed(limit, actual);
  return refused(
    refusal(
      'leverage',
      'leverage_limit',
      `leverage of ${context.instrument.symbol} is set to ${actual.toString()} at the venue`,
      { limit, actual },
    ),
  );
};
