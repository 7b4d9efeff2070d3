import { leftToClose } from '../../position/strategy-part.ts';
import { refusal } from '../refusal.ts';
import { PASSED, refused, type RiskRule } from '../rule.ts';

/** A token for strategies closes what they hold: an order that sells spot or only reduces is no larger than their part of the position. */
export const ownPart: RiskRule = ({ state, request, setting, context, excluding }) => {
  if (context.ownPartOnly !== true) return PASSED;
  const left = leftToClose(state, request, setting.kind, excluding);
  if (left === null || (request.quantity !== null && request.quantity.atMost(left))) return PASSED;
  return refused(
    refusal(
      'own_part',
      'beyond_strategy_part',
      `quantity: ${request.strategy} has ${left.toString()} of ${request.symbol} left to ${request.side}; the rest is of others`,
      { limit: left, actual: request.quantity ?? 'unknown' },
    ),
  );
};
