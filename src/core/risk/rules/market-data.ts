import { refusal } from '../refusal.ts';
import { PASSED, passed, refused, type RiskRule } from '../rule.ts';

/**
 * No new risk on a price that is old, and none without any. What shrinks exposure gets out on an old one, and what closes
 * a position without any; but for a stop, whose direction is told by the market.
 */
export const marketData: RiskRule = ({ request, context, closing, reducing, netQuantity }) => {
  const { quote, limits, at, instrument } = context;
  if (quote === null) {
    if (closing && request.stopPrice === null && !netQuantity.isZero()) return PASSED;
    return refused(
      refusal('market_data', 'market_data_missing', `no bid and ask of ${instrument.symbol} could be read`),
    );
  }
  const ageMs = at - quote.receivedAt;
  if (ageMs > limits.staleQuoteMs && !reducing) {
    return refused(
      refusal(
        'market_data',
        'market_data_stale',
        `the last quote of ${instrument.symbol} is ${ageMs} ms old`,
        {
          limit: limits.staleQuoteMs,
          actual: ageMs,
        },
      ),
    );
  }
  return passed(limits.staleQuoteMs, Math.max(ageMs, 0));
};
