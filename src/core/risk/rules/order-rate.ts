import type { AccountMode, TimeMs } from '../../ids.ts';
import { COUNTED_ACCEPTANCES, type PortfolioState } from '../../portfolio/state.ts';
import { steadyTimeOf } from '../../portfolio/steady-time.ts';
import type { RiskLimits } from '../limits.ts';
import { refusal } from '../refusal.ts';
import { PASSED, passed, refused, type RiskRule } from '../rule.ts';

/**
 * How many orders of a mode may be accepted within a window that ends now, this one included.
 * No more than `COUNTED_ACCEPTANCES` are remembered, so a higher limit counts as that many.
 */
export const orderRate: RiskRule = ({ state, setting, context, excluding, closing }) => {
  const counted = countedOrderRate(state, setting.mode, context.at, context.limits);
  // A retry was counted when its order was accepted.
  if (counted.limit === null || closing || excluding !== null) return PASSED;
  const { limit } = counted;
  const accepted = counted.accepted + 1;
  if (accepted <= limit) return passed(limit, accepted);
  return refused(
    refusal(
      'order_rate',
      'order_rate_limit',
      `${limit} orders may be accepted within ${context.limits.orderRateWindowMs} ms at most`,
      { limit, actual: accepted },
    ),
  );
};

/** How many orders of the mode may be accepted within a window (null: any number), and how many were within the one that ends at `at`. */
export function countedOrderRate(
  state: PortfolioState,
  mode: AccountMode,
  at: TimeMs,
  { maxOrdersPerWindow, orderRateWindowMs }: RiskLimits,
): { readonly limit: number | null; readonly accepted: number } {
  const start = steadyTimeOf(state, at) - orderRateWindowMs;
  return {
    limit: maxOrdersPerWindow === null ? null : Math.min(maxOrdersPerWindow, COUNTED_ACCEPTANCES),
    accepted:
      acceptedAfter(state.recentAcceptances, start) +
      acceptedAfter(state.acceptancesOfMode.get(mode) ?? [], start),
  };
}

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
