import { exposedRequest, exposureOf } from '../exposure.ts';
import { costInBase } from '../conversion.ts';
import { refusal } from '../refusal.ts';
import { PASSED, passed, refused, valuedAt, type RiskRule } from '../rule.ts';
import { roundedUp } from '../stated-figure.ts';

/** Worst-case notional of one position, what is held and every open order of that side together, stays within the limit. */
export const positionLimit: RiskRule = ({
  request,
  setting,
  context,
  protectionPrice,
  reducing,
  netQuantity,
  open,
}) => {
  const limit = context.limits.maxPositionNotional;
  const mark = valuedAt(context, request.side);
  if (limit === null || reducing || mark === null) return PASSED;
  const adding = exposedRequest(request, protectionPrice);
  const after = exposureOf(netQuantity, open, setting.kind, mark, adding);
  const inQuote = request.side === 'buy' ? after.longNotional : after.shortNotional;
  const worst = costInBase(context, request.accountId, setting.quote, inQuote);
  // Refused by the rule on its value.
  if (worst === null) return PASSED;
  const stated = roundedUp(worst);
  if (worst.atMost(limit)) return passed(limit, stated);
  return refused(
    refusal(
      'position_limit',
      'position_limit',
      `worst-case ${request.symbol} would be worth ${stated.toString()} ${context.baseCurrency}`,
      { limit, actual: stated },
    ),
  );
};
