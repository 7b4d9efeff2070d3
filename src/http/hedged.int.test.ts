/** An account in hedged mode through the API, over a real socket, an engine, PostgreSQL and a simulated venue. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { StreamReader } from './stream/testing/stream-reader.ts';
import { startService, type Answer, type TestService } from './testing/service-fixture.ts';

const SWAP = { exchange: 'binance', symbol: 'BTC/USDT:USDT' };
const POSITION = '/trading/v2/positions/BTC-USDT-SWAP';
const BOTH_SIDES = ['long', 'short'] as const;
const OPENING = { long: 'buy', short: 'sell' } as const;
const CLOSING = { long: 'sell', short: 'buy' } as const;

interface Row {
  readonly id: string;
  readonly position_side: string;
  readonly side: string;
  readonly quantity: string;
  readonly [name: string]: unknown;
}

let service: TestService;
const readers: StreamReader[] = [];
beforeAll(async () => {
  service = await startService();
  await service.control('POST', 'binance/price', { symbol: SWAP.symbol, price: '60000', hold: true });
  await service.control('POST', 'binance/price', { symbol: 'BTC/USDT', price: '60000', hold: true });
  const set = { body: { exchange: 'binance', position_mode: 'hedged' } };
  expect((await service.call('PUT', '/trading/v2/position-mode', set)).status).toBe(200);
});
afterAll(() => service.stop());
beforeEach(async () => {
  await service.control('DELETE', 'binance/faults');
});
afterEach(async () => {
  for (const reader of readers.splice(0)) reader.close();
  await service.call('DELETE', '/trading/v2/orders?all=true');
  const closedAll = async (): Promise<readonly Row[]> => {
    for (const { position_side: side } of await positions())
      await post(`${POSITION}/close`, { exchange: 'binance', position_side: side });
    return positions();
  };
  // Where a test has moved the price, the next close may still go by the one before.
  await expect.poll(closedAll, { timeout: 20_000 }).toEqual([]);
});

const get = (path: string): Promise<Answer> => service.call('GET', path);
const post = (path: string, body: object, key?: string): Promise<Answer> =>
  service.call('POST', path, { body, headers: key === undefined ? {} : { 'Idempotency-Key': key } });
const order = (type: string, parts: object, key?: string): Promise<Answer> =>
  post(`/trading/v2/orders/${type}`, { ...SWAP, quantity: '0.01', ...parts }, key);
const opened = (side: 'long' | 'short', quantity: string, key?: string): Promise<Answer> =>
  order('market', { side: OPENING[side], position_side: side, quantity }, key);

async function positions(): Promise<readonly Row[]> {
  const { body } = await get('/trading/v2/positions?exchange=binance');
  return body['positions'] as readonly Row[];
}

async function held(): Promise<Readonly<Record<string, string>>> {
  return Object.fromEntries((await positions()).map((row) => [row.position_side, row.quantity]));
}

/** The same at the venue. */
async function heldAtVenue(): Promise<Readonly<Record<string, string>>> {
  const rows = (await service.control('GET', 'binance/positions')) as readonly Row[];
  return Object.fromEntries(rows.map((row) => [row.position_side, row.quantity]));
}

async function both(): Promise<void> {
  for (const [side, quantity] of [
    ['long', '0.03'],
    ['short', '0.02'],
  ] as const)
    // Where a test has moved the price, an order may still go by the one before.
    await expect
      .poll(async () => (await opened(side, quantity)).body['status'], { timeout: 20_000 })
      .toBe('filled');
}

async function createsAsked(): Promise<number> {
  const counts = (await service.control('GET', 'binance/requests')) as { route: string; count: number }[];
  return counts.filter(({ route }) => route === 'create_order').reduce((sum, { count }) => sum + count, 0);
}

