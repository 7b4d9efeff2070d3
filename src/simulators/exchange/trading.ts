/**
 * What happens to orders: review, acceptance, matching, triggers, ends, and the money that follows.
 *
 * exchange.ts is the way in; it sets `now` and calls `settle` when a call is complete. Everything here is synchronous
 * and works on the state of state.ts. Funds are reviewed before an order is accepted, so that matching cannot fail.
 */
import { Decimal } from '../../core/decimal.ts';
import type { BalanceReason, BookLevel, ExchangeEvent, OrderChange } from './event.ts';
import { notional, type MarketType } from './instrument.ts';
import { Ledger } from './ledger.ts';
import {
  bookTrade,
  maintenanceMargin,
  newPosition,
  openOrderMargin,
  perLeverage,
  unrealizedPnl,
  viewOfPosition,
} from './margin.ts';
import {
  hasLimitPrice,
  hasTrigger,
  isOpen,
  type EndReason,
  type Fill,
  type Order,
  type OrderList,
  type OrderListRequest,
  type OrderReference,
  type OrderRequest,
} from './order.ts';
import type { PriceLevels } from './price-levels.ts';
import type { VenuePolicy } from './policy.ts';
import { Random } from './random.ts';
import type { Amendment } from './command.ts';
import type { Refusal } from './refusal.ts';
import {
  FEE_ACCOUNT,
  FEE_SCALE,
  FLOW_ACCOUNT,
  INSURANCE_ACCOUNT,
  isVenueAccount,
  MAKER_ACCOUNT,
  newSymbolState,
  remaining,
  viewOf,
  type AccountState,
  type ListState,
  type PositionState,
  type SymbolState,
  type WorkingOrder,
} from './state.ts';
import { affordable, crosses, first, holdPerUnit, opposite, own, spotNeed, wouldTake } from './book.ts';
import { MarketMaker } from './market-maker.ts';
import { SwapDesk } from './swap-desk.ts';
import { reviewForm } from './validate.ts';
import type { ExchangeConfig } from './exchange.ts';

/** Public trades kept per symbol. */
const TRADES_KEPT = 1000;

export interface Origin {
  /** The conditional order that creates this one. */
  readonly conditional?: WorkingOrder;
  readonly listId?: string;
  /** Set for a leg whose list has already locked what it needs. */
  readonly withoutLock?: boolean;
  /** The venue closes a position: no review of funds. */
  readonly liquidation?: boolean;
}

export class Trading {
  now: number;
  readonly symbols = new Map<string, SymbolState>();
  readonly ledger: Ledger;
  /** Users' orders, oldest first. */
  readonly orders: WorkingOrder[] = [];
  readonly fills: Fill[] = [];
  readonly lists = new Map<string, ListState>();
  readonly byId = new Map<string, WorkingOrder>();
  readonly byClientId = new Map<string, WorkingOrder[]>();
  /** Open GTD orders, the first to end first. */
  readonly expiring: WorkingOrder[] = [];
  readonly maker = new MarketMaker(this);
  readonly swaps = new SwapDesk(this);
  readonly idRandom: Random;
  readonly seed: number;
  nextSequence = 1;
  /** Whether anybody listens: a replay saves itself the making of events. */
  isHeard = false;
  nextListNumber: number;
  readonly nextOrderNumbers: Record<MarketType, number>;
  /** What happened since the last call of takeEvents. */
  #events: ExchangeEvent[] = [];
  readonly #policy: VenuePolicy;
  readonly #limits: boolean;
  readonly #dirty = new Set<SymbolState>();

  constructor(config: ExchangeConfig) {
    this.now = config.startAt;
    this.seed = config.seed;
    this.#policy = config.policy;
    this.#limits = config.limits;
    this.idRandom = new Random(config.seed ^ 0x5bd1e995);
    // Counting from the start time keeps the ids of a world that was reset apart from those of its former life.
    const first = Math.max(1, config.startAt);
    this.nextListNumber = first;
    this.nextOrderNumbers = { spot: first, swap: first };
    for (const instrument of config.instruments) {
      const symbol = newSymbolState(instrument, config.policy[instrument.marketType], first, config.seed);
      if (instrument.swap !== null)
        symbol.nextFundingAt = nextMultiple(this.now, instrument.swap.fundingIntervalMs);
      this.symbols.set(instrument.symbol, symbol);
    }
    this.ledger = new Ledger(this.symbols);
    for (const accountId of [MAKER_ACCOUNT, FLOW_ACCOUNT, FEE_ACCOUNT, INSURANCE_ACCOUNT])
      this.ledger.add(newAccount(accountId, this.now, true));
  }

  emit = (event: ExchangeEvent): void => {
    if (this.isHeard) this.#events.push(event);
  };

  takeEvents(): readonly ExchangeEvent[] {
    const events = this.#events;
    this.#events = [];
    return events;
  }

  // ── Finding ────────────────────────────────────────────────────────────────────────────────────────────────

  find(accountId: string, reference: OrderReference): WorkingOrder | null {
    return this.#found(accountId, reference, () => true);
  }

  /** As `find`, within the policy's retention. */
  lookUp(at: number, accountId: string, reference: OrderReference): WorkingOrder | null {
    const byClientId = 'clientOrderId' in reference;
    return this.#found(accountId, reference, (order) => this.isRetained(at, order, byClientId));
  }

