/** An order: what was asked, what was decided on it, and what has become of it. */
import type { OrderReason } from './reason.ts';
import { Decimal } from '../decimal.ts';
import type {
  AccountId,
  Asset,
  ClientOrderId,
  InstrumentSymbol,
  OrderId,
  TimeMs,
  Venue,
  AccountMode,
  VenueClientOrderId,
  VenueOrderId,
} from '../ids.ts';
import type { Wallet } from '../balance/wallet.ts';
import type { InstrumentKind } from '../instrument.ts';
import { isFinished, type OrderStatus } from './transitions.ts';
import type { OrderType, PositionSide, Side, TimeInForce, TriggerPrice } from './terms.ts';

/** A stop whose price the market had reached before it could be placed; quote units. */
export interface ReachedStop {
  readonly stopPrice: Decimal;
  /** Null where the venue alone has said so. */
  readonly marketPrice: Decimal | null;
}

export interface CancelRequest {
  readonly orderId: OrderId;
  /** The name of a user and token, or the part of the service that cancels it. */
  readonly requestedBy: string;
  /** Left out where somebody asked for the cancel of this very order. */
  readonly why?: string;
}

/** Why an order is canceled that nobody asked to cancel by its name. */
export interface CancelCause {
  /** The part of the service that cancels it, or who asked for what led to it. */
  readonly by: string;
  readonly why: string;
}

/** The terms of an order as a caller means them. Exactly one of `quantity` and `cost` is given. */
export interface OrderTerms {
  readonly accountId: AccountId;
  /** The caller's own name for it, never sent to a venue. */
  readonly clientOrderId: ClientOrderId | null;
  readonly symbol: InstrumentSymbol;
  readonly type: OrderType;
  readonly side: Side;
  /** The position that it trades; `net` unless the account is in hedged mode. */
  readonly positionSide: PositionSide;
  /** Base units. */
  readonly quantity: Decimal | null;
  /** Quote units to spend, for a spot market buy. */
  readonly cost: Decimal | null;
  readonly price: Decimal | null;
  readonly stopPrice: Decimal | null;
  readonly trigger: TriggerPrice | null;
  /** A closing stop that the market has passed already is sent as a market order; without it, it is refused. */
  readonly onWouldTrigger?: 'close_now';
  /** The stop that a market order was placed instead of. */
  readonly insteadOfStop?: ReachedStop;
  /** A stop that stays when the position that it protected is closed; without it, it is canceled with the position. */
  readonly keepAfterClose?: true;
  /**
   * The price before it was moved into the venue's price band, quote units: of the limit that was asked for, or of a market order
   * its protection. Only there on an order whose price was moved.
   */
  readonly askedPrice?: Decimal;
  readonly timeInForce: TimeInForce;
  readonly expiresAt: TimeMs | null;
  readonly postOnly: boolean;
  readonly reduceOnly: boolean;
  readonly strategy: string | null;
  /** The order that was canceled to make room for this one; only there when it amends one. */
  readonly replaces?: OrderId;
  /**
   * That it was made to get out: a position closed on request, the kill switch or the ladder; or a stop that is put back in its place.
   * It passes a halted trading state; only there on such an order.
   */
  readonly getsOut?: true;
  /** Who asked: the name of a user and token, or the part of the service that did. */
  readonly requestedBy: string;
  /** `key` is the Idempotency-Key or the client order id; `contentHash` covers the content with defaults filled in. */
  readonly idempotency: { readonly key: string; readonly contentHash: string } | null;
}

/** The terms of the market order that a stop becomes. */
export function marketTerms(reached: ReachedStop) {
  return {
    type: 'market',
    price: null,
    stopPrice: null,
    trigger: null,
    timeInForce: 'IOC',
    expiresAt: null,
    insteadOfStop: reached,
  } as const satisfies Partial<OrderRequest>;
}

/**
 * Every key that an order is found under: the one of its request, and its client order id, which belongs to one order of
 * the portfolio whatever header it came with.
 */
export function keysOf({
  idempotency,
  clientOrderId,
}: Pick<OrderTerms, 'idempotency' | 'clientOrderId'>): readonly string[] {
  if (idempotency === null) return [];
  return clientOrderId === null || clientOrderId === idempotency.key
    ? [idempotency.key]
    : [idempotency.key, clientOrderId];
}

