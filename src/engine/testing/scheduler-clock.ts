/** The engine's `Clock` on the scheduler that tests of the journal run by. */
import type { VirtualScheduler } from '../../journal/testing/virtual-scheduler.ts';
import type { Clock } from '../clock.ts';

/** A clock that shows the scheduler's time; its timers are the scheduler's callbacks, and can be taken back. */
export function clockOf(scheduler: VirtualScheduler): Clock {
  return {
    now: () => scheduler.now(),
    monotonic: () => scheduler.monotonicMs(),
    after: (delayMs, action) => {
      let isWanted = true;
      scheduler.after(delayMs, () => {
        if (isWanted) action();
      });
      return () => {
        isWanted = false;
      };
    },
  };
}
