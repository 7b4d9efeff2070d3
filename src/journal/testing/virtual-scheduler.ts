/**
 * A virtual clock for tests of things that are written against `Scheduler`.
 *
 * Either step by hand (`runNext`), or let it run by itself (`runByItself`): then the next callback runs whenever the
 * event loop is idle, and virtual time jumps to it, so that a wait of hours costs nothing.
 */
import type { Scheduler } from './memory-journal.ts';

interface Entry {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

export class VirtualScheduler implements Scheduler {
  #now: number;
  readonly #startedAt: number;
  #entries: Entry[] = [];
  #scheduled = 0;
  #timer: NodeJS.Immediate | null = null;
  #byItself = false;

  constructor(startAt = 1_700_000_000_000) {
    this.#now = startAt;
    this.#startedAt = startAt;
  }

  now(): number {
    return this.#now;
  }

  monotonicMs(): number {
    return this.#now - this.#startedAt + 1_000_000;
  }

  after(delayMs: number, run: () => void): void {
    this.#scheduled += 1;
    this.#entries.push({ at: this.#now + Math.max(0, delayMs), order: this.#scheduled, run });
    this.#schedule();
  }

  /** Runs the earliest callback; false when there is none. */
  runNext(): boolean {
    const next = this.#entries.reduce<Entry | null>(
      (least, entry) =>
        least === null || entry.at < least.at || (entry.at === least.at && entry.order < least.order)
          ? entry
          : least,
      null,
    );
    if (next === null) return false;
    this.#entries = this.#entries.filter((entry) => entry !== next);
    this.#now = next.at;
    next.run();
    return true;
  }

  runByItself(): void {
    this.#byItself = true;
    this.#schedule();
  }

  stop(): void {
    this.#byItself = false;
    if (this.#timer !== null) clearImmediate(this.#timer);
    this.#timer = null;
  }

  #schedule(): void {
    if (!this.#byItself || this.#timer !== null || this.#entries.length === 0) return;
    this.#timer = setImmediate(() => {
      this.#timer = null;
      this.runNext();
      this.#schedule();
    });
  }
}
