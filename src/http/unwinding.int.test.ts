/** Accounts and users with open orders and positions are not ended by accident, and are unwound on request. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { payFeesInBnb } from './testing/fee-coin.ts';
import { startService, type Answer, type TestService } from './testing/service-fixture.ts';

let service: TestService;
/** Of the second user. */
let userId = '';
beforeAll(async () => {
  service = await startService({}, { triesKeysAtVenue: true });
  const users = (await admin('GET', '/users')).body['users'] as { id: string; name: string }[];
  userId = users.find(({ name }) => name === 'other')?.id ?? '';
});
afterAll(() => service.stop());

const admin = (method: string, path: string, body?: object): Promise<Answer> =>
  service.call(method, path, { token: service.tokens.admin, ...(body === undefined ? {} : { body }) });
const other = (method: string, path: string, body?: object): Promise<Answer> =>
  service.call(method, path, { token: service.tokens.otherAdmin, ...(body === undefined ? {} : { body }) });
type Call = typeof admin;

/** An account at the simulated venue that trades; its id. */
async function addAccount(call: Call, paysInBnb = false): Promise<string> {
  const keys = (await service.control('POST', 'binance/accounts', {
    permissions: { trade: true, withdraw: false },
  })) as { key: string; secret: string };
  if (paysInBnb) await payFeesInBnb(service, true, keys);
  const added = await call('POST', '/accounts', {
    exchange: 'binance',
    mode: 'testnet',
    api_key: keys.key,
    secret: keys.secret,
  });
  expect(added).toMatchObject({ status: 201 });
  return String(added.body['id']);
}

async function place(call: Call, account: string, type: 'market' | 'limit', more: object): Promise<string> {
  let answer: Answer | undefined;
  await expect
    .poll(
      async () => {
        answer = await call('POST', `/trading/v2/orders/${type}`, {
          exchange: 'binance',
          account,
          symbol: 'BTC/USDT',
          side: 'buy',
          wait_ms: 5_000,
          ...more,
        });
        return answer.status;
      },
      { timeout: 20_000 },
    )
    .toBe(201);
  return String(answer?.body['id']);
}

/** An account with a bought position of 0.003 BTC less its fee and a resting order; both ids. */
async function busyAccount(call: Call): Promise<{ readonly account: string; readonly orderId: string }> {
  const account = await addAccount(call);
  await place(call, account, 'market', { quantity: '0.003' });
  return { account, orderId: await place(call, account, 'limit', { quantity: '0.001', price: '57000' }) };
}

const positionsOf = async (call: Call, account: string): Promise<unknown> =>
  (await call('GET', `/trading/v2/positions?account=${account}`)).body['positions'];