describe('orders and positions of a hedged account', () => {
  it('a long and a short position stand side by side, in orders, fills, positions and account info', async () => {
    for (const side of BOTH_SIDES) {
      const { status, body } = await opened(side, side === 'long' ? '0.03' : '0.02');
      expect(status).toBe(201);
      expect(body).toMatchObject({ status: 'filled', position_side: side, reduce_only: false });
      expect((await get(`/trading/v2/orders/${String(body['id'])}/status`)).body).toMatchObject({
        position_side: side,
      });
      const fills = (await get(`/trading/v2/orders/${String(body['id'])}/fills`)).body['fills'] as Row[];
      expect(fills.length).toBeGreaterThan(0);
      for (const fill of fills) expect(fill).toMatchObject({ position_side: side, side: OPENING[side] });
    }
    const shown = await positions();
    expect(shown).toHaveLength(2);
    expect(shown).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ position_side: 'long', side: 'long', quantity: '0.03' }),
        expect.objectContaining({ position_side: 'short', side: 'short', quantity: '0.02' }),
      ]),
    );
    expect(await heldAtVenue()).toEqual({ long: '0.03', short: '0.02' });
    const { body } = await get('/trading/v2/account/info?exchange=binance');
    expect(body).toMatchObject({ connection: { position_mode: 'hedged' } });
    expect((body['positions'] as Row[]).map((row) => row.position_side).toSorted()).toEqual([
      'long',
      'short',
    ]);
    const history = (await get('/trading/v2/orders/history?exchange=binance&limit=2')).body[
      'orders'
    ] as Row[];
    expect(history.map((row) => row.position_side).toSorted()).toEqual(['long', 'short']);
    const fills = (await get('/trading/v2/fills?exchange=binance&limit=2')).body['fills'] as Row[];
    for (const fill of fills) expect(BOTH_SIDES).toContain(fill.position_side);
  });

  it('a position is shown by its side, and no one of two without it', async () => {
    await both();
    const one = (side: string): Promise<Answer> => get(`${POSITION}?exchange=binance&position_side=${side}`);
    expect(await one('long')).toMatchObject({
      status: 200,
      body: { position_side: 'long', quantity: '0.03' },
    });
    expect(await one('short')).toMatchObject({ status: 200, body: { side: 'short', quantity: '0.02' } });
    expect(await one('net')).toMatchObject({ status: 404, body: { code: 'position_not_found' } });
    expect(await one('both')).toMatchObject({ status: 404, body: { code: 'position_not_found' } });
    expect(await one('up')).toMatchObject({ status: 400, body: { code: 'invalid_request' } });
    expect(await get(`${POSITION}?exchange=binance`)).toMatchObject({
      status: 400,
      body: { code: 'invalid_request', errors: [{ field: 'position_side' }] },
    });
  });

  it.each([
    ['net', {}],
    ['both', { position_side: 'both' }],
    ['spot', { position_side: 'long', symbol: 'BTC/USDT' }],
  ])('an order of the wrong side (%s) is refused before anything leaves', async (_name, parts) => {
    const before = await createsAsked();
    for (const [type, more] of [
      ['market', {}],
      ['limit', { price: '58000' }],
      ['stop', { stop_price: '62000' }],
    ] as const)
      expect(await order(type, { side: 'buy', ...parts, ...more })).toMatchObject({
        status: 422,
        body: { code: 'unsupported_order', detail: expect.stringMatching(/^position_side: /) },
      });
    expect(await createsAsked()).toBe(before);
  });

  it.each(BOTH_SIDES)(
    'an order that closes %s closes nothing of the other side, and never opens',
    async (side) => {
      const other = side === 'long' ? 'short' : 'long';
      await opened(other, '0.02');
      const before = await createsAsked();
      for (const reduceOnly of [false, true])
        expect(
          await order('market', { side: CLOSING[side], position_side: side, reduce_only: reduceOnly }),
        ).toMatchObject({ status: 422, body: { code: 'not_reducing' } });
      // The opening side never reduces, whatever is said of it.
      expect(
        await order('market', { side: OPENING[other], position_side: other, reduce_only: true }),
      ).toMatchObject({ status: 422, body: { code: 'not_reducing' } });
      expect(await createsAsked()).toBe(before);
      expect(await held()).toEqual({ [other]: '0.02' });
      const part = { side: CLOSING[other], position_side: other, reduce_only: true };
      expect(await order('market', part)).toMatchObject({ status: 201, body: { status: 'filled' } });
      expect(await held()).toEqual({ [other]: '0.01' });
      expect(await order('market', { ...part, quantity: '0.05' })).toMatchObject({ status: 422 });
      expect(await heldAtVenue()).toEqual({ [other]: '0.01' });
    },
  );

  it('a batch trades both sides, each by itself', async () => {
    const sides = BOTH_SIDES.map((side) => ({
      type: 'market',
      ...SWAP,
      quantity: '0.01',
      side: OPENING[side],
      position_side: side,
    }));
    const { status, body } = await post('/trading/v2/orders/batch', {
      orders: sides,
      all_or_none_risk: true,
    });
    expect(status).toBe(200);
    expect(body['results']).toMatchObject(
      BOTH_SIDES.map((side) => ({ order: { position_side: side, status: 'filled' } })),
    );
    expect(await held()).toEqual({ long: '0.01', short: '0.01' });
  });

  it('a key stands for an order of its side', async () => {
    const first = await opened('long', '0.01', 'sided');
    expect(first.status).toBe(201);
    const again = await opened('long', '0.01', 'sided');
    expect(again).toMatchObject({ status: 200, body: { id: first.body['id'], position_side: 'long' } });
    expect(await order('market', { side: 'buy', position_side: 'short' }, 'sided')).toMatchObject({
      status: 409,
      body: { code: 'client_order_id_conflict' },
    });
    expect(await held()).toEqual({ long: '0.01' });
  });
});

