/**
 * The gateway to Binance: spot and USD-M perpetuals of one account.
 *
 * Entry points: `createBinanceGateway`. The contract and its invariants stand in `../gateway.ts`.
 *
 * Orders go out through the venue's own endpoints, signed and carried by ccxt, not through ccxt's unified calls:
 * those cut figures to a precision of their own and hide the raw answer that an outcome is read from.
 */
import { Decimal } from '../../core/decimal.ts';
import { venueClientOrderId } from '../../core/ids.ts';
import type {
  AccountId,
  AccountMode,
  InstrumentSymbol,
  TimeMs,
  Venue,
  VenueOrderId,
} from '../../core/ids.ts';
import type { Instrument, InstrumentKind, Quote } from '../../core/instrument.ts';
import type { VenueCapabilities } from '../../core/venue/capabilities.ts';
import type { Candle, CandleInterval, CandleSpan, OrderBook, PublicTrade } from '../../core/venue/market.ts';
import type { CancelOutcome, LookUpAnswer, SendOutcome } from '../../core/venue/outcome.ts';
import type {
  BalanceReport,
  FillsCursor,
  FillsPage,
  FundingRecord,
  OrderReport,
  PositionReport,
  VenueFill,
} from '../../core/venue/report.ts';
import type { MarginMode, PositionMode, SettingOutcome, SwapSettings } from '../../core/venue/setting.ts';
import { DEFAULT_BREAKER } from '../breaker.ts';
import { VenueCalls } from '../ccxt/call.ts';
import { MalformedAnswer, asArray, asObject, figure, flag, text } from '../ccxt/exact-json.ts';
import type { JsonValue } from '../../core/json.ts';
import { DEFAULT_TIMEOUTS } from '../connection.ts';
import type { GatewayOptions, GatewayTimeouts } from '../connection.ts';
import type {
  CancelRequest,
  ConnectionState,
  Gateway,
  GatewayListener,
  Lane,
  LookUpRequest,
  ReadAnswer,
  SendRequest,
} from '../gateway.ts';
import { ReadFailure } from '../read-retry.ts';
import { BinanceAccess } from './access.ts';
import { BINANCE_CAPABILITIES } from './capabilities.ts';
import { classifyCancel, classifySend, classifySetting } from './classify.ts';
import { SPOT, SWAP } from './endpoints.ts';
import type { Endpoint } from './endpoints.ts';
import { PAGE_LIMIT, readCursor, readSpan, writeCursor } from './history.ts';
import type { FillsPosition } from './history.ts';
import { readBook, readCandles, readTrades } from './market-data.ts';
import { MarketsOfKinds } from './markets.ts';
import type { ListedInstrument, Markets, RateLimit } from './markets.ts';
import {
  Names,
  algoIdAtVenue,
  algoOrderFromRest,
  fillFromTrade,
  fillsFromAck,
  fundingRecords,
  orderFromRest,
  spotBalances,
  spotStreamEvent,
  swapBalances,
  swapPositions,
  swapStreamEvent,
  symbolSettings,
} from './normalize.ts';
import { InexpressibleOrder, createParameters } from './orders.ts';
import type { CreateRequest } from './orders.ts';
import { Quotes } from './quotes.ts';
import { BinanceRequests, NoSuchOrder } from './requests.ts';
import type { Parameters } from './requests.ts';
import { SpotPrivateStream, SwapPrivateStream } from './streams.ts';
import type { PrivateStream } from './streams.ts';

const DAY_MS = 24 * 60 * 60 * 1_000;
/** "The time between startTime and endTime can't be longer than" this. */
const LONGEST_SPAN_MS: Readonly<Record<InstrumentKind, number>> = { spot: DAY_MS, linear_swap: 7 * DAY_MS };
/** How far back trades and funding can be asked for: USD-M keeps six and three months. */
const OLDEST_TRADES_MS: Readonly<Record<InstrumentKind, number>> = {
  spot: Number.POSITIVE_INFINITY,
  linear_swap: 180 * DAY_MS,
};
const OLDEST_FUNDING_MS = 90 * DAY_MS;
/** Bounds one history read: two months of spot in empty days. */
const MOST_QUESTIONS = 64;
/** Idle connections are closed well before the venue would. */
const KEEP_ALIVE_MS = 20_000;
const CLOCK_EVERY_MS = 60_000;
const MARKETS_EVERY_MS = 60 * 60 * 1_000;
/** Our two clocks drifting apart by this much within one tick means that one of them was set. */
const CLOCK_JUMP_MS = 250;
const CLOCK_TICK_MS = 1_000;
/** A trade may be listed this long after it was made. */
const LISTING_LAG_MS = 5 * 60_000;
const PRIVATE_STREAM_WAIT_MS = 5_000;

/** `access` is what the accounts at one address share; without one this account has its own. */
export function createBinanceGateway(options: GatewayOptions, access?: BinanceAccess): Gateway {
  return new BinanceGateway(options, access ?? new BinanceAccess(options));
}

