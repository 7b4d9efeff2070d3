/** A spot position keeps a stop through amendments and closes: over a real socket, an engine, PostgreSQL and a simulated venue. */
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { startService, type Answer, type TestService } from './testing/service-fixture.ts';

const SPOT = '1000SATS/USDT';
let service: TestService;
beforeAll(async () => {
  service = await startService();
  await service.control('POST', 'binance/price', { symbol: SPOT, price: '0.00021', hold: true });
});
afterAll(() => service.stop());
const post = (path: string, body: object, key?: string): Promise<Answer> =>
  service.call('POST', path, { body, headers: key === undefined ? {} : { 'Idempotency-Key': key } });

async function protectedPosition(quantity = '8991000'): Promise<string> {
  expect(
    await post('/trading/v2/orders/market', {
      exchange: 'binance',
      symbol: SPOT,
      side: 'buy',
      quantity: '9000000',
    }),
  ).toMatchObject({ status: 201, body: { status: 'filled' } });
  const stop = await post('/trading/v2/orders/stop', {
    exchange: 'binance',
    symbol: SPOT,
    side: 'sell',
    quantity,
    stop_price: '0.0002',
  });
  expect(stop.status, JSON.stringify(stop.body)).toBe(201);
  return String(stop.body['id']);
}
async function openStops(): Promise<readonly unknown[]> {
  const { body } = await service.call('GET', '/trading/v2/orders/open?exchange=binance');
  return (body['orders'] as { symbol: string; status: string }[]).filter(
    (row) => row.symbol === SPOT && row.status !== 'canceling',
  );
}
afterEach(async () => {
  await service.call('DELETE', '/trading/v2/orders?all=true');
  await post('/trading/v2/positions/close', { all: true });
});

const close = (body: object): Promise<Answer> =>
  post('/trading/v2/positions/1000SATS-USDT/close', { exchange: 'binance', ...body });

it('a PATCH of a spot stop that does not wait goes on after its answer, and leaves the new stop working', async () => {
  const id = await protectedPosition();
  const patched = await service.call('PATCH', `/trading/v2/orders/${id}`, {
    body: { stop_price: '0.00019', wait_ms: 0 },
  });
  expect([201, 202, 503]).toContain(patched.status);
  if (patched.status === 503) expect(patched.body).toMatchObject({ code: 'amend_unconfirmed', order_id: id });
  await expect
    .poll(openStops, { timeout: 10_000 })
    .toMatchObject([{ replaces: id, stop_price: '0.00019', status: 'open' }]);
});

it('a close that is refused for its figure leaves the stop working', async () => {
  const id = await protectedPosition();
  expect(await close({ quantity: '0.5' })).toMatchObject({
    status: 422,
    body: { code: 'quantity_off_lot' },
  });
  expect(await openStops()).toMatchObject([{ id, status: 'open' }]);
});

it('a close of a part places the stop anew for what is left', async () => {
  const id = await protectedPosition();
  const closed = await close({ quantity: '1000000' });
  expect(closed).toMatchObject({ status: 201, body: { stops: [{ canceled_order_id: id }] } });
  await expect
    .poll(openStops, { timeout: 10_000 })
    .toMatchObject([{ replaces: id, quantity: '7991000', stop_price: '0.0002', status: 'open' }]);
});

const missing = async (): Promise<readonly unknown[]> =>
  (await service.call('GET', '/risk/status')).body['missing_stops'] as readonly unknown[];

it('a close of a part beside a target that locks the other coins alarms, and protects those once they are free', async () => {
  const of = { exchange: 'binance', symbol: SPOT };
  const bought = await post('/trading/v2/orders/market', { ...of, side: 'buy', quantity: '9000000' });
  expect(bought).toMatchObject({ status: 201, body: { status: 'filled' } });
  const sale = { ...of, side: 'sell' };
  const stop = await post('/trading/v2/orders/stop', { ...sale, quantity: '5000000', stop_price: '0.0002' });
  const target = await post('/trading/v2/orders/limit', { ...sale, quantity: '3991000', price: '0.00022' });
  expect([stop.status, target.status]).toEqual([201, 201]);
  const moved = {
    canceled_order_id: stop.body['id'],
    canceled_quantity: '5000000',
    restored_quantity: '500000',
  };
  expect(await close({ quantity: '4500000' })).toMatchObject({ status: 201, body: { stops: [moved] } });
  await expect.poll(missing, { timeout: 10_000 }).toMatchObject([{ uncovered: '3991000' }]);
  await service.call('DELETE', `/trading/v2/orders/${String(target.body['id'])}`);
  await expect.poll(missing, { timeout: 30_000 }).toEqual([]);
  const open = (await openStops()) as readonly { quantity: string }[];
  expect(open.map(({ quantity }) => quantity).toSorted()).toEqual(['3991000', '500000']);
});

/** The exchange refuses so many new orders. */
const refuseNext = (count: number): Promise<unknown> =>
  service.control('POST', 'binance/faults', {
    kind: 'http_error',
    route: 'create_order',
    status: 400,
    code: -1013,
    message: 'Filter failure: MAX_NUM_ORDERS',
    count,
  });

