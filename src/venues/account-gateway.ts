/**
 * The gateway of one account at any venue, composed of the parts that the venue's folder provides.
 *
 * Entry point: `AccountGateway`. The contract stands in `gateway.ts`; this keeps the invariants of it that do not depend
 * on the venue:
 *  1. A stopped gateway sends nothing.
 *  2. No order goes out for an instrument that is not listed, or to an account in another position mode than the
 *     order's.
 *  3. While reads keep failing, only orders that shrink risk go out.
 */
import type { WalletDeclaration } from '../core/balance/wallet.ts';
import type { PositionSide } from '../core/order/terms.ts';
import type { Decimal } from '../core/decimal.ts';
import type { AccountId, AccountMode, InstrumentSymbol, TimeMs, Venue, VenueOrderId } from '../core/ids.ts';
import type { Instrument, InstrumentKind, Quote } from '../core/instrument.ts';
import type { AccountRecords } from '../core/venue/account-record.ts';
import type { VenueCapabilities } from '../core/venue/capabilities.ts';
import type {
  Candle,
  CandleInterval,
  CandleSpan,
  DayFigures,
  OrderBook,
  PublicTrade,
} from '../core/venue/market.ts';
import type { CancelOutcome, LookUpAnswer, SendOutcome } from '../core/venue/outcome.ts';
import type {
  BalanceReport,
  FillsCursor,
  FillsPage,
  MarginReport,
  OrderReport,
  PositionReport,
} from '../core/venue/report.ts';
import type { MarginMode, PositionMode, SettingOutcome, SwapSettings } from '../core/venue/setting.ts';
import type { AccountStream, ConnectedAccount, VenueConnector } from './connected-account.ts';
import { DEFAULT_TIMEOUTS } from './connection.ts';
import type { GatewayOptions, GatewayTimeouts } from './connection.ts';
import type {
  CancelRequest,
  ConnectionState,
  Gateway,
  GatewayListener,
  Lane,
  LookUpRequest,
  ReadAnswer,
  SendRequest,
} from './gateway.ts';
import { lookUp } from './look-up.ts';
import { mustBeListed } from './markets.ts';
import type { ListedInstrument } from './markets.ts';
import { readAnswer } from './read-answer.ts';
import type { Scheduler } from './platform.ts';
import { ReadFailure, nullIfUnread } from './read-retry.ts';
import { startUpkeep } from './background-work.ts';
import { Inexpressible, carryOut, refusedHere } from './write.ts';
import { onePositionEach } from './position-rows.ts';
import type { Write } from './write.ts';

const ALL_KINDS = ['spot', 'linear_swap'] as const satisfies readonly InstrumentKind[];
const PRIVATE_STREAM_WAIT_MS = 5_000;

const STOPPED = { kind: 'not_sent', reason: 'connect_failed', detail: 'the gateway is stopped' } as const;

/** A started gateway. */
interface Running {
  readonly account: ConnectedAccount;
  readonly endUpkeep: () => void;
}

export class AccountGateway implements Gateway {
  readonly accountId: AccountId;
  readonly venue: Venue;
  readonly mode: AccountMode;
  readonly capabilities: VenueCapabilities;
  readonly #connector: VenueConnector;
  readonly #timeouts: GatewayTimeouts;
  readonly #kinds: readonly InstrumentKind[];
  #running: Running | null = null;
  #starting: AbortController | null = null;
  #positionMode: PositionMode | null = null;
  /** Counts what a write has proved of the position mode: a reading that began before one of them says nothing any more. */
  #modeProofs = 0;

  constructor(options: GatewayOptions, connector: VenueConnector) {
    const { capabilities } = connector;
    this.accountId = options.accountId;
    this.venue = capabilities.venue;
    this.mode = options.mode;
    this.#connector = connector;
    this.#timeouts = { ...DEFAULT_TIMEOUTS, ...options.timeouts };
    const has = (kind: InstrumentKind): boolean => capabilities.kinds[kind] !== null;
    const kinds = options.kinds ?? ALL_KINDS.filter(has);
    if (kinds.length === 0) throw new RangeError('kinds: an account trades at least one kind');
    this.#kinds = kinds;
    this.capabilities = {
      ...capabilities,
      kinds: {
        spot: kinds.includes('spot') ? capabilities.kinds.spot : null,
        linear_swap: kinds.includes('linear_swap') ? capabilities.kinds.linear_swap : null,
      },
    };
  }

