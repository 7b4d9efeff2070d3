/**
 * Which way a stop triggers, and which stops protect a position.
 *
 * Entry points: `impliedDirection`, `triggerDirectionOf`, `namedType`, `isReached` with `marketPriceFor` or
 * `freshMarketPriceFor`, `isProtective`, `isKnownToProtect`. The direction follows from
 * what the caller said and never from where the market stands. A stop protects while it closes a position and triggers as
 * the market moves against it, above the entry price too; an order that takes profit protects nothing.
 */
import type { Decimal } from '../decimal.ts';
import type { Quote } from '../instrument.ts';
import { positionKeyOf } from '../portfolio/keys.ts';
import type { PortfolioState } from '../portfolio/state.ts';
import type { MarketContext } from '../risk/rule.ts';
import { isTriggeredLimit, remainingQuantity, type Order, type OrderRequest } from './order.ts';
import { onlyReduces, type OrderType, type Side } from './terms.ts';

export const TRIGGER_DIRECTIONS = ['rising', 'falling'] as const;
/** The move of the trigger price that triggers a stop: up to its stop price, or down to it. */
export type TriggerDirection = (typeof TRIGGER_DIRECTIONS)[number];

/** The direction that type and side say; null for an order that waits for no price. */
export function impliedDirection(type: OrderType, side: Side): TriggerDirection | null {
  switch (type) {
    case 'market':
    case 'limit':
      return null;
    case 'stop_market':
    case 'stop_limit':
      return side === 'sell' ? 'falling' : 'rising';
    case 'take_profit_market':
    case 'take_profit_limit':
      return side === 'sell' ? 'rising' : 'falling';
  }
}

/**
 * The direction of an order. The one it was accepted with counts: in older records it followed from the market, whatever
 * the type says.
 */
export function triggerDirectionOf(
  order: Pick<OrderRequest, 'type' | 'side'> & Partial<Pick<Order, 'stopDirection'>>,
): TriggerDirection | null {
  const recorded = order.stopDirection ?? null;
  if (recorded === null) return impliedDirection(order.type, order.side);
  return recorded === 'up' ? 'rising' : 'falling';
}

/** The type by its name for the direction that the order has: another than its own in older records alone. */
export function namedType(order: Pick<Order, 'type' | 'side' | 'stopDirection'>): OrderType {
  const { type, side } = order;
  const direction = triggerDirectionOf(order);
  if (direction === impliedDirection(type, side)) return type;
  switch (type) {
    case 'market':
    case 'limit':
      return type;
    case 'stop_market':
      return 'take_profit_market';
    case 'stop_limit':
      return 'take_profit_limit';
    case 'take_profit_market':
      return 'stop_market';
    case 'take_profit_limit':
      return 'stop_limit';
  }
}

type Conditional = Pick<OrderRequest, 'type' | 'side' | 'stopPrice' | 'trigger'> &
  Partial<Pick<Order, 'stopDirection'>>;

/**
 * The price of the market that a stop is measured against, quote units: the mark, or for one on the last price the side of
 * the book that a last price passes last. The last price lies somewhere between bid and ask, so such a stop is certain to be
 * reached only where both have passed it; what lies between them is the venue's to say. Null where the figure is not known.
 */
export function marketPriceFor(
  order: Omit<Conditional, 'stopPrice'>,
  { bid, ask, mark }: Pick<Quote, 'bid' | 'ask' | 'mark'>,
): Decimal | null {
  if (order.trigger === 'mark') return mark;
  return triggerDirectionOf(order) === 'rising' ? bid : ask;
}

/** As `marketPriceFor`, where the venue has said it no longer ago than an order may be decided on; null otherwise. */
export function freshMarketPriceFor(
  order: Omit<Conditional, 'stopPrice'>,
  {
    quote,
    at,
    limits,
  }: Pick<MarketContext, 'quote' | 'at'> & { readonly limits: Pick<MarketContext['limits'], 'staleQuoteMs'> },
): Decimal | null {
  if (quote === null || (order.trigger === 'mark' && quote.markSource !== 'venue')) return null;
  const knownAt = order.trigger === 'mark' ? quote.markAt : quote.bookAt;
  if (knownAt === null || at - knownAt > limits.staleQuoteMs) return null;
  return marketPriceFor(order, quote);
}

/** Whether the venue would trigger the order at once: the market stands at its stop price or beyond. */
export function isReached(order: Conditional, market: Decimal): boolean {
  const { stopPrice } = order;
  const direction = triggerDirectionOf(order);
  if (stopPrice === null || direction === null) return false;
  return direction === 'rising' ? market.atLeast(stopPrice) : market.atMost(stopPrice);
}

/** Whether a stop triggers as the market moves against the position that its side closes: a sale on a fall, a purchase on a rise. */
export function triggersAgainst(
  order: Pick<Order, 'type' | 'side' | 'stopPrice'> & Partial<Pick<Order, 'stopDirection'>>,
): boolean {
  if (order.stopPrice === null) return false;
  return triggerDirectionOf(order) === (order.side === 'sell' ? 'falling' : 'rising');
}

/**
 * Whether an order is there to protect what is held now: it closes it, and triggers as the market moves against it. Of a swap
 * it closes by its terms, or is no larger than the position that it was approved to close; on spot every sale sheds what is
 * held. So is one whose placement is in doubt: what is kept and what is canceled is decided here, by the kill switch and the ladder.
 * A stop-limit that has triggered is a limit order like others, and protects nothing.
 */
export function isProtective(state: PortfolioState, order: Order): boolean {
  if (!triggersAgainst(order) || isTriggeredLimit(order)) return false;
  if (order.kind === 'spot') return order.side === 'sell';
  if (onlyReduces(order)) return true;
  const held = state.positions.get(positionKeyOf(order))?.netQuantity;
  const left = remainingQuantity(order);
  if (held === undefined || left === null || order.approval?.reducing !== true) return false;
  return held.isNegative() === (order.side === 'buy') && left.atMost(held.abs());
}

/**
 * Whether the venue is known to have a stop and to keep it. One that is not sent yet, whose placement is in doubt or whose cancel is on
 * its way may be there or not: figures of what is protected leave it out, and a stop-limit that has triggered.
 */
export function isKnownToProtect(order: Order): boolean {
  switch (order.status) {
    case 'open':
    case 'partially_filled':
      return !isTriggeredLimit(order);
    case 'accepted':
    case 'submitting':
    case 'unknown':
    case 'armed':
    case 'canceling':
    case 'filled':
    case 'canceled':
    case 'rejected':
    case 'denied':
    case 'expired':
    case 'failed':
      return false;
  }
}
