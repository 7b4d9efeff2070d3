/** Orders found by what their owner calls them, and executions that say what they belong to. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startService, type Answer, type TestService } from './testing/service-fixture.ts';

const SPOT = { exchange: 'binance', symbol: 'BTC/USDT' };

let service: TestService;
beforeAll(async () => {
  service = await startService();
  await service.control('POST', 'binance/price', { symbol: 'BTC/USDT', price: '60000', hold: true });
});
afterAll(() => service.stop());

const get = (path: string, token?: string): Promise<Answer> =>
  service.call('GET', `/trading/v2/${path}`, token === undefined ? {} : { token });

async function place(kind: 'market' | 'limit', body: object): Promise<string> {
  const answer = await service.call('POST', `/trading/v2/orders/${kind}`, { body: { ...SPOT, ...body } });
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
  return String(answer.body['id']);
}

const ids = ({ body }: Answer): string[] => (body['orders'] as { id: string }[]).map(({ id }) => id);

describe('orders by what their owner calls them', () => {
  it('an order is found by client_order_id, open and finished, by its owner alone', async () => {
    const open = await place('limit', {
      side: 'buy',
      quantity: '0.001',
      price: '50000',
      client_order_id: 'mine-open',
    });
    const filled = await place('market', { side: 'buy', quantity: '0.002', client_order_id: 'mine-filled' });
    expect(await get('orders?client_order_id=mine-open')).toMatchObject({
      status: 200,
      body: { id: open, client_order_id: 'mine-open', status: 'open' },
    });
    expect(await get('orders?client_order_id=mine-filled')).toMatchObject({
      status: 200,
      body: { id: filled, client_order_id: 'mine-filled', status: 'filled' },
    });
    for (const answer of [
      await get('orders?client_order_id=never'),
      await get('orders?client_order_id=mine-open', service.tokens.otherUser),
    ])
      expect(answer).toMatchObject({ status: 404, body: { code: 'order_not_found' } });
    expect(ids(await get('orders/open?client_order_id=mine-open'))).toEqual([open]);
    expect(ids(await get('orders/open?client_order_id=mine-filled'))).toEqual([]);
    expect(ids(await get('orders/history?client_order_id=mine-filled'))).toEqual([filled]);
    expect(ids(await get('orders/history?client_order_id=mine-filled&side=sell'))).toEqual([]);
    expect(ids(await get('orders/history?client_order_id=mine-open'))).toEqual([]);
    expect(await get('orders/history?client_order_id=mine-filled&cursor=x')).toMatchObject({ status: 400 });
  });

  it('a key of a request is no client_order_id', async () => {
    const answer = await service.call('POST', '/trading/v2/orders/market', {
      body: { ...SPOT, side: 'buy', quantity: '0.001' },
      headers: { 'Idempotency-Key': 'only-a-key' },
    });
    expect(answer.status).toBe(201);
    expect(await get('orders?client_order_id=only-a-key')).toMatchObject({ status: 404 });
  });

  it('listings are narrowed by strategy and side', async () => {
    const grid = { strategy: 'grid-1', quantity: '0.001' };
    const resting = await place('limit', { ...grid, side: 'buy', price: '50000' });
    const asked = await place('limit', { ...grid, side: 'sell', price: '61000' });
    const bought = await place('market', { ...grid, side: 'buy' });
    const sold = await place('market', { ...grid, side: 'sell' });
    const other = await place('market', { side: 'sell', quantity: '0.001' });
    expect(ids(await get('orders/open?strategy=grid-1')).toSorted()).toEqual([resting, asked].toSorted());
    expect(ids(await get('orders/open?strategy=grid-1&side=sell'))).toEqual([asked]);
    expect(ids(await get('orders/history?strategy=grid-1'))).toEqual([sold, bought]);
    expect(ids(await get('orders/history?strategy=grid-1&side=buy&symbol=BTC-USDT'))).toEqual([bought]);
    expect(ids(await get('orders/history?side=sell'))).toEqual([other, sold]);
    expect(await get('orders/history?side=up')).toMatchObject({ status: 400 });
  });
});

describe('executions', () => {
  it('each says its order, its exchange and its account', async () => {
    const id = await place('market', { side: 'buy', quantity: '0.001' });
    const account = (await get(`orders/${id}/status`)).body['account'];
    const owner = { order_id: id, exchange: 'binance', account };
    const { body } = await get('fills?limit=1');
    expect(body['fills']).toMatchObject([owner]);
    expect((await get(`orders/${id}/fills`)).body['fills']).toMatchObject([owner]);
    expect((await get(`orders/${id}`)).body['fills']).toMatchObject([owner]);
  });

  it('are narrowed by time: from `since` on, and before `until`', async () => {
    const id = await place('market', { side: 'buy', quantity: '0.001' });
    const ordersIn = async (query: string): Promise<unknown[]> =>
      ((await get(`fills?${query}`)).body['fills'] as { order_id: string }[]).map((fill) => fill.order_id);
    const [newest] = (await get('fills?limit=1')).body['fills'] as { executed_at: string }[];
    const at = encodeURIComponent(newest?.executed_at ?? '');
    const all = await ordersIn('limit=100');
    expect(all[0]).toBe(id);
    expect(await ordersIn(`since=${at}`)).toEqual([id]);
    expect(await ordersIn(`until=${at}`)).toEqual(all.slice(1));
  });
});
