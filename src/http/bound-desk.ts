/**
 * The desk as a token sees it that is bound to accounts or strategies: a desk of the same form, with nothing else in it.
 *
 * Entry points: `boundDesk`, `isWithin`, `isOwnEvent`.
 *
 * Invariants:
 *  1. Every method of a desk is here: one that is added does not compile until it says what a bound token gets.
 *  2. An order, a position or a balance of another account or strategy is not found, and not refused: that it exists is not shown.
 *  3. Figures that a portfolio has as a whole are refused, and to a token that is bound to strategies also those of an account,
 *     which strategies share. Of its own strategies it gets the books, the results and the trading state.
 *  4. A token that is bound to strategies closes no more of a position than they hold.
 */
import type { AccountId } from '../core/ids.ts';
import type { Order } from '../core/order/order.ts';
import { orderIdsOf, type PortfolioEvent } from '../core/portfolio/events.ts';
import type { LimitScope } from '../core/risk/limit-scopes.ts';
import { isBound, type TokenBounds } from '../directory/token.ts';
import type {
  Books,
  CancelAnswer,
  Controls,
  Desk,
  OrderEntry,
  OrderFilter,
  PlaceIntent,
} from '../engine/desk.ts';
import { Problem } from './problem.ts';

/** Whether an order, or the wish for one, belongs to a token. */
export function isWithin(
  { accounts, strategies }: TokenBounds,
  order: { readonly accountId: AccountId; readonly strategy: string | null },
): boolean {
  return (
    (accounts === null || accounts.includes(order.accountId)) &&
    (strategies === null || (order.strategy !== null && strategies.includes(order.strategy)))
  );
}

/** Whether what an event is about belongs to a token; `order` is the event's, null where it is of none or not known. */
export function isOwnEvent(bounds: TokenBounds, event: PortfolioEvent, order: Order | null): boolean {
  if (!isBound(bounds)) return true;
  if (orderIdsOf(event).length > 0) return order !== null && isWithin(bounds, order);
  const { accounts, strategies } = bounds;
  if (!('accountId' in event) || accounts?.includes(event.accountId) === false) return false;
  // Executions of orders that were not placed here carry no strategy.
  return strategies === null || event.type === 'account_reset';
}

/** Throws `token_bound`. */
function refuse(what: string): never {
  throw new Problem('token_bound', `${what}: this token is for a part of the portfolio alone.`);
}

export function boundDesk(desk: Desk, bounds: TokenBounds): Desk {
  return {
    get portfolioId() {
      return desk.portfolioId;
    },
    get ready() {
      return desk.ready;
    },
    get journalTrouble() {
      return desk.journalTrouble;
    },
    orders: boundOrders(desk, bounds),
    books: boundBooks(desk.books, bounds),
    controls: boundControls(desk.controls, bounds),
    markets: boundMarkets(desk.markets, bounds),
    onDurable: (listener) =>
      desk.onDurable(({ portfolioId, events }) =>
        // Only whether an order has changed: what it is now is asked of the books.
        listener({ portfolioId, events: events.filter(({ event }) => 'orderId' in event) }),
      ),
  };
}

