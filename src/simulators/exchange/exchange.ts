/**
 * A deterministic exchange in process: order books with price-time priority, balances with locks, stops, order lists,
 * swaps with margin, funding and liquidation in one-way and hedge mode, and the venue's own market maker. Every call
 * goes through here; world.ts names the parts behind it.
 *
 * Synchronous and single-threaded. Time comes in with each call (`at`, ms since the epoch; an earlier time than one
 * already seen counts as the latest), randomness only from the seed. Before a call acts, everything due until `at` is
 * carried out: market steps, expiries, funding. So the state is a function of (config, seed, the calls and their times),
 * and replaying the recorded commands gives the identical state (`onCommand`, `snapshot`; replay.ts).
 * Every order and fill of a user is kept for as long as the world lasts, about 2 kB for each order, because the record of
 * what a venue accepted is what others are checked against; a reset forgets them. The venue's own are not kept.
 *
 * Invariants (exchange.property.test.ts): every asset is conserved over all accounts, the venue's own included; no
 * user's total or free balance is below zero; no order is filled beyond its quantity; better price first, then older first;
 * each position is the sum of its fills, the two sides of a hedged account apart.
 *
 * Long because: every call and every reading of the exchange has its one place here.
 */
import type { Decimal } from '../../core/decimal.ts';
import type {
  AccountInfo,
  AccountKey,
  Balance,
  FundingPayment,
  MarginChange,
  MarginMode,
  MarginSummary,
  OrderAmendment,
  Position,
  PreventedMatch,
} from './account.ts';
import { amend, reviewAmendment } from './amendments.ts';
import { cancel, cancelAll, cancelList } from './cancelling.ts';
import type {
  Amendment,
  CancelReplaceMode,
  Command,
  ListReference,
  MarketChange,
  NewAccount,
  ShownMarket,
} from './command.ts';
import type { ExchangeEvent } from './event.ts';
import type { Instrument, MarketType } from './instrument.ts';
import { fund } from './funding.ts';
import { quote, steer } from './market-maker.ts';
import { setMarket } from './market-settings.ts';
import type {
  Fill,
  Order,
  OrderList,
  OrderListRequest,
  OrderReference,
  OrderRequest,
  PositionSide,
} from './order.ts';
import { placeList } from './order-lists.ts';
import { place } from './placing.ts';
import type { MarketPolicy, WalletName } from './policy.ts';
import { positionViews } from './positions.ts';
import type { Refusal } from './refusal.ts';
import { addKey, deposit, register, transfer } from './registering.ts';
import {
  doneUnless,
  NOT_FOUND,
  refused,
  UNKNOWN_ACCOUNT,
  type CancelReplaceResult,
  type CancelResult,
  type DoneResult,
  type FundingResult,
  type ListResult,
  type OrderResult,
} from './results.ts';
import { settle } from './settling.ts';
import { blankMarket, releaseMarket, showMarket } from './shown-market.ts';
import { restoreSnapshot, takeSnapshot, type AnySnapshot, type ExchangeSnapshot } from './snapshot.ts';
import { viewOf, viewOfList, type AccountState, type SymbolState } from './state.ts';
import { changeMargin, setLeverage, setMarginMode, setPositionMode } from './swap-settings.ts';
import { nextDueAt, passTime } from './timetable.ts';
import {
  fillsOf,
  fillsSince,
  insuranceOf,
  latestTrades,
  matches,
  openCostOf,
  supplyOf,
  viewOfAccount,
  viewOfBook,
  viewOfMargin,
  viewOfMarket,
  type BookView,
  type FillQuery,
  type MarketView,
  type OrderQuery,
  type PublicTrade,
} from './views.ts';
import { World, type ExchangeConfig } from './world.ts';

/** The ages in ms up to which look-ups do not find an order, and lists do not have an open order or a fill. */
export interface Hiding {
  readonly orders: () => number;
  readonly openOrders: () => number;
  readonly fills: () => number;
}

const NOTHING_HIDDEN: Hiding = { orders: () => 0, openOrders: () => 0, fills: () => 0 };

