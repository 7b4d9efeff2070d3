/** Work that goes on after its caller has been answered. */
import type { PortfolioId } from '../core/ids.ts';
import type { Clock } from './clock.ts';
import { EngineUnavailable } from './desk.ts';
import type { Log } from './log.ts';

export class Background {
  readonly #portfolioId: PortfolioId;
  readonly #clock: Clock;
  readonly #log: Log;

  constructor(portfolioId: PortfolioId, clock: Clock, log: Log) {
    this.#portfolioId = portfolioId;
    this.#clock = clock;
    this.#log = log;
  }

  /** Does not wait for the work. A failure is logged, unless the portfolio was closed or fenced meanwhile. */
  run(work: Promise<unknown>): void {
    work.catch((error: unknown) => {
      if (!(error instanceof EngineUnavailable)) {
        this.#log.error({ portfolioId: this.#portfolioId, error }, 'work in the background failed');
      }
    });
  }

  /** The result of the work, or null after `waitMs`; the work then goes on in the background. */
  async unlessLate<Value>(work: Promise<Value>, waitMs: number): Promise<Value | null> {
    let stopTimer = (): void => undefined;
    const late = new Promise<null>((resolve) => {
      stopTimer = this.#clock.after(waitMs, () => resolve(null));
    });
    try {
      const first = await Promise.race([work, late]);
      if (first === null) this.run(work);
      return first;
    } finally {
      stopTimer();
    }
  }
}
