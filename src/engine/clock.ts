/** Time as the engine sees it: the machine's, or a simulation's. */
import type { TimeMs } from '../core/ids.ts';

export interface Clock {
  /** Wall clock. */
  now(): TimeMs;
  /** Never set back; for leases and durations. */
  monotonic(): number;
  /** Runs `action` once, `delayMs` from now; the returned function cancels it. */
  after(delayMs: number, action: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after: (delayMs, action) => {
    const timer = setTimeout(action, delayMs);
    return () => clearTimeout(timer);
  },
};
