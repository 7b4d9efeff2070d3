import { describe, expect, it } from 'vitest';
import { decimal } from '../core/decimal.ts';
import { ACCOUNT, Desk } from '../core/testing/fixture.ts';
import { ComparisonPace, IDLE_PAPER_INTERVAL_MS, INTERVAL_MS } from './comparison-pace.ts';

/** The time until the next comparison is asked for, in whole intervals or steps of `stepMs`. */
function paced(desk: Desk) {
  const timer: { due: number; run: () => void } = { due: 0, run: () => undefined };
  const now = { ms: 0 };
  const executor = { activity: 0 };
  let asked = 0;
  const pace = new ComparisonPace(
    {
      accountId: ACCOUNT,
      clock: {
        now: () => desk.at,
        monotonic: () => now.ms,
        after: (delayMs, run) => {
          Object.assign(timer, { due: now.ms + delayMs, run });
          return () => undefined;
        },
      },
      effectExecutor: executor,
      isBehind: () => false,
      state: () => desk.state,
    },
    () => (asked += 1),
  );
  /** Ends a comparison and gives how long the next one is waited for; `meanwhile` runs after the first timer is set. */
  const waitAfter = (isDone: boolean, meanwhile: () => void = () => undefined): number => {
    const before = asked;
    const endedAt = now.ms;
    pace.ended(isDone);
    meanwhile();
    const isAsked = (): boolean => asked !== before;
    while (!isAsked()) {
      now.ms = timer.due;
      timer.run();
    }
    return now.ms - endedAt;
  };
  return { executor, waitAfter };
}

describe('the next comparison of an account', () => {
  it('waits for a minute where a paper account is idle', () => {
    expect(paced(Desk.funded()).waitAfter(true)).toBe(IDLE_PAPER_INTERVAL_MS);
  });

  it('comes within the ordinary interval once something was sent, ordered or held', () => {
    const desk = Desk.funded();
    const { executor, waitAfter } = paced(desk);
    expect(waitAfter(true, () => (executor.activity += 1))).toBe(INTERVAL_MS);
    const order = desk.open({ quantity: decimal('1') });
    expect(waitAfter(true)).toBe(INTERVAL_MS);
    desk.fill(order, 'bought');
    expect([...desk.state.unfinished.values()]).toEqual([]);
    expect(waitAfter(true)).toBe(INTERVAL_MS);
  });

  it('comes within the ordinary interval on any account that is not paper', () => {
    const desk = Desk.funded();
    const account = desk.state.accounts.get(ACCOUNT);
    if (account === undefined) expect.fail('the account is not there');
    desk.state.accounts.set(ACCOUNT, { ...account, mode: 'live' });
    expect(paced(desk).waitAfter(true)).toBe(INTERVAL_MS);
  });

  it('comes soon where it is not done, for a number of times', () => {
    const { waitAfter } = paced(Desk.funded());
    const waits = Array.from({ length: 12 }, () => waitAfter(false));
    expect(waits.filter((wait) => wait === 2_000)).toHaveLength(10);
    expect(waits.slice(10)).toEqual([INTERVAL_MS, INTERVAL_MS]);
    waitAfter(true);
    expect(waitAfter(false)).toBe(2_000);
  });
});
