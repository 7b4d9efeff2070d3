/** When losses of the journal are trouble, counted from which moment. */
import { beforeEach, expect, it } from 'vitest';
import { VirtualScheduler } from '../journal/testing/virtual-scheduler.ts';
import { FIRST_RETRY_MS, JournalHealth, LONGEST_RETRY_MS, STALL_MS } from './journal-health.ts';
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

it('an append that is not answered is trouble once it has waited for longer than the bound', async () => {
  const startedAt = scheduler.now();
  let stalls = 0;
  const { promise, resolve } = Promise.withResolvers<void>();
  const append = health.watched(
    () => promise,
    () => {
      stalls += 1;
    },
  );
  pass(STALL_MS);
  expect([health.isSilent, health.trouble, stalls]).toEqual([false, null, 0]);
  pass(1);
  expect([health.isSilent, stalls]).toEqual([true, 1]);
  expect(health.trouble).toEqual({ since: startedAt, detail: 'the journal does not answer' });
  resolve();
  await append;
  expect([health.isSilent, health.trouble]).toEqual([false, null]);
});

it('losses for as long as the bound are no trouble yet', async () => {
  await lose(0);
  await lose(0);
  pass(STALL_MS);
  expect(health.trouble).toBeNull();
  pass(1);
  expect(health.trouble).not.toBeNull();
});

it('waits from the second loss in a row on, twice as long each time up to a bound, and not after a durable append', async () => {
  const waitOf = async (): Promise<number> => {
    const startedAt = scheduler.monotonicMs();
    let isOver = false;
    void health.pauseAfterLosses().then(() => {
      isOver = true;
    });
    for (;;) {
      for (let n = 0; n < 3; n += 1) await Promise.resolve();
      if (isOver) return scheduler.monotonicMs() - startedAt;
      scheduler.runNext();
    }
  };
  const waits: number[] = [await waitOf()];
  for (let losses = 1; losses <= 9; losses += 1) {
    health.noteLost('no answer');
    waits.push(await waitOf());
  }
  expect(waits).toEqual([0, 0, 50, 100, 200, 400, 800, 1_600, 2_000, 2_000]);
  expect([FIRST_RETRY_MS, LONGEST_RETRY_MS]).toEqual([50, 2_000]);
  health.noteDurable();
  expect(await waitOf()).toBe(0);
});