  #found(
    accountId: string,
    reference: OrderReference,
    admits: (order: WorkingOrder) => boolean,
  ): WorkingOrder | null {
    const conditional = reference.conditional ?? false;
    if ('venueOrderId' in reference) {
      const order = this.byId.get(idKey(reference.symbol, conditional, reference.venueOrderId));
      return order !== undefined && order.accountId === accountId && admits(order) ? order : null;
    }
    const symbol = this.symbols.get(reference.symbol);
    if (symbol === undefined) return null;
    const same =
      this.byClientId.get(this.#clientKey(accountId, symbol, conditional, reference.clientOrderId)) ?? [];
    // An open order goes before a finished one with the same id; then the newest.
    const admitted = same.filter((order) => order.symbol === reference.symbol && admits(order));
    return admitted.findLast((order) => isOpen(order.status)) ?? admitted.at(-1) ?? null;
  }

  isRetained(at: number, order: WorkingOrder, byClientId: boolean): boolean {
    if (isOpen(order.status)) return true;
    const { lookUp } = this.#policy[order.marketType];
    if (byClientId && lookUp.clientOrderIdEndsWithOrder) return false;
    if (lookUp.finishedForMs !== null && at - order.createdAt > lookUp.finishedForMs) return false;
    const isUnfilled = order.filled.isZero() && order.status !== 'triggered';
    return !(isUnfilled && lookUp.unfilledForMs !== null && at - order.updatedAt > lookUp.unfilledForMs);
  }

  #clientKey(accountId: string, symbol: SymbolState, conditional: boolean, clientOrderId: string): string {
    const scope =
      symbol.policy.clientOrderId.scope === 'symbol'
        ? symbol.instrument.symbol
        : symbol.instrument.marketType;
    return `${accountId}|${scope}|${conditional ? 'c' : 'o'}|${clientOrderId}`;
  }

  #knownBefore(
    account: AccountState,
    symbol: SymbolState,
    conditional: boolean,
    clientOrderId: string,
  ): WorkingOrder | null {
    const policy = symbol.policy.clientOrderId;
    if (policy.onDuplicate === 'accept') return null;
    const same =
      this.byClientId.get(this.#clientKey(account.accountId, symbol, conditional, clientOrderId)) ?? [];
    const isKnown = (order: WorkingOrder): boolean => {
      if (policy.forMs !== null && this.now - order.createdAt > policy.forMs) return false;
      switch (policy.knownWhile) {
        case 'open':
          return isOpen(order.status);
        case 'unfilled':
          return order.filled.isZero();
        case 'ever':
          return true;
      }
    };
    return same.findLast(isKnown) ?? null;
  }

  // ── Placing ────────────────────────────────────────────────────────────────────────────────────────────────

  place(
    account: AccountState,
    request: OrderRequest,
    origin: Origin = {},
  ): WorkingOrder | Refusal | { existing: WorkingOrder } {
    const symbol = this.symbols.get(request.symbol);
    if (symbol === undefined) return { code: 'unknown_symbol', symbol: request.symbol };
    const conditional = isConditionalObject(symbol, request, origin);
    if (request.clientOrderId !== undefined && origin.conditional === undefined) {
      const known = this.#knownBefore(account, symbol, conditional, request.clientOrderId);
      if (known !== null)
        return symbol.policy.clientOrderId.onDuplicate === 'return_existing'
          ? { existing: known }
          : { code: 'duplicate_client_order_id', venueOrderId: known.venueOrderId };
    }
    const refusal = this.review(account, symbol, request, origin);
    if (refusal !== null) return refusal;
    const order = this.accept(account, symbol, request, origin);
    this.start(symbol, account, order);
    return order;
  }

  /** Everything that can speak against the order, besides its client id. */
  review(
    account: AccountState,
    symbol: SymbolState,
    request: OrderRequest,
    origin: Origin = {},
  ): Refusal | null {
    if (origin.liquidation === true) return null;
    const { instrument } = symbol;
    const isWaiting = hasTrigger(request.type) && origin.conditional === undefined;
    const refusal = reviewForm(instrument, request, this.#reference(symbol));
    if (refusal !== null) return refusal;
    if (this.#limits) {
      const limit = this.#countLimit(account, symbol, isWaiting);
      if (limit !== null) return { code: 'too_many_open_orders', limit };
    }
    if (isWaiting && symbol.policy.alreadyTriggered === 'refuse' && this.#isReached(symbol, request))
      return { code: 'would_trigger_immediately' };
    if (request.reduceOnly === true && !isWaiting && !this.#canReduce(account, symbol, request.side))
      return { code: 'reduce_only_refused' };
    if (
      request.postOnly === true &&
      !isWaiting &&
      symbol.policy.postOnlyWouldTake === 'refuse' &&
      wouldTake(symbol, request)
    )
      return { code: 'post_only_would_take' };
    if (account.internal || origin.withoutLock === true) return null;
    return instrument.marketType === 'spot'
      ? this.#reviewSpotFunds(account, symbol, request)
      : this.#reviewMargin(account, symbol, request, isWaiting);
  }

  #reference(symbol: SymbolState): Decimal {
    return symbol.instrument.marketType === 'spot' ? symbol.lastPrice : symbol.market.mid;
  }

  #countLimit(account: AccountState, symbol: SymbolState, isWaiting: boolean): number | null {
    const { maxOpenOrders, maxUntriggeredOrders } = symbol.instrument;
    if (account.openOrders.size < Math.min(maxOpenOrders, maxUntriggeredOrders)) return null;
    let open = 0;
    let untriggered = 0;
    for (const order of account.openOrders) {
      if (order.symbol !== symbol.instrument.symbol) continue;
      open += 1;
      if (order.status === 'untriggered') untriggered += 1;
    }
    if (open >= maxOpenOrders) return maxOpenOrders;
    return isWaiting && untriggered >= maxUntriggeredOrders ? maxUntriggeredOrders : null;
  }

  #isReached(
    symbol: SymbolState,
    request: Pick<OrderRequest, 'type' | 'side' | 'stopPrice' | 'triggerSource'>,
  ): boolean {
    if (request.stopPrice === undefined) return false;
    const price = request.triggerSource === 'mark' ? symbol.market.mid : symbol.lastPrice;
    return firesOnRise(request) ? price.atLeast(request.stopPrice) : price.atMost(request.stopPrice);
  }

  #canReduce(account: AccountState, symbol: SymbolState, side: 'buy' | 'sell'): boolean {
    return this.#closable(account, symbol, side).isPositive();
  }

  /** How much an order of this side can take off the position. */
  #closable(account: AccountState, symbol: SymbolState, side: 'buy' | 'sell'): Decimal {
    const quantity = account.positions.get(symbol.instrument.symbol)?.quantity ?? Decimal.zero;
    const reduces = side === 'sell' ? quantity.isPositive() : quantity.isNegative();
    return reduces ? quantity.abs() : Decimal.zero;
  }

  #reviewSpotFunds(account: AccountState, symbol: SymbolState, request: OrderRequest): Refusal | null {
    const { instrument, policy } = symbol;
    const asset = request.side === 'buy' ? instrument.quote : instrument.base;
    const needed = spotNeed(symbol, request);
    const free = this.ledger.free(account, policy.wallet, asset);
    return needed.greaterThan(free)
      ? { code: 'insufficient_balance', asset, needed, free: free.max(Decimal.zero) }
      : null;
  }

  #reviewMargin(
    account: AccountState,
    symbol: SymbolState,
    request: OrderRequest,
    isWaiting: boolean,
  ): Refusal | null {
    if (isWaiting || request.reduceOnly === true || request.quantity === undefined) return null;
    const { instrument, policy, market } = symbol;
    const position = this.position(account, symbol);
    const worst = this.#worstPrice(symbol, request);
    const worth = notional(instrument, worst, request.quantity);
    const none = { buys: Decimal.zero, sells: Decimal.zero };
    const extra = request.side === 'buy' ? { ...none, buys: worth } : { ...none, sells: worth };
    const margin = openOrderMargin(position, instrument, market.mid, extra).subtract(
      openOrderMargin(position, instrument, market.mid, none),
    );
    if (!margin.isPositive()) return null;
    const difference = request.side === 'buy' ? worst.subtract(market.mid) : market.mid.subtract(worst);
    const openLoss = notional(instrument, difference, request.quantity).max(Decimal.zero);
    const needed = margin.add(openLoss).add(worth.multiply(policy.fees.taker));
    const free = this.ledger.free(account, policy.wallet, instrument.quote);
    return needed.greaterThan(free)
      ? { code: 'insufficient_balance', asset: instrument.quote, needed, free: free.max(Decimal.zero) }
      : null;
  }

  /** The limit price, or for a market order the worst price that the book would give now. */
  #worstPrice(symbol: SymbolState, request: OrderRequest): Decimal {
    if (request.price !== undefined) return request.price;
    let left = request.quantity ?? Decimal.zero;
    let worst = symbol.market.mid;
    for (const level of opposite(symbol, request.side).bestFirst()) {
      worst = level.price;
      left = left.subtract(level.total);
      if (!left.isPositive()) break;
    }
    return worst;
  }

  accept(account: AccountState, symbol: SymbolState, request: OrderRequest, origin: Origin): WorkingOrder {
    const { instrument, policy } = symbol;
    const conditional = isConditionalObject(symbol, request, origin);
    const isWaiting = hasTrigger(request.type);
    const order: WorkingOrder = {
      venueOrderId: account.internal
        ? `internal-${this.nextSequence}`
        : this.#newOrderId(symbol, conditional),
      clientOrderId: request.clientOrderId ?? null,
      accountId: account.accountId,
      symbol: instrument.symbol,
      marketType: instrument.marketType,
      side: request.side,
      type: request.type,
      timeInForce: request.timeInForce ?? 'GTC',
      expiresAt: request.expiresAt ?? null,
      postOnly: request.postOnly ?? false,
      price: request.price ?? null,
      stopPrice: request.stopPrice ?? null,
      triggerSource: request.triggerSource ?? 'last',
      quantity: request.quantity ?? Decimal.zero,
      cost: request.cost ?? null,
      reduceOnly: request.reduceOnly ?? false,
      closePosition: request.closePosition ?? false,
      selfTradePrevention: request.selfTradePrevention ?? policy.defaultSelfTradePrevention,
      status: isWaiting ? 'untriggered' : 'open',
      filled: Decimal.zero,
      filledCost: Decimal.zero,
      preventedQuantity: Decimal.zero,
      fees: [],
      endReason: null,
      listId: origin.listId ?? null,
      conditional,
      conditionalVenueOrderId: origin.conditional?.venueOrderId ?? null,
      triggeredVenueOrderId: null,
      tags: request.tags ?? {},
      createdAt: this.now,
      updatedAt: this.now,
      workingAt: isWaiting ? null : this.now,
      triggeredAt: null,
      sequence: this.nextSequence,
      lock: Decimal.zero,
      resting: false,
    };
    this.nextSequence += 1;
    if (!account.internal) {
      this.orders.push(order);
      this.index(account, symbol, order);
      if (order.expiresAt !== null) this.addExpiring(order);
    }
    if (origin.withoutLock !== true) this.#hold(account, symbol, order);
    this.#tell(order, 'accepted');
    return order;
  }

  index(account: AccountState, symbol: SymbolState, order: WorkingOrder): void {
    account.orders.push(order);
    if (isOpen(order.status)) account.openOrders.add(order);
    this.byId.set(idKey(order.symbol, order.conditional, order.venueOrderId), order);
    if (order.clientOrderId !== null) this.#indexClientId(account, symbol, order, order.clientOrderId);
  }

  #indexClientId(
    account: AccountState,
    symbol: SymbolState,
    order: WorkingOrder,
    clientOrderId: string,
  ): void {
    const key = this.#clientKey(account.accountId, symbol, order.conditional, clientOrderId);
    const same = this.byClientId.get(key);
    if (same === undefined) this.byClientId.set(key, [order]);
    else same.push(order);
  }

  #unindexClientId(account: AccountState, symbol: SymbolState, order: WorkingOrder): void {
    if (order.clientOrderId === null) return;
    const key = this.#clientKey(account.accountId, symbol, order.conditional, order.clientOrderId);
    const others = this.byClientId.get(key)?.filter((other) => other !== order) ?? [];
    if (others.length === 0) this.byClientId.delete(key);
    else this.byClientId.set(key, others);
  }

  #newOrderId(symbol: SymbolState, conditional: boolean): string {
    if (symbol.policy.orderIds === 'uuid') return this.idRandom.uuid();
    if (conditional) {
      symbol.nextConditionalNumber += 1;
      return String(symbol.nextConditionalNumber - 1);
    }
    if (symbol.policy.orderIds === 'per_symbol') {
      symbol.nextOrderNumber += 1;
      return String(symbol.nextOrderNumber - 1);
    }
    const { marketType } = symbol.instrument;
    this.nextOrderNumbers[marketType] += 1;
    return String(this.nextOrderNumbers[marketType] - 1);
  }

  addExpiring(order: WorkingOrder): void {
    const expiresAt = order.expiresAt ?? 0;
    let index = this.expiring.length;
    while (index > 0 && (this.expiring[index - 1]?.expiresAt ?? 0) > expiresAt) index -= 1;
    this.expiring.splice(index, 0, order);
  }

  /** Lets an accepted order wait for its trigger, or go to work. */
  start(symbol: SymbolState, account: AccountState, order: WorkingOrder): void {
    if (order.status !== 'untriggered') {
      this.#work(symbol, account, order);
      return;
    }
    if (order.stopPrice === null) throw new Error('an untriggered order has a stop price');
    this.waiting(symbol, order).add(order.stopPrice, order, Decimal.zero);
    const reached = {
      type: order.type,
      side: order.side,
      stopPrice: order.stopPrice,
      triggerSource: order.triggerSource,
    };
    if (this.#isReached(symbol, reached)) this.#trigger(symbol, account, order);
  }

  waiting(symbol: SymbolState, order: WorkingOrder): PriceLevels<WorkingOrder> {
    const side = symbol.waiting[order.triggerSource];
    return firesOnRise(order) ? side.rising : side.falling;
  }

  placeList(account: AccountState, request: OrderListRequest): ListState | Refusal {
    const symbol = this.symbols.get(request.symbol);
    if (symbol === undefined) return { code: 'unknown_symbol', symbol: request.symbol };
    for (const leg of request.legs) {
      if (leg.clientOrderId !== undefined) {
        const known = this.#knownBefore(
          account,
          symbol,
          isConditionalObject(symbol, leg, {}),
          leg.clientOrderId,
        );
        if (known !== null) return { code: 'duplicate_client_order_id', venueOrderId: known.venueOrderId };
      }
      const refusal = reviewListLeg(request, leg) ?? this.review(account, symbol, leg);
      if (refusal !== null) return refusal;
    }
    if (!this.#standsAstride(symbol, request)) return { code: 'list_prices_refused' };
    const listId = String(this.nextListNumber);
    this.nextListNumber += 1;
    // The two legs can never both trade, so the dearer one's hold covers the other.
    const [first, second] = request.legs;
    const firstHolds = spotNeed(symbol, first).atLeast(spotNeed(symbol, second));
    const legs = [
      this.accept(account, symbol, first, { listId, withoutLock: !firstHolds }),
      this.accept(account, symbol, second, { listId, withoutLock: firstHolds }),
    ];
    const list: ListState = {
      listId,
      clientListId: request.clientListId ?? null,
      accountId: account.accountId,
      symbol: request.symbol,
      legs,
      status: 'executing',
      tags: request.tags ?? {},
      createdAt: this.now,
      updatedAt: this.now,
    };
    this.lists.set(listId, list);
    this.tellList(list);
    for (const leg of legs) if (isOpen(leg.status)) this.start(symbol, account, leg);
    return list;
  }

  /** One leg fires or trades above the market and the other below it. */
  #standsAstride(symbol: SymbolState, request: OrderListRequest): boolean {
    const last = symbol.lastPrice;
    const isAbove = (leg: OrderRequest): boolean => (leg.stopPrice ?? leg.price ?? last).greaterThan(last);
    const isBelow = (leg: OrderRequest): boolean => (leg.stopPrice ?? leg.price ?? last).lessThan(last);
    const [first, second] = request.legs;
    return (isAbove(first) && isBelow(second)) || (isBelow(first) && isAbove(second));
  }

  // ── Working and matching ───────────────────────────────────────────────────────────────────────────────────

  #work(symbol: SymbolState, account: AccountState, order: WorkingOrder): void {
    order.workingAt = this.now;
    if (order.postOnly && wouldTake(symbol, order)) {
      const { postOnlyWouldTake } = symbol.policy;
      this.end(order, postOnlyWouldTake === 'refuse' ? 'expired' : postOnlyWouldTake, 'post_only_would_take');
      return;
    }
    if (order.timeInForce === 'FOK' && !this.#isFillable(symbol, account, order)) {
      this.end(order, symbol.policy.unfilledRest, 'fok_not_fillable');
      return;
    }
    this.#match(symbol, account, order);
    if (!isOpen(order.status)) return;
    const mayRest = hasLimitPrice(order.type) && (order.timeInForce === 'GTC' || order.timeInForce === 'GTD');
    if (!mayRest) {
      this.end(order, symbol.policy.unfilledRest, 'rest_not_filled');
      return;
    }
    this.rest(symbol, order);
  }

  rest(symbol: SymbolState, order: WorkingOrder): void {
    if (order.price === null) throw new Error('a resting order has a price');
    own(symbol, order.side).add(order.price, order, remaining(order));
    order.resting = true;
    if (order.reduceOnly) symbol.reduceOnly.add(order);
    this.#touch(symbol, order.side, order.price);
  }

  /** Lets `settle` look at the symbol. */
  markDirty(symbol: SymbolState): void {
    this.#dirty.add(symbol);
  }

  #touch(symbol: SymbolState, side: 'buy' | 'sell', price: Decimal): void {
    (side === 'buy' ? symbol.touchedBids : symbol.touchedAsks).set(price.toString(), price);
    this.#dirty.add(symbol);
  }

  #isFillable(symbol: SymbolState, account: AccountState, order: WorkingOrder): boolean {
    let left = remaining(order);
    if (order.reduceOnly && this.#closable(account, symbol, order.side).lessThan(left)) return false;
    for (const level of opposite(symbol, order.side).bestFirst()) {
      if (order.price !== null && !crosses(order.side, order.price, level.price)) break;
      if (order.selfTradePrevention === 'none') {
        left = left.subtract(level.total);
      } else {
        for (const maker of level.queue) {
          if (maker.accountId !== order.accountId) left = left.subtract(remaining(maker));
          else if (order.selfTradePrevention !== 'expire_maker') return !left.isPositive();
          if (!left.isPositive()) return true;
        }
      }
      if (!left.isPositive()) return true;
    }
    return false;
  }

  #match(symbol: SymbolState, account: AccountState, taker: WorkingOrder): void {
    const book = opposite(symbol, taker.side);
    while (isOpen(taker.status)) {
      const level = book.best();
      if (level === undefined) return;
      if (taker.price !== null && !crosses(taker.side, taker.price, level.price)) return;
      const [maker] = level.queue;
      if (maker === undefined) throw new Error('a level has orders');
      if (this.#preventSelfTrade(symbol, taker, maker)) continue;
      const makerAccount = this.account(maker.accountId);
      let quantity = remaining(maker).min(this.#takeable(symbol, account, taker, level.price));
      if (taker.reduceOnly) quantity = quantity.min(this.#closable(account, symbol, taker.side));
      if (!quantity.isPositive()) {
        this.#endExhausted(symbol, taker);
        return;
      }
      if (maker.reduceOnly) quantity = quantity.min(this.#closable(makerAccount, symbol, maker.side));
      if (!quantity.isPositive()) {
        this.end(maker, symbol.policy.unfilledRest, 'reduce_only');
        continue;
      }
      this.#trade(symbol, taker, maker, level.price, quantity);
    }
  }

  /** What the taker may still take at this price: its rest, what its cost still buys, what its account can pay. */
  #takeable(symbol: SymbolState, account: AccountState, taker: WorkingOrder, price: Decimal): Decimal {
    const { instrument, policy } = symbol;
    if (taker.cost !== null) return affordable(symbol, taker.cost.subtract(taker.filledCost), price);
    const left = remaining(taker);
    const isUncovered =
      !account.internal &&
      instrument.marketType === 'spot' &&
      taker.side === 'buy' &&
      !hasLimitPrice(taker.type);
    if (!isUncovered) return left;
    return left.min(affordable(symbol, this.ledger.free(account, policy.wallet, instrument.quote), price));
  }

  /** The taker can take no more: its cost is spent, its balance gone, or it has nothing left to reduce. */
  #endExhausted(symbol: SymbolState, taker: WorkingOrder): void {
    const reason: EndReason = taker.reduceOnly
      ? 'reduce_only'
      : taker.cost === null
        ? 'insufficient_balance'
        : 'rest_not_filled';
    this.end(taker, symbol.policy.unfilledRest, reason);
  }

  /** True when the two orders belong together and one of them had to go. */
  #preventSelfTrade(symbol: SymbolState, taker: WorkingOrder, maker: WorkingOrder): boolean {
    if (taker.accountId !== maker.accountId || taker.selfTradePrevention === 'none') return false;
    const expire = (order: WorkingOrder, prevented: Decimal): void => {
      this.#prevent(symbol, order, prevented);
      this.end(order, 'expired', 'self_trade_prevention');
    };
    const both = remaining(taker).min(remaining(maker));
    switch (taker.selfTradePrevention) {
      case 'expire_taker':
        expire(taker, both);
        return true;
      case 'expire_maker':
        expire(maker, both);
        return true;
      case 'expire_both':
        expire(maker, both);
        expire(taker, both);
        return true;
      case 'decrement':
        for (const order of [maker, taker]) {
          if (remaining(order).equals(both)) expire(order, both);
          else this.#prevent(symbol, order, both);
        }
        return true;
    }
  }

  #prevent(symbol: SymbolState, order: WorkingOrder, quantity: Decimal): void {
    if (order.cost !== null) return;
    // A leg that is cut counts as one that traded; the hold that the legs share would no longer cover the others.
    this.#endOtherLegs(order);
    this.#unhold(symbol, order, quantity);
    order.preventedQuantity = order.preventedQuantity.add(quantity);
    if (order.resting && order.price !== null) {
      own(symbol, order.side).adjust(order.price, quantity.negate());
      this.#touch(symbol, order.side, order.price);
    }
  }

  #trade(
    symbol: SymbolState,
    taker: WorkingOrder,
    maker: WorkingOrder,
    price: Decimal,
    quantity: Decimal,
  ): void {
    this.#endOtherLegs(maker);
    this.#endOtherLegs(taker);
    const { instrument } = symbol;
    const tradeId = String(symbol.nextTradeNumber);
    symbol.nextTradeNumber += 1;
    const cost = notional(instrument, price, quantity);
    for (const order of [maker, taker]) {
      this.#unhold(symbol, order, quantity);
      if (order.cost !== null) order.quantity = order.quantity.add(quantity);
      order.filled = order.filled.add(quantity);
      order.filledCost = order.filledCost.add(cost);
      order.updatedAt = this.now;
    }
    if (maker.price === null) throw new Error('a maker has a price');
    const book = own(symbol, maker.side);
    book.adjust(maker.price, quantity.negate());
    if (remaining(maker).isZero()) this.leaveBook(symbol, maker);
    this.#touch(symbol, maker.side, maker.price);
    for (const order of [maker, taker]) {
      order.status = this.#isComplete(symbol, order, price) ? 'filled' : 'partially_filled';
    }
    if (maker.accountId === MAKER_ACCOUNT) symbol.quotesHit = true;
    for (const order of [maker, taker]) {
      const fill = this.#pay(
        symbol,
        order,
        tradeId,
        price,
        quantity,
        cost,
        order === maker ? 'maker' : 'taker',
      );
      if (!isOpen(order.status)) this.#forget(order);
      if (fill !== null) this.#tell(order, 'filled', fill);
    }
    symbol.lastPrice = price;
    symbol.traded =
      symbol.traded === null
        ? { lowest: price, highest: price }
        : { lowest: symbol.traded.lowest.min(price), highest: symbol.traded.highest.max(price) };
    this.#dirty.add(symbol);
    const trade = { tradeId, price, quantity, takerSide: taker.side, at: this.now };
    symbol.trades.push(trade);
    if (symbol.trades.length > 2 * TRADES_KEPT) symbol.trades.splice(0, symbol.trades.length - TRADES_KEPT);
    this.emit({ kind: 'trade', symbol: instrument.symbol, ...trade });
    for (const order of [maker, taker]) {
      if (!isOpen(order.status)) this.#closeListOf(order);
      if (instrument.marketType === 'swap') this.#trimReduceOnly(symbol, order.accountId);
    }
  }

  #isComplete(symbol: SymbolState, order: WorkingOrder, price: Decimal): boolean {
    if (order.cost === null) return remaining(order).isZero();
    const next = opposite(symbol, order.side).best()?.price ?? price;
    return affordable(symbol, order.cost.subtract(order.filledCost), next).isZero();
  }

  /** Moves the money of one side of a trade; the fill, or null for the venue's own accounts. */
  #pay(
    symbol: SymbolState,
    order: WorkingOrder,
    tradeId: string,
    price: Decimal,
    quantity: Decimal,
    cost: Decimal,
    liquidity: 'maker' | 'taker',
  ): Fill | null {
    const account = this.account(order.accountId);
    const { instrument, policy } = symbol;
    const isBuy = order.side === 'buy';
    const move = (asset: string, change: Decimal): void =>
      this.ledger.move(account, policy.wallet, asset, change, 'fill');
    const rate = account.internal ? Decimal.zero : policy.fees[liquidity];
    const isSpot = instrument.marketType === 'spot';
    const feeAsset = isSpot && isBuy ? instrument.base : instrument.quote;
    const fee = (isSpot && isBuy ? quantity : cost).multiply(rate).divide(Decimal.one, FEE_SCALE, 'down');
    let realizedPnl = Decimal.zero;
    if (isSpot) {
      move(instrument.base, isBuy ? quantity : quantity.negate());
      move(instrument.quote, isBuy ? cost.negate() : cost);
    } else {
      const position = this.position(account, symbol);
      realizedPnl = bookTrade(position, instrument, isBuy ? quantity : quantity.negate(), price);
      position.updatedAt = this.now;
      if (!realizedPnl.isZero()) move(instrument.quote, realizedPnl);
      this.tellPosition(account, symbol, position, 'fill');
    }
    if (!fee.isZero()) {
      move(feeAsset, fee.negate());
      this.ledger.move(this.account(FEE_ACCOUNT), policy.wallet, feeAsset, fee, 'fill');
    }
    if (account.internal) return null;
    const known = order.fees.find((total) => total.asset === feeAsset);
    order.fees = [
      ...order.fees.filter((total) => total.asset !== feeAsset),
      { asset: feeAsset, amount: known === undefined ? fee : known.amount.add(fee) },
    ];
    const fill: Fill = {
      tradeId,
      venueOrderId: order.venueOrderId,
      clientOrderId: order.clientOrderId,
      accountId: order.accountId,
      symbol: order.symbol,
      marketType: order.marketType,
      side: order.side,
      price,
      quantity,
      cost,
      fee,
      feeAsset,
      liquidity,
      realizedPnl,
      at: this.now,
    };
    this.fills.push(fill);
    this.indexFill(account, fill);
    return fill;
  }

  indexFill(account: AccountState, fill: Fill): void {
    const fills = account.fills.get(fill.symbol);
    if (fills === undefined) account.fills.set(fill.symbol, [fill]);
    else fills.push(fill);
  }

  // ── Holding ────────────────────────────────────────────────────────────────────────────────────────────────

  /** Locks what a new order needs, where it needs it before it trades. */
  #hold(account: AccountState, symbol: SymbolState, order: WorkingOrder): void {
    const unit = holdPerUnit(symbol, order);
    if (unit === null || account.internal) return;
    this.#changeLock(account, symbol, order, remaining(order).multiply(unit));
  }

  /** Gives up the part of the hold that stood for `quantity`. */
  #unhold(symbol: SymbolState, order: WorkingOrder, quantity: Decimal): void {
    if (order.lock.isZero()) return;
    const unit = holdPerUnit(symbol, order);
    if (unit === null) return;
    this.#changeLock(
      this.account(order.accountId),
      symbol,
      order,
      quantity.multiply(unit).min(order.lock).negate(),
    );
  }

  #changeLock(account: AccountState, symbol: SymbolState, order: WorkingOrder, change: Decimal): void {
    order.lock = order.lock.add(change);
    const { instrument, policy } = symbol;
    if (instrument.marketType === 'swap') {
      const position = this.position(account, symbol);
      if (order.side === 'buy') position.openBuys = position.openBuys.add(change);
      else position.openSells = position.openSells.add(change);
      return;
    }
    const asset = order.side === 'buy' ? instrument.quote : instrument.base;
    this.ledger.lock(account, policy.wallet, asset, change, 'order');
  }

  // ── Ending ─────────────────────────────────────────────────────────────────────────────────────────────────

  /** Ends an open order that will not be filled further. */
  end(
    order: WorkingOrder,
    status: 'canceled' | 'expired' | 'rejected',
    reason: EndReason,
    requestClientOrderId: string | null = null,
  ): void {
    const symbol = this.symbolOf(order);
    this.#release(symbol, order);
    order.status = status;
    order.endReason = reason;
    order.updatedAt = this.now;
    this.#forget(order);
    this.#tell(order, status, null, requestClientOrderId);
    const list = order.listId === null ? undefined : this.lists.get(order.listId);
    if (list === undefined || list.status === 'done') return;
    // A leg that ends before it traded takes the other with it; the recursion ends because this one is closed.
    for (const leg of list.legs) {
      if (leg === order || !isOpen(leg.status)) continue;
      if (reason === 'list_other_leg') continue;
      this.end(leg, status === 'canceled' ? 'canceled' : 'expired', 'list_other_leg', requestClientOrderId);
    }
    this.#closeListOf(order);
  }

  /** Takes the order out of the book or of waiting, and gives its hold back. */
  #release(symbol: SymbolState, order: WorkingOrder): void {
    if (order.resting) {
      this.leaveBook(symbol, order);
    } else if (order.status === 'untriggered' && order.stopPrice !== null) {
      const waiting = this.waiting(symbol, order);
      if (waiting.at(order.stopPrice)?.queue.has(order) === true)
        waiting.remove(order.stopPrice, order, Decimal.zero);
    }
    if (!order.lock.isZero())
      this.#changeLock(this.account(order.accountId), symbol, order, order.lock.negate());
  }

  leaveBook(symbol: SymbolState, order: WorkingOrder): void {
    if (order.price === null) throw new Error('a resting order has a price');
    own(symbol, order.side).remove(order.price, order, remaining(order));
    order.resting = false;
    symbol.reduceOnly.delete(order);
    this.#touch(symbol, order.side, order.price);
    if (order.accountId === MAKER_ACCOUNT) {
      (order.side === 'buy' ? symbol.quotes.bids : symbol.quotes.asks).delete(order.price.toString());
    }
  }

  /** Takes an order of the venue's own out of the book. */
  withdraw(symbol: SymbolState, order: WorkingOrder): void {
    this.leaveBook(symbol, order);
    order.status = 'canceled';
  }

  #forget(order: WorkingOrder): void {
    this.account(order.accountId).openOrders.delete(order);
    if (order.expiresAt !== null) {
      const index = this.expiring.indexOf(order);
      if (index >= 0) this.expiring.splice(index, 1);
    }
    // What is left of a hold (price improvement leaves none; rounding cannot) goes back in any case.
    if (!order.lock.isZero())
      this.#changeLock(this.account(order.accountId), this.symbolOf(order), order, order.lock.negate());
  }

  /** Before a leg trades or triggers, the others expire and the hold passes to it. */
  #endOtherLegs(order: WorkingOrder): void {
    const list = order.listId === null ? undefined : this.lists.get(order.listId);
    if (list === undefined || list.status === 'done') return;
    let ended = false;
    for (const leg of list.legs) {
      if (leg === order || !isOpen(leg.status)) continue;
      this.end(leg, 'expired', 'list_other_leg');
      ended = true;
    }
    const symbol = this.symbolOf(order);
    if (ended && order.lock.isZero()) this.#hold(this.account(order.accountId), symbol, order);
  }

  #closeListOf(order: WorkingOrder): void {
    const list = order.listId === null ? undefined : this.lists.get(order.listId);
    if (list === undefined || list.status === 'done' || list.legs.some((leg) => isOpen(leg.status))) return;
    list.status = 'done';
    list.updatedAt = this.now;
    this.tellList(list);
  }

  #trimReduceOnly(symbol: SymbolState, accountId: string): void {
    if (symbol.reduceOnly.size === 0) return;
    const account = this.account(accountId);
    const useless = [...symbol.reduceOnly]
      .filter((order) => order.accountId === accountId && !this.#canReduce(account, symbol, order.side))
      .sort((left, right) => left.sequence - right.sequence);
    for (const order of useless) this.end(order, symbol.policy.unfilledRest, 'reduce_only');
  }

  reviewAmendment(account: AccountState, order: WorkingOrder, change: Amendment): Refusal | null {
    if (!isOpen(order.status)) return { code: 'order_not_open', venueOrderId: order.venueOrderId };
    const symbol = this.symbolOf(order);
    const no = (detail: string): Refusal => ({ code: 'amend_refused', detail });
    if (order.price === null || order.cost !== null) return no('only limit orders can be amended');
    const quantity = change.quantity ?? order.quantity;
    const price = change.price ?? order.price;
    if (quantity.equals(order.quantity) && price.equals(order.price)) return no('nothing changes');
    if (quantity.atMost(order.filled)) return no('the quantity must be above what is filled');
    if (order.listId !== null) return no('the leg of a list cannot be amended');
    const { clientOrderId } = change;
    if (clientOrderId !== undefined && clientOrderId !== order.clientOrderId) {
      const known = this.#knownBefore(account, symbol, order.conditional, clientOrderId);
      if (known !== null) return { code: 'duplicate_client_order_id', venueOrderId: known.venueOrderId };
    }
    const request: OrderRequest = {
      symbol: order.symbol,
      side: order.side,
      type: 'limit',
      quantity,
      price,
      ...(order.reduceOnly ? { reduceOnly: true } : {}),
    };
    const refusal = reviewForm(symbol.instrument, request, this.#reference(symbol));
    if (refusal !== null) return refusal;
    const isWaiting = order.status === 'untriggered';
    if (
      order.postOnly &&
      !isWaiting &&
      symbol.policy.postOnlyWouldTake === 'refuse' &&
      wouldTake(symbol, request)
    )
      return { code: 'post_only_would_take' };
    // Funds are reviewed for what it will hold beyond what it holds.
    const unit = holdPerUnit(symbol, { ...order, price });
    if (unit === null) return null;
    const { instrument, policy } = symbol;
    const more = quantity
      .subtract(order.filled)
      .subtract(order.preventedQuantity)
      .multiply(unit)
      .subtract(order.lock);
    const isSwap = instrument.marketType === 'swap';
    const asset = isSwap || order.side === 'buy' ? instrument.quote : instrument.base;
    const needed =
      isSwap && more.isPositive() ? perLeverage(more, this.position(account, symbol).leverage) : more;
    const free = this.ledger.free(account, policy.wallet, asset);
    return needed.isPositive() && needed.greaterThan(free)
      ? { code: 'insufficient_balance', asset, needed, free: free.max(Decimal.zero) }
      : null;
  }

  /** Changes an open limit order; it must have been reviewed. A lower quantity alone keeps its place. */
  amend(account: AccountState, order: WorkingOrder, change: Amendment): void {
    const symbol = this.symbolOf(order);
    if (order.price === null) throw new Error('only limit orders are amended');
    const quantity = change.quantity ?? order.quantity;
    const price = change.price ?? order.price;
    const isWaiting = order.status === 'untriggered';
    if (change.clientOrderId !== undefined && change.clientOrderId !== order.clientOrderId) {
      this.#unindexClientId(account, symbol, order);
      order.clientOrderId = change.clientOrderId;
      this.#indexClientId(account, symbol, order, change.clientOrderId);
    }
    order.updatedAt = this.now;
    if (order.price.equals(price) && quantity.atMost(order.quantity)) {
      const less = order.quantity.subtract(quantity);
      this.#unhold(symbol, order, less);
      if (order.resting) {
        own(symbol, order.side).adjust(price, less.negate());
        this.#touch(symbol, order.side, price);
      }
      order.quantity = quantity;
      this.#tell(order, 'amended');
      return;
    }
    if (order.resting) this.leaveBook(symbol, order);
    this.#changeLock(account, symbol, order, order.lock.negate());
    order.quantity = quantity;
    order.price = price;
    this.#hold(account, symbol, order);
    this.#tell(order, 'amended');
    if (!isWaiting) this.#work(symbol, account, order);
  }

  // ── Triggers ───────────────────────────────────────────────────────────────────────────────────────────────

  #trigger(symbol: SymbolState, account: AccountState, order: WorkingOrder): void {
    if (order.stopPrice === null) throw new Error('an order that triggers has a stop price');
    this.waiting(symbol, order).remove(order.stopPrice, order, Decimal.zero);
    order.triggeredAt = this.now;
    order.updatedAt = this.now;
    if (order.conditional) {
      this.#triggerConditional(symbol, account, order);
      return;
    }
    order.status = 'open';
    this.#endOtherLegs(order);
    this.#tell(order, 'triggered');
    // A market type holds an estimate only while it waits; from here on it pays as it goes.
    if (!hasLimitPrice(order.type)) this.#changeLock(account, symbol, order, order.lock.negate());
    this.#work(symbol, account, order);
  }

  #triggerConditional(symbol: SymbolState, account: AccountState, order: WorkingOrder): void {
    const closable = this.#closable(account, symbol, order.side);
    if (order.closePosition && closable.isZero()) {
      order.status = 'open';
      this.end(order, 'expired', 'reduce_only');
      return;
    }
    const isLimit = hasLimitPrice(order.type);
    const request: OrderRequest = {
      symbol: order.symbol,
      side: order.side,
      type: isLimit ? 'limit' : 'market',
      quantity: order.closePosition ? closable : order.quantity,
      ...(isLimit && order.price !== null ? { price: order.price, timeInForce: order.timeInForce } : {}),
      ...(isLimit && order.expiresAt !== null ? { expiresAt: order.expiresAt } : {}),
      ...(order.postOnly ? { postOnly: true } : {}),
      reduceOnly: order.reduceOnly || order.closePosition,
      selfTradePrevention: order.selfTradePrevention,
      ...(symbol.policy.triggeredClientOrderId === 'same' && order.clientOrderId !== null
        ? { clientOrderId: order.clientOrderId }
        : {}),
      tags: order.tags,
    };
    const origin = { conditional: order };
    const refusal = this.review(account, symbol, request, origin);
    if (refusal !== null) {
      order.status = 'open';
      this.end(order, 'rejected', 'refused_on_trigger');
      return;
    }
    const created = this.accept(account, symbol, request, origin);
    order.status = 'triggered';
    order.triggeredVenueOrderId = created.venueOrderId;
    this.#forget(order);
    this.#tell(order, 'triggered');
    this.start(symbol, account, created);
  }

  /** The next order whose price has come, by what traded since the last settling or by the mark. */
  #nextTriggered(symbol: SymbolState): WorkingOrder | null {
    const { waiting, traded, market } = symbol;
    const reached = [
      ...(traded === null ? [] : [{ ...waiting.last, highest: traded.highest, lowest: traded.lowest }]),
      { ...waiting.mark, highest: market.mid, lowest: market.mid },
    ];
    for (const { rising, falling, highest, lowest } of reached) {
      const up = rising.best();
      if (up?.price.atMost(highest) === true) return first(up.queue);
      const down = falling.best();
      if (down?.price.atLeast(lowest) === true) return first(down.queue);
    }
    return null;
  }

  // ── Settling a call ────────────────────────────────────────────────────────────────────────────────────────

  /** Lets triggers, liquidations and held quotes follow from what happened, then tells of the books. */
  settle(): void {
    // Each round ends orders or positions for good, so the rounds come to an end.
    for (let isSettled = false; !isSettled;) {
      for (const symbol of this.#dirty) this.#runTriggers(symbol);
      for (const symbol of this.#dirty) {
        if (symbol.instrument.marketType === 'swap') this.swaps.checkLiquidations(symbol);
        if (symbol.quotesHit && symbol.market.held) this.maker.quote(symbol, symbol.instrument.priceTick);
      }
      isSettled = [...this.#dirty].every((symbol) => symbol.traded === null);
    }
    for (const symbol of this.#dirty) this.#tellBook(symbol);
    this.#dirty.clear();
    this.ledger.flush(this.now, this.emit);
  }

  #runTriggers(symbol: SymbolState): void {
    for (;;) {
      const order = this.#nextTriggered(symbol);
      if (order === null) break;
      this.#trigger(symbol, this.account(order.accountId), order);
    }
    symbol.traded = null;
  }

  // ── Swaps ──────────────────────────────────────────────────────────────────────────────────────────────────

  position(account: AccountState, symbol: SymbolState): PositionState {
    const name = symbol.instrument.symbol;
    let position = account.positions.get(name);
    if (position === undefined) {
      position = newPosition(name, symbol.instrument.swap?.defaultLeverage ?? 1, this.now);
      account.positions.set(name, position);
    }
    return position;
  }

  /** What stands behind a position besides its own PnL, less the maintenance margin of whatever shares it. */
  backing(account: AccountState, symbol: SymbolState, position: PositionState): Decimal {
    if (position.marginMode === 'isolated') return position.isolatedMargin;
    const { instrument, policy, market } = symbol;
    const figures = this.ledger.margin(account, policy.wallet, instrument.quote);
    const others = figures.crossMaintenance.subtract(maintenanceMargin(position, instrument, market.mid));
    return figures.crossBacking.subtract(unrealizedPnl(position, instrument, market.mid)).subtract(others);
  }

  // ── Telling ────────────────────────────────────────────────────────────────────────────────────────────────

  #tell(
    order: WorkingOrder,
    change: OrderChange,
    fill: Fill | null = null,
    requestClientOrderId: string | null = null,
  ): void {
    if (isVenueAccount(order.accountId)) return;
    if (this.isHeard)
      this.emit({ kind: 'order', at: this.now, change, order: viewOf(order), fill, requestClientOrderId });
    this.ledger.flush(this.now, this.emit);
  }

  tellList(list: ListState): void {
    this.emit({ kind: 'list', at: this.now, list: viewOfList(list) });
  }

  tellPosition(
    account: AccountState,
    symbol: SymbolState,
    position: PositionState,
    reason: 'fill' | 'funding' | 'liquidation' | 'settings',
  ): void {
    if (account.internal || !this.isHeard) return;
    const { instrument, market } = symbol;
    this.emit({
      kind: 'position',
      at: this.now,
      accountId: account.accountId,
      position: viewOfPosition(position, instrument, market.mid, this.backing(account, symbol, position)),
      reason,
    });
  }

  tellMark(symbol: SymbolState): void {
    this.emit({
      kind: 'mark',
      at: this.now,
      symbol: symbol.instrument.symbol,
      markPrice: symbol.market.mid,
      fundingRate: symbol.instrument.swap?.fundingRate ?? Decimal.zero,
      nextFundingAt: symbol.nextFundingAt,
    });
  }

  #tellBook(symbol: SymbolState): void {
    const { touchedBids, touchedAsks } = symbol;
    if (touchedBids.size + touchedAsks.size === 0) return;
    symbol.updateId += 1;
    const changed = (touched: Map<string, Decimal>, side: PriceLevels<WorkingOrder>): BookLevel[] =>
      [...touched.values()].map((price) => [price, side.at(price)?.total ?? Decimal.zero] as const);
    this.emit({
      kind: 'book',
      at: this.now,
      symbol: symbol.instrument.symbol,
      updateId: symbol.updateId,
      bids: changed(touchedBids, symbol.bids),
      asks: changed(touchedAsks, symbol.asks),
    });
    touchedBids.clear();
    touchedAsks.clear();
  }

  account(accountId: string): AccountState {
    const account = this.ledger.accounts.get(accountId);
    if (account === undefined) throw new Error(`no account ${accountId}`);
    return account;
  }

  symbolOf(order: Pick<Order, 'symbol'>): SymbolState {
    const symbol = this.symbols.get(order.symbol);
    if (symbol === undefined) throw new Error(`no symbol ${order.symbol}`);
    return symbol;
  }

  /** Moves funds between a user's wallets. */
  transfer(
    account: AccountState,
    asset: string,
    amount: Decimal,
    from: 'spot' | 'swap',
    to: 'spot' | 'swap',
  ): Refusal | null {
    if (!amount.isPositive()) return { code: 'bad_field', field: 'amount', detail: 'must be above zero' };
    const free = this.ledger
      .shownFree(account, from, asset)
      .min(this.ledger.balance(account, from, asset).total);
    if (amount.greaterThan(free)) return { code: 'insufficient_balance', asset, needed: amount, free };
    const reason: BalanceReason = 'transfer';
    this.ledger.move(account, from, asset, amount.negate(), reason);
    this.ledger.move(account, to, asset, amount, reason);
    return null;
  }
}

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
    createdAt: at,
    internal,
    balances: new Map(),
    positions: new Map(),
    orders: [],
    openOrders: new Set(),
    fills: new Map(),
    funding: [],
  };
}

