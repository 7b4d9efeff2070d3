/**
 * Orders and fills as a venue keeps them. Objects handed out by the exchange are copies: they never change under a reader.
 */
import { Decimal } from '../../core/decimal.ts';
import type { MarketType } from './instrument.ts';
import type { SelfTradePrevention } from './policy.ts';

export type Side = 'buy' | 'sell';

/**
 * The position of a symbol that an order or fill belongs to: `net` is the only one of an account in one-way mode (and
 * stands on spot orders, which have no position); `long` and `short` are the two of an account in hedge mode.
 */
export type PositionSide = 'net' | 'long' | 'short';

export type OrderType =
  | 'limit'
  | 'market'
  | 'stop_market'
  | 'stop_limit'
  | 'take_profit_market'
  | 'take_profit_limit';

export type TimeInForce = 'GTC' | 'IOC' | 'FOK' | 'GTD';

export type OrderStatus =
  /** Waits until the first order of its list is filled. */
  | 'pending'
  | 'untriggered'
  | 'open'
  | 'partially_filled'
  | 'filled'
  | 'canceled'
  | 'expired'
  | 'rejected'
  /** A conditional order whose trigger created another venue order (`triggeredVenueOrderId`). */
  | 'triggered';

export type TriggerSource = 'last' | 'mark';

/** Why an order ended or was cut, where it was not simply filled. */
export type EndReason =
  | 'user_canceled'
  | 'rest_not_filled'
  | 'fok_not_fillable'
  | 'post_only_would_take'
  | 'self_trade_prevention'
  | 'good_till_date'
  | 'list_other_leg'
  /** The first order of its list ended before it was filled. */
  | 'list_first_ended'
  | 'insufficient_balance'
  | 'reduce_only'
  | 'liquidation'
  | 'refused_on_trigger'
  | 'symbol_settled';

/** How a stop follows the price in place of a stop price of its own. */
export interface Trailing {
  /** It follows from where the price has come here; null: from its beginning. */
  readonly activationPrice: Decimal | null;
  /** How far the price must turn back, as a fraction of the best one. */
  readonly callbackRate: Decimal;
  /** It begins when the price comes to the activation price from the better side: down to it for a sell, up to it for a buy. */
  readonly activatesAgainst?: boolean | undefined;
  /** When it began to follow, in ms; absent: it does not yet. */
  readonly followsSince?: number | undefined;
  /** The best price since it follows, the highest for a sell and the lowest for a buy; null before. */
  readonly best: Decimal | null;
}

export interface FeeTotal {
  readonly asset: string;
  readonly amount: Decimal;
}

export interface Order {
  readonly venueOrderId: string;
  readonly clientOrderId: string | null;
  readonly accountId: string;
  readonly symbol: string;
  readonly marketType: MarketType;
  readonly side: Side;
  readonly positionSide: PositionSide;
  readonly type: OrderType;
  readonly timeInForce: TimeInForce;
  /** Ms since the epoch; given with GTD only. */
  readonly expiresAt: number | null;
  readonly postOnly: boolean;
  /** Null for market types. */
  readonly price: Decimal | null;
  readonly stopPrice: Decimal | null;
  /** Of a trailing stop alone. */
  readonly trailing?: Trailing | undefined;
  readonly triggerSource: TriggerSource;
  /** Venue units. For a market order by cost: zero until something is filled, then what was filled. */
  readonly quantity: Decimal;
  /** The quote amount of a market order by cost, else null. */
  readonly cost: Decimal | null;
  /** True as well for every order that closes a side of a hedged account: such an order never opens anything. */
  readonly reduceOnly: boolean;
  /** Closes whatever position stands at the trigger; quantity is zero until then. */
  readonly closePosition: boolean;
  readonly selfTradePrevention: SelfTradePrevention;
  readonly status: OrderStatus;
  readonly filled: Decimal;
  /** Quote value of what was filled, exact. */
  readonly filledCost: Decimal;
  /** The quantity that self-trade prevention removed. */
  readonly preventedQuantity: Decimal;
  /** The number of the last match that it prevented (account.ts, `PreventedMatch`); absent: none. */
  readonly preventedMatchNumber?: number;
  readonly fees: readonly FeeTotal[];
  readonly endReason: EndReason | null;
  /** The contingent list that it is a leg of. */
  readonly listId: string | null;
  /** True for a conditional order kept as an object of its own (policy `new_order`): its ids count separately. */
  readonly conditional: boolean;
  /** The conditional order that created this one. */
  readonly conditionalVenueOrderId: string | null;
  /** The venue order that this conditional order created. */
  readonly triggeredVenueOrderId: string | null;
  /** Fields of the venue's own that the exchange keeps and gives back without reading them. */
  readonly tags: Readonly<Record<string, string>>;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** When it came to the book or to the market; null while untriggered. */
  readonly workingAt: number | null;
  readonly triggeredAt: number | null;
}

/** Quantity that can still trade, in venue units. */
export function remaining({
  quantity,
  filled,
  preventedQuantity,
}: Pick<Order, 'quantity' | 'filled' | 'preventedQuantity'>): Decimal {
  return quantity.subtract(filled).subtract(preventedQuantity);
}

