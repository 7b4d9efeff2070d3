/**
 * The one writer of a portfolio: inbox -> decide -> journal -> evolve -> effects.
 *
 * Entry points: `open` (claim and recover), `submit` (an input in, its reply out once durable), `read` (durable state).
 *
 * Invariants:
 *  1. One append is outstanding at most. Inputs that come meanwhile wait and are decided together.
 *  2. Replies, readings, effects and events leave only after the append they rest on is durable; cancels alone go at once.
 *  3. After anything but `durable`, the state is folded anew from the journal before the next decision.
 */
import type { OrderId } from '../core/ids.ts';
import { payloadOf } from '../core/portfolio/codec.ts';
import { decide, type Input, type Reply } from '../core/portfolio/decide.ts';
import { Draft, type Effect } from '../core/portfolio/draft.ts';
import type { PortfolioEvent } from '../core/portfolio/events.ts';
import { initialState, type PortfolioState } from '../core/portfolio/state.ts';
import type { Move } from '../core/reconcile/moves.ts';
import type { AppendResult } from '../journal/journal.ts';
import { ClockSteps } from './clock-steps.ts';
import { EngineUnavailable, KeyTaken } from './desk.ts';
import { JournalHealth, STALL_MS, type JournalTrouble, MAX_LOSSES, MAX_REFUSALS } from './journal-health.ts';
import {
  canceledBy,
  Inbox,
  isPlacement,
  type InboxItem,
  type InboxLane,
  type InputFacts,
  type PlacementLane,
} from './inbox.ts';
import { MoveListeners } from './move-listeners.ts';
import { placedUnder } from './placed-under.ts';
import { project } from './projection.ts';
import { describeInput, recordRefused } from './record-refused.ts';
import { recover, Snapshots } from './recovery.ts';
import { WaitingReaders } from './waiting-readers.ts';
import { Withdrawals, withdrawnOutcome } from './withdrawals.ts';
import type { WriterOptions } from './writer-options.ts';

/** Inputs of ours decided in one append. */
const MAX_BATCH = 512;

interface Decided {
  readonly item: InboxItem;
  readonly reply: Reply;
}

const STOPPING = new EngineUnavailable('recovering', 'the service is stopping', 1_000);

/** `fenced`: another node owns the portfolio, whether it has taken it over or was there before us. */
type Phase = 'closed' | 'recovering' | 'open' | 'fenced';

export class PortfolioWriter {
  readonly #options: WriterOptions;
  readonly #inbox = new Inbox();
  #state: PortfolioState = initialState();
  #seq = 0;
  #epoch = 0;
  #phase: Phase = 'closed';
  #pumping = false;
  readonly #health: JournalHealth;
  /** Whether the state holds decisions that are not durable: until an append succeeds, or the state is folded anew. */
  #isAhead = false;
  readonly #readers: WaitingReaders;
  readonly #snapshots: Snapshots;
  readonly #clockSteps: ClockSteps;
  readonly #moves = new MoveListeners();
  readonly #withdrawals = new Withdrawals(this.#inbox);
  /** Set by a broken assertion; new risk is refused until a restart, cancels still work. */
  #halted: string | null = null;

  constructor(options: WriterOptions) {
    this.#options = options;
    this.#health = new JournalHealth(options.clock);
    this.#readers = new WaitingReaders(options.clock, STALL_MS);
    this.#snapshots = new Snapshots(options);
    this.#clockSteps = new ClockSteps(options.clock);
  }

  get isOpen(): boolean {
    return this.#phase === 'open';
  }

  get seq(): number {
    return this.#seq;
  }

  /** The state as decided so far, durable or not. For executing effects and for cancels; answers go through `read`. */
  get state(): PortfolioState {
    return this.#state;
  }

  get halted(): string | null {
    return this.#halted;
  }

  /** Calls `listener` with every execution and account record that is booked, durable or not, until the returned call. */
  onMove(listener: (move: Move) => void): () => void {
    return this.#moves.add(listener);
  }

  /** Whether the journal takes nothing now: new orders are refused, and cancels are kept in the emergency log. */
  get isStalled(): boolean {
    return this.#health.trouble !== null;
  }

  /** Since when, and why, the journal has taken nothing; null while it does. */
  get journalTrouble(): JournalTrouble | null {
    return this.#health.trouble;
  }

  /**
   * Claims the portfolio and folds its journal. Resolves with null once open, or with how long to wait for its owner.
   */
  async open(): Promise<number | null> {
    const { journal, portfolioId, node, clock } = this.#options;
    await journal.createPortfolio(portfolioId);
    const claim = await journal.claim(portfolioId, node, clock.now());
    if (claim.kind === 'owned_elsewhere') {
      this.#phase = 'fenced';
      return claim.retryAfterMs;
    }
    this.#phase = 'recovering';
    this.#epoch = claim.epoch;
    await this.#reload();
    this.#clockSteps.startFrom(this.#state);
    this.#phase = 'open';
    this.#pump();
    return null;
  }