/** Every method takes `at` first when it can change something. */
export class Exchange {
  readonly #config: ExchangeConfig;
  readonly #world: World;
  readonly #listeners = new Set<(events: readonly ExchangeEvent[]) => void>();
  readonly #recorders = new Set<(command: Command) => void>();
  #hiding: Hiding = NOTHING_HIDDEN;
  /** The bug that stopped this exchange in mid-call; its state cannot be trusted any more. */
  #broken: unknown = null;
  #isCalling = false;

  /** A fresh world, or the one that was saved. `saved` is used up. */
  constructor(config: ExchangeConfig, saved: AnySnapshot | null = null) {
    this.#config = config;
    this.#world = new World({ ...config, seed: saved?.seed ?? config.seed });
    if (saved !== null) restoreSnapshot(this.#world, saved);
    const isNew = (symbol: string): boolean =>
      saved?.symbols.every((known) => known.symbol !== symbol) ?? true;
    for (const symbol of this.#world.books()) if (isNew(symbol.instrument.symbol)) quote(this.#world, symbol);
    settle(this.#world);
    this.#world.takeEvents();
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
    const before = this.#world.fills.length;
    const placed = place(this.#world, account, request);
    switch (placed.kind) {
      case 'refused':
        return () => refused(placed.refusal);
      case 'existing':
        return () => ({ ok: true, order: viewOf(placed.order), fills: [], existing: true });
      case 'new':
        return () => ({
          ok: true,
          order: viewOf(placed.order),
          fills: fillsSince(this.#world, before, placed.order),
          existing: false,
        });
    }
  }

  placeList(at: number, accountId: string, request: OrderListRequest): ListResult {
    return this.#call<ListResult>({ kind: 'place_list', at, accountId, request }, () => {
      const account = this.#user(accountId);
      if (account === null) return () => UNKNOWN_ACCOUNT;
      const placed = placeList(this.#world, account, request);
      if ('code' in placed) return () => refused(placed);
      // Orders behind a first one are placed when the call settles; the answer shows them as they are before.
      const asPlaced = placed.first === null ? null : placed.legs.map(viewOf);
      return () => ({ ok: true, list: viewOfList(placed), orders: asPlaced ?? placed.legs.map(viewOf) });
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
    const canceled = cancel(this.#world, accountId, reference, requestClientOrderId);
    return () => ('code' in canceled ? refused(canceled) : { ok: true, order: viewOf(canceled) });
  }

  cancelList(at: number, accountId: string, reference: ListReference): ListResult {
    return this.#call<ListResult>({ kind: 'cancel_list', at, accountId, reference }, () => {
      if (this.#user(accountId) === null) return () => UNKNOWN_ACCOUNT;
      const canceled = cancelList(this.#world, accountId, reference);
      if ('code' in canceled) return () => refused(canceled);
      return () => ({ ok: true, list: viewOfList(canceled), orders: canceled.legs.map(viewOf) });
    });
  }

  /** Cancels every open order that matches, oldest first; conditional objects only when asked for. */
  cancelAll(at: number, accountId: string, query: OrderQuery): readonly Order[] {
    return this.#call({ kind: 'cancel_all', at, accountId, query }, () => {
      const account = this.#user(accountId);
      const canceled = account === null ? [] : cancelAll(this.#world, account, query);
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
      const order = this.#world.index.find(accountId, reference);
      if (order === null) return () => NOT_FOUND;
      const refusal = reviewAmendment(this.#world, account, order, change);
      if (refusal !== null) return () => refused(refusal);
      const before = this.#world.fills.length;
      amend(this.#world, account, order, change);
      return () => ({
        ok: true,
        order: viewOf(order),
        fills: fillsSince(this.#world, before, order),
        existing: false,
      });
    });
  }

  // ── Accounts ───────────────────────────────────────────────────────────────────────────────────────────────

  /** Refused when the id or the key is known already. */
  registerAccount(at: number, account: NewAccount): DoneResult {
    return this.#call({ kind: 'register_account', at, account }, () =>
      doneUnless(register(this.#world, account)),
    );
  }

  /** One more key for an account. Refused when somebody has it already. */
  addKey(at: number, accountId: string, key: AccountKey): DoneResult {
    return this.#change({ kind: 'add_key', at, accountId, key }, (account) =>
      addKey(this.#world, account, key),
    );
  }

  /**
   * A negative amount withdraws; more than is free is refused. Without a record nothing says why the balance changed; `info`
   * makes it a distribution (airdrop, interest, rebate) and says what it is for. `key` is kept with the record.
   */
  deposit(
    at: number,
    accountId: string,
    wallet: WalletName,
    asset: string,
    amount: Decimal,
    isRecorded = true,
    { info, key }: { readonly info?: string; readonly key?: string } = {},
  ): DoneResult {
    const move = {
      wallet,
      asset,
      amount,
      isRecorded,
      ...(info === undefined ? {} : { info }),
      ...(key === undefined ? {} : { key }),
    };
    return this.#change({ kind: 'deposit', at, accountId, ...move }, (account) =>
      deposit(this.#world, account, move),
    );
  }

  transfer(
    at: number,
    accountId: string,
    asset: string,
    amount: Decimal,
    from: WalletName,
    to: WalletName,
  ): DoneResult {
    return this.#change({ kind: 'transfer', at, accountId, asset, amount, from, to }, (account) =>
      transfer(this.#world, account, asset, amount, from, to),
    );
  }

  setLeverage(at: number, accountId: string, symbol: string, leverage: number): DoneResult {
    return this.#change({ kind: 'set_leverage', at, accountId, symbol, leverage }, (account) => {
      const swap = this.#swap(symbol);
      return swap === null
        ? { code: 'unknown_symbol', symbol }
        : setLeverage(this.#world, account, swap, leverage);
    });
  }

  setMarginMode(at: number, accountId: string, symbol: string, mode: MarginMode): DoneResult {
    return this.#change({ kind: 'set_margin_mode', at, accountId, symbol, mode }, (account) => {
      const swap = this.#swap(symbol);
      return swap === null
        ? { code: 'unknown_symbol', symbol }
        : setMarginMode(this.#world, account, swap, mode);
    });
  }

  /** Moves margin into an isolated position (above zero) or out of it. */
  changeMargin(
    at: number,
    accountId: string,
    symbol: string,
    side: PositionSide,
    amount: Decimal,
  ): DoneResult {
    return this.#change({ kind: 'change_margin', at, accountId, symbol, side, amount }, (account) => {
      const swap = this.#swap(symbol);
      return swap === null
        ? { code: 'unknown_symbol', symbol }
        : changeMargin(this.#world, account, swap, side, amount);
    });
  }

  /** Whether fees are paid in the venue's own coin (policy `feeCoin`) where the wallet has enough of it. */
  setFeeCoin(at: number, accountId: string, on: boolean, marketType: MarketType = 'swap'): DoneResult {
    return this.#change({ kind: 'set_fee_coin', at, accountId, on, marketType }, (account) => {
      if (marketType === 'spot') account.paysSpotFeesInCoin = on;
      else account.paysFeesInCoin = on;
      return null;
    });
  }

  /** A setting of the venue's own, which the exchange keeps without reading it (`options`). */
  setOption(at: number, accountId: string, option: string, value: string): DoneResult {
    return this.#change({ kind: 'set_option', at, accountId, option, value }, (account) => {
      account.options = { ...account.options, [option]: value };
      return null;
    });
  }

  /** Long and short side by side, or net. Refused with open swap orders or positions; leverages and margin modes stay. */
  setHedged(at: number, accountId: string, hedged: boolean): DoneResult {
    return this.#change({ kind: 'set_hedged', at, accountId, hedged }, (account) =>
      setPositionMode(this.#world, account, hedged),
    );
  }

  // ── The market ─────────────────────────────────────────────────────────────────────────────────────────────

  /** Carries out everything due until `at`. */
  advance(at: number): void {
    this.#call({ kind: 'advance', at }, () => () => undefined);
  }

  /** When the next market step, expiry or funding is due, in ms; `advance` before then changes nothing. */
  nextDueAt(): number {
    return nextDueAt(this.#world);
  }

  /** Moves the mid to one price after the other, one per market step, the first at once; `hold` then pins it there. */
  movePrice(at: number, symbol: string, path: readonly Decimal[], hold: boolean): DoneResult {
    return this.#market({ kind: 'move_price', at, symbol, path, hold }, (state) =>
      steer(this.#world, state, path, hold),
    );
  }

  /** Sets the mark and index price apart from the book, the shape of the book, or what can be done with the symbol. */
  setMarket(at: number, symbol: string, change: MarketChange): DoneResult {
    const { mark, index, shape, status } = change;
    const command = {
      kind: 'set_market',
      at,
      symbol,
      ...(mark === undefined ? {} : { mark }),
      ...(index === undefined ? {} : { index }),
      ...(shape === undefined ? {} : { shape }),
      ...(status === undefined ? {} : { status }),
    } as const;
    return this.#market(command, (state) => setMarket(this.#world, state, change));
  }

  /**
   * Shows a market as it is elsewhere, in place of the one that the venue's maker makes. Refused, with nothing changed, for levels off
   * the grid or sides that cross.
   */
  showMarket(at: number, symbol: string, shown: ShownMarket): DoneResult {
    const { bids, asks, trades, last, mark, index } = shown;
    const command = { kind: 'show_market', at, symbol, bids, asks, trades, last, mark, index } as const;
    return this.#market(command, (state) => showMarket(this.#world, state, shown));
  }

  /** The market elsewhere is unknown at present: an empty book, and cancels alone. */
  blankMarket(at: number, symbol: string): DoneResult {
    return this.#market({ kind: 'blank_market', at, symbol }, (state) => {
      blankMarket(this.#world, state);
      return null;
    });
  }

  /** The venue's maker makes the market itself again. */
  releaseMarket(at: number, symbol: string): DoneResult {
    return this.#market({ kind: 'release_market', at, symbol }, (state) => {
      releaseMarket(this.#world, state);
      quote(this.#world, state);
      return null;
    });
  }

  /** Settles funding on all positions of a swap now, out of its time; null: at the instrument's own rate. */
  settleFunding(at: number, symbol: string, rate: Decimal | null = null): FundingResult {
    return this.#call<FundingResult>({ kind: 'settle_funding', at, symbol, rate }, () => {
      const state = this.#swap(symbol);
      const terms = state?.instrument.swap ?? null;
      if (state === null || terms === null) return () => refused({ code: 'unknown_symbol', symbol });
      const payments = fund(this.#world, state, rate ?? terms.fundingRate);
      return () => ({ ok: true, payments });
    });
  }

  // ── Reading (of the state after the last call) ─────────────────────────────────────────────────────────────

  now(): number {
    return this.#world.now;
  }

  instruments(): readonly Instrument[] {
    return this.#config.instruments;
  }

  instrument(symbol: string): Instrument | null {
    return this.#world.symbols.get(symbol)?.instrument ?? null;
  }

  /** The venue's rules for one kind of market. */
  policyOf(marketType: MarketType): MarketPolicy {
    return this.#config.policy[marketType];
  }

  accounts(): readonly AccountInfo[] {
    return [...this.#world.ledger.accounts.values()]
      .filter((account) => !account.internal)
      .map((account) => viewOfAccount(account));
  }

  account(accountId: string): AccountInfo | null {
    const account = this.#user(accountId);
    return account === null ? null : viewOfAccount(account);
  }

  accountByKey(key: string): AccountInfo | null {
    const owner = this.#world.ledger.byKey(key);
    return owner === undefined ? null : viewOfAccount(owner.account, owner.key);
  }

  /** The keys of the account beside its first one, oldest first. */
  furtherKeys(accountId: string): readonly AccountKey[] {
    return [...(this.#user(accountId)?.keys ?? [])];
  }

  /** The balances that an account was registered with. */
  openingBalances(accountId: string): NewAccount['balances'] {
    return this.#user(accountId)?.openingBalances ?? [];
  }

  balances(accountId: string, wallet?: WalletName): readonly Balance[] {
    const account = this.#user(accountId);
    if (account === null) return [];
    return [...account.balances.values()]
      .filter((balance) => wallet === undefined || balance.wallet === wallet)
      .map((balance) => this.#world.ledger.view(account, balance));
  }

  isHedged(accountId: string): boolean {
    return this.#user(accountId)?.hedged === true;
  }

  paysFeesInCoin(accountId: string, marketType: MarketType = 'swap'): boolean {
    const account = this.#user(accountId);
    return (marketType === 'spot' ? account?.paysSpotFeesInCoin : account?.paysFeesInCoin) === true;
  }

  /** The settings of the venue's own that the account has (`setOption`). */
  options(accountId: string): Readonly<Record<string, string>> {
    return this.#user(accountId)?.options ?? {};
  }

  /** Oldest first. */
  marginChanges(accountId: string): readonly MarginChange[] {
    return [...(this.#user(accountId)?.marginChanges ?? [])];
  }

  positions(accountId: string): readonly Position[] {
    const account = this.#user(accountId);
    return account === null ? [] : positionViews(this.#world, account);
  }

  /** The margin behind the swaps that settle in `asset`. */
  margin(accountId: string, asset = 'USDT'): MarginSummary | null {
    const account = this.#user(accountId);
    return account === null ? null : viewOfMargin(this.#world, account, asset);
  }

  /**
   * The order as a look-up at `at` finds it, within the policy's retention. An id that was used again finds the open
   * order, else the newest.
   */
  lookUp(at: number, accountId: string, reference: OrderReference): Order | null {
    const time = Math.max(at, this.now());
    const order = this.#world.index.lookUp(time, accountId, reference);
    return order === null || time - order.createdAt < this.#hiding.orders() ? null : viewOf(order);
  }

  /** As `lookUp`, of an order that the venue itself knows of, whatever look-ups show of it. */
  known(at: number, accountId: string, reference: OrderReference): Order | null {
    const order = this.#world.index.lookUp(Math.max(at, this.now()), accountId, reference);
    return order === null ? null : viewOf(order);
  }

  openOrders(accountId: string, query: OrderQuery): readonly Order[] {
    const hiddenSince = this.now() - this.#hiding.openOrders();
    return [...(this.#user(accountId)?.openOrders ?? [])]
      .filter((order) => matches(order, query) && order.createdAt <= hiddenSince)
      .map(viewOf);
  }

  /** Every order of the account within the policy's retention, oldest first. */
  orders(at: number, accountId: string, query: OrderQuery): readonly Order[] {
    const time = Math.max(at, this.now());
    const hiddenSince = time - this.#hiding.orders();
    return (this.#user(accountId)?.orders ?? [])
      .filter(
        (order) =>
          matches(order, query) &&
          order.createdAt <= hiddenSince &&
          this.#world.index.isRetained(time, order, false),
      )
      .map(viewOf);
  }

  /** Oldest first. */
  fills(accountId: string, query: FillQuery): readonly Fill[] {
    const account = this.#user(accountId);
    const hiddenSince = this.now() - this.#hiding.fills();
    return account === null ? [] : fillsOf(account, query).filter(({ at }) => at <= hiddenSince);
  }

  /** Oldest first. */
  funding(accountId: string): readonly FundingPayment[] {
    return [...(this.#user(accountId)?.funding ?? [])];
  }

  /** Oldest first. */
  entries(accountId: string): Readonly<AccountState['entries']> {
    return [...(this.#user(accountId)?.entries ?? [])];
  }

  /** Matches between the account's own orders that were prevented, oldest first. */
  preventedMatches(accountId: string): readonly PreventedMatch[] {
    return [...(this.#user(accountId)?.preventedMatches ?? [])];
  }

  /** Orders changed in place, oldest first. */
  amendments(accountId: string): readonly OrderAmendment[] {
    return [...(this.#user(accountId)?.amendments ?? [])];
  }

  lists(accountId: string): readonly OrderList[] {
    return [...this.#world.lists.values()].filter((list) => list.accountId === accountId).map(viewOfList);
  }

  book(symbol: string, depth: number): BookView | null {
    const state = this.#world.symbols.get(symbol);
    return state === undefined ? null : viewOfBook(state, depth);
  }

  /** The latest, oldest first, at most 1000. */
  recentTrades(symbol: string, limit: number): readonly PublicTrade[] {
    const state = this.#world.symbols.get(symbol);
    return state === undefined ? [] : latestTrades(state, limit);
  }

  market(symbol: string): MarketView | null {
    const state = this.#world.symbols.get(symbol);
    return state === undefined ? null : viewOfMarket(state);
  }

  /** Every order of every user ever accepted, oldest first, whatever the retention. */
  allOrders(): readonly Order[] {
    return this.#world.orders.map(viewOf);
  }

  allFills(): readonly Fill[] {
    return [...this.#world.fills];
  }

  /** The total of an asset over all accounts, the venue's own included: changes by deposits alone, when no swap is open. */
  supply(asset: string): Decimal {
    return supplyOf(this.#world, asset);
  }

  /** The insurance account's balance of the asset; below zero when it paid more than it took. */
  insurance(asset: string): Decimal {
    return insuranceOf(this.#world, asset);
  }

  /** The signed costs of all swap positions that settle in the asset; `supply` less this is conserved. */
  openCost(asset: string): Decimal {
    return openCostOf(this.#world, asset);
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

  /** Look-ups and lists leave out orders and fills that are younger than the hiding says. Not a part of the state. */
  hide(hiding: Hiding): void {
    this.#hiding = hiding;
  }

  /** The whole state as plain data. It shares objects with the exchange: encode it before the next call. */
  snapshot(): ExchangeSnapshot {
    return takeSnapshot(this.#world, this.#config.venue);
  }

  /** Records, lets time pass, acts, settles, reads the result, then emits the events. */
  #call<Result>(command: Command, act: () => () => Result): Result {
    if (this.#broken !== null) throw new Error('the exchange stopped on a bug', { cause: this.#broken });
    if (!Number.isSafeInteger(command.at)) throw new RangeError(`time is in whole ms: ${command.at}`);
    if (this.#isCalling) throw new Error('a listener called the exchange back');
    for (const recorder of this.#recorders) recorder(command);
    this.#isCalling = true;
    this.#world.hasListeners = this.#listeners.size > 0;
    let result: Result;
    try {
      passTime(this.#world, command.at);
      const read = act();
      settle(this.#world);
      result = read();
    } catch (bug) {
      this.#broken = bug;
      throw bug;
    }
    const events = this.#world.takeEvents();
    if (events.length > 0) for (const listener of this.#listeners) listener(events);
    this.#isCalling = false;
    return result;
  }

  /** A call that changes something of one account, or is refused. */
  #change(
    command: Command & { readonly accountId: string },
    act: (account: AccountState) => Refusal | null,
  ): DoneResult {
    return this.#call(command, () => {
      const account = this.#user(command.accountId);
      return account === null ? () => UNKNOWN_ACCOUNT : doneUnless(act(account));
    });
  }

  /** A call that changes the market of one symbol, or is refused. */
  #market(
    command: Command & { readonly symbol: string },
    act: (symbol: SymbolState) => Refusal | null,
  ): DoneResult {
    return this.#call(command, () => {
      const state = this.#world.symbols.get(command.symbol);
      return state === undefined
        ? () => refused({ code: 'unknown_symbol', symbol: command.symbol })
        : doneUnless(act(state.sharedWith ?? state));
    });
  }

  #user(accountId: string): AccountState | null {
    const account = this.#world.ledger.accounts.get(accountId);
    return account === undefined || account.internal ? null : account;
  }

  #swap(symbol: string): SymbolState | null {
    const state = this.#world.symbols.get(symbol);
    return state === undefined || state.instrument.swap === null ? null : state;
  }
}
