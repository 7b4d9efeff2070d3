import { refusal } from '../refusal.ts';
import { passed, refused, type RiskRule } from '../rule.ts';

/** No decision on a price that is missing or old. Only figures we need a market for ask for one: all of them do. */
export const marketData: RiskRule = ({ context }) => {
  const { quote, limits, at, instrument } = context;
  if (quote === null) {
    return refused(
      refusal('market_data', 'market_data_missing', `no bid and ask of ${instrument.symbol} could be read`),
    );
  }
  const ageMs = at - quote.receivedAt;
  if (ageMs > limits.staleQuoteMs) {
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
