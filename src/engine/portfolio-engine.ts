/**
 * One portfolio at work: its writer, the gateways of its accounts, and everything that is owed to its orders.
 *
 * `start` claims the portfolio, recovers its state, opens the gateways, and settles what a stop left open: what was on
 * its way is unknown until a look-up proves otherwise. `stop` ends intake, waits for what is under way, and lets go.
 */
import type {
  AccountId,
  AccountMode,
  InstrumentSymbol,
  OrderId,
  PortfolioId,
  Venue,
  VenueOrderId,
} from '../core/ids.ts';
import { availableBalance, heldOf } from '../core/balance/available.ts';
import { Decimal } from '../core/decimal.ts';
import type { Instrument, Quote } from '../core/instrument.ts';
import type { Order, OrderRequest } from '../core/order/order.ts';
import { remainingQuantity } from '../core/order/order.ts';
import type { PriorOrder } from '../core/order/place.ts';
import { isFinished } from '../core/order/transitions.ts';
import { decodeOrder } from '../core/portfolio/codec.ts';
import { orderIdsOf, type OrderSetting } from '../core/portfolio/events.ts';
import { findByVenueIds, instrumentKey, orderOf, type PortfolioState } from '../core/portfolio/state.ts';
import { sizeOrder, type OrderSize } from '../core/position/sizing.ts';
import type { DriftCase } from '../core/reconcile/drift.ts';
import { stricter, type RiskLimits } from '../core/risk/limits.ts';
import { review, type Review } from '../core/risk/review.ts';
import type { MarketContext } from '../core/risk/rule.ts';
import type { PositionReport, VenueFill } from '../core/venue/report.ts';
import { fillKey, type Journal, type ReadModels } from '../journal/journal.ts';
import type { Gateway, GatewayListener } from '../venues/gateway.ts';
import { Carrier, isSettled } from './carrier.ts';
import type { Clock } from './clock.ts';
import {
  EngineUnavailable,
  type AccountReading,
  type AsOf,
  type BalanceReading,
  type CancelAnswer,
  type Desk,
  type DurableNews,
  type OrderFilter,
  type PlaceAnswer,
  type PlaceIntent,
  type PositionReading,
  type RiskReading,
} from './desk.ts';
import type { EmergencyLog } from './emergency-log.ts';
import { EquityWatch } from './equity-watch.ts';
import { FollowUps } from './follow-ups.ts';
import type { Identity } from './identity.ts';
import type { Log } from './log.ts';
import { QuoteRecorder } from './quote-recorder.ts';
import { Reconciler } from './reconciler.ts';
import { PortfolioWriter } from './writer.ts';

const DEFAULT_PROTECTION_BPS = 200;
const SEND_WITHIN_AT_ONCE_MS = 2_000;
const SEND_WITHIN_RESTING_MS = 30_000;
/** Finished orders stay in memory for longer than any answer about them can be under way. */
const FINISHED_KEPT_MS = 30_000;
const EVICT_EVERY_MS = 5_000;
/** How long a gateway that could not start is left alone before the next try. */
const GATEWAY_RETRY_MS = 1_000;
const CLAIM_RETRY_MS = 250;
/** How long a caller waits for the journal before he is told that nothing is known yet. */
const PLACE_ANSWER_MS = 5_000;
const CANCEL_ANSWER_MS = 2_000;
/** How long a stop waits for sends and cancels under way; what is left then is settled after the next start. */
const STOP_BOUND_MS = 6_000;

export interface EngineAccount {
  readonly accountId: AccountId;
  readonly venue: Venue;
  readonly mode: AccountMode;
  readonly gateway: Gateway;
  /** The simulator instance behind a paper account; null for real venues. */
  readonly instance: string | null;
}

export interface PortfolioEngineOptions {
  readonly portfolioId: PortfolioId;
  /** Names this process among the nodes of one database. */
  readonly node: string;
  readonly journal: Journal;
  readonly readModels: ReadModels;
  readonly accounts: readonly EngineAccount[];
  /** From the environment; the stricter of these and the stored ones hold. */
  readonly limits: RiskLimits;
  readonly clock: Clock;
  readonly identity: Identity;
  readonly emergencyLog: EmergencyLog;
  readonly log: Log;
}

interface ConnectedAccount extends Omit<EngineAccount, 'instance'> {
  instance: string | null;
  readonly reconciler: Reconciler;
  started: boolean;
}

