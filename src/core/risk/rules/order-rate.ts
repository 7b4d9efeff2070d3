import { COUNTED_ACCEPTANCES } from '../../portfolio/state.ts';
import { refusal } from '../refusal.ts';
import { PASSED, passed, refused, type RiskRule } from '../rule.ts';

/**
 * How many orders of the portfolio may be accepted within a window that ends now, this one included.
 * No more than `COUNTED_ACCEPTANCES` are remembered, so a higher limit counts as that many.
 */
export const orderRate: RiskRule = ({ state, context, excluding, closing }) => {
  const { maxOrdersPerWindow, orderRateWindowMs } = context.limits;
  // A retry was counted when its order was accepted.
  if (maxOrdersPerWindow === null || closing || excluding !== null) return PASSED;
  const limit = Math.min(maxOrdersPerWindow, COUNTED_ACCEPTANCES);
  const accepted = acceptedAfter(state.recentAcceptances, context.at - orderRateWindowMs) + 1;
  if (accepted <= limit) return passed(limit, accepted);
  return refused(
    refusal(
      'order_rate',
      'order_rate_limit',
      `${limit} orders may be accepted within ${orderRateWindowMs} ms at most`,
      { limit, actual: accepted },
    ),
  );
};

/** `times` is in rising order, so that the search can halve. */
function acceptedAfter(times: readonly number[], start: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((times[middle] ?? start) > start) high = middle;
    else low = middle + 1;
  }
  return times.length - low;
}
