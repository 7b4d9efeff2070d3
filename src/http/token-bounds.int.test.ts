/** Powers of tokens: over other users, and tokens that are for a part of a portfolio. Every route is in the table. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { BoundTokens } from './authentication.ts';
import { StreamReader } from './stream/testing/stream-reader.ts';
import { startService, type Answer, type TestService } from './testing/service-fixture.ts';

let service: TestService;
/** The second account of the first user, at the simulated venue. */
let second = '';
/** Bound to the second account, to strategy `one`, and to both. */
let ofAccount = '';
let ofStrategy = '';
let ofBoth = '';

const admin = (method: string, path: string, body?: object): Promise<Answer> =>
  service.call(method, path, { token: service.tokens.admin, ...(body === undefined ? {} : { body }) });
const as = (token: string, method: string, path: string, body?: object): Promise<Answer> =>
  service.call(method, path, { token, ...(body === undefined ? {} : { body }) });

async function keysAtVenue(): Promise<{ readonly api_key: string; readonly secret: string }> {
  const keys = (await service.control('POST', 'binance/accounts', {
    permissions: { trade: true, withdraw: false },
  })) as { key: string; secret: string };
  return { api_key: keys.key, secret: keys.secret };
}

async function tokenWith(more: object): Promise<string> {
  const made = await admin('POST', '/tokens', { label: 'bound', scopes: ['trade'], ...more });
  expect(made).toMatchObject({ status: 201 });
  return String(made.body['token']);
}

const limit = (account: string, strategy: string | null): object => ({
  exchange: 'binance',
  account,
  symbol: 'BTC/USDT',
  side: 'buy',
  quantity: '0.001',
  price: '57000',
  ...(strategy === null ? {} : { strategy }),
});

/** A resting order of the unbound token; its id. */
async function rest(account: string, strategy: string): Promise<string> {
  let answer: Answer | undefined;
  await expect
    .poll(
      async () => {
        answer = await admin('POST', '/trading/v2/orders/limit', limit(account, strategy));
        return answer.status;
      },
      { timeout: 20_000 },
    )
    .toBe(201);
  return String(answer?.body['id']);
}

const openOf = async (token: string): Promise<string[]> =>
  ((await as(token, 'GET', '/trading/v2/orders/open')).body['orders'] as { id: string }[]).map(
    ({ id }) => id,
  );

beforeAll(async () => {
  service = await startService({}, { triesKeysAtVenue: true });
  const added = await admin('POST', '/accounts', {
    exchange: 'binance',
    mode: 'testnet',
    ...(await keysAtVenue()),
  });
  second = String(added.body['id']);
  ofAccount = await tokenWith({ accounts: [second] });
  ofStrategy = await tokenWith({ strategies: ['one'] });
  ofBoth = await tokenWith({ accounts: [second], strategies: ['one', 'two'] });
});
afterAll(() => service.stop());