/** What `start` brings about. */
interface Running {
  readonly requests: BinanceRequests;
  readonly calls: VenueCalls;
  readonly markets: Markets;
  readonly names: Readonly<Record<InstrumentKind, Names>>;
  readonly privateStreams: ReadonlyMap<InstrumentKind, PrivateStream>;
  readonly quotes: Quotes;
  readonly timers: readonly NodeJS.Timeout[];
}

class BinanceGateway implements Gateway {
  readonly accountId: AccountId;
  readonly venue: Venue = 'binance';
  readonly mode: AccountMode;
  readonly capabilities: VenueCapabilities;
  readonly #options: GatewayOptions;
  readonly #access: BinanceAccess;
  readonly #timeouts: GatewayTimeouts;
  readonly #kinds: readonly InstrumentKind[];
  #running: Running | null = null;
  #starting: AbortController | null = null;
  #positionMode: PositionMode | null = null;

  constructor(options: GatewayOptions, access: BinanceAccess) {
    this.accountId = options.accountId;
    this.mode = options.mode;
    this.#options = options;
    this.#access = access;
    this.#timeouts = { ...DEFAULT_TIMEOUTS, ...options.timeouts };
    this.#kinds = options.kinds ?? ['spot', 'linear_swap'];
    if (this.#kinds.length === 0) throw new RangeError('kinds: an account trades at least one kind');
    this.capabilities = {
      ...BINANCE_CAPABILITIES,
      kinds: {
        spot: this.#kinds.includes('spot') ? BINANCE_CAPABILITIES.kinds.spot : null,
        linear_swap: this.#kinds.includes('linear_swap') ? BINANCE_CAPABILITIES.kinds.linear_swap : null,
      },
    };
  }

  async start(listener: GatewayListener): Promise<void> {
    if (this.#running !== null || this.#starting !== null) throw new Error('the gateway is started already');
    const starting = new AbortController();
    this.#starting = starting;
    try {
      const running = await this.#connect(listener, starting.signal);
      this.#running = running;
      for (const stream of running.privateStreams.values()) stream.open();
      await untilConnected([...running.privateStreams.values()], PRIVATE_STREAM_WAIT_MS, starting.signal);
    } finally {
      this.#starting = null;
    }
    starting.signal.throwIfAborted();
  }

  /** Everything but the streams, which are assembled and not yet open. Leaves nothing behind when it rejects. */
  async #connect(listener: GatewayListener, stopped: AbortSignal): Promise<Running> {
    const calls = await VenueCalls.open({
      venue: 'binance',
      credentials: this.#options.credentials,
      venueNow: () => this.#access.clock.now(),
      origins: this.#access.addresses.origins,
      keepAliveMs: KEEP_ALIVE_MS,
      connectTimeoutMs: this.#timeouts.connectMs,
    });
    const requests = new BinanceRequests({
      calls,
      access: this.#access,
      timeouts: this.#timeouts,
      breaker: this.#options.breaker ?? DEFAULT_BREAKER,
      kinds: this.#kinds,
      orderShare: this.#options.orderShare ?? 1,
    });
    try {
      const [firstKind] = this.#kinds;
      if (firstKind !== undefined) await requests.venueTime(firstKind, 'look_up');
      await this.#loadMarkets(requests);
      await this.#checkKeys(requests);
      stopped.throwIfAborted();
      return this.#assemble(calls, requests, listener);
    } catch (error) {
      requests.close();
      await calls.close();
      throw error;
    }
  }

  async #loadMarkets(requests: BinanceRequests): Promise<void> {
    await Promise.all(
      this.#kinds.map(async (kind) => {
        const limits = await this.#readMarkets(requests, kind, 'look_up');
        requests.applyRateLimits(kind, limits);
      }),
    );
  }

  async #readMarkets(
    requests: BinanceRequests,
    kind: InstrumentKind,
    lane: Lane,
  ): Promise<readonly RateLimit[]> {
    const endpoint = kind === 'spot' ? SPOT.exchangeInfo : SWAP.exchangeInfo;
    return this.#access.loadMarkets(kind, MARKETS_EVERY_MS, async () => requests.read(endpoint, {}, lane));
  }

  /** One signed read a kind, so that bad keys are found before an order is. */
  async #checkKeys(requests: BinanceRequests): Promise<void> {
    if (this.#kinds.includes('spot'))
      await requests.read(SPOT.account, { omitZeroBalances: 'true' }, 'look_up');
    if (this.#kinds.includes('linear_swap')) await this.#readPositionMode(requests, 'look_up');
  }

  /** The venue tells of a change of mode neither by stream nor with positions: it is read again with every reading of those. */
  async #readPositionMode(requests: BinanceRequests, lane: Lane): Promise<PositionMode> {
    const configuration = asObject(
      await requests.read(SWAP.accountConfig, {}, lane),
      'account configuration',
    );
    const mode = flag(configuration, 'dualSidePosition') ? 'hedged' : 'one_way';
    this.#positionMode = mode;
    return mode;
  }

  #assemble(calls: VenueCalls, requests: BinanceRequests, listener: GatewayListener): Running {
    const markets = new MarketsOfKinds(this.#access.markets, this.#kinds);
    const names = { spot: new Names(markets, 'spot'), linear_swap: new Names(markets, 'linear_swap') };
    const { streams } = this.#access.addresses;
    const privateStreams = new Map<InstrumentKind, PrivateStream>();
    if (this.#kinds.includes('spot'))
      privateStreams.set(
        'spot',
        new SpotPrivateStream({
          url: streams.spotPrivate,
          credentials: this.#options.credentials,
          venueNow: () => this.#access.clock.now(),
          read: (event) => spotStreamEvent(event, names.spot),
          listener,
          evidenceMs: this.#timeouts.streamEvidenceMs,
          onClockRefused: () => {
            requests.measureClock();
          },
        }),
      );
    if (this.#kinds.includes('linear_swap'))
      privateStreams.set(
        'linear_swap',
        new SwapPrivateStream({
          url: streams.swapPrivate,
          start: async () => requests.read(SWAP.startUserStream, {}, 'look_up'),
          keepAlive: async () => requests.read(SWAP.keepUserStream, {}, 'look_up'),
          read: (event) => swapStreamEvent(event, names.linear_swap),
          listener,
          evidenceMs: this.#timeouts.streamEvidenceMs,
        }),
      );
    const quotes = new Quotes({ access: this.#access, requests, markets, listener });
    return {
      calls,
      requests,
      markets,
      names,
      privateStreams,
      quotes,
      timers: [this.#watchClock(requests), this.#measureRegularly(requests)],
    };
  }

  /** Our clock may be set at any time; the monotonic one cannot be. */
  #watchClock(requests: BinanceRequests): NodeJS.Timeout {
    let apart = this.#access.clock.localNow() - performance.now();
    const timer = setInterval(() => {
      const now = this.#access.clock.localNow() - performance.now();
      if (Math.abs(now - apart) > CLOCK_JUMP_MS) requests.measureClock();
      apart = now;
    }, CLOCK_TICK_MS);
    timer.unref();
    return timer;
  }

  #measureRegularly(requests: BinanceRequests): NodeJS.Timeout {
    const timer = setInterval(() => {
      requests.measureClock();
      // Listings, filters and trading states change; the first account that finds them old reads them for all.
      for (const kind of this.#kinds)
        void this.#readMarkets(requests, kind, 'poll').catch((error: unknown) => {
          // What was known stays; the next round tries again.
          if (!(error instanceof ReadFailure) && !(error instanceof MalformedAnswer)) throw error;
        });
    }, CLOCK_EVERY_MS);
    timer.unref();
    return timer;
  }

  async stop(): Promise<void> {
    this.#starting?.abort(new Error('the gateway was stopped while it started'));
    const running = this.#running;
    if (running === null) return;
    this.#running = null;
    this.#positionMode = null;
    for (const timer of running.timers) clearInterval(timer);
    for (const stream of running.privateStreams.values()) stream.close();
    running.quotes.close();
    running.requests.close();
    await running.calls.close();
  }

  instrument(symbol: InstrumentSymbol): Instrument | undefined {
    return this.#running?.markets.get(symbol)?.instrument;
  }

  instruments(): readonly Instrument[] {
    return this.#running?.markets.all().map((listed) => listed.instrument) ?? [];
  }

  quote(symbol: InstrumentSymbol): Quote | undefined {
    return this.#running?.quotes.latest(symbol);
  }

  async freshQuote(symbol: InstrumentSymbol, maxAgeMs: number): Promise<ReadAnswer<Quote>> {
    return this.#readAnswer(async ({ quotes }) => quotes.fresh(symbol, maxAgeMs));
  }

  venueNow(): TimeMs {
    return this.#access.clock.now();
  }

  connection(): ConnectionState {
    const running = this.#running;
    return {
      privateStream: worst(
        running === null ? ['closed'] : [...running.privateStreams.values()].map((stream) => stream.state),
      ),
      publicStream: running?.quotes.state ?? 'closed',
      breaker: running?.requests.breaker.state ?? 'closed',
      rateBudgetLeft: running?.requests.rateBudgetLeft() ?? 1,
      clockOffsetMs: this.#access.clock.offsetMs,
      positionMode: this.#positionMode,
    };
  }

  async send(request: SendRequest): Promise<SendOutcome> {
    const running = this.#running;
    if (running === null)
      return { kind: 'not_sent', reason: 'connect_failed', detail: 'the gateway is stopped' };
    const listed = running.markets.get(request.order.symbol);
    if (listed === undefined)
      return refusedHere('instrument_closed', `${request.order.symbol} is not listed`);
    const { kind } = listed.instrument;
    // Two-sided positions need a side with every order and refuse reduce-only.
    if (kind === 'linear_swap' && this.#positionMode === 'hedged')
      return refusedHere(
        'position_mode',
        'the futures account is in hedge mode, which is not traded in: switch it to one-way mode',
      );
    let create: CreateRequest;
    try {
      create = createParameters(kind, listed.venueSymbol, request.order, request.venueClientOrderId);
    } catch (error) {
      if (error instanceof InexpressibleOrder) return refusedHere('other', error.message);
      throw error;
    }
    if (!request.reducing && !running.requests.breaker.allowsNewRisk())
      return { kind: 'not_sent', reason: 'breaker_open', detail: 'reads of this account keep failing' };
    const result = await running.requests.write(create.endpoint, create.parameters, {
      // What shrinks risk is as urgent as a cancel, and no other work may use up its allowance.
      lane: request.reducing ? 'cancel' : 'new',
      signedAt: request.signedAt,
      lifetimeMs: request.requestLifetimeMs,
      annul: request.annul,
    });
    switch (result.kind) {
      case 'not_sent':
        return result;
      case 'lost':
        running.requests.breaker.probe();
        return { kind: 'unknown', detail: result.detail };
      case 'answered':
        break;
    }
    const classified = classifySend(kind, result.answer);
    switch (classified.kind) {
      case 'answered': {
        const outcome = acceptedFrom(classified.body, create, running.names[kind], request);
        if (outcome.kind === 'accepted')
          running.privateStreams.get(kind)?.expect(request.order.symbol, outcome.venueOrderId);
        return outcome;
      }
      case 'refused':
        // The order named no side, so it is the account that has two.
        if (classified.reason.kind === 'position_mode') this.#positionMode = 'hedged';
        return classified;
      case 'not_sent':
        if (classified.reason === 'timestamp_refused') running.requests.measureClock();
        return classified;
      case 'unknown':
        running.requests.breaker.probe();
        return classified;
    }
  }

  async cancel(request: CancelRequest): Promise<CancelOutcome> {
    const running = this.#running;
    if (running === null)
      return { kind: 'not_sent', reason: 'connect_failed', detail: 'the gateway is stopped' };
    const listed = running.markets.get(request.symbol);
    if (listed === undefined) return refusedHere('instrument_closed', `${request.symbol} is not listed`);
    const { kind } = listed.instrument;
    const conditional = kind === 'linear_swap' && request.conditional;
    const result = await running.requests.writeNow(
      conditional ? SWAP.cancelAlgoOrder : kind === 'spot' ? SPOT.cancelOrder : SWAP.cancelOrder,
      conditional ? algoIdOf(request) : orderIdOf(listed, request),
      'cancel',
    );
    switch (result.kind) {
      case 'not_sent':
        return result;
      case 'lost':
        running.requests.breaker.probe();
        return { kind: 'unknown', detail: result.detail };
      case 'answered':
        break;
    }
    const classified = classifyCancel(kind, result.answer);
    switch (classified.kind) {
      case 'answered':
        return canceledFrom(classified.body, conditional, running.names[kind]);
      case 'not_found':
      case 'refused':
        return classified;
      case 'not_sent':
        if (classified.reason === 'timestamp_refused') running.requests.measureClock();
        return classified;
      case 'unknown':
        running.requests.breaker.probe();
        return classified;
    }
  }

  async lookUp(request: LookUpRequest): Promise<LookUpAnswer> {
    const running = this.#running;
    if (running === null) return { kind: 'failed', detail: 'the gateway is stopped' };
    const listed = running.markets.get(request.symbol);
    if (listed === undefined) return { kind: 'failed', detail: `${request.symbol} is not listed` };
    const question = questionOf(running, listed, request);
    try {
      if (!request.thorough) {
        const report = await findDirectly(running.requests, question);
        return report === null ? { kind: 'not_seen' } : { kind: 'found', report };
      }
      // Read first: an absence counts only as of a time before the first question was asked.
      const venueTime = await running.requests.venueTime(listed.instrument.kind, 'look_up');
      const until = venueTime + LISTING_LAG_MS;
      const report =
        (await findDirectly(running.requests, question)) ??
        (await findInLists(running.requests, question, request.since, until));
      if (report !== null) return { kind: 'found', report };
      const fills = await this.#fillsBetween(running, listed, request.since, until, 'look_up');
      return { kind: 'absent', venueTime, fills };
    } catch (error) {
      return { kind: 'failed', detail: failedFrom(error).detail };
    }
  }

  async orderByVenueId(
    symbol: InstrumentSymbol,
    venueOrderId: VenueOrderId,
  ): Promise<ReadAnswer<OrderReport | null>> {
    return this.#readAnswer(async (running) => {
      const listed = running.markets.get(symbol);
      if (listed === undefined) throw new ReadFailure(`${symbol} is not listed`, 'not_listed');
      return findDirectly(
        running.requests,
        questionOf(running, listed, {
          venueOrderId,
          // Not asked for: the venue's id alone decides.
          venueClientOrderId: venueClientOrderId(''),
          conditional: false,
        }),
      );
    });
  }

  async openOrders(): Promise<ReadAnswer<readonly OrderReport[]>> {
    return this.#readAnswer(async (running) => {
      const lists = await Promise.all([
        ...(this.#kinds.includes('spot')
          ? [openOrdersOf(running, SPOT.allOpenOrders, running.names.spot, orderFromRest)]
          : []),
        ...(this.#kinds.includes('linear_swap')
          ? [
              openOrdersOf(running, SWAP.allOpenOrders, running.names.linear_swap, orderFromRest),
              openOrdersOf(running, SWAP.allOpenAlgoOrders, running.names.linear_swap, algoOrderFromRest),
            ]
          : []),
      ]);
      return lists.flat();
    });
  }

  async fills(
    symbol: InstrumentSymbol,
    cursor: FillsCursor | null,
    since: TimeMs,
  ): Promise<ReadAnswer<FillsPage>> {
    return this.#readAnswer(async (running) => {
      const listed = running.markets.get(symbol);
      if (listed === undefined) throw new ReadFailure(`${symbol} is not listed`, 'not_listed');
      const position: FillsPosition =
        cursor === null ? { kind: 'from_time', time: since } : readCursor(cursor);
      return position.kind === 'from_id'
        ? fillsFromId(running, listed, position.id)
        : this.#fillsFromTime(running, listed, position.time);
    });
  }

  /** Until the first trade is known there is no id to go on from: spans of time are read, oldest first. */
  async #fillsFromTime(running: Running, listed: ListedInstrument, since: TimeMs): Promise<FillsPage> {
    const now = this.#access.clock.now();
    const from = Math.max(since, now - OLDEST_TRADES_MS[listed.instrument.kind]);
    const end = Math.min(from + LONGEST_SPAN_MS[listed.instrument.kind] - 1, now + LISTING_LAG_MS);
    const fills = end < from ? [] : await this.#fillsBetween(running, listed, from, end, 'poll');
    const last = fills.at(-1);
    if (last !== undefined)
      return {
        fills,
        cursor: writeCursor({ kind: 'from_id', id: BigInt(last.tradeId) + 1n }),
        hasMore: true,
      };
    // What may still be listed late stays ahead of the cursor.
    const settled = Math.max(from, Math.min(end + 1, now - LISTING_LAG_MS));
    return {
      fills: [],
      cursor: writeCursor({ kind: 'from_time', time: settled }),
      hasMore: end < now,
    };
  }

  async #fillsBetween(
    running: Running,
    listed: ListedInstrument,
    from: TimeMs,
    to: TimeMs,
    lane: 'look_up' | 'poll',
  ): Promise<readonly VenueFill[]> {
    const { kind } = listed.instrument;
    const trades = await readSpan(
      {
        longestMs: LONGEST_SPAN_MS[kind],
        mostQuestions: MOST_QUESTIONS,
        read: async (startTime, endTime) =>
          asArray(
            await running.requests.read(
              kind === 'spot' ? SPOT.trades : SWAP.trades,
              { symbol: listed.venueSymbol, startTime, endTime, limit: PAGE_LIMIT },
              lane,
            ),
            'trades',
          ),
      },
      from,
      to,
    );
    return inOrder(trades.map((item) => fillFromTrade(item, running.names[kind])));
  }

  async balances(): Promise<ReadAnswer<readonly BalanceReport[]>> {
    return this.#readAnswer(async ({ requests }) => {
      const lists = await Promise.all([
        ...(this.#kinds.includes('spot')
          ? [requests.read(SPOT.account, { omitZeroBalances: 'true' }, 'poll').then(spotBalances)]
          : []),
        ...(this.#kinds.includes('linear_swap')
          ? [requests.read(SWAP.balance, {}, 'poll').then(swapBalances)]
          : []),
      ]);
      return lists.flat();
    });
  }

  async positions(): Promise<ReadAnswer<readonly PositionReport[]>> {
    return this.#readAnswer(async ({ requests, names }) => {
      if (!this.#kinds.includes('linear_swap')) return [];
      const [positions, settings] = await Promise.all([
        requests.read(SWAP.positions, {}, 'poll'),
        requests.read(SWAP.symbolConfig, {}, 'poll'),
        this.#readPositionMode(requests, 'poll'),
      ]);
      return swapPositions(positions, names.linear_swap, symbolSettings(settings));
    });
  }

  async funding(since: TimeMs): Promise<ReadAnswer<readonly FundingRecord[]>> {
    return this.#readAnswer(async ({ requests, names }) => {
      if (!this.#kinds.includes('linear_swap')) return [];
      const now = this.#access.clock.now();
      const entries = await readSpan(
        {
          longestMs: LONGEST_SPAN_MS.linear_swap,
          mostQuestions: MOST_QUESTIONS,
          read: async (startTime, endTime) =>
            asArray(
              await requests.read(
                SWAP.income,
                { incomeType: 'FUNDING_FEE', startTime, endTime, limit: PAGE_LIMIT },
                'poll',
              ),
              'income',
            ),
        },
        Math.max(since, now - OLDEST_FUNDING_MS),
        now,
      );
      return fundingRecords(entries, names.linear_swap);
    });
  }

  async book(symbol: InstrumentSymbol, depth: number): Promise<ReadAnswer<OrderBook>> {
    return this.#readAnswer(async ({ requests, markets }) =>
      readBook(requests, mustBeListed(markets, symbol), depth, () => this.#access.clock.localNow()),
    );
  }

  async trades(symbol: InstrumentSymbol, limit: number): Promise<ReadAnswer<readonly PublicTrade[]>> {
    return this.#readAnswer(async ({ requests, markets }) =>
      readTrades(requests, mustBeListed(markets, symbol), limit),
    );
  }

  async candles(
    symbol: InstrumentSymbol,
    interval: CandleInterval,
    span: CandleSpan,
  ): Promise<ReadAnswer<readonly Candle[]>> {
    return this.#readAnswer(async ({ requests, markets }) =>
      readCandles(requests, mustBeListed(markets, symbol), interval, span, () => this.#access.clock.now()),
    );
  }

  async swapSettings(symbol: InstrumentSymbol): Promise<ReadAnswer<SwapSettings>> {
    return this.#readAnswer(async ({ requests, markets }) => {
      const { venueSymbol, instrument } = mustBeListed(markets, symbol);
      if (instrument.kind !== 'linear_swap')
        throw new ReadFailure(`${symbol} has neither leverage nor margin mode`, 'not_listed');
      const body = await requests.read(SWAP.symbolConfig, { symbol: venueSymbol }, 'look_up');
      const settings = symbolSettings(body).get(venueSymbol);
      if (settings === undefined)
        throw new ReadFailure(`the venue tells no settings of ${symbol}`, 'unreachable');
      return settings;
    });
  }

  async positionMode(): Promise<ReadAnswer<PositionMode>> {
    return this.#readAnswer(async ({ requests }) => this.#readPositionMode(requests, 'look_up'));
  }

  async setLeverage(symbol: InstrumentSymbol, leverage: Decimal): Promise<SettingOutcome> {
    if (!leverage.isMultipleOf(Decimal.one) || !leverage.isPositive())
      return refusedHere('other', `leverage ${leverage.toString()} is not a whole number above zero`);
    return this.#setOnSwap(symbol, SWAP.leverage, { leverage: leverage.toString() }, (body) => {
      const answer = asObject(body, 'leverage');
      return figure(answer, 'leverage').equals(leverage)
        ? null
        : `the venue says that leverage is ${text(answer, 'leverage')} now`;
    });
  }

  async setMarginMode(symbol: InstrumentSymbol, marginMode: MarginMode): Promise<SettingOutcome> {
    const marginType = marginMode === 'isolated' ? 'ISOLATED' : 'CROSSED';
    return this.#setOnSwap(symbol, SWAP.marginType, { marginType }, saysDone);
  }

  async setPositionMode(_positionMode: 'one_way'): Promise<SettingOutcome> {
    if (!this.#kinds.includes('linear_swap'))
      return refusedHere('other', 'this account has no swaps, and so no position mode');
    const outcome = await this.#set(SWAP.setPositionMode, { dualSidePosition: 'false' }, saysDone);
    if (outcome.kind === 'set') this.#positionMode = 'one_way';
    return outcome;
  }

  async #setOnSwap(
    symbol: InstrumentSymbol,
    endpoint: Endpoint,
    parameters: Parameters,
    doubt: (body: JsonValue) => string | null,
  ): Promise<SettingOutcome> {
    const listed = this.#running?.markets.get(symbol);
    if (this.#running !== null && listed?.instrument.kind !== 'linear_swap')
      return refusedHere('other', `${symbol} is no swap of this venue, and has no such setting`);
    return this.#set(endpoint, { symbol: listed?.venueSymbol ?? symbol, ...parameters }, doubt);
  }

  /** Sends once. `doubt` says why an answer that looks like a success proves nothing; null when it proves the setting. */
  async #set(
    endpoint: Endpoint,
    parameters: Parameters,
    doubt: (body: JsonValue) => string | null,
  ): Promise<SettingOutcome> {
    const running = this.#running;
    if (running === null)
      return { kind: 'not_sent', reason: 'connect_failed', detail: 'the gateway is stopped' };
    const result = await running.requests.writeNow(endpoint, parameters, 'new');
    switch (result.kind) {
      case 'not_sent':
        return result;
      case 'lost':
        running.requests.breaker.probe();
        return { kind: 'unknown', detail: result.detail };
      case 'answered':
        break;
    }
    const classified = classifySetting(endpoint.kind, result.answer);
    switch (classified.kind) {
      case 'already_so':
        return { kind: 'set' };
      case 'answered': {
        const doubted = doubtOf(classified.body, doubt);
        return doubted === null ? { kind: 'set' } : { kind: 'unknown', detail: doubted };
      }
      case 'refused':
        return classified;
      case 'not_sent':
        if (classified.reason === 'timestamp_refused') running.requests.measureClock();
        return classified;
      case 'unknown':
        running.requests.breaker.probe();
        return classified;
    }
  }

  async #readAnswer<Value>(read: (running: Running) => Promise<Value>): Promise<ReadAnswer<Value>> {
    const running = this.#running;
    if (running === null) return { kind: 'failed', reason: 'unreachable', detail: 'the gateway is stopped' };
    const startedAt = this.#access.clock.localNow();
    try {
      const value = await read(running);
      return { kind: 'ok', value, startedAt, finishedAt: this.#access.clock.localNow() };
    } catch (error) {
      return failedFrom(error);
    }
  }
}