describe('closing, amending and checking', () => {
  it('a close names its side while both are open, and leaves the other alone', async () => {
    await both();
    const close = (parts: object, key?: string): Promise<Answer> =>
      post(`${POSITION}/close`, { exchange: 'binance', ...parts }, key);
    expect(await close({})).toMatchObject({
      status: 400,
      body: { code: 'invalid_request', errors: [{ field: 'position_side' }] },
    });
    expect(await close({ position_side: 'net' })).toMatchObject({
      status: 404,
      body: { code: 'position_not_found' },
    });
    expect(await close({ position_side: 'short', quantity: '0.03' })).toMatchObject({
      status: 422,
      body: { code: 'not_reducing', limit: '0.02' },
    });
    expect(await close({ position_side: 'short', fraction: '0.5' }, 'half')).toMatchObject({
      status: 201,
      body: { status: 'filled', side: 'buy', position_side: 'short', quantity: '0.01' },
    });
    expect(await close({ position_side: 'short', fraction: '0.5' }, 'half')).toMatchObject({ status: 200 });
    expect(await close({ position_side: 'long', fraction: '0.5' }, 'half')).toMatchObject({ status: 409 });
    expect(await held()).toEqual({ long: '0.03', short: '0.01' });
    expect(await close({ position_side: 'long' })).toMatchObject({
      status: 201,
      body: { side: 'sell', position_side: 'long', quantity: '0.03' },
    });
    // Now it is the only one.
    expect(await close({})).toMatchObject({ status: 201, body: { position_side: 'short' } });
    expect(await held()).toEqual({});
    expect(await heldAtVenue()).toEqual({});
  });

  it('a close gets out past a resting target of its side', async () => {
    await both();
    const target = await order('limit', {
      side: 'sell',
      position_side: 'long',
      quantity: '0.03',
      price: '61000',
    });
    expect(target).toMatchObject({ status: 201, body: { status: 'open' } });
    const half = await post(`${POSITION}/close`, {
      exchange: 'binance',
      position_side: 'long',
      fraction: '0.5',
    });
    expect(half).toMatchObject({ status: 201, body: { status: 'filled', quantity: '0.015' } });
    expect(await get(`/trading/v2/orders/${String(target.body['id'])}/status`)).toMatchObject({
      body: { status: 'canceled' },
    });
    expect(await held()).toEqual({ long: '0.015', short: '0.02' });
  });

  it('an order on its way that opens the other side takes nothing from a close', async () => {
    await opened('long', '0.02');
    const delay = { kind: 'delay', route: 'create_order', delay_ms: 1500, count: 1 };
    await service.control('POST', 'binance/faults', delay);
    const opening = await order('market', {
      side: 'sell',
      position_side: 'short',
      quantity: '0.02',
      wait_ms: 0,
    });
    expect(opening).toMatchObject({ status: 202, body: { status: 'submitting' } });
    expect(await post(`${POSITION}/close`, { exchange: 'binance', position_side: 'long' })).toMatchObject({
      status: 201,
      body: { side: 'sell', position_side: 'long', quantity: '0.02' },
    });
    await expect.poll(held, { timeout: 15_000 }).toEqual({ short: '0.02' });
  });

  it('a stop larger than its side protects nothing: the venue would refuse it', async () => {
    await both();
    const stop = { side: 'sell', position_side: 'long', quantity: '0.03', stop_price: '50000' };
    expect(await order('stop', stop)).toMatchObject({ status: 201 });
    const protectedOf = async (): Promise<unknown> =>
      (await get(`${POSITION}?exchange=binance&position_side=long`)).body['protected_quantity'];
    expect(await protectedOf()).toBe('0.03');
    await order('market', { side: 'sell', position_side: 'long', quantity: '0.01' });
    expect(await protectedOf()).toBe('0');
  });

  it('an amended order keeps its side', async () => {
    await both();
    for (const side of BOTH_SIDES) {
      const price = side === 'long' ? '62000' : '58000';
      const resting = await order('limit', { side: CLOSING[side], position_side: side, price });
      expect(resting).toMatchObject({ status: 201, body: { status: 'open' } });
      const amended = await service.call('PATCH', `/trading/v2/orders/${String(resting.body['id'])}`, {
        body: { quantity: '0.015' },
      });
      expect(amended).toMatchObject({
        status: 201,
        body: { order: { position_side: side, side: CLOSING[side], quantity: '0.015', status: 'open' } },
      });
    }
    const open = (await get('/trading/v2/orders/open?exchange=binance')).body['orders'] as Row[];
    expect(open.map((row) => row.position_side).toSorted()).toEqual(['long', 'short']);
  });

  it('a stop protects the side that it closes, and no other', async () => {
    await both();
    const stop = await order('stop', {
      side: 'buy',
      position_side: 'short',
      quantity: '0.02',
      stop_price: '63000',
    });
    expect(stop).toMatchObject({ status: 201, body: { status: 'open', position_side: 'short' } });
    const shown = await positions();
    const protectedOf = (side: string) =>
      shown.find((row) => row.position_side === side)?.['protected_quantity'];
    expect([protectedOf('long'), protectedOf('short')]).toEqual(['0', '0.02']);
  });

  it('POST /trading/v2/risk/check sizes an order that closes within its side', async () => {
    await both();
    const check = async (parts: object): Promise<Record<string, unknown>> =>
      (await post('/trading/v2/risk/check', { type: 'market', ...SWAP, quantity: '0.05', ...parts })).body;
    expect(await check({ side: 'sell', position_side: 'long' })).toMatchObject({
      max_quantity: '0.03',
      max_quantity_bound_by: 'reduce_only',
      suggested_quantity: '0.03',
    });
    expect(await check({ side: 'buy', position_side: 'short' })).toMatchObject({ max_quantity: '0.02' });
    expect(await check({ side: 'buy', position_side: 'long' })).toMatchObject({
      approved: true,
      suggested_quantity: '0.05',
    });
    expect(await check({ side: 'buy' })).toMatchObject({
      approved: false,
      refusals: [{ rule: 'order_shape', code: 'unsupported_order' }],
      max_quantity: null,
    });
  });
});

