/**
 * A deterministic exchange in process: order books with price-time priority, balances with locks, stops, order lists,
 * swaps with margin, funding and liquidation, and the venue's own market maker.
 *
 * Synchronous and single-threaded. Time comes in with each call (`at`, ms since the epoch; an earlier time than one
 * already seen counts as the latest), randomness only from the seed. Before a call acts, everything due until `at` has
 * happened: market steps, expiries, funding. So the state is a function of (config, seed, the calls and their times),
 * and replaying the recorded commands gives the identical state (`onCommand`, `apply`, `snapshot`, `restore`).
 * Every order and fill of a user is kept for as long as the world lasts, about 2 kB for each order, because the record of
 * what a venue accepted is what others are checked against; a reset forgets them. The venue's own are not kept.
 *
 * Invariants (exchange.property.test.ts): every asset is conserved over all accounts, the venue's own included; no
 * user's total or free balance is below zero; no order is filled beyond its quantity; better price first, then older first.
 */
import { Decimal } from '../../core/decimal.ts';
import type { AccountInfo, Balance, FundingPayment, MarginMode, MarginSummary, Position } from './account.ts';
import type { Amendment, CancelReplaceMode, Command, ListReference, NewAccount } from './command.ts';
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
import { isOpen } from './order.ts';
import { viewOfPosition } from './margin.ts';
import { restoreSnapshot, takeSnapshot, type ExchangeSnapshot } from './snapshot.ts';
import { isVenueAccount, viewOf, type AccountState, type WorkingOrder } from './state.ts';
import { newAccount, nextMultiple, Trading, viewOfList } from './trading.ts';
import { STEP_MS } from '../market/market-process.ts';

/** Market steps that are made up for after a pause; a longer one (the process was down) is passed over. */
const MAX_STEPS_AT_ONCE = 900;
/** Prices in one path. */
const MAX_PATH = 10_000;
const MAX_BOOK_DEPTH = 5000;

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

const UNKNOWN_ACCOUNT: Refused = { ok: false, refusal: { code: 'unknown_account' } };
const NOT_FOUND: Refused = { ok: false, refusal: { code: 'order_not_found' } };

function refused(refusal: Refusal): Refused {
  return { ok: false, refusal };
}

/** Every method takes `at` first when it can change something. */
export class Exchange {
  readonly #config: ExchangeConfig;
  readonly #trading: Trading;
  readonly #listeners = new Set<(events: readonly ExchangeEvent[]) => void>();
  readonly #recorders = new Set<(command: Command) => void>();
  #nextStepAt: number;
  /** The bug that stopped this exchange in mid-call; its state cannot be trusted any more. */
  #broken: unknown = null;
  #isCalling = false;

  /** A fresh world, or the one that was saved. `saved` is used up. */
  constructor(config: ExchangeConfig, saved: ExchangeSnapshot | null = null) {
    this.#config = config;
    this.#trading = new Trading({ ...config, seed: saved?.seed ?? config.seed });
    if (saved === null) {
      this.#nextStepAt = nextMultiple(config.startAt, STEP_MS);
    } else {
      restoreSnapshot(this.#trading, saved);
      this.#nextStepAt = saved.nextStepAt;
    }
    const isNew = (symbol: string): boolean =>
      saved?.symbols.every((known) => known.symbol !== symbol) ?? true;
    for (const symbol of this.#trading.symbols.values())
      if (isNew(symbol.instrument.symbol)) this.#trading.maker.quote(symbol);
    this.#trading.settle();
    this.#trading.takeEvents();
  }

  // ── Orders ─────────────────────────────────────────────────────────────────────────────────────────────────

  placeOrder(at: number, accountId: string, request: OrderRequest): OrderResult {
    return this.#call({ kind: 'place_order', at, accountId, request }, () => {
      const account = this.#user(accountId);
      return account === null ? () => UNKNOWN_ACCOUNT : this.#place(account, request);
    });
  }

