/**
 * The engine of one portfolio: its writer, the gateways of its accounts, and the pending requests of its orders.
 *
 * Entry points: `start` claims the portfolio, recovers its state, opens the gateways, and settles the requests that a stop
 * left open: one that was on its way is unknown until a look-up proves otherwise. `stop` ends intake, waits for requests
 * under way, and releases the portfolio. In between it serves as the portfolio's `Desk`: `orders`, `books`, `controls`,
 * `markets`.
 *
 * Long because: it makes every part of an engine and puts them together.
 */
import type { AccountId, Asset, OrderId, PortfolioId } from '../core/ids.ts';
import type { Order } from '../core/order/order.ts';
import { orderOf, type PortfolioState } from '../core/portfolio/state.ts';
import type { LimitSubject } from '../core/risk/limit-scopes.ts';
import type { RiskLimits, SetLimits } from '../core/risk/limits.ts';
import type { Journal, HandedOverCancel, ReadModels } from '../journal/journal.ts';
import { removalOf } from './account-closing.ts';
import { Accounts, type EngineAccount } from './accounts.ts';
import { baseCurrencyOf, CONVERSION_MAX_AGE_MS, DEFAULT_BASE_CURRENCY } from '../core/risk/conversion.ts';
import { middleOf } from '../core/risk/valuation.ts';
import { AssetPrices } from './asset-prices.ts';
import { Background } from './background.ts';
import { PortfolioBooks } from './books.ts';
import { EffectExecutor } from './effect-executor.ts';
import type { Clock } from './clock.ts';
import { COLLATERAL_CURRENCY, ConversionPrices } from './conversions.ts';
import { AccountConnections } from './account-connections.ts';
import { PortfolioControls } from './controls.ts';
import { EngineUnavailable, type Controls, type Desk, type DurableEvents } from './desk.ts';
import type { EmergencyLog } from './emergency-log.ts';
import type { JournalTrouble } from './journal-health.ts';
import { EquityMonitor } from './equity-monitor.ts';
import { MarginMonitor } from './margin-monitor.ts';
import { ProtectionMonitor } from './protection-monitor.ts';
import { FollowUps } from './follow-ups.ts';
import { HeldLimits } from './held-limits.ts';
import type { Identity } from './identity.ts';
import type { Log } from './log.ts';
import { PortfolioMarkets } from './markets.ts';
import { PortfolioOrderEntry } from './order-entry.ts';
import { OrderWaiters } from './order-waiters.ts';
import { QuoteRecorder } from './quote-recorder.ts';
import { QuoteSubscriptions } from './quote-subscriptions.ts';
import { StopKeeper } from './stop-keeper.ts';
import { BookNetting } from './strategy-netting.ts';
import { VenueIntake } from './venue-intake.ts';
import { VenueSettings } from './venue-settings.ts';
import { instanceOf, resetsIn } from '../core/portfolio/simulator-instance.ts';
import { PortfolioWriter } from './writer.ts';

/** Finished orders stay in memory for longer than any answer about them can be under way. */
const FINISHED_KEPT_MS = 30_000;
const EVICT_EVERY_MS = 5_000;
const CLAIM_RETRY_MS = 250;
/** How long a stop waits for sends and cancels under way; the rest is settled after the next start. */
const STOP_BOUND_MS = 6_000;
/** How long the removal of an account waits until the equity is without it. */
const LEFT_EQUITY_MS = 2_000;

export interface PortfolioEngineOptions {
  readonly portfolioId: PortfolioId;
  /** Names this process among the nodes of one database. */
  readonly node: string;
  readonly journal: Journal;
  readonly readModels: ReadModels;
  readonly accounts: readonly EngineAccount[];
  /** Accounts that the portfolio had and has no more; none unless given. */
  readonly removedAccounts?: readonly AccountId[];
  /** Limits that the environment sets; stored limits can only tighten them. */
  readonly limits: SetLimits;
  /** The base currency of a portfolio that has no account yet; one that has keeps its own. USDT unless given. */
  readonly baseCurrency?: Asset;
  readonly clock: Clock;
  readonly identity: Identity;
  readonly emergencyLog: EmergencyLog;
  readonly log: Log;
}

