import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Allowance, Allowances, countIn, retryAfterMs } from './allowance.ts';
import type { Brake } from './allowance.ts';
import type { RawAnswer } from './ccxt/dispatcher.ts';
import { RateStop, RateWindow } from './rate-budget.ts';
import { SYSTEM_PLATFORM } from './system-platform.ts';

const MINUTE_MS = 60_000;

beforeEach(() => {
  vi.useFakeTimers({ now: 10 * MINUTE_MS });
});
afterEach(() => {
  vi.useRealTimers();
});

function answer(headers: RawAnswer['headers'], status = 200): RawAnswer {
  return { status, headers, body: '' };
}

function allowanceOf(stop: RateStop, brake: (answer: RawAnswer) => Brake | null = () => null) {
  const weight = new RateWindow('weight', 100, MINUTE_MS, Date.now);
  const orders = new RateWindow('orders', 10, MINUTE_MS, Date.now);
  const allowance = new Allowance({
    windows: [
      { window: weight, used: (said) => countIn(said, 'x-weight') },
      { window: orders, used: () => null },
    ],
    stop,
    scheduler: SYSTEM_PLATFORM.scheduler,
    brake: (said) => (said.status === 429 ? { kind: 'stop', waitMs: 3_000 } : brake(said)),
  });
  return { weight, orders, allowance };
}

describe('an allowance', () => {
  it('takes the count that the venue states, and keeps its own where none is stated', async () => {
    const { allowance, orders, weight } = allowanceOf(new RateStop());
    const cost = { weight: 5, orders: 1 };
    await allowance.budget.acquire('new', cost, 0);
    expect([weight.used, orders.used]).toEqual([5, 1]);
    allowance.settle(cost, answer({ 'x-weight': '40' }));
    expect([weight.used, orders.used]).toEqual([40, 1]);
  });

  it('keeps what a request drew that was never answered', async () => {
    const { allowance, weight } = allowanceOf(new RateStop());
    await allowance.budget.acquire('new', { weight: 5 }, 0);
    allowance.settle({ weight: 5 }, null);
    expect(weight.used).toBe(5);
    // Settled: the venue's next count stands alone.
    allowance.settle({}, answer({ 'x-weight': '7' }));
    expect(weight.used).toBe(7);
  });

  it('stops every allowance that shares the stop, for as long as the answer says', async () => {
    const stop = new RateStop();
    const [one, other] = [allowanceOf(stop).allowance, allowanceOf(stop).allowance];
    one.settle({}, answer({}, 429));
    expect((await other.budget.acquire('cancel', { weight: 1 }, 0)).kind).toBe('no_room');
    await vi.advanceTimersByTimeAsync(3_000);
    expect((await other.budget.acquire('cancel', { weight: 1 }, 0)).kind).toBe('admitted');
  });

  it('exhausts the windows that an answer names, and no other', async () => {
    const named: RateWindow[] = [];
    const { allowance, orders } = allowanceOf(new RateStop(), () => ({ kind: 'exhausted', windows: named }));
    named.push(orders);
    allowance.settle({}, answer({}));
    expect((await allowance.budget.acquire('new', { orders: 1 }, 0)).kind).toBe('no_room');
    expect((await allowance.budget.acquire('new', { weight: 1 }, 0)).kind).toBe('admitted');
  });
});

describe('the allowances of an account', () => {
  it('are as free as the least free of them', () => {
    const allowances = new Allowances();
    expect(allowances.freeShare()).toBe(1);
    const { allowance, weight } = allowanceOf(new RateStop());
    allowances.put('spot', allowance);
    allowances.put('linear_swap', allowanceOf(new RateStop()).allowance);
    weight.take(75);
    expect(allowances.freeShare()).toBe(0.25);
  });

  it('refuse what waits in one that is replaced, and in all when they close', async () => {
    const allowances = new Allowances();
    const waiting = async (): Promise<string> => {
      const { allowance, weight } = allowanceOf(new RateStop());
      weight.exhaust();
      allowances.put('spot', allowance);
      return (await allowance.budget.acquire('poll', { weight: 1 }, MINUTE_MS)).kind;
    };
    const first = waiting();
    const second = waiting();
    expect(await first).toBe('no_room');
    allowances.close();
    expect(await second).toBe('no_room');
  });
});

describe('what headers say', () => {
  it.each([
    ['12', 12],
    ['0', 0],
    ['-1', null],
    ['1.5', null],
    ['many', null],
    [undefined, null],
  ])('counts %s as %s', (header, count) => {
    expect(countIn(answer(header === undefined ? {} : { used: header }), 'used')).toBe(count);
  });

  it.each([
    ['2', 2_000],
    ['0', 0],
    ['Wed, 21 Oct 2026 07:28:00 GMT', null],
    [undefined, null],
  ])('waits for Retry-After %s: %s ms', (header, waitMs) => {
    expect(retryAfterMs(answer(header === undefined ? {} : { 'retry-after': header }))).toBe(waitMs);
  });
});
