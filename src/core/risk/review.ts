/**
 * The review: every rule in its declared order, against a state that already holds all orders in flight.
 * `RiskApproved` is made here and nowhere else, and only it can become an accepted order.
 */
import { Decimal } from '../decimal.ts';
import type { Instrument } from '../instrument.ts';
import type { OrderId } from '../ids.ts';
import { openOn } from '../order/open-orders.ts';
import type { OrderRequest } from '../order/order.ts';
import type { OrderSetting } from '../portfolio/events.ts';
import { instrumentKey } from '../portfolio/keys.ts';
import { orderOf, type PortfolioState } from '../portfolio/state.ts';
import { isClosing, netQuantityOf } from './exposure.ts';
import { RISK_RULES, type Refusal, type RiskRuleName } from './refusal.ts';
import { valuedAt, type MarketContext, type RiskRule, type RuleInput, type RuleVerdict } from './rule.ts';
import { availableBalanceRule } from './rules/available-balance.ts';
import { dailyLoss } from './rules/daily-loss.ts';
import { drawdown } from './rules/drawdown.ts';
import { duplicateOrder } from './rules/duplicate-order.ts';
import { instrumentAllowed } from './rules/instrument-allowed.ts';
import { instrumentFilters } from './rules/instrument-filters.ts';
import { killSwitch } from './rules/kill-switch.ts';
import { leverage } from './rules/leverage.ts';
import { marketData } from './rules/market-data.ts';
import { openOrders } from './rules/open-orders.ts';
import { orderRate } from './rules/order-rate.ts';
import { orderShape } from './rules/order-shape.ts';
import { orderSize } from './rules/order-size.ts';
import { positionLimit } from './rules/position-limit.ts';
import { priceCollar } from './rules/price-collar.ts';
import { reduceOnly } from './rules/reduce-only.ts';
import { selfCross } from './rules/self-cross.ts';
import { stopTrigger } from './rules/stop-trigger.ts';
import { totalExposure } from './rules/total-exposure.ts';
import { tradingState } from './rules/trading-state.ts';

/** `always` rules stay on with RISK_CHECK_ENABLED=false. */
export const RULES: Readonly<Record<RiskRuleName, { readonly rule: RiskRule; readonly always: boolean }>> = {
  kill_switch: { rule: killSwitch, always: true },
  instrument_allowed: { rule: instrumentAllowed, always: false },
  trading_state: { rule: tradingState, always: true },
  order_shape: { rule: orderShape, always: true },
  market_data: { rule: marketData, always: true },
  instrument_filters: { rule: instrumentFilters, always: true },
  reduce_only: { rule: reduceOnly, always: true },
  stop_trigger: { rule: stopTrigger, always: true },
  price_collar: { rule: priceCollar, always: false },
  order_size: { rule: orderSize, always: false },
  available_balance: { rule: availableBalanceRule, always: true },
  position_limit: { rule: positionLimit, always: false },
  total_exposure: { rule: totalExposure, always: false },
  open_orders: { rule: openOrders, always: false },
  order_rate: { rule: orderRate, always: false },
  leverage: { rule: leverage, always: false },
  self_cross: { rule: selfCross, always: false },
  daily_loss: { rule: dailyLoss, always: false },
  drawdown: { rule: drawdown, always: false },
  duplicate_order: { rule: duplicateOrder, always: false },
};

const ALWAYS_ON: readonly RiskRuleName[] = RISK_RULES.filter((name) => RULES[name].always);

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
  market: MarketContext,
  excluding: OrderId | null,
): Review {
  const context = withOwnMark(market, request);
  const retried = excluding === null ? undefined : orderOf(state, excluding);
  const protectionPrice =
    retried === undefined ? protectionPriceOf(request, context) : retried.protectionPrice;
  const { accountId, symbol, positionSide } = request;
  const netQuantity = netQuantityOf(state, accountId, symbol, positionSide);
  const mark = valuedAt(context, request.side) ?? Decimal.zero;
  const open = openOn(state, accountId, symbol, positionSide, mark, excluding);
  const closing = isClosing(request, netQuantity, open);
  const reducing = closing || (setting.kind === 'spot' && request.side === 'sell');
  const input: RuleInput = {
    state,
    request,
    setting,
    context,
    excluding,
    protectionPrice,
    closing,
    reducing,
    netQuantity,
    open,
  };
  const rules = (context.limits.checksEnabled ? RISK_RULES : ALWAYS_ON).map((rule) => ({
    rule,
    verdict: RULES[rule].rule(input),
  }));
  const refusals: Refusal[] = [];
  for (const { verdict } of rules) if (verdict.refusal !== null) refusals.push(verdict.refusal);
  return {
    approved: refusals.length === 0 ? approve({ request, setting, protectionPrice, reducing }) : null,
    refusals,
    rules,
  };
}

/**
 * The quote that an order is judged on also values the other position of its instrument, and the margin of both: it may
 * have been read for this order alone, and then is not among the marks.
 */
function withOwnMark(context: MarketContext, { accountId, symbol, side }: OrderRequest): MarketContext {
  const key = instrumentKey(accountId, symbol);
  const mark = valuedAt(context, side);
  if (mark === null || context.marks.has(key)) return context;
  return { ...context, marks: new Map(context.marks).set(key, mark) };
}

function approve(parts: Omit<RiskApproved, typeof approved>): RiskApproved {
  return parts as RiskApproved;
}

/**
 * The limit that a market order is sent with: mark x (1 +- protection), rounded to the tick on the cautious side.
 * Null for other orders, for a protection of 0, and for orders by cost, which go out as the venue's own.
 */
export function protectionPriceOf(request: OrderRequest, context: MarketContext): Decimal | null {
  if (request.type !== 'market' || !isProtection(request.marketProtectionBps) || request.quantity === null)
    return null;
  const mark = valuedAt(context, request.side);
  return mark === null
    ? null
    : protectedPrice(request.side, mark, request.marketProtectionBps, context.instrument);
}

/** Whole basis points that leave a price above zero; anything else is refused by `order_shape`. */
function isProtection(bps: number): boolean {
  return Number.isSafeInteger(bps) && bps > 0 && bps < 10_000;
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
