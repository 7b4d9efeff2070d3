/** The mutable state of the exchange, and its form on disk. Only files of this folder touch it. */
import { Decimal } from '../../core/decimal.ts';
import type {
  AccountKey,
  AccountPermissions,
  Credentials,
  FundingPayment,
  LedgerEntry,
  MarginChange,
  MarginMode,
  OrderAmendment,
  PreventedMatch,
} from './account.ts';
import type { Instrument } from './instrument.ts';
import type { Fill, Order, OrderList, PositionSide } from './order.ts';
import type { MarketPolicy, WalletName } from './policy.ts';
import { PriceLevels } from './price-levels.ts';
import { hashText, Random } from './random.ts';

/** The venue's own accounts: its market maker, the passing trade, the fees it took, and what pays for bankrupt positions. */
export const MAKER_ACCOUNT = 'venue:maker';
export const FLOW_ACCOUNT = 'venue:flow';
export const FEE_ACCOUNT = 'venue:fees';
export const INSURANCE_ACCOUNT = 'venue:insurance';

export function isVenueAccount(accountId: string): boolean {
  return accountId.startsWith('venue:');
}

/** Digits that money moves in: fees (what is finer is not charged), the quote of spot trades, funding, realised PnL. */
export const MONEY_SCALE = 8;

type Mutable<Value> = { -readonly [Key in keyof Value]: Value[Key] };

/** An order as the exchange works on it: the venue-visible fields and what only the exchange knows. */
export type WorkingOrder = Mutable<Order> & {
  /** Unique in this exchange, rising with acceptance, the venue's own orders included. */
  readonly sequence: number;
  /**
   * Its hold: on spot the locked amount of the asset that it would pay with, on swaps the notional that its margin is
   * computed from. Zero for an order that holds nothing.
   */
  lock: Decimal;
  /** Set while it is in a book. */
  resting: boolean;
};

export interface BalanceState {
  readonly wallet: WalletName;
  readonly asset: string;
  total: Decimal;
  locked: Decimal;
}

export interface PositionState {
  readonly symbol: string;
  readonly side: PositionSide;
  /** Signed; never below zero on the `long` side, never above it on the `short` side. */
  quantity: Decimal;
  /** Signed cost of what is held: sum of signed quantity x price x contract size. Exact, so that PnL is conserved. */
  cost: Decimal;
  realizedPnl: Decimal;
  /** Leverage and margin mode are the symbol's: both sides of a hedged account always have the same. */
  leverage: number;
  marginMode: MarginMode;
  isolatedMargin: Decimal;
  /** Notional of open orders that could open or grow the position. */
  openBuys: Decimal;
  openSells: Decimal;
  updatedAt: number;
}

export interface Deposit {
  readonly wallet: WalletName;
  readonly asset: string;
  readonly amount: Decimal;
}

export interface AccountState {
  readonly accountId: string;
  readonly credentials: Credentials;
  readonly permissions: AccountPermissions;
  /** Further keys of the account. */
  readonly keys: AccountKey[];
  readonly createdAt: number;
  /** The venue's own: may go below zero, pays no fees, shows no orders. */
  readonly internal: boolean;
  /** Whether it holds long and short positions side by side (hedge mode) or one net position per symbol (one-way). */
  hedged: boolean;
  /** The balances it was registered with; a reset restores them. */
  readonly openingBalances: readonly Deposit[];
  /** By `wallet|asset`. */
  readonly balances: Map<string, BalanceState>;
  /**
   * By `positionKey`. A symbol once touched has the positions of the account's mode: `net` alone, or `long` and
   * `short` together.
   */
  readonly positions: Map<string, PositionState>;
  /** By acceptance. */
  readonly orders: WorkingOrder[];
  readonly openOrders: Set<WorkingOrder>;
  readonly fills: Map<string, Fill[]>;
  readonly funding: FundingPayment[];
  /** Oldest first. */
  readonly entries: LedgerEntry[];
  /** Oldest first. */
  readonly marginChanges: MarginChange[];
  /** Whether fees are paid in the venue's own coin where there is enough of it, at a discount. */
  paysFeesInCoin: boolean;
  /** The same on spot, where it is a setting of its own. */
  paysSpotFeesInCoin: boolean;
  readonly preventedMatches: PreventedMatch[];
  readonly amendments: OrderAmendment[];
  /** Settings of the venue's own that the exchange keeps and gives back without reading them. */
  options: Readonly<Record<string, string>>;
}

