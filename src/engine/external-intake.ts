/**
 * Queues executions and reports of orders that memory does not know (external ones, most of them), and submits them in
 * groups on the inbox's `external` lane, so that heavy trading by others on the same keys does not delay our own events.
 *
 * Entry point: `ExternalIntake` (`addFill`, `addReport`, `isBehind`).
 * Invariants:
 *  - Nothing is decided here. An execution is matched again when its group is submitted. One that belongs to an order of
 *    ours by then goes on the lane of our own executions; the others are booked, parked or reported as external by the
 *    rules of `core/order/fills.ts`, as if they had just arrived.
 *  - A group is at most `MOST_IN_GROUP` executions of one instrument, looked up in the read model with one query.
 *    Instruments are served round robin, and one group is under way at a time. So an execution is in the books after at
 *    most `EXTERNAL_WAIT_MS` and, for each group before it, one query and two appends: the one under way and its own. A
 *    thousand executions a second are twenty such groups.
 *  - At most `MOST_WAITING` executions wait for one instrument and `MOST_WAITING_IN_ALL` together. Past either bound the
 *    queue of that instrument is dropped, and its executions are read from the venue again, from where the last reading
 *    ended, until a reading that began `CATCH_UP_AFTER_MS` after the last drop is complete. While any execution waits or is
 *    yet to be read, `isBehind` is true and no balance is compared.
 *  - A report of an unknown order changes nothing: of each order only the latest report waits, and the oldest is dropped
 *    when there are too many.
 */
import type { AccountId, InstrumentSymbol, TimeMs, VenueOrderId } from '../core/ids.ts';
import type { Input } from '../core/portfolio/decide.ts';
import { instrumentKey } from '../core/portfolio/keys.ts';
import type { OrderReport, VenueFill } from '../core/venue/report.ts';
import type { Background } from './background.ts';
import type { Clock } from './clock.ts';
import { EngineUnavailable } from './desk.ts';
import type { InboxLane, InputFacts } from './inbox.ts';
import type { Log } from './log.ts';

/**
 * Executions decided in one item of the inbox: the most that inputs of ours wait for. One on spot is two records, the execution and
 * what it moved of capital.
 */
export const MOST_IN_GROUP = 50;
/** Executions that wait for one instrument of an account; likewise reports. */
export const MOST_WAITING = 2_000;
/** Executions that wait for all instruments together. */
export const MOST_WAITING_IN_ALL = 20_000;
/** How long after a drop a reading is sure to list the dropped executions; above any venue's read lag. */
export const CATCH_UP_AFTER_MS = 3_000;

export interface ExternalIntakeOptions {
  readonly clock: Clock;
  readonly background: Background;
  readonly log: Log;
  readonly submit: (lane: InboxLane, make: () => Input, known?: InputFacts) => Promise<unknown>;
  /** Whether the order of a report or an execution is in memory. */
  readonly isInMemory: (accountId: AccountId, event: OrderReport | VenueFill) => boolean;
  /** Leaves out executions that are booked, and recalls the orders of the others into memory; one query for all. */
  readonly newFills: (
    accountId: AccountId,
    symbol: InstrumentSymbol,
    fills: readonly VenueFill[],
  ) => Promise<readonly VenueFill[]>;
  /** Recalls the order of a report into memory if it is one of ours. */
  readonly recall: (accountId: AccountId, report: OrderReport) => Promise<void>;
  /** Reads an instrument's executions from its cursor, or from `since` (venue clock); resolves with whether all were read. */
  readonly fetchFills: (accountId: AccountId, symbol: InstrumentSymbol, since: TimeMs) => Promise<boolean>;
  readonly isListed: (accountId: AccountId, symbol: InstrumentSymbol) => boolean;
}

interface WaitingFill {
  readonly fill: VenueFill;
  /** Our monotonic clock when it came in. */
  readonly since: number;
}

/** The dropped executions of one instrument. */
interface Loss {
  /** The time of the earliest execution, on the venue's clock. */
  earliest: TimeMs;
  /** Our monotonic clock. */
  lastAt: number;
}