describe('a side that a stop protects', () => {
  const PRICES = { long: ['54000', '53900'], short: ['66000', '66100'] } as const;
  const HELD = { long: ['0.03', '0.02'], short: ['0.02', '0.01'] } as const;
  const alarms = async (): Promise<readonly unknown[]> =>
    (await get('/risk/status')).body['protection_alarms'] as readonly unknown[];
  const priced = async (price: string): Promise<void> => {
    await service.control('POST', 'binance/price', { symbol: SWAP.symbol, price, hold: true });
  };
  const stopOf = async (side: 'long' | 'short', quantity: string): Promise<string> => {
    const [stopPrice] = PRICES[side];
    const stop = await order('stop', {
      side: CLOSING[side],
      position_side: side,
      stop_price: stopPrice,
      quantity,
    });
    expect(stop.status, JSON.stringify(stop.body)).toBe(201);
    return String(stop.body['id']);
  };
  const closePart = (side: 'long' | 'short', key?: string): Promise<Answer> =>
    post(`${POSITION}/close`, { exchange: 'binance', position_side: side, quantity: '0.01' }, key);
  const sideOf = async (side: string): Promise<Row | undefined> =>
    (await positions()).find((row) => row.position_side === side);
  const gauges = async (): Promise<readonly string[]> =>
    String((await service.call('GET', '//metrics', { token: service.tokens.read })).body['text'])
      .split('\n')
      .filter((line) => line.startsWith('plimsoll_protection_alarm_seconds{'));

  it.each(BOTH_SIDES)(
    'of %s keeps the protection of what a partial close leaves: the stop is amended to it, and closes it when it triggers',
    async (side) => {
      await both();
      const [held, left] = HELD[side];
      const id = await stopOf(side, held);
      const closed = await closePart(side, `part-${side}`);
      expect(closed).toMatchObject({
        status: 201,
        body: { status: 'filled', stops: [{ canceled_order_id: id }] },
      });
      expect(closed.body).not.toHaveProperty('left');
      expect(closed.body).not.toHaveProperty('stops_too_large');
      const [moved] = closed.body['stops'] as readonly { restored_order_id: string }[];
      const now = await get(`/trading/v2/orders/${moved?.restored_order_id}/status`);
      expect(now.body).toMatchObject({
        status: 'open',
        quantity: left,
        stop_price: PRICES[side][0],
        replaces: id,
      });
      await expect
        .poll(async () => (await get(`/trading/v2/orders/${id}/status`)).body['status'], { timeout: 20_000 })
        .toBe('canceled');
      expect(await alarms()).toEqual([]);
      expect(await sideOf(side)).toMatchObject({ quantity: left, protected_quantity: left });
      const again = await closePart(side, `part-${side}`);
      expect(again.status).toBe(200);
      expect(again.body).not.toHaveProperty('stops_too_large');
      try {
        await priced(PRICES[side][1]);
        await expect.poll(() => sideOf(side), { timeout: 20_000 }).toBeUndefined();
      } finally {
        await priced('60000');
      }
    },
  );

  it.each(BOTH_SIDES)(
    'of %s whose stop a close cannot amend names it in the answer and alarms until it is',
    async (side) => {
      await both();
      const [held, left] = HELD[side];
      const id = await stopOf(side, held);
      const state = (body: object): Promise<Answer> =>
        service.call('PUT', '/risk/trading-state', { token: service.tokens.admin, body });
      // A close on request goes out in this state; the amendment of a stop is refused.
      const halted = await state({ scope: 'portfolio', state: 'halted', reason: 'a test' });
      const closed = await closePart(side, `halted-${side}`);
      expect(closed).toMatchObject({ status: 201, body: { status: 'filled', stops_too_large: [id] } });
      expect(closed.body).not.toHaveProperty('stops');
      expect(await closePart(side, `halted-${side}`)).toMatchObject({
        status: 200,
        body: { stops_too_large: [id] },
      });
      const { version } = halted.body['stored'] as { version: number };
      const active = { scope: 'portfolio', state: 'active', reason: 'over', version };
      expect((await state(active)).status).toBe(200);
      expect(await alarms()).toMatchObject([
        {
          alarm: 'stop_too_large',
          order_id: id,
          position_side: side,
          stop_quantity: held,
          position_quantity: left,
        },
      ]);
      expect(await sideOf(side)).toMatchObject({ protected_quantity: '0' });
      expect(await gauges()).toEqual([expect.stringContaining(`alarm="stop_too_large"`)]);
      const amended = await service.call('PATCH', `/trading/v2/orders/${id}`, { body: { quantity: left } });
      expect(amended.status).toBe(201);
      expect(await alarms()).toEqual([]);
      expect(await gauges()).toEqual([]);
      expect(await sideOf(side)).toMatchObject({ protected_quantity: left });
    },
  );

  it.each(BOTH_SIDES)(
    'of %s whose stop the exchange refuses at its trigger alarms on the stream and in the status until it is closed',
    async (side) => {
      await both();
      const reader = await StreamReader.open(service.streamUrl, service.tokens.read);
      readers.push(reader);
      await reader.ask({ subscribe: ['risk'] });
      const id = await stopOf(side, HELD[side][0]);
      // Nothing but a close looks after the stops: this is an order of its own.
      await order('market', { side: CLOSING[side], position_side: side, quantity: '0.01' });
      expect(await alarms()).toMatchObject([{ alarm: 'stop_too_large', order_id: id }]);
      try {
        await priced(PRICES[side][1]);
        await expect
          .poll(alarms, { timeout: 20_000 })
          .toMatchObject([{ alarm: 'stop_lost', order_id: id, position_side: side }]);
        expect(await get(`/trading/v2/orders/${id}/status`)).toMatchObject({
          body: { status: 'rejected', reason: { code: 'rejected', detail: 'Reduce Only reject' } },
        });
        await expect
          .poll(() => JSON.stringify(reader.on('risk').at(-1)), { timeout: 20_000 })
          .toMatch(/"alarm":"stop_lost"/u);
        // A close may go by the price of before.
        const closed = async (): Promise<Row | undefined> => {
          await post(`${POSITION}/close`, { exchange: 'binance', position_side: side });
          return sideOf(side);
        };
        await expect.poll(closed, { timeout: 20_000 }).toBeUndefined();
        expect(await alarms()).toEqual([]);
        // Another position on that side is none that the stop was to protect.
        await expect
          .poll(async () => (await opened(side, '0.01')).body['status'], { timeout: 20_000 })
          .toBe('filled');
        expect(await alarms()).toEqual([]);
      } finally {
        await priced('60000');
      }
    },
  );
});

