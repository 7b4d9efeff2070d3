import { hasChangedSince, hasOpenSwap, mayStillGrow } from '../booked-swaps.ts';
import {
  accountMargin,
  highestRatio,
  isFreshMargin,
  MARGIN_FRESH_MS,
  nearestDistance,
} from '../liquidation.ts';
import { refusal } from '../refusal.ts';
import { PASSED, passed, refused, type RiskRule, type RuleVerdict } from '../rule.ts';
import { roundedDown, roundedUp } from '../stated-figure.ts';

/**
 * New risk on a swap while the account is near liquidation, by its venue's own figures. Where a limit is set and a position
 * is open, a figure that is not known or too old is refused as well. An account without open positions needs none.
 *
 * The figure is of the positions as they were when it was read. Orders that were accepted since are not in it: so an order in flight
 * that may still grow a position, and a position that has changed, make it unknown, and no burst of orders passes on one figure.
 */
export const margin: RiskRule = ({ state, request, setting, context, reducing, excluding }) => {
  const { maxMarginRatio, minLiquidationDistance } = context.limits;
  if (reducing || setting.kind === 'spot') return PASSED;
  if (maxMarginRatio === null && minLiquidationDistance === null) return PASSED;
  const { accountId } = request;
  const reading = context.margins.get(accountId);
  const actual = accountMargin(accountId, reading, context.marks);
  const isGrowing = mayStillGrow(state, accountId, excluding);
  if (!hasOpenSwap(state, accountId) && (actual === null || actual.positions.length === 0))
    return isGrowing ? unknown(STILL_GROWING) : PASSED;
  if (reading === undefined || actual === null)
    return unknown('its venue has not shown the margin of the account yet');
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
  if (hasChangedSince(state, accountId, reading))
    return unknown('a position of the account has changed since its venue was asked for the margin');
  const ratio = highestRatio(actual);
  if (maxMarginRatio !== null) {
    if (ratio === null) return unknown('its venue does not show the margin ratio of the account');
    if (ratio.atLeast(maxMarginRatio))
      return refused(
        refusal(
          'margin',
          'margin_ratio_limit',
          `the maintenance margin of the account is ${roundedUp(ratio).toString()} of what stands behind it`,
          { limit: maxMarginRatio, actual: roundedUp(ratio) },
        ),
      );
  }
  if (minLiquidationDistance !== null) {
    const distance = nearestDistance(actual);
    if (distance === null) return unknown('its venue does not show the liquidation price of a position');
    if (distance.lessThan(minLiquidationDistance))
      return refused(
        refusal(
          'margin',
          'liquidation_distance_limit',
          `a position of the account is ${roundedDown(distance).toString()} of the mark from its liquidation price`,
          { limit: minLiquidationDistance, actual: roundedDown(distance) },
        ),
      );
  }
  if (isGrowing) return unknown(STILL_GROWING);
  return maxMarginRatio === null || ratio === null ? PASSED : passed(maxMarginRatio, roundedUp(ratio));
};

const STILL_GROWING = 'an order in flight may still grow a position of the account';

function unknown(detail: string): RuleVerdict {
  return refused(refusal('margin', 'margin_unknown', detail));
}
