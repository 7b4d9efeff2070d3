import { describe, expect, it } from 'vitest';
import type { RawAnswer } from '../ccxt/dispatcher.ts';
import { openCoinbaseAccess } from './access.ts';
import { ENDPOINTS } from './endpoints.ts';
import type { Endpoint } from './endpoints.ts';
import { requestsOf } from './requests.ts';

const LIFETIME = { lifetimeMs: 118_000, expiresAt: 1_790_000_118_000 };

const settingOf = (orderShare = 1) =>
  requestsOf({
    access: openCoinbaseAccess({ mode: 'paper', endpoints: { rest: null, ws: null } }),
    kinds: ['spot'],
    orderShare,
  });

const answer = (status: number, headers: Record<string, string> = {}): RawAnswer => ({
  status,
  headers,
  body: status === 429 ? '{"errors":[{"id":"rate_limit_exceeded","message":""}]}' : '{"orders":[]}',
});

describe('requests', () => {
  const { rules } = settingOf();

  it('ask for public answers that no cache has, and sign the lifetime of orders', () => {
    expect(rules.bounded(ENDPOINTS.book, { limit: 1 }, LIFETIME)).toEqual({
      parameters: { limit: 1 },
      headers: { 'cache-control': 'no-cache' },
    });
    expect(rules.bounded(ENDPOINTS.createOrder, {}, LIFETIME)).toEqual({
      parameters: {},
      receiveWindowMs: 118_000,
    });
    expect(rules.bounded(ENDPOINTS.cancelOrders, {}, LIFETIME)).toEqual({ parameters: {} });
  });
});

describe('allowances', () => {
  /** How many requests may leave at once in the lane of new orders. */
  async function admitted({ rules }: ReturnType<typeof settingOf>, endpoint: Endpoint): Promise<number> {
    for (let count = 0; count < 100; count += 1) {
      const { allowance, cost } = rules.draw(endpoint, {});
      if ((await allowance.budget.acquire('new', cost, 0)).kind === 'no_room') return count;
    }
    return 100;
  }

  it('are of the user for private requests, of the address for public ones', async () => {
    const setting = settingOf();
    expect(await admitted(setting, ENDPOINTS.createOrder)).toBe(25);
    expect(await admitted(setting, ENDPOINTS.fills)).toBe(0);
    expect(await admitted(setting, ENDPOINTS.book)).toBe(8);
    expect(await admitted(settingOf(0.1), ENDPOINTS.createOrder)).toBe(2);
  });

  it('take in what the venue counts, and stop where it says so', () => {
    const { rules, allowances } = settingOf();
    const { allowance, cost } = rules.draw(ENDPOINTS.fills, {});
    allowance.settle(cost, answer(200, { 'x-ratelimit-limit': '30', 'x-ratelimit-remaining': '15' }));
    expect(allowances.freeShare()).toBe(0.5);
    allowance.settle(cost, answer(429, { 'retry-after': '30' }));
    expect(allowances.freeShare()).toBe(0);
    expect(rules.waitMs(answer(429, { 'retry-after': '30' }))).toBe(30_000);
    expect(rules.isThrottled(answer(429))).toBe(true);
  });
});
