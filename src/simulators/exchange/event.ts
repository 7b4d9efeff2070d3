/**
 * The events of the exchange, in the order of the changes. Events of one call are delivered together when the
 * call is complete; a listener must not call back into a mutating method.
 */
import type { Decimal } from '../../core/decimal.ts';
import type { WalletName } from './policy.ts';
import type { Fill, Order, OrderList, Side } from './order.ts';
import type { Position, PreventedMatch } from './account.ts';

export type OrderChange =
  | 'accepted'
  | 'triggered'
  | 'filled'
  | 'canceled'
  | 'expired'
  | 'rejected'
  | 'amended'
  /** Self-trade prevention took a part of it; one that lost all is `expired`. */
  | 'prevented';

export type BookLevel = readonly [price: Decimal, quantity: Decimal];

export type ExchangeEvent =
  | {
      readonly kind: 'order';
      readonly at: number;
      readonly change: OrderChange;
      readonly order: Order;
      /** The fill behind a `filled` change. */
      readonly fill: Fill | null;
      /** The client id that a cancel request itself carried, where the venue has one. */
      readonly requestClientOrderId: string | null;
      /** The match that self-trade prevention did not let the order make, where it is the cause. */
      readonly preventedMatch: PreventedMatch | null;
    }
  | { readonly kind: 'list'; readonly at: number; readonly list: OrderList }
  | {
      readonly kind: 'balance';
      readonly at: number;
      readonly accountId: string;
      readonly wallet: WalletName;
      readonly asset: string;
      readonly total: Decimal;
      readonly free: Decimal;
      /** Change of the total; zero when only the lock moved. */
      readonly change: Decimal;
      readonly reason: BalanceReason;
    }
  | {
      readonly kind: 'position';
      readonly at: number;
      readonly accountId: string;
      readonly position: Position;
      readonly reason: 'fill' | 'funding' | 'liquidation' | 'leverage' | 'margin_mode' | 'margin';
    }
  | {
      readonly kind: 'trade';
      readonly at: number;
      readonly symbol: string;
      readonly tradeId: string;
      readonly price: Decimal;
      readonly quantity: Decimal;
      readonly takerSide: Side;
    }
  /** The levels of a book that changed, each with its new quantity (zero: gone). */
  | {
      readonly kind: 'book';
      readonly at: number;
      readonly symbol: string;
      /** Rises by one with each book event of the symbol. */
      readonly updateId: number;
      readonly bids: readonly BookLevel[];
      readonly asks: readonly BookLevel[];
    }
  | {
      readonly kind: 'mark';
      readonly at: number;
      readonly symbol: string;
      readonly markPrice: Decimal;
      readonly fundingRate: Decimal;
      readonly nextFundingAt: number;
    };

export type BalanceReason = 'order' | 'fill' | 'funding' | 'liquidation' | 'transfer' | 'deposit';

export type EventKind = ExchangeEvent['kind'];
export type OrderEvent = Extract<ExchangeEvent, { kind: 'order' }>;
export type BalanceEvent = Extract<ExchangeEvent, { kind: 'balance' }>;
export type PositionEvent = Extract<ExchangeEvent, { kind: 'position' }>;
export type TradeEvent = Extract<ExchangeEvent, { kind: 'trade' }>;
export type BookEvent = Extract<ExchangeEvent, { kind: 'book' }>;