/** Routes that are open to tokens for accounts, for strategies, or for either. All others refuse both. */
const OPEN_TO_BOUND: Readonly<Record<string, BoundTokens>> = {
  'GET /trading/v2/strategies': 'strategies',
  'GET /risk/trading-state': 'strategies',
  'POST /trading/v2/orders/market': 'accounts and strategies',
  'POST /trading/v2/orders/limit': 'accounts and strategies',
  'POST /trading/v2/orders/stop': 'accounts and strategies',
  'POST /trading/v2/orders/batch': 'accounts and strategies',
  'GET /trading/v2/orders/open': 'accounts and strategies',
  'GET /trading/v2/orders/history': 'accounts',
  'GET /trading/v2/orders/:order_id': 'accounts and strategies',
  'GET /trading/v2/orders/:order_id/status': 'accounts and strategies',
  'GET /trading/v2/orders/:order_id/fills': 'accounts and strategies',
  'PATCH /trading/v2/orders/:order_id': 'accounts and strategies',
  'DELETE /trading/v2/orders/:order_id': 'accounts and strategies',
  'DELETE /trading/v2/orders': 'accounts and strategies',
  'GET /trading/v2/fills': 'accounts',
  'GET /trading/v2/leverage': 'accounts',
  'GET /trading/v2/orders': 'accounts and strategies',
  'GET /trading/v2/positions': 'accounts',
  'GET /trading/v2/positions/:symbol': 'accounts',
  'POST /trading/v2/positions/:symbol/close': 'accounts and strategies',
  'POST /trading/v2/positions/close': 'accounts',
  'GET /trading/v2/account/activities': 'accounts',
  'GET /trading/v2/account/balance': 'accounts',
  'PUT /trading/v2/leverage': 'accounts',
  'PUT /trading/v2/margin-mode': 'accounts',
  'PUT /trading/v2/position-mode': 'accounts',
  'POST /trading/v2/risk/check': 'accounts and strategies',
  'GET /accounts': 'accounts and strategies',
  'GET /exchanges': 'accounts and strategies',
  'GET /instruments': 'accounts and strategies',
  'GET /market/ticker': 'accounts and strategies',
  'GET /market/tickers': 'accounts and strategies',
  'GET /market/book': 'accounts and strategies',
  'GET /market/trades': 'accounts and strategies',
  'GET /market/candles': 'accounts and strategies',
  'GET /stream': 'accounts and strategies',
};