export interface Fill {
  /** Counts per symbol. A self-trade gives both orders the same one. */
  readonly tradeId: string;
  readonly venueOrderId: string;
  readonly clientOrderId: string | null;
  readonly accountId: string;
  readonly symbol: string;
  readonly marketType: MarketType;
  readonly side: Side;
  readonly positionSide: PositionSide;
  readonly price: Decimal;
  readonly quantity: Decimal;
  /** price x quantity x contract size. */
  readonly cost: Decimal;
  /** Positive: paid. */
  readonly fee: Decimal;
  readonly feeAsset: string;
  readonly liquidity: 'maker' | 'taker';
  /** Realised PnL in the settle asset; zero on spot and for what opens a position. */
  readonly realizedPnl: Decimal;
  readonly at: number;
}

/** A new order as a venue's request asks for it, already parsed. Absent means: as the venue's default. */
export interface OrderRequest {
  readonly symbol: string;
  readonly side: Side;
  /** Default `net`. A hedged account names `long` or `short` in every swap order, and no other account does. */
  readonly positionSide?: PositionSide;
  readonly type: OrderType;
  readonly clientOrderId?: string;
  /** One of `quantity` and `cost` (market orders on spot), or neither with `closePosition`. */
  readonly quantity?: Decimal;
  readonly cost?: Decimal;
  readonly price?: Decimal;
  readonly stopPrice?: Decimal;
  /** In place of the stop price: of a `stop_market` order on a swap, of any conditional order on spot. */
  readonly trailing?: {
    readonly activationPrice?: Decimal;
    readonly activatesAgainst?: boolean;
    readonly callbackRate: Decimal;
  };
  /** Default `last`. */
  readonly triggerSource?: TriggerSource;
  /** Default GTC. Market types take none. */
  readonly timeInForce?: TimeInForce;
  readonly expiresAt?: number;
  readonly postOnly?: boolean;
  readonly reduceOnly?: boolean;
  readonly closePosition?: boolean;
  readonly selfTradePrevention?: SelfTradePrevention;
  readonly tags?: Readonly<Record<string, string>>;
}

/** Points at one order of an account. A venue order id may count per symbol, so the symbol is always given. */
export type OrderReference =
  | { readonly symbol: string; readonly venueOrderId: string; readonly conditional?: boolean }
  | { readonly symbol: string; readonly clientOrderId: string; readonly conditional?: boolean };

/**
 * Orders that belong together. One cancels the other: when one of two legs trades or triggers the other expires. One triggers
 * the other: the legs are placed when a first order is filled. Cancelling one order of a list cancels all.
 */
export interface OrderListRequest {
  readonly symbol: string;
  readonly clientListId?: string;
  /** Works at once, and the legs when it is filled; absent: the legs work at once. */
  readonly first?: OrderRequest;
  /** The legs have no quantity of their own: they sell what the first order bought, which is locked for them. */
  readonly sellsWhatWasBought?: boolean;
  /** Two, same side, same quantity, at most one of them without a trigger; behind a first order also a single one. */
  readonly legs: readonly OrderRequest[];
  readonly tags?: Readonly<Record<string, string>>;
}

export interface OrderList {
  readonly listId: string;
  readonly clientListId: string | null;
  readonly accountId: string;
  readonly symbol: string;
  readonly kind: 'one_cancels_other' | 'one_triggers_other';
  /** A first order stands first. */
  readonly legs: readonly { readonly venueOrderId: string; readonly clientOrderId: string | null }[];
  /** `done` when no leg can trade any more. */
  readonly status: 'executing' | 'done';
  readonly tags: Readonly<Record<string, string>>;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** Whether an order can still trade or trigger. */
export function isOpen(status: OrderStatus): boolean {
  return (
    status === 'pending' || status === 'untriggered' || status === 'open' || status === 'partially_filled'
  );
}

/** Whether it has ended; a conditional order that triggered lives on in the order that it created. */
export function isDone(status: OrderStatus): boolean {
  return !isOpen(status) && status !== 'triggered';
}

/** The reason for which the venue itself made the order; null for a user's. */
export function venueReasonOf({ tags }: Pick<Order, 'tags'>): 'liquidation' | 'settlement' | null {
  if (tags['liquidation'] === 'true') return 'liquidation';
  return tags['settlement'] === 'true' ? 'settlement' : null;
}

/**
 * The average price of what was filled, rounded half even at `scale` digits; null without a fill. `contractSize`: base units in one unit
 * of quantity.
 */
export function averagePriceOf(
  { filled, filledCost }: Pick<Order, 'filled' | 'filledCost'>,
  scale: number,
  contractSize: Decimal = Decimal.one,
): Decimal | null {
  return filled.isZero() ? null : filledCost.divide(filled.multiply(contractSize), scale, 'half_even');
}

/** Whether the order closes a side of a hedged account: sells of the long position, buys of the short one. */
export function closesSide({ side, positionSide }: Pick<OrderRequest, 'side' | 'positionSide'>): boolean {
  return (positionSide === 'long' && side === 'sell') || (positionSide === 'short' && side === 'buy');
}

/** Whether the type waits for a trigger price. */
export function hasTrigger(type: OrderType): boolean {
  return type !== 'limit' && type !== 'market';
}

/** Whether the type has a limit price. */
export function hasLimitPrice(type: OrderType): boolean {
  return type === 'limit' || type === 'stop_limit' || type === 'take_profit_limit';
}
