/** `PATCH /trading/v2/orders/{order_id}`, over a real socket, an engine, PostgreSQL and a simulated venue. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { amendedOrderView } from './routes/amend-order.ts';
import { startService, type Answer, type TestService } from './testing/service-fixture.ts';
import type { OrderView } from './views/order.ts';

const RESTING = { exchange: 'binance', symbol: 'BTC/USDT', side: 'buy', quantity: '0.01', price: '58000' };

interface VenueRow {
  readonly client_order_id: string;
  readonly status: string;
  readonly price: string;
  readonly quantity: string;
}

let service: TestService;
beforeAll(async () => {
  service = await startService({ maxPositionNotional: null });
});
afterAll(() => service.stop());
beforeEach(async () => {
  await service.control('DELETE', 'binance/faults');
  await service.control('POST', 'binance/price', { symbol: 'BTC/USDT', price: '60000', hold: true });
  await service.call('DELETE', '/trading/v2/orders?all=true');
});

async function placed(parts: object = {}, type = 'limit'): Promise<OrderView> {
  const answer = await service.call('POST', `/trading/v2/orders/${type}`, { body: { ...RESTING, ...parts } });
  expect(answer).toMatchObject({ status: 201 });
  return answer.body as unknown as OrderView;
}

function amend(id: string, body: object, key?: string): Promise<Answer> {
  return service.call('PATCH', `/trading/v2/orders/${id}`, {
    body,
    headers: key === undefined ? {} : { 'Idempotency-Key': key },
  });
}

async function workingAtVenue(): Promise<readonly VenueRow[]> {
  const orders = (await service.control('GET', 'binance/orders')) as VenueRow[];
  return orders.filter(({ status }) => status === 'open' || status === 'partially_filled');
}

describe('PATCH /trading/v2/orders/{order_id}', () => {
  it('puts a new order in the place of the old one, and says so', async () => {
    const old = await placed({ strategy: 'grid', client_order_id: 'amend-1' });
    const answer = await amend(old.id, { price: '57000.5', quantity: '0.02' });
    expect(answer.status).toBe(201);
    const { method, order, replaced } = amendedOrderView.parse(answer.body);
    expect(method).toBe('cancel_and_replace');
    expect(replaced).toMatchObject({ id: old.id, status: 'canceled' });
    expect(order).toMatchObject({
      replaces: old.id,
      status: 'open',
      price: '57000.5',
      quantity: '0.02',
      strategy: 'grid',
      client_order_id: null,
    });
    expect(await workingAtVenue()).toMatchObject([{ client_order_id: order?.venue_client_order_id }]);
  });

  it('leaves the old order working when the new one would be refused, and reviews it as if the old one were gone', async () => {
    // Nearly all that the account can buy: the new one fits only in place of the old one.
    const large = await placed({ quantity: '1.7', price: '58000' });
    const refused = await amend(large.id, { quantity: '1.8' });
    expect(refused).toMatchObject({
      status: 422,
      body: { code: 'insufficient_balance', order_id: large.id },
    });
    expect(await amend(large.id, { price: '58000.001' })).toMatchObject({
      status: 422,
      body: { code: 'price_off_tick', limit: '0.01', actual: '58000.001' },
    });
    expect(await workingAtVenue()).toMatchObject([{ client_order_id: large.venue_client_order_id }]);
    expect(await amend(large.id, { price: '57999' })).toMatchObject({ status: 201 });
    expect(await workingAtVenue()).toMatchObject([{ price: expect.stringMatching(/^57999(\.0+)?$/) }]);
  });

  it('counts what was filled already, and never buys it twice', async () => {
    const old = await placed({ quantity: '0.01', price: '59999' });
    await service.control('POST', 'binance/price', { symbol: 'BTC/USDT', price: '59998', hold: true });
    await service.control('POST', 'binance/price', { symbol: 'BTC/USDT', price: '60000', hold: true });
    const { status } = (await service.call('GET', `/trading/v2/orders/${old.id}/status?refresh=true`)).body;
    expect(status).toBe('filled');
    expect(await amend(old.id, { quantity: '0.03' })).toMatchObject({
      status: 409,
      body: { code: 'order_not_amendable', order: { status: 'filled' } },
    });
    expect(await workingAtVenue()).toEqual([]);
  });

  it('gives the first new order again under the same key, and a conflict with other content', async () => {
    const old = await placed();
    const first = await amend(old.id, { price: '57500' }, 'amend-key');
    const second = await amend(old.id, { price: '57500.0' }, 'amend-key');
    expect(second).toMatchObject({
      status: 200,
      body: { order: { id: (first.body['order'] as OrderView).id }, replaced: { id: old.id } },
    });
    expect(second.headers.get('Idempotent-Replayed')).toBe('true');
    expect(await amend(old.id, { price: '57600' }, 'amend-key')).toMatchObject({
      status: 409,
      body: { code: 'client_order_id_conflict' },
    });
    expect(await workingAtVenue()).toHaveLength(1);
  });

  it('places nothing while the venue has not confirmed the cancel', async () => {
    const old = await placed();
    await service.control('POST', 'binance/faults', {
      kind: 'drop_request',
      route: 'cancel_order',
      count: 50,
    });
    const answer = await amend(old.id, { price: '57000', wait_ms: 300 });
    expect(answer).toMatchObject({ status: 503, body: { code: 'amend_unconfirmed', order_id: old.id } });
    expect(await workingAtVenue()).toMatchObject([{ client_order_id: old.venue_client_order_id }]);
  });

  it('places one new order for many amendments at once', async () => {
    const old = await placed();
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, n) => amend(old.id, { price: String(57_000 + n) })),
    );
    const made = answers.filter(({ status }) => status === 201);
    expect(made).toHaveLength(1);
    for (const { status, body } of answers)
      if (status !== 201) expect(body).toMatchObject({ code: 'order_not_amendable' });
    expect(await workingAtVenue()).toHaveLength(1);
  });

  it('moves the stop price of a stop', async () => {
    const bought = await service.call('POST', '/trading/v2/orders/market', {
      body: { exchange: 'binance', symbol: 'BTC/USDT', side: 'buy', quantity: '0.01' },
    });
    expect(bought.status).toBe(201);
    const stop = await placed({ side: 'sell', stop_price: '55000', price: '54900' }, 'stop');
    const answer = await amend(stop.id, { stop_price: '56000', price: '55900' });
    expect(answer).toMatchObject({
      status: 201,
      body: { order: { type: 'stop_limit', stop_price: '56000', price: '55900', replaces: stop.id } },
    });
  });

  it.each([
    [{}, 'quantity'],
    [{ price: '-1' }, 'price'],
    [{ stop_price: '50000' }, 'stop_price'],
    [{ price: '57000', side: 'sell' }, 'side'],
  ])('refuses %j by name', async (body, field) => {
    const { id } = await placed();
    const answer = await amend(id, body);
    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
    expect(JSON.stringify(answer.body)).toContain(field);
  });

  it("does not know another user's order", async () => {
    const { id } = await placed();
    const answer = await service.call('PATCH', `/trading/v2/orders/${id}`, {
      token: service.tokens.otherUser,
      body: { price: '57000' },
    });
    expect(answer).toMatchObject({ status: 404, body: { code: 'order_not_found' } });
  });
});
