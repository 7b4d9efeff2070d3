/**
 * The review: every rule in its declared order, against a state that already holds all orders in flight.
 * `RiskApproved` is made here and nowhere else, and only it can become an accepted order.
 */
import { Decimal } from '../decimal.ts';
import type { OrderId } from '../ids.ts';
import {
  bandOf,
  PRICE_BAND_MARGIN_BPS,
  protectedPrice,
  withinBand,
  type PriceRange,
} from '../order/market-protection.ts';
import { openOn } from '../order/open-orders.ts';
import type { OrderRequest } from '../order/order.ts';
import type { OrderSetting } from '../portfolio/events.ts';
import { instrumentKey } from '../portfolio/keys.ts';
import { orderOf, type PortfolioState } from '../portfolio/state.ts';
import type { Side } from '../order/terms.ts';
import { takenPrice } from '../quote.ts';
import { closesBeside, netQuantityOf } from './exposure.ts';
import { limitsOfStrategy } from './limit-scopes.ts';
import { RISK_RULES, type Refusal, type RiskRuleName } from './refusal.ts';
import { valuedAt, type MarketContext, type RiskRule, type RuleInput, type RuleVerdict } from './rule.ts';
import { availableBalanceRule } from './rules/available-balance.ts';
import { baseValue } from './rules/base-value.ts';
import { dailyLoss } from './rules/daily-loss.ts';
import { drawdown } from './rules/drawdown.ts';
import { duplicateOrder } from './rules/duplicate-order.ts';
import { instrumentAllowed } from './rules/instrument-allowed.ts';
import { instrumentFilters } from './rules/instrument-filters.ts';
import { killSwitch } from './rules/kill-switch.ts';
import { leverage } from './rules/leverage.ts';
import { margin } from './rules/margin.ts';
import { marketData } from './rules/market-data.ts';
import { openOrders } from './rules/open-orders.ts';
import { orderRate } from './rules/order-rate.ts';
import { orderShape } from './rules/order-shape.ts';
import { orderSize } from './rules/order-size.ts';
import { ownPart } from './rules/own-part.ts';
import { positionLimit } from './rules/position-limit.ts';
import { priceCollar } from './rules/price-collar.ts';
import { reduceOnly } from './rules/reduce-only.ts';
import { selfCross } from './rules/self-cross.ts';
import { stopTrigger } from './rules/stop-trigger.ts';
import { strategyLimits } from './rules/strategy-limits.ts';
import { totalExposure } from './rules/total-exposure.ts';
import { tradingState } from './rules/trading-state.ts';

/** `always` rules stay on with RISK_CHECK_ENABLED=false. */
export const RULES: Readonly<Record<RiskRuleName, { readonly rule: RiskRule; readonly always: boolean }>> = {
  kill_switch: { rule: killSwitch, always: true },
  instrument_allowed: { rule: instrumentAllowed, always: false },
  trading_state: { rule: tradingState, always: true },
  order_shape: { rule: orderShape, always: true },
  market_data: { rule: marketData, always: true },
  base_value: { rule: baseValue, always: false },
  instrument_filters: { rule: instrumentFilters, always: true },
  reduce_only: { rule: reduceOnly, always: true },
  own_part: { rule: ownPart, always: true },
  stop_trigger: { rule: stopTrigger, always: true },
  price_collar: { rule: priceCollar, always: false },
  order_size: { rule: orderSize, always: false },
  available_balance: { rule: availableBalanceRule, always: true },
  position_limit: { rule: positionLimit, always: false },
  total_exposure: { rule: totalExposure, always: false },
  open_orders: { rule: openOrders, always: false },
  order_rate: { rule: orderRate, always: false },
  leverage: { rule: leverage, always: false },
  margin: { rule: margin, always: false },
  self_cross: { rule: selfCross, always: false },
  daily_loss: { rule: dailyLoss, always: false },
  drawdown: { rule: drawdown, always: false },
  strategy_limits: { rule: strategyLimits, always: false },
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
  /** The limit that the venue would get: the order's own, or its protection; null for one without. */
  readonly sentPrice: Decimal | null;
  /** The same before it was moved into the venue's price band; null where it was not moved. */
  readonly askedPrice: Decimal | null;
}

