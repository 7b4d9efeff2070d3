/** KuCoin's limits: which weight a pool takes, from whom, and when it is full again. */
import { expect, test } from 'vitest';
import { Pools, QUOTAS, type Pool } from './rate-limits.ts';

const NOW = 1_700_000_000_000;

/** How often `weight` is taken before it is refused, of at most `most` times. */
function admitted(pools: Pools, pool: Pool, weight: number, owner: string, most: number, at = NOW): number {
  for (let count = 0; count < most; count += 1)
    try {
      pools.charge(pool, weight, owner, at);
    } catch {
      return count;
    }
  return most;
}

test('each pool has its own weight in thirty seconds, of each account', () => {
  const pools = new Pools(true);
  expect(admitted(pools, 'spot', 2, 'one', 5_000)).toBe(2_000);
  expect(admitted(pools, 'spot', 2, 'two', 10)).toBe(10);
  expect(admitted(pools, 'futures', 20, 'one', 500)).toBe(100);
  expect(admitted(pools, 'management', 20, 'one', 500)).toBe(100);
  expect(admitted(pools, 'public', 15, 'address', 500)).toBe(133);
});

test('the time counts from the first request, and the headers say what is left of both', () => {
  const pools = new Pools(true);
  pools.charge('spot', 1, 'one', NOW);
  expect(pools.headers('spot', 'one', NOW + 10_000)).toEqual({
    'gw-ratelimit-limit': String(QUOTAS.spot),
    'gw-ratelimit-remaining': '3999',
    'gw-ratelimit-reset': '20000',
  });
  expect(admitted(pools, 'spot', 3_999, 'one', 2, NOW + 29_999)).toBe(1);
  expect(admitted(pools, 'spot', 4_000, 'one', 2, NOW + 30_000)).toBe(1);
});

test('a request that is refused draws nothing, and without enforcement none is', () => {
  const pools = new Pools(true);
  expect(admitted(pools, 'futures', 1_500, 'one', 5)).toBe(1);
  expect(admitted(pools, 'futures', 500, 'one', 5)).toBe(1);
  const lifted = new Pools(false);
  expect(admitted(lifted, 'futures', 1_500, 'one', 5)).toBe(5);
  expect(lifted.headers('futures', 'one', NOW)).toMatchObject({ 'gw-ratelimit-remaining': '2000' });
});