  async start(listener: GatewayListener): Promise<void> {
    if (this.#running !== null || this.#starting !== null) throw new Error('the gateway is started already');
    const starting = new AbortController();
    this.#starting = starting;
    try {
      const account = await this.#connector.connect({
        kinds: this.#kinds,
        timeouts: this.#timeouts,
        listener,
      });
      if (starting.signal.aborted) {
        await close(account);
        starting.signal.throwIfAborted();
      }
      this.#positionMode = account.positionMode;
      this.#running = { account, endUpkeep: startUpkeep(this.#connector.clock, account) };
      const streams = streamsOf(account);
      for (const stream of streams) stream.open();
      await untilConnected(streams, this.#connector.clock.local, starting.signal);
    } finally {
      this.#starting = null;
    }
    starting.signal.throwIfAborted();
  }

  async stop(): Promise<void> {
    this.#starting?.abort(new Error('the gateway was stopped while it started'));
    const running = this.#running;
    if (running === null) return;
    this.#running = null;
    this.#positionMode = null;
    running.endUpkeep();
    await close(running.account);
  }

  get wallets(): readonly WalletDeclaration[] {
    return this.#connector.wallets;
  }

  instrument(symbol: InstrumentSymbol): Instrument | undefined {
    return this.#running?.account.markets.get(symbol)?.instrument;
  }

  instruments(): readonly Instrument[] {
    return this.#running?.account.markets.all().map((listed) => listed.instrument) ?? [];
  }

  quote(symbol: InstrumentSymbol): Quote | undefined {
    return this.#running?.account.quotes.latest(symbol);
  }

  async freshQuote(symbol: InstrumentSymbol, maxAgeMs: number): Promise<ReadAnswer<Quote>> {
    return this.#read(async ({ quotes }) => quotes.fresh(symbol, maxAgeMs));
  }

  venueNow(): TimeMs {
    return this.#connector.clock.now();
  }

  connection(): ConnectionState {
    const account = this.#running?.account;
    return {
      privateStream: worst(
        account === undefined ? ['closed'] : streamsOf(account).map((stream) => stream.state),
      ),
      publicStream: account?.quotes.state ?? 'closed',
      breaker: account?.requests.breaker.state ?? 'closed',
      rateBudgetLeft: account?.requests.rateBudgetLeft() ?? 1,
      clockOffsetMs: this.#connector.clock.offsetMs,
      positionMode: this.#positionMode,
    };
  }

  async send(request: SendRequest): Promise<SendOutcome> {
    const account = this.#running?.account;
    if (account === undefined) return STOPPED;
    const { symbol } = request.order;
    const listed = account.markets.get(symbol);
    if (listed === undefined) return refusedHere('instrument_closed', `${symbol} is not listed`);
    const { kind } = listed.instrument;
    const fault = kind === 'spot' ? null : positionSideFault(this.#positionMode, request.order.positionSide);
    if (fault !== null) return refusedHere('position_mode', fault);
    const create = expressed(() => account.orders.create(listed, request));
    if ('kind' in create) return create;
    if (!request.reducing && !account.requests.breaker.allowsNewRisk())
      return { kind: 'not_sent', reason: 'breaker_open', detail: 'reads of this account keep failing' };
    const outcome = await carryOut(create, account.requests);
    if (outcome.kind === 'accepted') account.privateStreams.get(kind)?.expect(symbol, outcome.venueOrderId);
    // The venue knows no such side: the account is in the other mode by now.
    if (outcome.kind === 'refused' && outcome.reason.kind === 'position_mode')
      this.#proveMode(request.order.positionSide === 'net' ? 'hedged' : 'one_way');
    return outcome;
  }

  async cancel(request: CancelRequest): Promise<CancelOutcome> {
    const account = this.#running?.account;
    if (account === undefined) return STOPPED;
    const listed = account.markets.get(request.symbol);
    if (listed === undefined) return refusedHere('instrument_closed', `${request.symbol} is not listed`);
    return carryOut(account.orders.cancel(listed, request), account.requests);
  }

  async lookUp(request: LookUpRequest): Promise<LookUpAnswer> {
    const account = this.#running?.account;
    if (account === undefined) return { kind: 'failed', detail: 'the gateway is stopped' };
    const listed = account.markets.get(request.symbol);
    if (listed === undefined) return { kind: 'failed', detail: `${request.symbol} is not listed` };
    return lookUp(account.readings.search(listed, request), request);
  }

  async orderByVenueId(
    symbol: InstrumentSymbol,
    venueOrderId: VenueOrderId,
  ): Promise<ReadAnswer<OrderReport | null>> {
    return this.#readListed(symbol, async ({ readings }, listed) =>
      readings.orderByVenueId(listed, venueOrderId),
    );
  }

