/**
 * Steps of the wall clock: finds by how much it was set since the last decision that is durable.
 *
 * Entry point: `ClockSteps`. Invariants:
 *  1. While the process runs, a step is a change of the wall clock against the monotonic clock of `SHORTEST_STEP_MS` or more.
 *  2. Over a restart there is no monotonic clock to compare with: a wall clock behind the newest recorded time was set back.
 *  3. A step is reported again until a decision made with it is durable.
 */
import type { TimeMs } from '../core/ids.ts';
import { newestTimeOf } from '../core/portfolio/steady-time.ts';
import type { PortfolioState } from '../core/portfolio/state.ts';
import type { Clock } from './clock.ts';

/** A smaller difference is the slewing of a clock that is kept in time, and the moment between reading the two clocks. */
export const SHORTEST_STEP_MS = 250;

export class ClockSteps {
  readonly #clock: Pick<Clock, 'now' | 'monotonic'>;
  /** The wall clock less the monotonic one, as of the last durable decision. */
  #settledMs = 0;
  #seenMs = 0;

  constructor(clock: Pick<Clock, 'now' | 'monotonic'>) {
    this.#clock = clock;
  }

  /** The process takes up a recovered state: its newest time has passed, whatever the wall clock says. */
  startFrom(state: PortfolioState): void {
    this.#settledMs = Math.max(this.#clock.now(), newestTimeOf(state) ?? 0) - this.#clock.monotonic();
  }

  /** Milliseconds by which the clock was set, at the wall clock's `at`, which is now; zero where it was not. */
  stepAt(at: TimeMs): number {
    this.#seenMs = at - this.#clock.monotonic();
    const stepMs = Math.round(this.#seenMs - this.#settledMs);
    return Math.abs(stepMs) < SHORTEST_STEP_MS ? 0 : stepMs;
  }

  /** The decisions made since `stepAt` are durable. */
  settle(): void {
    this.#settledMs = this.#seenMs;
  }
}
