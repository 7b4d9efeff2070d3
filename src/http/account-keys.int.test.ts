/** Keys that are entered, tried at the simulated venue itself before they are kept. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { StreamReader } from './stream/testing/stream-reader.ts';
import { startService, type Answer, type TestService } from './testing/service-fixture.ts';

interface Keys {
  readonly key: string;
  readonly secret: string;
  readonly account_id: string;
}

let service: TestService;
beforeAll(async () => {
  service = await startService({}, { triesKeysAtVenue: true });
});
afterAll(() => service.stop());

const admin = (method: string, path: string, body?: object): Promise<Answer> =>
  service.call(method, path, { token: service.tokens.admin, ...(body === undefined ? {} : { body }) });

const keysAtVenue = async (withdraw: boolean): Promise<Keys> =>
  (await service.control('POST', 'binance/accounts', { permissions: { trade: true, withdraw } })) as Keys;

const account = (keys: Keys, more: object = {}): object => ({
  exchange: 'binance',
  mode: 'live',
  api_key: keys.key,
  secret: keys.secret,
  ...more,
});

const order = (id: string, round: number): object => ({
  exchange: 'binance',
  account: id,
  symbol: 'BTC/USDT',
  side: round % 2 === 0 ? 'buy' : 'sell',
  quantity: '0.001',
  wait_ms: 5_000,
});

async function kept(): Promise<number> {
  return ((await admin('GET', '/accounts')).body['accounts'] as unknown[]).length;
}

describe('keys', () => {
  it('POST /accounts keeps keys that read and trade', async () => {
    const keys = await keysAtVenue(false);
    const added = await admin('POST', '/accounts', account(keys));
    expect(added).toMatchObject({ status: 201, body: { id: 'binance-live', mode: 'live' } });
    expect(JSON.stringify(added.body)).not.toContain(keys.secret);
    expect(await admin('POST', '/accounts/binance-live/verify')).toMatchObject({
      status: 200,
      body: { works: true, reason: null, may_withdraw: false },
    });
  });

  it('POST /accounts refuses keys that may withdraw, unless that is allowed', async () => {
    const keys = await keysAtVenue(true);
    const before = await kept();
    expect(await admin('POST', '/accounts', account(keys))).toMatchObject({
      status: 422,
      body: { code: 'keys_may_withdraw' },
    });
    expect(await kept()).toBe(before);
    const added = await admin('POST', '/accounts', account(keys, { allow_withdraw_keys: true }));
    expect(added.status).toBe(201);
    expect(await admin('POST', `/accounts/${String(added.body['id'])}/verify`)).toMatchObject({
      body: { works: true, may_withdraw: true },
    });
  });

  it('POST /accounts refuses keys that the exchange does not take, with its words', async () => {
    const keys = await keysAtVenue(false);
    const before = await kept();
    for (const wrong of [
      { ...keys, secret: 'wrong'.repeat(12) },
      { ...keys, key: 'a'.repeat(64) },
    ]) {
      const answer = await admin('POST', '/accounts', account(wrong));
      expect(answer).toMatchObject({
        status: 422,
        body: { code: 'keys_refused', reason: expect.stringMatching(/-\d{4}/) },
      });
      expect(JSON.stringify(answer.body)).not.toContain(wrong.secret);
    }
    expect(await kept()).toBe(before);
  });

  it('PATCH /accounts tries new keys before it keeps them', async () => {
    const keys = await keysAtVenue(true);
    expect(
      await admin('PATCH', '/accounts/binance-live', { api_key: keys.key, secret: keys.secret }),
    ).toMatchObject({ status: 422, body: { code: 'keys_may_withdraw' } });
    expect(
      await admin('PATCH', '/accounts/binance-live', { api_key: keys.key, secret: 'wrong'.repeat(12) }),
    ).toMatchObject({ status: 422, body: { code: 'keys_refused' } });
    expect(await admin('POST', '/accounts/binance-live/verify')).toMatchObject({
      body: { works: true, may_withdraw: false },
    });
  });

  it('PATCH /accounts takes new keys over while the account and another one trade: every order is filled', async () => {
    const label = 'to be changed';
    const added = await admin('POST', '/accounts', account(await keysAtVenue(false), { label }));
    const changing = String(added.body['id']);
    const answers: Answer[] = [];
    const trading = { isOn: true };
    const trade = async (id: string): Promise<void> => {
      for (let round = 0; trading.isOn; round += 1)
        answers.push(await service.call('POST', '/trading/v2/orders/market', { body: order(id, round) }));
    };
    const isConnected = async (): Promise<boolean> =>
      (await service.call('POST', '/trading/v2/orders/market', { body: order(changing, 0) })).status === 201;
    await expect.poll(isConnected, { timeout: 20_000 }).toBe(true);
    const callers = ['binance-paper', 'binance-paper', changing, changing].map(trade);
    const keys = await keysAtVenue(false);
    const patched = await admin('PATCH', `/accounts/${changing}`, { api_key: keys.key, secret: keys.secret });
    expect(patched.status).toBe(200);
    const underNewKeys = async (): Promise<number> =>
      ((await service.control('GET', `binance/orders?account=${keys.account_id}`)) as unknown[]).length;
    await expect.poll(underNewKeys, { timeout: 20_000 }).toBeGreaterThan(5);
    trading.isOn = false;
    await Promise.all(callers);
    expect(answers.filter(({ status, body }) => status !== 201 || body['status'] !== 'filled')).toEqual([]);
  });

  it('POST /accounts and POST /accounts/{account_id}/verify judge no keys that nobody could be asked about', async () => {
    const keys = await keysAtVenue(false);
    await service.control('POST', 'binance/faults', { kind: 'drop_request', route: '*' });
    try {
      expect(await admin('POST', '/accounts', account(keys))).toMatchObject({
        status: 503,
        body: { code: 'venue_unreachable' },
      });
      expect(await admin('POST', '/accounts/binance-live/verify')).toMatchObject({
        status: 503,
        body: { code: 'venue_unreachable' },
      });
    } finally {
      await service.control('DELETE', 'binance/faults');
    }
    expect(await admin('POST', '/accounts/binance-live/verify')).toMatchObject({ body: { works: true } });
  });

  it('POST /accounts/{account_id}/verify reads the balances where the exchange does not say what keys may do', async () => {
    const keys = await keysAtVenue(false);
    const added = await admin('POST', '/accounts', account(keys, { mode: 'testnet' }));
    expect(added).toMatchObject({ status: 201, body: { mode: 'testnet' } });
    expect(await admin('POST', `/accounts/${String(added.body['id'])}/verify`)).toMatchObject({
      body: { works: true, may_withdraw: null },
    });
    expect(
      await admin('POST', '/accounts', account({ ...keys, secret: 'wrong'.repeat(12) }, { mode: 'testnet' })),
    ).toMatchObject({ status: 422, body: { code: 'keys_refused' } });
  });

  it('DELETE /accounts ends an account under its readers: its last price is reported as stale', async () => {
    const reader = await StreamReader.open(service.streamUrl, service.tokens.read);
    const prices = 'prices:binance:BTC/USDT';
    await reader.ask({ subscribe: [prices] });
    const last = (): unknown => reader.on(prices).at(-1)?.['stale'];
    await expect.poll(last, { timeout: 10_000 }).toBe(false);
    expect((await admin('DELETE', '/accounts/binance-paper?positions=close')).status).toBe(200);
    await expect.poll(last, { timeout: 10_000 }).toBe(true);
    reader.close();
  });
});
