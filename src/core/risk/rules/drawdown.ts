import { drawdownOf } from '../equity.ts';
import { equityOf } from '../mode-books.ts';
import { refusal } from '../refusal.ts';
import { PASSED, passed, refused, type RiskRule } from '../rule.ts';

/** The fraction of peak equity that has been lost; at the limit no new risk is taken. */
export const drawdown: RiskRule = ({ state, context, setting, reducing }) => {
  const limit = context.limits.maxDrawdown;
  if (limit === null || reducing) return PASSED;
  const lost = drawdownOf(equityOf(state, setting.mode), 'low');
  if (lost.lessThan(limit)) return passed(limit, lost);
  return refused(
    refusal('drawdown', 'drawdown_limit', `equity stands ${lost.toString()} of its peak below it`, {
      limit,
      actual: lost,
    }),
  );
};