describe('getting out of both sides', () => {
  it('the kill switch flattens both sides, ends the stop with the side that it protected, and gives one receipt a key', async () => {
    await both();
    const price = '58000';
    const opening = await order('limit', { side: 'buy', position_side: 'long', price });
    const stop = await order('stop', {
      side: 'sell',
      position_side: 'long',
      quantity: '0.03',
      stop_price: '50000',
    });
    expect([opening.status, stop.status]).toEqual([201, 201]);
    const flat = { engaged: true, reason: 'out', flatten: true };
    const receipt = await post('/risk/kill-switch', flat, 'flat');
    expect(receipt).toMatchObject({
      status: 200,
      body: {
        confirmed: [
          { id: opening.body['id'], status: 'canceled' },
          { id: stop.body['id'], position_side: 'long', status: 'canceled' },
        ],
        kept_protective: [],
        positions_left: [],
      },
    });
    const closing = receipt.body['closing'] as { order: Row }[];
    expect(closing.map((one) => `${one.order.side} ${one.order.position_side}`).toSorted()).toEqual([
      'buy short',
      'sell long',
    ]);
    expect(await heldAtVenue()).toEqual({});
    expect((await post('/risk/kill-switch', flat, 'flat')).body['closing']).toEqual(closing);
    // While it is engaged what closes passes, and what opens does not.
    expect(await opened('long', '0.01')).toMatchObject({
      status: 422,
      body: { code: 'kill_switch_engaged' },
    });
    await post('/risk/kill-switch', { engaged: false, reason: 'over' });
  });
});

