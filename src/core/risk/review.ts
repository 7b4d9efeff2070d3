/**
 * The review: every rule in its declared order, against a state that already holds all orders in flight.
 * `RiskApproved` is made here and nowhere else, and only it can become an accepted order.
 */
import { Decimal } from '../decimal.ts';
import type { Instrument } from '../instrument.ts';
import type { OrderId } from '../ids.ts';
import type { OrderRequest } from '../order/order.ts';
import type { OrderSetting } from '../portfolio/events.ts';
import { orderOf, type PortfolioState } from '../portfolio/state.ts';
import { isReducing } from './exposure.ts';
import { RISK_RULES, type Refusal, type RiskRuleName } from './refusal.ts';
import type { MarketContext, RiskRule, RuleInput, RuleVerdict } from './rule.ts';
import { availableBalanceRule } from './rules/available-balance.ts';
import { instrumentFilters } from './rules/instrument-filters.ts';
import { killSwitch } from './rules/kill-switch.ts';
import { marketData } from './rules/market-data.ts';
import { orderShape } from './rules/order-shape.ts';
import { positionLimit } from './rules/position-limit.ts';
import { reduceOnly } from './rules/reduce-only.ts';

const RULES: Readonly<Record<RiskRuleName, { readonly rule: RiskRule; readonly always: boolean }>> = {
  kill_switch: { rule: killSwitch, always: true },
  order_shape: { rule: orderShape, always: true },
  market_data: { rule: marketData, always: true },
  instrument_filters: { rule: instrumentFilters, always: true },
  reduce_only: { rule: reduceOnly, always: true },
  available_balance: { rule: availableBalanceRule, always: true },
  position_limit: { rule: positionLimit, always: false },
};

declare const approved: unique symbol;
/** A request that passed every rule, with what was decided on it. */
export interface RiskApproved {
  readonly [approved]: true;
  readonly request: OrderRequest;
  readonly setting: OrderSetting;
  readonly protectionPrice: Decimal | null;
  readonly reducing: boolean;
}

export interface Review {
  /** Null when any rule refused. */
  readonly approved: RiskApproved | null;
  /** In the rules' order; the first one is the order's reason. */
  readonly refusals: readonly Refusal[];
  readonly rules: readonly { readonly rule: RiskRuleName; readonly verdict: RuleVerdict }[];
}

/**
 * Runs every rule; `excluding` leaves one order out of the sums, for a retry of the same: it would be sent with the
 * protection that was journaled when it was accepted, so it is judged on that one.
 */
export function review(
  state: PortfolioState,
  request: OrderRequest,
  setting: OrderSetting,
  context: MarketContext,
  excluding: OrderId | null,
): Review {
  const retried = excluding === null ? undefined : orderOf(state, excluding);
  const protectionPrice =
    retried === undefined ? protectionPriceOf(request, context) : retried.protectionPrice;
  const reducing = isReducing(state, request, setting.kind, excluding);
  const input: RuleInput = { state, request, setting, context, excluding, protectionPrice, reducing };
  const rules = RISK_RULES.filter((name) => context.limits.checksEnabled || RULES[name].always).map(
    (name) => ({
      rule: name,
      verdict: RULES[name].rule(input),
    }),
  );
  const refusals = rules.flatMap(({ verdict }) => (verdict.refusal === null ? [] : [verdict.refusal]));
  return {
    approved: refusals.length === 0 ? approve({ request, setting, protectionPrice, reducing }) : null,
    refusals,
    rules,
  };
}

function approve(parts: Omit<RiskApproved, typeof approved>): RiskApproved {
  return parts as RiskApproved;
}

/**
 * The limit that a market order is sent with: mark x (1 +- protection), rounded to the tick on the cautious side.
 * Null for other orders, for a protection of 0, and for orders by cost, which go out as the venue's own.
 */
export function protectionPriceOf(request: OrderRequest, context: MarketContext): Decimal | null {
  if (
    request.type !== 'market' ||
    request.marketProtectionBps === 0 ||
    request.quantity === null ||
    context.quote === null
  )
    return null;
  return protectedPrice(request.side, context.quote.mark, request.marketProtectionBps, context.instrument);
}

function protectedPrice(
  side: 'buy' | 'sell',
  mark: Decimal,
  protectionBps: number,
  instrument: Instrument,
): Decimal {
  const share = Decimal.of(BigInt(side === 'buy' ? 10_000 + protectionBps : 10_000 - protectionBps), 4);
  return mark.multiply(share).roundToMultipleOf(instrument.tickSize, side === 'buy' ? 'down' : 'up');
}
