/**
 * Virtual time: one queue of events that drives every part of a simulated world.
 *
 * Entry points: `VirtualTime` (the queue), `ProcessGate` (the events of one process, which can be killed or frozen),
 * `clockOf` (the engine's `Clock` of one process), `schedulerOf` (the journal's `Scheduler`).
 *
 * Invariants:
 *  1. Events run one at a time, in order of their time, then of their scheduling; all microtasks an event set off are
 *     done before the next one. So a run is a function of what was scheduled and of nothing else.
 *  2. Events of a gate do not run while it is frozen (they run in order after the thaw), and never once it is dead.
 *  3. An event that the journal schedules belongs to the process whose event is running.
 */
import type { TimeMs } from '../../src/core/ids.ts';
import type { Clock } from '../../src/engine/clock.ts';
import type { Scheduler as GatewayScheduler } from '../../src/venues/platform.ts';
import type { Scheduler } from '../../src/journal/testing/memory-journal.ts';

/** 2026-01-05 12:00 UTC: far from midnight. Worlds that are to pass one begin elsewhere (`loss-setting.ts`). */
export const START_AT: TimeMs = 1_767_614_400_000;

interface QueuedEvent {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
  readonly owner: ProcessGate | null;
  canceled: boolean;
}

/** Most events of one run; more means that something goes round without end. */
const MAX_EVENTS = 2_000_000;

export class VirtualTime {
  readonly #queue = new EventQueue();
  readonly #startAt: TimeMs;
  #now: TimeMs;
  #scheduled = 0;
  #handled = 0;
  #current: ProcessGate | null = null;

  constructor(startAt: TimeMs = START_AT) {
    this.#startAt = startAt;
    this.#now = startAt;
  }

  now(): TimeMs {
    return this.#now;
  }

  /** Milliseconds since the start. */
  elapsed(): number {
    return this.#now - this.#startAt;
  }

  /** How many events have run. */
  get handled(): number {
    return this.#handled;
  }

  /** The process whose event is running; null outside of any. */
  get current(): ProcessGate | null {
    return this.#current;
  }

  /** Runs `run` once, `delayMs` from now, for `owner`; the returned function cancels it. */
  after(delayMs: number, run: () => void, owner: ProcessGate | null): () => void {
    const event: QueuedEvent = {
      at: this.#now + Math.max(0, Math.ceil(delayMs)),
      order: this.#scheduled,
      run,
      owner,
      canceled: false,
    };
    this.#scheduled += 1;
    this.#queue.add(event);
    return () => {
      event.canceled = true;
    };
  }

  /** Runs every event that is due until `until`. */
  async runUntil(until: TimeMs): Promise<void> {
    for (let event = this.#queue.first(); event !== undefined && event.at <= until;) {
      this.#queue.removeFirst();
      await this.#handle(event);
      event = this.#queue.first();
    }
    this.#now = Math.max(this.#now, until);
  }