interface Waiter {
  readonly isDone: (order: Order) => boolean;
  readonly resolve: (order: Order) => void;
}

export class PortfolioEngine implements Desk {
  readonly portfolioId: PortfolioId;
  readonly #options: PortfolioEngineOptions;
  readonly #writer: PortfolioWriter;
  readonly #carrier: Carrier;
  readonly #followUps: FollowUps;
  readonly #equityWatch: EquityWatch;
  readonly #quoteRecorder: QuoteRecorder;
  readonly #accounts = new Map<AccountId, ConnectedAccount>();
  readonly #waiters = new Map<OrderId, Set<Waiter>>();
  readonly #listeners = new Set<(news: DurableNews) => void>();
  readonly #venuePositions = new Map<string, PositionReport>();
  readonly #stopTimers = new Set<() => void>();
  #stopped = false;
  /** While it claims and recovers; being fenced then makes it begin again by itself. */
  #isOwning = false;

  constructor(options: PortfolioEngineOptions) {
    this.#options = options;
    this.portfolioId = options.portfolioId;
    const { clock, log, identity } = options;
    this.#writer = new PortfolioWriter({
      portfolioId: options.portfolioId,
      node: options.node,
      journal: options.journal,
      clock,
      log,
      settingOf: (accountId, symbol) => this.#settingOf(accountId, symbol),
      onEffects: (effects) => this.#carrier.carry(effects),
      onDurable: (news) => this.#tell(news),
      observations: () => this.#quoteRecorder.drain(),
      onFenced: () => this.#reclaim(),
    });
    const state = (): PortfolioState => this.#writer.state;
    const quote = (accountId: AccountId, symbol: InstrumentSymbol): Quote | undefined =>
      this.#accounts.get(accountId)?.gateway.quote(symbol);
    this.#quoteRecorder = new QuoteRecorder({ clock, state, quote });
    this.#equityWatch = new EquityWatch({
      clock,
      log,
      isOpen: () => this.#writer.isOpen,
      state,
      submit: (lane, make) => this.#writer.submit(lane, make),
      limits: () => this.#limitsInForce(state()),
      marks: () => this.#marks(state()),
      instrument: (accountId, symbol) => this.instrument(accountId, symbol),
      quote,
      freshQuote: (accountId, symbol) => this.quote(accountId, symbol),
      place: (intent) => this.place(intent),
    });
    this.#carrier = new Carrier({
      gatewayOf: (accountId) => {
        const account = this.#accounts.get(accountId);
        return account?.started === true ? account.gateway : undefined;
      },
      state,
      mayAct: () => clock.monotonic() < options.journal.ownedUntil(options.portfolioId),
      submit: (lane, make) => this.#writer.submit(lane, make),
      newFills: (accountId, symbol, fills) => this.#newFills(accountId, symbol, fills),
      clock,
      identity,
      log,
    });
    this.#followUps = new FollowUps({
      clock,
      state,
      carrier: this.#carrier,
      retry: (orderId) => this.#retry(orderId),
    });
    for (const account of options.accounts) {
      const reconciler = new Reconciler({
        accountId: account.accountId,
        gateway: account.gateway,
        carrier: this.#carrier,
        clock,
        log,
        state,
        submit: (lane, make) => this.#writer.submit(lane, make),
        onPositions: (reports) => this.#keepVenuePositions(account.accountId, reports),
      });
      this.#accounts.set(account.accountId, { ...account, reconciler, started: false });
    }
  }

  get ready(): boolean {
    return this.#writer.isOpen;
  }

  /** Resolves once the portfolio is owned and recovered; gateways go on connecting in the background. */
  async start(): Promise<void> {
    await this.#own();
    if (this.#stopped) return;
    for (const account of this.#accounts.values()) void this.#connect(account);
    this.#followUps.start();
    this.#equityWatch.start();
    this.#every(EVICT_EVERY_MS, () => {
      this.#inBackground(
        this.#writer.submit('timer', () => ({
          type: 'evict',
          finishedBefore: this.#options.clock.now() - FINISHED_KEPT_MS,
        })),
      );
    });
  }

  /** Claims the portfolio and settles what a stop left open; begins again when another node takes it over meanwhile. */
  async #own(): Promise<void> {
    this.#isOwning = true;
    try {
      while (!this.#stopped) {
        const waitMs = await this.#writer.open();
        if (waitMs !== null) {
          await this.#pause(Math.min(waitMs, CLAIM_RETRY_MS));
          continue;
        }
        try {
          for (const account of this.#accounts.values()) {
            const { accountId, venue, mode, instance } = account;
            await this.#writer.submit('timer', () => ({ type: 'account', accountId, venue, mode, instance }));
          }
          await this.#writer.submit('timer', () => ({ type: 'restarted' }));
          await this.#journalEmergencyCancels();
        } catch (error) {
          if (!(error instanceof EngineUnavailable) || error.reason !== 'not_owner') throw error;
        }
        if (this.#writer.isOpen) return;
      }
    } finally {
      this.#isOwning = false;
    }
  }

  /** The simulator behind a paper account began anew, or not: `instance` is what it calls itself now. */
  async noteInstance(accountId: AccountId, instance: string): Promise<void> {
    const account = this.#accounts.get(accountId);
    if (account === undefined || !this.#writer.isOpen) return;
    if (this.#writer.state.accounts.get(accountId)?.instance === instance) return;
    const { venue, mode } = account;
    // Kept, so that a later claim of the portfolio does not take the former one for a reset.
    account.instance = instance;
    await this.#writer.submit('venue', () => ({ type: 'account', accountId, venue, mode, instance }));
    account.reconciler.request();
  }

  /** Ends intake, waits (with a bound) for what is under way, journals it, and lets go of the portfolio. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#followUps.stop();
    this.#equityWatch.stop();
    if (this.#writer.isOpen) await this.#carrier.finished(STOP_BOUND_MS);
    for (const stopTimer of this.#stopTimers) stopTimer();
    this.#stopTimers.clear();
    for (const account of this.#accounts.values()) account.reconciler.stop();
    await this.#writer.close();
    await Promise.allSettled([...this.#accounts.values()].map((account) => account.gateway.stop()));
  }

  async place(intent: PlaceIntent): Promise<PlaceAnswer> {
    const account = this.#accounts.get(intent.accountId);
    if (account === undefined) return { kind: 'unknown_account' };
    this.#requireOpen();
    if (this.#stopped) throw new EngineUnavailable('recovering', 'the service is stopping', 1_000);
    const prior = await this.#priorOrder(intent);
    if (prior === null) this.#requireConnected(account);
    const instrument = account.gateway.instrument(intent.symbol);
    if (instrument === undefined) return { kind: 'unknown_instrument' };
    const quote = prior === null ? await this.quote(intent.accountId, intent.symbol) : null;
    const request = this.#request(intent);
    const setting = settingFor(account, instrument);
    const submitted = this.#writer.submit('place', () => ({
      type: 'place_order',
      request,
      setting,
      context: this.#context(account, instrument, quote),
      prior,
    }));
    const reply = await this.#unlessLate(submitted, PLACE_ANSWER_MS);
    if (reply === null) {
      throw new EngineUnavailable(
        'journal_stalled',
        'the journal does not answer: whether the order was taken in is not known yet; look for it, or repeat the request under its key',
        1_000,
        request.orderId,
      );
    }
    switch (reply.kind) {
      case 'accepted':
        return { kind: 'accepted', order: reply.order, replayed: false };
      case 'denied':
        return {
          kind: 'denied',
          order: await this.#mustHave(reply.orderId),
          refusals: reply.refusals,
          replayed: false,
        };
      case 'conflict':
        return { kind: 'conflict', orderId: reply.orderId };
      case 'replayed': {
        const order = await this.#mustHave(reply.orderId);
        if (order.status !== 'denied') return { kind: 'accepted', order, replayed: true };
        return { kind: 'denied', order, refusals: await this.#refusalsOf(order.orderId), replayed: true };
      }
      case 'canceling':
      case 'annulled':
      case 'already_finished':
      case 'unknown_order':
      case 'done':
        throw new TypeError(`not an answer to an order: ${reply.kind}`);
    }
  }

  check(intent: PlaceIntent): Promise<Review | null> {
    return this.#consider(intent, (state, request, setting, context) =>
      review(state, request, setting, context, null),
    );
  }

  size(intent: PlaceIntent): Promise<OrderSize | null> {
    return this.#consider(intent, (state, request, setting, context) =>
      sizeOrder(state, request, setting, context, null),
    );
  }

  /** What a reading of the state says of an order that is not placed. Null where account or instrument is unknown. */
  async #consider<Value>(
    intent: PlaceIntent,
    reading: (
      state: PortfolioState,
      request: OrderRequest,
      setting: OrderSetting,
      context: MarketContext,
    ) => Value,
  ): Promise<Value | null> {
    const account = this.#accounts.get(intent.accountId);
    const instrument = account?.gateway.instrument(intent.symbol);
    if (account === undefined || instrument === undefined) return null;
    this.#requireConnected(account);
    const quote = await this.quote(intent.accountId, intent.symbol);
    const request = this.#request(intent);
    return this.#writer.read((state) =>
      reading(state, request, settingFor(account, instrument), this.#context(account, instrument, quote)),
    );
  }

  settled(orderId: OrderId, waitMs: number): Promise<Order> {
    return this.#waitFor(orderId, isSettled, waitMs);
  }

  async cancel(orderId: OrderId, requestedBy: string): Promise<CancelAnswer> {
    this.#requireOpen();
    const inMemory = orderOf(this.#writer.state, orderId);
    const order = inMemory ?? (await this.#loadOrder(orderId));
    if (order === null) return { kind: 'unknown_order' };
    if (isFinished(order.status)) return { kind: 'already_finished', order };
    // The owner has every unfinished order in memory: whoever has not owns the portfolio no more, and cannot cancel it.
    if (inMemory === undefined)
      throw new EngineUnavailable('not_owner', 'another node owns this portfolio', 1_000);
    // Out first, journaled second: a trader who wants out does not wait for a disk.
    const isWaitingForJournal = this.#writer.isStalled || !this.#options.journal.healthy;
    if (order.status !== 'accepted') this.#carrier.cancel(orderId);
    const submitted = this.#writer.submit('cancel', () => ({ type: 'cancel_order', orderId, requestedBy }));
    const reply = await this.#unlessLate(submitted, isWaitingForJournal ? 0 : CANCEL_ANSWER_MS);
    if (reply === null) {
      // What the caller is told outlives this process, whether or not the journal comes back before it ends.
      await this.#options.emergencyLog.write({
        portfolioId: this.portfolioId,
        orderId,
        requestedBy,
        at: this.#options.clock.now(),
      });
      // Kept, but neither journaled nor sent: that is no cancel to acknowledge.
      if (this.#accounts.get(order.accountId)?.started !== true)
        throw new EngineUnavailable(
          'venue_unreachable',
          'neither the journal nor the exchange can be reached; the cancel is kept, and nothing was sent yet',
          1_000,
        );
      return { kind: 'canceling', order };
    }
    const after = (await this.order(orderId)) ?? order;
    if (reply.kind === 'already_finished') return { kind: 'already_finished', order: after };
    if (reply.kind === 'unknown_order') return { kind: 'already_finished', order: after };
    if (reply.kind === 'annulled') return { kind: 'annulled', order: after };
    return { kind: 'canceling', order: after };
  }

  async order(orderId: OrderId, refresh = false): Promise<Order | null> {
    if (refresh && orderOf(this.#writer.state, orderId) !== undefined) await this.#carrier.refresh(orderId);
    const inMemory = await this.#writer.read((state) => orderOf(state, orderId) ?? null);
    return inMemory ?? (await this.#loadOrder(orderId));
  }

  async orderByVenueOrderId(
    accountId: AccountId,
    symbol: InstrumentSymbol,
    venueOrderId: VenueOrderId,
  ): Promise<Order | null> {
    const inMemory = await this.#writer.read(
      (state) => findByVenueIds(state, accountId, symbol, venueOrderId, null) ?? null,
    );
    if (inMemory !== null) return inMemory;
    const document = await this.#options.readModels.orderByVenueOrderId(
      this.portfolioId,
      accountId,
      symbol,
      venueOrderId,
    );
    return document === null ? null : decodeOrder(document);
  }

  openNow(filter: OrderFilter): readonly Order[] {
    this.#requireOpen();
    return openIn(this.#writer.state, filter);
  }

  openOrders(filter: OrderFilter): Promise<AsOf<readonly Order[]>> {
    return this.#writer.read((state, seq) => ({ value: openIn(state, filter), seq }));
  }

  positions(filter: OrderFilter): Promise<AsOf<readonly PositionReading[]>> {
    return this.#writer.read((state, seq) => ({
      value: [...state.positions.values()]
        .filter((position) => !position.netQuantity.isZero() && matches(filter, position))
        .map((position): PositionReading => {
          const gateway = this.#accounts.get(position.accountId)?.gateway;
          return {
            position,
            mark: gateway?.quote(position.symbol)?.mark ?? null,
            instrument: gateway?.instrument(position.symbol) ?? null,
            venue: this.#venuePositions.get(instrumentKey(position.accountId, position.symbol)) ?? null,
            protectedQuantity: protectedQuantity(
              state,
              position.accountId,
              position.symbol,
              position.netQuantity,
            ),
          };
        }),
      seq,
    }));
  }

  balances(accountId: AccountId): Promise<AsOf<readonly BalanceReading[]>> {
    return this.#writer.read((state, seq) => ({
      value: [...state.balances.values()]
        .filter((balance) => balance.accountId === accountId)
        .map((balance) => ({
          balance,
          held: heldOf(state, accountId, balance.wallet, balance.asset, null),
          available: availableBalance(
            state,
            accountId,
            balance.wallet,
            balance.asset,
            { marks: this.#marks(state), leverages: this.#leverages() },
            null,
          ),
        })),
      seq,
    }));
  }

  async account(accountId: AccountId): Promise<AccountReading | null> {
    const books = await this.#writer.read((state) => state.accounts.get(accountId) ?? null);
    const account = this.#accounts.get(accountId);
    return books === null || account === undefined
      ? null
      : { account: books, connection: account.gateway.connection() };
  }

  risk(): Promise<AsOf<RiskReading>> {
    return this.#writer.read((state, seq) => ({
      value: {
        limits: stricter(this.#options.limits, state.limits),
        killSwitch: state.killSwitch,
        equity: state.equity,
        halted: this.#writer.halted,
      },
      seq,
    }));
  }

  drift(): Promise<AsOf<readonly DriftCase[]>> {
    return this.#writer.read((state, seq) => ({ value: [...state.drift.values()], seq }));
  }

  async setKillSwitch(engaged: boolean, requestedBy: string, why: string): Promise<void> {
    this.#requireOpen();
    await this.#writer.submit('cancel', () => ({ type: 'kill_switch', engaged, requestedBy, why }));
  }

  instrument(accountId: AccountId, symbol: InstrumentSymbol): Instrument | undefined {
    return this.#accounts.get(accountId)?.gateway.instrument(symbol);
  }

  instruments(accountId: AccountId): readonly Instrument[] {
    return this.#accounts.get(accountId)?.gateway.instruments() ?? [];
  }

  async quote(accountId: AccountId, symbol: InstrumentSymbol): Promise<Quote | null> {
    const account = this.#accounts.get(accountId);
    if (account === undefined || !account.started) return null;
    const answer = await account.gateway.freshQuote(
      symbol,
      this.#limitsInForce(this.#writer.state).staleQuoteMs,
    );
    return answer.kind === 'ok' ? answer.value : null;
  }

  modeOf(accountId: AccountId): AccountMode | undefined {
    return this.#accounts.get(accountId)?.mode;
  }

  onDurable(listener: (news: DurableNews) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #requireConnected(account: ConnectedAccount): void {
    if (!account.started || this.#writer.state.accounts.get(account.accountId)?.balancesKnown !== true) {
      throw new EngineUnavailable(
        'venue_unreachable',
        `${account.venue} has not answered yet since the start; nothing was journaled`,
        1_000,
      );
    }
  }

  #request(intent: PlaceIntent): OrderRequest {
    const { clock, identity } = this.#options;
    const { marketProtectionBps, sendWithinMs, ...rest } = intent;
    const isAtOnce = intent.type === 'market' || intent.timeInForce === 'IOC' || intent.timeInForce === 'FOK';
    return {
      ...rest,
      orderId: identity.orderId(clock.now()),
      venueClientOrderId: identity.venueClientOrderId(),
      marketProtectionBps: marketProtectionBps ?? DEFAULT_PROTECTION_BPS,
      sendWithinMs: sendWithinMs ?? (isAtOnce ? SEND_WITHIN_AT_ONCE_MS : SEND_WITHIN_RESTING_MS),
      parentId: null,
      leg: null,
    };
  }

  /** The order that the read model knows under this key; one still in memory is found by the decision itself. */
  async #priorOrder(intent: PlaceIntent): Promise<PriorOrder | null> {
    if (intent.idempotency === null) return null;
    return this.#options.readModels.idempotency(this.portfolioId, intent.idempotency.key);
  }

  async #refusalsOf(orderId: OrderId): Promise<Extract<PlaceAnswer, { kind: 'denied' }>['refusals']> {
    const records = await this.#options.readModels.recordsOfOrder(this.portfolioId, orderId);
    const denial = records.find((record) => record.type === 'order_denied');
    return (denial?.payload['refusals'] ?? []) as unknown as Extract<
      PlaceAnswer,
      { kind: 'denied' }
    >['refusals'];
  }

  #context(account: ConnectedAccount, instrument: Instrument, fetched: Quote | null): MarketContext {
    const { clock } = this.#options;
    const capabilities = account.gateway.capabilities.kinds[instrument.kind];
    if (capabilities === null)
      throw new RangeError(`${account.venue} lists ${instrument.symbol} but cannot trade ${instrument.kind}`);
    const { state } = this.#writer;
    return {
      at: clock.now(),
      venueAt: account.gateway.venueNow(),
      instrument,
      capabilities,
      quote: account.gateway.quote(instrument.symbol) ?? fetched,
      limits: this.#limitsInForce(state),
      marks: this.#marks(state),
      leverages: this.#leverages(),
      halted: this.#writer.halted,
    };
  }

  #limitsInForce(state: PortfolioState): RiskLimits {
    return stricter(this.#options.limits, state.limits);
  }

  /** The marks of every instrument with a position or an open order. */
  #marks(state: PortfolioState): ReadonlyMap<string, Decimal> {
    const marks = new Map<string, Decimal>();
    const note = (accountId: AccountId, symbol: InstrumentSymbol): void => {
      const key = instrumentKey(accountId, symbol);
      if (marks.has(key)) return;
      const mark = this.#accounts.get(accountId)?.gateway.quote(symbol)?.mark;
      if (mark !== undefined) marks.set(key, mark);
    };
    for (const position of state.positions.values())
      if (!position.netQuantity.isZero()) note(position.accountId, position.symbol);
    for (const order of state.unfinished.values()) note(order.accountId, order.symbol);
    return marks;
  }

  #leverages(): ReadonlyMap<string, Decimal> {
    const leverages = new Map<string, Decimal>();
    for (const [key, { leverage }] of this.#venuePositions)
      if (leverage !== null) leverages.set(key, leverage);
    return leverages;
  }

  #settingOf(accountId: AccountId, symbol: InstrumentSymbol): OrderSetting | null {
    const account = this.#accounts.get(accountId);
    const instrument = account?.gateway.instrument(symbol);
    return account === undefined || instrument === undefined ? null : settingFor(account, instrument);
  }

  async #connect(account: ConnectedAccount): Promise<void> {
    const { accountId } = account;
    const listener: GatewayListener = {
      onOrder: (report) => {
        this.#inBackground(this.#takeReport(accountId, report));
      },
      onFill: (fill) => {
        this.#inBackground(this.#takeFill(accountId, fill));
      },
      onGap: () => account.reconciler.request(),
      onQuote: () => undefined,
      onAccountChanged: () => account.reconciler.request(),
    };
    while (!this.#stopped) {
      try {
        await account.gateway.start(listener);
        break;
      } catch (error) {
        this.#options.log.warn(
          { accountId, venue: account.venue, error },
          'the venue cannot be reached; trying again',
        );
        await this.#pause(GATEWAY_RETRY_MS);
      }
    }
    if (this.#stopped) return;
    account.started = true;
    account.reconciler.request();
  }

  async #takeReport(accountId: AccountId, report: Parameters<GatewayListener['onOrder']>[0]): Promise<void> {
    const { venueOrderId, venueClientOrderId, symbol } = report;
    await this.#recall(accountId, symbol, venueOrderId, venueClientOrderId);
    await this.#writer.submit('venue', () => ({ type: 'order_report', accountId, report }));
  }

  async #takeFill(accountId: AccountId, fill: VenueFill): Promise<void> {
    const fills = await this.#newFills(accountId, fill.symbol, [fill]);
    if (fills.length === 0) return;
    await this.#writer.submit('venue', () => ({
      type: 'fills',
      accountId,
      symbol: fill.symbol,
      fills,
      cursor: null,
    }));
  }

  /**
   * The executions that are not booked yet, with the orders they may belong to back in memory. One that is booked for an
   * order which has left memory is known from the read model, and needs neither.
   */
  async #newFills(
    accountId: AccountId,
    symbol: InstrumentSymbol,
    fills: readonly VenueFill[],
  ): Promise<readonly VenueFill[]> {
    const isInMemory = (fill: VenueFill): boolean =>
      findByVenueIds(this.#writer.state, accountId, symbol, fill.venueOrderId, fill.venueClientOrderId) !==
      undefined;
    const strangers = fills.filter((fill) => !isInMemory(fill));
    if (strangers.length === 0) return fills;
    const booked = await this.#options.readModels.knownFills(
      this.portfolioId,
      accountId,
      symbol,
      strangers.map((fill) => fill.tradeId),
    );
    const isNew = (fill: VenueFill): boolean =>
      isInMemory(fill) || !booked.has(fillKey(fill.venueOrderId, fill.tradeId));
    const unbooked = fills.filter(isNew);
    const asked = new Set<string>();
    for (const fill of unbooked) {
      if (asked.has(fill.venueOrderId)) continue;
      asked.add(fill.venueOrderId);
      await this.#recall(accountId, symbol, fill.venueOrderId, fill.venueClientOrderId);
    }
    return unbooked;
  }

  async #recall(
    accountId: AccountId,
    symbol: InstrumentSymbol,
    venueOrderId: VenueOrderId,
    venueClientOrderId: VenueFill['venueClientOrderId'],
  ): Promise<void> {
    if (findByVenueIds(this.#writer.state, accountId, symbol, venueOrderId, venueClientOrderId) !== undefined)
      return;
    const { readModels, identity } = this.#options;
    if (venueClientOrderId !== null && !identity.isOurs(venueClientOrderId)) return;
    const document =
      (await readModels.orderByVenueOrderId(this.portfolioId, accountId, symbol, venueOrderId)) ??
      (venueClientOrderId === null
        ? null
        : await readModels.orderByVenueClientOrderId(this.portfolioId, accountId, venueClientOrderId));
    if (document === null) return;
    const order = decodeOrder(document);
    // An order that is still in memory was journaled after the look above: the decision will find it.
    if (isFinished(order.status)) await this.#writer.submit('venue', () => ({ type: 'recall', order }));
  }

  #retry(orderId: OrderId): void {
    const order = this.#writer.state.unfinished.get(orderId);
    const account = order === undefined ? undefined : this.#accounts.get(order.accountId);
    if (order === undefined || account === undefined) return;
    this.#inBackground(
      (async () => {
        const quote = await this.quote(order.accountId, order.symbol);
        const instrument = account.gateway.instrument(order.symbol);
        if (instrument === undefined) return;
        await this.#writer.submit('timer', () => ({
          type: 'retry_due',
          orderId,
          context: this.#context(account, instrument, quote),
        }));
      })(),
    );
  }

  async #journalEmergencyCancels(): Promise<void> {
    const { emergencyLog } = this.#options;
    const entries = await emergencyLog.entries(this.portfolioId);
    for (const { orderId, requestedBy } of entries) {
      await this.#writer.submit('cancel', () => ({ type: 'cancel_order', orderId, requestedBy }));
    }
    if (entries.length > 0) await emergencyLog.clear();
  }

  /** Another node owns the portfolio: this one waits its turn and recovers from the journal as if it had just started. */
  #reclaim(): void {
    if (this.#stopped || this.#isOwning) return;
    this.#followUps.stop();
    this.#inBackground(
      (async () => {
        await this.#own();
        if (this.#stopped) return;
        for (const account of this.#accounts.values()) account.reconciler.request();
        this.#followUps.start();
      })(),
    );
  }

  #keepVenuePositions(accountId: AccountId, reports: readonly PositionReport[]): void {
    for (const key of this.#venuePositions.keys())
      if (key.startsWith(`${accountId} `)) this.#venuePositions.delete(key);
    for (const report of reports) this.#venuePositions.set(instrumentKey(accountId, report.symbol), report);
  }

  async #mustHave(orderId: OrderId): Promise<Order> {
    const order = await this.order(orderId);
    if (order === null)
      throw new EngineUnavailable('recovering', `order ${orderId} cannot be read now`, 1_000);
    return order;
  }

  async #loadOrder(orderId: OrderId): Promise<Order | null> {
    const document = await this.#options.readModels.order(this.portfolioId, orderId);
    return document === null ? null : decodeOrder(document);
  }

  /** The order, as durable, once `isDone` says so of it; as it stands after `waitMs` otherwise. */
  #waitFor(orderId: OrderId, isDone: (order: Order) => boolean, waitMs: number): Promise<Order> {
    return new Promise<Order>((resolve, reject) => {
      const waiters = this.#waiters.get(orderId) ?? new Set<Waiter>();
      this.#waiters.set(orderId, waiters);
      const end = (): void => {
        stopTimer();
        waiters.delete(waiter);
        if (waiters.size === 0) this.#waiters.delete(orderId);
      };
      const waiter: Waiter = {
        isDone,
        resolve: (order) => {
          end();
          resolve(order);
        },
      };
      const stopTimer = this.#options.clock.after(waitMs, () => {
        end();
        this.#mustHave(orderId).then(resolve, reject);
      });
      waiters.add(waiter);
      // It may have come about before anyone waited; what is not durable yet is told when it is.
      this.#mustHave(orderId).then((order) => {
        if (waiters.has(waiter) && (isDone(order) || waitMs <= 0)) waiter.resolve(order);
      }, reject);
    });
  }

  #tell(news: DurableNews): void {
    this.#quoteRecorder.note(news);
    for (const orderId of new Set(news.events.flatMap(({ event }) => orderIdsOf(event)))) {
      const waiters = this.#waiters.get(orderId);
      const order = orderOf(this.#writer.state, orderId);
      if (waiters === undefined || order === undefined) continue;
      for (const waiter of waiters) if (waiter.isDone(order)) waiter.resolve(order);
    }
    for (const listener of this.#listeners) listener(news);
  }

  #every(intervalMs: number, action: () => void): void {
    let stopTimer = (): void => undefined;
    const schedule = (): void => {
      this.#stopTimers.delete(stopTimer);
      stopTimer = this.#options.clock.after(intervalMs, () => {
        action();
        if (!this.#stopped) schedule();
      });
      this.#stopTimers.add(stopTimer);
    };
    schedule();
  }

  #pause(waitMs: number): Promise<void> {
    return new Promise((resolve) => {
      this.#options.clock.after(waitMs, resolve);
    });
  }

  #requireOpen(): void {
    const { unavailable } = this.#writer;
    if (unavailable !== null) throw unavailable;
  }

  /** What the work comes to, or null when the journal keeps it waiting for longer; it then goes on by itself. */
  async #unlessLate<Value>(work: Promise<Value>, waitMs: number): Promise<Value | null> {
    let stopTimer = (): void => undefined;
    const late = new Promise<null>((resolve) => {
      stopTimer = this.#options.clock.after(waitMs, () => resolve(null));
    });
    try {
      const first = await Promise.race([work, late]);
      if (first === null) this.#inBackground(work);
      return first;
    } finally {
      stopTimer();
    }
  }

  #inBackground(work: Promise<unknown>): void {
    work.catch((error: unknown) => {
      if (!(error instanceof EngineUnavailable)) {
        this.#options.log.error({ portfolioId: this.portfolioId, error }, 'work in the background failed');
      }
    });
  }
}

