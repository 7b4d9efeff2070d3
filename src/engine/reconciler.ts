/**
 * Compares one account's books with the venue: on start, after every gap in a stream, and periodically.
 *
 * Entry points: `Reconciler.request`, `Reconciler.compareAnew`.
 *
 * Order of reading: fills first (so that they are booked), then working orders, then balances and positions, then fills
 * once more. After heavy trading by others the first reading of fills is long: working orders do not wait for its end, so
 * that orders of ours which ended unseen are looked up soon.
 *
 * Invariants:
 *  1. Figures are compared as they are only when no request of ours was on its way from the first reading to the last, the
 *     second reading of fills brought nothing new, and the venue lists our working orders as we have them; before a difference is
 *     reported, once more after the balances.
 *  2. Otherwise they are compared with what our books held at each moment of the reading, and a difference is taken over
 *     once every reading of `DIFFERENCE_CONFIRMED_AFTER_MS` has found it, the fills of every instrument included.
 *  3. A list of account records that fails holds up nothing but the balances that differ: a record may explain them.
 */
import {
  asset as asAsset,
  instrumentSymbol,
  type AccountId,
  type Asset,
  type InstrumentSymbol,
  type TimeMs,
} from '../core/ids.ts';
import type { Instrument } from '../core/instrument.ts';
import type { Decimal } from '../core/decimal.ts';
import { instrumentKey } from '../core/portfolio/keys.ts';
import type { PortfolioState } from '../core/portfolio/state.ts';
import type { Input } from '../core/portfolio/decide.ts';
import {
  agreesOnWorking,
  balanceFigures,
  positionFigures,
  type AccountBooks,
} from '../core/reconcile/compared-figures.ts';
import { OpenDifferences } from '../core/reconcile/differences.ts';
import { saleBoundsOf, type HoldingsReading, type SaleBounds } from '../core/reconcile/holdings.ts';
import type { Move } from '../core/reconcile/moves.ts';
import { outlivedStops, type PositionReading } from '../core/reconcile/outlived-stops.ts';
import { bookedSwaps } from '../core/risk/booked-swaps.ts';
import type { MarginReading } from '../core/risk/liquidation.ts';
import type { BalanceReport, OrderReport, PositionReport } from '../core/venue/report.ts';
import type { Gateway } from '../venues/gateway.ts';
import type { EffectExecutor } from './effect-executor.ts';
import type { Clock } from './clock.ts';
import { ComparisonPace } from './comparison-pace.ts';
import type { InboxLane } from './inbox.ts';
import { marginReadingOf, type Answered } from './margin-reading.ts';
import type { Log } from './log.ts';
import { RecordReadings } from './record-readings.ts';

/** How long working orders wait for the fills to be read first. */
const FILLS_FIRST_MS = 1_000;

export interface ReconcilerOptions {
  readonly accountId: AccountId;
  /** The account's gateway now; a comparison rests on the readings of one. */
  readonly gateway: () => Gateway;
  readonly effectExecutor: EffectExecutor;
  readonly clock: Clock;
  readonly log: Log;
  readonly state: () => PortfolioState;
  /** Whether this node may act for the portfolio: another one's questions would take of the allowance that both share. */
  readonly isOpen: () => boolean;
  readonly submit: (lane: InboxLane, make: () => Input) => Promise<unknown>;
  /** Calls the listener with every execution and account record that is booked, until the returned call. */
  readonly onMove: (listener: (move: Move) => void) => () => void;
  /** Whether executions were reported that are not in the books yet, while the balances have moved already. */
  readonly isBehind: () => boolean;
  readonly instrument: (symbol: InstrumentSymbol) => Instrument | undefined;
  /** Without jumps that nothing has confirmed, by `instrumentKey`: the service cuts positions by itself. */
  readonly marks: () => ReadonlyMap<string, Decimal>;
  /** With when the reading began, on our clock. */
  readonly onPositions: (reports: readonly PositionReport[], startedAt: TimeMs) => void;
  readonly onBalances: (reports: readonly BalanceReport[]) => void;
  /** Not called where the venue did not answer: the former reading grows old. */
  readonly onMargins: (reading: MarginReading) => void;
}

