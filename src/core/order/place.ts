/** A new order: the same request again is answered with the first one; a new one is reviewed, and approved or denied. */
import { requiredHold } from '../balance/hold.ts';
import type { OrderId } from '../ids.ts';
import type { Quote } from '../instrument.ts';
import type { Draft } from '../portfolio/draft.ts';
import type { OrderSetting } from '../portfolio/events.ts';
import { BrokenAssertion } from '../portfolio/evolve.ts';
import { instrumentKey } from '../portfolio/state.ts';
import { entryPrice } from '../position/position.ts';
import { review, type RiskApproved } from '../risk/review.ts';
import type { Refusal } from '../risk/refusal.ts';
import type { MarketContext } from '../risk/rule.ts';
import type { Order, OrderRequest } from './order.ts';
import { currentOrder } from './happen.ts';

/** An order found under a request's idempotency key, in memory or in the read model. */
export interface PriorOrder {
  readonly orderId: OrderId;
  readonly contentHash: string;
}

export type PlaceReply =
  | { readonly kind: 'accepted'; readonly orderId: OrderId; readonly order: Order }
  | {
      readonly kind: 'denied';
      readonly orderId: OrderId;
      readonly order: Order;
      readonly refusals: readonly Refusal[];
    }
  /** The same request again: the first outcome stands. */
  | { readonly kind: 'replayed'; readonly orderId: OrderId }
  /** The same key with other content. Nothing was journaled. */
  | { readonly kind: 'conflict'; readonly orderId: OrderId };

/** `prior` is what the read model knows of the key; an order still in memory is found here. */
export function placeOrder(
  draft: Draft,
  request: OrderRequest,
  setting: OrderSetting,
  context: MarketContext,
  prior: PriorOrder | null,
): PlaceReply {
  const before = earlierOrder(draft, request) ?? prior;
  if (before !== null) {
    const same = before.contentHash === request.idempotency?.contentHash;
    return { kind: same ? 'replayed' : 'conflict', orderId: before.orderId };
  }
  const { approved, refusals } = review(draft.state, request, setting, context, null);
  if (approved === null) {
    draft.emit({ type: 'order_denied', request, setting, refusals });
    return {
      kind: 'denied',
      orderId: request.orderId,
      order: currentOrder(draft, request.orderId),
      refusals,
    };
  }
  accept(draft, approved, context);
  attemptSend(draft, request.orderId, context);
  return { kind: 'accepted', orderId: request.orderId, order: currentOrder(draft, request.orderId) };
}

function earlierOrder(draft: Draft, request: OrderRequest): PriorOrder | null {
  if (request.idempotency === null) return null;
  const orderId = draft.state.byIdempotencyKey.get(request.idempotency.key);
  if (orderId === undefined) return null;
  return { orderId, contentHash: currentOrder(draft, orderId).idempotency?.contentHash ?? '' };
}

function accept(draft: Draft, approved: RiskApproved, context: MarketContext): void {
  const { request, setting, protectionPrice, reducing } = approved;
  const quote = context.quote ?? entryAsQuote(draft, request);
  draft.emit({
    type: 'order_accepted',
    request,
    setting,
    protectionPrice,
    stopDirection: stopDirection(request, quote),
    hold: requiredHold(request, setting, context, protectionPrice).hold,
    approval: {
      bid: quote.bid,
      ask: quote.ask,
      mark: quote.mark,
      quoteVenueAt: quote.venueAt,
      quoteReceivedAt: quote.receivedAt,
      reducing,
    },
  });
}

/**
 * Which way the market must move to trigger a stop. A mark price lags behind the book, so a stop on the last price is
 * measured against the middle of the book.
 */
function stopDirection({ stopPrice, trigger }: OrderRequest, quote: Figures): 'up' | 'down' | null {
  if (stopPrice === null) return null;
  const isAbove =
    trigger === 'last' || trigger === null
      ? stopPrice.add(stopPrice).greaterThan(quote.bid.add(quote.ask))
      : stopPrice.greaterThan(quote.mark);
  return isAbove ? 'up' : 'down';
}

/** The figures of a quote that an approval records. */
type Figures = Pick<Quote, 'bid' | 'ask' | 'mark' | 'venueAt' | 'receivedAt'>;

/** A closing order may be approved without any market: then its figures are the entry price of what it closes. */
function entryAsQuote(draft: Draft, request: OrderRequest): Figures {
  const position = draft.state.positions.get(instrumentKey(request.accountId, request.symbol));
  const entry = position === undefined ? null : entryPrice(position);
  if (entry === null) throw new BrokenAssertion('approved without a quote and without a position');
  return { bid: entry, ask: entry, mark: entry, venueAt: null, receivedAt: 0 };
}

/** Journals the intent that the gateway will carry: signed at this moment of the venue's clock and at no other. */
export function attemptSend(
  draft: Draft,
  orderId: OrderId,
  context: Pick<MarketContext, 'venueAt' | 'capabilities'>,
): void {
  const order: Order = currentOrder(draft, orderId);
  draft.emit({
    type: 'send_attempted',
    orderId,
    attempt: {
      n: order.attempts.length + 1,
      signedAt: context.venueAt,
      requestLifetimeMs: context.capabilities.requestLifetimeMs,
    },
  });
  draft.effect({ type: 'send', orderId });
}
