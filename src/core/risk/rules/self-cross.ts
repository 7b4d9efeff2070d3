import { restingOn } from '../../order/open-orders.ts';
import { takenPrice } from '../../quote.ts';
import { refusal } from '../refusal.ts';
import { PASSED, refused, type RiskRule } from '../rule.ts';

/**
 * An order must not trade with a resting one of our own on the same account. It is measured where it would trade: at
 * the best price of the other side, or at its own limit where it does not reach that. A bid of ours far below the
 * market is therefore not crossed by a market sale. Stops are measured by their venue when they trigger.
 */
export const selfCross: RiskRule = ({ state, request, context, excluding, protectionPrice, closing }) => {
  if (closing || request.postOnly || request.stopPrice !== null || context.quote === null) return PASSED;
  const limit = request.price ?? protectionPrice;
  const isBuy = request.side === 'buy';
  const touch = takenPrice(context.quote, request.side) ?? limit;
  if (touch === null) return PASSED;
  const reach = limit === null ? touch : isBuy ? limit.min(touch) : limit.max(touch);
  const resting = restingOn(state, request.accountId, request.symbol, excluding);
  const ours = isBuy ? resting.lowestOffer : resting.highestBid;
  if (ours === null || (isBuy ? ours.greaterThan(reach) : ours.lessThan(reach))) return PASSED;
  return refused(
    refusal(
      'self_cross',
      'would_self_cross',
      `it would trade at ${reach.toString()} with our own ${isBuy ? 'offer' : 'bid'} at ${ours.toString()}`,
      { limit: ours, actual: reach },
    ),
  );
};
