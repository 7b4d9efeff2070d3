/** Readiness on either side of the bound after which a journal that takes nothing is shown. */
import { expect, it } from 'vitest';
import { JournalHealth, STALL_MS } from '../../engine/journal-health.ts';
import { clockOf } from '../../engine/testing/scheduler-clock.ts';
import { VirtualScheduler } from '../../journal/testing/virtual-scheduler.ts';
import { isoTime } from '../fields.ts';
import { readinessOf } from './health.ts';

it('shows a journal that takes nothing once STALL_MS are over, and since when', async () => {
  const scheduler = new VirtualScheduler();
  const clock = clockOf(scheduler);
  const health = new JournalHealth(clock);
  const advance = (spanMs: number): void => {
    const until = scheduler.monotonicMs() + spanMs;
    scheduler.after(spanMs, () => undefined);
    while (scheduler.monotonicMs() < until) scheduler.runNext();
  };
  const desks = () => [
    { ready: true, journalTrouble: null },
    { ready: true, journalTrouble: health.trouble },
  ];
  const startedAt = clock.now();
  // The append itself took its time: the trouble counts from when it was asked.
  await health.watched(
    async () => advance(100),
    () => undefined,
  );
  health.noteLost('no space left on device');
  // Asked again at once, and in vain.
  health.noteLost('no space left on device');
  advance(STALL_MS - 100);
  expect(readinessOf(true, desks())).toEqual({
    ready: true,
    portfolios: { ready: 2, total: 2 },
    journal_unavailable_since: null,
  });
  advance(1);
  expect(readinessOf(true, desks())).toEqual({
    ready: false,
    portfolios: { ready: 1, total: 2 },
    journal_unavailable_since: isoTime(startedAt),
  });
  health.noteDurable();
  expect(readinessOf(true, desks()).ready).toBe(true);
  expect(readinessOf(false, desks()).ready).toBe(false);
});

it('shows the longest trouble of several journals', () => {
  const trouble = (since: number) => ({ ready: true, journalTrouble: { since, detail: 'no room' } });
  expect(readinessOf(true, [trouble(2_000), trouble(1_000), trouble(3_000)])).toEqual({
    ready: false,
    portfolios: { ready: 0, total: 3 },
    journal_unavailable_since: isoTime(1_000),
  });
});
