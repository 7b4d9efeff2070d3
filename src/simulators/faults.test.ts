/** Which fault meets which request: routes, counts, chance, order. */
import { expect, test } from 'vitest';
import { FaultRegistry } from './faults.ts';

test('a fault meets its route, the star meets every one, and markets are met by the star alone', () => {
  const faults = new FaultRegistry();
  const onCreate = faults.add({ kind: 'drop_request', route: 'create_order' });
  expect(faults.forRequest('create_order')?.id).toBe(onCreate.id);
  expect(faults.forRequest('cancel_order')).toBeNull();
  expect(faults.forRequest('other')).toBeNull();
  const onAll = faults.add({ kind: 'delay', route: '*', delayMs: 5 });
  expect(faults.forRequest('other')?.id).toBe(onAll.id);
  expect(faults.forRequest('create_order')?.id, 'the oldest decides').toBe(onCreate.id);
});

test('a count is used up by what was met, and by nothing else', () => {
  const faults = new FaultRegistry();
  faults.add({ kind: 'http_error', route: 'balances', count: 2 });
  const met = ['balances', 'positions', 'balances', 'balances'] as const;
  expect(met.map((route) => faults.forRequest(route)?.kind ?? null)).toEqual([
    'http_error',
    null,
    'http_error',
    null,
  ]);
  expect(faults.list()).toEqual([]);
});

test('stream faults meet messages, request faults meet requests', () => {
  const faults = new FaultRegistry();
  faults.add({ kind: 'ws_drop', route: '*', count: 1 });
  faults.add({ kind: 'clock_skew', route: '*', skewMs: 10, count: 2 });
  expect(faults.forRequest('create_order')).toBeNull();
  expect(faults.forMessage('private_stream')?.kind).toBe('ws_drop');
  expect(faults.forMessage('private_stream')).toBeNull();
  expect(['other', 'fills', 'fills'].map(() => faults.clockSkewMs('fills'))).toEqual([10, 10, 0]);
});

test('chance is near its probability and repeats with its seed', () => {
  const draw = (seed: number): string => {
    const faults = new FaultRegistry();
    faults.add({ kind: 'drop_response', route: '*', probability: 0.25, seed });
    return Array.from({ length: 4000 }, () => (faults.forRequest('fills') === null ? '.' : 'x')).join('');
  };
  expect(draw(1)).toBe(draw(1));
  expect(draw(1)).not.toBe(draw(2));
  expect(draw(1).replaceAll('.', '').length).toBeGreaterThan(850);
  expect(draw(1).replaceAll('.', '').length).toBeLessThan(1150);
});

test('removal is of one or of all, and the number of live faults is bounded', () => {
  const faults = new FaultRegistry();
  const first = faults.add({ kind: 'delay', route: '*', delayMs: 1 });
  expect([faults.remove(first.id), faults.remove(first.id)]).toEqual([1, 0]);
  for (let count = 0; count < 1000; count += 1) faults.add({ kind: 'delay', route: '*', delayMs: 1 });
  expect(() => faults.add({ kind: 'delay', route: '*', delayMs: 1 })).toThrow(RangeError);
  expect(faults.remove()).toBe(1000);
});

test('a silent market refuses its data and withholds its streams beside the faults there are, and nothing else', () => {
  const faults = new FaultRegistry();
  faults.silenceMarket(true);
  expect(faults.list()).toEqual([]);
  for (const route of ['market_data', 'prices'] as const)
    expect(faults.forRequest(route)).toMatchObject({ kind: 'http_error', status: 503 });
  for (const route of ['create_order', 'cancel_order', 'other'] as const)
    expect(faults.forRequest(route)).toBeNull();
  expect(faults.forMessage('public_stream')).toMatchObject({ kind: 'ws_drop' });
  expect(faults.forMessage('private_stream')).toBeNull();
  faults.add({ kind: 'rate_limit', route: 'prices', count: 1 });
  expect(faults.forRequest('prices')).toMatchObject({ kind: 'rate_limit' });
  faults.remove();
  expect(faults.forRequest('prices')).toMatchObject({ kind: 'http_error' });
  faults.silenceMarket(false);
  expect(faults.forRequest('prices')).toBeNull();
  expect(faults.forMessage('public_stream')).toBeNull();
});