/** A caller's request with every default filled in and every id made. */
export interface OrderRequest extends OrderTerms {
  readonly orderId: OrderId;
  /** The id that every attempt of this order carries to the venue. */
  readonly venueClientOrderId: VenueClientOrderId;
  /** How far from the mark a market order may trade, in basis points; 0 sends the venue's raw market order. */
  readonly marketProtectionBps: number;
  /** Counted from acceptance: past it, an order proven absent is failed instead of sent late. */
  readonly sendWithinMs: number;
  readonly parentId: OrderId | null;
  readonly leg: string | null;
}

/** The reservation of an order in flight: `perUnit` for each base unit not yet filled, or the unspent rest of the cost. */
export interface Hold {
  readonly wallet: Wallet;
  readonly holdAsset: Asset;
  /** Null for an order by cost, whose hold is `cost x (1 + fee rate)` less what it has spent. */
  readonly perUnit: Decimal | null;
  /** The fee rate the hold covers on top, as a fraction. */
  readonly holdFeeRate: Decimal;
}

/** The figures an order was approved on, kept with it so that replay needs no market. */
export interface Approval {
  /** Null where the book had no sound bid. */
  readonly bid: Decimal | null;
  /** Null where the book had no sound ask. */
  readonly ask: Decimal | null;
  /** The price that the order was valued at: the mark, or where there was none a side of the book. */
  readonly mark: Decimal;
  readonly quoteVenueAt: TimeMs | null;
  /** Zero when a closing order was approved without any quote: the figures are the entry price of its position then. */
  readonly quoteReceivedAt: TimeMs;
  /** Whether it can only shrink exposure. */
  readonly reducing: boolean;
  /** A stop that triggered against the position held then, and was no larger; left out of every other order. */
  readonly protects?: true;
}

/** One try at sending. Its outcome is what the order's status says once a later event has come. */
export interface SendAttempt {
  readonly n: number;
  /** Venue clock. */
  readonly signedAt: TimeMs;
  readonly requestLifetimeMs: number;
}

export interface FeeTotal {
  readonly asset: Asset;
  readonly amount: Decimal;
}

/** The order's end as the venue reported it, kept until every execution it counted is booked. */
export interface FinalReport {
  readonly status: 'filled' | 'canceled' | 'expired' | 'rejected';
  /** Cumulative, base units. */
  readonly filledQuantity: Decimal;
  readonly detail: string;
}

export interface Order extends OrderRequest {
  readonly venue: Venue;
  readonly mode: AccountMode;
  readonly kind: InstrumentKind;
  /** The wallet that it draws on and settles in. */
  readonly wallet: Wallet;
  readonly status: OrderStatus;
  readonly reason: OrderReason | null;
  /** False for a stop that we hold ourselves. */
  readonly native: boolean;
  /** The limit that a protected market order is sent with. */
  readonly protectionPrice: Decimal | null;
  /** The move of the market that triggers a stop, as the caller said it: up to its stop price or down to it. */
  readonly stopDirection: 'up' | 'down' | null;
  /**
   * Whether the venue has reported that the stop was triggered and shown the order that it is now; false for other orders.
   * Some venues keep its id, some make another order of it.
   */
  readonly stopTriggered: boolean;
  readonly hold: Hold | null;
  readonly approval: Approval | null;
  /** The base part of the instrument and its quote, so that books can be kept without it. */
  readonly base: Asset;
  readonly quote: Asset;
  readonly attempts: readonly SendAttempt[];
  /** When a proven-absent order may be sent again; null when no retry is due. */
  readonly retryAt: TimeMs | null;
  /** Venue time of the first of two look-ups that found nothing inside the window; null without one. */
  readonly absentAt: TimeMs | null;
  /** Whether the venue has said that it knows the client id, so that absence cannot be believed any more. */
  readonly landed: boolean;
  readonly venueOrderIds: readonly VenueOrderId[];
  /** Keys `venueOrderId tradeId` of the executions booked. */
  readonly fillKeys: readonly string[];
  readonly filledQuantity: Decimal;
  /** Sum of price x quantity of the fills. */
  readonly filledCost: Decimal;
  readonly fees: readonly FeeTotal[];
  readonly final: FinalReport | null;
  readonly cancelRequested: boolean;
  /** Only there where the service cancels it by itself, or by a request that is about more than this order. */
  readonly cancelCause?: CancelCause;
  readonly createdAt: TimeMs;
  /** The steady time (portfolio/steady-time.ts) of `createdAt`: what counts from it does not move when the clock is set. */
  readonly countedFrom: TimeMs;
  readonly updatedAt: TimeMs;
}