/** The queue of one instrument of an account. */
interface Waiting {
  readonly accountId: AccountId;
  readonly symbol: InstrumentSymbol;
  readonly fills: WaitingFill[];
  /** The latest of each order, in order of arrival. */
  readonly reports: Map<VenueOrderId, OrderReport>;
  /** Whether a group is on its way to be decided. */
  isUnderWay: boolean;
  loss: Loss | null;
}

export class ExternalIntake {
  readonly #options: ExternalIntakeOptions;
  /** By instrument of an account; the one that is served next comes first. */
  readonly #waiting = new Map<string, Waiting>();
  #fillsWaiting = 0;
  #isTaking = false;
  readonly #stopTimers = new Set<() => void>();
  #stopped = false;

  constructor(options: ExternalIntakeOptions) {
    this.#options = options;
  }

  /** Whether executions of this account wait to be booked, or have yet to be read again. */
  isBehind(accountId: AccountId): boolean {
    for (const waiting of this.#waiting.values()) {
      if (waiting.accountId !== accountId) continue;
      if (waiting.fills.length > 0 || waiting.isUnderWay || waiting.loss !== null) return true;
    }
    return false;
  }

  addFill(accountId: AccountId, fill: VenueFill): void {
    if (this.#stopped) return;
    const waiting = this.#waitingFor(accountId, fill.symbol);
    waiting.fills.push({ fill, since: this.#options.clock.monotonic() });
    this.#fillsWaiting += 1;
    if (waiting.fills.length > MOST_WAITING || this.#fillsWaiting > MOST_WAITING_IN_ALL)
      this.#drop(waiting, this.#takeOut(waiting, waiting.fills.length), 'the queue is full');
    this.#take();
  }

  addReport(accountId: AccountId, report: OrderReport): void {
    if (this.#stopped) return;
    const { reports } = this.#waitingFor(accountId, report.symbol);
    reports.set(report.venueOrderId, report);
    for (const oldest of reports.keys()) {
      if (reports.size <= MOST_WAITING) break;
      reports.delete(oldest);
    }
    this.#take();
  }

  /** A newer report of this order has gone on by itself. */
  dropReport(accountId: AccountId, { symbol, venueOrderId }: OrderReport): void {
    this.#waiting.get(instrumentKey(accountId, symbol))?.reports.delete(venueOrderId);
  }

  stop(): void {
    this.#stopped = true;
    for (const stopTimer of this.#stopTimers) stopTimer();
    this.#stopTimers.clear();
    this.#waiting.clear();
    this.#fillsWaiting = 0;
  }

  #waitingFor(accountId: AccountId, symbol: InstrumentSymbol): Waiting {
    const key = instrumentKey(accountId, symbol);
    const known = this.#waiting.get(key);
    if (known !== undefined) return known;
    const waiting: Waiting = {
      accountId,
      symbol,
      fills: [],
      reports: new Map(),
      isUnderWay: false,
      loss: null,
    };
    this.#waiting.set(key, waiting);
    return waiting;
  }

  #takeOut(waiting: Waiting, count: number): WaitingFill[] {
    const group = waiting.fills.splice(0, count);
    this.#fillsWaiting -= group.length;
    return group;
  }

  // ── Groups ───────────────────────────────────────────────────────────────────────────────────────────────────

  #take(): void {
    if (this.#isTaking) return;
    this.#isTaking = true;
    this.#options.background.run(this.#takeGroups());
  }

  async #takeGroups(): Promise<void> {
    // Executions that arrive in the same tick of the event loop go into one group.
    await Promise.resolve();
    for (let waiting = this.#next(); waiting !== undefined; waiting = this.#next()) {
      const fills = this.#takeOut(waiting, MOST_IN_GROUP);
      const reports = [...waiting.reports.values()].slice(0, MOST_IN_GROUP);
      for (const { venueOrderId } of reports) waiting.reports.delete(venueOrderId);
      waiting.isUnderWay = true;
      try {
        await this.#takeReports(waiting, reports);
        if (fills.length > 0) await this.#takeFills(waiting, fills);
      } catch (error) {
        // A portfolio that is closed or fenced meanwhile compares its books when it is open again.
        if (!(error instanceof EngineUnavailable)) this.#drop(waiting, fills, String(error));
      }
      waiting.isUnderWay = false;
      this.#forget(waiting);
    }
    this.#isTaking = false;
  }

  /** The next instrument with anything queued, round robin. */
  #next(): Waiting | undefined {
    for (const [key, waiting] of this.#waiting) {
      if (waiting.fills.length === 0 && waiting.reports.size === 0) continue;
      this.#waiting.delete(key);
      this.#waiting.set(key, waiting);
      return waiting;
    }
    return undefined;
  }

  #forget(waiting: Waiting): void {
    const isDone = waiting.fills.length === 0 && waiting.reports.size === 0 && waiting.loss === null;
    if (isDone && !waiting.isUnderWay) this.#waiting.delete(instrumentKey(waiting.accountId, waiting.symbol));
  }

  async #takeReports({ accountId }: Waiting, reports: readonly OrderReport[]): Promise<void> {
    const { isInMemory, recall, submit } = this.#options;
    await Promise.all(
      reports.map(async (report) => {
        await recall(accountId, report);
        // A report of an unknown order leaves nothing to decide.
        if (isInMemory(accountId, report))
          await submit('venue', () => ({ type: 'order_report', accountId, report }));
      }),
    );
  }

