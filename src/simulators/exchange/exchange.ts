/**
 * A deterministic exchange in process: order books with price-time priority, balances with locks, stops, order lists,
 * swaps with margin, funding and liquidation, and the venue's own market maker.
 *
 * Synchronous and single-threaded. Time comes in with each call (`at`, ms since the epoch; an earlier time than one
 * already seen counts as the latest), randomness only from the seed. Before a call acts, everything due until `at` has
 * happened: market steps, expiries, funding. So the state is a function of (config, seed, the calls and their times),
 * and replaying the recorded commands gives the identical state (`onCommand`, `apply`, `snapshot`, `restore`).
 *
 * Invariants (exchange.property.test.ts): every asset is conserved over all accounts, the venue's own included; no
 * user's total or free balance is below zero; no order is filled beyond its quantity; better price first, then older first.
 */
import type { Decimal } from '../../core/decimal.ts';
import type {
  AccountInfo,
  AccountPermissions,
  Balance,
  Credentials,
  MarginMode,
  MarginSummary,
  Position,
} from './account.ts';
import type { BookLevel, ExchangeEvent } from './event.ts';
import type { Instrument, MarketType } from './instrument.ts';
import type {
  Fill,
  Order,
  OrderList,
  OrderListRequest,
  OrderReference,
  OrderRequest,
  Side,
} from './order.ts';
import type { VenuePolicy, WalletName } from './policy.ts';
import type { Refusal } from './refusal.ts';

export interface ExchangeConfig {
  readonly venue: string;
  readonly instruments: readonly Instrument[];
  readonly policy: VenuePolicy;
  /** Any whole number; the same seed and calls give the same world. */
  readonly seed: number;
  /** False lifts count limits (open orders per account), for load tests. */
  readonly limits: boolean;
  /** Ms since the epoch at which the world begins. */
  readonly startAt: number;
}

export type Refused = { readonly ok: false; readonly refusal: Refusal };
export type OrderResult =
  | {
      readonly ok: true;
      readonly order: Order;
      /** What was filled within this call. */
      readonly fills: readonly Fill[];
      /** True when the policy gave back an earlier order with the same client id instead of creating one. */
      readonly existing: boolean;
    }
  | Refused;
export type CancelResult = { readonly ok: true; readonly order: Order } | Refused;
export type ListResult =
  | { readonly ok: true; readonly list: OrderList; readonly orders: readonly Order[] }
  | Refused;
export type DoneResult = { readonly ok: true } | Refused;

export interface CancelReplaceResult {
  readonly cancel: CancelResult;
  /** Null when it was not attempted, because the cancel failed. */
  readonly place: OrderResult | null;
}

export interface FillQuery {
  readonly symbol?: string;
  readonly venueOrderId?: string;
  readonly fromTradeId?: string;
  readonly sinceMs?: number;
  readonly untilMs?: number;
}

export interface OrderQuery {
  readonly symbol?: string;
  readonly marketType?: MarketType;
  /** Only conditional objects, or only the others. Default: the others. */
  readonly conditional?: boolean;
  readonly sinceMs?: number;
  readonly untilMs?: number;
}

export interface BookView {
  readonly symbol: string;
  readonly updateId: number;
  /** Best first. */
  readonly bids: readonly BookLevel[];
  readonly asks: readonly BookLevel[];
}

export interface PublicTrade {
  readonly tradeId: string;
  readonly price: Decimal;
  readonly quantity: Decimal;
  readonly takerSide: Side;
  readonly at: number;
}

export interface MarketView {
  readonly symbol: string;
  readonly lastPrice: Decimal;
  readonly markPrice: Decimal;
  readonly fundingRate: Decimal;
  /** Zero on spot. */
  readonly nextFundingAt: number;
  readonly held: boolean;
}

/** The class. Every method takes `at` first when it can change something. */
export interface ExchangeFace {
  // Orders
  placeOrder(at: number, accountId: string, request: OrderRequest): OrderResult;
  placeList(at: number, accountId: string, request: OrderListRequest): ListResult;
  /** `requestClientOrderId`: the cancel's own id, on venues that have one; it comes back in the event. */
  cancelOrder(
    at: number,
    accountId: string,
    reference: OrderReference,
    requestClientOrderId?: string,
  ): CancelResult;
  cancelList(
    at: number,
    accountId: string,
    reference: { readonly symbol: string } & (
      | { readonly listId: string }
      | { readonly clientListId: string }
    ),
  ): ListResult;
  /** Cancels every open order that matches, oldest first; conditional objects only when asked for. */
  cancelAll(at: number, accountId: string, query: OrderQuery): readonly Order[];
  cancelReplace(
    at: number,
    accountId: string,
    cancel: OrderReference,
    place: OrderRequest,
    mode: 'stop_on_failure' | 'allow_failure',
  ): CancelReplaceResult;
  /** A lower quantity alone keeps the place in the queue; a new price or a higher quantity loses it. */
  amendOrder(
    at: number,
    accountId: string,
    reference: OrderReference,
    change: { readonly quantity?: Decimal; readonly price?: Decimal; readonly clientOrderId?: string },
  ): OrderResult;

  // Accounts
  registerAccount(
    at: number,
    account: {
      readonly accountId: string;
      readonly credentials: Credentials;
      readonly permissions: AccountPermissions;
      readonly balances: readonly {
        readonly wallet: WalletName;
        readonly asset: string;
        readonly amount: Decimal;
      }[];
    },
  ): DoneResult;
  deposit(at: number, accountId: string, wallet: WalletName, asset: string, amount: Decimal): DoneResult;
  transfer(
    at: number,
    accountId: string,
    asset: string,
    amount: Decimal,
    from: WalletName,
    to: WalletName,
  ): DoneResult;
  setLeverage(at: number, accountId: string, symbol: string, leverage: number): DoneResult;
  setMarginMode(at: number, accountId: string, symbol: string, mode: MarginMode): DoneResult;

  // The market
  /** Lets everything due until `at` happen. */
  advance(at: number): void;
  /** Moves the mid to each price in turn, one per market step, the first at once; `hold` then pins it there. */
  movePrice(at: number, symbol: string, path: readonly Decimal[], hold: boolean): DoneResult;

  // Reading (of the state after the last call)
  now(): number;
  instruments(): readonly Instrument[];
  instrument(symbol: string): Instrument | null;
  accounts(): readonly AccountInfo[];
  accountByKey(key: string): AccountInfo | null;
  balances(accountId: string, wallet?: WalletName): readonly Balance[];
  positions(accountId: string): readonly Position[];
  margin(accountId: string): MarginSummary | null;
  /** The order, within the policy's retention, as a look-up at `at` would find it. An id that was used again finds the newest. */
  lookUp(at: number, accountId: string, reference: OrderReference): Order | null;
  openOrders(accountId: string, query: OrderQuery): readonly Order[];
  /** Every order of the account within the policy's retention, oldest first. */
  orders(at: number, accountId: string, query: OrderQuery): readonly Order[];
  /** Oldest first. */
  fills(accountId: string, query: FillQuery): readonly Fill[];
  lists(accountId: string): readonly OrderList[];
  book(symbol: string, depth: number): BookView | null;
  /** The latest, oldest first, at most 1000. */
  recentTrades(symbol: string, limit: number): readonly PublicTrade[];
  market(symbol: string): MarketView | null;
  /** Every order of every user ever accepted, oldest first, whatever the retention. */
  allOrders(): readonly Order[];
  allFills(): readonly Fill[];

  /** Events of each call, in order, when the call is complete. Returns the way to stop. */
  subscribe(listener: (events: readonly ExchangeEvent[]) => void): () => void;
}