/** The order is refused by ourselves: the venue could not take it, and nothing was sent. */
function refusedHere(
  kind: 'instrument_closed' | 'position_mode' | 'other',
  message: string,
): {
  readonly kind: 'refused';
  readonly reason: { readonly kind: typeof kind; readonly venueCode: string; readonly venueMessage: string };
} {
  return { kind: 'refused', reason: { kind, venueCode: 'not_expressible', venueMessage: message } };
}

/** An order in the answer proves that one was made; only its ids prove that it is ours. */
function acceptedFrom(
  body: JsonValue,
  create: CreateRequest,
  names: Names,
  request: SendRequest,
): SendOutcome {
  try {
    const report = create.conditional ? algoOrderFromRest(body, names) : orderFromRest(body, names);
    if (report.venueClientOrderId !== request.venueClientOrderId || report.symbol !== request.order.symbol)
      return { kind: 'unknown', detail: 'an answer about another order' };
    const fills = create.conditional ? [] : fillsFromAck(body, names);
    return { kind: 'accepted', venueOrderId: report.venueOrderId, report, fills };
  } catch (error) {
    if (error instanceof MalformedAnswer)
      return { kind: 'unknown', detail: `an answer without an order: ${error.message}` };
    throw error;
  }
}

function canceledFrom(body: JsonValue, conditional: boolean, names: Names): CancelOutcome {
  try {
    if (!conditional) return { kind: 'accepted', report: orderFromRest(body, names) };
    // The algo service says only that it took the cancel.
    text(asObject(body, 'cancel'), 'algoId');
    return { kind: 'accepted', report: null };
  } catch (error) {
    if (error instanceof MalformedAnswer)
      return { kind: 'unknown', detail: `an answer without an order: ${error.message}` };
    throw error;
  }
}