  async #takeFills({ accountId, symbol }: Waiting, group: readonly WaitingFill[]): Promise<void> {
    const { clock, isInMemory, newFills, submit } = this.#options;
    const fills = await newFills(
      accountId,
      symbol,
      group.map(({ fill }) => fill),
    );
    const since = group[0]?.since ?? clock.monotonic();
    const ours = fills.filter((fill) => isInMemory(accountId, fill));
    const others = fills.filter((fill) => !isInMemory(accountId, fill));
    const decided: Promise<unknown>[] = [];
    const input = (taken: readonly VenueFill[]): Input => ({
      type: 'fills',
      accountId,
      symbol,
      fills: taken,
      cursor: null,
    });
    if (ours.length > 0) decided.push(submit('venue', () => input(ours)));
    if (others.length > 0) decided.push(submit('external', () => input(others), { since }));
    await Promise.all(decided);
  }

  // ── Dropped executions ───────────────────────────────────────────────────────────────────────────────────────

  #drop(waiting: Waiting, fills: readonly WaitingFill[], detail: string): void {
    if (fills.length === 0 || this.#stopped) return;
    const { clock, background, log } = this.#options;
    const { accountId, symbol } = waiting;
    const earliest = fills.reduce((least, { fill }) => Math.min(least, fill.executedAt), Infinity);
    const lastAt = clock.monotonic();
    if (waiting.loss !== null) {
      waiting.loss.earliest = Math.min(waiting.loss.earliest, earliest);
      waiting.loss.lastAt = lastAt;
      return;
    }
    log.warn(
      { accountId, symbol, executions: fills.length, detail },
      'external executions were dropped; they are read from the venue instead',
    );
    waiting.loss = { earliest, lastAt };
    background.run(this.#catchUp(waiting, waiting.loss));
  }

  /** Reads the dropped executions from the venue, again and again until none can be missing. */
  async #catchUp(waiting: Waiting, loss: Loss): Promise<void> {
    while (await this.#isMissing(waiting, loss)) {
      if (this.#stopped) return;
    }
    waiting.loss = null;
    this.#forget(waiting);
  }

  /** False once a complete reading is sure to list all dropped executions, or when they cannot be read at all. */
  async #isMissing({ accountId, symbol }: Waiting, loss: Loss): Promise<boolean> {
    const { clock, fetchFills, isListed, log } = this.#options;
    await this.#pause(CATCH_UP_AFTER_MS);
    if (this.#stopped) return true;
    const startedAt = clock.monotonic();
    try {
      const isComplete = await fetchFills(accountId, symbol, loss.earliest);
      if (isComplete) return startedAt - loss.lastAt < CATCH_UP_AFTER_MS;
    } catch (error) {
      if (error instanceof EngineUnavailable) return false;
      log.warn({ accountId, symbol, error }, 'executions could not be read; trying again');
    }
    // An instrument that is not listed any more cannot be booked: its balances show up in the next comparison.
    return isListed(accountId, symbol);
  }

  #pause(waitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const stopTimer = this.#options.clock.after(waitMs, () => {
        this.#stopTimers.delete(stopTimer);
        resolve();
      });
      this.#stopTimers.add(stopTimer);
    });
  }
}
