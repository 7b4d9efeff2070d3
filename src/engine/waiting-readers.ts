/**
 * Readings of durable state that wait for the append under way.
 *
 * Entry point: `WaitingReaders`. Invariant: a reading runs in order of arrival, or is rejected with `journal_stalled` once it
 * has waited longer than a stall may last.
 */
import type { Clock } from './clock.ts';
import { EngineUnavailable } from './desk.ts';

interface Reader {
  readonly run: () => void;
  readonly reject: (error: EngineUnavailable) => void;
  /** Our monotonic clock when the reading was requested. */
  readonly since: number;
}

export class WaitingReaders {
  readonly #clock: Clock;
  readonly #stallMs: number;
  /** In order of arrival. */
  #readers: Reader[] = [];
  #stopWatch: (() => void) | null = null;

  constructor(clock: Clock, stallMs: number) {
    this.#clock = clock;
    this.#stallMs = stallMs;
  }

  add(run: () => void, reject: (error: EngineUnavailable) => void): void {
    this.#readers.push({ run, reject, since: this.#clock.monotonic() });
    this.#watch();
  }

  /** Runs all that wait: the state holds nothing that is not durable. */
  release(): void {
    const readers = this.#readers;
    this.#readers = [];
    this.#stopWatch?.();
    this.#stopWatch = null;
    for (const { run } of readers) run();
  }

  #watch(): void {
    const [oldest] = this.#readers;
    if (this.#stopWatch !== null || oldest === undefined) return;
    const waitMs = Math.max(0, oldest.since + this.#stallMs + 1 - this.#clock.monotonic());
    this.#stopWatch = this.#clock.after(waitMs, () => {
      this.#stopWatch = null;
      const patientFrom = this.#clock.monotonic() - this.#stallMs;
      const late = this.#readers.filter(({ since }) => since < patientFrom);
      this.#readers = this.#readers.slice(late.length);
      for (const reader of late)
        reader.reject(new EngineUnavailable('journal_stalled', 'the journal does not answer', 1_000));
      this.#watch();
    });
  }
}
