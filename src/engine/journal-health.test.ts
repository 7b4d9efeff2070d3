/** When losses of the journal are trouble, counted from which moment. */
import { beforeEach, expect, it } from 'vitest';
import { VirtualScheduler } from '../journal/testing/virtual-scheduler.ts';
import { JournalHealth, STALL_MS } from './journal-health.ts';
import { clockOf } from './testing/scheduler-clock.ts';

let scheduler: VirtualScheduler;
let health: JournalHealth;
beforeEach(() => {
  scheduler = new VirtualScheduler();
  health = new JournalHealth(clockOf(scheduler));
});

function pass(spanMs: number): void {
  const until = scheduler.monotonicMs() + spanMs;
  scheduler.after(spanMs, () => undefined);
  while (scheduler.monotonicMs() < until) scheduler.runNext();
}

/** An append that is lost after so long. */
async function lose(afterMs: number): Promise<void> {
  await health.watched(
    async () => pass(afterMs),
    () => undefined,
  );
  health.noteLost('no answer');
}

it('one loss alone is no trouble, however long it took: the next append says whether anything is taken', async () => {
  const startedAt = scheduler.now();
  await lose(STALL_MS + 1);
  expect(health.trouble).toBeNull();
  await lose(0);
  expect(health.trouble).toEqual({ since: startedAt, detail: 'no answer' });
});

it('a durable append ends the trouble, and later losses are counted from the first of them', async () => {
  await lose(STALL_MS);
  await lose(1);
  expect(health.trouble).not.toBeNull();
  health.noteDurable();
  expect(health.trouble).toBeNull();
  await lose(STALL_MS + 1);
  expect(health.trouble).toBeNull();
  health.noteDurable();
  const startedAt = scheduler.now();
  await lose(0);
  await lose(0);
  expect(health.trouble).toBeNull();
  pass(STALL_MS + 1);
  expect(health.trouble).toEqual({ since: startedAt, detail: 'no answer' });
});
