/** Closes that placed orders, repeated under their key: each repeat shows the figures of the first answer. The whole service. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startService, type Answer, type TestService } from './testing/service-fixture.ts';

const SPOT = { exchange: 'binance', symbol: 'BTC/USDT' };

let service: TestService;
beforeAll(async () => {
  service = await startService();
  await service.control('POST', 'binance/price', { symbol: 'BTC/USDT', price: '60000', hold: true });
});
afterAll(() => service.stop());

const post = (path: string, body: object, key?: string): Promise<Answer> =>
  service.call('POST', path, { body, headers: key === undefined ? {} : { 'Idempotency-Key': key } });

const FIGURES = ['dust', 'not_held', 'left', 'canceled_order_ids', 'stops', 'stops_too_large'];

/** The figures of an answer beside its orders. */
const figures = (body: unknown): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(body as object).filter(([name]) => FIGURES.includes(name)));

/** Leaves nothing of the coin on the account. */
async function withdrawCoins(): Promise<void> {
  // With nothing else of the coin there, a stop locks all that is to be sold.
  const withdrawn = await service.call('POST', '/accounts/binance-paper/withdraw', {
    token: service.tokens.admin,
    body: { asset: 'BTC', amount: '2' },
  });
  expect(withdrawn).toMatchObject({ status: 201 });
  await expect
    .poll(
      async () => {
        const { body } = await service.call('GET', '/trading/v2/account/balance?exchange=binance');
        const balances = body['balances'] as { asset: string; total: string }[];
        return balances.find(({ asset }) => asset === 'BTC')?.total;
      },
      { timeout: 30_000 },
    )
    .toBe('0');
}

/** A position of 0.10989 BTC with a stop for all of it; the stop's id. */
async function protectedPosition(): Promise<string> {
  const buy = { ...SPOT, side: 'buy', quantity: '0.11' };
  // An order that finds the exchange not connected yet is not journaled, and may be sent again.
  await expect
    .poll(async () => (await post('/trading/v2/orders/market', buy, 'bought')).body['status'], {
      timeout: 30_000,
    })
    .toBe('filled');
  const stop = { ...SPOT, side: 'sell', quantity: '0.10989', stop_price: '55000' };
  const placed = await post('/trading/v2/orders/stop', stop);
  expect(placed).toMatchObject({ status: 201 });
  return String(placed.body['id']);
}

it('a repeat shows the dust and the moved stop of the first answer, and what is left as none, also after a restart', async () => {
  await withdrawCoins();
  const stopId = await protectedPosition();
  const path = '/trading/v2/positions/BTC-USDT/close';
  const wish = { exchange: 'binance', fraction: '0.3333' };
  const closed = await post(path, wish, 'a-third');
  expect(closed).toMatchObject({
    status: 201,
    body: {
      quantity: '0.03662',
      dust: '0.000006337',
      canceled_order_ids: [stopId],
      stops: [{ canceled_order_id: stopId, restored_order_id: expect.stringMatching(/^ord_/) }],
    },
  });
  expect(closed.body).not.toHaveProperty('left');
  const repeat = await post(path, wish, 'a-third');
  expect(repeat).toMatchObject({ status: 200, body: { id: closed.body['id'] } });
  expect(figures(repeat.body)).toEqual(figures(closed.body));
  await service.restart();
  const later = await post(path, wish, 'a-third');
  expect(figures(later.body)).toEqual(figures(closed.body));
  expect(await service.ordersAtVenue()).toBe(4);
});

it('a repeat of a close of every position shows them too', async () => {
  const all = async (): Promise<Answer> => post('/trading/v2/positions/close', { all: true }, 'all-of-it');
  await expect
    .poll(async () => (await service.call('GET', '/trading/v2/orders/open')).body['orders'], {
      timeout: 30_000,
    })
    .toMatchObject([{ quantity: '0.07327' }]);
  const first = (await all()).body['results'] as readonly Record<string, unknown>[];
  expect(first).toMatchObject([
    { order: { status: 'filled' }, canceled_order_ids: [expect.stringMatching(/^ord_/)] },
  ]);
  const repeat = (await all()).body['results'] as readonly Record<string, unknown>[];
  expect(repeat.map(figures)).toEqual(first.map(figures));
});
