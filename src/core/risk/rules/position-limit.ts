import { exposedRequest, exposureOn, type Exposure } from '../exposure.ts';
import { refusal } from '../refusal.ts';
import { PASSED, passed, refused, type RiskRule } from '../rule.ts';
import type { Decimal } from '../../decimal.ts';

/** Worst-case notional on one instrument, position and every open order together, stays within the limit. */
export const positionLimit: RiskRule = ({
  state,
  request,
  setting,
  context,
  excluding,
  protectionPrice,
  reducing,
}) => {
  const limit = context.limits.maxPositionNotional;
  if (limit === null || reducing || context.quote === null) return PASSED;
  const on = (adding: Parameters<typeof exposureOn>[5]): Exposure =>
    exposureOn(
      state,
      request.accountId,
      request.symbol,
      setting.kind,
      context.quote?.mark ?? limit,
      adding,
      excluding,
    );
  const before = ofSide(on(null), request.side);
  const after = ofSide(on(exposedRequest(request, protectionPrice)), request.side);
  if (after.greaterThan(limit) && after.greaterThan(before)) {
    return refused(
      refusal(
        'position_limit',
        'position_limit',
        `worst-case ${request.symbol} would be worth ${after.toString()} ${setting.quote}`,
        {
          limit,
          actual: after,
        },
      ),
    );
  }
  return passed(limit, after);
};

function ofSide(exposure: Exposure, side: 'buy' | 'sell'): Decimal {
  return side === 'buy' ? exposure.longNotional : exposure.shortNotional;
}
