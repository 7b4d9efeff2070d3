import { Decimal } from '../../decimal.ts';
import { takenPrice, valuationPrice } from '../../quote.ts';
import { refusal } from '../refusal.ts';
import { PASSED, passed, refused, type RiskRule } from '../rule.ts';

/**
 * A price may lie only so far on the aggressive side: above the reference for a buy, below it for a sale. The reference of a
 * limit is the mark; of a stop, its stop price; of a market order's protection, the side of the book that it takes. A price
 * at the touch is inside however far the mark lags, and a collar narrower than a tick is a tick wide.
 * On a stale quote it says nothing: only a closing order gets past the rule on market data then, and must get out.
 * Nor does it of a market order that shrinks exposure: however narrow the collar, one gets out at the market.
 */
export const priceCollar: RiskRule = ({ request, context, protectionPrice, reducing }) => {
  const { priceCollarBps, staleQuoteMs } = context.limits;
  const { quote } = context;
  const price = request.price ?? protectionPrice;
  const valuation = quote === null ? null : valuationPrice(quote, request.side);
  if (priceCollarBps === null || price === null || quote === null || valuation === null) return PASSED;
  if (reducing && request.price === null) return PASSED;
  if (context.at - valuation.at > staleQuoteMs) return PASSED;
  const isBuy = request.side === 'buy';
  const touch = takenPrice(quote, request.side) ?? valuation.price;
  const reference = request.stopPrice ?? (request.price === null ? touch : valuation.price);
  const width = reference.multiply(Decimal.of(BigInt(priceCollarBps), 4));
  const widest = isBuy ? reference.add(width) : reference.subtract(width);
  const inTicks = widest.roundToMultipleOf(context.instrument.tickSize, isBuy ? 'up' : 'down');
  const nearest = request.stopPrice === null ? touch : reference;
  const limit = isBuy ? inTicks.max(nearest) : inTicks.min(nearest);
  if (isBuy ? price.atMost(limit) : price.atLeast(limit)) return passed(limit, price);
  return refused(
    refusal(
      'price_collar',
      'price_outside_collar',
      `price: ${price.toString()} lies more than ${priceCollarBps} basis points ${isBuy ? 'above' : 'below'} ${reference.toString()}`,
      { limit, actual: price },
    ),
  );
};
