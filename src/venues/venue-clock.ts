/**
 * The venue's clock as seen from ours.
 *
 * Entry points: `VenueClock`. Each sample brackets one reading of the venue's time between two of our monotonic clock; the one
 * with the shortest round trip of the last few wins, because half its length bounds the error. Our wall clock plays no part once
 * there is a sample: it may be set at any time, and lists that are read to a time that has not come, or lifetimes that seem to
 * have passed, would follow it until the next sample.
 */
import type { TimeMs } from '../core/ids.ts';
import type { Scheduler } from './platform.ts';

interface ClockSample {
  /** The venue's clock minus our monotonic one. */
  readonly aheadMs: number;
  readonly roundTripMs: number;
}

/** Enough to outlive one slow round trip, few enough to follow a drifting clock. */
const SAMPLES_KEPT = 5;

export class VenueClock {
  /** Our own clocks. */
  readonly local: Scheduler;
  #samples: ClockSample[] = [];
  #aheadMs: number | null = null;

  constructor(local: Scheduler) {
    this.local = local;
  }

  /** Our own wall clock. */
  localNow(): TimeMs {
    return this.local.now();
  }

  /** The venue's clock now, to the best of our knowledge; equals our wall clock until the first sample. */
  now(): TimeMs {
    if (this.#aheadMs === null) return this.local.now();
    return Math.trunc(this.local.monotonic() + this.#aheadMs);
  }

  /** The venue's clock minus our wall clock, as that stands now. */
  get offsetMs(): number {
    if (this.#aheadMs === null) return 0;
    // Adding zero turns a negative zero into zero.
    return Math.round(this.local.monotonic() + this.#aheadMs - this.local.now()) + 0;
  }

  get measured(): boolean {
    return this.#samples.length > 0;
  }

  /** Takes in one reading: the venue said `venueTime` between `sentAtMs` and `receivedAtMs` of our monotonic clock. */
  record(sentAtMs: number, receivedAtMs: number, venueTime: TimeMs): void {
    const roundTripMs = Math.max(0, receivedAtMs - sentAtMs);
    const aheadMs = venueTime - (sentAtMs + roundTripMs / 2);
    const disagrees = this.#samples.some(
      // Neither bracket reaches the other: the venue's clock was set or ours stood still, and what was measured before is void.
      (sample) => Math.abs(sample.aheadMs - aheadMs) > (sample.roundTripMs + roundTripMs) / 2 + 50,
    );
    this.#samples = [...(disagrees ? [] : this.#samples), { aheadMs, roundTripMs }].slice(-SAMPLES_KEPT);
    this.#aheadMs = this.#samples.reduce((best, sample) =>
      sample.roundTripMs <= best.roundTripMs ? sample : best,
    ).aheadMs;
  }
}
