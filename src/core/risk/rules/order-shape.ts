import type { TimeMs } from '../../ids.ts';
import type { InstrumentKind } from '../../instrument.ts';
import type { OrderRequest } from '../../order/order.ts';
import type { PositionSide } from '../../order/terms.ts';
import { positionModeOf } from '../../portfolio/state.ts';
import type { PositionMode } from '../../venue/setting.ts';
import { refusal } from '../refusal.ts';
import { PASSED, refused, type MarketContext, type RiskRule, type RuleVerdict } from '../rule.ts';

const unsupported = (detail: string): RuleVerdict =>
  refused(refusal('order_shape', 'unsupported_order', detail));

/** Whether this kind of order exists on this instrument of this venue at all. */
export const orderShape: RiskRule = ({ state, request, setting, context, closing }) => {
  const { instrument, capabilities } = context;
  if (!instrument.active) {
    return refused(
      refusal(
        'order_shape',
        'instrument_not_active',
        `${instrument.symbol} is not open for trading at the venue`,
      ),
    );
  }
  const { marketProtectionBps } = request;
  if (!Number.isSafeInteger(marketProtectionBps) || marketProtectionBps < 0 || marketProtectionBps >= 10_000)
    return unsupported('market_protection_bps: must be a whole number from 0 to 9999');
  if ((request.quantity === null) === (request.cost === null))
    return unsupported('quantity: give exactly one of quantity and cost');
  if (request.cost !== null && !capabilities.marketBuyByCost) {
    return unsupported(`cost: ${instrument.symbol} cannot be bought by cost here; give a quantity`);
  }
  if (request.cost !== null && request.side === 'sell')
    return unsupported('cost: only a market buy can be sized by cost');
  if (isUnprotectedBuy(request) && !capabilities.marketBuyByQuantity) {
    return unsupported(
      `market_protection_bps: without a protection ${instrument.symbol} is bought by cost alone here; give a cost or a protection`,
    );
  }
  if (request.reduceOnly && !capabilities.reduceOnly) {
    return unsupported(
      `reduce_only: ${instrument.symbol} is ${instrument.kind}; reduce-only exists on swaps`,
    );
  }
  const positionSide = positionSideFault(
    request.positionSide,
    setting.kind,
    positionModeOf(state, request.accountId),
  );
  if (positionSide !== null) return unsupported(`position_side: ${positionSide}`);
  if (request.postOnly && !capabilities.postOnly) return unsupported('post_only: not offered by this venue');
  if (request.postOnly && request.timeInForce !== 'GTC' && request.timeInForce !== 'GTD') {
    return unsupported(`post_only: contradicts time_in_force ${request.timeInForce}`);
  }
  if (!capabilities.timesInForce.includes(request.timeInForce)) {
    return unsupported(`time_in_force: ${request.timeInForce} is not offered on ${instrument.symbol}`);
  }
  if (request.expiresAt !== null && request.expiresAt <= context.at)
    return unsupported('expires_at: lies in the past');
  const tooSoon = expiryFault(request.expiresAt, context);
  if (tooSoon !== null) return unsupported(`expires_at: ${tooSoon}`);
  if (request.onWouldTrigger === 'close_now' && !closing)
    return unsupported('on_would_trigger: close_now is for orders that close a position');
  if (request.stopPrice !== null && !capabilities.nativeStops)
    return unsupported(`stop_price: stops are not offered on ${instrument.symbol} by this exchange`);
  if (request.trigger !== null && !capabilities.triggers.includes(request.trigger)) {
    return unsupported(`trigger: ${request.trigger} is not offered on ${instrument.symbol}`);
  }
  return PASSED;
};

/** A purchase that goes out as the venue's own market order, sized in base units. */
function isUnprotectedBuy({ type, side, quantity, marketProtectionBps }: OrderRequest): boolean {
  return type === 'market' && side === 'buy' && quantity !== null && marketProtectionBps === 0;
}

/** Venues count the end of an order in whole seconds. */
const EXPIRY_STEP_MS = 1_000;

/**
 * Why the venue would not take the end of an order; null where it would, however late in its lifetime the request arrives.
 */
function expiryFault(
  expiresAt: TimeMs | null,
  { venueAt, capabilities: { goodTillAheadMs, requestLifetimeMs } }: MarketContext,
): string | null {
  if (expiresAt === null || goodTillAheadMs === null) return null;
  const counted = expiresAt - (expiresAt % EXPIRY_STEP_MS);
  const aheadMs = goodTillAheadMs + requestLifetimeMs;
  if (counted - venueAt > aheadMs) return null;
  return `must be more than ${aheadMs / 1_000} seconds ahead, and lies ${Math.floor((counted - venueAt) / 1_000)} ahead; cancel the order yourself to end it sooner`;
}

/** Why an order cannot trade this position of the account; null where it can. */
function positionSideFault(
  positionSide: PositionSide,
  kind: InstrumentKind,
  positionMode: PositionMode,
): string | null {
  if (kind === 'spot') return positionSide === 'net' ? null : 'spot has no long and short positions';
  switch (positionMode) {
    case 'one_way':
      return positionSide === 'net' ? null : 'the account is in one-way mode; leave it out or give net';
    case 'hedged':
      return positionSide === 'net' ? 'the account is in hedged mode; give long or short' : null;
  }
}