  async openOrders(): Promise<ReadAnswer<readonly OrderReport[]>> {
    return this.#read(async ({ readings }) => readings.openOrders());
  }

  async fills(
    symbol: InstrumentSymbol,
    cursor: FillsCursor | null,
    since: TimeMs,
  ): Promise<ReadAnswer<FillsPage>> {
    return this.#readListed(symbol, async ({ readings }, listed) => readings.fills(listed, cursor, since));
  }

  async balances(): Promise<ReadAnswer<readonly BalanceReport[]>> {
    return this.#read(async ({ readings }) => readings.balances());
  }

  async positions(flatToo: readonly InstrumentSymbol[] = []): Promise<ReadAnswer<readonly PositionReport[]>> {
    return this.#read(async (account) => {
      if (!this.#hasSwaps()) return [];
      // A change of mode shows neither on a stream nor with positions: the mode is read with every reading of those.
      const [positions] = await Promise.all([
        account.readings.positions(),
        this.#readPositionMode(account, 'poll'),
      ]);
      const shown = new Set(positions.map(({ symbol }) => symbol));
      const leftOut = flatToo.filter((symbol) => !shown.has(symbol));
      return onePositionEach([...positions, ...(await positionsByName(account, leftOut))]);
    });
  }

  async margins(): Promise<ReadAnswer<readonly MarginReport[]>> {
    return this.#read(async ({ readings }) => (this.#hasSwaps() ? readings.margins() : []));
  }

  async accountRecords(since: TimeMs): Promise<ReadAnswer<AccountRecords>> {
    return this.#read(async ({ readings }) => readings.accountRecords(since));
  }

  async book(symbol: InstrumentSymbol, depth: number): Promise<ReadAnswer<OrderBook>> {
    return this.#readListed(symbol, async ({ marketData }, listed) => marketData.book(listed, depth));
  }

  async dayFigures(symbol: InstrumentSymbol): Promise<ReadAnswer<DayFigures>> {
    return this.#readListed(symbol, async ({ marketData }, listed) => marketData.dayFigures(listed));
  }

  async trades(symbol: InstrumentSymbol, limit: number): Promise<ReadAnswer<readonly PublicTrade[]>> {
    return this.#readListed(symbol, async ({ marketData }, listed) => marketData.trades(listed, limit));
  }

  async candles(
    symbol: InstrumentSymbol,
    interval: CandleInterval,
    span: CandleSpan,
  ): Promise<ReadAnswer<readonly Candle[]>> {
    return this.#readListed(symbol, async ({ marketData }, listed) =>
      marketData.candles(listed, interval, span),
    );
  }

  async swapSettings(symbol: InstrumentSymbol): Promise<ReadAnswer<SwapSettings>> {
    return this.#readListed(symbol, async ({ readings }, listed) => {
      if (listed.instrument.kind !== 'linear_swap')
        throw new ReadFailure(`${symbol} has neither leverage nor margin mode`, 'not_listed');
      return readings.swapSettings(listed);
    });
  }

  async positionMode(): Promise<ReadAnswer<PositionMode>> {
    return this.#read(async (account) => this.#readPositionMode(account, 'look_up'));
  }

  async setLeverage(symbol: InstrumentSymbol, leverage: Decimal): Promise<SettingOutcome> {
    return this.#setOnSwap(symbol, ({ settings }, listed) => settings.leverage(listed, leverage));
  }

  async setMarginMode(symbol: InstrumentSymbol, marginMode: MarginMode): Promise<SettingOutcome> {
    return this.#setOnSwap(symbol, ({ settings }, listed) => settings.marginMode(listed, marginMode));
  }

  async setPositionMode(positionMode: PositionMode): Promise<SettingOutcome> {
    if (!this.#hasSwaps()) return refusedHere('other', 'this account has no swaps, and so no position mode');
    const outcome = await this.#set(({ settings }) => settings.positionMode(positionMode));
    if (outcome.kind === 'set') this.#proveMode(positionMode);
    return outcome;
  }

  #hasSwaps(): boolean {
    return this.#kinds.includes('linear_swap');
  }

  async #setOnSwap(
    symbol: InstrumentSymbol,
    express: (account: ConnectedAccount, listed: ListedInstrument) => Write<SettingOutcome>,
  ): Promise<SettingOutcome> {
    const listed = this.#running?.account.markets.get(symbol);
    if (this.#running !== null && listed?.instrument.kind !== 'linear_swap')
      return refusedHere('other', `${symbol} is no swap of this venue, and has no such setting`);
    return listed === undefined ? STOPPED : this.#set((account) => express(account, listed));
  }

  async #set(express: (account: ConnectedAccount) => Write<SettingOutcome>): Promise<SettingOutcome> {
    const account = this.#running?.account;
    if (account === undefined) return STOPPED;
    const setting = expressed(() => express(account));
    return 'kind' in setting ? setting : carryOut(setting, account.requests);
  }

  async #readPositionMode({ readings }: ConnectedAccount, lane: Lane): Promise<PositionMode> {
    const proofs = this.#modeProofs;
    const mode = await readings.positionMode(lane);
    if (proofs === this.#modeProofs) this.#positionMode = mode;
    return mode;
  }

  #proveMode(mode: PositionMode): void {
    this.#positionMode = mode;
    this.#modeProofs += 1;
  }

  async #read<Value>(read: (account: ConnectedAccount) => Promise<Value>): Promise<ReadAnswer<Value>> {
    const account = this.#running?.account;
    if (account === undefined)
      return { kind: 'failed', reason: 'unreachable', detail: 'the gateway is stopped' };
    return readAnswer(this.#connector.clock, async () => read(account));
  }

  async #readListed<Value>(
    symbol: InstrumentSymbol,
    read: (account: ConnectedAccount, listed: ListedInstrument) => Promise<Value>,
  ): Promise<ReadAnswer<Value>> {
    return this.#read(async (account) => read(account, mustBeListed(account.markets, symbol)));
  }
}

