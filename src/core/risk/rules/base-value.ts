import { rateOf } from '../conversion.ts';
import { refusal } from '../refusal.ts';
import { PASSED, refused, type RiskRule } from '../rule.ts';

/**
 * New risk must have a value in the portfolio's base currency, which every limit is given in: otherwise no limit could be measured.
 * An order that shrinks exposure needs none.
 */
export const baseValue: RiskRule = ({ request, setting, context, reducing }) => {
  if (reducing || rateOf(context, request.accountId, setting.quote) !== null) return PASSED;
  return refused(
    refusal(
      'base_value',
      'value_unknown',
      `${setting.quote} has no price in ${context.baseCurrency} now: the order cannot be valued`,
    ),
  );
};