describe('an account with something open', () => {
  it('stays, and the refusal names its orders and positions', async () => {
    const { account, orderId } = await busyAccount(admin);
    const position = { account, symbol: 'BTC/USDT', position_side: 'net', quantity: '0.002997' };
    expect(await admin('DELETE', `/accounts/${account}`)).toMatchObject({
      status: 409,
      body: { code: 'account_in_use', order_ids: [orderId], positions: [position] },
    });
    expect(await admin('DELETE', `/accounts/${account}?orders=cancel`)).toMatchObject({
      status: 409,
      body: { code: 'account_in_use', order_ids: [], positions: [position] },
    });
    // Nothing was done by halves.
    expect((await admin('GET', '/trading/v2/orders/open')).body['orders']).toMatchObject([{ id: orderId }]);
    expect(await positionsOf(admin, account)).toHaveLength(1);
    expect((await admin('GET', '/accounts')).body['accounts']).toContainEqual(
      expect.objectContaining({ id: account }),
    );

    const removed = await admin('DELETE', `/accounts/${account}?orders=cancel&positions=close`);
    expect(removed).toMatchObject({
      status: 200,
      body: {
        id: account,
        removed: true,
        unwound: {
          canceled: [{ order_id: orderId, account, status: 'canceled' }],
          closed: [
            { ...position, order_id: expect.stringMatching(/^ord_/), status: 'filled', problem: null },
          ],
          left: { order_ids: [], positions: [], dust: [{ account, quantity: '0.000007' }] },
        },
      },
    });
  });

  it('keeps its stop and its other orders where a close fails, and says what became of each', async () => {
    const { account, orderId } = await busyAccount(admin);
    const stop = await admin('POST', '/trading/v2/orders/stop', {
      exchange: 'binance',
      account,
      symbol: 'BTC/USDT',
      side: 'sell',
      quantity: '0.0029',
      stop_price: '40000',
    });
    expect(stop).toMatchObject({ status: 201 });
    await service.control('POST', 'binance/faults', {
      kind: 'http_error',
      route: 'create_order',
      status: 400,
      code: -1013,
      message: 'Filter failure: MAX_NUM_ORDERS',
      count: 1,
    });
    const wish = `/accounts/${account}?orders=cancel&positions=close`;
    const refused = await admin('DELETE', wish);
    expect(refused).toMatchObject({
      status: 409,
      body: {
        code: 'account_in_use',
        unwound: {
          canceled: [],
          closed: [{ account, problem: expect.stringContaining('venue_rejected') }],
        },
      },
    });
    const { body } = await admin('GET', `/trading/v2/orders/open?exchange=binance&account=${account}`);
    const orders = body['orders'] as { id: string }[];
    expect(orders.map(({ id }) => id).toSorted()).toEqual([orderId, String(stop.body['id'])].toSorted());
    expect(await admin('DELETE', wish)).toMatchObject({
      status: 200,
      body: { unwound: { closed: [{ status: 'filled' }], left: { order_ids: [], positions: [] } } },
    });
  });

  it('takes its mode with it: the status and a reset are of the accounts that are left', async () => {
    // Right after a start no equity has been read yet.
    await expect
      .poll(async () => (await admin('GET', '/risk/status')).body['equity'], { timeout: 30_000 })
      .not.toBeNull();
    const before = (await admin('GET', '/risk/status')).body;
    expect(before['mode']).toBe('paper');
    const account = await addAccount(admin);
    expect((await admin('GET', '/risk/status')).body).toMatchObject({
      mode: 'testnet',
      modes: ['paper', 'testnet'],
    });
    expect(await admin('DELETE', `/accounts/${account}`)).toMatchObject({ status: 200 });
    const after = (await admin('GET', '/risk/status')).body;
    expect(after).toMatchObject({ mode: 'paper', modes: before['modes'] });
    expect(after['equity']).not.toBeNull();
    expect((await admin('POST', '/risk/reset', { reason: 'a test' })).body['detail']).toContain(
      'of paper accounts',
    );
  });

  it('is out of the equity of its mode once its removal is answered', { timeout: 120_000 }, async () => {
    const [gone, stays] = [await addAccount(admin), await addAccount(admin)];
    const info = async (): Promise<Record<string, unknown>> =>
      (await admin('GET', `/trading/v2/account/info?exchange=binance&account=${stays}`)).body;
    const figures = async (): Promise<readonly [number, number]> => {
      const { equity, portfolio_equity: portfolio } = await info();
      return [Number(equity), Number((portfolio as { current: string } | null)?.current)];
    };
    // Prices move meanwhile: two accounts are about twice one.
    await expect
      .poll(
        async () => {
          const [own, all] = await figures();
          return all / own;
        },
        { timeout: 60_000 },
      )
      .toBeCloseTo(2, 1);
    expect(await admin('DELETE', `/accounts/${gone}`)).toMatchObject({ status: 200 });
    const [own, all] = await figures();
    expect(all / own).toBeCloseTo(1, 1);
    expect(await admin('DELETE', `/accounts/${stays}`)).toMatchObject({ status: 200 });
  });

  it('ends what its strategies hold against one another with its positions', async () => {
    const account = await addAccount(admin);
    const swap = { symbol: 'BTC/USDT:USDT', quantity: '0.01' };
    await place(admin, account, 'market', { ...swap, strategy: 'ended-long' });
    await place(admin, account, 'market', { ...swap, side: 'sell', strategy: 'ended-short' });
    const held = async (): Promise<readonly string[]> => {
      const { body } = await admin('GET', '/trading/v2/strategies');
      const rows = body['strategies'] as { strategy: string; positions: { quantity: string }[] }[];
      return rows
        .filter(({ strategy }) => strategy.startsWith('ended-'))
        .flatMap(({ positions }) => positions.map(({ quantity }) => quantity));
    };
    expect(await held()).toEqual(['0.01', '-0.01']);
    expect(await admin('DELETE', `/accounts/${account}?positions=close`)).toMatchObject({ status: 200 });
    expect(await held()).toEqual(['0', '0']);
  });

  it('closes the coin that pays the fees last, by what the others have left of it', async () => {
    const account = await addAccount(admin, true);
    const trade = (symbol: string, quantity: string): Promise<string> =>
      place(admin, account, 'market', { symbol, quantity });
    await trade('BNB/USDT', '1');
    await trade('BTC/USDT', '0.01');
    await trade('ETH/USDT', '0.1');
    const removed = await admin('DELETE', `/accounts/${account}?positions=close`);
    const { closed, left } = removed.body['unwound'] as {
      closed: { symbol: string; order_id: string; status: string }[];
      left: { positions: unknown[] };
    };
    expect(closed.map(({ symbol, status }) => `${symbol} ${status}`).toSorted()).toEqual([
      'BNB/USDT filled',
      'BTC/USDT filled',
      'ETH/USDT filled',
    ]);
    expect(left.positions).toEqual([]);
    // Ids of orders are in the order in which they were placed.
    expect(closed.toSorted((one, other) => (one.order_id < other.order_id ? -1 : 1)).at(-1)?.symbol).toBe(
      'BNB/USDT',
    );
  });

  it('goes with its position left to the exchange when that is said', async () => {
    const account = await addAccount(admin);
    await place(admin, account, 'market', { quantity: '0.002' });
    expect((await admin('DELETE', `/accounts/${account}`)).status).toBe(409);
    await place(admin, account, 'market', { quantity: '0.001', strategy: 'left-behind' });
    expect(await admin('DELETE', `/accounts/${account}?positions=leave`)).toMatchObject({
      status: 200,
      body: { unwound: { closed: [], left: { positions: [{ account, quantity: '0.002997' }] } } },
    });
    const { body } = await admin('GET', '/trading/v2/strategies');
    expect(body['strategies']).toContainEqual(
      expect.objectContaining({
        strategy: 'left-behind',
        positions: [
          expect.objectContaining({ account, quantity: '0', net_realized_pnl_today: expect.any(String) }),
        ],
      }),
    );
  });

  it('is not kept by dust, which no order can close', async () => {
    const account = await addAccount(admin);
    // Without BNB the fee is taken from the base: less than a lot of it stays after the close.
    await place(admin, account, 'market', { quantity: '0.003' });
    const closed = await admin('POST', '/trading/v2/positions/BTC%2FUSDT/close', {
      exchange: 'binance',
      account,
      wait_ms: 5_000,
    });
    expect(closed.status).toBe(201);
    const dust = (closed.body['dust'] as string | undefined) ?? null;
    expect(await admin('DELETE', `/accounts/${account}`)).toMatchObject({
      status: 200,
      body: { unwound: { left: { dust: dust === null ? [] : [{ account, quantity: dust }] } } },
    });
  });

  it.each(['orders=close', 'positions=cancel', 'close_first=true'])('%s is no wish', async (query) => {
    expect(await admin('DELETE', `/accounts/binance-paper?${query}`)).toMatchObject({ status: 400 });
  });
});

