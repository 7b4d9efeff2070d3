/** Users, tokens, portfolios and accounts, and that none of it shows a secret. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startService, type Answer, type TestService } from './testing/service-fixture.ts';

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.stop());

const admin = (method: string, path: string, body?: object): Promise<Answer> =>
  service.call(method, path, { token: service.tokens.admin, ...(body === undefined ? {} : { body }) });

describe('administration', () => {
  it('is for tokens with scope admin', async () => {
    for (const [method, path, body] of [
      ['GET', '/users', undefined],
      ['POST', '/users', { name: 'eve' }],
      ['DELETE', '/users/usr_x', undefined],
      ['GET', '/tokens', undefined],
      ['POST', '/tokens', { label: 'x', scopes: ['admin'] }],
      ['DELETE', '/tokens/tok_x', undefined],
      ['POST', '/accounts', { exchange: 'binance', mode: 'paper' }],
      ['PATCH', '/accounts/binance-paper', { label: 'mine' }],
      ['DELETE', '/accounts/binance-paper', undefined],
    ] as const) {
      const answer = await service.call(method, path, body === undefined ? {} : { body });
      expect(answer, `${method} ${path}`).toMatchObject({ status: 403, body: { code: 'scope_missing' } });
    }
  });

  it('makes users and tokens that work, and ends them', async () => {
    const user = await admin('POST', '/users', { name: 'alice' });
    expect(user).toMatchObject({ status: 201, body: { name: 'alice' } });
    expect(await admin('POST', '/users', { name: 'alice' })).toMatchObject({
      status: 409,
      body: { code: 'name_taken' },
    });
    const userId = String(user.body['id']);
    const made = await admin('POST', '/tokens', {
      user_id: userId,
      label: 'bot',
      scopes: ['read'],
      expires_at: '2099-01-01T00:00:00Z',
    });
    expect(made).toMatchObject({
      status: 201,
      body: { scopes: ['read'], expires_at: '2099-01-01T00:00:00.000Z' },
    });
    const token = String(made.body['token']);
    const portfolios = await service.call('GET', '/portfolios', { token });
    expect(portfolios.body['portfolios']).toMatchObject([{ id: user.body['portfolio_id'], name: 'main' }]);
    expect((await service.call('GET', '/accounts', { token })).body['accounts']).toEqual([]);
    const listed = await admin('GET', `/tokens?user_id=${userId}`);
    expect(JSON.stringify(listed.body)).not.toContain(token);
    expect(await admin('DELETE', `/tokens/${String(made.body['id'])}`)).toMatchObject({ status: 200 });
    expect((await service.call('GET', '/portfolios', { token })).status).toBe(401);
    expect(await admin('DELETE', `/users/${userId}`)).toMatchObject({
      status: 200,
      body: { disabled: true },
    });
    expect((await admin('GET', '/users')).body['users']).toMatchObject([
      { name: 'admin' },
      { name: 'other' },
      { name: 'alice', disabled: true },
    ]);
  });

  it('lets nobody end their own access, nor the last that is admin', async () => {
    const tokens = (await admin('GET', '/tokens')).body['tokens'] as { id: string; user_id: string }[];
    const own = tokens[0];
    expect(await admin('DELETE', `/tokens/${String(own?.id)}`)).toMatchObject({
      status: 409,
      body: { code: 'own_access' },
    });
    expect(await admin('DELETE', `/users/${String(own?.user_id)}`)).toMatchObject({
      status: 409,
      body: { code: 'own_access' },
    });
    // The second user's admin ends the first one's, and is then the last.
    const other = (method: string, path: string): Promise<Answer> =>
      service.call(method, path, { token: service.tokens.otherAdmin });
    const made = await admin('POST', '/tokens', {
      label: 'short',
      scopes: ['admin'],
      expires_at: new Date(Date.now() + 3_600_000).toISOString(),
    });
    expect(await other('GET', '/users')).toMatchObject({ status: 403, body: { code: 'scope_missing' } });
    const otherUser = ((await admin('GET', '/users')).body['users'] as { id: string; name: string }[]).find(
      ({ name }) => name === 'other',
    );
    const otherTokens = (await admin('GET', `/tokens?user_id=${String(otherUser?.id)}`)).body['tokens'] as {
      id: string;
      scopes: string[];
    }[];
    const otherAdmin = otherTokens.find(({ scopes }) => scopes.includes('admin'));
    expect(await admin('DELETE', `/tokens/${String(otherAdmin?.id)}`)).toMatchObject({ status: 200 });
    const last = await service.call('DELETE', `/tokens/${String(own?.id)}`, {
      token: String(made.body['token']),
    });
    expect(last).toMatchObject({ status: 409, body: { code: 'last_admin' } });
    expect((await admin('GET', '/tokens')).body['tokens']).toContainEqual(
      expect.objectContaining({ id: made.body['id'], created_by: 'admin/first start', revoked_by: null }),
    );
  });

  it.each([
    ['POST', '/users', { name: 'Alice Smith' }, 'name'],
    ['POST', '/users', {}, 'name'],
    ['POST', '/tokens', { label: 'x', scopes: [] }, 'scopes'],
    ['POST', '/tokens', { label: 'x', scopes: ['root'] }, 'scopes.0'],
    ['POST', '/tokens', { label: 'x', scopes: ['read', 'read'] }, 'scopes'],
    ['POST', '/tokens', { label: 'x', scopes: ['read'], expires_at: '2001-01-01T00:00:00Z' }, 'expires_at'],
    ['POST', '/accounts', { exchange: 'binance', mode: 'live' }, 'api_key'],
    ['POST', '/accounts', { exchange: 'binance', mode: 'live', api_key: 'k' }, 'secret'],
    ['POST', '/accounts', { exchange: 'binance', mode: 'paper', api_key: 'k' }, 'api_key'],
    ['POST', '/accounts', { exchange: 'binance', mode: 'demo' }, 'mode'],
    ['PATCH', '/accounts/binance-paper', { is_default: false }, 'is_default'],
    ['PATCH', '/accounts/binance-paper', {}, 'body'],
  ])('%s %s %j names %s', async (method, path, body, field) => {
    const answer = await admin(method, path, body);
    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
    expect((answer.body['errors'] as { field: string }[]).map((error) => error.field)).toContain(field);
  });

  it('keeps keys that work, and never shows them', async () => {
    const keys = { api_key: 'the-api-key-of-the-test', secret: 'the-secret-of-the-test' };
    const base = { exchange: 'binance', mode: 'live' };
    expect(await admin('POST', '/accounts', { ...base, ...keys, api_key: 'wrong' })).toMatchObject({
      status: 422,
      body: { code: 'keys_refused' },
    });
    expect(await admin('POST', '/accounts', { ...base, ...keys, api_key: 'withdrawing' })).toMatchObject({
      status: 422,
      body: { code: 'keys_may_withdraw' },
    });
    expect(await admin('POST', '/accounts', { exchange: 'htx', mode: 'testnet' })).toMatchObject({
      status: 422,
      body: { code: 'exchange_not_supported' },
    });
    expect((await admin('GET', '/accounts')).body['accounts']).toHaveLength(1);
    const added = await admin('POST', '/accounts', { ...base, ...keys, label: 'main live' });
    expect(added).toMatchObject({
      status: 201,
      body: { id: 'binance-live', mode: 'live', is_default: false, label: 'main live' },
    });
    const moved = await admin('PATCH', '/accounts/binance-live', { is_default: true });
    expect(moved).toMatchObject({ status: 200, body: { is_default: true } });
    const listed = await admin('GET', '/accounts');
    expect(listed.body['accounts']).toMatchObject([
      { id: 'binance-paper', is_default: false },
      { id: 'binance-live', is_default: true },
    ]);
    for (const answer of [added, moved, listed]) {
      for (const secret of Object.values(keys)) expect(JSON.stringify(answer.body)).not.toContain(secret);
    }
    expect(await admin('POST', '/accounts/binance-live/verify')).toMatchObject({ body: { works: true } });
    expect(await admin('DELETE', '/accounts/binance-live')).toMatchObject({ status: 200 });
    expect(await admin('DELETE', '/accounts/binance-live')).toMatchObject({
      status: 404,
      body: { code: 'account_not_found' },
    });
    await admin('PATCH', '/accounts/binance-paper', { is_default: true });
  });

  it('removes no account that has orders', async () => {
    const order = await service.call('POST', '/trading/v2/orders/limit', {
      body: { exchange: 'binance', symbol: 'BTC/USDT', side: 'buy', quantity: '0.001', price: '57000' },
    });
    expect(order.status).toBe(201);
    expect(await admin('DELETE', '/accounts/binance-paper')).toMatchObject({
      status: 409,
      body: { code: 'account_in_use', order_ids: [order.body['id']] },
    });
    await service.call('DELETE', '/trading/v2/orders?all=true');
  });
});
