import { Decimal } from '../../decimal.ts';
import { leverageOf } from '../../balance/margin.ts';
import { refusal } from '../refusal.ts';
import { PASSED, passed, refused, type RiskRule } from '../rule.ts';

/**
 * The leverage set at the venue for a swap. Where it is not known it counts as one, and the order's hold is computed
 * with one as well.
 */
export const leverage: RiskRule = ({ request, setting, context, reducing }) => {
  const limit = context.limits.maxLeverage;
  if (limit === null || reducing || setting.kind === 'spot') return PASSED;
  const actual = leverageOf(context.leverages, request) ?? Decimal.one;
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
