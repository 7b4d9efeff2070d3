import { Decimal } from '../../decimal.ts';
import { closingSideOf, onlyReduces } from '../../order/terms.ts';
import { refusal } from '../refusal.ts';
import { PASSED, refused, type RiskRule } from '../rule.ts';

/** An order that only reduces needs a position on the other side; the venue would refuse or ignore it otherwise. */
export const reduceOnly: RiskRule = ({ request, netQuantity }) => {
  if (!onlyReduces(request)) return PASSED;
  const { side, positionSide } = request;
  // In hedged mode the opening side of a position cannot shrink it, whatever is held.
  const canShrink = positionSide === 'net' || side === closingSideOf(positionSide);
  const held = side === 'sell' ? netQuantity : netQuantity.negate();
  const closable = canShrink ? held : Decimal.zero;
  if (closable.isPositive()) return PASSED;
  return refused(
    refusal(
      'reduce_only',
      'not_reducing',
      `${request.reduceOnly ? 'reduce_only' : 'position_side'}: there is no ${positionSide === 'net' ? '' : `${positionSide} `}position that a ${side} would shrink`,
      {
        limit: closable.max(Decimal.zero),
        actual: request.quantity ?? Decimal.zero,
      },
    ),
  );
};
