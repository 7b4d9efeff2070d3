/**
 * The venue's clock as seen from ours.
 *
 * Entry points: `VenueClock`. Each sample brackets one reading of the venue's time between two of ours; the one
 * with the shortest round trip of the last few wins, because half its length bounds the error.
 */
import type { TimeMs } from '../core/ids.ts';
import type { Scheduler } from './platform.ts';

interface ClockSample {
  readonly offsetMs: number;
  readonly roundTripMs: number;
}

/** Enough to outlive one slow round trip, few enough to follow a drifting clock. */
const SAMPLES_KEPT = 5;

export class VenueClock {
  /** Our own clocks. */
  readonly local: Scheduler;
  #samples: ClockSample[] = [];
  #offsetMs = 0;

  constructor(local: Scheduler) {
    this.local = local;
  }

  /** Our own wall clock. */
  localNow(): TimeMs {
    return this.local.now();
  }

  /** The venue's clock now, to the best of our knowledge; equals ours until the first sample. */
  now(): TimeMs {
    return Math.trunc(this.local.now() + this.#offsetMs);
  }

  /** Venue clock minus ours. */
  get offsetMs(): number {
    // Adding zero turns a negative zero into zero.
    return Math.round(this.#offsetMs) + 0;
  }

  get measured(): boolean {
    return this.#samples.length > 0;
  }

  /** Takes in one reading: the venue said `venueTime` between `sentAt` and `receivedAt` of our clock. */
  record(sentAt: TimeMs, receivedAt: TimeMs, venueTime: TimeMs): void {
    const roundTripMs = Math.max(0, receivedAt - sentAt);
    const offsetMs = venueTime - (sentAt + roundTripMs / 2);
    const disagrees = this.#samples.some(
      // Neither bracket reaches the other: one of the clocks was set, and what was measured before is void.
      (sample) => Math.abs(sample.offsetMs - offsetMs) > (sample.roundTripMs + roundTripMs) / 2 + 50,
    );
    this.#samples = [...(disagrees ? [] : this.#samples), { offsetMs, roundTripMs }].slice(-SAMPLES_KEPT);
    this.#offsetMs = this.#samples.reduce((best, sample) =>
      sample.roundTripMs <= best.roundTripMs ? sample : best,
    ).offsetMs;
  }
}
