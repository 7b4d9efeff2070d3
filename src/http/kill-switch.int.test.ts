/** The kill switch's flatten and its receipt, over a real socket, an engine, PostgreSQL and a simulated venue. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { payFeesInBnb } from './testing/fee-coin.ts';
import { startService, type Answer, type TestService } from './testing/service-fixture.ts';

const SPOT = { exchange: 'binance', symbol: 'BTC/USDT' };

interface OrderRow {
  readonly id: string;
  readonly status: string;
  readonly protection_price: string | null;
}

let service: TestService;
beforeAll(async () => {
  service = await startService();
  await service.control('POST', 'binance/price', { symbol: 'BTC/USDT', price: '60000', hold: true });
});
afterAll(() => service.stop());

const admin = (method: string, path: string, body?: object): Promise<Answer> =>
  service.call(method, path, { token: service.tokens.admin, ...(body === undefined ? {} : { body }) });

it('the receipt shows a stop that a close had to cancel as canceled, and a kept one as kept', async () => {
  // With nothing else of the coin there, the stop locks all that is to be sold.
  expect(
    await admin('POST', '/accounts/binance-paper/withdraw', { asset: 'BTC', amount: '2' }),
  ).toMatchObject({
    status: 201,
  });
  await expect
    .poll(
      async () => {
        const { body } = await admin('GET', '/trading/v2/account/balance?exchange=binance');
        return (body['balances'] as { asset: string; total: string }[]).find(({ asset }) => asset === 'BTC')
          ?.total;
      },
      { timeout: 30_000 },
    )
    .toBe('0');
  const bought = await admin('POST', '/trading/v2/orders/market', { ...SPOT, side: 'buy', quantity: '0.01' });
  expect(bought).toMatchObject({ status: 201, body: { status: 'filled' } });
  const stop = await admin('POST', '/trading/v2/orders/stop', {
    ...SPOT,
    side: 'sell',
    quantity: '0.00999',
    stop_price: '55000',
  });
  expect(stop).toMatchObject({ status: 201, body: { status: 'open' } });

  const engage = { engaged: true, reason: 'test' };
  const kept = (await admin('POST', '/risk/kill-switch', engage)).body;
  expect(kept['kept_protective']).toMatchObject([{ id: stop.body['id'], status: 'open' }]);
  const { body } = await admin('POST', '/risk/kill-switch', {
    ...engage,
    flatten: true,
    market_protection_bps: 500,
  });
  expect(body['kept_protective']).toEqual([]);
  expect(body['confirmed']).toMatchObject([{ id: stop.body['id'], status: 'canceled' }]);
  expect(body['cancels_sent']).toBe(1);
  expect(body['positions_left']).toEqual([]);
  const [closed] = body['closing'] as { order: OrderRow }[];
  expect(closed?.order.status).toBe('filled');
  // 500 basis points below the bid, where the orders of a person that name none are allowed 200.
  expect(Number(closed?.order.protection_price)).toBeLessThan(57_001);
  expect(Number(closed?.order.protection_price)).toBeGreaterThan(56_900);
});

it('a release says that it is recorded and that intake is open', async () => {
  const { body } = await admin('POST', '/risk/kill-switch', { engaged: false, reason: 'over' });
  expect(body).toMatchObject({ engaged: false, recorded: true, intake_closed: false });
  const again = await admin('POST', '/risk/kill-switch', { engaged: true, reason: 'test' });
  expect(again.body).toMatchObject({ engaged: true, recorded: true, intake_closed: true });
});

it('a protection without flatten is refused, and nothing is done', async () => {
  const release = { engaged: false, reason: 'over', market_protection_bps: 500 };
  expect(await admin('POST', '/risk/kill-switch', release)).toMatchObject({
    status: 400,
    body: { code: 'invalid_request', errors: [{ field: 'market_protection_bps' }] },
  });
  expect((await admin('GET', '/risk/status')).body).toMatchObject({ kill_switch: { engaged: true } });
});

describe('a stop whose position is closed by then is canceled, and one of an open position is kept', () => {
  const engage = { engaged: true, reason: 'test', market_protection_bps: 500, flatten: true };
  const statusOf = async (id: string): Promise<unknown> =>
    (await admin('GET', `/trading/v2/orders/${id}/status`)).body['status'];
  const release = (): Promise<Answer> =>
    admin('POST', '/risk/kill-switch', { engaged: false, reason: 'over' });
  const protectedBy = async (market: object, quantity: string, stopPrice: string): Promise<string> => {
    const stop = { ...market, side: 'sell', quantity, stop_price: stopPrice };
    const placed = await admin('POST', '/trading/v2/orders/stop', stop);
    expect(placed, JSON.stringify(placed.body)).toMatchObject({ status: 201, body: { status: 'open' } });
    return String(placed.body['id']);
  };

  it('of a swap, that a person or the kill switch has closed', async () => {
    await release();
    const markets = ['BTC/USDT:USDT', 'ETH/USDT:USDT'].map((symbol) => ({ exchange: 'binance', symbol }));
    const stops: string[] = [];
    for (const [index, market] of markets.entries()) {
      const bought = { ...market, side: 'buy', quantity: '0.1' };
      expect(await admin('POST', '/trading/v2/orders/market', bought)).toMatchObject({
        body: { status: 'filled' },
      });
      const terms = { ...market, reduce_only: true };
      stops.push(await protectedBy(terms, '0.1', index === 0 ? '50000' : '100'));
    }
    const [ofClosed = '', ofOpen = ''] = stops;
    const closed = await admin('POST', '/trading/v2/positions/BTC-USDT-SWAP/close', { exchange: 'binance' });
    expect(closed).toMatchObject({ body: { status: 'filled' } });
    const { body } = await admin('POST', '/risk/kill-switch', { engaged: true, reason: 'test' });
    expect(body['kept_protective']).toMatchObject([{ id: ofOpen, status: 'open' }]);
    expect(await statusOf(ofClosed)).toBe('canceled');
    const flat = (await admin('POST', '/risk/kill-switch', engage)).body;
    expect(flat).toMatchObject({ kept_protective: [], positions_left: [] });
    expect(await statusOf(ofOpen)).toBe('canceled');
  });

  it('of spot, with less of it left than can be sold', async () => {
    await release();
    await service.control('POST', 'binance/deposits', { asset: 'BTC', amount: '1', wallet: 'spot' });
    const held = async (): Promise<unknown> => {
      const { body } = await admin('GET', '/trading/v2/account/balance?exchange=binance');
      return (body['balances'] as { asset: string; total: string }[]).find(({ asset }) => asset === 'BTC')
        ?.total;
    };
    const before = Number(await held());
    await expect.poll(async () => Number(await held()), { timeout: 30_000 }).toBeGreaterThan(before + 0.9);
    // A thousandth of it is the fee, which leaves less than a lot behind what can be sold.
    const bought = { ...SPOT, side: 'buy', quantity: '0.01001' };
    expect(await admin('POST', '/trading/v2/orders/market', bought)).toMatchObject({
      body: { status: 'filled' },
    });
    const stop = await protectedBy(SPOT, '0.00999', '50000');
    const ofInventory = await protectedBy(SPOT, '0.5', '45000');
    const { body } = await admin('POST', '/risk/kill-switch', engage);
    expect(body['kept_protective']).toMatchObject([{ id: ofInventory, status: 'open' }]);
    expect(await statusOf(stop)).toBe('canceled');
    await admin('DELETE', `/trading/v2/orders/${ofInventory}`);
  });
});

describe('include_spot', () => {
  const everything = { engaged: true, reason: 'out', flatten: true, include_spot: true };
  const deposit = (asset: string, amount: string): Promise<unknown> =>
    service.control('POST', 'binance/deposits', { asset, amount, wallet: 'spot' });
  const sold = ({ body }: Answer): readonly string[] =>
    (body['sold'] as { order?: { symbol: string; status: string } }[]).flatMap(({ order }) =>
      order?.status === 'filled' ? [order.symbol] : [],
    );

  it('sells what was deposited the moment before', async () => {
    await deposit('XRP', '1000');
    const answer = await admin('POST', '/risk/kill-switch', everything);
    expect(sold(answer)).toContain('XRP/USDT');
    expect(answer.body['balances_unread']).toEqual([]);
    const left = answer.body['holdings_left'] as { asset: string }[];
    expect(left.filter(({ asset }) => asset === 'XRP')).toEqual([]);
  });

  it('sells the coin that pays the fees last, by what the other sales have left of it', async () => {
    await payFeesInBnb(service, true);
    try {
      await deposit('BNB', '15');
      await deposit('BTC', '1');
      await deposit('ETH', '10');
      const answer = await admin('POST', '/risk/kill-switch', everything);
      expect(new Set(sold(answer))).toEqual(new Set(['BTC/USDT', 'ETH/USDT', 'BNB/USDT']));
      expect(sold(answer).at(-1)).toBe('BNB/USDT');
      expect(answer.body['sold']).toEqual(sold(answer).map(() => ({ order: expect.any(Object) as object })));
      const left = answer.body['holdings_left'] as { asset: string; because: string }[];
      expect(left.filter(({ because }) => because === 'not_sold')).toEqual([]);
      expect(left.filter(({ asset }) => asset === 'BNB').map(({ because }) => because)).not.toContain(
        'locked',
      );
    } finally {
      await payFeesInBnb(service, false);
    }
  });

  it('shows what the exchange said of what it did not sell', async () => {
    await deposit('XRP', '1000');
    await service.control('POST', 'binance/faults', {
      kind: 'http_error',
      route: 'create_order',
      status: 400,
      code: -2010,
      message: 'This symbol is not permitted for this account.',
      count: 100,
    });
    const answer = await admin('POST', '/risk/kill-switch', everything);
    await service.control('DELETE', 'binance/faults');
    const left = answer.body['holdings_left'] as { asset: string }[];
    expect(left.find(({ asset }) => asset === 'XRP')).toMatchObject({
      because: 'not_sold',
      problem: {
        code: 'venue_rejected',
        venue_code: '-2010',
        venue_message: 'This symbol is not permitted for this account.',
      },
    });
  });

  it('says whose balances it could not read, and sells what it knows of', async () => {
    await service.control('POST', 'binance/faults', {
      kind: 'http_error',
      route: 'balances',
      status: 503,
      count: 1_000,
    });
    await deposit('XRP', '1000');
    const answer = await admin('POST', '/risk/kill-switch', everything);
    expect(answer).toMatchObject({ status: 200, body: { balances_unread: ['binance-paper'] } });
    await service.control('DELETE', 'binance/faults');
    const again = await admin('POST', '/risk/kill-switch', everything);
    expect(again.body['balances_unread']).toEqual([]);
    expect([...sold(answer), ...sold(again)]).toContain('XRP/USDT');
  }, 60_000);
});