type OrderReference = Pick<CancelRequest, 'venueClientOrderId' | 'venueOrderId'>;

/** The venue's id is the faster way; sending both would only add a check that may fail. */
function orderIdOf(
  listed: ListedInstrument,
  { venueOrderId, venueClientOrderId }: OrderReference,
): Parameters {
  return {
    symbol: listed.venueSymbol,
    ...(venueOrderId === null ? { origClientOrderId: venueClientOrderId } : { orderId: venueOrderId }),
  };
}

function algoIdOf({ venueOrderId, venueClientOrderId }: OrderReference): Parameters {
  return venueOrderId === null
    ? { clientAlgoId: venueClientOrderId }
    : { algoId: algoIdAtVenue(venueOrderId) };
}

/** Where and how one order is asked for. */
interface OrderQuestion {
  readonly kind: InstrumentKind;
  readonly conditional: boolean;
  readonly reference: Parameters;
  readonly venueSymbol: string;
  readonly read: (body: JsonValue) => OrderReport;
  readonly matches: (report: OrderReport) => boolean;
}

function questionOf(
  running: Running,
  listed: ListedInstrument,
  request: Pick<LookUpRequest, 'venueClientOrderId' | 'venueOrderId' | 'conditional'>,
): OrderQuestion {
  const { kind } = listed.instrument;
  const names = running.names[kind];
  const conditional = kind === 'linear_swap' && request.conditional;
  return {
    kind,
    conditional,
    reference: conditional ? algoIdOf(request) : orderIdOf(listed, request),
    venueSymbol: listed.venueSymbol,
    read: (body) => (conditional ? algoOrderFromRest(body, names) : orderFromRest(body, names)),
    matches: (report) =>
      report.venueClientOrderId === request.venueClientOrderId ||
      (request.venueOrderId !== null && report.venueOrderId === request.venueOrderId),
  };
}