/** A reading that something of ours overlapped. `askedAt` is of our monotonic clock, `startedAt` of our wall clock. */
interface OverlappedReading {
  readonly balances: readonly BalanceReport[];
  readonly positions: Extract<Input, { readonly type: 'positions' }>;
  readonly moves: readonly Move[];
  readonly movedBeforePositions: number;
  readonly askedAt: number;
  readonly startedAt: TimeMs;
  readonly venueAskedAt: TimeMs;
  readonly venueAt: TimeMs;
}

function paysUnlisted({ capabilities }: Gateway): boolean {
  return capabilities.kinds.linear_swap?.listsInsurance === false;
}

export class Reconciler {
  readonly #options: ReconcilerOptions;
  readonly #pace: ComparisonPace;
  #running = false;
  #again = false;
  /** Called at the end of the next comparison that begins. */
  #awaiting: ((isComplete: boolean) => void)[] = [];
  readonly #records: RecordReadings;
  #awaitsRecords = false;
  #stopped = false;
  #term = { isCompared: false };
  /** The last two complete readings of positions and balances by one gateway, oldest first. */
  #positionReadings: readonly PositionReading[] = [];
  #readBy: Gateway | null = null;
  readonly #openBalances = new OpenDifferences();
  readonly #openPositions = new OpenDifferences();

  constructor(options: ReconcilerOptions) {
    this.#options = options;
    this.#records = new RecordReadings(options.accountId, options.state);
    this.#pace = new ComparisonPace(options, () => this.request());
  }

