/** A new order: the same request again is answered with the first one; a new one is reviewed, and approved or denied. */
import { requiredHold } from '../balance/hold.ts';
import type { OrderId } from '../ids.ts';
import type { Draft } from '../portfolio/draft.ts';
import type { OrderSetting } from '../portfolio/events.ts';
import { BrokenAssertion } from '../broken-assertion.ts';
import { positionKeyOf } from '../portfolio/keys.ts';
import { entryPrice } from '../position/position.ts';
import { review, type RiskApproved } from '../risk/review.ts';
import type { Refusal } from '../risk/refusal.ts';
import type { MarketContext } from '../risk/rule.ts';
import { oldestAt, valuationPrice } from '../quote.ts';
import { asTaken } from './close-now.ts';
import { keysOf, type Approval, type Order, type OrderRequest } from './order.ts';
import { impliedDirection, triggersAgainst } from './protection.ts';
import { currentOrder, applyTransition } from './apply-transition.ts';

/** A use of a request's idempotency key, found in memory or in the read model. */
export interface PriorOrder {
  /** Null for a request that placed no order: no order repeats that. */
  readonly orderId: OrderId | null;
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
  /** The key is that of other content, or, where `orderId` is null, of a request that placed no order. Nothing was journaled. */
  | { readonly kind: 'conflict'; readonly orderId: OrderId | null };

/** One order to be decided: the request, its account and instrument, and the figures to decide it on. */
export interface Placement {
  readonly request: OrderRequest;
  readonly setting: OrderSetting;
  readonly context: MarketContext;
  /** The read model's entry for its key; the decision itself finds an order that is still in memory. */
  readonly prior: PriorOrder | null;
}

/** An order of an all-or-none batch that was not placed because of another one of it. */
export interface Withheld {
  readonly kind: 'withheld';
  /** The order that had been taken in before the refusal came, and was given up; null when nothing was journaled. */
  readonly orderId: OrderId | null;
  /** Place in the batch of the order that was refused. */
  readonly because: number;
}

/** Two orders of one batch, by their places in it, that would be known by one key. */
export interface RepeatedKey {
  readonly key: string;
  readonly first: number;
  readonly again: number;
}

/** Every order with a key that an order before it in the batch has, and the first one that has it. */
export function repeatedKeys(
  orders: readonly Pick<OrderRequest, 'idempotency' | 'clientOrderId'>[],
): readonly RepeatedKey[] {
  const firstOf = new Map<string, number>();
  const repeated: RepeatedKey[] = [];
  for (const [index, order] of orders.entries()) {
    for (const key of keysOf(order)) {
      const first = firstOf.get(key);
      if (first === undefined) firstOf.set(key, index);
      else repeated.push({ key, first, again: index });
    }
  }
  return repeated;
}

/**
 * All of them or none: each is reviewed with the ones before it in flight, and none is sent until all are approved. One
 * refusal gives up those before it and leaves those behind it unjournaled. A batch with an order that was placed before
 * places nothing new: what is known is answered again. No two of them may share a key (`repeatedKeys`).
 */
export function placeAll(draft: Draft, placements: readonly Placement[]): readonly (PlaceReply | Withheld)[] {
  const known = placements.map(({ request, prior }) => repeatOf(draft, request, prior));
  const firstKnown = known.findIndex((reply) => reply !== null);
  if (firstKnown >= 0)
    return known.map((reply) => reply ?? { kind: 'withheld', orderId: null, because: firstKnown });
  for (const [index, { request: asked, setting, context }] of placements.entries()) {
    const request = asTaken(asked, context);
    const { approved, refusals } = review(draft.state, request, setting, context, null);
    if (approved !== null) {
      accept(draft, approved, context);
      continue;
    }
    const before = placements.slice(0, index).map((placement) => placement.request.orderId);
    for (const orderId of before) giveUp(draft, orderId, index);
    const refused = deny(draft, request, setting, refusals);
    return placements.map((_, at) =>
      at === index ? refused : { kind: 'withheld', orderId: before[at] ?? null, because: index },
    );
  }
  return placements.map(({ request: { orderId }, context }) => {
    attemptSend(draft, orderId, context);
    return { kind: 'accepted', orderId, order: currentOrder(draft, orderId) };
  });
}

function giveUp(draft: Draft, orderId: OrderId, refusedIndex: number): void {
  applyTransition(draft, orderId, 'given_up', {
    type: 'order_given_up',
    orderId,
    code: 'batch_refused',
    detail: `order ${refusedIndex} of the batch was refused`,
  });
}

export function placeOrder(draft: Draft, { request: asked, setting, context, prior }: Placement): PlaceReply {
  const repeated = repeatOf(draft, asked, prior);
  if (repeated !== null) return repeated;
  const request = asTaken(asked, context);
  const { approved, refusals } = review(draft.state, request, setting, context, null);
  if (approved === null) return deny(draft, request, setting, refusals);
  accept(draft, approved, context);
  attemptSend(draft, request.orderId, context);
  return { kind: 'accepted', orderId: request.orderId, order: currentOrder(draft, request.orderId) };
}

function deny(
  draft: Draft,
  request: OrderRequest,
  setting: OrderSetting,
  refusals: readonly Refusal[],
): PlaceReply {
  const { orderId } = request;
  draft.emit({ type: 'order_denied', request, setting, refusals });
  return { kind: 'denied', orderId, order: currentOrder(draft, orderId), refusals };
}

/** The answer to a request whose key is known; null for a new one. */
function repeatOf(
  draft: Draft,
  request: OrderRequest,
  prior: PriorOrder | null,
): Extract<PlaceReply, { kind: 'replayed' | 'conflict' }> | null {
  const before = earlierOrder(draft, request) ?? prior;
  return before === null ? null : answerOfPrior(before, request);
}

/** The answer to a request whose key was found. */
export function answerOfPrior(
  { orderId, contentHash }: PriorOrder,
  request: Pick<OrderRequest, 'idempotency'>,
): Extract<PlaceReply, { kind: 'replayed' | 'conflict' }> {
  if (orderId === null || contentHash !== request.idempotency?.contentHash)
    return { kind: 'conflict', orderId };
  return { kind: 'replayed', orderId };
}

function earlierOrder(draft: Draft, request: OrderRequest): PriorOrder | null {
  const [key, clientOrderId] = keysOf(request);
  const byKey = key === undefined ? undefined : draft.state.byIdempotencyKey.get(key);
  if (byKey !== undefined)
    return { orderId: byKey, contentHash: currentOrder(draft, byKey).idempotency?.contentHash ?? '' };
  const byClientOrderId =
    clientOrderId === undefined ? undefined : draft.state.byIdempotencyKey.get(clientOrderId);
  return byClientOrderId === undefined ? null : takenBy(byClientOrderId);
}

/** An order that has the client order id of a request with another key: no repeat, whatever its content is. */
export function takenBy(orderId: OrderId | null): PriorOrder {
  return { orderId, contentHash: '' };
}

function accept(draft: Draft, approved: RiskApproved, context: MarketContext): void {
  const { request, setting, protectionPrice, reducing } = approved;
  const quote = figuresOf(context, request) ?? entryAsFigures(draft, request);
  draft.emit({
    type: 'order_accepted',
    request,
    setting,
    protectionPrice,
    stopDirection: stopDirection(request),
    hold: requiredHold(request, setting, context, protectionPrice).hold,
    approval: {
      bid: quote.bid,
      ask: quote.ask,
      mark: quote.mark,
      quoteVenueAt: quote.quoteVenueAt,
      quoteReceivedAt: quote.quoteReceivedAt,
      reducing,
      ...(protectsAtFirst(draft, request) ? { protects: true as const } : {}),
    },
  });
}

/** Whether a stop triggers against the position that is held now, and is no larger. */
function protectsAtFirst(draft: Draft, request: OrderRequest): boolean {
  const held = draft.state.positions.get(positionKeyOf(request))?.netQuantity;
  if (held === undefined || held.isZero() || request.quantity === null || !triggersAgainst(request))
    return false;
  return held.isNegative() === (request.side === 'buy') && request.quantity.atMost(held.abs());
}

/** Which way the market must move to trigger a stop, as its type and side say; never where the market is. */
function stopDirection({ type, side }: OrderRequest): 'up' | 'down' | null {
  switch (impliedDirection(type, side)) {
    case 'rising':
      return 'up';
    case 'falling':
      return 'down';
    case null:
      return null;
  }
}

/** The figures of a quote that an approval records. */
type Figures = Omit<Approval, 'reducing'>;

/** Null where no price is known. */
function figuresOf({ quote }: MarketContext, { side }: OrderRequest): Figures | null {
  const valuation = quote === null ? null : valuationPrice(quote, side);
  if (quote === null || valuation === null) return null;
  const { bid, ask, venueAt } = quote;
  return {
    bid,
    ask,
    mark: valuation.price,
    quoteVenueAt: venueAt,
    quoteReceivedAt: oldestAt(quote) ?? valuation.at,
  };
}

/** A closing order may be approved without any market: then its figures are the entry price of what it closes. */
function entryAsFigures(draft: Draft, request: OrderRequest): Figures {
  const position = draft.state.positions.get(positionKeyOf(request));
  const entry = position === undefined ? null : entryPrice(position);
  if (entry === null) throw new BrokenAssertion('approved without a quote and without a position');
  return { bid: entry, ask: entry, mark: entry, quoteVenueAt: null, quoteReceivedAt: 0 };
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
