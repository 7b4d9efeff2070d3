import { Decimal } from '../../decimal.ts';
import { refusal } from '../refusal.ts';
import { PASSED, refused, type RiskRule } from '../rule.ts';

/** A reduce-only order needs a position on the other side; the venue would refuse or ignore it otherwise. */
export const reduceOnly: RiskRule = ({ request, netQuantity }) => {
  if (!request.reduceOnly) return PASSED;
  const closable = request.side === 'sell' ? netQuantity : netQuantity.negate();
  if (closable.isPositive()) return PASSED;
  return refused(
    refusal(
      'reduce_only',
      'not_reducing',
      `reduce_only: there is no position that a ${request.side} would shrink`,
      {
        limit: closable.max(Decimal.zero),
        actual: request.quantity ?? Decimal.zero,
      },
    ),
  );
};
