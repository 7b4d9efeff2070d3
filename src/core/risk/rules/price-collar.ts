import { Decimal } from '../../decimal.ts';
import { valuationPrice } from '../../quote.ts';
import { refusal } from '../refusal.ts';
import { PASSED, passed, refused, type RiskRule } from '../rule.ts';

/**
 * A price may lie only so far on the aggressive side: above the reference for a buy, below it for a sale.
 * The reference is the mark; of a stop, its stop price. Measured on the limit, or on a market order's protection.
 * On a stale quote it says nothing: only a closing order gets past the rule on market data then, and must get out.
 * Nor does it of a market order that shrinks exposure: however narrow the collar, one gets out at the market.
 */
export const priceCollar: RiskRule = ({ request, context, protectionPrice, reducing }) => {
  const { priceCollarBps, staleQuoteMs } = context.limits;
  const price = request.price ?? protectionPrice;
  const valuation = context.quote === null ? null : valuationPrice(context.quote, request.side);
  if (priceCollarBps === null || price === null || valuation === null) return PASSED;
  if (reducing && request.price === null) return PASSED;
  if (context.at - valuation.at > staleQuoteMs) return PASSED;
  const isBuy = request.side === 'buy';
  const reference = request.stopPrice ?? valuation.price;
  const width = reference.multiply(Decimal.of(BigInt(priceCollarBps), 4));
  const limit = isBuy ? reference.add(width) : reference.subtract(width);
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