function boundOrders({ orders, books }: Desk, bounds: TokenBounds): OrderEntry {
  const admit = (intent: PlaceIntent): PlaceIntent => {
    if (!isWithin(bounds, intent))
      refuse(
        `${intent.accountId}${intent.strategy === null ? ' without a strategy' : `, ${intent.strategy}`}`,
      );
    return bounds.strategies === null ? intent : { ...intent, ownPartOnly: true };
  };
  const own = (order: Order): boolean => isWithin(bounds, order);
  return {
    // Within a promise, as every other refusal of these.
    place: async (intent) => orders.place(admit(intent)),
    placeAll: async (intents) => orders.placeAll(intents.map(admit)),
    check: async (intent, excluding) => orders.check(admit(intent), excluding),
    size: async (intent) => orders.size(admit(intent)),
    settled: (orderId, waitMs) => orders.settled(orderId, waitMs),
    cancel: async (orderId, requestedBy, why, keep): Promise<CancelAnswer> => {
      // In memory, so that a cancel waits for no journal.
      const open = orders.openNow({}).find((order) => order.orderId === orderId);
      const order = open ?? (await books.order(orderId));
      // An order that is nowhere yet may be on its way in: only who placed it has its id.
      return order !== null && !own(order)
        ? { kind: 'unknown_order' }
        : orders.cancel(orderId, requestedBy, why, keep);
    },
    cancelExternal: async (filter, requestedBy) => {
      if (bounds.strategies !== null) refuse('Orders that were not placed here have no strategy');
      return orders.cancelExternal(within(bounds, filter), requestedBy);
    },
    openNow: (filter) => orders.openNow(filter).filter(own),
    isCancelAccepted: (orderId) => orders.isCancelAccepted(orderId),
    isProtectiveNow: (order) => orders.isProtectiveNow(order),
    besideNow: (stop) => orders.besideNow(stop),
    hasOutlivedNow: (order) => orders.hasOutlivedNow(order),
    isLeftToPutBack: (stop) => orders.isLeftToPutBack(stop),
    keepStop: (canceled) => {
      if (own(canceled.stop)) orders.keepStop(canceled);
    },
    releaseStops: async (which) => orders.releaseStops((stop) => own(stop) && which(stop)),
  };
}

function boundBooks(books: Books, bounds: TokenBounds): Books {
  const own = (order: Order | null): Order | null =>
    order !== null && isWithin(bounds, order) ? order : null;
  const ofAccounts = (): void => {
    if (bounds.strategies !== null)
      refuse('Positions and balances belong to accounts, which strategies share');
  };
  return {
    order: async (orderId, refresh) => {
      // The venue is asked for an order of the token's own alone.
      const known = own(await books.order(orderId));
      return known === null || refresh !== true ? known : own(await books.order(orderId, true));
    },
    orderByVenueOrderId: async (accountId, symbol, venueOrderId) =>
      own(await books.orderByVenueOrderId(accountId, symbol, venueOrderId)),
    openOrders: async (filter) => {
      const { value, seq } = await books.openOrders(filter);
      return { value: value.filter((order) => isWithin(bounds, order)), seq };
    },
    positions: async (filter) => {
      ofAccounts();
      return books.positions(within(bounds, filter));
    },
    stopsTooLarge: async (of) => {
      const { value, seq } = await books.stopsTooLarge({
        ...of,
        accountId: admitAccount(bounds, of.accountId),
      });
      return { value: value.filter(({ order }) => isWithin(bounds, order)), seq };
    },
    balances: async (accountId) => {
      ofAccounts();
      admitAccount(bounds, accountId);
      return books.balances(accountId);
    },
    held: async () => {
      ofAccounts();
      const { value, seq } = await books.held();
      const ofOwn = ({ accountId }: { readonly accountId: AccountId }): boolean =>
        bounds.accounts === null || bounds.accounts.includes(accountId);
      return {
        value: {
          positions: value.positions.filter(({ position }) => ofOwn(position)),
          balances: value.balances.filter(({ balance }) => ofOwn(balance)),
        },
        seq,
      };
    },
    account: async (accountId) => {
      ofAccounts();
      admitAccount(bounds, accountId);
      return books.account(accountId);
    },
    risk: async () => refuse('Risk and equity are of the whole portfolio'),
    limits: async () => refuse('Limits are of the whole portfolio'),
    drift: async () => refuse('Drift cases are of the whole portfolio'),
    tradingStates: async (subject) => {
      if (bounds.strategies === null) refuse('Trading states are of the whole portfolio');
      admitStrategy(bounds, subject.strategy);
      if (subject.accountId !== null) admitAccount(bounds, subject.accountId);
      const { value, seq } = await books.tradingStates(subject);
      const stored = value.stored.filter(({ scope }) => isOfStrategies(bounds, scope));
      return { value: { ...value, stored }, seq };
    },
    strategies: async () => {
      if (bounds.strategies === null) refuse('Results of strategies are of the whole portfolio');
      const [{ value, seq }, open] = await Promise.all([books.strategies(), books.openOrders({})]);
      const own = open.value.filter((order) => isWithin(bounds, order));
      return {
        value: value
          .filter(({ strategy }) => bounds.strategies?.includes(strategy))
          .map((reading) => ({
            ...reading,
            openOrders: own.filter(({ strategy }) => strategy === reading.strategy).length,
            books: reading.books.filter(
              ({ book: { position } }) =>
                bounds.accounts === null || bounds.accounts.includes(position.accountId),
            ),
          })),
        seq,
      };
    },
    strategyParts: async (strategy, accountId, symbol) => {
      if (bounds.strategies !== null) admitStrategy(bounds, strategy);
      return books.strategyParts(strategy, admitAccount(bounds, accountId), symbol);
    },
  };
}

