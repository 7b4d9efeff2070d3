import { expect, it, vi } from 'vitest';
import { ALL_PRICES_SHARE, AllPrices } from './all-prices.ts';

const ALLOWANCE = { limit: 2_400, intervalMs: 60_000 };
const MINUTE_MS = 60_000;

it('one reading is shared by all accounts, and draws a tenth of the allowance at most', async () => {
  let now = 1_000_000;
  let drawn = 0;
  let reads = 0;
  const prices = new AllPrices({ monotonic: () => now, allowance: ALLOWANCE });
  const readOf = (name: string, weight: number) => async () =>
    prices.get(name, weight, async () => {
      drawn += weight;
      reads += 1;
      return new Map([['BTCUSDT', reads]]);
    });
  const [books, marks] = [readOf('books', 5), readOf('marks', 10)];
  const [one, other] = await Promise.all([books(), books()]);
  expect(reads).toBe(1);
  expect(other?.prices).toBe(one?.prices);
  const end = now + 10 * MINUTE_MS;
  for (; now < end; now += 100) await Promise.all([books(), marks(), books(), marks()]);
  const share = drawn / (10 * ALLOWANCE.limit);
  expect(share).toBeLessThanOrEqual(ALL_PRICES_SHARE + 0.001);
  expect(share).toBeGreaterThan(ALL_PRICES_SHARE * 0.9);
});

it('a reading is as old as its beginning, and a failed one is made again when the share allows it', async () => {
  let now = 1_000_000;
  const prices = new AllPrices({ monotonic: () => now, allowance: ALLOWANCE });
  const read = async (of: () => Promise<ReadonlyMap<string, number>>) => prices.get('books', 5, of);
  await expect(
    read(async () => {
      throw new Error('unreachable');
    }),
  ).rejects.toThrow('unreachable');
  now += 1_249;
  await expect(read(async () => new Map())).rejects.toThrow('unreachable');
  now += 1;
  const startedAt = now;
  const answer = await read(async () => {
    now += 300;
    return new Map([['A', 1]]);
  });
  expect(answer?.startedAt).toBe(startedAt);
});

it('a wall clock that was set back neither stops the readings nor frees their share', async () => {
  vi.useFakeTimers();
  let reads = 0;
  const prices = new AllPrices({ monotonic: () => performance.now(), allowance: ALLOWANCE });
  const read = async () =>
    prices.get('books', 5, async () => {
      reads += 1;
      return new Map();
    });
  await read();
  vi.setSystemTime(Date.now() - 10 * MINUTE_MS);
  await read();
  expect(reads).toBe(1);
  vi.advanceTimersByTime(1_250);
  await read();
  expect(reads).toBe(2);
  vi.useRealTimers();
});