export class PortfolioEngine implements Desk {
  readonly portfolioId: PortfolioId;
  readonly orders: PortfolioOrderEntry;
  readonly books: PortfolioBooks;
  readonly controls: Controls;
  readonly markets: Desk['markets'];
  readonly #options: PortfolioEngineOptions;
  readonly #writer: PortfolioWriter;
  readonly #accounts: Accounts;
  readonly #effectExecutor: EffectExecutor;
  readonly #intake: VenueIntake;
  readonly #waiters: OrderWaiters;
  readonly #background: Background;
  readonly #followUps: FollowUps;
  readonly #equityMonitor: EquityMonitor;
  readonly #marginMonitor: MarginMonitor;
  readonly #protectionMonitor: ProtectionMonitor;
  readonly #stopKeeper: StopKeeper;
  readonly #venueSettings: VenueSettings;
  readonly #quoteRecorder: QuoteRecorder;
  readonly #connections: AccountConnections;
  readonly #listeners = new Set<(durable: DurableEvents) => void>();
  #stopEvicting = (): void => undefined;
  #stopped = false;
  /** While it claims and recovers: a takeover by another node makes the claim begin again by itself. */
  #isOwning = false;
  #isJournalingCancels = false;

  constructor(options: PortfolioEngineOptions) {
    this.#options = options;
    this.portfolioId = options.portfolioId;
    const { portfolioId, journal, readModels, clock, log, identity, emergencyLog } = options;
    this.#background = new Background(portfolioId, clock, log);
    this.#writer = new PortfolioWriter({
      portfolioId,
      node: options.node,
      journal,
      clock,
      log,
      settingOf: (accountId, symbol) => this.#accounts.settingOf(accountId, symbol),
      onEffects: (effects) => this.#effectExecutor.execute(effects),
      onDurable: (durable) => this.#emit(durable),
      observations: () => this.#quoteRecorder.drain(),
      onFenced: () => this.#reclaim(),
    });
    const writer = this.#writer;
    const state = (): PortfolioState => writer.state;
    const held = new HeldLimits(() => writer.state.storedLimits, options.limits);
    const limits = (subject: LimitSubject | null): RiskLimits => held.of(subject);
    const submit: PortfolioWriter['submit'] = (lane, make, known) => writer.submit(lane, make, known);

    this.#accounts = new Accounts({
      accounts: options.accounts,
      removed: options.removedAccounts ?? [],
      clock,
      state,
      limits,
      priceAt: (accountId, asset) => {
        const rate = conversions.rateTo(accountId, asset, COLLATERAL_CURRENCY);
        return rate === null ? null : middleOf(rate);
      },
      conversions: (accountId, quote) => conversions.conversions(accountId, quote),
      halted: () => writer.halted,
    });
    const accounts = this.#accounts;
    const conversions = new ConversionPrices({
      state,
      now: () => clock.now(),
      lists: (accountId, symbol) => accounts.instrument(accountId, symbol) !== undefined,
      knownQuote: (accountId, symbol) => accounts.knownQuote(accountId, symbol),
      read: (accountId, symbol) => accounts.quoteWithin(accountId, symbol, CONVERSION_MAX_AGE_MS),
    });
    const prices = new AssetPrices(accounts, state, conversions, () => clock.now());
    this.#quoteRecorder = new QuoteRecorder({
      clock,
      state,
      quote: (accountId, symbol) => accounts.knownQuote(accountId, symbol),
    });
    const quoteSubscriptions = new QuoteSubscriptions();
    const mayAct = (): boolean => clock.monotonic() < journal.ownedUntil(portfolioId);
    this.#intake = new VenueIntake({
      portfolioId,
      readModels,
      identity,
      clock,
      log,
      background: this.#background,
      subscriptions: quoteSubscriptions,
      state,
      submit,
      fetchFills: (accountId, symbol, since) => this.#effectExecutor.fetchFills(accountId, symbol, since),
      isListed: (accountId, symbol) => accounts.instrument(accountId, symbol) !== undefined,
    });
    this.#effectExecutor = new EffectExecutor({
      gatewayOf: (accountId) => accounts.startedGateway(accountId),
      state,
      mayAct,
      submit,
      takeFills: (accountId, symbol, fills, cursor) =>
        this.#intake.takeFills(accountId, symbol, fills, cursor),
      clock,
      identity,
      log,
    });
    this.#followUps = new FollowUps({
      clock,
      state,
      effectExecutor: this.#effectExecutor,
      retry: (orderId) => this.#retry(orderId),
      isConnected: (accountId) => accounts.startedGateway(accountId) !== undefined,
    });
    this.books = new PortfolioBooks({
      portfolioId,
      writer,
      accounts,
      effectExecutor: this.#effectExecutor,
      readModels,
      prices,
      conversions,
      environment: options.limits,
      equity: {
        blind: () => this.#equityMonitor.blind(),
        unconfirmedStep: (mode) => this.#equityMonitor.unconfirmedStep(mode),
      },
      margin: { alarms: () => this.#marginMonitor.alarms() },
      protection: { alarms: () => this.#protectionMonitor.alarms() },
      stops: { lost: () => this.#stopKeeper.lost() },
      clock,
    });
    this.#waiters = new OrderWaiters({
      clock,
      read: (orderId) => this.books.mustHave(orderId),
      inMemory: (orderId) => orderOf(writer.state, orderId),
    });
    this.#stopKeeper = new StopKeeper({
      portfolioId,
      clock,
      log,
      background: this.#background,
      isOpen: () => writer.isOpen,
      state,
      order: (orderId) => this.books.order(orderId),
      lotSize: ({ accountId, symbol }) => accounts.instrument(accountId, symbol)?.lotSize ?? null,
      isCompared: (accountId) => this.#connections.isCompared(accountId),
      isRemoved: (accountId) => accounts.removed.has(accountId),
      place: (intent) => this.orders.place(intent),
      submit: (make) => writer.submit('outcome', make),
      isReachedNow: (stop, maxAgeMs) => accounts.isReachedWithin(stop, maxAgeMs),
    });
    this.orders = new PortfolioOrderEntry({
      portfolioId,
      writer,
      accounts,
      books: this.books,
      conversions,
      effectExecutor: this.#effectExecutor,
      waiters: this.#waiters,
      stopKeeper: this.#stopKeeper,
      journal,
      readModels,
      emergencyLog,
      background: this.#background,
      clock,
      identity,
      log,
      isStopped: () => this.#stopped,
    });
    this.#venueSettings = new VenueSettings({
      writer,
      accounts,
      background: this.#background,
      clock,
      limits,
      mayAct,
      reconcile: (accountId) => this.#connections.reconcile(accountId),
    });
    this.#connections = new AccountConnections({
      accounts,
      writer,
      effectExecutor: this.#effectExecutor,
      intake: this.#intake,
      subscriptions: quoteSubscriptions,
      prices,
      venueSettings: this.#venueSettings,
      background: this.#background,
      clock,
      log,
      fraction: () => identity.fraction(),
    });
    const netting = new BookNetting({ accounts, state, submit, now: () => clock.now() });
    this.controls = new PortfolioControls(
      writer,
      this.#background,
      this.#venueSettings,
      accounts,
      netting,
      async () => this.#equityMonitor.readNow(),
      (accountId, withinMs) => this.#connections.compareAnew(accountId, withinMs),
    );
    this.markets = new PortfolioMarkets(accounts, quoteSubscriptions, () => clock.monotonic());
    const isOpen = (): boolean => writer.isOpen;
    const background = this.#background;
    this.#marginMonitor = new MarginMonitor({ clock, log, isOpen, state, limits, accounts, background });
    this.#protectionMonitor = new ProtectionMonitor({
      clock,
      log,
      isOpen,
      state,
      isLookedAfter: (orderId) => this.#stopKeeper.looksAfter(orderId),
      isRemoved: (accountId) => accounts.removed.has(accountId),
    });
    this.#equityMonitor = new EquityMonitor({
      clock,
      log,
      isOpen,
      isPresent: (accountId) => accounts.has(accountId),
      connection: (accountId) => accounts.startedGateway(accountId)?.connection() ?? null,
      isCompared: (accountId) => this.#connections.isCompared(accountId),
      awaitsRecords: (accountId) => this.#connections.awaitsRecords(accountId),
      state,
      submit,
      limits: () => limits(null),
      prices,
      instrument: (accountId, symbol) => accounts.instrument(accountId, symbol),
      place: (intent) => this.orders.place(intent),
      netting,
    });
  }

  get ready(): boolean {
    return this.#writer.isOpen;
  }

  get journalTrouble(): JournalTrouble | null {
    return this.#writer.journalTrouble;
  }

  /** Resolves once the portfolio is owned and recovered; gateways go on connecting in the background. */
  async start(): Promise<void> {
    await this.#own();
    if (this.#stopped) return;
    this.#connections.start();
    this.#followUps.start();
    this.#equityMonitor.start();
    this.#marginMonitor.start();
    this.#protectionMonitor.start();
    this.#stopKeeper.start();
    this.#evictLater();
  }

  /** Ends intake, waits (with a bound) for requests under way, journals their outcomes, and releases the portfolio. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#followUps.stop();
    this.#equityMonitor.stop();
    this.#marginMonitor.stop();
    this.#protectionMonitor.stop();
    this.#stopKeeper.stop();
    if (this.#writer.isOpen) await this.#effectExecutor.finished(STOP_BOUND_MS);
    this.#stopEvicting();
    this.#connections.stop();
    this.#intake.stop();
    await this.#writer.close();
    await this.#connections.disconnect();
  }

  /**
   * Adds, replaces or removes one account while the others go on. `wanted` gives the account when the change begins; null
   * removes it, and its orders stay readable. Resolves when the change is made, and once the equity is read without an account that was
   * removed, within a bound; a new gateway connects in the background.
   */
  async alignAccount(accountId: AccountId, wanted: () => Promise<EngineAccount | null>): Promise<void> {
    await this.#connections.align(accountId, wanted);
    if (this.#accounts.has(accountId) || !this.#writer.isOpen) return;
    await this.#background.unlessLate(this.#equityMonitor.readNow(), LEFT_EQUITY_MS);
  }

  /**
   * Closes an account to new orders before it is removed, and cancels its unfinished ones. Resolves with the orders that
   * did not end in time; the account goes on as before then. With none, `alignAccount` is to follow.
   */
  closeAccount(accountId: AccountId): Promise<readonly Order[]> {
    return this.#connections.close(accountId);
  }

  /** The simulator behind a paper account now: a new one has no orders from before, and resets the account. */
  async observeInstance(accountId: AccountId, simulatorInstance: string): Promise<void> {
    const account = this.#accounts.get(accountId);
    if (account === undefined || !this.#writer.isOpen) return;
    const instance = instanceOf(simulatorInstance, resetsIn(account.instance));
    if (this.#writer.state.accounts.get(accountId)?.instance === instance) return;
    const { venue, mode } = account;
    const { wallets } = account.gateway;
    // Kept, so that a later claim of the portfolio does not take the change for another reset.
    account.instance = instance;
    await this.#writer.submit('venue', () => ({
      type: 'account',
      accountId,
      venue,
      mode,
      wallets,
      instance,
    }));
    this.#connections.reconcile(accountId);
  }

  onDurable(listener: (durable: DurableEvents) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Claims the portfolio and settles what a stop left open; begins again when another node takes it over meanwhile. */
  async #own(): Promise<void> {
    this.#isOwning = true;
    try {
      while (!this.#stopped) {
        const waitMs = await this.#writer.open();
        if (waitMs !== null) {
          await this.#handOverCancels();
          await this.#pause(Math.min(waitMs, CLAIM_RETRY_MS));
          continue;
        }
        try {
          await this.#settleBaseCurrency();
          for (const { accountId, venue, mode, instance, gateway } of this.#accounts.all()) {
            const { wallets } = gateway;
            await this.#writer.submit('timer', () => ({
              type: 'account',
              accountId,
              venue,
              mode,
              wallets,
              instance,
            }));
          }
          await this.#writer.submit('timer', () => ({ type: 'restarted' }));
          await this.#journalEmergencyCancels();
        } catch (error) {
          if (!(error instanceof EngineUnavailable)) throw error;
          // Another node owns the portfolio by now, or this one is stopping: the loop sees which.
          if (error.reason !== 'not_owner' && !this.#stopped) throw error;
        }
        if (this.#writer.isOpen) {
          this.#background.run(this.#journalCancels());
          return;
        }
      }
    } finally {
      this.#isOwning = false;
    }
  }

  /** Another node owns the portfolio: this one waits until it can claim it, and recovers as if it had just started. */
  #reclaim(): void {
    if (this.#stopped || this.#isOwning) return;
    this.#followUps.stop();
    this.#stopKeeper.leave();
    this.#connections.forgetComparisons();
    this.#background.run(
      (async () => {
        await this.#own();
        if (this.#stopped) return;
        this.#connections.resume();
        this.#followUps.start();
        this.#stopKeeper.start();
      })(),
    );
  }

  /** A portfolio keeps the base currency that it had when its first account was opened: all its figures are in it. */
  async #settleBaseCurrency(): Promise<void> {
    const { log, portfolioId, baseCurrency: asset = DEFAULT_BASE_CURRENCY } = this.#options;
    if (asset === baseCurrencyOf(this.#writer.state)) return;
    await this.#writer.submit('timer', () => ({ type: 'base_currency', asset }));
    const kept = baseCurrencyOf(this.#writer.state);
    if (kept !== asset)
      log.warn(
        { portfolioId, baseCurrency: kept, asked: asset },
        'the base currency stays as it is: it is set before the first account is opened',
      );
  }

  /** Cancels that were acknowledged here while the journal could not take them. */
  async #journalEmergencyCancels(): Promise<void> {
    const { emergencyLog } = this.#options;
    const kept = await emergencyLog.entries(this.portfolioId);
    await this.#cancelAll(kept);
    if (kept.length > 0) await emergencyLog.remove(kept);
  }

  /** Cancels that were acknowledged by a node that has lost the portfolio since. */
  async #journalHandedOverCancels(): Promise<void> {
    const { portfolioId } = this;
    const { journal, log } = this.#options;
    let cancels: readonly HandedOverCancel[];
    try {
      cancels = await journal.handedOverCancels(portfolioId);
    } catch (error) {
      log.warn({ portfolioId, error }, 'cancels that another node handed over could not be read');
      return;
    }
    await this.#cancelAll(cancels);
    const orderIds = cancels.map(({ orderId }) => orderId);
    if (orderIds.length > 0) await journal.dropHandedOverCancels(portfolioId, orderIds);
  }

  async #cancelAll(cancels: readonly HandedOverCancel[]): Promise<void> {
    await Promise.all(
      cancels.map(({ orderId, requestedBy, why }) =>
        this.#writer.submit('cancel', () => ({
          type: 'cancel_order',
          orderId,
          requestedBy,
          ...(why === undefined ? {} : { why }),
        })),
      ),
    );
  }

  /** Journals emergency and handed-over cancels. While one round waits for the journal, no other one begins. */
  async #journalCancels(): Promise<void> {
    if (this.#isJournalingCancels || !this.#writer.isOpen) return;
    this.#isJournalingCancels = true;
    try {
      await this.#journalEmergencyCancels();
      await this.#journalHandedOverCancels();
    } finally {
      this.#isJournalingCancels = false;
    }
  }

  /** Another node owns the portfolio: it carries out the cancels that we acknowledged and cannot journal any more. */
  async #handOverCancels(): Promise<void> {
    const { emergencyLog, journal } = this.#options;
    const kept = await emergencyLog.entries(this.portfolioId);
    if (kept.length === 0) return;
    await journal.handOverCancels(this.portfolioId, kept);
    await emergencyLog.remove(kept);
  }

  #retry(orderId: OrderId): void {
    const order = this.#writer.state.unfinished.get(orderId);
    if (order === undefined) return;
    const account = this.#accounts.get(order.accountId);
    if (account === undefined) {
      // It waits to be sent, and nothing will send it: the account was removed.
      const input = { type: 'cancel_order', orderId, ...removalOf(order.accountId) } as const;
      this.#background.run(this.#writer.submit('timer', () => input));
      return;
    }
    this.#background.run(
      (async () => {
        const quote = await this.#accounts.freshQuote(order.accountId, order.symbol);
        const instrument = account.gateway.instrument(order.symbol);
        if (instrument === undefined) return;
        await this.#writer.submit('timer', () => ({
          type: 'retry_due',
          orderId,
          context: this.#accounts.context(account, instrument, quote),
        }));
      })(),
    );
  }

  #emit(durable: DurableEvents): void {
    this.#quoteRecorder.onDurable(durable);
    this.#waiters.onDurable(durable);
    for (const listener of this.#listeners) listener(durable);
  }

  #evictLater(): void {
    this.#stopEvicting = this.#options.clock.after(EVICT_EVERY_MS, () => {
      const finishedBefore = this.#options.clock.now() - FINISHED_KEPT_MS;
      this.#background.run(this.#writer.submit('timer', () => ({ type: 'evict', finishedBefore })));
      this.#background.run(this.#journalCancels());
      if (!this.#stopped) this.#evictLater();
    });
  }

  #pause(waitMs: number): Promise<void> {
    return new Promise((resolve) => void this.#options.clock.after(waitMs, resolve));
  }
}