  /** Asks for a comparison now, or for one more when one is under way. */
  request(): void {
    if (this.#stopped) return;
    if (this.#running) {
      this.#again = true;
      return;
    }
    this.#pace.cancel();
    this.#running = true;
    void this.#run();
  }

  /** Resolves once a comparison that begins from now on is over, with whether it is complete; false once nothing begins any more. */
  compareAnew(): Promise<boolean> {
    if (this.#stopped) return Promise.resolve(false);
    const { promise, resolve } = Promise.withResolvers<boolean>();
    this.#awaiting.push(resolve);
    this.request();
    return promise;
  }

  /** From now on only comparisons that begin later count for `isCompared`. */
  forgetComparisons(): void {
    this.#term = { isCompared: false };
  }

  /** Whether a comparison has been completed since the start or `forgetComparisons`, so that the books hold what went on before it. */
  get isCompared(): boolean {
    return this.#term.isCompared;
  }

  /** Whether a balance differs while the list of records, which may explain it, does not answer: it stays as it was until it does. */
  get awaitsRecords(): boolean {
    return this.#awaitsRecords;
  }

  stop(): void {
    this.#stopped = true;
    this.#pace.cancel();
    for (const resolve of this.#awaiting.splice(0)) resolve(false);
  }

  async #run(): Promise<void> {
    const { accountId, isOpen, state } = this.#options;
    let complete = false;
    do {
      this.#again = false;
      const term = this.#term;
      const awaiting = this.#awaiting.splice(0);
      complete = isOpen() && (await this.#compareOrSay());
      for (const resolve of awaiting) resolve(complete);
      term.isCompared ||= complete;
    } while (this.#again && !this.#stopped);
    this.#running = false;
    if (this.#stopped) return;
    // A stop that has outlived its position is to be proven so before the next position is opened.
    const isDone = complete && outlivedStops(state(), accountId, this.#saleBounds()).length === 0;
    this.#pace.ended(isDone);
  }

  async #compareOrSay(): Promise<boolean> {
    const { accountId, log } = this.#options;
    try {
      return await this.#compare();
    } catch (error) {
      log.warn({ accountId, error }, 'a comparison with the venue could not be completed');
      return false;
    }
  }

  /** True when everything was read and could be compared. */
  async #compare(): Promise<boolean> {
    const { accountId, log, submit } = this.#options;
    const gateway = this.#options.gateway();
    const isCurrent = (): boolean => !this.#stopped && this.#options.gateway() === gateway;
    const fills = this.#readFills(false).catch((error: unknown) => {
      log.warn({ accountId, error }, 'executions could not be read for a comparison with the venue');
      return false;
    });
    if ((await this.#unlessLate(fills, FILLS_FIRST_MS)) === false) return false;
    const openOrders = await gateway.openOrders();
    if (openOrders.kind === 'failed' || !isCurrent()) return false;
    await submit('venue', () => ({
      type: 'open_orders',
      accountId,
      reports: openOrders.value,
      startedAt: openOrders.startedAt,
    }));
    if (!(await fills)) return false;

    const moves: Move[] = [];
    const stopListening = this.#options.onMove((move) => {
      if (move.accountId === accountId) moves.push(move);
    });
    try {
      return await this.#compareFigures(gateway, openOrders.value, moves);
    } finally {
      stopListening();
    }
  }

  /** Balances and positions. `moves` are the account's bookings from now on, as they come. */
  async #compareFigures(
    gateway: Gateway,
    openOrders: readonly OrderReport[],
    moves: readonly Move[],
  ): Promise<boolean> {
    const { accountId, clock, effectExecutor, submit } = this.#options;
    const isCurrent = (): boolean => !this.#stopped && this.#options.gateway() === gateway;
    const activityBefore = effectExecutor.activity;
    const isQuietBefore = this.#isQuiet();
    const askedAt = clock.monotonic();
    const readAt = gateway.venueNow();
    const balances = await gateway.balances();
    const venueAt = gateway.venueNow();
    const movedBeforePositions = moves.length;
    const booked = bookedSwaps(this.#options.state(), accountId);
    const [positions, margins] = await Promise.all([
      gateway.positions(this.#symbolsToShowFlat()),
      gateway.margins(),
    ]);
    if (balances.kind === 'failed' || positions.kind === 'failed') return false;
    const reports = positions.value;
    const comparison = { type: 'positions', accountId, reports, venueAt: gateway.venueNow() } as const;
    const areDue = this.#records.areDue(clock.monotonic(), this.#differs(balances.value));
    const records = areDue ? await this.#records.read(gateway) : null;
    const areUnread = records?.kind === 'failed';
    if ((areUnread && !this.#records.canWait) || !isCurrent()) return false;
    this.#options.onBalances(balances.value);
    this.#options.onPositions(positions.value, positions.startedAt);
    if (margins.kind === 'ok') this.#options.onMargins(marginReadingOf(positions, margins, booked));
    this.#keepReading(gateway, balances, positions);
    const { positionMode } = gateway.connection();
    if (positionMode !== null)
      await submit('venue', () => ({ type: 'position_mode', accountId, positionMode }));
    if (records?.kind === 'ok') {
      for (const [symbol, since] of this.#records.unreadTrades(records.value))
        if (!(await effectExecutor.fetchFills(accountId, symbol, since))) return false;
      await submit('venue', () => ({
        type: 'account_records',
        accountId,
        records: records.value.records,
        readAt,
      }));
      this.#records.taken({ until: readAt, askedAt });
    }
    if (!(await this.#readFills(false))) return false;
    const readings = this.#positionReadings;
    const bounds = this.#saleBounds();
    if (outlivedStops(this.#options.state(), accountId, bounds).length > 0)
      await submit('venue', () => ({ type: 'position_readings', accountId, readings, bounds }));
    const isUndisturbed = (): boolean =>
      isQuietBefore &&
      isCurrent() &&
      this.#isQuiet() &&
      agreesOnWorking(this.#books(), openOrders) &&
      effectExecutor.activity === activityBefore &&
      moves.length === 0;
    let comparable = isUndisturbed();
    const differs = comparable ? this.#differs(balances.value) : this.#mayConfirm(askedAt);
    if (differs) {
      // Before a difference is reported, the fills of every instrument ever traded here are read: a late one may explain it.
      if (!(await this.#readFills(true))) return false;
      comparable &&= (await this.#areStillWorking(gateway)) && isUndisturbed();
    }
    if (!isCurrent()) return false;
    this.#awaitsRecords = areUnread && this.#differs(balances.value);
    // A difference is confirmed by readings that records have been read with.
    if (this.#awaitsRecords) this.#openBalances.clear();
    if (comparable) {
      this.#openBalances.clear();
      this.#openPositions.clear();
      await submit('venue', () => ({
        type: 'balances',
        accountId,
        reports: balances.value,
        comparable: !this.#awaitsRecords,
        venueAskedAt: readAt,
        paysUnlisted: paysUnlisted(gateway),
        holdings: this.#holdingsReading(
          balances.startedAt,
          venueAt,
          balanceFigures(this.#books(), balances.value)
            .filter(({ ours, theirs }) => !ours.equals(theirs))
            .map(({ key }) => key),
        ),
      }));
      await submit('venue', () => comparison);
      return !this.#awaitsRecords;
    }
    return this.#compareOverlapped({
      balances: balances.value,
      positions: comparison,
      moves,
      movedBeforePositions,
      askedAt,
      startedAt: balances.startedAt,
      venueAskedAt: readAt,
      venueAt,
    });
  }

  /**
   * Takes over the differences that are confirmed although something of ours overlapped the reading. True when nothing is left
   * that differs. Until every execution that was reported is booked a reading shows nothing.
   */
  async #compareOverlapped({
    balances,
    positions,
    moves,
    movedBeforePositions,
    askedAt,
    startedAt,
    venueAskedAt,
    venueAt,
  }: OverlappedReading): Promise<boolean> {
    const { accountId, isBehind, state, submit } = this.#options;
    const isKnown = state().accounts.get(accountId)?.balancesKnown === true;
    if (isKnown && (isBehind() || this.#hasParkedFills())) return false;
    const confirmedBalances = this.#openBalances.take(
      balanceFigures(this.#books(), balances),
      moves.map(({ at, balances: changes }) => ({ at, changes })),
      askedAt,
    );
    await submit('venue', () => ({
      type: 'balances',
      accountId,
      reports: balances,
      comparable: false,
      confirmed: confirmedBalances,
      venueAskedAt,
      paysUnlisted: paysUnlisted(this.#options.gateway()),
      holdings: this.#holdingsReading(startedAt, venueAt, this.#openBalances.keys),
    }));
    const confirmedPositions = this.#openPositions.take(
      positionFigures(this.#books(), positions.reports),
      moves.slice(movedBeforePositions).map(({ at, positions: changes }) => ({ at, changes })),
      askedAt,
    );
    if (confirmedPositions.size > 0 || this.#openPositions.isEmpty)
      await submit('venue', () => ({ ...positions, confirmed: confirmedPositions }));
    return this.#openBalances.isEmpty && this.#openPositions.isEmpty;
  }

  /**
   * A difference leaves the positions in its asset as they are until another reading has found the same total: `unsettledKeys`,
   * by `balanceKey`. One wrong answer moves balances, which the next one mends, and cuts nothing.
   */
  #holdingsReading(startedAt: TimeMs, venueAt: TimeMs, unsettledKeys: Iterable<string>): HoldingsReading {
    const unsettled = new Set<Asset>();
    for (const key of unsettledKeys) {
      const asset = key.split(' ').at(-1);
      if (asset !== undefined) unsettled.add(asAsset(asset));
    }
    return { startedAt, venueAt, unsettled, ...this.#saleBounds() };
  }

  /** The swaps with orders that may have outlived their position: the reading has to show these flat, too. */
  #symbolsToShowFlat(): readonly InstrumentSymbol[] {
    const outlived = outlivedStops(this.#options.state(), this.#options.accountId, this.#saleBounds());
    const swaps = outlived.filter(({ position }) => position.kind === 'linear_swap');
    return [...new Set(swaps.map(({ position }) => position.symbol))];
  }

  #saleBounds(): SaleBounds {
    const { accountId, instrument, marks, state } = this.#options;
    return saleBoundsOf(state(), accountId, instrument, marks());
  }

  #keepReading(
    gateway: Gateway,
    balances: Answered<readonly BalanceReport[]>,
    positions: Answered<readonly PositionReport[]>,
  ): void {
    const before = this.#readBy === gateway ? this.#positionReadings.slice(-1) : [];
    this.#readBy = gateway;
    this.#positionReadings = [
      ...before,
      {
        startedAt: Math.min(balances.startedAt, positions.startedAt),
        finishedAt: Math.max(balances.finishedAt, positions.finishedAt),
        positions: positions.value,
        balances: balances.value,
      },
    ];
  }

  #books(): AccountBooks {
    return { state: this.#options.state(), accountId: this.#options.accountId };
  }

  #mayConfirm(askedAt: number): boolean {
    return this.#openBalances.mayConfirm(askedAt) || this.#openPositions.mayConfirm(askedAt);
  }

  #hasParkedFills(): boolean {
    const { accountId, state } = this.#options;
    return [...state().parkedFills.values()].some((parked) => parked.accountId === accountId);
  }

  /** The result of a reading, or null when it takes longer than `waitMs`. */
  async #unlessLate(reading: Promise<boolean>, waitMs: number): Promise<boolean | null> {
    let stopTimer = (): void => undefined;
    const late = new Promise<null>((resolve) => {
      stopTimer = this.#options.clock.after(waitMs, () => resolve(null));
    });
    const first = await Promise.race([reading, late]);
    stopTimer();
    return first;
  }

  /** No request of ours is on its way, no order is in doubt, and every external execution that was reported is booked. */
  #isQuiet(): boolean {
    if (this.#options.effectExecutor.isSending || this.#options.isBehind()) return false;
    for (const order of this.#options.state().unfinished.values()) {
      if (order.accountId !== this.#options.accountId) continue;
      if (order.status === 'submitting' || order.status === 'unknown' || order.final !== null) return false;
    }
    return true;
  }

  /**
   * Whether the venue, asked once more, lists our working orders as we have them. One that traded after they were read first has
   * moved the balances, and its execution may be listed later than that.
   */
  async #areStillWorking(gateway: Gateway): Promise<boolean> {
    const openOrders = await gateway.openOrders();
    return openOrders.kind === 'ok' && agreesOnWorking(this.#books(), openOrders.value);
  }

  /** Whether any total is another one; an asset that the venue lists no more is zero there. */
  #differs(reports: readonly BalanceReport[]): boolean {
    return balanceFigures(this.#books(), reports).some(({ ours, theirs }) => !ours.equals(theirs));
  }

  /** Reads the fills of every instrument with an order in memory; of every one ever traded or read with `all`. */
  async #readFills(all: boolean): Promise<boolean> {
    const { accountId, effectExecutor, state } = this.#options;
    const gateway = this.#options.gateway();
    const symbols = new Set<InstrumentSymbol>();
    for (const orders of [state().unfinished, state().finished]) {
      for (const order of orders.values()) {
        if (order.accountId === accountId && order.attempts.length > 0) symbols.add(order.symbol);
      }
    }
    if (all) {
      for (const position of state().positions.values())
        if (position.accountId === accountId) symbols.add(position.symbol);
      const prefix = instrumentKey(accountId, instrumentSymbol(''));
      for (const key of state().fillsCursors.keys()) {
        const symbol = instrumentSymbol(key.slice(prefix.length));
        // An instrument that is listed no more cannot be read, and must not keep a difference from being reported.
        if (key.startsWith(prefix) && gateway.instrument(symbol) !== undefined) symbols.add(symbol);
      }
    }
    let complete = true;
    for (const symbol of symbols) complete = (await effectExecutor.fetchFills(accountId, symbol)) && complete;
    return complete;
  }
}
