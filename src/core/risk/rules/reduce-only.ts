import { Decimal } from '../../decimal.ts';
import type { OrderId } from '../../ids.ts';
import { remainingQuantity, type OrderRequest } from '../../order/order.ts';
import { isSettled } from '../../position/settled.ts';
import { claimsHedgedSide, closingSideOf, onlyReduces } from '../../order/terms.ts';
import { positionKeyOf } from '../../portfolio/keys.ts';
import type { PortfolioState } from '../../portfolio/state.ts';
import { refusal } from '../refusal.ts';
import { PASSED, refused, type RiskRule } from '../rule.ts';

/**
 * An order that only reduces needs a position on the other side; the venue would refuse or ignore it otherwise. One that can
 * rest beside others which close the same hedged side may close no more than they leave of it. A market order is not held to
 * that: it is the way out, and a close cancels those orders first.
 *
 * An order larger than the hedged side is refused by the venue (-2022 of "Error Codes" of Binance's USD-M documentation), and so here
 * where the books surely have all of the side; a stop is not, since the side may grow until it triggers. In one-way mode the venue
 * closes as much as there is, and ends the rest.
 */
export const reduceOnly: RiskRule = ({ state, request, excluding, netQuantity }) => {
  if (!onlyReduces(request)) return PASSED;
  const { side, positionSide } = request;
  // In hedged mode the opening side of a position cannot shrink it, whatever is held.
  const canShrink = positionSide === 'net' || side === closingSideOf(positionSide);
  const held = side === 'sell' ? netQuantity : netQuantity.negate();
  const closable = canShrink ? held : Decimal.zero;
  if (closable.isPositive()) {
    const quantity = request.quantity ?? Decimal.zero;
    const claimed = request.type === 'limit' ? claimedBeside(state, request, excluding) : Decimal.zero;
    const left = closable.subtract(claimed).max(Decimal.zero);
    if (quantity.atMost(left)) return PASSED;
    if (claimed.isZero()) {
      const isLarger = positionSide !== 'net' && request.stopPrice === null;
      if (!isLarger || !isSettled(state, request, excluding)) return PASSED;
      return refused(
        refusal(
          'reduce_only',
          'not_reducing',
          `quantity: the ${positionSide} position is ${closable.toString()}; close at most that`,
          { limit: closable, actual: quantity },
        ),
      );
    }
    return refused(
      refusal(
        'reduce_only',
        'not_reducing',
        `quantity: resting orders close ${claimed.toString()} of the ${positionSide} position of ${closable.toString()} already; cancel them first, or close at most ${left.toString()}`,
        { limit: left, actual: quantity },
      ),
    );
  }
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

/** Base units that our orders in the book close of the hedged side that a request would close; zero on a net position. */
function claimedBeside(state: PortfolioState, request: OrderRequest, excluding: OrderId | null): Decimal {
  let claimed = Decimal.zero;
  if (request.positionSide === 'net') return claimed;
  const key = positionKeyOf(request);
  for (const order of state.unfinished.values()) {
    if (order.orderId === excluding || order.cancelRequested || positionKeyOf(order) !== key) continue;
    if (claimsHedgedSide(order)) claimed = claimed.add(remainingQuantity(order) ?? Decimal.zero);
  }
  return claimed;
}
