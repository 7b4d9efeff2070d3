/**
 * The gateways of a portfolio's accounts: connected, compared with their venues, replaced and removed one by one while
 * the engine runs.
 *
 * Entry points: `AccountConnections`: `start`, `align` (one account with its stored configuration), `close` (before a
 * removal), `reconcile`; `stop`, `disconnect`.
 * Invariants:
 *  1. A change of one account touches the gateway, streams and comparisons of that account alone.
 *  2. Changes of one account run in a serial queue; each reads the wanted configuration when it begins.
 *  3. An account is opened in the journal before its gateway starts, and once.
 *  4. A gateway in use is replaced when the new one has started and has the prices that the old one had; until then the
 *     old one trades. Each request goes through one of the two.
 *  5. A gateway is stopped once its writes are answered, or after a bound. The outcome of a write without an answer is
 *     unknown then, and is looked up through the new gateway.
 *  6. An account is removed when each of its orders is finished and durably so; until then its gateway goes on.
 */
import type { Decimal } from '../core/decimal.ts';
import type { AccountId } from '../core/ids.ts';
import type { Order } from '../core/order/order.ts';
import type { Gateway } from '../venues/gateway.ts';
import { ANSWERED_WITHIN_MS, endOrders } from './account-closing.ts';
import type { Accounts, ActiveAccount, EngineAccount } from './accounts.ts';
import type { AssetPrices } from './asset-prices.ts';
import type { Background } from './background.ts';
import type { Clock } from './clock.ts';
import { EngineUnavailable } from './desk.ts';
import type { EffectExecutor } from './effect-executor.ts';
import { GatewaySession } from './gateway-session.ts';
import type { Log } from './log.ts';
import type { QuoteSubscriptions } from './quote-subscriptions.ts';
import { Reconciler } from './reconciler.ts';
import type { VenueIntake } from './venue-intake.ts';
import type { VenueSettings } from './venue-settings.ts';
import { instrumentKey } from '../core/portfolio/keys.ts';
import { resetsIn } from '../core/portfolio/simulator-instance.ts';
import type { PortfolioWriter } from './writer.ts';

/** How long the caller of a change waits until the journal has the account. */
const OPENED_WITHIN_MS = 5_000;
/** How long a new gateway may take to get the prices that the one in use has, and how often this is checked. */
const PRICES_WITHIN_MS = 10_000;
const PRICES_POLL_MS = 50;
/**
 * How long the removal of an account waits for a mark of each part of a strategy there, in milliseconds: for as long as a first price may
 * wait for the second one that confirms it, and the questions for both.
 */
const MARKED_WITHIN_MS = 4_000;
/** How long the removal of an account waits until the parts of strategies there are closed, in milliseconds. */
const LEFT_WITHIN_MS = 2_000;
/** How soon a comparison that somebody waits for is repeated where it was not complete. */
const COMPARE_AGAIN_MS = 250;

export interface AccountConnectionsOptions {
  readonly accounts: Accounts;
  readonly writer: PortfolioWriter;
  readonly effectExecutor: EffectExecutor;
  readonly intake: VenueIntake;
  readonly subscriptions: QuoteSubscriptions;
  readonly prices: AssetPrices;
  readonly venueSettings: VenueSettings;
  readonly background: Background;
  readonly clock: Clock;
  readonly log: Log;
  /** A fraction from 0 up to 1, of chance. */
  readonly fraction: () => number;
}

interface Connection {
  readonly account: ActiveAccount;
  readonly reconciler: Reconciler;
  /** The gateway of the account, once it is being started. */
  current: GatewaySession | null;
  /** The gateway that replaces it once it has started and has prices. */
  next: GatewaySession | null;
}

export class AccountConnections {
  readonly #options: AccountConnectionsOptions;
  readonly #connections = new Map<AccountId, Connection>();
  /** The last change of each account. */
  readonly #changes = new Map<AccountId, Promise<unknown>>();
  /** Every gateway that was started and has not been stopped. */
  readonly #sessions = new Set<GatewaySession>();
  #isStarted = false;
  #isStopped = false;

  constructor(options: AccountConnectionsOptions) {
    this.#options = options;
    for (const account of options.accounts.all()) this.#register(account);
  }

