/** Every call that can change the exchange, as data: what the log keeps and a replay applies. */
import type { Decimal } from '../../core/decimal.ts';
import type { AccountKey, AccountPermissions, Credentials, MarginMode } from './account.ts';
import type { MarketType } from './instrument.ts';
import type { OrderListRequest, OrderReference, OrderRequest, PositionSide } from './order.ts';
import type { OrderQuery } from './views.ts';
import type { WalletName } from './policy.ts';
import type { BookShape, ShownBook, SymbolStatus } from './state.ts';

export interface NewAccount {
  readonly accountId: string;
  readonly credentials: Credentials;
  readonly permissions: AccountPermissions;
  readonly balances: readonly {
    readonly wallet: WalletName;
    readonly asset: string;
    readonly amount: Decimal;
  }[];
}

export type ListReference = { readonly symbol: string } & (
  | { readonly listId: string }
  | { readonly clientListId: string }
);

export interface Amendment {
  readonly quantity?: Decimal;
  readonly price?: Decimal;
  readonly clientOrderId?: string;
}

/** The changes that the operator of a market makes; whatever is left out stays. */
export interface MarketChange {
  /** Null: the mid again, or the mark again. */
  readonly mark?: Decimal | null | undefined;
  readonly index?: Decimal | null | undefined;
  readonly shape?: BookShape;
  readonly status?: SymbolStatus;
}

/** A trade that was made elsewhere. */
export interface ShownTrade {
  /** Of the taker. */
  readonly side: 'buy' | 'sell';
  readonly price: Decimal;
  readonly quantity: Decimal;
}

/** A market as it is elsewhere now, on this venue's grid. */
export interface ShownMarket extends ShownBook {
  /** Since the last time, oldest first. */
  readonly trades: readonly ShownTrade[];
  /** The last price, where `trades` does not have it; null: as it was. */
  readonly last: Decimal | null;
  /** Of swaps. Null: the middle of the book, or the mark. */
  readonly mark: Decimal | null;
  readonly index: Decimal | null;
}

export type CancelReplaceMode = 'stop_on_failure' | 'allow_failure';

/** `at`: ms since the epoch. */
export type Command = { readonly at: number } & (
  | { readonly kind: 'advance' }
  | { readonly kind: 'place_order'; readonly accountId: string; readonly request: OrderRequest }
  | { readonly kind: 'place_list'; readonly accountId: string; readonly request: OrderListRequest }
  | {
      readonly kind: 'cancel_order';
      readonly accountId: string;
      readonly reference: OrderReference;
      readonly requestClientOrderId: string | null;
    }
  | { readonly kind: 'cancel_list'; readonly accountId: string; readonly reference: ListReference }
  | { readonly kind: 'cancel_all'; readonly accountId: string; readonly query: OrderQuery }
  | {
      readonly kind: 'cancel_replace';
      readonly accountId: string;
      readonly cancel: OrderReference;
      readonly place: OrderRequest;
      readonly mode: CancelReplaceMode;
      readonly requestClientOrderId: string | null;
    }
  | {
      readonly kind: 'amend_order';
      readonly accountId: string;
      readonly reference: OrderReference;
      readonly change: Amendment;
    }
  | { readonly kind: 'register_account'; readonly account: NewAccount }
  | { readonly kind: 'add_key'; readonly accountId: string; readonly key: AccountKey }
  | {
      readonly kind: 'deposit';
      readonly accountId: string;
      readonly wallet: WalletName;
      readonly asset: string;
      readonly amount: Decimal;
      /** False for a change that no entry says the reason of. Commands from before there were entries have none. */
      readonly isRecorded?: boolean;
      /** Of a distribution. */
      readonly info?: string;
      /** As `LedgerEntry.key`. */
      readonly key?: string;
    }
  | {
      readonly kind: 'transfer';
      readonly accountId: string;
      readonly asset: string;
      readonly amount: Decimal;
      readonly from: WalletName;
      readonly to: WalletName;
    }
  | {
      readonly kind: 'set_leverage';
      readonly accountId: string;
      readonly symbol: string;
      readonly leverage: number;
    }
  | {
      readonly kind: 'set_margin_mode';
      readonly accountId: string;
      readonly symbol: string;
      readonly mode: MarginMode;
    }
  | {
      readonly kind: 'change_margin';
      readonly accountId: string;
      readonly symbol: string;
      readonly side: PositionSide;
      readonly amount: Decimal;
    }
  | {
      readonly kind: 'set_fee_coin';
      readonly accountId: string;
      readonly on: boolean;
      /** Absent: swaps. */
      readonly marketType?: MarketType;
    }
  | {
      readonly kind: 'set_option';
      readonly accountId: string;
      readonly option: string;
      readonly value: string;
    }
  | { readonly kind: 'set_hedged'; readonly accountId: string; readonly hedged: boolean }
  /** `rate` null: the instrument's own. */
  | { readonly kind: 'settle_funding'; readonly symbol: string; readonly rate: Decimal | null }
  | ({ readonly kind: 'set_market'; readonly symbol: string } & MarketChange)
  | ({ readonly kind: 'show_market'; readonly symbol: string } & ShownMarket)
  | { readonly kind: 'blank_market'; readonly symbol: string }
  | { readonly kind: 'release_market'; readonly symbol: string }
  | {
      readonly kind: 'move_price';
      readonly symbol: string;
      readonly path: readonly Decimal[];
      readonly hold: boolean;
    }
);
