import { refusal } from '../refusal.ts';
import { passed, refused, type RiskRule } from '../rule.ts';

/** No new risk on a price that is old, and no order without any: what shrinks exposure gets out on an old one. */
export const marketData: RiskRule = ({ context, reducing }) => {
  const { quote, limits, at, instrument } = context;
  if (quote === null) {
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
