/**
 * Steady time: the recorded wall-clock time less every step by which the wall clock was set. Windows are counted on it.
 *
 * Entry points: `steadyTimeOf`, `sendDeadlineOf`, `newestTimeOf`. Invariant: records keep the wall clock's time; steady time follows
 * from them and from the `clock_stepped` records among them, and goes neither back nor ahead when the clock is set.
 */
import type { TimeMs } from '../ids.ts';
import type { Order } from '../order/order.ts';
import type { PortfolioState } from './state.ts';

/** The steady time at the wall clock's `at`, which must be later than the last recorded step. */
export function steadyTimeOf({ clockStepsMs }: Pick<PortfolioState, 'clockStepsMs'>, at: TimeMs): TimeMs {
  return at - clockStepsMs;
}

/** The time of the wall clock, as it is set now, from which on the order is not sent any more. */
export function sendDeadlineOf(
  { clockStepsMs }: Pick<PortfolioState, 'clockStepsMs'>,
  { countedFrom, sendWithinMs }: Pick<Order, 'countedFrom' | 'sendWithinMs'>,
): TimeMs {
  return countedFrom + sendWithinMs + clockStepsMs;
}

/** The newest time of the wall clock that the state holds; null where it holds none. A clock behind it has been set back. */
export function newestTimeOf(state: PortfolioState): TimeMs | null {
  let newest = state.formerEquity?.at ?? null;
  const note = (at: TimeMs): void => {
    if (newest === null || at > newest) newest = at;
  };
  for (const { at } of state.equity.values()) note(at);
  for (const times of [state.recentAcceptances, ...state.acceptancesOfMode.values()]) {
    const accepted = times.at(-1);
    if (accepted !== undefined) note(accepted + state.clockStepsMs);
  }
  for (const orders of [state.unfinished, state.finished])
    for (const { updatedAt } of orders.values()) note(updatedAt);
  return newest;
}
