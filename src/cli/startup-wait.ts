/**
 * How long a start waits for the process that it depends on: as long as that gets on, and no longer than a bound.
 *
 * Entry point: `StartupWait`. Pure: every call gives it the time.
 */

/** Between two steps of a process that starts, in milliseconds. The longest is to read its program in on a busy machine. */
export const STEP_WITHIN_MS = 120_000;
/** All steps together, in milliseconds. */
export const READY_WITHIN_MS = 600_000;
/** How often a long wait is reported, in milliseconds. */
export const REPORTED_EVERY_MS = 15_000;

export class StartupWait {
  readonly #startedAt: number;
  /** A process that is started again takes its first steps again: those are no progress. */
  readonly #seen = new Set<string>();
  #step: string;
  #stepAt: number;
  #reportedAt: number;

  /** `step` says what is waited for until the first step is noted. Times are monotonic milliseconds. */
  constructor(step: string, now: number) {
    this.#step = step;
    this.#startedAt = now;
    this.#stepAt = now;
    this.#reportedAt = now;
  }

  /** The process has come to this step, which is what is waited for from now on. */
  note(step: string, now: number): void {
    this.#step = step;
    if (this.#seen.has(step)) return;
    this.#seen.add(step);
    this.#stepAt = now;
  }

  /** The step that is waited for. */
  get step(): string {
    return this.#step;
  }

  /** Why the wait is given up; null while it is not. */
  overdue(now: number): string | null {
    if (now - this.#startedAt >= READY_WITHIN_MS)
      return `not ready after ${READY_WITHIN_MS / 1_000} s, at last ${this.#step}`;
    if (now - this.#stepAt >= STEP_WITHIN_MS)
      return `not ready: ${this.#step} for ${STEP_WITHIN_MS / 1_000} s without a further step`;
    return null;
  }

  /** Whether it is time to report again what is waited for. */
  reportsNow(now: number): boolean {
    if (now - this.#reportedAt < REPORTED_EVERY_MS) return false;
    this.#reportedAt = now;
    return true;
  }
}
