/** Spot positions on an account that others trade on, through the API. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { decimal, type Decimal } from '../../src/core/decimal.ts';
import { startService, type TestService } from '../../src/http/testing/service-fixture.ts';
import { VenueTrader } from './venue-trader.ts';

/** A comparison of balances every ten seconds, with room. */
const COMPARED_WITHIN_MS = 25_000;
const CLOSE = '/trading/v2/positions/BTC-USDT/close';

let service: TestService;
let others: VenueTrader;
beforeAll(async () => {
  service = await startService();
  const { binance } = health.parse(await service.control('GET', 'health')).venues;
  others = new VenueTrader(binance.rest, binance);
}, 60_000);
afterAll(() => service.stop());

const health = z.looseObject({
  venues: z.looseObject({
    binance: z.looseObject({ rest: z.string(), key: z.string(), secret: z.string() }),
  }),
});
const positions = z.array(z.looseObject({ symbol: z.string(), quantity: z.string() }));

async function quantity(): Promise<string> {
  const { body } = await service.call('GET', '/trading/v2/positions?exchange=binance');
  return positions.parse(body['positions']).find(({ symbol }) => symbol === 'BTC/USDT')?.quantity ?? '0';
}

async function free(): Promise<Decimal> {
  const { body } = await service.call('GET', '/trading/v2/account/balance?exchange=binance');
  const balances = z.array(z.looseObject({ asset: z.string(), free: z.string() })).parse(body['balances']);
  return decimal(balances.find(({ asset }) => asset === 'BTC')?.free ?? '0');
}

it('existing holdings are adopted with a cost basis and closed as a position, and no more than there are', async () => {
  const path = '/trading/v2/positions/adopt';
  const eth = {
    exchange: 'binance',
    symbol: 'ETH/USDT',
    quantity: '4',
    price: '1500',
    reason: 'bought in March',
  };
  const headers = { 'Idempotency-Key': 'adopt-1' };
  const first = await service.call('POST', path, { body: eth, headers });
  expect(first).toMatchObject({
    status: 201,
    body: { position: { symbol: 'ETH/USDT', quantity: '4', cost_basis: '1500' } },
  });
  expect(await service.call('POST', path, { body: eth, headers })).toMatchObject({
    status: 200,
    body: { position: { quantity: '4' } },
  });
  expect(await service.call('POST', path, { body: { ...eth, quantity: '5' }, headers })).toMatchObject({
    status: 409,
    body: { code: 'client_order_id_conflict' },
  });
  expect(await service.call('POST', path, { body: { ...eth, quantity: '17' } })).toMatchObject({
    status: 422,
    body: { code: 'more_than_inventory', limit: '16', actual: '17' },
  });
  expect(await service.call('POST', path, { body: { ...eth, symbol: 'BTC/USDT:USDT' } })).toMatchObject({
    status: 400,
    body: { code: 'invalid_request' },
  });
  const closed = await service.call('POST', '/trading/v2/positions/ETH-USDT/close', {
    body: { exchange: 'binance' },
  });
  expect(closed).toMatchObject({ status: 201, body: { status: 'filled', filled_quantity: '4' } });
});

it(
  'a close sells what others have left and not locked, and says what is missing',
  async () => {
    const body = { exchange: 'binance', symbol: 'BTC/USDT', side: 'buy', quantity: '0.5' };
    expect(await service.call('POST', '/trading/v2/orders/market', { body })).toMatchObject({ status: 201 });
    expect(await quantity()).toBe('0.4995');
    // Two were there before: of this sale they cover all but a quarter.
    await others.place({ side: 'SELL', quantity: '2.25' });
    await expect.poll(quantity, { timeout: COMPARED_WITHIN_MS }).toBe('0.2495');
    await others.place({ side: 'SELL', quantity: '0.1', price: '65000' });
    await expect.poll(async () => (await free()).toString(), { timeout: COMPARED_WITHIN_MS }).toBe('0.1495');
    const closed = await service.call('POST', CLOSE, { body: { exchange: 'binance' } });
    expect(closed).toMatchObject({
      status: 201,
      body: { status: 'filled', filled_quantity: '0.1495', not_held: '0.1' },
    });
    expect(await quantity()).toBe('0.1');
    expect(await service.call('POST', CLOSE, { body: { exchange: 'binance' } })).toMatchObject({
      status: 422,
      body: { code: 'insufficient_balance' },
    });
  },
  4 * COMPARED_WITHIN_MS,
);