  /** Stops deciding. Inputs that wait are rejected; an append under way is waited for. */
  async close(): Promise<void> {
    const wasOpen = this.#phase === 'open';
    this.#phase = 'closed';
    this.#rejectAll(STOPPING);
    if (wasOpen) {
      await this.#settled();
      this.#rejectAll(STOPPING);
      await this.#snapshots.settled();
      // A node that was fenced meanwhile has decisions in its state that were never journaled: they must not outlive it.
      if (!this.#isAhead) await this.#snapshots.save(this.#state, this.#seq);
      await this.#options.journal.release(this.#options.portfolioId);
    }
  }

  /** Resolves once no append is outstanding, however long that takes. */
  #settled(): Promise<void> {
    return new Promise((resolve) => {
      this.#whenSettled(resolve, () => resolve(this.#settled()));
    });
  }

  /**
   * Takes an input in. Resolves with its reply once everything it led to is durable. A cancel of an order whose placement is
   * not durable yet withdraws it: the order is not sent. An input of the cancel lane must not depend on the moment.
   */
  submit(lane: InboxLane, make: () => Input, known: InputFacts = {}): Promise<Reply> {
    if (isPlacement(lane)) {
      const refusal = this.#intakeRefusal(lane);
      if (refusal !== null) return Promise.reject(refusal);
    }
    if (this.#phase === 'fenced')
      return Promise.reject(new EngineUnavailable('not_owner', 'another node owns this portfolio', 1_000));
    return new Promise<Reply>((resolve, reject) => {
      const arrivedAt = known.since ?? this.#options.clock.monotonic();
      const cancels = lane === 'cancel' ? canceledBy(make()) : null;
      const places = known.places ?? [];
      this.#inbox.add({ lane, make, resolve, reject, arrivedAt, places, cancels, losses: 0, refusals: 0 });
      this.#pump();
    });
  }

  #intakeRefusal(lane: PlacementLane): EngineUnavailable | null {
    const refusal = this.unavailable;
    if (refusal !== null) return refusal;
    const { trouble } = this.#health;
    if (trouble !== null) return new EngineUnavailable('journal_stalled', trouble.detail, 1_000);
    if (!this.#inbox.hasRoomFor(lane))
      return new EngineUnavailable('overloaded', 'too many orders wait to be decided', 500);
    return null;
  }

  /** Why this node cannot act for the portfolio now; null when it can. */
  get unavailable(): EngineUnavailable | null {
    switch (this.#phase) {
      case 'fenced':
        return new EngineUnavailable('not_owner', 'another node owns this portfolio', 1_000);
      case 'closed':
      case 'recovering':
        return new EngineUnavailable('recovering', 'the portfolio is being recovered', 1_000);
      case 'open':
        return null;
    }
  }

  /** Throws `EngineUnavailable` when this node cannot act for the portfolio now. */
  requireOpen(): void {
    const refusal = this.unavailable;
    if (refusal !== null) throw refusal;
  }

  /**
   * Runs `reading` on durable state, as soon as no append is outstanding. Rejects when this node cannot act for the
   * portfolio, or the journal stalls.
   */
  read<Value>(reading: (state: PortfolioState, seq: number) => Value): Promise<Value> {
    const refusal = this.unavailable;
    if (refusal !== null) return Promise.reject(refusal);
    if (this.#health.isSilent)
      return Promise.reject(new EngineUnavailable('journal_stalled', 'the journal does not answer', 1_000));
    return new Promise<Value>((resolve, reject) => {
      const run = (): void => {
        try {
          const lateRefusal = this.unavailable;
          if (lateRefusal !== null) throw lateRefusal;
          resolve(reading(this.#state, this.#seq));
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      };
      this.#whenSettled(run, reject);
    });
  }

  /** Runs `run` once nothing is outstanding; a reader who waits longer than a stall may last is rejected. */
  #whenSettled(run: () => void, reject: (error: EngineUnavailable) => void): void {
    if (this.#isAhead) this.#readers.add(run, reject);
    else run();
  }

  #pump(): void {
    if (this.#pumping || this.#phase !== 'open' || this.#inbox.isEmpty) return;
    this.#pumping = true;
    void this.#run().finally(() => {
      this.#pumping = false;
      this.#pump();
    });
  }

  async #run(): Promise<void> {
    // One round of the microtask queue lets callers that arrived together be decided together.
    await Promise.resolve();
    while (this.#phase === 'open' && !this.#inbox.isEmpty) {
      const batch = this.#inbox.take(MAX_BATCH, this.#options.clock.monotonic());
      await this.#decideAndAppend(batch);
      await this.#health.pauseAfterLosses();
    }
  }

  async #decideAndAppend(batch: readonly InboxItem[]): Promise<void> {
    const { clock } = this.#options;
    const draft = new Draft(this.#state, clock.now());
    const decided: Decided[] = [];
    this.#isAhead = true;
    const stepMs = this.#clockSteps.stepAt(draft.at);
    if (stepMs !== 0) this.#noteClockStep(draft, stepMs);
    for (const item of batch) {
      try {
        decided.push({ item, reply: decide(draft, item.make(), this.#options.settingOf) });
      } catch (error) {
        await this.#recoverFromBug(
          item,
          batch.filter((other) => other !== item),
          error,
        );
        return;
      }
    }
    this.#moves.report(this.#state, draft.events);
    this.#withdrawals.expect(draft.effects);
    // Effects that get a trader out do not wait for the disk.
    this.#options.onEffects(draft.effects.filter(leavesAtOnce));
    if (draft.events.length === 0) this.#isAhead = false;
    else if (!(await this.#append(draft, decided))) return;
    this.#clockSteps.settle();
    for (const { item, reply } of decided) item.resolve(reply);
    const { leaving, withdrawn } = this.#withdrawals.settle(draft.effects);
    for (const orderId of withdrawn) this.#endWithdrawn(orderId);
    this.#options.onEffects(leaving.filter((effect) => !leavesAtOnce(effect)));
  }

  /** Behind the cancel, which waits already. */
  #endWithdrawn(orderId: OrderId): void {
    this.submit('outcome', () => withdrawnOutcome(this.#state, orderId)).catch((error: unknown) => {
      // Nobody sends it: the next fold of the journal finds an attempt without an answer, and it is looked up.
      this.#options.log.warn({ orderId, error }, 'a withdrawn order could not be ended');
    });
  }

  #noteClockStep(draft: Draft, stepMs: number): void {
    this.#options.log.warn(
      { portfolioId: this.#options.portfolioId, stepMs },
      'the wall clock was set; windows go on by the time that has passed',
    );
    decide(draft, { type: 'clock_stepped', stepMs }, this.#options.settingOf);
  }

  /** Whether the send of an order is not durable yet: a cancel that comes now withdraws it, and it never leaves. */
  isWithdrawable(orderId: OrderId): boolean {
    return this.#withdrawals.has(orderId);
  }

  /** True when the draft is durable. Otherwise the state is folded anew, and the batch is rejected or queued again. */
  async #append(draft: Draft, decided: readonly Decided[]): Promise<boolean> {
    const { journal, portfolioId } = this.#options;
    const batch = decided.map(({ item }) => item);
    const records = draft.events.map((event) => ({
      at: draft.at,
      type: event.type,
      payload: payloadOf(event),
    }));
    const dated = draft.events.map((event) => ({ at: draft.at, event }));
    const changes = [...project(dated, this.#state), ...this.#options.observations()];
    let result: AppendResult;
    try {
      result = await this.#health.watched(
        () =>
          journal.append({
            portfolioId,
            epoch: this.#epoch,
            expectedSeq: this.#seq,
            records,
            changes,
          }),
        () => this.#rejectOrders(),
      );
    } catch (error) {
      // The journal rejects these events themselves: they, not the database, are at fault.
      await this.#reload();
      await this.#isolate(batch, async (culprit) => {
        await this.#haltFor(error);
        culprit.reject(new EngineUnavailable('halted', this.#halted ?? '', 60_000));
      });
      return false;
    }
    return this.#settleAppend(result, draft, decided);
  }

  async #settleAppend(result: AppendResult, draft: Draft, decided: readonly Decided[]): Promise<boolean> {
    const batch = decided.map(({ item }) => item);
    const { portfolioId, log } = this.#options;
    switch (result.kind) {
      case 'durable': {
        const first = this.#seq + 1;
        this.#seq = result.seq;
        this.#isAhead = false;
        this.#health.noteDurable();
        this.#readers.release();
        this.#emitDurable(draft, first);
        this.#snapshots.saveIfDue(this.#state, this.#seq);
        return true;
      }
      case 'lost':
        log.warn(
          { portfolioId, detail: result.detail, inputs: batch.length },
          'an append was lost; its inputs are decided again',
        );
        this.#health.noteLost(result.detail);
        await this.#reload();
        this.#putBack(batch, new EngineUnavailable('journal_stalled', result.detail, 1_000));
        return false;
      case 'refused':
        await this.#reload();
        await this.#isolate(batch, (culprit) => this.#refuse(culprit, draft.events, result.detail));
        return false;
      case 'duplicate_key': {
        // The read model knows the key although memory did not: the caller's next look finds the first order.
        const culprit = decided.find(({ reply }) => placedUnder(result.key, reply, draft.events));
        log.warn(
          { portfolioId, key: result.key },
          'an idempotency key was taken already; deciding the others again',
        );
        await this.#reload();
        culprit?.item.reject(new KeyTaken());
        this.#putBack(
          batch.filter((item) => item !== culprit?.item),
          new EngineUnavailable('recovering', 'ask again', 200),
        );
        return false;
      }
      case 'fenced':
        this.#phase = 'fenced';
        log.error({ portfolioId, epoch: this.#epoch }, 'another node has taken this portfolio over');
        for (const item of batch)
          item.reject(new EngineUnavailable('not_owner', 'another node owns this portfolio', 1_000));
        this.#rejectAll(new EngineUnavailable('not_owner', 'another node owns this portfolio', 1_000));
        this.#readers.release();
        this.#options.onFenced();
        return false;
    }
  }

  /**
   * Finds the one input of a refused batch that is at fault: each half is decided and journaled by itself. `onFound` is called
   * with an input that was alone.
   */
  async #isolate(
    batch: readonly InboxItem[],
    onFound: (culprit: InboxItem) => Promise<void> | void,
  ): Promise<void> {
    const [only] = batch;
    this.#readers.release();
    if (only !== undefined && batch.length === 1) return onFound(only);
    const middle = Math.ceil(batch.length / 2);
    const second = batch.slice(middle);
    this.#withdrawals.hold(second);
    await this.#decideAndAppend(batch.slice(0, middle));
    this.#withdrawals.release(second);
    if (this.#phase === 'open') await this.#decideAndAppend(second);
    else for (const item of second) item.reject(this.unavailable ?? STOPPING);
  }

  /** The journal refuses what an input leads to, and would again: it is answered so, and everything else goes on. */
  #refuse(culprit: InboxItem, events: readonly PortfolioEvent[], detail: string): void {
    culprit.refusals += 1;
    if (culprit.refusals < MAX_REFUSALS) {
      this.#inbox.putBack([culprit]);
      return;
    }
    const { portfolioId, log } = this.#options;
    log.error(
      { portfolioId, ...describeInput(culprit, events), detail },
      'the journal refuses the records of an input, which is given up',
    );
    culprit.reject(recordRefused(culprit, events, detail));
  }

  #putBack(batch: readonly InboxItem[], tooOften: EngineUnavailable): void {
    const again: InboxItem[] = [];
    for (const item of batch) {
      item.losses += 1;
      // An order that has waited for the journal is not placed late, when its caller may have given it up.
      const isLate = this.#options.clock.monotonic() - item.arrivedAt > STALL_MS;
      if (isPlacement(item.lane) && (isLate || item.losses > MAX_LOSSES)) item.reject(tooOften);
      else again.push(item);
    }
    this.#inbox.putBack(again);
    this.#readers.release();
  }

  #emitDurable(draft: Draft, first: number): void {
    this.#options.onDurable({
      portfolioId: this.#options.portfolioId,
      events: draft.events.map((event: PortfolioEvent, index) => ({
        seq: first + index,
        at: draft.at,
        event,
      })),
    });
  }

