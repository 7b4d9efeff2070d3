/** Stops and take-profit orders over a real socket, an engine, PostgreSQL and a simulated venue. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startService, type Answer, type TestService } from './testing/service-fixture.ts';
import type { OrderView } from './views/order.ts';

const SWAP = { exchange: 'binance', symbol: 'BTC/USDT:USDT' };
const SPOT = { exchange: 'binance', symbol: 'BTC/USDT' };

let service: TestService;
beforeAll(async () => {
  service = await startService({ maxPositionNotional: null });
});
afterAll(() => service.stop());
beforeEach(async () => {
  await service.control('DELETE', 'binance/faults');
  for (const symbol of [SPOT.symbol, SWAP.symbol])
    await service.control('POST', 'binance/price', { symbol, price: '60000', hold: true });
  await service.call('DELETE', '/trading/v2/orders?all=true');
});

const post = (type: string, body: object): Promise<Answer> =>
  service.call('POST', `/trading/v2/orders/${type}`, { body });

async function hold(symbol: string): Promise<void> {
  const answer = await post('market', { exchange: 'binance', symbol, side: 'buy', quantity: '0.02' });
  expect(answer).toMatchObject({ status: 201, body: { status: 'filled' } });
}

async function protectedQuantity(symbol: string): Promise<unknown> {
  const path = `/trading/v2/positions/${encodeURIComponent(symbol)}?exchange=binance`;
  return (await service.call('GET', path)).body['protected_quantity'];
}

async function typeAtVenue(order: OrderView): Promise<unknown> {
  const rows = (await service.control('GET', 'binance/orders')) as readonly Record<string, unknown>[];
  return rows.find((row) => row['client_order_id'] === order.venue_client_order_id)?.['type'];
}

describe('PATCH of a stop', () => {
  const stop = { ...SWAP, side: 'sell', quantity: '0.01', reduce_only: true, trigger: 'mark' };
  const amend = (id: unknown, body: object): Promise<Answer> =>
    service.call('PATCH', `/trading/v2/orders/${String(id)}`, { body });
  const statusOf = async (id: unknown): Promise<unknown> =>
    (await service.call('GET', `/trading/v2/orders/${String(id)}/status`)).body['status'];

  it('across the market is refused, and the old stop stays', async () => {
    await hold(SWAP.symbol);
    const placed = await post('stop', { ...stop, stop_price: '59000' });
    expect(await amend(placed.body['id'], { stop_price: '60500' })).toMatchObject({
      status: 422,
      body: { code: 'would_trigger', actual: '60500' },
    });
    expect(await statusOf(placed.body['id'])).toBe('open');
  });

  it('places the new one first, and cancels the old one once that works', async () => {
    await hold(SWAP.symbol);
    const placed = await post('stop', { ...stop, stop_price: '59000' });
    const old = placed.body['id'];
    expect(await amend(old, { stop_price: '59100' })).toMatchObject({
      status: 201,
      body: {
        method: 'replace_and_cancel',
        order: { status: 'open', stop_price: '59100', type: 'stop_market', replaces: old },
        replaced: { id: old, status: 'canceled' },
      },
    });
  });

  it('whose answer is lost leaves the old one live until the new one is found', async () => {
    await hold(SWAP.symbol);
    const placed = await post('stop', { ...stop, stop_price: '59000' });
    const old = placed.body['id'];
    await service.control('POST', 'binance/faults', {
      kind: 'drop_request',
      route: 'create_order',
      count: 1,
    });
    const answer = await amend(old, { stop_price: '59100', wait_ms: 100 });
    expect(answer).toMatchObject({ status: 202, body: { replaced: { id: old, status: 'open' } } });
    const made = (answer.body as unknown as { order: OrderView }).order;
    expect(made).toMatchObject({ replaces: old });
    await expect
      .poll(async () => [await statusOf(old), await statusOf(made.id)], { timeout: 30_000 })
      .toEqual(['canceled', 'open']);
  });
});

describe('a stop whose position is closed', () => {
  it('is canceled with it, unless it is to stay', async () => {
    const stop = { ...SWAP, side: 'sell', quantity: '0.01', reduce_only: true, stop_price: '59000' };
    await hold(SWAP.symbol);
    const ends = await post('stop', stop);
    const stays = await post('stop', { ...stop, stop_price: '58000', keep_after_close: true });
    const path = `/trading/v2/positions/${encodeURIComponent(SWAP.symbol)}/close`;
    const closed = await service.call('POST', path, { body: { exchange: 'binance' } });
    expect(closed).toMatchObject({ status: 201, body: { status: 'filled' } });
    const statusOf = async (placed: Answer): Promise<unknown> =>
      (await service.call('GET', `/trading/v2/orders/${String(placed.body['id'])}/status`)).body['status'];
    await expect.poll(() => statusOf(ends), { timeout: 40_000 }).toBe('canceled');
    expect(await statusOf(stays)).toBe('open');
  });
});

describe('the direction of a stop', () => {
  it.each([
    [SPOT, 'stop', 'sell', '59000', 'stop_market', 'falling'],
    [SPOT, 'stop', 'buy', '61000', 'stop_market', 'rising'],
    [SPOT, 'take-profit', 'sell', '61000', 'take_profit_market', 'rising'],
    [SPOT, 'take-profit', 'buy', '59000', 'take_profit_market', 'falling'],
    [SWAP, 'stop', 'sell', '59000', 'stop_market', 'falling'],
    [SWAP, 'take-profit', 'sell', '61000', 'take_profit_market', 'rising'],
  ])('%o %s %s at %s', async (instrument, endpoint, side, stopPrice, type, direction) => {
    const answer = await post(endpoint, { ...instrument, side, quantity: '0.01', stop_price: stopPrice });
    expect(answer).toMatchObject({
      status: 201,
      body: { type, trigger_direction: direction, trigger: 'last', stop_price: stopPrice, expires_at: null },
    });
    expect(await typeAtVenue(answer.body as unknown as OrderView)).toBe(type);
  });

  it('may be given, and is then checked', async () => {
    const stop = { ...SPOT, side: 'sell', quantity: '0.01', stop_price: '59000' };
    expect(await post('stop', { ...stop, trigger_direction: 'falling' })).toMatchObject({ status: 201 });
    expect(await post('stop', { ...stop, trigger_direction: 'rising' })).toMatchObject({
      status: 400,
      body: { errors: [{ field: 'trigger_direction' }] },
    });
  });

  it('never follows from the market: on the wrong side it is refused, with both prices, and protects nothing', async () => {
    await hold(SWAP.symbol);
    const stop = { ...SWAP, side: 'sell', quantity: '0.02', reduce_only: true, stop_price: '60500' };
    for (const trigger of ['last', 'mark'])
      expect(await post('stop', { ...stop, trigger })).toMatchObject({
        status: 422,
        body: {
          code: 'would_trigger',
          rule: 'stop_trigger',
          actual: '60500',
          limit: expect.stringMatching(/^(59|60)\d{3}/) as unknown,
        },
      });
    expect(await protectedQuantity(SWAP.symbol)).toBe('0');
    expect(await post('take-profit', stop)).toMatchObject({ status: 201 });
    expect(await protectedQuantity(SWAP.symbol)).toBe('0');
    expect(await post('stop', { ...stop, stop_price: '59000' })).toMatchObject({ status: 201 });
    expect(await protectedQuantity(SWAP.symbol)).toBe('0.02');
  });

  it('with close_now closes at the market instead', async () => {
    await hold(SWAP.symbol);
    const stop = { ...SWAP, side: 'sell', quantity: '0.01', reduce_only: true, stop_price: '60500' };
    expect(await post('stop', { ...stop, on_would_trigger: 'close_now' })).toMatchObject({
      status: 201,
      body: {
        type: 'market',
        status: 'filled',
        stop_price: null,
        instead_of_stop: { stop_price: '60500' },
      },
    });
  });

  it('is kept by the kill switch where it protects, and a take-profit is not', async () => {
    await hold(SPOT.symbol);
    const sell = { ...SPOT, side: 'sell', quantity: '0.01' };
    const loss = await post('stop', { ...sell, stop_price: '59000' });
    const profit = await post('take-profit', { ...sell, stop_price: '61000' });
    const engaged = await service.call('POST', '/risk/kill-switch', {
      body: { engaged: true, reason: 'test' },
    });
    expect(engaged.body).toMatchObject({
      kept_protective: [{ id: loss.body['id'] }],
      confirmed: [{ id: profit.body['id'], status: 'canceled' }],
    });
    await service.call('POST', '/risk/kill-switch', { body: { engaged: false, reason: 'test' } });
  });

  it('that has triggered and rests behind the market says so, protects nothing, alarms, and is canceled by the kill switch', async () => {
    await hold(SWAP.symbol);
    const stop = { ...SWAP, side: 'sell', quantity: '0.02', reduce_only: true, trigger: 'last' };
    const placed = await post('stop', { ...stop, stop_price: '59000', price: '58900' });
    expect(placed).toMatchObject({ status: 201, body: { type: 'stop_limit', triggered: false } });
    expect(await protectedQuantity(SWAP.symbol)).toBe('0.02');
    await service.control('POST', 'binance/price', { symbol: SWAP.symbol, price: '57000', hold: true });
    const order = async (): Promise<unknown> =>
      (await service.call('GET', `/trading/v2/orders/${String(placed.body['id'])}`)).body['order'];
    await expect.poll(order, { timeout: 10_000 }).toMatchObject({ triggered: true, status: 'open' });
    expect(await protectedQuantity(SWAP.symbol)).toBe('0');
    const alarms = async (): Promise<unknown> =>
      (await service.call('GET', '/risk/status')).body['protection_alarms'];
    await expect
      .poll(alarms, { timeout: 10_000 })
      .toMatchObject([{ alarm: 'stop_unfilled', order_id: placed.body['id'], stop_quantity: '0.02' }]);
    const engaged = await service.call('POST', '/risk/kill-switch', {
      body: { engaged: true, reason: 'test' },
    });
    expect(engaged.body).toMatchObject({ kept_protective: [], confirmed: [{ id: placed.body['id'] }] });
    await service.call('POST', '/risk/kill-switch', { body: { engaged: false, reason: 'test' } });
    expect(await alarms()).toEqual([]);
  });
});