/** By its id; null when the venue says that it knows no such order. */
async function findDirectly(requests: BinanceRequests, question: OrderQuestion): Promise<OrderReport | null> {
  const { kind, conditional } = question;
  try {
    const endpoint = conditional ? SWAP.queryAlgoOrder : kind === 'spot' ? SPOT.queryOrder : SWAP.queryOrder;
    return question.read(await requests.read(endpoint, question.reference, 'look_up'));
  } catch (error) {
    if (error instanceof NoSuchOrder) return null;
    throw error;
  }
}

/** Among the working orders, then in the history between two times of the venue. */
async function findInLists(
  requests: BinanceRequests,
  question: OrderQuestion,
  since: TimeMs,
  until: TimeMs,
): Promise<OrderReport | null> {
  const { kind, conditional } = question;
  const symbol = { symbol: question.venueSymbol };
  const open = await requests.read(
    conditional ? SWAP.openAlgoOrders : kind === 'spot' ? SPOT.openOrders : SWAP.openOrders,
    symbol,
    'look_up',
  );
  const working = asArray(open, 'open orders').map(question.read).find(question.matches);
  if (working !== undefined) return working;
  const all = conditional ? SWAP.allAlgoOrders : kind === 'spot' ? SPOT.allOrders : SWAP.allOrders;
  const history = await readSpan(
    {
      longestMs: LONGEST_SPAN_MS[kind],
      mostQuestions: MOST_QUESTIONS,
      read: async (startTime, endTime) =>
        asArray(
          await requests.read(all, { ...symbol, startTime, endTime, limit: PAGE_LIMIT }, 'look_up'),
          'orders',
        ),
    },
    since,
    until,
  );
  return history.map(question.read).find(question.matches) ?? null;
}

