import { expect, it } from 'vitest';
import { ratiosOf, table } from './report.ts';
import type { Sample, Subject } from './slices.ts';
import { median } from './statistics.ts';

const subject = (name: string, callers: number): Subject => ({
  name,
  callers,
  run: () => Promise.reject(new Error('not run here')),
  cpu: {},
});

const sample = (ordersPerSecond: number, p50Ms: number, cpuMs: number): Sample => ({
  done: 1,
  ordersPerSecond,
  p50Ms,
  cpuMsPerOrder: { gateway: cpuMs },
});

it('takes the middle', () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 2, 3])).toBe(2.5);
  expect(median([])).toBeNaN();
});

it('forms ratios within each round and takes the median of the rounds', () => {
  const subjects = [subject('bare ccxt', 64), subject('service', 64), subject('naive gateway', 64)];
  // The machine is twice as slow in the second round and ten times in the third: no ratio shows it.
  const rounds = [1, 2, 10].map((slowness) => [
    sample(1_000 / slowness, slowness, 1),
    sample(700 / slowness, 2 * slowness, 1.5),
    sample(350 / slowness, 3 * slowness, 2),
  ]);
  const ratios = ratiosOf(subjects, rounds, {
    fsyncsPerOrder: 0.08,
    idleBytes: 100 * 1_048_576,
    growthBytesPer100k: null,
  });
  const found = Object.fromEntries(ratios.map(({ figure, value, reached }) => [figure, [value, reached]]));
  expect(found).toEqual({
    'orders/s at 64 callers against bare ccxt at 64': [0.7, true],
    'orders/s at 64 callers against the naive gateway at 64': [2, true],
    'CPU per order of the service at 64 against bare ccxt': [1.5, false],
    'fsyncs per order at 64 callers': [0.08, false],
    'RSS of the service, idle, with every venue there is (Binance)': [100, true],
  });
});

it('sets columns', () => {
  expect(table(['', 'a'], [['name', '10']])).toBe('         a\n  name  10\n');
});