it('an amended stop that is refused, and refused when it is put back, is put back until it works, with an alarm', async () => {
  const id = await protectedPosition();
  await refuseNext(3);
  const patched = await service.call('PATCH', `/trading/v2/orders/${id}`, {
    body: { stop_price: '0.00019' },
  });
  expect(patched, JSON.stringify(patched.body)).toMatchObject({
    status: 422,
    body: { canceled_order_id: id },
  });
  await expect
    .poll(missing, { timeout: 10_000, interval: 50 })
    .toMatchObject([{ order_id: id, tried: true }]);
  await expect
    .poll(openStops, { timeout: 20_000 })
    .toMatchObject([{ replaces: id, stop_price: '0.0002', status: 'open' }]);
  await expect.poll(missing, { timeout: 10_000 }).toEqual([]);
});

it(
  'a stop that could not be put back before the service ends is put back after its next start',
  { timeout: 90_000 },
  async () => {
    const id = await protectedPosition();
    await refuseNext(1_000);
    const patched = await service.call('PATCH', `/trading/v2/orders/${id}`, {
      body: { stop_price: '0.00019' },
    });
    expect(patched).toMatchObject({ status: 422, body: { canceled_order_id: id } });
    await service.restart();
    await service.control('DELETE', 'binance/faults');
    await expect
      .poll(openStops, { timeout: 30_000 })
      .toMatchObject([{ replaces: id, stop_price: '0.0002', status: 'open' }]);
    await expect.poll(missing, { timeout: 10_000 }).toEqual([]);
  },
);

it.each([
  ['all', '8991000'],
  ['a part', '6000000'],
])(
  'a stop of %s of a position that the market passes while it is missing closes that',
  async (_of, quantity) => {
    const id = await protectedPosition(quantity);
    await refuseNext(1_000);
    const patched = await service.call('PATCH', `/trading/v2/orders/${id}`, {
      body: { stop_price: '0.00019' },
    });
    expect(patched).toMatchObject({ status: 422, body: { canceled_order_id: id } });
    await service.control('POST', 'binance/price', { symbol: SPOT, price: '0.000195', hold: true });
    await service.control('DELETE', 'binance/faults');
    try {
      const closed = async (): Promise<readonly unknown[]> => {
        const { body } = await service.call('GET', `/trading/v2/orders/history?exchange=binance&side=sell`);
        return (body['orders'] as { replaces: string | null; type: string; status: string }[]).filter(
          ({ replaces, type }) => replaces === id && type === 'market',
        );
      };
      await expect
        .poll(closed, { timeout: 30_000 })
        .toMatchObject([{ quantity, status: 'filled', instead_of_stop: { stop_price: '0.0002' } }]);
      await expect.poll(missing, { timeout: 10_000 }).toEqual([]);
      expect(await closed()).toHaveLength(1);
      expect(await openStops()).toEqual([]);
    } finally {
      await service.control('POST', 'binance/price', { symbol: SPOT, price: '0.00021', hold: true });
    }
  },
);

it(
  'an amended stop that never reaches the exchange after its answer is put back',
  { timeout: 60_000 },
  async () => {
    const id = await protectedPosition();
    // The request is lost on its way, and the order is proven never to have been placed.
    await service.control('POST', 'binance/faults', {
      kind: 'drop_request',
      route: 'create_order',
      count: 1,
    });
    const patched = await service.call('PATCH', `/trading/v2/orders/${id}`, {
      body: { stop_price: '0.00019', wait_ms: 2_000 },
    });
    expect([201, 202, 503]).toContain(patched.status);
    await expect.poll(openStops, { timeout: 50_000 }).toMatchObject([{ status: 'open' }]);
  },
);

it('a close that is refused once its stop was canceled puts it back until it works, with an alarm', async () => {
  const id = await protectedPosition();
  await refuseNext(4);
  expect(await close({})).toMatchObject({ status: 422, body: { canceled_order_ids: [id] } });
  await expect.poll(missing, { timeout: 10_000, interval: 50 }).toMatchObject([{ order_id: id }]);
  await expect
    .poll(openStops, { timeout: 20_000 })
    .toMatchObject([{ quantity: '8991000', stop_price: '0.0002', status: 'open' }]);
  await expect.poll(missing, { timeout: 10_000 }).toEqual([]);
});

it('a close leaves the stop of the inventory beside the position, and names the one that it canceled', async () => {
  await service.control('POST', 'binance/deposits', {
    asset: '1000SATS',
    amount: '9000000',
    wallet: 'spot',
  });
  const stop = (quantity: string, price: string): Promise<Answer> =>
    post('/trading/v2/orders/stop', {
      exchange: 'binance',
      symbol: SPOT,
      side: 'sell',
      quantity,
      stop_price: price,
    });
  // The deposit is seen by the next reading of the balances.
  const place = async (): Promise<number> => (await stop('9000000', '0.00015')).status;
  await expect.poll(place, { timeout: 20_000, interval: 500 }).toBe(201);
  const own = await protectedPosition();
  expect(await close({ wait_ms: 5_000 })).toMatchObject({
    status: 201,
    body: { status: 'filled', canceled_order_ids: [own] },
  });
  await expect
    .poll(openStops)
    .toMatchObject([{ quantity: '9000000', stop_price: '0.00015', status: 'open' }]);
  expect(await missing()).toEqual([]);
});
