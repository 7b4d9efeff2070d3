import { expect, test } from 'vitest';
import { BinanceRefusal } from './errors.ts';
import { OrderCounts, RequestWeights } from './rate-limits.ts';

const MINUTE_MS = 60_000;
const NOON = 28_000_000 * MINUTE_MS;

function refusalOf(act: () => void): BinanceRefusal {
  try {
    act();
  } catch (error) {
    if (error instanceof BinanceRefusal) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

test('weight past the limit is a 429 that says how long to wait, and a new minute begins afresh', () => {
  const weights = new RequestWeights(100);
  weights.charge(100, NOON, true);
  const refusal = refusalOf(() => weights.charge(1, NOON + 20_000, true));
  expect(refusal).toMatchObject({ status: 429, code: -1003, headers: { 'Retry-After': '40' } });
  expect(refusal.message).toContain('current limit is 100 request weight per 1 MINUTE');
  weights.charge(1, NOON + MINUTE_MS, true);
  expect(weights.used(NOON + MINUTE_MS)).toBe(1);
});

test('an address that goes on after the 429 is banned, longer each time', () => {
  const weights = new RequestWeights(10);
  const insist = (at: number): BinanceRefusal => {
    weights.charge(10, at, true);
    let last = refusalOf(() => weights.charge(1, at, true));
    for (let count = 0; last.status === 429 && count < 100; count += 1)
      last = refusalOf(() => weights.charge(1, at, true));
    return last;
  };
  expect(insist(NOON)).toMatchObject({ status: 418, code: -1003, headers: { 'Retry-After': '120' } });
  expect(refusalOf(() => weights.charge(1, NOON + 119_000, true))).toMatchObject({
    status: 418,
    headers: { 'Retry-After': '1' },
  });
  expect(insist(NOON + 2 * MINUTE_MS).headers).toEqual({ 'Retry-After': '240' });
});

test('with limits off nothing is refused, and no weight is shown to clients that still go by the documented limit', () => {
  const weights = new RequestWeights(10);
  weights.charge(500, NOON, false);
  expect(weights.used(NOON)).toBe(0);
});

test('orders are counted per account and interval, and one that trades is given back', () => {
  const counts = new OrderCounts([
    { interval: 'SECOND', intervalNum: 10, limit: 2 },
    { interval: 'DAY', intervalNum: 1, limit: 3 },
  ]);
  counts.add('a', 2, NOON, true);
  expect(refusalOf(() => counts.add('a', 1, NOON, true))).toMatchObject({
    status: 429,
    code: -1015,
    message: 'Too many new orders; current limit is 2 orders per 10 SECOND.',
  });
  counts.add('b', 1, NOON, true);
  counts.giveBack('a', 1, NOON);
  expect(counts.headers('a', NOON)).toEqual({
    'X-MBX-ORDER-COUNT-10S': '1',
    'X-MBX-ORDER-COUNT-1D': '1',
  });
  counts.add('a', 1, NOON + 10_000, true);
  counts.add('a', 1, NOON + 10_000, true);
  expect(refusalOf(() => counts.add('a', 1, NOON + 20_000, true)).message).toContain('3 orders per 1 DAY');
});