  /** Acts now; the view is taken by the function returned, when the call has settled. */
  #place(account: AccountState, request: OrderRequest): () => OrderResult {
    const { fills } = this.#trading;
    const before = fills.length;
    const placed = this.#trading.place(account, request);
    if ('code' in placed) return () => refused(placed);
    if ('existing' in placed)
      return () => ({ ok: true, order: viewOf(placed.existing), fills: [], existing: true });
    return () => ({
      ok: true,
      order: viewOf(placed),
      fills: fills.slice(before).filter((fill) => isOf(fill, placed)),
      existing: false,
    });
  }

  placeList(at: number, accountId: string, request: OrderListRequest): ListResult {
    return this.#call<ListResult>({ kind: 'place_list', at, accountId, request }, () => {
      const account = this.#user(accountId);
      if (account === null) return () => UNKNOWN_ACCOUNT;
      const placed = this.#trading.placeList(account, request);
      if ('code' in placed) return () => refused(placed);
      return () => ({ ok: true, list: viewOfList(placed), orders: placed.legs.map(viewOf) });
    });
  }

  /** `requestClientOrderId`: the cancel's own id, on venues that have one; it comes back in the event. */
  cancelOrder(
    at: number,
    accountId: string,
    reference: OrderReference,
    requestClientOrderId: string | null = null,
  ): CancelResult {
    return this.#call({ kind: 'cancel_order', at, accountId, reference, requestClientOrderId }, () =>
      this.#cancel(accountId, reference, requestClientOrderId),
    );
  }

  #cancel(
    accountId: string,
    reference: OrderReference,
    requestClientOrderId: string | null,
  ): () => CancelResult {
    if (this.#user(accountId) === null) return () => UNKNOWN_ACCOUNT;
    const order = this.#trading.find(accountId, reference);
    if (order === null) return () => NOT_FOUND;
    if (!isOpen(order.status))
      return () => refused({ code: 'order_not_open', venueOrderId: order.venueOrderId });
    this.#trading.end(order, 'canceled', 'user_canceled', requestClientOrderId);
    return () => ({ ok: true, order: viewOf(order) });
  }

  cancelList(at: number, accountId: string, reference: ListReference): ListResult {
    return this.#call<ListResult>({ kind: 'cancel_list', at, accountId, reference }, () => {
      if (this.#user(accountId) === null) return () => UNKNOWN_ACCOUNT;
      const list = [...this.#trading.lists.values()].findLast(
        (candidate) =>
          candidate.accountId === accountId &&
          candidate.symbol === reference.symbol &&
          ('listId' in reference
            ? candidate.listId === reference.listId
            : candidate.clientListId === reference.clientListId),
      );
      const leg = list?.legs.find((candidate) => isOpen(candidate.status));
      if (list === undefined || leg === undefined) return () => NOT_FOUND;
      this.#trading.end(leg, 'canceled', 'user_canceled');
      return () => ({ ok: true, list: viewOfList(list), orders: list.legs.map(viewOf) });
    });
  }

  /** Cancels every open order that matches, oldest first; conditional objects only when asked for. */
  cancelAll(at: number, accountId: string, query: OrderQuery): readonly Order[] {
    return this.#call({ kind: 'cancel_all', at, accountId, query }, () => {
      const open = [...(this.#user(accountId)?.openOrders ?? [])].filter((order) => matches(order, query));
      const canceled: WorkingOrder[] = [];
      for (const order of open) {
        // Cancelling one leg of a list cancels the other.
        if (isOpen(order.status)) this.#trading.end(order, 'canceled', 'user_canceled');
        if (order.status === 'canceled') canceled.push(order);
      }
      return () => canceled.map(viewOf);
    });
  }

  cancelReplace(
    at: number,
    accountId: string,
    cancel: OrderReference,
    place: OrderRequest,
    mode: CancelReplaceMode,
    requestClientOrderId: string | null = null,
  ): CancelReplaceResult {
    return this.#call(
      { kind: 'cancel_replace', at, accountId, cancel, place, mode, requestClientOrderId },
      () => {
        const account = this.#user(accountId);
        if (account === null) return () => ({ cancel: UNKNOWN_ACCOUNT, place: null });
        const canceled = this.#cancel(accountId, cancel, requestClientOrderId);
        const isAttempted = canceled().ok || mode === 'allow_failure';
        const placed = isAttempted ? this.#place(account, place) : null;
        return () => ({ cancel: canceled(), place: placed?.() ?? null });
      },
    );
  }

  /** A lower quantity alone keeps the place in the queue; a new price or a higher quantity loses it. */
  amendOrder(at: number, accountId: string, reference: OrderReference, change: Amendment): OrderResult {
    return this.#call<OrderResult>({ kind: 'amend_order', at, accountId, reference, change }, () => {
      const account = this.#user(accountId);
      if (account === null) return () => UNKNOWN_ACCOUNT;
      const order = this.#trading.find(accountId, reference);
      if (order === null) return () => NOT_FOUND;
      const refusal = this.#trading.reviewAmendment(account, order, change);
      if (refusal !== null) return () => refused(refusal);
      const before = this.#trading.fills.length;
      this.#trading.amend(account, order, change);
      return () => ({
        ok: true,
        order: viewOf(order),
        fills: this.#trading.fills.slice(before).filter((fill) => isOf(fill, order)),
        existing: false,
      });
    });
  }

  // ── Accounts ───────────────────────────────────────────────────────────────────────────────────────────────

  /** Refused when the id or the key is known already. */
  registerAccount(at: number, account: NewAccount): DoneResult {
    return this.#call({ kind: 'register_account', at, account }, () => {
      const { accountId, credentials, permissions, balances } = account;
      const { ledger } = this.#trading;
      if (ledger.accounts.has(accountId))
        return () => refused({ code: 'bad_field', field: 'accountId', detail: 'is taken' });
      if (ledger.byKey(credentials.key) !== undefined)
        return () => refused({ code: 'bad_field', field: 'key', detail: 'is taken' });
      if (isVenueAccount(accountId))
        return () => refused({ code: 'bad_field', field: 'accountId', detail: 'is reserved' });
      const state = newAccount(accountId, this.#trading.now, false, {
        credentials,
        permissions,
        openingBalances: balances,
      });
      ledger.add(state);
      for (const { wallet, asset, amount } of balances) ledger.move(state, wallet, asset, amount, 'deposit');
      return done;
    });
  }

  /** A negative amount withdraws; more than is free is refused. */
  deposit(at: number, accountId: string, wallet: WalletName, asset: string, amount: Decimal): DoneResult {
    return this.#call({ kind: 'deposit', at, accountId, wallet, asset, amount }, () => {
      const account = this.#user(accountId);
      if (account === null) return () => UNKNOWN_ACCOUNT;
      const { ledger } = this.#trading;
      const free = ledger.shownFree(account, wallet, asset);
      if (amount.negate().greaterThan(free))
        return () => refused({ code: 'insufficient_balance', asset, needed: amount.negate(), free });
      ledger.move(account, wallet, asset, amount, 'deposit');
      return done;
    });
  }

  transfer(
    at: number,
    accountId: string,
    asset: string,
    amount: Decimal,
    from: WalletName,
    to: WalletName,
  ): DoneResult {
    return this.#call({ kind: 'transfer', at, accountId, asset, amount, from, to }, () => {
      const account = this.#user(accountId);
      if (account === null) return () => UNKNOWN_ACCOUNT;
      return doneUnless(this.#trading.transfer(account, asset, amount, from, to));
    });
  }

  setLeverage(at: number, accountId: string, symbol: string, leverage: number): DoneResult {
    return this.#call({ kind: 'set_leverage', at, accountId, symbol, leverage }, () => {
      const account = this.#user(accountId);
      if (account === null) return () => UNKNOWN_ACCOUNT;
      const state = this.#trading.symbols.get(symbol);
      if (state === undefined || state.instrument.swap === null)
        return () => refused({ code: 'unknown_symbol', symbol });
      return doneUnless(this.#trading.swaps.setLeverage(account, state, leverage));
    });
  }

  setMarginMode(at: number, accountId: string, symbol: string, mode: MarginMode): DoneResult {
    return this.#call({ kind: 'set_margin_mode', at, accountId, symbol, mode }, () => {
      const account = this.#user(accountId);
      if (account === null) return () => UNKNOWN_ACCOUNT;
      const state = this.#trading.symbols.get(symbol);
      if (state === undefined || state.instrument.swap === null)
        return () => refused({ code: 'unknown_symbol', symbol });
      return doneUnless(this.#trading.swaps.setMarginMode(account, state, mode));
    });
  }

  // ── The market ─────────────────────────────────────────────────────────────────────────────────────────────

  /** Lets everything due until `at` happen. */
  advance(at: number): void {
    this.#call({ kind: 'advance', at }, () => () => undefined);
  }

  /** When the next market step, expiry or funding is due, in ms; `advance` before then changes nothing. */
  nextDueAt(): number {
    let due = this.#nextStepAt;
    const [expiring] = this.#trading.expiring;
    if (expiring?.expiresAt !== undefined && expiring.expiresAt !== null)
      due = Math.min(due, expiring.expiresAt);
    for (const { instrument, nextFundingAt } of this.#trading.symbols.values())
      if (instrument.swap !== null) due = Math.min(due, nextFundingAt);
    return due;
  }

  /** Moves the mid to each price in turn, one per market step, the first at once; `hold` then pins it there. */
  movePrice(at: number, symbol: string, path: readonly Decimal[], hold: boolean): DoneResult {
    return this.#call({ kind: 'move_price', at, symbol, path, hold }, () => {
      const state = this.#trading.symbols.get(symbol);
      if (state === undefined) return () => refused({ code: 'unknown_symbol', symbol });
      const { priceTick } = state.instrument;
      const [first, ...later] = path;
      if (first === undefined || path.length > MAX_PATH)
        return () => refused({ code: 'bad_field', field: 'path', detail: `needs 1 to ${MAX_PATH} prices` });
      for (const price of path) {
        if (!price.isPositive())
          return () => refused({ code: 'bad_field', field: 'price', detail: 'must be above zero' });
        if (!price.isMultipleOf(priceTick))
          return () => refused({ code: 'price_off_tick', field: 'price', tick: priceTick });
      }
      state.market.path = later;
      state.market.holdAtEnd = hold;
      state.market.held = hold && later.length === 0;
      this.#trading.maker.moveTo(state, first);
      return done;
    });
  }

  // ── Reading (of the state after the last call) ─────────────────────────────────────────────────────────────

  now(): number {
    return this.#trading.now;
  }

  instruments(): readonly Instrument[] {
    return this.#config.instruments;
  }

  instrument(symbol: string): Instrument | null {
    return this.#trading.symbols.get(symbol)?.instrument ?? null;
  }

  accounts(): readonly AccountInfo[] {
    return [...this.#trading.ledger.accounts.values()]
      .filter((account) => !account.internal)
      .map(viewOfAccount);
  }

  account(accountId: string): AccountInfo | null {
    const account = this.#user(accountId);
    return account === null ? null : viewOfAccount(account);
  }

  accountByKey(key: string): AccountInfo | null {
    const account = this.#trading.ledger.byKey(key);
    return account === undefined ? null : viewOfAccount(account);
  }

  /** What an account was registered with. */
  openingBalances(accountId: string): NewAccount['balances'] {
    return this.#user(accountId)?.openingBalances ?? [];
  }

  balances(accountId: string, wallet?: WalletName): readonly Balance[] {
    const account = this.#user(accountId);
    if (account === null) return [];
    return [...account.balances.values()]
      .filter((balance) => wallet === undefined || balance.wallet === wallet)
      .map((balance) => this.#trading.ledger.view(account, balance));
  }

  positions(accountId: string): readonly Position[] {
    const account = this.#user(accountId);
    if (account === null) return [];
    return [...account.positions.values()].map((position) => {
      const symbol = this.#trading.symbolOf(position);
      const backing = this.#trading.backing(account, symbol, position);
      return viewOfPosition(position, symbol.instrument, symbol.market.mid, backing);
    });
  }

  /** The margin behind the swaps that settle in `asset`. */
  margin(accountId: string, asset = 'USDT'): MarginSummary | null {
    const account = this.#user(accountId);
    if (account === null) return null;
    const { wallet } = this.#config.policy.swap;
    const { ledger } = this.#trading;
    const { total } = ledger.balance(account, wallet, asset);
    const figures = ledger.margin(account, wallet, asset);
    const unrealizedPnl = figures.crossUnrealized.add(figures.isolatedUnrealized);
    return {
      asset,
      walletBalance: total,
      unrealizedPnl,
      marginBalance: total.add(unrealizedPnl),
      positionInitialMargin: figures.positionInitial,
      openOrderInitialMargin: figures.openOrderInitial,
      maintenanceMargin: figures.maintenance,
      availableBalance: ledger.shownFree(account, wallet, asset),
    };
  }

  /**
   * The order as a look-up at `at` finds it, within the policy's retention. An id that was used again finds the open
   * order, else the newest.
   */
  lookUp(at: number, accountId: string, reference: OrderReference): Order | null {
    const order = this.#trading.lookUp(Math.max(at, this.now()), accountId, reference);
    return order === null ? null : viewOf(order);
  }

  openOrders(accountId: string, query: OrderQuery): readonly Order[] {
    return [...(this.#user(accountId)?.openOrders ?? [])]
      .filter((order) => matches(order, query))
      .map(viewOf);
  }

  /** Every order of the account within the policy's retention, oldest first. */
  orders(at: number, accountId: string, query: OrderQuery): readonly Order[] {
    const time = Math.max(at, this.now());
    return (this.#user(accountId)?.orders ?? [])
      .filter((order) => matches(order, query) && this.#trading.isRetained(time, order, false))
      .map(viewOf);
  }

  /** Oldest first. */
  fills(accountId: string, query: FillQuery): readonly Fill[] {
    const account = this.#user(accountId);
    if (account === null) return [];
    const fills =
      query.symbol === undefined
        ? [...account.fills.values()].flat().sort((left, right) => left.at - right.at)
        : (account.fills.get(query.symbol) ?? []);
    const from = query.fromTradeId === undefined ? null : BigInt(query.fromTradeId);
    return fills.filter(
      (fill) =>
        (query.venueOrderId === undefined || fill.venueOrderId === query.venueOrderId) &&
        (from === null || BigInt(fill.tradeId) >= from) &&
        (query.sinceMs === undefined || fill.at >= query.sinceMs) &&
        (query.untilMs === undefined || fill.at <= query.untilMs),
    );
  }

  /** Oldest first. */
  funding(accountId: string): readonly FundingPayment[] {
    return [...(this.#user(accountId)?.funding ?? [])];
  }

  lists(accountId: string): readonly OrderList[] {
    return [...this.#trading.lists.values()].filter((list) => list.accountId === accountId).map(viewOfList);
  }

  book(symbol: string, depth: number): BookView | null {
    const state = this.#trading.symbols.get(symbol);
    if (state === undefined) return null;
    const levels = (side: typeof state.bids): BookLevel[] => {
      const found: BookLevel[] = [];
      for (const level of side.bestFirst()) {
        if (found.length >= Math.min(depth, MAX_BOOK_DEPTH)) break;
        found.push([level.price, level.total]);
      }
      return found;
    };
    return { symbol, updateId: state.updateId, bids: levels(state.bids), asks: levels(state.asks) };
  }

  /** The latest, oldest first, at most 1000. */
  recentTrades(symbol: string, limit: number): readonly PublicTrade[] {
    const trades = this.#trading.symbols.get(symbol)?.trades ?? [];
    return trades.slice(-Math.max(1, Math.min(limit, 1000)));
  }

  market(symbol: string): MarketView | null {
    const state = this.#trading.symbols.get(symbol);
    if (state === undefined) return null;
    return {
      symbol,
      lastPrice: state.lastPrice,
      markPrice: state.market.mid,
      fundingRate: state.instrument.swap?.fundingRate ?? Decimal.zero,
      nextFundingAt: state.nextFundingAt,
      held: state.market.held,
    };
  }

  /** Every order of every user ever accepted, oldest first, whatever the retention. */
  allOrders(): readonly Order[] {
    return this.#trading.orders.map(viewOf);
  }

  allFills(): readonly Fill[] {
    return [...this.#trading.fills];
  }

  /** The total of an asset over all accounts, the venue's own included: changes by deposits alone, when no swap is open. */
  supply(asset: string): Decimal {
    let total = Decimal.zero;
    for (const account of this.#trading.ledger.accounts.values())
      for (const balance of account.balances.values())
        if (balance.asset === asset) total = total.add(balance.total);
    return total;
  }

  /** The signed costs of all swap positions that settle in the asset; `supply` less this is conserved. */
  openCost(asset: string): Decimal {
    let total = Decimal.zero;
    for (const account of this.#trading.ledger.accounts.values())
      for (const position of account.positions.values())
        if (this.#trading.symbolOf(position).instrument.quote === asset) total = total.add(position.cost);
    return total;
  }

  // ── Around the calls ───────────────────────────────────────────────────────────────────────────────────────

  /** Events of each call, in order, when the call is complete. Returns the way to stop. */
  subscribe(listener: (events: readonly ExchangeEvent[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Each command before it acts, refused ones too: what a log must keep. Returns the way to stop. */
  onCommand(recorder: (command: Command) => void): () => void {
    this.#recorders.add(recorder);
    return () => this.#recorders.delete(recorder);
  }

  /** The whole state as plain data. It shares objects with the exchange: encode it before the next call. */
  snapshot(): ExchangeSnapshot {
    return takeSnapshot(this.#trading, this.#config.venue, this.#nextStepAt);
  }

  /** Does again what a recorded command did. */
  apply(command: Command): void {
    const { at } = command;
    switch (command.kind) {
      case 'advance':
        this.advance(at);
        return;
      case 'place_order':
        this.placeOrder(at, command.accountId, command.request);
        return;
      case 'place_list':
        this.placeList(at, command.accountId, command.request);
        return;
      case 'cancel_order':
        this.cancelOrder(at, command.accountId, command.reference, command.requestClientOrderId);
        return;
      case 'cancel_list':
        this.cancelList(at, command.accountId, command.reference);
        return;
      case 'cancel_all':
        this.cancelAll(at, command.accountId, command.query);
        return;
      case 'cancel_replace': {
        const { accountId, cancel, place, mode, requestClientOrderId } = command;
        this.cancelReplace(at, accountId, cancel, place, mode, requestClientOrderId);
        return;
      }
      case 'amend_order':
        this.amendOrder(at, command.accountId, command.reference, command.change);
        return;
      case 'register_account':
        this.registerAccount(at, command.account);
        return;
      case 'deposit':
        this.deposit(at, command.accountId, command.wallet, command.asset, command.amount);
        return;
      case 'transfer':
        this.transfer(at, command.accountId, command.asset, command.amount, command.from, command.to);
        return;
      case 'set_leverage':
        this.setLeverage(at, command.accountId, command.symbol, command.leverage);
        return;
      case 'set_margin_mode':
        this.setMarginMode(at, command.accountId, command.symbol, command.mode);
        return;
      case 'move_price':
        this.movePrice(at, command.symbol, command.path, command.hold);
        return;
    }
  }

  /** Records, lets time pass, acts, settles, tells, and only then reads the result. */
  #call<Result>(command: Command, act: () => () => Result): Result {
    if (this.#broken !== null) throw new Error('the exchange stopped on a bug', { cause: this.#broken });
    if (!Number.isSafeInteger(command.at)) throw new RangeError(`time is in whole ms: ${command.at}`);
    if (this.#isCalling) throw new Error('a listener called the exchange back');
    for (const recorder of this.#recorders) recorder(command);
    this.#isCalling = true;
    this.#trading.isHeard = this.#listeners.size > 0;
    let result: Result;
    try {
      this.#passTime(command.at);
      const read = act();
      this.#trading.settle();
      result = read();
    } catch (bug) {
      this.#broken = bug;
      throw bug;
    }
    const events = this.#trading.takeEvents();
    if (events.length > 0) for (const listener of this.#listeners) listener(events);
    this.#isCalling = false;
    return result;
  }

  #passTime(at: number): void {
    const trading = this.#trading;
    const until = Math.max(at, trading.now);
    if (until - this.#nextStepAt > MAX_STEPS_AT_ONCE * STEP_MS)
      this.#nextStepAt = nextMultiple(until, STEP_MS) - STEP_MS;
    for (let due = this.nextDueAt(); due <= until; due = this.nextDueAt()) {
      trading.now = Math.max(trading.now, due);
      for (
        let [order] = trading.expiring;
        order !== undefined && (order.expiresAt ?? 0) <= due;
        [order] = trading.expiring
      )
        trading.end(order, 'expired', 'good_till_date');
      for (const symbol of trading.symbols.values())
        if (symbol.instrument.swap !== null && symbol.nextFundingAt <= due) trading.swaps.fund(symbol);
      if (this.#nextStepAt <= due) {
        this.#nextStepAt += STEP_MS;
        for (const symbol of trading.symbols.values()) trading.maker.step(symbol);
      }
      trading.settle();
    }
    trading.now = until;
  }

  #user(accountId: string): AccountState | null {
    const account = this.#trading.ledger.accounts.get(accountId);
    return account === undefined || account.internal ? null : account;
  }
}

/** The name that the venues' folders know the class by. */
export type ExchangeFace = Exchange;

function done(): DoneResult {
  return { ok: true };
}

function doneUnless(refusal: Refusal | null): () => DoneResult {
  return refusal === null ? done : () => refused(refusal);
}

function isOf(fill: Fill, order: WorkingOrder): boolean {
  return (
    fill.venueOrderId === order.venueOrderId &&
    fill.symbol === order.symbol &&
    fill.accountId === order.accountId
  );
}

function matches(order: WorkingOrder, query: OrderQuery): boolean {
  return (
    order.conditional === (query.conditional ?? false) &&
    (query.symbol === undefined || order.symbol === query.symbol) &&
    (query.marketType === undefined || order.marketType === query.marketType) &&
    (query.sinceMs === undefined || order.createdAt >= query.sinceMs) &&
    (query.untilMs === undefined || order.createdAt <= query.untilMs)
  );
}

function viewOfAccount(account: AccountState): AccountInfo {
  const { accountId, credentials, createdAt, permissions } = account;
  return { accountId, credentials, createdAt, permissions };
}