/** Why an order of that side cannot trade in the account's position mode; null where it can, or the mode is not known. */
function positionSideFault(positionMode: PositionMode | null, positionSide: PositionSide): string | null {
  switch (positionMode) {
    case null:
      return null;
    case 'one_way':
      return positionSide === 'net' ? null : `the account is in one-way mode: it has no ${positionSide} side`;
    case 'hedged':
      return positionSide === 'net'
        ? 'the account is in hedged mode: an order has to name long or short'
        : null;
  }
}

/** The positions of each swap as the venue shows them by name; none of a swap that is not listed or cannot be read. */
async function positionsByName(
  { markets, readings }: ConnectedAccount,
  symbols: readonly InstrumentSymbol[],
): Promise<readonly PositionReport[]> {
  const shown = await Promise.all(
    symbols.map(async (symbol) => {
      const listed = markets.get(symbol);
      return listed?.instrument.kind === 'linear_swap' ? nullIfUnread(readings.positionsOf(listed)) : null;
    }),
  );
  return shown.flatMap((reports) => reports ?? []);
}

/** The write, or the refusal of what the venue cannot be asked. */
function expressed<Outcome>(express: () => Write<Outcome>): Write<Outcome> | ReturnType<typeof refusedHere> {
  try {
    return express();
  } catch (error) {
    if (error instanceof Inexpressible) return refusedHere('other', error.message);
    throw error;
  }
}

async function close(account: ConnectedAccount): Promise<void> {
  for (const stream of streamsOf(account)) stream.close();
  account.quotes.close();
  account.requests.close();
  await account.disconnect();
}

/** Each once: a stream that serves both kinds stands twice in the map. */
function streamsOf({ privateStreams }: ConnectedAccount): readonly AccountStream[] {
  return [...new Set(privateStreams.values())];
}

function worst(states: readonly ConnectionState['privateStream'][]): ConnectionState['privateStream'] {
  if (states.includes('closed')) return 'closed';
  return states.includes('connecting') ? 'connecting' : 'connected';
}

/** Resolves when all are up, or after `PRIVATE_STREAM_WAIT_MS`: a stream that is still missing shows in `connection`, and `onGap` catches up. */
async function untilConnected(
  streams: readonly AccountStream[],
  scheduler: Scheduler,
  stopped: AbortSignal,
): Promise<void> {
  const endsAt = scheduler.monotonic() + PRIVATE_STREAM_WAIT_MS;
  while (
    scheduler.monotonic() < endsAt &&
    !stopped.aborted &&
    streams.some((stream) => stream.state !== 'connected')
  ) {
    await new Promise<void>((resolve) => {
      scheduler.after(10, resolve);
    });
  }
}