function boundControls(controls: Controls, bounds: TokenBounds): Controls {
  const whole = async (): Promise<never> => refuse('This control is over the whole portfolio');
  return {
    setKillSwitch: whole,
    keepKillSwitchReceipt: whole,
    killSwitchReceipt: whole,
    rememberRequest: async (request) => controls.rememberRequest(request),
    changeLimits: whole,
    resetLadder: whole,
    resolveDrift: whole,
    adoptHoldings: whole,
    readAnew: whole,
    setTradingState: whole,
    detachAccount: whole,
    attachAccount: whole,
    reclassifyChange: whole,
    statePrice: whole,
    netStrategyBooks: async (filter, requestedBy) => {
      if (bounds.strategies !== null) refuse('What is netted belongs to several strategies');
      return controls.netStrategyBooks(within(bounds, filter), requestedBy);
    },
    changeSetting: async (accountId, change, requestedBy, why) => {
      if (bounds.strategies !== null) refuse('Settings belong to accounts, which strategies share');
      admitAccount(bounds, accountId);
      return controls.changeSetting(accountId, change, requestedBy, why);
    },
  };
}

/** Prices are no secret, but they are read with the keys of an account. */
function boundMarkets(markets: Desk['markets'], bounds: TokenBounds): Desk['markets'] {
  const admit = (accountId: AccountId): AccountId => admitAccount(bounds, accountId);
  return {
    instrument: (accountId, symbol) => markets.instrument(admit(accountId), symbol),
    instruments: (accountId) => markets.instruments(admit(accountId)),
    quote: async (accountId, symbol) => markets.quote(admit(accountId), symbol),
    knownQuote: (accountId, symbol) => markets.knownQuote(admit(accountId), symbol),
    watchQuote: (accountId, symbol, listener) => markets.watchQuote(admit(accountId), symbol, listener),
    staleQuoteMs: (accountId, symbol) => markets.staleQuoteMs(admit(accountId), symbol),
    swapSettings: (accountId, symbol, side) => markets.swapSettings(admit(accountId), symbol, side),
    readSwapSettings: async (accountId, symbol) => markets.readSwapSettings(admit(accountId), symbol),
    dayFigures: async (accountId, symbol) => markets.dayFigures(admit(accountId), symbol),
    book: async (accountId, symbol, depth) => markets.book(admit(accountId), symbol, depth),
    trades: async (accountId, symbol, limit) => markets.trades(admit(accountId), symbol, limit),
    candles: async (accountId, symbol, interval, span) =>
      markets.candles(admit(accountId), symbol, interval, span),
  };
}

function admitAccount({ accounts }: TokenBounds, accountId: AccountId): AccountId {
  if (accounts !== null && !accounts.includes(accountId)) refuse(`Account ${accountId}`);
  return accountId;
}

/** Whether a scope is one of the token's strategies. */
export function isOfStrategies({ strategies }: TokenBounds, scope: LimitScope): boolean {
  return scope.kind === 'strategy' && strategies?.includes(scope.strategy) === true;
}

function admitStrategy({ strategies }: TokenBounds, strategy: string | null): void {
  if (strategy === null || strategies?.includes(strategy) !== true)
    refuse(strategy === null ? 'Trading states without a strategy' : `Strategy ${strategy}`);
}

/** The filter, with no account in it that the token is not for. */
function within<Filter extends OrderFilter>({ accounts }: TokenBounds, filter: Filter): Filter {
  if (accounts === null) return filter;
  const accountIds = (filter.accountIds ?? (accounts as readonly AccountId[])).filter((id) =>
    accounts.includes(id),
  );
  return { ...filter, accountIds };
}
