/** The wait of a start for a process that is slow, or stuck: on each side of its bounds. */
import { describe, expect, it } from 'vitest';
import { READY_WITHIN_MS, STEP_WITHIN_MS, StartupWait, REPORTED_EVERY_MS } from './startup-wait.ts';

describe('a start waits for a slow process', () => {
  it('as long as it takes a step in time', () => {
    const wait = new StartupWait('reading its program', 0);
    expect(wait.overdue(STEP_WITHIN_MS - 1)).toBeNull();
    expect(wait.overdue(STEP_WITHIN_MS)).toBe(
      'not ready: reading its program for 120 s without a further step',
    );
    wait.note('opening binance', STEP_WITHIN_MS - 1);
    expect(wait.overdue(2 * STEP_WITHIN_MS - 2)).toBeNull();
    expect(wait.overdue(2 * STEP_WITHIN_MS - 1)).toContain('opening binance');
  });

  it('no longer than for all steps together', () => {
    const wait = new StartupWait('reading its program', 0);
    for (let at = 0; at < READY_WITHIN_MS; at += 60_000) wait.note(`step ${at}`, at);
    expect(wait.overdue(READY_WITHIN_MS - 1)).toBeNull();
    expect(wait.overdue(READY_WITHIN_MS)).toBe('not ready after 600 s, at last step 540000');
  });

  it('and takes the first steps of one that is started again for no progress', () => {
    const wait = new StartupWait('reading its program', 0);
    for (let at = 0; at < STEP_WITHIN_MS; at += 10_000) wait.note('opening binance', at);
    expect(wait.overdue(STEP_WITHIN_MS)).toContain('opening binance');
  });

  it('and says now and then what it waits for', () => {
    const wait = new StartupWait('reading its program', 0);
    expect(
      [REPORTED_EVERY_MS - 1, REPORTED_EVERY_MS, REPORTED_EVERY_MS + 1].map((at) => wait.reportsNow(at)),
    ).toEqual([false, true, false]);
  });
});
