import {
  accountMargin,
  hasOpenSwap,
  highestRatio,
  isFreshMargin,
  MARGIN_FRESH_MS,
  nearestDistance,
  openedSince,
} from '../liquidation.ts';
import { refusal } from '../refusal.ts';
import { PASSED, passed, refused, type RiskRule, type RuleVerdict } from '../rule.ts';

/**
 * New risk on a swap while the account is near liquidation, by its venue's own figures. Where a limit is set and a position
 * is open, a figure that is not known or too old is refused as well. An account without open positions needs none.
 */
export const margin: RiskRule = ({ state, request, setting, context, reducing }) => {
  const { maxMarginRatio, minLiquidationDistance } = context.limits;
  if (reducing || setting.kind === 'spot') return PASSED;
  if (maxMarginRatio === null && minLiquidationDistance === null) return PASSED;
  const { accountId } = request;
  const reading = context.margins.get(accountId);
  const actual = accountMargin(accountId, reading, context.marks);
  if (!hasOpenSwap(state, accountId) && (actual === null || actual.positions.length === 0)) return PASSED;
  if (actual === null) return unknown('its venue has not shown the margin of the account yet');
  const ageMs = context.at - actual.readAt;
  if (!isFreshMargin(actual.readAt, context.at))
    return refused(
      refusal(
        'margin',
        'margin_unknown',
        ageMs < 0
          ? 'the clock was set back since the margin of the account was read'
          : `the margin of the account was read ${ageMs} ms ago`,
        {
          limit: MARGIN_FRESH_MS,
          actual: ageMs,
        },
      ),
    );
  const ratio = highestRatio(actual);
  if (maxMarginRatio !== null) {
    if (ratio === null) return unknown('its venue does not show the margin ratio of the account');
    if (ratio.atLeast(maxMarginRatio))
      return refused(
        refusal(
          'margin',
          'margin_ratio_limit',
          `the maintenance margin of the account is ${ratio.toString()} of what stands behind it`,
          { limit: maxMarginRatio, actual: ratio },
        ),
      );
  }
  if (minLiquidationDistance !== null) {
    const distance = nearestDistance(actual);
    if (openedSince(state, accountId, reading).length > 0)
      return unknown('its venue has not shown the liquidation price of a position that was just opened');
    if (distance === null) return unknown('its venue does not show the liquidation price of a position');
    if (distance.lessThan(minLiquidationDistance))
      return refused(
        refusal(
          'margin',
          'liquidation_distance_limit',
          `a position of the account is ${distance.toString()} of the mark from its liquidation price`,
          { limit: minLiquidationDistance, actual: distance },
        ),
      );
  }
  return maxMarginRatio === null || ratio === null ? PASSED : passed(maxMarginRatio, ratio);
};

function unknown(detail: string): RuleVerdict {
  return refused(refusal('margin', 'margin_unknown', detail));
}
