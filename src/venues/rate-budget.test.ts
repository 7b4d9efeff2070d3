import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RateBudget, RateStop, RateWindow } from './rate-budget.ts';
import { SYSTEM_PLATFORM } from './system-platform.ts';

const { scheduler } = SYSTEM_PLATFORM;

const MINUTE_MS = 60_000;

beforeEach(() => {
  vi.useFakeTimers({ now: 10 * MINUTE_MS });
});
afterEach(() => {
  vi.useRealTimers();
});

function budgetOf(limit: number, laneLength = 256) {
  const window = new RateWindow('weight', limit, MINUTE_MS, Date.now);
  const stop = new RateStop();
  return { window, stop, budget: new RateBudget({ windows: [window], stop, scheduler, laneLength }) };
}

describe('rate budget', () => {
  it('leaves each lane what is above the share of the lanes behind it', async () => {
    const { budget, window } = budgetOf(100);
    window.settle(0, 70);
    expect((await budget.acquire('poll', { weight: 1 }, 0)).kind).toBe('no_room');
    expect((await budget.acquire('new', { weight: 15 }, 0)).kind).toBe('admitted');
    expect((await budget.acquire('new', { weight: 1 }, 0)).kind).toBe('no_room');
    expect((await budget.acquire('close', { weight: 10 }, 0)).kind).toBe('admitted');
    expect((await budget.acquire('close', { weight: 1 }, 0)).kind).toBe('no_room');
    expect((await budget.acquire('look_up', { weight: 3 }, 0)).kind).toBe('admitted');
    expect((await budget.acquire('look_up', { weight: 1 }, 0)).kind).toBe('no_room');
    expect((await budget.acquire('cancel', { weight: 1 }, 0)).kind).toBe('admitted');
  });

  it('admits of a flood of closing orders no more than their share, and then still look-ups and cancels', async () => {
    const { budget } = budgetOf(100);
    let admitted = 0;
    for (let n = 0; n < 1_000; n += 1)
      if ((await budget.acquire('close', { weight: 1 }, 0)).kind === 'admitted') admitted += 1;
    expect(admitted).toBe(95);
    expect((await budget.acquire('look_up', { weight: 3 }, 0)).kind).toBe('admitted');
    expect((await budget.acquire('cancel', { weight: 1 }, 0)).kind).toBe('admitted');
  });

  it('keeps a tenth for closing orders, however many new ones came first, and serves those that wait first', async () => {
    const { budget } = budgetOf(100);
    for (let n = 0; n < 1_000; n += 1) await budget.acquire('new', { weight: 1 }, 0);
    let admitted = 0;
    for (let n = 0; n < 100; n += 1)
      if ((await budget.acquire('close', { weight: 1 }, 0)).kind === 'admitted') admitted += 1;
    expect(admitted).toBe(10);
    const order: string[] = [];
    const waits = (['new', 'close'] as const).map(async (lane) => {
      await budget.acquire(lane, { weight: 1 }, MINUTE_MS + 1);
      order.push(lane);
    });
    await vi.advanceTimersByTimeAsync(MINUTE_MS + 1);
    await Promise.all(waits);
    expect(order).toEqual(['close', 'new']);
  });

  it('never holds a cancel back on our own estimate', async () => {
    const { budget, window } = budgetOf(100);
    window.settle(0, 1_000);
    expect((await budget.acquire('cancel', { weight: 1 }, 0)).kind).toBe('admitted');
  });

  it('holds everything, cancels too, while the venue says stop', async () => {
    const { budget, stop } = budgetOf(100);
    stop.extend(performance.now() + 5_000);
    expect(budget.freeShare()).toBe(0);
    expect((await budget.acquire('cancel', { weight: 1 }, 0)).kind).toBe('no_room');
    const later = budget.acquire('cancel', { weight: 1 }, 6_000);
    await vi.advanceTimersByTimeAsync(5_001);
    expect((await later).kind).toBe('admitted');
  });

  it('ends a stop after its time, whatever our own clock is set to meanwhile', async () => {
    const { budget, stop } = budgetOf(100);
    stop.extend(performance.now() + 5_000);
    vi.setSystemTime(Date.now() - 3_600_000);
    const later = budget.acquire('cancel', { weight: 1 }, 6_000);
    await vi.advanceTimersByTimeAsync(5_001);
    expect((await later).kind).toBe('admitted');
  });

  it('lets those that wait go when a stop is over, however many others keep coming', async () => {
    const { budget, stop } = budgetOf(100);
    stop.extend(performance.now() + 1_000);
    // Set before the timer of those that wait, so that one of them comes at the very end of the stop.
    const others = setInterval(() => void budget.acquire('poll', { weight: 1 }, 10_000), 100);
    const cancel = budget.acquire('cancel', { weight: 1 }, 5_000);
    await vi.advanceTimersByTimeAsync(1_050);
    clearInterval(others);
    expect(await Promise.race([cancel, Promise.resolve('waits still')])).toEqual({ kind: 'admitted' });
  });

  it('serves lanes in order once the window is fresh', async () => {
    const { budget, window } = budgetOf(10);
    window.settle(0, 10);
    const order: string[] = [];
    const waits = (['poll', 'new', 'look_up'] as const).map(async (lane) => {
      await budget.acquire(lane, { weight: 1 }, MINUTE_MS + 1);
      order.push(lane);
    });
    await vi.advanceTimersByTimeAsync(MINUTE_MS + 1);
    await Promise.all(waits);
    expect(order).toEqual(['look_up', 'new', 'poll']);
  });

  it('lets a poll pass a new order that waits for the order count alone', async () => {
    const weight = new RateWindow('weight', 100, MINUTE_MS, Date.now);
    const orders = new RateWindow('orders', 1, 10_000, Date.now);
    const budget = new RateBudget({
      scheduler,
      windows: [weight, orders],
      stop: new RateStop(),
      shares: { cancel: 1, look_up: 1, close: 1, new: 1, poll: 1 },
    });
    expect((await budget.acquire('new', { weight: 1, orders: 1 }, 0)).kind).toBe('admitted');
    const waiting = budget.acquire('new', { weight: 1, orders: 1 }, 20_000);
    expect((await budget.acquire('poll', { weight: 1 }, 0)).kind).toBe('admitted');
    weight.settle(0, 100);
    expect((await budget.acquire('poll', { weight: 1 }, 0)).kind).toBe('no_room');
    weight.settle(0, 0);
    await vi.advanceTimersByTimeAsync(10_001);
    expect((await waiting).kind).toBe('admitted');
  });

  it('is left by who gives up', async () => {
    const { budget, window } = budgetOf(10);
    window.settle(0, 10);
    const giveUp = new AbortController();
    const waiting = budget.acquire('new', { weight: 1 }, 1_000, giveUp.signal);
    giveUp.abort();
    expect((await waiting).kind).toBe('no_room');
  });

  it('gives up at the caller deadline', async () => {
    const { budget, window } = budgetOf(10);
    window.settle(0, 10);
    const waiting = budget.acquire('new', { weight: 1 }, 1_000);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await waiting).toEqual({ kind: 'no_room', detail: 'no room for lane new: weight' });
  });

  it('bounds each lane', async () => {
    const { budget, window } = budgetOf(10, 1);
    window.settle(0, 10);
    const first = budget.acquire('new', { weight: 1 }, 1_000);
    expect(await budget.acquire('new', { weight: 1 }, 1_000)).toEqual({
      kind: 'no_room',
      detail: '1 requests already wait in lane new',
    });
    budget.close();
    expect((await first).kind).toBe('no_room');
  });

  it('takes the venue count over its own, up and down', async () => {
    const { budget, window } = budgetOf(100);
    await budget.acquire('new', { weight: 50 }, 0);
    expect(budget.freeShare()).toBe(0.5);
    await budget.acquire('new', { weight: 10 }, 0);
    window.settle(50, 0);
    expect(budget.freeShare()).toBe(0.9);
    window.settle(10, 0);
    expect(budget.freeShare()).toBe(1);
  });

  it('lets two budgets draw on one window', async () => {
    const window = new RateWindow('weight', 10, MINUTE_MS, Date.now);
    const stop = new RateStop();
    const first = new RateBudget({ windows: [window], stop, scheduler });
    const second = new RateBudget({ windows: [window], stop, scheduler });
    expect((await first.acquire('new', { weight: 8 }, 0)).kind).toBe('admitted');
    expect((await second.acquire('new', { weight: 1 }, 0)).kind).toBe('no_room');
  });
});