/**
 * Runs every rule; `excluding` leaves one order out of the sums, for a retry of the same: it would be sent with the
 * protection that was journaled when it was accepted, so it is judged on that one.
 */
export function review(
  state: PortfolioState,
  asked: OrderRequest,
  setting: OrderSetting,
  market: MarketContext,
  excluding: OrderId | null,
): Review {
  const context = withStrategy(state, withOwnMark(market, asked), asked);
  const retried = excluding === null ? undefined : orderOf(state, excluding);
  const protection =
    retried === undefined ? protectionOf(asked, context) : { sent: retried.protectionPrice, asked: null };
  const protectionPrice = protection.sent;
  const { accountId, symbol, positionSide } = asked;
  const netQuantity = netQuantityOf(state, accountId, symbol, positionSide);
  const mark = valuedAt(context, asked.side) ?? Decimal.zero;
  const open = openOn(state, accountId, symbol, positionSide, mark, excluding);
  const closing = closesBeside(state, asked, open, excluding);
  // One that is sent again goes out with the price that was journaled.
  const clamped = closing && retried === undefined ? asClamped(asked, context) : asked;
  const request = protection.asked === null ? clamped : { ...clamped, askedPrice: protection.asked };
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
    sentPrice: request.price ?? protectionPrice,
    askedPrice: request.askedPrice ?? null,
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

/** The limits of the order's strategy, where it has any, hold beside those of its account and instrument. */
function withStrategy(
  { storedLimits }: PortfolioState,
  context: MarketContext,
  { strategy }: OrderRequest,
): MarketContext {
  const limits = limitsOfStrategy(context.limits, storedLimits, strategy);
  return limits === context.limits ? context : { ...context, limits };
}

function approve(parts: Omit<RiskApproved, typeof approved>): RiskApproved {
  return parts as RiskApproved;
}

/**
 * The limit that a market order is sent with: measured from the side of the book that it takes, or where that is absent from
 * the price that it is valued at, and moved into the venue's price band. Null for other orders, for a protection of 0, for
 * orders by cost, which go out as the venue's own, and without any price.
 */
export function protectionPriceOf(request: OrderRequest, context: MarketContext): Decimal | null {
  return protectionOf(request, context).sent;
}

/** `asked` is the protection before it was moved into the band; null where it was not moved. */
function protectionOf(
  request: OrderRequest,
  context: MarketContext,
): { readonly sent: Decimal | null; readonly asked: Decimal | null } {
  const { side, marketProtectionBps } = request;
  if (request.type !== 'market' || !isProtection(marketProtectionBps) || request.quantity === null)
    return { sent: null, asked: null };
  const taken = context.quote === null ? null : takenPrice(context.quote, side);
  const touch = taken ?? valuedAt(context, side);
  if (touch === null) return { sent: null, asked: null };
  const asked = protectedPrice(side, touch, marketProtectionBps, context.instrument);
  const sent = withinBand(side, asked, clampingBand(context, side));
  return { sent, asked: sent.equals(asked) ? null : asked };
}

/** Whole basis points that leave a price above zero; anything else is refused by `order_shape`. */
function isProtection(bps: number): boolean {
  return Number.isSafeInteger(bps) && bps > 0 && bps < 10_000;
}

/** A limit order that closes is moved into the venue's band from the aggressive side rather than denied by it. */
function asClamped(request: OrderRequest, context: MarketContext): OrderRequest {
  if (request.type !== 'limit' || request.price === null) return request;
  const price = withinBand(request.side, request.price, clampingBand(context, request.side));
  return price.equals(request.price) ? request : { ...request, price, askedPrice: request.price };
}

function clampingBand({ instrument, quote, at, limits }: MarketContext, side: Side): PriceRange | null {
  return bandOf(instrument, quote, side, {
    at,
    maxAgeMs: limits.staleQuoteMs,
    marginBps: PRICE_BAND_MARGIN_BPS,
  });
}