describe('the stream of a hedged account', () => {
  it('names the side in orders, fills and positions, and sends each side when it changes', async () => {
    const reader = await StreamReader.open(service.streamUrl, service.tokens.read);
    readers.push(reader);
    await reader.ask({ subscribe: ['orders', 'fills', 'positions'] });
    await both();
    for (const channel of ['orders', 'fills', 'positions'] as const)
      for (const side of BOTH_SIDES)
        await expect
          .poll(() => JSON.stringify(reader.on(channel)), { timeout: 10_000 })
          .toMatch(new RegExp(`"position_side":"${side}"`, 'u'));
    const last = (side: string): unknown =>
      reader.on('positions').findLast((message) => message['position_side'] === side)?.['position'];
    for (const side of BOTH_SIDES)
      await expect
        .poll(async () => [last(side), (await held())[side]], { timeout: 10_000 })
        .toSatisfy(([shown, quantity]: [Row | undefined, string]) => shown?.quantity === quantity);
    expect(last('long')).toMatchObject({ side: 'long', position_side: 'long' });
    expect(last('short')).toMatchObject({ side: 'short', position_side: 'short' });

    const shortBefore = reader.on('positions').filter((message) => message['position_side'] === 'short');
    await post(`${POSITION}/close`, { exchange: 'binance', position_side: 'long', wait_ms: 5_000 });
    await expect.poll(() => last('long'), { timeout: 10_000 }).toBe(null);
    expect(reader.on('positions').filter((message) => message['position_side'] === 'short')).toEqual(
      shortBefore,
    );
  });
});
