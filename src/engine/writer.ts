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
import type { OrderId, PortfolioId } from '../core/ids.ts';
import { keysOf } from '../core/order/order.ts';
import type { SettingOf } from '../core/order/fills.ts';
import { payloadOf } from '../core/portfolio/codec.ts';
import { decide, type Input, type Reply } from '../core/portfolio/decide.ts';
import { Draft, type Effect } from '../core/portfolio/draft.ts';
import type { PortfolioEvent } from '../core/portfolio/events.ts';
import { initialState, type PortfolioState } from '../core/portfolio/state.ts';
import { moveOf, type Move } from '../core/reconcile/moves.ts';
import type { AppendResult, Journal, ReadModelChange } from '../journal/journal.ts';
import type { Clock } from './clock.ts';
import { ClockSteps } from './clock-steps.ts';
import { EngineUnavailable, type DurableEvents } from './desk.ts';
import { Inbox, type InboxItem, type InboxLane } from './inbox.ts';
import type { Log } from './log.ts';
import { project } from './projection.ts';
import { recover, Snapshots } from './recovery.ts';
import { WaitingReaders } from './waiting-readers.ts';

/** Inputs of ours decided in one append. */
const MAX_BATCH = 512;
/** An append that takes longer stops the intake of new orders. */
const STALL_MS = 2_000;
const MAX_LOSSES = 5;

export interface WriterOptions {
  readonly portfolioId: PortfolioId;
  readonly node: string;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly log: Log;
  readonly settingOf: SettingOf;
  /** Called with effects that may go out now. */
  readonly onEffects: (effects: readonly Effect[]) => void;
  readonly onDurable: (durable: DurableEvents) => void;
  /** Observations to be written with the next append; lost with it if it is lost. */
  readonly observations: () => readonly ReadModelChange[];
  /** Another node owns the portfolio now. */
  readonly onFenced: () => void;
}

interface Decided {
  readonly item: InboxItem;
  readonly reply: Reply;
}

/** Whether a reply is of the order that was journaled under an idempotency key. */
function placedUnder(key: string, reply: Reply, events: readonly PortfolioEvent[]): boolean {
  return events.some(
    (event) =>
      (event.type === 'order_accepted' || event.type === 'order_denied') &&
      keysOf(event.request).includes(key) &&
      orderIdsIn(reply).includes(event.request.orderId),
  );
}