describe('a token for a part of a portfolio', () => {
  it('is refused by every route but those of the table, so that a new one cannot forget it', async () => {
    const routes = service.served.filter(({ scope }) => scope !== undefined);
    const nameOf = (method: string, url: string): string => `${method} ${url.replace(/^\/api\/v1/, '')}`;
    const found: Record<string, string> = {};
    for (const { method, url } of routes) {
      // Those at the root are called with two slashes.
      const below = url.replace(/^\/api\/v1/, '');
      const path = `${below === url ? '/' : ''}${below.replaceAll(/:[a-z_]+/g, 'x')}`;
      const isRefused = async (token: string): Promise<boolean> => {
        const { status, body } = await as(token, method, path);
        return status === 403 && ['token_bound', 'scope_missing'].includes(String(body['code']));
      };
      const [account, strategy] = [await isRefused(ofAccount), await isRefused(ofStrategy)];
      if (!account) found[nameOf(method, url)] = strategy ? 'accounts' : 'accounts and strategies';
      else if (!strategy) found[nameOf(method, url)] = 'strategies';
    }
    expect(routes.length).toBeGreaterThan(40);
    expect(found).toEqual(OPEN_TO_BOUND);
  });

  it('sees, changes and cancels the orders of its accounts and strategies alone', async () => {
    const ids = {
      firstOne: await rest('binance-paper', 'one'),
      secondOne: await rest(second, 'one'),
      secondThree: await rest(second, 'three'),
    };
    expect(await openOf(ofAccount)).toEqual([ids.secondOne, ids.secondThree]);
    expect(await openOf(ofStrategy)).toEqual([ids.firstOne, ids.secondOne]);
    expect(await openOf(ofBoth)).toEqual([ids.secondOne]);
    for (const [token, id] of [
      [ofAccount, ids.firstOne],
      [ofStrategy, ids.secondThree],
      [ofBoth, ids.firstOne],
    ] as const) {
      for (const [method, path, body] of [
        ['GET', `/trading/v2/orders/${id}`, undefined],
        ['GET', `/trading/v2/orders/${id}/fills`, undefined],
        ['PATCH', `/trading/v2/orders/${id}`, { price: '57001' }],
        ['DELETE', `/trading/v2/orders/${id}`, undefined],
      ] as const)
        expect(await as(token, method, path, body), `${method} ${path}`).toMatchObject({
          status: 404,
          body: { code: 'order_not_found' },
        });
    }
    const canceled = await as(ofBoth, 'DELETE', '/trading/v2/orders?all=true');
    expect(canceled.body['results']).toMatchObject([{ order: { id: ids.secondOne }, outcome: 'canceled' }]);
    expect(await as(ofBoth, 'DELETE', '/trading/v2/orders?all=true&include_external=true')).toMatchObject({
      status: 403,
      body: { code: 'token_bound' },
    });
    expect(await openOf(service.tokens.admin)).toEqual([ids.firstOne, ids.secondThree]);
    await admin('DELETE', '/trading/v2/orders?all=true');
    const history = await as(ofAccount, 'GET', '/trading/v2/orders/history');
    expect((history.body['orders'] as { id: string }[]).map(({ id }) => id).toSorted()).toEqual(
      [ids.secondOne, ids.secondThree].toSorted(),
    );
  });

  it('places there alone, and needs not name its only strategy', async () => {
    for (const [token, wish, status] of [
      [ofAccount, limit('binance-paper', null), 404],
      [ofAccount, limit(second, null), 201],
      [ofStrategy, limit(second, 'two'), 403],
      [ofStrategy, limit('binance-paper', null), 201],
      [ofBoth, limit(second, null), 403],
      [ofBoth, limit(second, 'three'), 403],
      [ofBoth, limit(second, 'two'), 201],
    ] as const) {
      const answer = await as(token, 'POST', '/trading/v2/orders/limit', wish);
      expect(answer.status, JSON.stringify([wish, answer.body])).toBe(status);
      if (status === 403) expect(answer.body['code']).toBe('token_bound');
      if (token === ofStrategy && status === 201) expect(answer.body['strategy']).toBe('one');
    }
    const batch = await as(ofBoth, 'POST', '/trading/v2/orders/batch', {
      all_or_none_risk: true,
      orders: [
        { type: 'limit', ...limit(second, 'one') },
        { type: 'limit', ...limit(second, 'three') },
      ],
    });
    expect(batch).toMatchObject({ status: 403, body: { code: 'token_bound' } });
    await admin('DELETE', '/trading/v2/orders?all=true');
  });

  it('sees the accounts, positions and balances of its accounts', async () => {
    const idsOf = async (path: string, list: string): Promise<unknown[]> =>
      (await as(ofAccount, 'GET', path)).body[list] as unknown[];
    expect(await idsOf('/accounts', 'accounts')).toMatchObject([{ id: second }]);
    await admin('POST', '/trading/v2/orders/market', {
      exchange: 'binance',
      account: 'binance-paper',
      symbol: 'BTC/USDT',
      side: 'buy',
      quantity: '0.001',
      wait_ms: 5_000,
    });
    expect(await idsOf('/trading/v2/positions', 'positions')).toEqual([]);
    const buy = { exchange: 'binance', symbol: 'BTC/USDT', side: 'buy', quantity: '0.001', wait_ms: 5_000 };
    expect((await as(ofAccount, 'POST', '/trading/v2/orders/market', buy)).body['account']).toBe(second);
    expect(await idsOf('/trading/v2/positions', 'positions')).toMatchObject([{ account: second }]);
    const close = (account: string): Promise<Answer> =>
      as(ofAccount, 'POST', '/trading/v2/positions/BTC%2FUSDT/close', {
        exchange: 'binance',
        account,
        wait_ms: 5_000,
      });
    expect((await close('binance-paper')).status).toBe(404);
    const all = await as(ofAccount, 'POST', '/trading/v2/positions/close', { all: true });
    expect(all).toMatchObject({
      status: 200,
      body: {
        results: [{ account: second, order: { status: 'filled' } }],
        positions_left: [{ account: second }],
      },
    });
    const left = (await admin('GET', '/trading/v2/positions')).body['positions'] as Record<string, unknown>[];
    expect(left.find(({ account }) => account === 'binance-paper')).toMatchObject({ quantity: '0.000999' });
    expect((await as(ofStrategy, 'POST', '/trading/v2/positions/close', { all: true })).status).toBe(403);
    await as(ofAccount, 'POST', '/trading/v2/orders/market', buy);
    expect((await close(second)).status).toBe(201);
    expect(await idsOf('/trading/v2/fills?exchange=binance', 'fills')).toHaveLength(4);
    expect((await as(ofAccount, 'GET', '/trading/v2/fills')).status).toBe(400);
    const foreign = await as(
      ofAccount,
      'GET',
      '/trading/v2/account/balance?exchange=binance&account=binance-paper',
    );
    expect(foreign).toMatchObject({ status: 404, body: { code: 'account_not_found' } });
  });

  it('closes what its strategies hold, and nothing of others', async () => {
    const swap = { exchange: 'binance', account: 'binance-paper', symbol: 'BTC/USDT:USDT', wait_ms: 5_000 };
    const trade = (token: string, body: object): Promise<Answer> =>
      as(token, 'POST', '/trading/v2/orders/market', body);
    const close = (token: string, body: object, symbol = swap.symbol): Promise<Answer> =>
      as(token, 'POST', `/trading/v2/positions/${encodeURIComponent(symbol)}/close`, {
        exchange: 'binance',
        account: 'binance-paper',
        wait_ms: 5_000,
        ...body,
      });
    const held = async (strategy: string, symbol = swap.symbol): Promise<string | undefined> => {
      const { body } = await admin('GET', '/trading/v2/strategies');
      const found = (body['strategies'] as { strategy: string; positions: Record<string, string>[] }[]).find(
        (each) => each.strategy === strategy,
      );
      return found?.positions.find((one) => one['symbol'] === symbol)?.['quantity'];
    };
    const { admin: whole } = service.tokens;
    expect((await trade(ofStrategy, { ...swap, side: 'buy', quantity: '0.01' })).status).toBe(201);
    expect((await trade(whole, { ...swap, side: 'buy', quantity: '0.02', strategy: 'three' })).status).toBe(
      201,
    );
    expect((await trade(whole, { ...swap, side: 'buy', quantity: '0.005' })).status).toBe(201);

    const beyond = { ...swap, side: 'sell', quantity: '0.02', reduce_only: true };
    expect(await trade(ofStrategy, beyond)).toMatchObject({
      status: 422,
      body: { code: 'beyond_strategy_part', limit: '0.01', actual: '0.02' },
    });
    expect(
      (await as(ofStrategy, 'POST', '/trading/v2/risk/check', { type: 'market', ...beyond })).body,
    ).toMatchObject({ approved: false });
    expect(await close(ofStrategy, { quantity: '0.02' })).toMatchObject({
      status: 422,
      body: { code: 'not_reducing' },
    });
    expect(await close(ofStrategy, { strategy: 'three' })).toMatchObject({
      status: 403,
      body: { code: 'token_bound' },
    });
    expect(await close(ofStrategy, {})).toMatchObject({
      status: 201,
      body: { quantity: '0.01', strategy: 'one' },
    });
    expect([await held('one'), await held('three')]).toEqual(['0', '0.02']);
    expect(await close(ofStrategy, {})).toMatchObject({ status: 404, body: { code: 'position_not_found' } });

    // An admin closes the part of a strategy as well, and what is left is nobody's.
    expect(await close(whole, { strategy: 'three', fraction: '0.5' })).toMatchObject({
      status: 201,
      body: { quantity: '0.01' },
    });
    expect(await close(whole, { strategy: 'three' })).toMatchObject({
      status: 201,
      body: { quantity: '0.01' },
    });
    expect(await close(whole, {})).toMatchObject({ status: 201, body: { quantity: '0.005' } });

    const spot = { ...swap, symbol: 'ETH/USDT' };
    await trade(ofStrategy, { ...spot, side: 'buy', quantity: '0.1' });
    await trade(whole, { ...spot, side: 'buy', quantity: '0.1', strategy: 'three' });
    const others = await held('three', spot.symbol);
    expect(await trade(ofStrategy, { ...spot, side: 'sell', quantity: '0.15' })).toMatchObject({
      status: 422,
      body: { code: 'beyond_strategy_part', limit: '0.0999' },
    });
    expect(await close(ofStrategy, {}, spot.symbol)).toMatchObject({
      status: 201,
      body: { quantity: '0.0999' },
    });
    expect([await held('one', spot.symbol), await held('three', spot.symbol)]).toEqual(['0', others]);
    await close(whole, {}, spot.symbol);
    expect(await held('three', spot.symbol)).toBe('0');

    const several = await tokenWith({ strategies: ['one', 'two'] });
    const unnamed = await close(several, {});
    expect([unnamed.status, JSON.stringify(unnamed.body).includes('strategy')]).toEqual([400, true]);
  });

  it('reads the books, the results and the trading state of its own strategies', async () => {
    await as(ofStrategy, 'POST', '/trading/v2/orders/market', {
      exchange: 'binance',
      account: 'binance-paper',
      symbol: 'ETH/USDT',
      side: 'buy',
      quantity: '0.1',
      wait_ms: 5_000,
    });
    for (const [strategy, state] of [
      ['one', 'reduce_only'],
      ['three', 'halted'],
    ])
      await admin('PUT', '/risk/trading-state', { scope: 'strategy', strategy, state, reason: 'a test' });
    const names = async (token: string): Promise<unknown[]> =>
      ((await as(token, 'GET', '/trading/v2/strategies')).body['strategies'] as { strategy: string }[]).map(
        ({ strategy }) => strategy,
      );
    expect(await names(ofStrategy)).toEqual(['one']);
    expect((await names(service.tokens.admin)).length).toBeGreaterThan(1);
    const own = await as(ofBoth, 'GET', '/trading/v2/strategies');
    expect(JSON.stringify(own.body)).not.toContain('binance-paper');
    const { body } = await as(ofStrategy, 'GET', '/risk/trading-state');
    expect(body).toMatchObject({ effective: 'reduce_only', because_of: { strategy: 'one' } });
    expect(JSON.stringify(body)).not.toContain('three');
    expect(body['history']).toHaveLength(1);
    for (const [token, query] of [
      [ofStrategy, '?strategy=three'],
      [ofBoth, ''],
    ] as const)
      expect(await as(token, 'GET', `/risk/trading-state${query}`)).toMatchObject({
        status: 403,
        body: { code: 'token_bound' },
      });
    for (const strategy of ['one', 'three'])
      await admin('PUT', '/risk/trading-state', {
        scope: 'strategy',
        strategy,
        state: 'active',
        version: 1,
        reason: 'a test',
      });
  });

  describe('on the stream', () => {
    const readers: StreamReader[] = [];
    afterEach(() => {
      for (const reader of readers.splice(0)) reader.close();
    });
    async function open(token: string): Promise<StreamReader> {
      const reader = await StreamReader.open(service.streamUrl, token);
      readers.push(reader);
      return reader;
    }
    const buy = { exchange: 'binance', symbol: 'BTC/USDT', side: 'buy', quantity: '0.001', wait_ms: 5_000 };
    const place = async (account: string, strategy: string | null): Promise<string> => {
      const body = { ...buy, account, ...(strategy === null ? {} : { strategy }) };
      const answer = await admin('POST', '/trading/v2/orders/market', body);
      expect(answer.status, JSON.stringify(answer.body)).toBe(201);
      return String(answer.body['id']);
    };
    const ordersOn = (reader: StreamReader): ReadonlySet<string> =>
      new Set(reader.on('orders').flatMap(({ orders }) => (orders as { id: string }[]).map(({ id }) => id)));
    const filledOn = (reader: StreamReader): readonly unknown[] =>
      reader.on('fills').map(({ fill }) => (fill as { order_id: unknown }).order_id);
    const isIn =
      (reader: StreamReader, id: string): (() => boolean) =>
      (): boolean =>
        filledOn(reader).includes(id);

    it('gets the orders and fills that are its own, live and of the past, and no record of the journal', async () => {
      const { body } = await admin('GET', '/trading/v2/orders/open');
      const after = Number(body['as_of_seq']);
      const wish = { subscribe: ['orders', 'fills'] };
      const live = [await open(ofAccount), await open(ofStrategy), await open(ofBoth)] as const;
      for (const reader of live) expect(await reader.ask(wish)).toMatchObject({ subscribed: wish.subscribe });
      const ids = {
        firstOne: await place('binance-paper', 'one'),
        firstNone: await place('binance-paper', null),
        secondOne: await place(second, 'one'),
        secondThree: await place(second, 'three'),
        secondNone: await place(second, null),
        last: await place(second, 'one'),
      };
      const past = [await open(ofAccount), await open(ofStrategy), await open(ofBoth)] as const;
      for (const reader of past) await reader.ask({ ...wish, after });
      for (const [ofTheAccount, ofTheStrategy, ofTheTwo] of [live, past]) {
        for (const reader of [ofTheAccount, ofTheStrategy, ofTheTwo])
          await expect.poll(isIn(reader, ids.last), { timeout: 10_000 }).toBe(true);
        const own = [ids.secondOne, ids.last];
        expect(ordersOn(ofTheAccount)).toEqual(new Set([...own, ids.secondThree, ids.secondNone]));
        expect(ordersOn(ofTheStrategy)).toEqual(new Set([...own, ids.firstOne]));
        expect(ordersOn(ofTheTwo)).toEqual(new Set(own));
        for (const reader of [ofTheAccount, ofTheStrategy, ofTheTwo]) {
          expect(new Set(filledOn(reader))).toEqual(ordersOn(reader));
          for (const message of reader.news) expect(message).not.toHaveProperty('data');
        }
        expect(JSON.stringify(ofTheAccount.messages)).not.toContain('binance-paper');
      }
    });

    it('gets the positions and balances of its accounts, and of no other', async () => {
      const channels = ['positions', 'balances'];
      const reader = await open(ofAccount);
      await reader.ask({ subscribe: channels });
      const whole = await open(service.tokens.read);
      const { seq } = await whole.ask({ subscribe: channels });
      await place('binance-paper', null);
      await place(second, null);
      const past = await open(ofAccount);
      await past.ask({ subscribe: channels, after: seq });
      const accounts = (one: StreamReader, channel: string): ReadonlySet<unknown> =>
        new Set(one.on(channel).map(({ account }) => account));
      for (const channel of channels) {
        await expect.poll(() => accounts(whole, channel).size, { timeout: 10_000 }).toBe(2);
        for (const one of [reader, past]) {
          await expect.poll(() => accounts(one, channel), { timeout: 10_000 }).toEqual(new Set([second]));
          expect(JSON.stringify(one.messages)).not.toContain('binance-paper');
        }
      }
    });

    it('is refused what is of the whole portfolio, and a strategy what strategies share', async () => {
      for (const token of [ofAccount, ofStrategy, ofBoth]) {
        const reader = await open(token);
        await reader.ask({ subscribe: ['prices:binance:BTC/USDT'] });
        const shared = token === ofAccount ? [] : ['positions', 'balances'];
        for (const channel of ['risk', 'drift', ...shared]) {
          const refused = { error: { code: 'token_bound' } };
          expect(await reader.ask({ subscribe: [channel] })).toMatchObject(refused);
          expect(await reader.ask({ subscribe: ['orders', channel], after: 0 })).toMatchObject(refused);
        }
        expect(reader.news).toEqual([]);
      }
    });
  });

  it.each([
    [{ scopes: ['admin'], accounts: ['binance-paper'] }, 400, 'invalid_request'],
    [{ scopes: ['trade'], users: 'manage' }, 400, 'invalid_request'],
    [{ scopes: ['trade'], accounts: ['nobody'] }, 404, 'account_not_found'],
    [{ scopes: ['trade'], accounts: [] }, 400, 'invalid_request'],
    [{ scopes: ['trade'], strategies: ['one', 'one'] }, 400, 'invalid_request'],
  ])('%j is not made', async (wish, status, code) => {
    expect(await admin('POST', '/tokens', { label: 'x', ...wish })).toMatchObject({ status, body: { code } });
  });
});