describe('a user with something open', () => {
  it('stays enabled, and is unwound and disabled on request', async () => {
    const { account, orderId } = await busyAccount(other);
    expect(await admin('DELETE', `/users/${userId}`)).toMatchObject({
      status: 409,
      body: { code: 'user_in_use', order_ids: [orderId], positions: [{ account, quantity: '0.002997' }] },
    });
    expect((await other('GET', '/accounts')).status).toBe(200);
    expect(await admin('DELETE', `/users/${userId}?orders=cancel&positions=close`)).toMatchObject({
      status: 200,
      body: {
        disabled: true,
        unwound: {
          canceled: [{ order_id: orderId }],
          closed: [{ account, status: 'filled' }],
          left: { order_ids: [], positions: [] },
        },
      },
    });
    expect((await other('GET', '/accounts')).status).toBe(401);
  });
});

describe('positions that were left with a removed account', () => {
  const SWAP = 'BTC/USDT:USDT';
  const TESTNET = '/risk/status?mode=testnet';
  const exposure = async (): Promise<unknown> => {
    const { body } = await admin('GET', TESTNET);
    const rules = body['rules'] as { rule: string; actual: string | null }[];
    return rules.find(({ rule }) => rule === 'total_exposure')?.actual;
  };

  it(
    'count in no limit, close, kill switch or book from then on, also after a restart',
    { timeout: 180_000 },
    async () => {
      const [gone, stays] = [await addAccount(admin), await addAccount(admin)];
      await place(admin, gone, 'market', { symbol: SWAP, side: 'sell', quantity: '0.3' });
      expect(Number(await exposure())).toBeGreaterThan(1_000);
      expect(await admin('DELETE', `/accounts/${gone}?positions=leave`)).toMatchObject({
        status: 200,
        body: { unwound: { left: { positions: [{ account: gone, symbol: SWAP, quantity: '-0.3' }] } } },
      });
      const gets = async (): Promise<void> => {
        expect(await exposure()).toBe('0');
        const { body: status } = await admin('GET', TESTNET);
        expect(
          (status['instruments'] as { account: string }[]).filter(({ account }) => account === gone),
        ).toEqual([]);
        expect(await positionsOf(admin, stays)).toEqual([]);
        const { positions } = (await admin('GET', '/trading/v2/positions')).body as {
          positions: { account: string }[];
        };
        expect(positions.filter(({ account }) => account === gone)).toEqual([]);
        const closed = await admin('POST', '/trading/v2/positions/close', { mode: 'testnet' });
        expect(closed).toMatchObject({ status: 200, body: { results: [], netted: [], positions_left: [] } });
      };
      await gets();
      // The position that was left takes no room of the limit over all positions.
      const limited = await admin('PUT', '/risk/limits', {
        scope: 'portfolio',
        version: 0,
        limits: { max_total_exposure: '1000' },
        reason: 'a test',
      });
      expect(limited).toMatchObject({ status: 200 });
      await place(admin, stays, 'market', { symbol: SWAP, quantity: '0.005' });
      await service.restart();
      // A close needs the market of what it closes.
      const isPriced = async (): Promise<boolean> => {
        const [held] = (await positionsOf(admin, stays)) as readonly { mark_price: string | null }[];
        return held !== undefined && held.mark_price !== null;
      };
      await expect.poll(isPriced, { timeout: 60_000 }).toBe(true);
      const flattened = await admin('POST', '/risk/kill-switch', {
        engaged: true,
        reason: 'test',
        flatten: true,
      });
      expect(flattened).toMatchObject({ status: 200, body: { positions_left: [] } });
      const orders = flattened.body['closing'] as { account?: string; error?: unknown }[];
      expect(orders.map(({ error }) => error).filter((error) => error !== undefined)).toEqual([]);
      expect(await admin('POST', '/risk/kill-switch', { engaged: false, reason: 'over' })).toMatchObject({
        status: 200,
      });
      await gets();
      const { body } = await admin('GET', '/trading/v2/orders/history?limit=100');
      expect(body['orders']).toContainEqual(expect.objectContaining({ account: gone, status: 'filled' }));
    },
  );
});
