/**
 * Says in the log when a portfolio becomes ready, and when it is not: a start that says that one is not ready yet is followed by the
 * line that it is.
 *
 * Entry point: `watchReadiness`.
 */
import type { Clock } from '../engine/clock.ts';
import type { Desk } from '../engine/desk.ts';
import type { Log } from '../engine/log.ts';

const LOOK_EVERY_MS = 1_000;

export interface ReadinessWatch {
  readonly clock: Clock;
  readonly log: Log;
  readonly desks: () => readonly Pick<Desk, 'portfolioId' | 'ready' | 'journalTrouble'>[];
}

/** Looks now and then every second; the returned function ends it. A portfolio that is ready at the first look is not spoken of. */
export function watchReadiness({ clock, log, desks }: ReadinessWatch): () => void {
  /** Since when each portfolio is not ready, on the monotonic clock. */
  const notReadySince = new Map<string, number>();
  let stopTimer: (() => void) | null = null;
  const look = (): void => {
    stopTimer = clock.after(LOOK_EVERY_MS, look);
    for (const { portfolioId, ready, journalTrouble } of desks()) {
      const since = notReadySince.get(portfolioId);
      const isReady = ready && journalTrouble === null;
      if (isReady && since !== undefined) {
        notReadySince.delete(portfolioId);
        const ms = Math.round(clock.monotonic() - since);
        log.info({ portfolioId, ms }, 'the portfolio is ready: it takes orders');
      } else if (!isReady && since === undefined) {
        notReadySince.set(portfolioId, clock.monotonic());
        log.warn(
          { portfolioId, why: ready ? 'journal_unavailable' : 'not_recovered' },
          'a portfolio is not ready: it takes no orders',
        );
      }
    }
  };
  look();
  return () => stopTimer?.();
}
