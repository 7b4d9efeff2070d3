/** Closing many positions with one request, over a real socket, an engine, PostgreSQL and a simulated venue. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { payFeesInBnb } from './testing/fee-coin.ts';
import { startService, type Answer, type TestService } from './testing/service-fixture.ts';

const CLOSE_ALL = '/trading/v2/positions/close';
const SYMBOLS = ['BTC/USDT', 'ETH/USDT', 'BTC/USDT:USDT'] as const;

interface Result {
  readonly symbol: string;
  readonly order?: { readonly id: string; readonly status: string };
  readonly error?: { readonly code: string };
}

let service: TestService;
beforeAll(async () => {
  service = await startService();
  await service.control('POST', 'binance/price', { symbol: 'BTC/USDT:USDT', price: '60000', hold: true });
  await service.control('POST', 'binance/price', { symbol: 'BTC/USDT', price: '60000', hold: true });
  await service.control('POST', 'binance/price', { symbol: 'ETH/USDT', price: '3000', hold: true });
});
afterAll(() => service.stop());
afterEach(async () => {
  await closeAll({ all: true });
  expect(await open()).toEqual([]);
});

const closeAll = (body: object, key?: string): Promise<Answer> =>
  service.call('POST', CLOSE_ALL, { body, headers: key === undefined ? {} : { 'Idempotency-Key': key } });

async function buy(symbol: string): Promise<void> {
  const body = { exchange: 'binance', symbol, side: 'buy', quantity: '0.01' };
  expect((await service.call('POST', '/trading/v2/orders/market', { body })).status).toBe(201);
}

/** Less than a lot is left of a purchase once its fee is paid: it can never be closed. */
const isDust = ({ quantity }: { readonly quantity: string }): boolean => Number(quantity) < 0.0001;

async function open(): Promise<readonly string[]> {
  const { body } = await service.call('GET', '/trading/v2/positions');
  return (body['positions'] as { symbol: string; quantity: string }[])
    .filter((row) => !isDust(row))
    .map(({ symbol }) => symbol)
    .toSorted();
}

const resultsOf = ({ body }: Answer): readonly Result[] => body['results'] as readonly Result[];
const idsOf = (answer: Answer): readonly (string | undefined)[] =>
  resultsOf(answer)
    .flatMap(({ order }) => (order === undefined ? [] : [order.id]))
    .toSorted();