function settingFor(account: EngineAccount, instrument: Instrument): OrderSetting {
  return {
    venue: account.venue,
    mode: account.mode,
    kind: instrument.kind,
    base: instrument.base,
    quote: instrument.quote,
  };
}

function openIn(state: PortfolioState, filter: OrderFilter): readonly Order[] {
  return [...state.unfinished.values()]
    .filter((order) => matches(filter, order))
    .sort((a, b) => a.createdAt - b.createdAt);
}

function matches(
  filter: OrderFilter,
  subject: { accountId: AccountId; symbol: InstrumentSymbol; venue: Venue },
): boolean {
  return (
    (filter.accountIds === undefined || filter.accountIds.includes(subject.accountId)) &&
    (filter.exchange === undefined || filter.exchange === subject.venue) &&
    (filter.symbol === undefined || filter.symbol === subject.symbol)
  );
}

/** Base units of a position that open stop orders on the other side would close; never more than the position. */
function protectedQuantity(
  state: PortfolioState,
  accountId: AccountId,
  symbol: InstrumentSymbol,
  net: Decimal,
): Decimal {
  let protectedSoFar = Decimal.zero;
  const closingSide = net.isPositive() ? 'sell' : 'buy';
  for (const order of state.unfinished.values()) {
    if (
      order.accountId !== accountId ||
      order.symbol !== symbol ||
      order.side !== closingSide ||
      order.stopPrice === null
    )
      continue;
    protectedSoFar = protectedSoFar.add(remainingQuantity(order) ?? Decimal.zero);
  }
  return protectedSoFar.min(net.abs());
}
