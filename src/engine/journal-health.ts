/**
 * The journal as its writer finds it: whether it answers in time, whether it takes anything, and when it is asked again.
 *
 * Entry point: `JournalHealth`. Times to be shown are of our wall clock, spans are measured on the monotonic one.
 */
import type { TimeMs } from '../core/ids.ts';
import type { Clock } from './clock.ts';

/** An append that takes longer, or appends that are lost for longer, stop the intake of new orders. */
export const STALL_MS = 2_000;
/** How long an append waits that was lost again: doubling from the second loss in a row on, up to a bound. */
export const FIRST_RETRY_MS = 50;
export const LONGEST_RETRY_MS = 2_000;
/** How often the append of an order may be lost before it is refused. */
export const MAX_LOSSES = 5;
/** How often an input that the journal refuses by itself is tried: what came along with it may have been at fault. */
export const MAX_REFUSALS = 2;

/** Since when, and why, the journal has taken nothing. */
export interface JournalTrouble {
  readonly since: TimeMs;
  readonly detail: string;
}

interface Moment {
  readonly at: TimeMs;
  readonly monotonicMs: number;
}

export class JournalHealth {
  readonly #clock: Clock;
  /** When the append or the reading began that is not answered yet. */
  #askedSince: Moment | null = null;
  /** When the append or the reading began that was answered last. */
  #askedLast: Moment | null = null;
  #losingSince: Moment | null = null;
  #losses = 0;
  #detail = '';

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Waits for the journal. `onStall` is called once it takes too long, and the wait goes on. */
  async watched<Value>(work: () => Promise<Value>, onStall: () => void): Promise<Value> {
    this.#askedSince = this.#now();
    const stopWatch = this.#clock.after(STALL_MS + 1, onStall);
    try {
      return await work();
    } finally {
      stopWatch();
      this.#askedLast = this.#askedSince;
      this.#askedSince = null;
    }
  }

  noteDurable(): void {
    this.#losingSince = null;
    this.#losses = 0;
  }

  noteLost(detail: string): void {
    // The journal was in trouble from the moment on at which it was asked in vain.
    this.#losingSince ??= this.#askedLast ?? this.#now();
    this.#losses += 1;
    this.#detail = detail;
  }

  /** A journal that loses one append after another is not asked again at once. */
  async pauseAfterLosses(): Promise<void> {
    if (this.#losses < 2) return;
    const delayMs = Math.min(FIRST_RETRY_MS * 2 ** (this.#losses - 2), LONGEST_RETRY_MS);
    await new Promise<void>((resolve) => {
      this.#clock.after(delayMs, resolve);
    });
  }

  /** Whether an append or a reading has waited for an answer longer than trading may wait. */
  get isSilent(): boolean {
    return this.#isLate(this.#askedSince);
  }

  /** The trouble that keeps new orders out: no answer, or nothing but losses, for longer than trading may wait. */
  get trouble(): JournalTrouble | null {
    // One loss alone, however long it took: the journal has answered since, and the next append says whether it takes anything.
    if (this.#losses > 1 && this.#losingSince !== null && this.#isLate(this.#losingSince))
      return { since: this.#losingSince.at, detail: this.#detail };
    if (this.#askedSince !== null && this.isSilent)
      return { since: this.#askedSince.at, detail: 'the journal does not answer' };
    return null;
  }

  #isLate(since: Moment | null): boolean {
    return since !== null && this.#clock.monotonic() - since.monotonicMs > STALL_MS;
  }

  #now(): Moment {
    return { at: this.#clock.now(), monotonicMs: this.#clock.monotonic() };
  }
}
