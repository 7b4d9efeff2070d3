import { rawMarketPrice, worstPriceOf } from '../../order/price-bounds.ts';
import { costInBase } from '../conversion.ts';
import { refusal } from '../refusal.ts';
import { PASSED, passed, refused, valuedAt, type RiskRule } from '../rule.ts';
import { roundedUp } from '../stated-figure.ts';

/**
 * The most one order may be: base units, and the base currency at the dearer of its worst price and the mark (an order by
 * cost: its cost). Closing what we hold is free of both.
 */
export const orderSize: RiskRule = ({ request, setting, context, protectionPrice, closing }) => {
  const { maxOrderQuantity, maxOrderNotional } = context.limits;
  if (closing) return PASSED;
  const { quantity, cost, side } = request;
  if (maxOrderQuantity !== null && quantity !== null && quantity.greaterThan(maxOrderQuantity)) {
    return refused(
      refusal(
        'order_size',
        'order_quantity_limit',
        `quantity: an order may be ${maxOrderQuantity.toString()} ${setting.base} at most`,
        { limit: maxOrderQuantity, actual: quantity },
      ),
    );
  }
  const mark = valuedAt(context, side);
  if (maxOrderNotional === null || mark === null) return PASSED;
  const price = (worstPriceOf(request, protectionPrice) ?? rawMarketPrice(side, mark)).max(mark);
  const inQuote = cost ?? quantity?.multiply(price);
  const notional =
    inQuote === undefined ? null : costInBase(context, request.accountId, setting.quote, inQuote);
  // New risk that cannot be valued is refused by the rule on its value.
  if (notional === null) return PASSED;
  const stated = roundedUp(notional);
  if (notional.atMost(maxOrderNotional)) return passed(maxOrderNotional, stated);
  return refused(
    refusal(
      'order_size',
      'order_notional_limit',
      `${cost === null ? 'quantity' : 'cost'}: an order may be worth ${maxOrderNotional.toString()} ${context.baseCurrency} at most`,
      { limit: maxOrderNotional, actual: stated },
    ),
  );
};