describe('POST /trading/v2/positions/close', () => {
  it('closes every position of the portfolio, spot and swaps, and says what became of each', async () => {
    for (const symbol of SYMBOLS) await buy(symbol);
    const answer = await closeAll({ all: true });
    expect(answer.status).toBe(200);
    expect(
      resultsOf(answer)
        .map(({ symbol }) => symbol)
        .toSorted(),
    ).toEqual(SYMBOLS.toSorted());
    for (const { order } of resultsOf(answer)) expect(order).toMatchObject({ status: 'filled' });
    expect((answer.body['positions_left'] as { quantity: string }[]).filter((row) => !isDust(row))).toEqual(
      [],
    );
    expect(await open()).toEqual([]);
  });

  it.each([
    [{ exchange: 'binance' }, []],
    [{ account: 'binance-paper' }, []],
    [{ mode: 'paper' }, []],
    [{ mode: 'live' }, ['BTC/USDT']],
  ] as const)('of %j', async (body, left) => {
    await buy('BTC/USDT');
    expect((await closeAll(body)).status).toBe(200);
    expect(await open()).toEqual(left);
  });

  it.each([
    [{}, 400, 'invalid_request'],
    [{ all: true, exchange: 'binance' }, 400, 'invalid_request'],
    [{ account: 'nobody' }, 404, 'account_not_found'],
    [{ account: 'binance-paper', mode: 'live' }, 409, 'mode_mismatch'],
    [{ exchange: 'kraken' }, 422, 'exchange_not_supported'],
    [{ all: true, quantity: '1' }, 400, 'invalid_request'],
  ] as const)('refuses %j, and closes nothing', async (body, status, code) => {
    await buy('BTC/USDT');
    expect(await closeAll(body)).toMatchObject({ status, body: { code } });
    expect(await open()).toEqual(['BTC/USDT']);
  });

  it('closes the coin that pays the fees last, by what the others have left of it', async () => {
    await payFeesInBnb(service, true);
    try {
      const body = { exchange: 'binance', symbol: 'BNB/USDT', side: 'buy', quantity: '1' };
      expect((await service.call('POST', '/trading/v2/orders/market', { body })).status).toBe(201);
      for (const symbol of SYMBOLS) await buy(symbol);
      const answer = await closeAll({ all: true });
      const results = resultsOf(answer);
      expect(results.filter(({ order }) => order?.status !== 'filled')).toEqual([]);
      // Ids of orders are in the order in which they were placed.
      const placed = results.toSorted((one, other) =>
        (one.order?.id ?? '') < (other.order?.id ?? '') ? -1 : 1,
      );
      expect(placed.map(({ symbol }) => symbol).at(-1)).toBe('BNB/USDT');
      // The fees were taken out of the coin, which is not there to be sold: the result says so, and a reading takes it out of the position.
      expect(results.find(({ symbol }) => symbol === 'BNB/USDT')).toMatchObject({
        not_held: expect.stringMatching(/^0\.00[1-9]/) as string,
      });
      await expect.poll(open, { timeout: 30_000 }).toEqual([]);
    } finally {
      await payFeesInBnb(service, false);
    }
  });

  it('a position that cannot be closed keeps no other from it', async () => {
    // Less than a lot stays of what was bought, since its fee is paid in the coin itself.
    await buy('ETH/USDT');
    await closeAll({ all: true });
    await buy('BTC/USDT:USDT');
    const results = resultsOf(await closeAll({ all: true }));
    expect(results.find(({ symbol }) => symbol === 'ETH/USDT')).toMatchObject({
      error: { code: 'quantity_too_small' },
    });
    expect(results.find(({ symbol }) => symbol === 'BTC/USDT:USDT')).toMatchObject({
      order: { status: 'filled' },
    });
  });

  it('a repeat shows the orders of the first request, and closes nothing that was opened since', async () => {
    for (const symbol of SYMBOLS) await buy(symbol);
    const [first, meanwhile] = await Promise.all([
      closeAll({ all: true }, 'out'),
      closeAll({ all: true }, 'out'),
    ]);
    expect(idsOf(first).length).toBe(3);
    expect(idsOf(meanwhile)).toEqual(idsOf(first));
    const before = await service.ordersAtVenue();
    await buy('BTC/USDT');
    for (const restarts of [false, true]) {
      if (restarts) await service.restart();
      const repeat = await closeAll({ all: true, wait_ms: 100 }, 'out');
      expect(repeat.headers.get('idempotent-replayed')).toBe('true');
      expect(idsOf(repeat)).toEqual(idsOf(first));
      expect(await open()).toEqual(['BTC/USDT']);
    }
    expect(await service.ordersAtVenue()).toBe(before + 1);
    expect(await closeAll({ mode: 'paper' }, 'out')).toMatchObject({
      status: 409,
      body: { code: 'client_order_id_conflict' },
    });
    expect(await open()).toEqual(['BTC/USDT']);
  });

  it('closes that come by other routes at the same time sell no more than there is', async () => {
    await buy('BTC/USDT');
    const before = await service.ordersAtVenue();
    const body = { exchange: 'binance' };
    await Promise.all([
      service.call('POST', '/trading/v2/positions/BTC-USDT/close', { body }),
      closeAll({ all: true }),
      service.call('POST', '/trading/v2/positions/BTC-USDT/close', { body }),
      closeAll({ exchange: 'binance' }),
    ]);
    expect(await service.ordersAtVenue()).toBe(before + 1);
  });
});