export interface TradeRecord {
  readonly tradeId: string;
  readonly price: Decimal;
  readonly quantity: Decimal;
  readonly takerSide: 'buy' | 'sell';
  readonly at: number;
}

/** One symbol: its book, the orders that wait for a price, and where its market stands. */
export interface SymbolState {
  readonly instrument: Instrument;
  /** The symbol whose book this one shares; null: the book is its own. */
  readonly sharedWith: SymbolState | null;
  readonly policy: MarketPolicy;
  readonly bids: PriceLevels<WorkingOrder>;
  readonly asks: PriceLevels<WorkingOrder>;
  /** Orders that fire at or above, and at or below, their trigger price; by what the trigger watches. */
  readonly waiting: Readonly<
    Record<
      'last' | 'mark',
      { readonly rising: PriceLevels<WorkingOrder>; readonly falling: PriceLevels<WorkingOrder> }
    >
  >;
  /** Stops that follow the price, and those of them whose time has come. */
  readonly trailing: Set<WorkingOrder>;
  readonly trailingDue: Set<WorkingOrder>;
  /** The venue's own quotes by price. */
  readonly quotes: { readonly bids: Map<string, WorkingOrder>; readonly asks: Map<string, WorkingOrder> };
  readonly trades: TradeRecord[];
  nextTradeNumber: number;
  nextOrderNumber: number;
  nextConditionalNumber: number;
  updateId: number;
  lastPrice: Decimal;
  market: MarketState;
  nextFundingAt: number;
  /** The ladder that belongs to the mid and the shape, kept because quoting at a held mid asks for it again and again. */
  ladder: {
    readonly mid: Decimal;
    readonly shape: BookShape;
    readonly bids: ReadonlyMap<string, QuotedLevel>;
    readonly asks: ReadonlyMap<string, QuotedLevel>;
  } | null;
  /** Since the last flush: changed book prices; the span of prices traded; whether the venue's quotes were hit. */
  readonly touchedBids: Map<string, Decimal>;
  readonly touchedAsks: Map<string, Decimal>;
  traded: { lowest: Decimal; highest: Decimal } | null;
  quotesHit: boolean;
  /** Resting orders that may only reduce. */
  readonly reduceOnly: Set<WorkingOrder>;
  /** Of this symbol's market alone, so that its path does not depend on anybody's orders. */
  readonly random: Random;
}

export interface QuotedLevel {
  readonly price: Decimal;
  readonly quantity: Decimal;
}

/** Where the market process of one symbol stands, and what its operator made of it. */
export interface MarketState {
  mid: Decimal;
  held: boolean;
  /** Prices still to come, one per step. */
  path: readonly Decimal[];
  holdAtEnd: boolean;
  /** The mark price where it stands apart from the book; null: it is the mid. */
  mark: Decimal | null;
  /** The index price where it stands apart from the mark; null: it is the mark. */
  index: Decimal | null;
  shape: BookShape;
  status: SymbolStatus;
  /** The book as it is elsewhere, which the maker quotes in place of its own ladder; null: its own. */
  shown: ShownBook | null;
  /** Whether the market is made elsewhere and nothing is known of it at present. */
  isBlank: boolean;
}

/** A book that is made elsewhere, on this venue's grid. Best first. */
export interface ShownBook {
  readonly bids: readonly QuotedLevel[];
  readonly asks: readonly QuotedLevel[];
}