describe('a rolling window', () => {
  const rolling = (limit: number) => new RateWindow('orders', limit, MINUTE_MS, Date.now, 'rolling');

  it('gives back what was drawn an interval ago, whatever the clock says', () => {
    vi.setSystemTime(10 * MINUTE_MS + 50_000);
    const window = rolling(10);
    window.take(4);
    vi.advanceTimersByTime(20_000);
    window.take(3);
    // A minute of the clock has begun in between, in which an aligned window would be whole.
    expect(window.used).toBe(7);
    expect(window.untilFreshMs()).toBe(40_000);
    vi.advanceTimersByTime(39_999);
    expect(window.used).toBe(7);
    vi.advanceTimersByTime(1);
    expect(window.used).toBe(3);
    expect(window.untilFreshMs()).toBe(20_000);
    vi.advanceTimersByTime(20_000);
    expect(window.used).toBe(0);
  });

  it('counts what others drew from when the venue states it, and believes no lower count', () => {
    const window = rolling(10);
    window.take(2);
    vi.advanceTimersByTime(30_000);
    window.settle(2, 6);
    expect(window.used).toBe(6);
    window.settle(0, 1);
    expect(window.used).toBe(6);
    vi.advanceTimersByTime(30_000);
    expect(window.used).toBe(4);
    vi.advanceTimersByTime(30_000);
    expect(window.used).toBe(0);
  });

  it('is used up for an interval once the venue says so', () => {
    const window = rolling(10);
    window.take(4);
    vi.advanceTimersByTime(30_000);
    window.exhaust();
    expect(window.used).toBe(10);
    vi.advanceTimersByTime(30_000);
    expect(window.used).toBe(6);
    vi.advanceTimersByTime(30_000);
    expect(window.used).toBe(0);
  });

  it('is whole after a clock was set back', () => {
    const window = rolling(10);
    window.take(4);
    vi.setSystemTime(9 * MINUTE_MS);
    expect(window.used).toBe(0);
  });
});
