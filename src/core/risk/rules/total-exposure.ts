import { Decimal } from '../../decimal.ts';
import type { Position } from '../../position/position.ts';
import { entryPrice } from '../../position/position.ts';
import { instrumentKey } from '../../portfolio/state.ts';
import { exposedRequest, exposureOf, exposureOn, type Exposure } from '../exposure.ts';
import { refusal } from '../refusal.ts';
import { PASSED, passed, refused, type RiskRule, type RuleInput } from '../rule.ts';
import type { Order } from '../../order/order.ts';

/**
 * Worst-case notional over all instruments of the portfolio: of each the worse of its sides, added up.
 * An instrument without a mark is valued at the dearest of its entry price and the marks that its orders were
 * approved on. Quote currencies are counted one to one.
 */
export const totalExposure: RiskRule = (input) => {
  const { request, setting, context, protectionPrice, reducing, netQuantity, open } = input;
  const limit = context.limits.maxTotalExposure;
  if (limit === null || reducing || context.quote === null) return PASSED;
  const adding = exposedRequest(request, protectionPrice);
  const here = worseSide(exposureOf(netQuantity, open, setting.kind, context.quote.mark, adding));
  const total = exposureElsewhere(input).add(here);
  if (total.atMost(limit)) return passed(limit, total);
  return refused(
    refusal(
      'total_exposure',
      'total_exposure_limit',
      `worst-case exposure over all instruments would be worth ${total.toString()} ${setting.quote}`,
      { limit, actual: total },
    ),
  );
};

function worseSide({ longNotional, shortNotional }: Exposure): Decimal {
  return longNotional.max(shortNotional);
}

function exposureElsewhere({ state, request, context, excluding }: RuleInput): Decimal {
  const here = instrumentKey(request.accountId, request.symbol);
  const others = new Map<string, Position | Order>();
  for (const position of state.positions.values()) {
    const key = instrumentKey(position.accountId, position.symbol);
    if (key !== here && !position.netQuantity.isZero()) others.set(key, position);
  }
  for (const order of state.unfinished.values()) {
    const key = instrumentKey(order.accountId, order.symbol);
    if (key !== here) others.set(key, order);
  }
  let total = Decimal.zero;
  for (const [key, { accountId, symbol, kind }] of others) {
    const mark = context.marks.get(key) ?? lastKnownMark(state, key);
    total = total.add(worseSide(exposureOn(state, accountId, symbol, kind, mark, null, excluding)));
  }
  return total;
}

function lastKnownMark(state: RuleInput['state'], key: string): Decimal {
  const position = state.positions.get(key);
  let mark = (position === undefined ? null : entryPrice(position)) ?? Decimal.zero;
  for (const order of state.unfinished.values()) {
    if (instrumentKey(order.accountId, order.symbol) === key)
      mark = mark.max(order.approval?.mark ?? Decimal.zero);
  }
  return mark;
}