/** How the venue's maker shows its ladder. */
export interface BookShape {
  /** Levels on each side; null: as many as the instrument has. Zero leaves the side empty. */
  readonly bidLevels: number | null;
  readonly askLevels: number | null;
  /** The part of its quantities that it shows, above 0 and at most 1; never less than the least quantity of an order. */
  readonly share: Decimal;
  /** How far from the mid each side begins; below zero the sides cross. Null: one tick. */
  readonly distance: Decimal | null;
  /** Whether what was taken comes back while the price is held. */
  readonly refills: boolean;
}

/**
 * The things that can be done with a symbol: everything; close positions and cancel; cancel alone; nothing; or nothing any more, its
 * orders canceled and its positions closed at the mark price.
 */
export const SYMBOL_STATUSES = ['trading', 'reduce_only', 'cancel_only', 'halted', 'settled'] as const;
export type SymbolStatus = (typeof SYMBOL_STATUSES)[number];

export const FULL_BOOK: BookShape = {
  bidLevels: null,
  askLevels: null,
  share: Decimal.one,
  distance: null,
  refills: true,
};

/** The settings of a market as they are until its operator changes them. */
export const UNTOUCHED_MARKET = {
  mark: null,
  index: null,
  shape: FULL_BOOK,
  status: 'trading',
  shown: null,
  isBlank: false,
} as const;

type PricedMarket = Pick<MarketState, 'mid' | 'mark' | 'index'>;

/** The price that margin, funding, PnL and mark triggers go by. */
export function markOf({ mid, mark }: Pick<PricedMarket, 'mid' | 'mark'>): Decimal {
  return mark ?? mid;
}

export function indexOf(market: PricedMarket): Decimal {
  return market.index ?? markOf(market);
}

/** Whether the market's prices come from elsewhere, known at present or not. */
export function isMadeElsewhere({ shown, isBlank }: Pick<MarketState, 'shown' | 'isBlank'>): boolean {
  return shown !== null || isBlank;
}

/** The things that can be done with the symbol now: while nothing is known of its market, nothing but cancel. */
export function statusOf({ status, isBlank }: Pick<MarketState, 'status' | 'isBlank'>): SymbolStatus {
  return isBlank && (status === 'trading' || status === 'reduce_only') ? 'cancel_only' : status;
}

/** Whether orders of users can trade. */
export function isTrading(market: { readonly status: SymbolStatus; readonly isBlank?: boolean }): boolean {
  const { status, isBlank = false } = market;
  return !isBlank && (status === 'trading' || status === 'reduce_only');
}

export interface ListState {
  readonly listId: string;
  readonly clientListId: string | null;
  readonly accountId: string;
  readonly symbol: string;
  /** All orders of the list, the first one first. */
  readonly legs: readonly WorkingOrder[];
  /** Is filled before the others are placed; null: all are placed at once. */
  readonly first: WorkingOrder | null;
  readonly sellsWhatWasBought: boolean;
  /** The quantity that the first order bought and that is locked for the others. */
  bought: Decimal;
  status: 'executing' | 'done';
  readonly tags: Readonly<Record<string, string>>;
  readonly createdAt: number;
  updatedAt: number;
}

export function newSymbolState(
  instrument: Instrument,
  policy: MarketPolicy,
  firstNumber: number,
  seed: number,
): SymbolState {
  const mid = instrument.liquidity.startPrice;
  return {
    instrument,
    sharedWith: null,
    policy,
    bids: new PriceLevels('highest'),
    asks: new PriceLevels('lowest'),
    waiting: {
      last: { rising: new PriceLevels('lowest'), falling: new PriceLevels('highest') },
      mark: { rising: new PriceLevels('lowest'), falling: new PriceLevels('highest') },
    },
    trailing: new Set(),
    trailingDue: new Set(),
    quotes: { bids: new Map(), asks: new Map() },
    trades: [],
    nextTradeNumber: firstNumber,
    nextOrderNumber: firstNumber,
    nextConditionalNumber: firstNumber,
    updateId: firstNumber,
    lastPrice: mid,
    market: { mid, held: false, path: [], holdAtEnd: false, ...UNTOUCHED_MARKET },
    nextFundingAt: 0,
    ladder: null,
    touchedBids: new Map(),
    touchedAsks: new Map(),
    traded: null,
    quotesHit: false,
    reduceOnly: new Set(),
    random: new Random(hashText(instrument.symbol) ^ seed),
  };
}