async function openOrdersOf(
  running: Running,
  endpoint: Endpoint,
  names: Names,
  read: (body: JsonValue, names: Names) => OrderReport,
): Promise<readonly OrderReport[]> {
  const list = asArray(await running.requests.read(endpoint, {}, 'poll'), 'open orders');
  // Delivery contracts of the same account are no instruments of ours.
  return list
    .filter((item) => names.known(text(asObject(item, 'order'), 'symbol')))
    .map((item) => read(item, names));
}

async function fillsFromId(running: Running, listed: ListedInstrument, fromId: bigint): Promise<FillsPage> {
  const { kind } = listed.instrument;
  const trades = asArray(
    await running.requests.read(
      kind === 'spot' ? SPOT.trades : SWAP.trades,
      { symbol: listed.venueSymbol, fromId: fromId.toString(), limit: PAGE_LIMIT },
      'poll',
    ),
    'trades',
  );
  const fills = inOrder(trades.map((item) => fillFromTrade(item, running.names[kind])));
  const last = fills.at(-1);
  const isFull = trades.length >= PAGE_LIMIT;
  // A self-trade is listed twice under one id, and a full page may end between the two: it goes on at its last id.
  const next = last === undefined ? fromId : BigInt(last.tradeId) + (isFull ? 0n : 1n);
  return { fills, cursor: writeCursor({ kind: 'from_id', id: next }), hasMore: isFull };
}

