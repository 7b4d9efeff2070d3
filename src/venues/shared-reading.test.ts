import { afterEach, expect, it, vi } from 'vitest';
import { SharedReading } from './shared-reading.ts';

afterEach(() => {
  vi.useRealTimers();
});

it('a value is as old as it is, whether the wall clock was set back or ahead', async () => {
  vi.useFakeTimers();
  const shared = new SharedReading<number>(() => performance.now());
  let reads = 0;
  const get = async (): Promise<number> =>
    shared.get(60_000, async () => {
      reads += 1;
      return reads;
    });
  expect(await get()).toBe(1);
  vi.setSystemTime(Date.now() + 3_600_000);
  expect(await get()).toBe(1);
  vi.setSystemTime(Date.now() - 7_200_000);
  vi.advanceTimersByTime(59_999);
  expect(await get()).toBe(1);
  vi.advanceTimersByTime(1);
  expect(await get()).toBe(2);
});
