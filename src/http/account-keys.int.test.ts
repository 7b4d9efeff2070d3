/** Keys that are entered, tried at the simulated venue itself before they are kept. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startService, type Answer, type TestService } from './testing/service-fixture.ts';

interface Keys {
  readonly key: string;
  readonly secret: string;
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
});
