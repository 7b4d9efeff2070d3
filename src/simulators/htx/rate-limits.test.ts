/** HTX's limits: what counts with what, in which window. */
import { expect, test } from 'vitest';
import { HtxRefusal } from './errors.ts';
import { ContractLimits, SpotLimits } from './rate-limits.ts';

const NOW = 1_700_000_000_000;

/** How many of at most `most` requests are admitted before one is refused. */
function admitted(charge: () => void, most: number, refusal: object): number {
  for (let count = 0; count < most; count += 1)
    try {
      charge();
    } catch (error) {
      expect(error).toBeInstanceOf(HtxRefusal);
      expect(error).toMatchObject(refusal);
      return count;
    }
  return most;
}

test('an endpoint of spot has so many requests of an account in two seconds', () => {
  const limits = new SpotLimits(429);
  const refusal = { code: 'rate-too-many-requests', status: 429 };
  const place = (account: string, at: number) => () => limits.charge(account, 'place', 100, at);
  expect(admitted(place('one', NOW), 200, refusal)).toBe(100);
  expect(admitted(place('two', NOW), 200, refusal)).toBe(100);
  expect(admitted(() => limits.charge('one', 'history', 5, NOW), 9, refusal)).toBe(5);
  expect(admitted(place('one', NOW + 1_999), 1, refusal)).toBe(0);
  expect(admitted(place('one', NOW + 2_000), 1, refusal)).toBe(1);
  expect(limits.headers('one')).toMatchObject({ 'X-HB-RateLimit-Requests-Remain': expect.any(String) });
  expect(limits.headers('three')).toEqual({});
});

test('contracts count all trading and all reading of an account together', () => {
  const limits = new ContractLimits();
  const refusal = { code: '1032', status: 200 };
  expect(admitted(() => limits.charge('one', true, NOW), 100, refusal)).toBe(72);
  expect(admitted(() => limits.charge('one', false, NOW), 100, refusal)).toBe(72);
  expect(limits.headers('one', NOW)).toEqual({
    'ratelimit-limit': '72',
    'ratelimit-interval': '3000',
    'ratelimit-remaining': '0',
    'ratelimit-reset': '3000',
  });
  expect(admitted(() => limits.charge('one', true, NOW + 3_000), 1, refusal)).toBe(1);
});
