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
import { BrokenCircuitError, CircuitState, ConsecutiveBreaker, circuitBreaker, handleAll } from 'cockatiel';
import type { CircuitBreakerPolicy } from 'cockatiel';

export interface BreakerOptions {
  /** Failed reads in a row that open it. */
  readonly failures: number;
  /** How long it stays open before one read may close it. */
  readonly halfOpenAfterMs: number;
  /** A harmless read that reports to `observe`; run by itself while open, so that closing needs no other traffic. */
  readonly probe: () => Promise<void>;
}

export const DEFAULT_BREAKER = { failures: 5, halfOpenAfterMs: 5_000 } as const;

/** Marks a read as failed to the policy; never leaves this file. */
class FailedRead extends Error {
  override readonly name = 'FailedRead';
}

export class VenueBreaker {
  readonly #policy: CircuitBreakerPolicy;
  readonly #options: BreakerOptions;
  #timer: NodeJS.Timeout | undefined;
  #probing = false;
  #closed = false;

  constructor(options: BreakerOptions) {
    this.#options = options;
    this.#policy = circuitBreaker(handleAll, {
      halfOpenAfter: options.halfOpenAfterMs,
      breaker: new ConsecutiveBreaker(options.failures),
    });
    this.#policy.onBreak(() => {
      this.#probeLater();
    });
  }

  get state(): 'closed' | 'half_open' | 'open' {
    switch (this.#policy.state) {
      case CircuitState.Closed:
        return 'closed';
      case CircuitState.HalfOpen:
        return 'half_open';
      case CircuitState.Open:
      case CircuitState.Isolated:
        return 'open';
    }
  }

  allowsNewRisk(): boolean {
    return this.state === 'closed';
  }

  /** Feeds the outcome of one read that was carried out. */
  async observe(outcome: 'healthy' | 'failing'): Promise<void> {
    try {
      await this.#policy.execute(() => {
        if (outcome === 'failing') throw new FailedRead();
      });
    } catch (error) {
      // Open and not yet due for a trial: this read counts neither way.
      if (!(error instanceof FailedRead) && !(error instanceof BrokenCircuitError)) throw error;
    }
  }

  /** Runs one harmless read now, unless one is under way. */
  probe(): void {
    if (this.#probing || this.#closed) return;
    this.#probing = true;
    void this.#options.probe().finally(() => {
      this.#probing = false;
      if (this.state !== 'closed') this.#probeLater();
    });
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  #probeLater(): void {
    if (this.#closed) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.probe();
    }, this.#options.halfOpenAfterMs + 1);
    this.#timer.unref();
  }
}
