import { refusal } from '../refusal.ts';
import { PASSED, passed, refused, type RiskRule } from '../rule.ts';

/** How many orders of the portfolio may be unfinished at once, this one included. */
export const openOrders: RiskRule = ({ state, context, excluding, closing }) => {
  const limit = context.limits.maxOpenOrders;
  if (limit === null || closing) return PASSED;
  const open = state.unfinished.size - (excluding !== null && state.unfinished.has(excluding) ? 1 : 0) + 1;
  if (open <= limit) return passed(limit, open);
  return refused(
    refusal('open_orders', 'open_orders_limit', `there may be ${limit} unfinished orders at most`, {
      limit,
      actual: open,
    }),
  );
};
