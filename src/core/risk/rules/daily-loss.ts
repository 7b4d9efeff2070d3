import { dailyLossOf } from '../equity.ts';
import { equityOf } from '../mode-books.ts';
import { refusal } from '../refusal.ts';
import { PASSED, passed, refused, type RiskRule } from '../rule.ts';
import { roundedUp } from '../stated-figure.ts';

/** The loss of the mode's equity since 00:00 UTC, transfers apart; at the limit no new risk is taken. */
export const dailyLoss: RiskRule = ({ state, context, setting, reducing }) => {
  const limit = context.limits.maxDailyLoss;
  if (limit === null || reducing) return PASSED;
  const loss = dailyLossOf(equityOf(state, setting.mode), context.at, 'low');
  const stated = roundedUp(loss);
  if (loss.lessThan(limit)) return passed(limit, stated);
  return refused(
    refusal(
      'daily_loss',
      'daily_loss_limit',
      `${stated.toString()} ${context.baseCurrency} were lost since 00:00 UTC`,
      { limit, actual: stated },
    ),
  );
};
