import { expect, it } from 'vitest';
import type { RawAnswer } from '../ccxt/dispatcher.ts';
import { loadSigner } from '../ccxt/exchange.ts';
import { openMexcAccess } from './access.ts';
import { SPOT, SWAP } from './endpoints.ts';
import type { Endpoint } from './endpoints.ts';
import { contractTerms, requestsOf, timeFrom } from './requests.ts';

const LIFETIME = { lifetimeMs: 2_000, expiresAt: 1_790_000_002_000 };

const rulesWith = (orderShare = 1) =>
  requestsOf({
    access: openMexcAccess({ mode: 'paper', endpoints: { rest: null, ws: null } }),
    kinds: ['spot', 'linear_swap'],
    orderShare,
  }).rules;

it('spot states the lifetime, contracts do not, and a cancel of contracts is a list', () => {
  const { bounded } = rulesWith();
  const parameters = { symbol: 'BTCUSDT' };
  expect(bounded(SPOT.createOrder, parameters, LIFETIME)).toEqual({ parameters, receiveWindowMs: 2_000 });
  expect(bounded(SPOT.depth, parameters, LIFETIME)).toEqual({ parameters });
  expect(bounded(SWAP.createOrder, parameters, LIFETIME)).toEqual({ parameters });
  expect(bounded(SWAP.cancelOrders, { orderId: '7' }, LIFETIME)).toMatchObject({ list: ['7'] });
});

it('an order of contracts is signed so far back that its time ends when its lifetime does', () => {
  const terms = { lane: 'new', signedAt: 100_000, lifetimeMs: 2_000 } as const;
  expect(contractTerms(terms)).toEqual({ ...terms, signedAt: 92_000, lifetimeMs: 10_000 });
  expect(contractTerms({ ...terms, signedAt: null })).toMatchObject({ signedAt: null, lifetimeMs: 2_000 });
});

it('requests are signed as the venue reads them', async () => {
  const signer = await loadSigner('mexc', {
    credentials: { apiKey: 'key', secret: 'secret' },
    venueNow: () => 1_790_000_000_000,
  });
  const spot = signer.sign(SPOT.createOrder, { symbol: 'BTCUSDT', price: '0.10' }, 1_790_000_000_001, {
    receiveWindowMs: 2_000,
  });
  expect(spot.url).toMatch(
    /^https:\/\/api\.mexc\.com\/api\/v3\/order\?symbol=BTCUSDT&price=0\.10&timestamp=1790000000001&recvWindow=2000&signature=\w+$/,
  );
  expect(spot.body).toBeNull();
  const cancel = signer.sign(SWAP.cancelOrders, { orderId: '7' }, null, { list: ['7'] });
  expect(cancel.body).toBe('["7"]');
  expect(cancel.url).toBe('https://api.mexc.com/api/v1/private/order/cancel');
  const lookUp = signer.sign(SWAP.orderByOwnId, { symbol: 'BTC_USDT', external_oid: 'id1' }, null);
  expect(lookUp.url).toBe('https://api.mexc.com/api/v1/private/order/external/BTC_USDT/id1');
});

it('the time is a field of spot and the whole of contracts', () => {
  expect(timeFrom({ serverTime: 7 })).toBe(7);
  expect(timeFrom(7)).toBe(7);
});

/** How many requests may leave at once in the lane of new orders. */
async function admitted(rules: ReturnType<typeof rulesWith>, endpoint: Endpoint): Promise<number> {
  for (let count = 0; count < 1_000; count += 1) {
    const { allowance, cost } = rules.draw(endpoint, {});
    if ((await allowance.budget.acquire('new', cost, 0)).kind === 'no_room') return count;
  }
  return 1_000;
}

it('allowances count for each endpoint, and orders for the share of the account too', async () => {
  // 85 of a hundred.
  expect(await admitted(rulesWith(), SWAP.createOrder)).toBe(17);
  expect(await admitted(rulesWith(0.5), SWAP.createOrder)).toBe(8);
  expect(await admitted(rulesWith(0.5), SPOT.createOrder)).toBe(212);
  expect(await admitted(rulesWith(), SWAP.contracts)).toBe(1);
});

it.each([
  ['a code of contracts ends its own endpoint', 200, {}, { own: 0, other: 17, spot: 425 }],
  ['a status stops everything', 429, {}, { own: 0, other: 0, spot: 0 }],
  ['a wait stops everything', 429, { 'retry-after': '30' }, { own: 0, other: 0, spot: 0 }],
  ['a ban stops everything', 418, {}, { own: 0, other: 0, spot: 0 }],
] as const)('%s', async (_name, status, headers, expected) => {
  const rules = rulesWith();
  const { allowance, cost } = rules.draw(SWAP.createOrder, {});
  await allowance.budget.acquire('new', cost, 0);
  const body = JSON.stringify({ success: false, code: 510, message: 'too frequent' });
  const answer: RawAnswer = { status, headers, body };
  expect(rules.isThrottled(answer)).toBe(true);
  allowance.settle(cost, answer);
  expect({
    own: await admitted(rules, SWAP.createOrder),
    other: await admitted(rules, SWAP.cancelOrders),
    spot: await admitted(rules, SPOT.createOrder),
  }).toEqual(expected);
});
