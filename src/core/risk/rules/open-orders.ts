import type { AccountMode } from '../../ids.ts';
import { openCount } from '../../order/open-orders.ts';
import type { PortfolioState } from '../../portfolio/state.ts';
import { modesOf } from '../mode-books.ts';
import { refusal } from '../refusal.ts';
import { PASSED, passed, refused, type RiskRule } from '../rule.ts';

/** How many orders of one mode may be unfinished at once, this one included. */
export const openOrders: RiskRule = ({ state, setting, context, excluding, closing }) => {
  const limit = context.limits.maxOpenOrders;
  if (limit === null || closing) return PASSED;
  const counted = excluding === null ? undefined : state.unfinished.get(excluding);
  const open = openOrdersOf(state, setting.mode) - (counted?.mode === setting.mode ? 1 : 0) + 1;
  if (open <= limit) return passed(limit, open);
  return refused(
    refusal('open_orders', 'open_orders_limit', `there may be ${limit} unfinished orders at most`, {
      limit,
      actual: open,
    }),
  );
};

/** How many orders of the mode are not finished. */
export function openOrdersOf(state: PortfolioState, mode: AccountMode): number {
  return modesOf(state).size <= 1 ? state.unfinished.size : openCount(state, mode);
}
