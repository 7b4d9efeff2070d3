import { Decimal } from '../../decimal.ts';
import { instrumentKey } from '../../portfolio/state.ts';
import { refusal } from '../refusal.ts';
import { PASSED, refused, type RiskRule } from '../rule.ts';

/** A reduce-only order needs a position on the other side; the venue would refuse or ignore it otherwise. */
export const reduceOnly: RiskRule = ({ state, request }) => {
  if (!request.reduceOnly) return PASSED;
  const net =
    state.positions.get(instrumentKey(request.accountId, request.symbol))?.netQuantity ?? Decimal.zero;
  const closable = request.side === 'sell' ? net : net.negate();
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