  async runFor(durationMs: number): Promise<void> {
    await this.runUntil(this.#now + durationMs);
  }

  /** Lets time go on until `done`; throws when that takes longer than `limitMs`. */
  async runWhile(isWaiting: () => boolean, limitMs: number, what: string): Promise<void> {
    const until = this.#now + limitMs;
    while (isWaiting()) {
      const event = this.#queue.first();
      if (event === undefined || event.at > until) throw new Error(`waits for ever: ${what}`);
      this.#queue.removeFirst();
      await this.#handle(event);
    }
  }

  async #handle(event: QueuedEvent): Promise<void> {
    if (event.canceled) return;
    this.#handled += 1;
    if (this.#handled > MAX_EVENTS) throw new Error(`more than ${MAX_EVENTS} events: something goes round`);
    this.#now = Math.max(this.#now, event.at);
    const { owner } = event;
    if (owner !== null && !owner.admits(event)) return;
    this.#current = owner;
    event.run();
    await microtasksDone();
    this.#current = null;
  }
}

/** Resolves when every microtask, and every one that those set off, is done. */
function microtasksDone(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** The events of one process: its timers, and messages that arrive for it. */
export class ProcessGate {
  readonly name: string;
  readonly #time: VirtualTime;
  #state: 'running' | 'frozen' | 'dead' = 'running';
  #waiting: { readonly run: () => void; canceled: boolean }[] = [];
  readonly #onDeath: (() => void)[] = [];
  #thawedAt = Number.NEGATIVE_INFINITY;

  constructor(time: VirtualTime, name: string) {
    this.#time = time;
    this.name = name;
  }

  get isDead(): boolean {
    return this.#state === 'dead';
  }

  get isFrozen(): boolean {
    return this.#state === 'frozen';
  }

  /** When it was last thawed; requests that it takes for under way then may have ended long before. */
  get thawedAt(): number {
    return this.#thawedAt;
  }

  kill(): void {
    this.#state = 'dead';
    this.#waiting = [];
    for (const action of this.#onDeath.splice(0)) action();
  }

  /** Runs `action` when the process dies; the returned function cancels it. */
  onDeath(action: () => void): () => void {
    this.#onDeath.push(action);
    return () => {
      const index = this.#onDeath.indexOf(action);
      if (index >= 0) this.#onDeath.splice(index, 1);
    };
  }

  /** Nothing of this process runs for so long, as after SIGSTOP. */
  freeze(durationMs: number): void {
    if (this.#state !== 'running') return;
    this.#state = 'frozen';
    this.#time.after(durationMs, () => this.#thaw(), null);
  }

  #thaw(): void {
    if (this.#state !== 'frozen') return;
    this.#state = 'running';
    this.#thawedAt = this.#time.now();
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const event of waiting) {
      this.#time.after(0, () => (event.canceled ? undefined : event.run()), this);
    }
  }

  /** Whether an event of this process may run now; one of a frozen process is kept. */
  admits(event: { readonly run: () => void; canceled: boolean }): boolean {
    if (this.#state === 'frozen') this.#waiting.push(event);
    return this.#state === 'running';
  }
}

/** The clock of one process; `skewMs` is how far its wall clock is off now. */
export function clockOf(time: VirtualTime, gate: ProcessGate, skewMs: () => number): Clock {
  return {
    now: () => time.now() + skewMs(),
    monotonic: () => time.elapsed(),
    after: (delayMs, action) => time.after(delayMs, action, gate),
  };
}

/** The clocks and timers of a gateway in one process, by that process's clock. */
export function gatewaySchedulerOf(clock: Clock): GatewayScheduler {
  return {
    ...clock,
    every: (periodMs, action) => {
      let stop = (): void => undefined;
      const schedule = (): void => {
        stop = clock.after(periodMs, () => {
          schedule();
          action();
        });
      };
      schedule();
      return () => stop();
    },
  };
}

/** The journal's view of time. The wall clock is the database's. */
export function schedulerOf(time: VirtualTime): Scheduler {
  return {
    now: () => time.now(),
    monotonicMs: () => time.elapsed(),
    after: (delayMs, run) => {
      time.after(delayMs, run, time.current);
    },
  };
}

/** A binary heap by time, then order of scheduling. */
class EventQueue {
  readonly #heap: QueuedEvent[] = [];

  first(): QueuedEvent | undefined {
    return this.#heap[0];
  }

  add(event: QueuedEvent): void {
    const heap = this.#heap;
    let index = heap.length;
    heap.push(event);
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = heap[parentIndex];
      if (parent === undefined || !isBefore(event, parent)) break;
      heap[index] = parent;
      index = parentIndex;
    }
    heap[index] = event;
  }

  removeFirst(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let index = 0;
    for (;;) {
      let childIndex = 2 * index + 1;
      let child = heap[childIndex];
      if (child === undefined) break;
      const right = heap[childIndex + 1];
      if (right !== undefined && isBefore(right, child)) {
        childIndex += 1;
        child = right;
      }
      if (!isBefore(child, last)) break;
      heap[index] = child;
      index = childIndex;
    }
    heap[index] = last;
  }
}

function isBefore(left: QueuedEvent, right: QueuedEvent): boolean {
  return left.at === right.at ? left.order < right.order : left.at < right.at;
}
