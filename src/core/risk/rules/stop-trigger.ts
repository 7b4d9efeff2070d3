import { freshMarketPriceFor, isReached, triggerDirectionOf } from '../../order/protection.ts';
import { refusal } from '../refusal.ts';
import { PASSED, passed, refused, type RiskRule } from '../rule.ts';

/**
 * A stop whose price the market has reached would trigger at once, which its venue refuses. It is measured on the price that
 * it triggers on, while that is fresh. On an old price it says nothing: only an order that closes gets past the rule on
 * market data then, and the venue decides on it.
 */
export const stopTrigger: RiskRule = ({ request, context }) => {
  const { stopPrice } = request;
  const market = stopPrice === null ? null : freshMarketPriceFor(request, context);
  if (stopPrice === null || market === null) return PASSED;
  if (!isReached(request, market)) return passed(market, stopPrice);
  return refused(
    refusal(
      'stop_trigger',
      'would_trigger',
      `stop_price: a ${request.side} that triggers ${triggerDirectionOf(request) ?? ''} at ${stopPrice.toString()} would trigger at once; the ${request.trigger === 'mark' ? 'mark price' : 'market'} is at ${market.toString()}`,
      { limit: market, actual: stopPrice },
    ),
  );
};
