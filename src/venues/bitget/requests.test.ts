import { describe, expect, it } from 'vitest';
import type { RawAnswer } from '../ccxt/dispatcher.ts';
import { openBitgetAccess } from './access.ts';
import { ENDPOINTS } from './endpoints.ts';
import type { Endpoint } from './endpoints.ts';
import { createTerms, requestsOf } from './requests.ts';

const LIFETIME = { lifetimeMs: 5_000, expiresAt: 1_790_000_005_000 };
const BTC = { symbol: 'BTCUSDT' };

const rulesIn = (mode: 'paper' | 'testnet', orderShare = 1) =>
  requestsOf({
    access: openBitgetAccess({ mode, endpoints: { rest: null, ws: null } }),
    kinds: ['spot', 'linear_swap'],
    orderShare,
  }).rules;

const tooMany = (headers: Record<string, string> = {}): RawAnswer => ({
  status: 429,
  headers,
  body: '{"code":"429","msg":"Too Many Requests","requestTime":1,"data":null}',
});

describe('requests', () => {
  it('go to demo trading by a header, public ones too', () => {
    for (const endpoint of [ENDPOINTS.tickers, ENDPOINTS.createOrder]) {
      expect(rulesIn('testnet').bounded(endpoint, BTC, LIFETIME)).toEqual({
        parameters: BTC,
        headers: { paptrading: '1' },
      });
      expect(rulesIn('paper').bounded(endpoint, BTC, LIFETIME)).toEqual({ parameters: BTC, headers: {} });
    }
  });

  it('that make an order end by the bound of the timestamp when their lifetime does', () => {
    const terms = createTerms({ lane: 'new', signedAt: 1_000_000, lifetimeMs: 5_000 });
    expect(terms).toEqual({ lane: 'new', signedAt: 975_000, lifetimeMs: 30_000 });
    const now = { lane: 'new', signedAt: null, lifetimeMs: 5_000 } as const;
    expect(createTerms(now)).toEqual(now);
  });
});

describe('allowances', () => {
  /** How many requests may leave at once in the lane of new orders. */
  async function admitted(rules: ReturnType<typeof rulesIn>, endpoint: Endpoint): Promise<number> {
    for (let count = 0; count < 200; count += 1) {
      const { allowance, cost } = rules.draw(endpoint, BTC);
      if ((await allowance.budget.acquire('new', cost, 0)).kind === 'no_room') return count;
    }
    return 200;
  }

  it('count for each endpoint, leave closing orders room, and new ones one in the smallest share', async () => {
    const rules = rulesIn('paper');
    // 85 of a hundred.
    expect(await admitted(rules, ENDPOINTS.createOrder)).toBe(8);
    expect(await admitted(rules, ENDPOINTS.order)).toBe(17);
    const { allowance, cost } = rules.draw(ENDPOINTS.createOrder, BTC);
    expect((await allowance.budget.acquire('close', cost, 0)).kind).toBe('admitted');
    expect(await admitted(rulesIn('paper', 0.01), ENDPOINTS.createOrder)).toBe(1);
  });

  it('of public endpoints are shared by the accounts of an address', async () => {
    const access = openBitgetAccess({ mode: 'paper', endpoints: { rest: null, ws: null } });
    const setting = { access, kinds: ['spot'], orderShare: 1 } as const;
    const [one, other] = [requestsOf(setting).rules, requestsOf(setting).rules];
    expect(await admitted(one, ENDPOINTS.tickers)).toBe(17);
    expect(await admitted(other, ENDPOINTS.tickers)).toBe(0);
    expect(await admitted(one, ENDPOINTS.positions)).toBe(17);
    expect(await admitted(other, ENDPOINTS.positions)).toBe(17);
  });

  it('end for a second with 429, of that endpoint alone', async () => {
    const rules = rulesIn('paper');
    const { allowance, cost } = rules.draw(ENDPOINTS.createOrder, BTC);
    await allowance.budget.acquire('new', cost, 0);
    allowance.settle(cost, tooMany());
    expect(await admitted(rules, ENDPOINTS.createOrder)).toBe(0);
    expect(await admitted(rules, ENDPOINTS.order)).toBe(17);
  });

  it('stop all requests where an answer names a wait', async () => {
    const rules = rulesIn('paper');
    const { allowance, cost } = rules.draw(ENDPOINTS.tickers, {});
    await allowance.budget.acquire('poll', cost, 0);
    allowance.settle(cost, tooMany({ 'retry-after': '30' }));
    expect(await admitted(rules, ENDPOINTS.order)).toBe(0);
    expect(await admitted(rules, ENDPOINTS.createOrder)).toBe(0);
  });
});