export function viewOfList(list: ListState): OrderList {
  const { legs, ...rest } = list;
  return {
    ...rest,
    legs: legs.map(({ venueOrderId, clientOrderId }) => ({ venueOrderId, clientOrderId })),
  };
}

export function idKey(symbol: string, conditional: boolean, venueOrderId: string): string {
  return `${symbol}|${conditional ? 'c' : 'o'}|${venueOrderId}`;
}

export function nextMultiple(at: number, intervalMs: number): number {
  return (Math.floor(at / intervalMs) + 1) * intervalMs;
}

/** Buy stops and sell take-profits fire when the price rises to the trigger; the others when it falls to it. */
function firesOnRise(order: Pick<OrderRequest, 'type' | 'side'>): boolean {
  const isStop = order.type === 'stop_market' || order.type === 'stop_limit';
  return isStop === (order.side === 'buy');
}

function isConditionalObject(symbol: SymbolState, request: OrderRequest, origin: Origin): boolean {
  return (
    origin.conditional === undefined && hasTrigger(request.type) && symbol.policy.onTrigger === 'new_order'
  );
}

function reviewListLeg(request: OrderListRequest, leg: OrderRequest): Refusal | null {
  const [one] = request.legs;
  const bad = (field: string, detail: string): Refusal => ({ code: 'bad_field', field, detail });
  if (leg.symbol !== request.symbol) return bad('symbol', "must be the list's");
  if (leg.side !== one.side) return bad('side', 'must be the same for both legs');
  if (leg.quantity === undefined || one.quantity?.equals(leg.quantity) !== true)
    return bad('quantity', 'must be the same for both legs');
  if (leg.type === 'market') return bad('type', 'a leg must wait for its price');
  return null;
}
