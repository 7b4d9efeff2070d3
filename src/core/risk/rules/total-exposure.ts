import { Decimal } from '../../decimal.ts';
import type { AccountMode, OrderId } from '../../ids.ts';
import type { Order } from '../../order/order.ts';
import { openGroups, openOn, type OpenGroup } from '../../order/open-orders.ts';
import type { Position } from '../../position/position.ts';
import { entryPrice } from '../../position/position.ts';
import { instrumentKey, positionKeyOf } from '../../portfolio/keys.ts';
import type { PortfolioState } from '../../portfolio/state.ts';
import { costInBase, type Conversions } from '../conversion.ts';
import { exposedRequest, exposureOf, netQuantityOf, type Exposure } from '../exposure.ts';
import { refusal } from '../refusal.ts';
import { PASSED, passed, refused, valuedAt, type MarketContext, type RiskRule } from '../rule.ts';
import { roundedUp } from '../stated-figure.ts';

/**
 * Worst-case notional over all positions of the order's mode: of each the worse of its sides, added up. The long and the short
 * position of a hedged instrument are two. A position without a mark is valued at the dearest of its entry price and the marks that its orders were
 * approved on. Each is converted into the base currency.
 */
export const totalExposure: RiskRule = (input) => {
  const { request, setting, context, protectionPrice, reducing, netQuantity, open } = input;
  const limit = context.limits.maxTotalExposure;
  const mark = valuedAt(context, request.side);
  if (limit === null || reducing || mark === null) return PASSED;
  const adding = exposedRequest(request, protectionPrice);
  const inQuote = worseSide(exposureOf(netQuantity, open, setting.kind, mark, adding));
  const here = costInBase(context, request.accountId, setting.quote, inQuote);
  const elsewhere = exposureOfAll(input.state, setting.mode, context, {
    position: positionKeyOf(request),
    order: input.excluding,
  });
  if (here === null || elsewhere === null) {
    return refused(
      refusal(
        'total_exposure',
        'value_unknown',
        `worst-case exposure is not known: a currency that something is held or open in has no price in ${context.baseCurrency} now`,
        { limit, actual: 'unknown' },
      ),
    );
  }
  const total = elsewhere.add(here);
  const stated = roundedUp(total);
  if (total.atMost(limit)) return passed(limit, stated);
  return refused(
    refusal(
      'total_exposure',
      'total_exposure_limit',
      `worst-case exposure over all instruments would be worth ${stated.toString()} ${context.baseCurrency}`,
      { limit, actual: stated },
    ),
  );
};

function worseSide({ longNotional, shortNotional }: Exposure): Decimal {
  return longNotional.max(shortNotional);
}

/** The prices of everything that is held or open, and whose positions do not count. */
export type ExposureContext = Conversions & Pick<MarketContext, 'marks' | 'removedAccounts'>;

/**
 * The worst case of every position of a mode, added up in the base currency; `leavingOut` one position, and one order of the others. Null where
 * the worth of one is not known. Positions of an account that the portfolio has no more do not count.
 */
export function exposureOfAll(
  state: PortfolioState,
  mode: AccountMode,
  context: ExposureContext,
  leavingOut: { readonly position: string; readonly order: OrderId | null } | null = null,
): Decimal | null {
  const elsewhere = new Map<string, Omit<OpenGroup, 'key'>>();
  for (const position of state.positions.values()) {
    const counts = position.mode === mode && !context.removedAccounts.has(position.accountId);
    if (counts && !position.netQuantity.isZero())
      elsewhere.set(positionKeyOf(position), { ...position, orders: [] });
  }
  for (const group of openGroups(state))
    if (state.accounts.get(group.accountId)?.mode === mode) elsewhere.set(group.key, group);
  if (leavingOut !== null) elsewhere.delete(leavingOut.position);
  let total = Decimal.zero;
  for (const [key, { accountId, symbol, positionSide, kind, quote, orders }] of elsewhere) {
    const mark =
      context.marks.get(instrumentKey(accountId, symbol)) ?? lastKnownMark(state.positions.get(key), orders);
    const open = openOn(state, accountId, symbol, positionSide, mark, leavingOut?.order ?? null);
    const net = netQuantityOf(state, accountId, symbol, positionSide);
    const worst = worseSide(exposureOf(net, open, kind, mark, null));
    const inBase = costInBase(context, accountId, quote, worst);
    if (inBase === null) return null;
    total = total.add(inBase);
  }
  return total;
}

function lastKnownMark(position: Position | undefined, orders: Iterable<Order>): Decimal {
  let mark = (position === undefined ? null : entryPrice(position)) ?? Decimal.zero;
  for (const order of orders) mark = mark.max(order.approval?.mark ?? Decimal.zero);
  return mark;
}