/** The state of a symbol that shares everything but its instrument with another. */
export function sharingState(instrument: Instrument, owner: SymbolState): SymbolState {
  return new Proxy(owner, {
    get: (state, key) =>
      key === 'instrument' ? instrument : key === 'sharedWith' ? owner : Reflect.get(state, key, state),
    set: (state, key, value) => Reflect.set(state, key, value, state),
  });
}

/** An account that has nothing yet. */
export function newAccount(
  accountId: string,
  at: number,
  internal: boolean,
  given: Pick<AccountState, 'credentials' | 'permissions' | 'openingBalances'> = {
    credentials: { key: '', secret: '', passphrase: null },
    permissions: { trade: false, withdraw: false },
    openingBalances: [],
  },
): AccountState {
  return {
    accountId,
    ...given,
    keys: [],
    createdAt: at,
    internal,
    hedged: false,
    balances: new Map(),
    positions: new Map(),
    orders: [],
    openOrders: new Set(),
    fills: new Map(),
    funding: [],
    entries: [],
    marginChanges: [],
    paysFeesInCoin: false,
    paysSpotFeesInCoin: false,
    preventedMatches: [],
    amendments: [],
    options: {},
  };
}

/** Ids of one millisecond. */
const ENTRIES_PER_MS = 1_000;

/** Keeps an entry with the next number; the number of the other side is passed for the second one of a transfer. */
export function addEntry(
  account: AccountState,
  entry: Omit<LedgerEntry, 'number'>,
  sameAs: LedgerEntry | null = null,
): LedgerEntry {
  const last = account.entries.at(-1)?.number ?? 0;
  const numbered = { ...entry, number: sameAs?.number ?? Math.max(last + 1, entry.at * ENTRIES_PER_MS) };
  account.entries.push(numbered);
  return numbered;
}

export function viewOfList(list: ListState): OrderList {
  const { legs, first, sellsWhatWasBought: _sells, bought: _bought, ...rest } = list;
  return {
    ...rest,
    kind: first === null ? 'one_cancels_other' : 'one_triggers_other',
    legs: legs.map(({ venueOrderId, clientOrderId }) => ({ venueOrderId, clientOrderId })),
  };
}

/** The order as readers see it: a copy of the venue-visible fields. (Written out because it runs for every event and a spread is slow.) */
export function viewOf(order: WorkingOrder): Order {
  return {
    venueOrderId: order.venueOrderId,
    clientOrderId: order.clientOrderId,
    accountId: order.accountId,
    symbol: order.symbol,
    marketType: order.marketType,
    side: order.side,
    positionSide: order.positionSide,
    type: order.type,
    timeInForce: order.timeInForce,
    expiresAt: order.expiresAt,
    postOnly: order.postOnly,
    price: order.price,
    stopPrice: order.stopPrice,
    trailing: order.trailing,
    triggerSource: order.triggerSource,
    quantity: order.quantity,
    cost: order.cost,
    reduceOnly: order.reduceOnly,
    closePosition: order.closePosition,
    selfTradePrevention: order.selfTradePrevention,
    status: order.status,
    filled: order.filled,
    filledCost: order.filledCost,
    preventedQuantity: order.preventedQuantity,
    ...(order.preventedMatchNumber === undefined ? {} : { preventedMatchNumber: order.preventedMatchNumber }),
    fees: order.fees,
    endReason: order.endReason,
    listId: order.listId,
    conditional: order.conditional,
    conditionalVenueOrderId: order.conditionalVenueOrderId,
    triggeredVenueOrderId: order.triggeredVenueOrderId,
    tags: order.tags,
    createdAt: order.createdAt,
    updatedAt: order.updatedAt,
    workingAt: order.workingAt,
    triggeredAt: order.triggeredAt,
  };
}

export function positionKey(symbol: string, side: PositionSide): string {
  return `${symbol}|${side}`;
}