/** By trade id, which rises with every trade of an instrument. */
function inOrder(fills: readonly VenueFill[]): readonly VenueFill[] {
  return [...fills].sort((left, right) => {
    const difference = BigInt(left.tradeId) - BigInt(right.tradeId);
    return difference < 0n ? -1 : difference > 0n ? 1 : 0;
  });
}

function failedFrom(error: unknown): Extract<ReadAnswer<never>, { kind: 'failed' }> {
  if (error instanceof ReadFailure) return { kind: 'failed', reason: error.reason, detail: error.message };
  if (error instanceof MalformedAnswer)
    return { kind: 'failed', reason: 'unreachable', detail: error.message };
  throw error;
}

function mustBeListed(markets: Markets, symbol: InstrumentSymbol): ListedInstrument {
  const listed = markets.get(symbol);
  if (listed === undefined) throw new ReadFailure(`${symbol} is not listed`, 'not_listed');
  return listed;
}

/** Settings without a figure of their own are answered `{"code":200,"msg":"success"}`. */
function saysDone(body: JsonValue): string | null {
  const code = text(asObject(body, 'setting'), 'code');
  return code === '200' ? null : `the venue answered with code ${code}`;
}

function doubtOf(body: JsonValue, doubt: (body: JsonValue) => string | null): string | null {
  try {
    return doubt(body);
  } catch (error) {
    if (error instanceof MalformedAnswer) return `an answer without the setting: ${error.message}`;
    throw error;
  }
}

function worst(states: readonly ConnectionState['privateStream'][]): ConnectionState['privateStream'] {
  if (states.includes('closed')) return 'closed';
  return states.includes('connecting') ? 'connecting' : 'connected';
}

/** Resolves when all are up, or after `timeoutMs`: what is missing then is told by `connection` and caught up on `onGap`. */
async function untilConnected(
  streams: readonly PrivateStream[],
  timeoutMs: number,
  stopped: AbortSignal,
): Promise<void> {
  const endsAt = performance.now() + timeoutMs;
  while (
    performance.now() < endsAt &&
    !stopped.aborted &&
    streams.some((stream) => stream.state !== 'connected')
  ) {
    await new Promise((resolve) => {
      setTimeout(resolve, 10);
    });
  }
}