  /** Connects each account that is not being connected yet. Call it once the portfolio is owned and recovered. */
  start(): void {
    this.#isStarted = true;
    for (const connection of this.#connections.values())
      if (connection.current === null) this.#options.background.run(this.#openAndStart(connection));
  }

  /** As `start`, after a later claim of the portfolio: each account is compared, and open settings are settled. */
  resume(): void {
    this.forgetComparisons();
    this.start();
    for (const accountId of this.#connections.keys()) {
      this.reconcile(accountId);
      this.#settleSettings(accountId);
    }
  }

  /** Another node owned the portfolio, or does: no comparison that began before counts for the books that it leaves. */
  forgetComparisons(): void {
    for (const { reconciler } of this.#connections.values()) reconciler.forgetComparisons();
  }

  reconcile(accountId: AccountId): void {
    this.#connections.get(accountId)?.reconciler.request();
  }

  /**
   * Compares the account with its venue by readings that begin from now on, again until one is complete: then the books hold what
   * the venue showed. False where none is within `withinMs`.
   */
  async compareAnew(accountId: AccountId, withinMs: number): Promise<boolean> {
    const { background, clock } = this.#options;
    const until = clock.monotonic() + withinMs;
    for (;;) {
      const reconciler = this.#connections.get(accountId)?.reconciler;
      const leftMs = until - clock.monotonic();
      if (reconciler === undefined || leftMs <= 0) return false;
      if ((await background.unlessLate(reconciler.compareAnew(), leftMs)) === true) return true;
      if (this.#isStopped) return false;
      await new Promise<void>((resolve) => {
        clock.after(COMPARE_AGAIN_MS, resolve);
      });
    }
  }

  /** Whether the account's books have been compared with its venue since the portfolio was claimed last. */
  isCompared(accountId: AccountId): boolean {
    return this.#connections.get(accountId)?.reconciler.isCompared === true;
  }

  /** Whether a balance of the account differs while the venue's list of account records does not answer. */
  awaitsRecords(accountId: AccountId): boolean {
    return this.#connections.get(accountId)?.reconciler.awaitsRecords === true;
  }

  /**
   * Adds, replaces or removes one account. `wanted` is called once earlier changes of the account are made; null removes
   * the account, and one with the same `connectionId` stays as it is. Resolves when the account is opened or its gateway
   * has stopped; gateways connect in the background. Rejects as `wanted` does, and then nothing has changed. Rejects with
   * `EngineUnavailable` when an order of an account to remove does not end: the account takes no new orders then, and
   * keeps its gateway until a later call removes it.
   */
  align(accountId: AccountId, wanted: () => Promise<EngineAccount | null>): Promise<void> {
    return this.#queue(accountId, () => this.#align(accountId, wanted));
  }

  /**
   * Prepares a removal: the account takes no new orders, and its unfinished ones are canceled. Resolves with the orders
   * that did not end; the account goes on as before then, and also where this rejects. Resolves with none when all ended:
   * `align` then removes the account, or opens it to orders again.
   */
  close(accountId: AccountId): Promise<readonly Order[]> {
    return this.#queue(accountId, () => this.#close(accountId));
  }

  #queue<Value>(accountId: AccountId, apply: () => Promise<Value>): Promise<Value> {
    const before = this.#changes.get(accountId) ?? Promise.resolve();
    const change = before.then(apply, apply);
    this.#changes.set(accountId, change);
    const forget = (): void => {
      if (this.#changes.get(accountId) === change) this.#changes.delete(accountId);
    };
    change.then(forget, forget);
    return change;
  }

  /** Begins nothing more: no change, no comparison, no start of a gateway. */
  stop(): void {
    this.#isStopped = true;
    for (const { reconciler } of this.#connections.values()) reconciler.stop();
  }

  /** Ends every gateway. */
  async disconnect(): Promise<void> {
    await Promise.allSettled([...this.#sessions].map((session) => this.#end(session)));
  }

  async #align(accountId: AccountId, wanted: () => Promise<EngineAccount | null>): Promise<void> {
    if (this.#isStopped) return;
    const account = await wanted();
    const present = this.#connections.get(accountId);
    // A gateway that was made and never started holds no resources.
    if (this.#isStopped) return;
    if (account === null) {
      if (present !== undefined) await this.#leave(present);
    } else if (present === undefined) await this.#add(account);
    else if (resetsIn(account.instance) !== resetsIn(present.account.instance)) {
      // Nothing of the former life may reach the books after the reset: its gateway ends first, with all that it still reads.
      await this.#remove(present);
      await this.#add(account);
    } else await this.#replace(present, account);
  }

  async #close(accountId: AccountId): Promise<readonly Order[]> {
    const { accounts } = this.#options;
    const present = this.#connections.get(accountId);
    if (present === undefined) return [];
    accounts.beginRemoval(accountId);
    let open: readonly Order[] | null = null;
    try {
      open = await endOrders(this.#options, accountId, present.account.gateway);
    } finally {
      if (open?.length !== 0) accounts.endRemoval(accountId);
    }
    return open;
  }

  #register(account: ActiveAccount): Connection {
    const { accounts, clock, effectExecutor, intake, log, writer } = this.#options;
    const { accountId } = account;
    const reconciler = new Reconciler({
      accountId,
      gateway: () => account.gateway,
      effectExecutor,
      clock,
      log,
      state: () => writer.state,
      isOpen: () => writer.isOpen,
      submit: (lane, make) => writer.submit(lane, make),
      onMove: (listener) => writer.onMove(listener),
      isBehind: () => intake.isBehind(accountId),
      instrument: (symbol) => accounts.instrument(accountId, symbol),
      marks: () => accounts.confirmedMarks(),
      onPositions: (reports, startedAt) => accounts.setVenuePositions(accountId, reports, startedAt),
      onBalances: (reports) => accounts.setCollateralRates(accountId, reports),
      onMargins: (reading) => accounts.setMargins(accountId, reading),
    });
    const connection: Connection = { account, reconciler, current: null, next: null };
    this.#connections.set(accountId, connection);
    return connection;
  }

  async #add(wanted: EngineAccount): Promise<void> {
    const connection = this.#register(this.#options.accounts.put(wanted));
    if (this.#isStarted) await this.#connect(connection);
  }

  /** Opens the account; its gateway then starts in the background. Resolves when it is opened, or after a bound. */
  async #connect(connection: Connection): Promise<void> {
    await this.#options.background.unlessLate(this.#openAndStart(connection), OPENED_WITHIN_MS);
  }

  async #openAndStart(connection: Connection): Promise<void> {
    const { account } = connection;
    const session = this.#newSession(account.accountId, account.gateway);
    connection.current = session;
    try {
      await this.#open(account);
    } catch (error) {
      if (!(error instanceof EngineUnavailable)) throw error;
      // Another node owns the portfolio by now: the account is opened and connected when it is claimed again.
      if (connection.current === session) connection.current = null;
      return;
    }
    this.#options.background.run(this.#startSession(connection, session));
  }

  /** Journals the account as open, with the wallets that its gateway declares now. */
  async #open({ accountId, venue, mode, instance, gateway }: ActiveAccount): Promise<void> {
    const { writer } = this.#options;
    const { wallets } = gateway;
    // Behind all that a former gateway of the account has reported.
    await writer.submit('venue', () => ({ type: 'account', accountId, venue, mode, wallets, instance }));
  }

  async #startSession(connection: Connection, session: GatewaySession): Promise<void> {
    const { account } = connection;
    if (connection.current !== session || !(await this.#started(session)) || connection.current !== session)
      return;
    account.started = true;
    this.#subscribe(account.accountId, session.gateway);
    this.reconcile(account.accountId);
    this.#settleSettings(account.accountId);
  }

  async #replace(connection: Connection, wanted: EngineAccount): Promise<void> {
    const { account } = connection;
    this.#options.accounts.endRemoval(account.accountId);
    if (wanted.connectionId === (connection.next?.connectionId ?? account.connectionId)) return;
    const { next } = connection;
    connection.next = null;
    if (next !== null) await this.#end(next);
    if (wanted.connectionId === account.connectionId) return;
    if (account.started) {
      connection.next = this.#newSession(account.accountId, wanted.gateway, wanted.connectionId);
      this.#options.background.run(this.#takeOver(connection, connection.next));
      return;
    }
    const { current } = connection;
    connection.current = null;
    account.gateway = wanted.gateway;
    account.connectionId = wanted.connectionId;
    if (current !== null) await this.#end(current);
    if (this.#isStarted) await this.#connect(connection);
  }

  /** Starts the next gateway, makes it the current one, and ends the former one once its writes are answered. */
  async #takeOver(connection: Connection, next: GatewaySession): Promise<void> {
    const { account } = connection;
    if (!(await this.#started(next))) return;
    await this.#untilPriced(connection, next);
    if (connection.next !== next || next.isEnded) return;
    const former = connection.current;
    connection.current = next;
    connection.next = null;
    account.gateway = next.gateway;
    account.connectionId = next.connectionId;
    this.#options.background.run(this.#open(account));
    this.reconcile(account.accountId);
    if (former !== null) await this.#endOnceAnswered(former);
    this.reconcile(account.accountId);
  }

  /**
   * Waits, within a bound, for the prices that the gateway in use has: without its mark a position would be valued at its
   * entry price, and the equity would jump.
   */
  async #untilPriced({ account }: Connection, next: GatewaySession): Promise<void> {
    const { clock, prices } = this.#options;
    const endsAt = clock.monotonic() + PRICES_WITHIN_MS;
    const isPriced = (): boolean => {
      this.#subscribe(account.accountId, next.gateway);
      // The call subscribes: the next gateway is asked for each quote.
      const missing = prices
        .symbolsValued(account.accountId)
        .filter((symbol) => next.gateway.quote(symbol) === undefined);
      return missing.every((symbol) => account.gateway.quote(symbol) === undefined);
    };
    while (!next.isEnded && !isPriced() && clock.monotonic() < endsAt) {
      await new Promise<void>((resolve) => {
        clock.after(PRICES_POLL_MS, resolve);
      });
    }
  }

  /** As `#remove`, for good: what strategies hold there is theirs no more. */
  async #leave(connection: Connection): Promise<void> {
    const { background, log, writer } = this.#options;
    const { accountId } = connection.account;
    const marks = await this.#marksToLeaveAt(accountId);
    await this.#remove(connection);
    try {
      const left = writer.submit('venue', () => ({ type: 'leave_books', accountId, marks }));
      await background.unlessLate(left, LEFT_WITHIN_MS);
    } catch (error) {
      log.error({ accountId, error }, 'what strategies hold on a removed account could not be closed');
    }
  }

  /**
   * The marks that parts of strategies on the account are closed at. One that is missing is waited for within a bound: a market whose
   * first price nothing has confirmed yet has none, and a part that is closed without one has no result for the day.
   */
  async #marksToLeaveAt(accountId: AccountId): Promise<ReadonlyMap<string, Decimal>> {
    const { accounts, clock, writer } = this.#options;
    const endsAt = clock.monotonic() + MARKED_WITHIN_MS;
    for (;;) {
      const { oldMarks } = accounts.agedMarks(clock.now());
      const marks = new Map([...accounts.confirmedMarks()].filter(([key]) => !oldMarks.has(key)));
      const isMarked = [...writer.state.strategyBooks.values()].every(
        ({ position }) =>
          position.accountId !== accountId ||
          position.netQuantity.isZero() ||
          marks.has(instrumentKey(accountId, position.symbol)),
      );
      if (isMarked || this.#isStopped || clock.monotonic() >= endsAt) return marks;
      await new Promise<void>((resolve) => {
        clock.after(PRICES_POLL_MS, resolve);
      });
    }
  }

  async #remove(connection: Connection): Promise<void> {
    const { accounts } = this.#options;
    const { account, reconciler } = connection;
    const { accountId } = account;
    // No new order finds the account; answers and executions of earlier orders are still taken in.
    accounts.beginRemoval(accountId);
    const open = await endOrders(this.#options, accountId, account.gateway);
    if (open.length > 0) {
      const orderIds = open.map(({ orderId }) => orderId).join(', ');
      throw new EngineUnavailable(
        'venue_unreachable',
        `${accountId} has unfinished orders: ${orderIds}`,
        1_000,
      );
    }
    const { current, next } = connection;
    connection.next = null;
    if (next !== null) await this.#end(next);
    if (current !== null) await this.#endOnceAnswered(current);
    reconciler.stop();
    this.#connections.delete(accountId);
    accounts.remove(accountId);
  }

  #newSession(accountId: AccountId, gateway: Gateway, connectionId = ''): GatewaySession {
    const { accounts, clock, fraction, intake, log } = this.#options;
    const listener = {
      ...intake.listenerFor(accountId, () => this.reconcile(accountId)),
      onAccountChanged: () => {
        accounts.forgetLeverage(accountId);
        this.reconcile(accountId);
      },
    };
    const session = new GatewaySession({ gateway, connectionId, listener, clock, log, fraction });
    this.#sessions.add(session);
    return session;
  }

  /** False when the gateway was ended before it could be started. */
  async #started(session: GatewaySession): Promise<boolean> {
    return !this.#isStopped && (await session.start());
  }

  async #endOnceAnswered(session: GatewaySession): Promise<void> {
    await this.#options.effectExecutor.answered(session.gateway, ANSWERED_WITHIN_MS);
    await this.#end(session);
  }

  async #end(session: GatewaySession): Promise<void> {
    await session.end();
    this.#sessions.delete(session);
    this.#options.effectExecutor.endUnanswered(session.gateway);
  }

  /** Reading a quote subscribes to it: subscriptions outlive a change of the gateway. */
  #subscribe(accountId: AccountId, gateway: Gateway): void {
    for (const symbol of this.#options.subscriptions.symbolsOf(accountId)) gateway.quote(symbol);
  }

  /** Settles the settings that a former process requested from the venue and got no answer to. */
  #settleSettings(accountId: AccountId): void {
    const { background, venueSettings } = this.#options;
    background.run(venueSettings.settleOpen(accountId));
  }
}
