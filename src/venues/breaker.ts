/**
 * The circuit breaker of one account at one venue.
 *
 * Entry point: `VenueBreaker`; the gateway asks `allowsNewRisk` before it sends.
 *
 * Invariants:
 *  1. Only reads feed it: an unknown create says nothing of the venue that a harmless read would not say better.
 *  2. Reads go out while it is open, or nothing could be looked up; only new risk is refused.
 *  3. It closes by a probe of its own, without other traffic.
 */
import type { Scheduler } from './platform.ts';

export interface BreakerOptions {
  readonly scheduler: Scheduler;
  /** Failed reads in a row that open it. */
  readonly failures: number;
  /** How long it stays open before one read may close it. */
  readonly halfOpenAfterMs: number;
  /** A harmless read that reports to `observe`; run by itself while open, so that closing needs no other traffic. */
  readonly probe: () => Promise<void>;
}

export const DEFAULT_BREAKER = { failures: 5, halfOpenAfterMs: 5_000 } as const;

export class VenueBreaker {
  readonly #options: BreakerOptions;
  /** Failed reads in a row while it is closed. */
  #failures = 0;
  /** When it was opened last, monotonic; null while it is closed. */
  #openedAt: number | null = null;
  #stopTimer: (() => void) | undefined;
  #probing = false;
  #ended = false;

  constructor(options: BreakerOptions) {
    this.#options = options;
  }

  /** `half_open`: it has been open for long enough that the next read decides. */
  get state(): 'closed' | 'half_open' | 'open' {
    if (this.#openedAt === null) return 'closed';
    const { halfOpenAfterMs, scheduler } = this.#options;
    return scheduler.monotonic() - this.#openedAt >= halfOpenAfterMs ? 'half_open' : 'open';
  }

  allowsNewRisk(): boolean {
    return this.state === 'closed';
  }

  /** Feeds the outcome of one read that was carried out. */
  observe(outcome: 'healthy' | 'failing'): void {
    switch (this.state) {
      case 'closed':
        this.#failures = outcome === 'failing' ? this.#failures + 1 : 0;
        if (this.#failures >= this.#options.failures) this.#open();
        return;
      case 'half_open':
        if (outcome === 'failing') this.#open();
        else this.#close();
        return;
      case 'open':
        // Not yet due for a trial: this read counts neither way.
        return;
    }
  }

  /** Runs one harmless read now, unless one is under way. */
  probe(): void {
    if (this.#probing || this.#ended) return;
    this.#probing = true;
    void this.#options.probe().finally(() => {
      this.#probing = false;
      if (this.state !== 'closed') this.#probeLater();
    });
  }

  /** Ends its probes. */
  close(): void {
    this.#ended = true;
    this.#stopTimer?.();
  }

  #open(): void {
    this.#openedAt = this.#options.scheduler.monotonic();
    this.#probeLater();
  }

  #close(): void {
    this.#openedAt = null;
    this.#failures = 0;
  }

  #probeLater(): void {
    if (this.#ended) return;
    const { halfOpenAfterMs, scheduler } = this.#options;
    this.#stopTimer?.();
    this.#stopTimer = scheduler.after(halfOpenAfterMs + 1, () => {
      this.probe();
    });
  }
}
