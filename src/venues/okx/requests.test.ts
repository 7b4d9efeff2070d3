import { describe, expect, it } from 'vitest';
import type { RawAnswer } from '../ccxt/dispatcher.ts';
import type { Parameters } from '../ccxt/exchange.ts';
import { openOkxAccess } from './access.ts';
import { ENDPOINTS } from './endpoints.ts';
import type { Endpoint } from './endpoints.ts';
import { requestsOf } from './requests.ts';

const BTC = { instId: 'BTC-USDT-SWAP' };
const ETH = { instId: 'ETH-USDT-SWAP' };
const LIFETIME = { lifetimeMs: 5_000, expiresAt: 1_790_000_005_000.4 };

const rulesIn = (mode: 'paper' | 'testnet', orderShare = 1) =>
  requestsOf({
    access: openOkxAccess({ mode, endpoints: { rest: null, ws: null } }),
    kinds: ['spot', 'linear_swap'],
    orderShare,
  }).rules;

const refusal = (code: string): RawAnswer => ({
  status: 200,
  headers: {},
  body: JSON.stringify({ code, data: [], msg: 'too many' }),
});

describe('requests', () => {
  it('state the deadline of orders, and of nothing else', () => {
    const { bounded } = rulesIn('paper');
    expect(bounded(ENDPOINTS.createOrder, BTC, LIFETIME)).toEqual({
      parameters: BTC,
      headers: { expTime: '1790000005000' },
      asList: false,
    });
    for (const endpoint of [ENDPOINTS.createAlgo, ENDPOINTS.cancelOrder, ENDPOINTS.balance])
      expect(bounded(endpoint, BTC, LIFETIME)).toEqual({ parameters: BTC, headers: {}, asList: false });
    expect(bounded(ENDPOINTS.cancelAlgos, BTC, LIFETIME)).toMatchObject({ asList: true });
  });

  it('go to demo trading by a header, public ones too', () => {
    const { bounded } = rulesIn('testnet');
    const demo = { 'x-simulated-trading': '1' };
    expect(bounded(ENDPOINTS.tickers, {}, LIFETIME).headers).toEqual(demo);
    expect(bounded(ENDPOINTS.createOrder, BTC, LIFETIME).headers).toEqual({
      ...demo,
      expTime: '1790000005000',
    });
  });
});

describe('allowances', () => {
  /** How many requests may leave at once in the lane of new orders. */
  async function admitted(
    rules: ReturnType<typeof rulesIn>,
    endpoint: Endpoint,
    parameters: Parameters,
  ): Promise<number> {
    for (let count = 0; count < 200; count += 1) {
      const { allowance, cost } = rules.draw(endpoint, parameters);
      if ((await allowance.budget.acquire('new', cost, 0)).kind === 'no_room') return count;
    }
    return 200;
  }

  it('count for each instrument, and leave closing orders room in the smallest share', async () => {
    const rules = rulesIn('paper');
    // 85 of a hundred.
    expect(await admitted(rules, ENDPOINTS.createOrder, BTC)).toBe(51);
    expect(await admitted(rules, ENDPOINTS.createOrder, ETH)).toBe(51);
    const small = rulesIn('paper', 0.01);
    expect(await admitted(small, ENDPOINTS.createOrder, BTC)).toBe(8);
    const { allowance, cost } = small.draw(ENDPOINTS.createOrder, BTC);
    expect((await allowance.budget.acquire('close', cost, 0)).kind).toBe('admitted');
  });

  it.each([
    // The limit of one endpoint, for one instrument.
    ['50011', { same: 0, other: 51, spot: 51 }],
    // That of the new orders of all swaps; spot is exempt.
    ['50061', { same: 0, other: 0, spot: 51 }],
  ] as const)('end with %s where it says', async (code, expected) => {
    const rules = rulesIn('paper');
    const { allowance, cost } = rules.draw(ENDPOINTS.createOrder, BTC);
    expect((await allowance.budget.acquire('new', cost, 0)).kind).toBe('admitted');
    allowance.settle(cost, refusal(code));
    expect({
      same: await admitted(rules, ENDPOINTS.createOrder, BTC),
      other: await admitted(rules, ENDPOINTS.createOrder, ETH),
      spot: await admitted(rules, ENDPOINTS.createOrder, { instId: 'BTC-USDT' }),
    }).toEqual(expected);
    expect(await admitted(rules, ENDPOINTS.balance, {})).toBe(8);
  });

  it('stop all requests where an answer names a wait', async () => {
    const rules = rulesIn('paper');
    const { allowance, cost } = rules.draw(ENDPOINTS.book, {});
    await allowance.budget.acquire('poll', cost, 0);
    allowance.settle(cost, { ...refusal('50011'), status: 429, headers: { 'retry-after': '30' } });
    expect(await admitted(rules, ENDPOINTS.balance, {})).toBe(0);
    expect(await admitted(rules, ENDPOINTS.createOrder, BTC)).toBe(0);
  });
});
