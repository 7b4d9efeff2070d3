/**
 * A gateway over the simulated venue, with latencies, faults and a private stream, under virtual time.
 *
 * Entry point: `SimulatedGateway`. It keeps the contract of `src/venues/gateway.ts`: four outcomes of a send, and the
 * first three only as proof; lifetimes judged on the venue's clock when the request arrives; every possible loss on a
 * private stream that the gateway could notice is announced. A dead process's requests still arrive.
 */
import { SEPARATE_WALLETS, type WalletDeclaration } from '../../src/core/balance/wallet.ts';
import { Decimal } from '../../src/core/decimal.ts';
import {
  asset,
  instrumentSymbol,
  tradeId,
  venueClientOrderId,
  venueOrderId,
  type AccountId,
  type AccountMode,
  type InstrumentSymbol,
  type TimeMs,
  type Venue,
  type VenueOrderId,
} from '../../src/core/ids.ts';
import type { Instrument, Quote } from '../../src/core/instrument.ts';
import type { AccountRecords } from '../../src/core/venue/account-record.ts';
import type { VenueCapabilities } from '../../src/core/venue/capabilities.ts';
import type {
  Candle,
  CandleInterval,
  CandleSpan,
  DayFigures,
  OrderBook,
  PublicTrade,
} from '../../src/core/venue/market.ts';
import type { CancelOutcome, LookUpAnswer, SendOutcome } from '../../src/core/venue/outcome.ts';
import type {
  BalanceReport,
  FillsCursor,
  FillsPage,
  MarginReport,
  OrderReport,
  PositionReport,
  VenueFill,
} from '../../src/core/venue/report.ts';
import type { MarginMode, PositionMode, SettingOutcome, SwapSettings } from '../../src/core/venue/setting.ts';
import type { ExchangeEvent } from '../../src/simulators/exchange/event.ts';
import type { CancelResult, DoneResult, OrderResult } from '../../src/simulators/exchange/results.ts';
import type { Fill, Order as VenueOrder } from '../../src/simulators/exchange/order.ts';
import type {
  CancelRequest,
  ConnectionState,
  Gateway,
  GatewayListener,
  LookUpRequest,
  ReadAnswer,
  SendRequest,
  WireOrder,
} from '../../src/venues/gateway.ts';
import { HeldQuote } from '../../src/venues/held-quote.ts';
import { oldestAt, type TopOfBook } from '../../src/core/quote.ts';
import type { Faults, Route } from './faults.ts';
import { OUR_ACCOUNT, STALE_FIGURES_MS, SWAP_SYMBOL, type SimulatedVenue } from './venue.ts';
import type { ProcessGate, VirtualTime } from './virtual-time.ts';
import {
  SIDE_UNKNOWN,
  UNIFIED_WALLET,
  walletOf,
  capabilitiesOf,
  describe,
  entryRecord,
  flatNet,
  fundingRecord,
  instrumentOf,
  marginReportOf,
  positionReportOf,
  referenceOf,
  refusalOf,
  reportOf,
  shownId,
  termsOf,
  venueRequestOf,
} from './wire-forms.ts';

const WRITE_DEADLINE_MS = 5_000;
const READ_ATTEMPT_MS = 3_000;
const READ_ATTEMPTS = 3;
const FIRST_BACKOFF_MS = 100;
/** A cursor before the first execution is known. */
const FROM_TIME = 'since ';
const CLOCK_EVERY_MS = 20_000;
const SLOWEST_CLOCK_MS = 300;
const QUOTE_EVERY_MS = 500;

/** Points of an order's way at which a process may die or freeze. */
export type Hazard = 'before_send' | 'after_departure' | 'after_outcome';

/** The connections of a process to the venue, as a world sees and breaks them. */
export interface GatewayConnections {
  /** Whether the venue has been reached since the start. */
  readonly isStarted: boolean;
  /** The private stream breaks and comes back after a while; events in between are lost. */
  breakStream(durationMs: number): void;
  /** The venue's side of the connections ends, as when a process dies. */
  disconnect(): void;
}

export interface SimulatedGatewayOptions {
  readonly accountId: AccountId;
  /** Paper unless given. */
  readonly mode?: AccountMode;
  readonly time: VirtualTime;
  readonly gate: ProcessGate;
  readonly venue: SimulatedVenue;
  readonly faults: Faults;
  /** The process's own wall clock. */
  readonly now: () => TimeMs;
  /** Called at each hazard; it may kill or freeze the process there. */
  readonly onHazard: (hazard: Hazard) => void;
  /** Whether the storage holds an attempt signed at this time; asked as a request departs, for the auditor. */
  readonly isJournaled: (signedAt: TimeMs, stepMs: number) => boolean;
  readonly trace: (line: string) => void;
  /** Executions in one page of them. */
  readonly fillsPage: number;
}