function orderIdsIn(reply: Reply): readonly OrderId[] {
  const answers = reply.kind === 'placed_all' ? reply.replies : [reply];
  return answers.flatMap((answer) =>
    'orderId' in answer && answer.orderId !== null ? [answer.orderId] : [],
  );
}

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
  #appendStartedAt: number | null = null;
  /** Whether the state holds decisions that are not durable: until an append succeeds, or the state is folded anew. */
  #isAhead = false;
  readonly #readers: WaitingReaders;
  readonly #snapshots: Snapshots;
  readonly #clockSteps: ClockSteps;
  readonly #moveListeners = new Set<(move: Move) => void>();
  /** Set by a broken assertion; new risk is refused until a restart, cancels still work. */
  #halted: string | null = null;

  constructor(options: WriterOptions) {
    this.#options = options;
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
    this.#moveListeners.add(listener);
    return () => this.#moveListeners.delete(listener);
  }

  /** Whether an append has waited for the journal longer than trading may wait. */
  get isStalled(): boolean {
    return (
      this.#appendStartedAt !== null && this.#options.clock.monotonic() - this.#appendStartedAt > STALL_MS
    );
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
    this.#rejectAll(new EngineUnavailable('recovering', 'the service is stopping', 1_000));
    if (wasOpen) {
      await this.#settled();
      this.#rejectAll(new EngineUnavailable('recovering', 'the service is stopping', 1_000));
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
   * Takes an input in. Resolves with its reply once everything it led to is durable. `since` is when it came to us (our
   * monotonic clock), if not just now.
   */
  submit(lane: InboxLane, make: () => Input, since?: number): Promise<Reply> {
    if (lane === 'place') {
      const refusal = this.#intakeRefusal();
      if (refusal !== null) return Promise.reject(refusal);
    }
    if (this.#phase === 'fenced')
      return Promise.reject(new EngineUnavailable('not_owner', 'another node owns this portfolio', 1_000));
    return new Promise<Reply>((resolve, reject) => {
      const arrivedAt = since ?? this.#options.clock.monotonic();
      this.#inbox.add({ lane, make, resolve, reject, arrivedAt, losses: 0 });
      this.#pump();
    });
  }

  #intakeRefusal(): EngineUnavailable | null {
    const refusal = this.unavailable;
    if (refusal !== null) return refusal;
    if (this.isStalled) return new EngineUnavailable('journal_stalled', 'the journal does not answer', 1_000);
    if (!this.#inbox.hasRoomForOrders)
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
    if (this.isStalled)
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
    this.#reportMoves(draft.events);
    // Effects that get a trader out do not wait for the disk.
    this.#options.onEffects(
      draft.effects.filter((effect) => effect.type === 'cancel' || effect.type === 'annul'),
    );
    if (draft.events.length === 0) this.#isAhead = false;
    else if (!(await this.#append(draft, decided))) return;
    this.#clockSteps.settle();
    for (const { item, reply } of decided) item.resolve(reply);
    this.#options.onEffects(
      draft.effects.filter((effect) => effect.type !== 'cancel' && effect.type !== 'annul'),
    );
  }

  #noteClockStep(draft: Draft, stepMs: number): void {
    this.#options.log.warn(
      { portfolioId: this.#options.portfolioId, stepMs },
      'the wall clock was set; windows go on by the time that has passed',
    );
    decide(draft, { type: 'clock_stepped', stepMs }, this.#options.settingOf);
  }

  #reportMoves(events: readonly PortfolioEvent[]): void {
    if (this.#moveListeners.size === 0) return;
    for (const event of events) {
      const move = moveOf(this.#state, event);
      if (move !== null) for (const listener of this.#moveListeners) listener(move);
    }
  }

  /** True when the draft is durable. Otherwise the state is folded anew, and the batch is rejected or queued again. */
  async #append(draft: Draft, decided: readonly Decided[]): Promise<boolean> {
    const { journal, portfolioId, clock } = this.#options;
    const records = draft.events.map((event) => ({
      at: draft.at,
      type: event.type,
      payload: payloadOf(event),
    }));
    const dated = draft.events.map((event) => ({ at: draft.at, event }));
    const changes = [...project(dated, this.#state), ...this.#options.observations()];
    this.#appendStartedAt = clock.monotonic();
    const cancelStallWatch = clock.after(STALL_MS + 1, () => this.#rejectOrders());
    let result: AppendResult;
    try {
      result = await journal.append({
        portfolioId,
        epoch: this.#epoch,
        expectedSeq: this.#seq,
        records,
        changes,
      });
    } catch (error) {
      // The journal rejects these events themselves: they, not the database, are at fault.
      await this.#haltFor(error);
      for (const { item } of decided)
        item.reject(new EngineUnavailable('halted', this.#halted ?? '', 60_000));
      return false;
    } finally {
      cancelStallWatch();
      this.#appendStartedAt = null;
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
        await this.#reload();
        this.#putBack(batch, new EngineUnavailable('journal_stalled', result.detail, 1_000));
        return false;
      case 'duplicate_key': {
        // The read model knows the key although memory did not: the caller's next look finds the first order.
        const culprit = decided.find(({ reply }) => placedUnder(result.key, reply, draft.events));
        log.warn(
          { portfolioId, key: result.key },
          'an idempotency key was taken already; deciding the others again',
        );
        await this.#reload();
        culprit?.item.reject(new EngineUnavailable('recovering', 'this key was used before; ask again', 200));
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

  #putBack(batch: readonly InboxItem[], tooOften: EngineUnavailable): void {
    const again: InboxItem[] = [];
    for (const item of batch) {
      item.losses += 1;
      // An order that has waited for the journal is not placed late, when its caller may have given it up.
      const isLate = this.#options.clock.monotonic() - item.arrivedAt > STALL_MS;
      if (item.lane === 'place' && (isLate || item.losses > MAX_LOSSES)) item.reject(tooOften);
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
    const { state, seq, snapshotSeq } = await recover(this.#options);
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
    for (const item of this.#inbox.takeLane('place')) item.reject(stalled);
  }

  #rejectAll(error: EngineUnavailable): void {
    for (const item of this.#inbox.takeAll()) item.reject(error);
  }
}