  async #recoverFromBug(culprit: InboxItem, others: readonly InboxItem[], error: unknown): Promise<void> {
    await this.#haltFor(error);
    this.#inbox.putBack(others);
    culprit.reject(new EngineUnavailable('halted', this.#halted ?? '', 60_000));
  }

  /** Stops taking new risk for good; cancels and venue reports go on from the journaled state. */
  async #haltFor(error: unknown): Promise<void> {
    const cause = error instanceof Error ? error : new Error(String(error));
    this.#options.log.error(
      { portfolioId: this.#options.portfolioId, error: cause },
      'a broken assertion halts this portfolio',
    );
    this.#halted = `halted by a broken assertion: ${cause.message}`;
    await this.#reload();
    this.#readers.release();
  }

  /** Folds the state anew: decisions that are not durable are gone from it. */
  async #reload(): Promise<void> {
    const { state, seq, snapshotSeq } = await this.#health.watched(
      () => recover(this.#options),
      () => this.#rejectOrders(),
    );
    this.#state = state;
    this.#seq = seq;
    this.#isAhead = false;
    this.#snapshots.startFrom(snapshotSeq);
  }

  #rejectOrders(): void {
    const stalled = new EngineUnavailable(
      'journal_stalled',
      'the journal does not answer; nothing was journaled',
      1_000,
    );
    for (const item of this.#inbox.takePlacements()) item.reject(stalled);
  }

  #rejectAll(error: EngineUnavailable): void {
    for (const item of this.#inbox.takeAll()) item.reject(error);
  }
}

/** Whether an effect does not wait for the journal: what gets a trader out. */
function leavesAtOnce(effect: Effect): boolean {
  return effect.type === 'annul' || (effect.type === 'cancel' && effect.onceDurable !== true);
}