type Carried<Value> =
  | { readonly kind: 'answered'; readonly value: Value }
  | { readonly kind: 'lost'; readonly detail: string }
  | { readonly kind: 'throttled' };

/** The top of a book and the mark at one moment. */
interface Prices {
  readonly top: TopOfBook;
  readonly mark: Decimal;
}

type Created = { readonly kind: 'timestamp' } | { readonly kind: 'judged'; readonly result: OrderResult };

interface Canceled {
  readonly result: CancelResult;
  readonly filled: Decimal;
}

export class SimulatedGateway implements Gateway, GatewayConnections {
  readonly accountId: AccountId;
  readonly venue: Venue = 'binance';
  readonly mode: AccountMode;
  readonly capabilities: VenueCapabilities;
  /** Mutable, as an account may be set up otherwise between two connections. */
  wallets: readonly WalletDeclaration[];
  readonly #options: SimulatedGatewayOptions;
  readonly #quotes = new Map<string, HeldQuote>();
  readonly #stopTimers = new Set<() => void>();
  #listener: GatewayListener | null = null;
  /** As the venue showed it last; null before that. */
  #positionMode: PositionMode | null = null;
  /** The venue's clock minus the time that has passed, as it was last measured; null before. */
  #aheadMs: number | null = null;
  #stream: { epoch: number; isUp: boolean; lastDeliveryAt: number } = {
    epoch: 0,
    isUp: false,
    lastDeliveryAt: 0,
  };
  #unsubscribe: (() => void) | null = null;

  constructor(options: SimulatedGatewayOptions) {
    this.#options = options;
    this.accountId = options.accountId;
    this.mode = options.mode ?? 'paper';
    const { setting } = options.venue;
    this.capabilities = capabilitiesOf(setting);
    this.wallets = setting.wallets === 'unified' ? UNIFIED_WALLET : SEPARATE_WALLETS;
  }

  async start(listener: GatewayListener): Promise<void> {
    const clock = await this.#readClock();
    if (clock.kind === 'failed') throw new Error(`the venue cannot be reached: ${clock.detail}`);
    if (this.#options.venue.setting.swap) {
      const mode = await this.positionMode();
      if (mode.kind === 'failed') throw new Error(`the venue cannot be reached: ${mode.detail}`);
    }
    this.#listener = listener;
    this.#unsubscribe = this.#options.venue.exchange.subscribe((events) => this.#onEvents(events));
    this.#connectStream('connected');
    this.#repeat(CLOCK_EVERY_MS, () => this.measureClock());
    this.#followQuotes();
  }

  get isStarted(): boolean {
    return this.#listener !== null;
  }

  stop(): Promise<void> {
    this.disconnect();
    for (const stopTimer of this.#stopTimers) stopTimer();
    this.#stopTimers.clear();
    return Promise.resolve();
  }

  disconnect(): void {
    this.#unsubscribe?.();
    this.#unsubscribe = null;
    this.#stream = { epoch: this.#stream.epoch + 1, isUp: false, lastDeliveryAt: 0 };
  }

  instrument(symbol: InstrumentSymbol): Instrument | undefined {
    const found = this.#options.venue.instrument(symbol);
    return found === null || this.#listener === null ? undefined : instrumentOf(found);
  }

  instruments(): readonly Instrument[] {
    return this.#listener === null ? [] : this.#options.venue.exchange.instruments().map(instrumentOf);
  }

  quote(symbol: InstrumentSymbol): Quote | undefined {
    return this.#quotes.get(symbol)?.quote() ?? undefined;
  }

  async freshQuote(symbol: InstrumentSymbol, maxAgeMs: number): Promise<ReadAnswer<Quote>> {
    const now = this.#options.now();
    const latest = this.quote(symbol);
    if (latest !== undefined && now - (oldestAt(latest) ?? 0) <= maxAgeMs)
      return { kind: 'ok', value: latest, startedAt: now, finishedAt: now };
    const answer = await this.#read('quote', () => this.#pricesNow(symbol));
    if (answer.kind === 'failed') return answer;
    if (answer.value === null)
      return { kind: 'failed', reason: 'not_listed', detail: `${symbol} has no book` };
    return { ...answer, value: this.#take(symbol, answer.value) };
  }

  venueNow(): TimeMs {
    const { now, time } = this.#options;
    return this.#aheadMs === null ? now() : Math.trunc(time.elapsed() + this.#aheadMs);
  }

  connection(): ConnectionState {
    return {
      privateStream: this.#stream.isUp ? 'connected' : 'connecting',
      publicStream: 'connected',
      breaker: 'closed',
      rateBudgetLeft: 1,
      clockOffsetMs: this.venueNow() - this.#options.now(),
      positionMode: this.#positionMode,
    };
  }

  async send(request: SendRequest): Promise<SendOutcome> {
    const { faults, gate, time, venue, onHazard, trace } = this.#options;
    const queueMs = faults.queueMs();
    if (queueMs > 0) await this.#waitForBudget(queueMs, request.annul);
    onHazard('before_send');
    if (gate.isDead) return never();
    // A process frozen here is, to itself, merely slow: what follows runs after the thaw.
    if (gate.isFrozen) await this.#pause(0);
    if (request.annul.aborted)
      return { kind: 'not_sent', reason: 'annulled', detail: 'canceled before it left' };
    if (this.#isUnknownSide(request.order)) return { kind: 'refused', reason: SIDE_UNKNOWN };
    if (this.venueNow() > request.signedAt + request.requestLifetimeMs)
      return { kind: 'not_sent', reason: 'expired', detail: 'its lifetime passed before it left' };
    const departedAt = time.now();
    const wasJournaled = this.#options.isJournaled(request.signedAt, 1);
    const clientOrderId = request.venueClientOrderId;
    const { symbol, side, positionSide } = request.order;
    const asRequest = venueRequestOf(request.order, clientOrderId);
    trace(`${gate.name} sends ${clientOrderId} ${describe(request.order)}`);
    const carried = await this.#carry<Created>(
      'create_order',
      WRITE_DEADLINE_MS,
      (engineDelayMs, answer) => {
        const entry = venue.admit(
          {
            clientOrderId,
            symbol,
            side,
            positionSide,
            terms: termsOf(asRequest),
            signedAt: request.signedAt,
            departedAt,
            process: gate.name,
            wasJournaled,
          },
          request.requestLifetimeMs,
        );
        if (entry === null) {
          answer({ kind: 'timestamp' });
          return;
        }
        const act = (): void => {
          const result = venue.place(entry, asRequest);
          trace(`venue takes ${clientOrderId}: ${result.ok ? result.order.status : result.refusal.code}`);
          answer({ kind: 'judged', result });
        };
        if (engineDelayMs === 0) act();
        else time.after(engineDelayMs, act, null);
      },
      () => onHazard('after_departure'),
    );
    onHazard('after_outcome');
    switch (carried.kind) {
      case 'lost':
        return { kind: 'unknown', detail: carried.detail };
      case 'throttled':
        return { kind: 'not_sent', reason: 'throttled', detail: 'HTTP 429' };
      case 'answered':
        break;
    }
    const { value } = carried;
    if (value.kind === 'timestamp') {
      this.measureClock();
      return { kind: 'not_sent', reason: 'timestamp_refused', detail: '-1021' };
    }
    if (!value.result.ok) {
      const reason = refusalOf(value.result.refusal);
      // The venue knows no such side: the account is in the other mode by now.
      if (reason.kind === 'position_mode') this.#positionMode = positionSide === 'net' ? 'hedged' : 'one_way';
      return { kind: 'refused', reason };
    }
    const { order, fills } = value.result;
    return {
      kind: 'accepted',
      venueOrderId: venueOrderId(shownId(order)),
      report: reportOf(order, order.filled),
      fills: fills.map((fill) => this.#fillOf(fill, true)),
    };
  }

  /** Whether the account's mode, as far as it is known, has no such position. */
  #isUnknownSide({ symbol, positionSide }: WireOrder): boolean {
    if (this.#positionMode === null || symbol !== SWAP_SYMBOL) return false;
    return (this.#positionMode === 'one_way') !== (positionSide === 'net');
  }

  async cancel(request: CancelRequest): Promise<CancelOutcome> {
    const { faults, gate, time, trace, venue } = this.#options;
    if (gate.isDead) return never();
    venue.cancels.push({
      clientOrderId: request.venueClientOrderId,
      departedAt: time.now(),
    });
    trace(`${gate.name} cancels ${request.venueClientOrderId}`);
    const reference = referenceOf(request);
    const carried = await this.#carry<Canceled>('cancel_order', WRITE_DEADLINE_MS, (_delayMs, answer) => {
      const result = venue.cancel(reference);
      trace(`venue cancels ${request.venueClientOrderId}: ${result.ok ? 'done' : result.refusal.code}`);
      if (!result.ok) {
        answer({ result, filled: Decimal.zero });
        return;
      }
      const { order } = result;
      const stale = faults.chance(faults.rates.staleFigures);
      const filled = stale ? venue.filledBefore(order, STALE_FIGURES_MS) : order.filled;
      if (!filled.equals(order.filled)) venue.staleAnswers.add(request.venueClientOrderId);
      answer({ result, filled });
    });
    switch (carried.kind) {
      case 'lost':
        return { kind: 'unknown', detail: carried.detail };
      case 'throttled':
        return { kind: 'not_sent', reason: 'throttled', detail: 'HTTP 429' };
      case 'answered':
        break;
    }
    const { result, filled } = carried.value;
    if (result.ok) return { kind: 'accepted', report: reportOf(result.order, filled) };
    const { code } = result.refusal;
    if (code === 'order_not_found' || code === 'order_not_open')
      return { kind: 'not_found', venueCode: '-2011', venueMessage: 'Unknown order sent.' };
    return { kind: 'refused', reason: refusalOf(result.refusal) };
  }

  async lookUp(request: LookUpRequest): Promise<LookUpAnswer> {
    const { venue, trace, gate } = this.#options;
    const { symbol } = request;
    const clock = await this.#readClock();
    if (clock.kind === 'failed') return clock;
    const reference = referenceOf(request);
    const isIt = (order: VenueOrder): boolean =>
      order.symbol === symbol &&
      order.conditional === reference.conditional &&
      (order.clientOrderId === request.venueClientOrderId ||
        request.venueOrderIds.some((id) => id === shownId(order)));
    const direct = await this.#read('query_order', () => venue.lookUp(reference));
    if (direct.kind === 'failed') return direct;
    if (direct.value !== null) return { kind: 'found', report: reportOf(direct.value, direct.value.filled) };
    const open = await this.#read('open_orders', () => venue.openOrders());
    if (open.kind === 'failed') return open;
    const working = open.value.find(isIt);
    if (working !== undefined) return { kind: 'found', report: reportOf(working, working.filled) };
    const history = await this.#read('query_order', () =>
      venue.history(symbol, request.since, reference.conditional),
    );
    if (history.kind === 'failed') return history;
    const past = history.value.find(isIt);
    if (past !== undefined) return { kind: 'found', report: reportOf(past, past.filled) };
    const fills = await this.#read('fills', () => venue.fills(symbol, { sinceMs: request.since }));
    if (fills.kind === 'failed') return fills;
    trace(`${gate.name} does not find ${request.venueClientOrderId} as of ${clock.value}`);
    return {
      kind: 'absent',
      venueTime: clock.value,
      fills: fills.value.map((fill) => this.#fillOf(fill, false)),
    };
  }

  async orderByVenueId(symbol: InstrumentSymbol, id: VenueOrderId): Promise<ReadAnswer<OrderReport | null>> {
    const answer = await this.#read('query_order', () =>
      this.#options.venue.lookUp({ symbol, venueOrderId: id }),
    );
    return mapAnswer(answer, (order) => (order === null ? null : reportOf(order, order.filled)));
  }

  async openOrders(): Promise<ReadAnswer<readonly OrderReport[]>> {
    const answer = await this.#read('open_orders', () => this.#options.venue.openOrders());
    return mapAnswer(answer, (orders) => orders.map((order) => reportOf(order, order.filled)));
  }

  async fills(
    symbol: InstrumentSymbol,
    cursor: FillsCursor | null,
    since: TimeMs,
  ): Promise<ReadAnswer<FillsPage>> {
    const { venue, fillsPage } = this.#options;
    const answer = await this.#read('fills', () =>
      venue.fills(
        symbol,
        cursor === null
          ? { sinceMs: since }
          : cursor.startsWith(FROM_TIME)
            ? { sinceMs: Number(cursor.slice(FROM_TIME.length)) }
            : { fromTradeId: cursor },
      ),
    );
    return mapAnswer(answer, (all) => {
      let end = Math.min(fillsPage, all.length);
      // Both sides of a self-trade share its id, and the next page starts after it.
      while (end < all.length && all[end]?.tradeId === all[end - 1]?.tradeId) end += 1;
      const last = all[end - 1];
      return {
        fills: all.slice(0, end).map((fill) => this.#fillOf(fill, false)),
        cursor:
          last === undefined ? (cursor ?? `${FROM_TIME}${since}`) : (BigInt(last.tradeId) + 1n).toString(),
        hasMore: end < all.length,
      };
    });
  }

  async balances(): Promise<ReadAnswer<readonly BalanceReport[]>> {
    const answer = await this.#read('balances', () => this.#options.venue.exchange.balances(OUR_ACCOUNT));
    return mapAnswer(answer, (balances) =>
      balances.map(({ wallet, asset: name, total, free }) => ({
        wallet: walletOf(wallet),
        asset: asset(name),
        total,
        free,
        // Free collateral leaves out margin too, so that it does not show what spot orders lock.
        lockedByOrders: wallet === 'spot' ? total.subtract(free) : null,
        collateralRate: null,
      })),
    );
  }

  /** Open positions, and of each swap that has no net one a flat net one with the settings, as Binance shows them. */
  async positions(): Promise<ReadAnswer<readonly PositionReport[]>> {
    const { exchange } = this.#options.venue;
    const answer = await this.#read('positions', () => ({
      positions: exchange.positions(OUR_ACCOUNT),
      mode: this.#modeAtVenue(),
    }));
    if (answer.kind === 'failed') return answer;
    const { positions, mode } = answer.value;
    this.#positionMode = mode;
    const open = positions.filter(({ side, quantity }) => side === 'net' || !quantity.isZero());
    const flat = positions.filter(({ side }) => side === 'long').map(flatNet);
    return { ...answer, value: [...open.map(positionReportOf), ...flat.map(positionReportOf)] };
  }

  async margins(): Promise<ReadAnswer<readonly MarginReport[]>> {
    const { exchange, setting } = this.#options.venue;
    if (!setting.swap)
      return { kind: 'ok', value: [], startedAt: this.#options.now(), finishedAt: this.#options.now() };
    const answer = await this.#read('positions', () => ({
      summary: exchange.margin(OUR_ACCOUNT),
      positions: exchange.positions(OUR_ACCOUNT),
    }));
    return mapAnswer(answer, ({ summary, positions }) =>
      summary === null
        ? []
        : [marginReportOf(setting.wallets === 'unified' ? 'unified' : 'swap', summary, positions)],
    );
  }

  #modeAtVenue(): PositionMode {
    return this.#options.venue.exchange.isHedged(OUR_ACCOUNT) ? 'hedged' : 'one_way';
  }

  async accountRecords(since: TimeMs): Promise<ReadAnswer<AccountRecords>> {
    const { exchange, setting } = this.#options.venue;
    const answer = await this.#read('positions', () => ({
      payments: exchange.funding(OUR_ACCOUNT),
      entries: exchange.entries(OUR_ACCOUNT),
    }));
    return mapAnswer(answer, ({ payments, entries }) => ({
      records: [
        ...payments.map((payment) => fundingRecord(payment, setting)),
        ...entries.map((entry) => entryRecord(entry, setting)),
      ].filter(({ at }) => at >= since),
      unread: [],
    }));
  }

  async book(symbol: InstrumentSymbol, depth: number): Promise<ReadAnswer<OrderBook>> {
    const { venue } = this.#options;
    const answer = await this.#read('quote', () => ({
      book: venue.exchange.book(symbol, depth),
      venueAt: venue.now(),
    }));
    if (answer.kind === 'failed') return answer;
    const { book, venueAt } = answer.value;
    if (book === null) return { kind: 'failed', reason: 'not_listed', detail: `${symbol} has no book` };
    const level = ([price, quantity]: readonly [Decimal, Decimal]) => ({ price, quantity });
    const receivedAt = this.#options.now();
    return {
      ...answer,
      value: { symbol, bids: book.bids.map(level), asks: book.asks.map(level), venueAt, receivedAt },
    };
  }

  async trades(symbol: InstrumentSymbol, limit: number): Promise<ReadAnswer<readonly PublicTrade[]>> {
    const answer = await this.#read('quote', () => this.#options.venue.exchange.recentTrades(symbol, limit));
    return mapAnswer(answer, (trades) =>
      trades.map(({ tradeId: id, price, quantity, takerSide, at }) => ({
        tradeId: id,
        price,
        quantity,
        takerSide,
        executedAt: at,
      })),
    );
  }

  /** As `candles`. */
  dayFigures(symbol: InstrumentSymbol): Promise<ReadAnswer<DayFigures>> {
    return Promise.resolve({
      kind: 'failed',
      reason: 'not_listed',
      detail: `no figures of a day are kept of ${symbol}`,
    });
  }

  /** The simulated venue keeps no candles: that is said, and nothing is made up. */
  candles(
    symbol: InstrumentSymbol,
    _interval: CandleInterval,
    _span: CandleSpan,
  ): Promise<ReadAnswer<readonly Candle[]>> {
    return Promise.resolve({
      kind: 'failed',
      reason: 'not_listed',
      detail: `no candles are kept of ${symbol}`,
    });
  }

  setLeverage(symbol: InstrumentSymbol, leverage: Decimal): Promise<SettingOutcome> {
    const { venue } = this.#options;
    return this.#set(() =>
      venue.exchange.setLeverage(venue.now(), OUR_ACCOUNT, symbol, Number(leverage.toString())),
    );
  }

  setMarginMode(symbol: InstrumentSymbol, marginMode: MarginMode): Promise<SettingOutcome> {
    const { venue } = this.#options;
    return this.#set(() => venue.exchange.setMarginMode(venue.now(), OUR_ACCOUNT, symbol, marginMode));
  }

  async setPositionMode(positionMode: PositionMode): Promise<SettingOutcome> {
    const { trace, venue } = this.#options;
    const outcome = await this.#set(() => {
      const result = venue.setHedged(positionMode === 'hedged');
      trace(`venue sets position mode ${positionMode}: ${result.ok ? 'done' : result.refusal.code}`);
      return result;
    });
    if (outcome.kind === 'set') this.#positionMode = positionMode;
    return outcome;
  }

  async #set(act: () => DoneResult): Promise<SettingOutcome> {
    const carried = await this.#carry<DoneResult>('positions', WRITE_DEADLINE_MS, (_delayMs, answer) =>
      answer(act()),
    );
    switch (carried.kind) {
      case 'lost':
        return { kind: 'unknown', detail: carried.detail };
      case 'throttled':
        return { kind: 'not_sent', reason: 'throttled', detail: 'HTTP 429' };
      case 'answered':
        return carried.value.ok
          ? { kind: 'set' }
          : { kind: 'refused', reason: refusalOf(carried.value.refusal) };
    }
  }

  async swapSettings(symbol: InstrumentSymbol): Promise<ReadAnswer<SwapSettings>> {
    const { exchange } = this.#options.venue;
    const answer = await this.#read('positions', () => exchange.positions(OUR_ACCOUNT));
    return mapAnswer(answer, (positions) => {
      const position = positions.find((candidate) => candidate.symbol === symbol);
      const leverage = position?.leverage ?? exchange.instrument(symbol)?.swap?.defaultLeverage;
      return {
        leverage: leverage === undefined ? null : Decimal.fromInteger(leverage),
        marginMode: position?.marginMode ?? null,
      };
    });
  }

  async positionMode(): Promise<ReadAnswer<PositionMode>> {
    const answer = await this.#read('positions', () => this.#modeAtVenue());
    if (answer.kind === 'ok') this.#positionMode = answer.value;
    return answer;
  }

  /** The list of executions does not carry client ids; the stream and the answer to a create do. */
  #fillOf(fill: Fill, withClientId: boolean): VenueFill {
    const { venue } = this.#options;
    return {
      symbol: instrumentSymbol(fill.symbol),
      tradeId: tradeId(venue.tradeIdShown(fill)),
      venueOrderId: venueOrderId(fill.venueOrderId),
      venueClientOrderId:
        withClientId && fill.clientOrderId !== null ? venueClientOrderId(fill.clientOrderId) : null,
      side: fill.side,
      positionSide: fill.positionSide,
      sequence: venue.setting.textTradeIds ? null : Number(fill.tradeId),
      price: fill.price,
      quantity: fill.quantity,
      fee: fill.fee,
      feeAsset: asset(fill.feeAsset),
      liquidity: fill.liquidity,
      realizedPnl: fill.symbol === SWAP_SYMBOL ? fill.realizedPnl : null,
      executedAt: fill.at,
    };
  }

  measureClock(): void {
    void this.#readClock();
  }

  /** The venue's clock, counted by the time that has passed, as the real gateway's: a wall clock that is set changes nothing. */
  async #readClock(): Promise<ReadAnswer<TimeMs>> {
    const { time, venue } = this.#options;
    const sentAtMs = time.elapsed();
    const answer = await this.#read('venue_time', () => venue.now());
    const receivedAtMs = time.elapsed();
    // A slow answer says little of the clock.
    const isSlow = receivedAtMs - sentAtMs > SLOWEST_CLOCK_MS;
    if (answer.kind === 'ok' && (!isSlow || this.#aheadMs === null))
      this.#aheadMs = answer.value - (sentAtMs + receivedAtMs) / 2;
    return answer;
  }

  // ── The wire ─────────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * One request and its answer. `act` runs at the venue when the request arrives, whatever has become of the process
   * by then; it calls `answer` once.
   */
  #carry<Value>(
    route: Route,
    deadlineMs: number,
    act: (engineDelayMs: number, answer: (value: Value) => void) => void,
    onDeparted: () => void = () => undefined,
  ): Promise<Carried<Value>> {
    const { faults, gate, time, trace } = this.#options;
    if (gate.isDead) return never();
    const { promise, resolve } = Promise.withResolvers<Carried<Value>>();
    const stopDeadline = time.after(
      deadlineMs,
      () => resolve({ kind: 'lost', detail: `no answer within ${deadlineMs} ms` }),
      gate,
    );
    const fault = faults.ofRequest(route);
    if (fault.kind !== 'none') trace(`${gate.name} ${route} meets ${fault.kind}`);
    const backMs = faults.latencyMs() + (fault.kind === 'delay_response' ? fault.delayMs : 0);
    const back = (carried: Carried<Value>): void => {
      time.after(
        backMs,
        () => {
          stopDeadline();
          resolve(carried);
        },
        gate,
      );
    };
    const arrive = (): void => {
      switch (fault.kind) {
        case 'drop_request':
          return;
        case 'error_before':
          back({ kind: 'lost', detail: 'HTTP 503' });
          return;
        case 'rate_limit':
          back({ kind: 'throttled' });
          return;
        case 'none':
        case 'delay_request':
        case 'delay_response':
        case 'drop_response':
        case 'error_after':
        case 'truncated':
        case 'slow_engine':
          break;
      }
      act(fault.kind === 'slow_engine' ? fault.delayMs : 0, (value) => {
        if (fault.kind === 'drop_response') return;
        if (fault.kind === 'error_after') back({ kind: 'lost', detail: 'HTTP 504' });
        else if (fault.kind === 'truncated') back({ kind: 'lost', detail: 'an answer cut short' });
        else back({ kind: 'answered', value });
      });
    };
    time.after(faults.latencyMs() + (fault.kind === 'delay_request' ? fault.delayMs : 0), arrive, null);
    onDeparted();
    return promise;
  }

  async #read<Value>(route: Route, look: () => Value): Promise<ReadAnswer<Value>> {
    const startedAt = this.#options.now();
    let detail = '';
    for (let attempt = 0; attempt < READ_ATTEMPTS; attempt += 1) {
      if (attempt > 0) {
        const backoffMs = FIRST_BACKOFF_MS * 2 ** attempt;
        await this.#pause(this.#options.faults.between(backoffMs / 2, backoffMs));
      }
      const carried = await this.#carry<Value>(route, READ_ATTEMPT_MS, (_delayMs, answer) => answer(look()));
      if (carried.kind === 'answered')
        return { kind: 'ok', value: carried.value, startedAt, finishedAt: this.#options.now() };
      detail = carried.kind === 'lost' ? carried.detail : 'HTTP 429';
    }
    return { kind: 'failed', reason: 'unreachable', detail };
  }

  #pause(delayMs: number): Promise<void> {
    const { time, gate } = this.#options;
    return new Promise((resolve) => {
      time.after(delayMs, resolve, gate);
    });
  }

  #waitForBudget(queueMs: number, annul: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const stopTimer = this.#options.time.after(queueMs, resolve, this.#options.gate);
      annul.addEventListener('abort', () => {
        stopTimer();
        resolve();
      });
    });
  }

  #repeat(everyMs: number, action: () => void): void {
    const { time, gate } = this.#options;
    const schedule = (): void => {
      const stopTimer = time.after(
        everyMs,
        () => {
          this.#stopTimers.delete(stopTimer);
          schedule();
          action();
        },
        gate,
      );
      this.#stopTimers.add(stopTimer);
    };
    schedule();
  }

  // ── Streams ──────────────────────────────────────────────────────────────────────────────────────────────────

  #connectStream(reason: string): void {
    this.#stream = { epoch: this.#stream.epoch + 1, isUp: true, lastDeliveryAt: 0 };
    this.#listener?.onGap(reason);
  }

  breakStream(durationMs: number): void {
    if (!this.#stream.isUp || this.#unsubscribe === null) return;
    const { time, gate, trace } = this.#options;
    trace(`${gate.name} loses its private stream for ${durationMs} ms`);
    const epoch = this.#stream.epoch + 1;
    this.#stream = { epoch, isUp: false, lastDeliveryAt: 0 };
    time.after(
      durationMs,
      () => {
        if (this.#stream.epoch === epoch && this.#unsubscribe !== null) this.#connectStream('reconnected');
      },
      gate,
    );
  }

  #onEvents(events: readonly ExchangeEvent[]): void {
    for (const event of events) {
      if (event.kind === 'order' && event.order.accountId === OUR_ACCOUNT) {
        const report = reportOf(event.order, event.order.filled);
        const fill = event.fill === null ? null : this.#fillOf(event.fill, true);
        this.#emit((listener) => {
          if (fill !== null) listener.onFill(fill);
          listener.onOrder(report);
        });
      } else if (
        event.kind === 'balance' &&
        event.accountId === OUR_ACCOUNT &&
        (event.reason === 'deposit' || event.reason === 'transfer')
      ) {
        this.#emit((listener) => listener.onAccountChanged());
      }
    }
  }

  #emit(message: (listener: GatewayListener) => void): void {
    if (!this.#stream.isUp) return;
    const { faults } = this.#options;
    const fault = faults.ofStream();
    switch (fault) {
      case 'drop':
        return;
      case 'disconnect':
        this.breakStream(faults.between(50, 6_000));
        return;
      case 'duplicate':
        this.#deliver(message, 0);
        this.#deliver(message, faults.between(0, 3_000));
        return;
      case 'reorder':
        this.#deliver(message, faults.between(20, 1_500));
        return;
      case 'none':
        this.#deliver(message, null);
        return;
    }
  }

  /** In order, or `lateMs` late and out of order. */
  #deliver(message: (listener: GatewayListener) => void, lateMs: number | null): void {
    const { faults, gate, time } = this.#options;
    const stream = this.#stream;
    const inOrderAt = Math.max(stream.lastDeliveryAt, time.now() + faults.latencyMs());
    if (lateMs === null) stream.lastDeliveryAt = inOrderAt;
    const { epoch } = stream;
    time.after(
      inOrderAt - time.now() + (lateMs ?? 0),
      () => {
        if (this.#stream.epoch === epoch && this.#listener !== null) message(this.#listener);
      },
      gate,
    );
  }

  #followQuotes(): void {
    const { faults, gate, time, venue } = this.#options;
    this.#repeat(QUOTE_EVERY_MS, () => {
      for (const { symbol } of venue.exchange.instruments()) {
        const prices = this.#pricesNow(symbol);
        if (prices === null) continue;
        time.after(
          faults.latencyMs(),
          () => {
            this.#listener?.onQuote(this.#take(symbol, prices));
          },
          gate,
        );
      }
    });
  }

  #pricesNow(symbol: string): Prices | null {
    const { exchange } = this.#options.venue;
    const book = exchange.book(symbol, 1);
    const market = exchange.market(symbol);
    const [bid, bidQuantity] = book?.bids[0] ?? [null, null];
    const [ask, askQuantity] = book?.asks[0] ?? [null, null];
    if (market === null || bid === null || ask === null) return null;
    const top = { bid, bidQuantity, ask, askQuantity, venueAt: this.#options.venue.now() };
    return { top, mark: market.markPrice };
  }

  /** The mark is the venue's own, of spot too, so that a pinned market has one mark. */
  #take(symbol: string, { top, mark }: Prices): Quote {
    const held =
      this.#quotes.get(symbol) ??
      new HeldQuote({ symbol: instrumentSymbol(symbol), kind: 'linear_swap', tickSize: Decimal.zero });
    this.#quotes.set(symbol, held);
    held.takeTop(top, this.#options.now());
    held.takeMark(mark, this.#options.now());
    const quote = held.quote();
    if (quote === null) throw new Error(`${symbol} has no price after it was taken in`);
    return quote;
  }
}

/** For what a dead process waits for. */
function never<Value>(): Promise<Value> {
  return Promise.withResolvers<Value>().promise;
}

function mapAnswer<From, To>(answer: ReadAnswer<From>, map: (value: From) => To): ReadAnswer<To> {
  return answer.kind === 'failed' ? answer : { ...answer, value: map(answer.value) };
}