describe('power over users', () => {
  it('is apart from scope admin, and does not open their trading unless it is granted', async () => {
    const user = await admin('POST', '/users', { name: 'carol' });
    const userId = String(user.body['id']);
    const tokenOf = async (more: object): Promise<string> =>
      String((await admin('POST', '/tokens', { label: 'x', scopes: ['admin'], ...more })).body['token']);
    const [alone, manager] = [await tokenOf({}), await tokenOf({ users: 'manage' })];
    const refused = { status: 403, body: { code: 'scope_missing' } };
    for (const [method, path, body] of [
      ['GET', '/users', undefined],
      ['POST', '/users', { name: 'dave' }],
      ['DELETE', `/users/${userId}`, undefined],
      ['GET', `/tokens?user_id=${userId}`, undefined],
      ['POST', '/tokens', { user_id: userId, label: 'x', scopes: ['read'] }],
      ['POST', '/tokens', { label: 'x', scopes: ['admin'], users: 'manage' }],
      ['GET', `/accounts?user_id=${userId}`, undefined],
      ['POST', '/accounts', { user_id: userId, exchange: 'binance', mode: 'paper' }],
      ['PATCH', '/accounts/binance-paper', { user_id: userId, label: 'x' }],
      ['DELETE', `/accounts/binance-paper?user_id=${userId}`, undefined],
      ['POST', `/accounts/binance-paper/verify?user_id=${userId}`, undefined],
    ] as const)
      expect(await as(alone, method, path, body), `${method} ${path}`).toMatchObject(refused);
    // Over its own portfolio it has all power.
    expect((await as(alone, 'GET', '/risk/limits')).status).toBe(200);
    expect((await as(alone, 'GET', '/tokens')).status).toBe(200);

    expect((await as(manager, 'GET', '/users')).status).toBe(200);
    for (const wish of [
      { user_id: userId, scopes: ['trade'] },
      { user_id: userId, scopes: ['admin'] },
      { scopes: ['admin'], users: 'trade' },
    ])
      expect(await as(manager, 'POST', '/tokens', { label: 'x', ...wish })).toMatchObject(refused);
    expect(await as(manager, 'DELETE', `/users/${userId}?positions=close`)).toMatchObject(refused);
    const reading = await as(manager, 'POST', '/tokens', { user_id: userId, label: 'r', scopes: ['read'] });
    expect(reading.status).toBe(201);

    // The account of another user, with nobody's token but the manager's.
    const added = await as(manager, 'POST', '/accounts', {
      user_id: userId,
      exchange: 'binance',
      mode: 'testnet',
      ...(await keysAtVenue()),
    });
    expect(added).toMatchObject({ status: 201, body: { id: 'binance-testnet' } });
    expect((await as(String(reading.body['token']), 'GET', '/accounts')).body['accounts']).toMatchObject([
      { id: 'binance-testnet', mode: 'testnet' },
    ]);
    expect((await as(manager, 'GET', `/accounts?user_id=${userId}`)).body['accounts']).toHaveLength(1);
    expect(
      await as(manager, 'PATCH', '/accounts/binance-testnet', { user_id: userId, label: 'managed' }),
    ).toMatchObject({ status: 200, body: { label: 'managed' } });
    expect(await as(manager, 'POST', `/accounts/binance-testnet/verify?user_id=${userId}`)).toMatchObject({
      status: 200,
      body: { works: true },
    });
    expect(await as(manager, 'GET', '/accounts?user_id=usr_nobody')).toMatchObject({ status: 404 });
  });
});