/** Base units still to be filled; null for an order by cost. */
export function remainingQuantity(order: Order): Decimal | null {
  return order.quantity === null ? null : order.quantity.subtract(order.filledQuantity).max(Decimal.zero);
}

/** The amount that the order reserves now: zero once it is finished. */
export function heldAmount(order: Order): Decimal {
  if (order.hold === null || isFinished(order.status)) return Decimal.zero;
  if (order.hold.perUnit !== null)
    return (remainingQuantity(order) ?? Decimal.zero).multiply(order.hold.perUnit);
  const cost = order.cost ?? Decimal.zero;
  const unspent = cost.subtract(order.filledCost).max(Decimal.zero);
  return unspent.multiply(Decimal.one.add(order.hold.holdFeeRate));
}

/** The worst price the order can trade at, where it has one. */
export function limitPrice(order: Pick<Order, 'price' | 'protectionPrice'>): Decimal | null {
  return order.price ?? order.protectionPrice;
}

/** Whether it may exist at the venue: sent at least once and not proven absent. */
export function mayBeAtVenue(order: Order): boolean {
  switch (order.status) {
    case 'submitting':
    case 'unknown':
    case 'open':
    case 'partially_filled':
    case 'canceling':
      return true;
    case 'accepted':
    case 'armed':
    case 'filled':
    case 'canceled':
    case 'rejected':
    case 'denied':
    case 'expired':
    case 'failed':
      return false;
  }
}

/** Whether it is a stop that its venue has triggered: by the venue's word, or since something of it has been filled. */
export function hasTriggered(order: Pick<Order, 'stopPrice' | 'stopTriggered' | 'filledQuantity'>): boolean {
  return order.stopPrice !== null && (order.stopTriggered || !order.filledQuantity.isZero());
}

/** Whether it is a stop whose trigger has put a limit order into the book, which rests there while the market stays beyond its price. */
export function isTriggeredLimit(order: Order): boolean {
  return order.price !== null && hasTriggered(order);
}

/** Whether it is a stop at the venue that has not been reported as triggered: its executions may come under another id. */
export function isAwaitingTrigger(order: Order): boolean {
  if (order.stopPrice === null || order.stopTriggered || !order.filledQuantity.isZero()) return false;
  switch (order.status) {
    case 'open':
    case 'partially_filled':
    case 'canceling':
      return true;
    case 'accepted':
    case 'submitting':
    case 'unknown':
    case 'armed':
    case 'filled':
    case 'canceled':
    case 'rejected':
    case 'denied':
    case 'expired':
    case 'failed':
      return false;
  }
}

/**
 * Whether the venue took an order under this id and rejected it afterwards. Its answer to the send and reports of its work may come after
 * that end: they are no sign that it works after all. Of an order that was refused in the answer the venue has shown no id.
 */
export function wasTakenAndRejected(
  { status, venueOrderIds }: Pick<Order, 'status' | 'venueOrderIds'>,
  venueOrderId: VenueOrderId,
): boolean {
  return status === 'rejected' && venueOrderIds.includes(venueOrderId);
}

/** Whether an order can be expected to be finished as soon as the venue has it: no stop can, which waits for its trigger. */
export function finishesAtOnce(order: Order): boolean {
  if (order.stopPrice !== null) return false;
  return order.type === 'market' || order.timeInForce === 'IOC' || order.timeInForce === 'FOK';
}

/** The last attempt's end of validity on the venue's clock; null before the first attempt. */
export function lastAttemptExpiresAt(order: Order): TimeMs | null {
  const attempt = order.attempts.at(-1);
  return attempt === undefined ? null : attempt.signedAt + attempt.requestLifetimeMs;
}

export function fillKey(venueOrderId: VenueOrderId, tradeId: string): string {
  return `${venueOrderId} ${tradeId}`;
}
