/**
 * A key stands for one request of its portfolio, for ever: repeated fifty times at once, after a restart, with other
 * content, under another header. The tests check each answer, and the orders that reach the exchange.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startService, type Answer, type TestService } from './testing/service-fixture.ts';

const MARKET = '/trading/v2/orders/market';
const LIMIT = '/trading/v2/orders/limit';
const BATCH = '/trading/v2/orders/batch';
const CLOSE = '/trading/v2/positions/BTC-USDT/close';
const BUY = { exchange: 'binance', symbol: 'BTC/USDT', side: 'buy', quantity: '0.001' };
const RESTING = { ...BUY, price: '58000' };
const AT_ONCE = 50;

let service: TestService;
let before = 0;
beforeAll(async () => {
  service = await startService();
  await service.control('POST', 'binance/price', { symbol: 'BTC/USDT', price: '60000', hold: true });
});
afterAll(() => service.stop());
beforeEach(async () => {
  before = await service.ordersAtVenue();
});

const send = (path: string, body: object, key?: string): Promise<Answer> =>
  service.call('POST', path, { body, ...(key === undefined ? {} : { headers: { 'Idempotency-Key': key } }) });

const atOnce = (path: string, body: object, key?: string): Promise<Answer[]> =>
  Promise.all(Array.from({ length: AT_ONCE }, () => send(path, body, key)));

async function expectPlaced(count: number): Promise<void> {
  expect((await service.ordersAtVenue()) - before).toBe(count);
}

function expectReplay(answer: Answer, id: unknown): void {
  expect(answer, JSON.stringify(answer.body)).toMatchObject({ status: 200, body: { id } });
  expect(answer.headers.get('idempotent-replayed')).toBe('true');
}

describe('fifty repeats at once', () => {
  it.each([
    ['a market order under a header', MARKET, BUY, 'fifty-market'],
    ['a limit order under a header', LIMIT, RESTING, 'fifty-limit'],
    ['a market order under its client_order_id', MARKET, { ...BUY, client_order_id: 'fifty-own' }, undefined],
    ['a close', CLOSE, { exchange: 'binance', quantity: '0.001' }, 'fifty-close'],
  ] as const)('%s is placed once', async (_name, path, body, key) => {
    const answers = await atOnce(path, body, key);
    const [first, ...others] = answers.toSorted((a, b) => b.status - a.status);
    expect(first?.status).toBe(201);
    for (const other of others) expectReplay(other, first?.body['id']);
    await expectPlaced(1);
  });

  it('the orders of a batch are placed once each', async () => {
    const orders = [
      { type: 'market', ...BUY },
      { type: 'limit', ...RESTING },
    ];
    const answers = await atOnce(BATCH, { orders }, 'fifty-batch');
    const ids = answers.map(({ body }) =>
      (body['results'] as { order: { id: string } }[]).map(({ order }) => order.id).join(),
    );
    expect(new Set(ids).size).toBe(1);
    await expectPlaced(2);
    // Each order has a key of its own.
    expectReplay(await send(LIMIT, RESTING, 'fifty-batch/1'), ids[0]?.split(',')[1]);
  });

  it('a refusal is one refusal', async () => {
    const answers = await atOnce(MARKET, { ...BUY, quantity: '5' }, 'fifty-refused');
    const refused = answers.filter(({ status }) => status === 422);
    expect(refused).toHaveLength(1);
    const id = refused[0]?.body['order_id'];
    for (const answer of answers.filter(({ status }) => status !== 422)) expectReplay(answer, id);
    await expectPlaced(0);
  });
});

describe('the content that a key covers', () => {
  it.each([
    ['market', MARKET, BUY, { quantity: '0.002' }],
    ['limit', LIMIT, RESTING, { price: '57999' }],
    ['close', CLOSE, { exchange: 'binance', quantity: '0.001' }, { quantity: '0.002' }],
  ])('other content of a %s order is a conflict', async (name, path, body, change) => {
    const first = await send(path, body, `other-${name}`);
    expect(first.status).toBe(201);
    const other = await send(path, { ...body, ...change }, `other-${name}`);
    expect(other).toMatchObject({
      status: 409,
      body: { code: 'client_order_id_conflict', order_id: first.body['id'] },
    });
    await expectPlaced(1);
  });

  it('the same figures are the same content, and how long one waits is none', async () => {
    const first = await send(LIMIT, RESTING, 'same-content');
    const again = await service.call('POST', LIMIT, {
      headers: { 'Idempotency-Key': 'same-content' },
      body: '{"price":58000.00,"quantity":1e-3,"side":"buy","symbol":"btc-usdt","exchange":"BINANCE","time_in_force":"GTC","wait_ms":1}',
    });
    expectReplay(again, first.body['id']);
    await expectPlaced(1);
  });

  it('an answer from before anything was journaled is not kept', async () => {
    expect((await send(MARKET, { ...BUY, side: 'up' }, 'not-kept')).status).toBe(400);
    expect((await send(MARKET, { ...BUY, symbol: 'NOPE/USDT' }, 'not-kept')).status).toBe(422);
    const wrong = await service.call('POST', MARKET, {
      body: BUY,
      token: 'wrong',
      headers: { 'Idempotency-Key': 'not-kept' },
    });
    expect(wrong.status).toBe(401);
    expect((await send(MARKET, BUY, 'not-kept')).status).toBe(201);
    await expectPlaced(1);
  });
});

describe('a header and a client_order_id', () => {
  it('together: the header is the key and the id is content', async () => {
    const body = { ...BUY, client_order_id: 'both-1' };
    const first = await send(MARKET, body, 'both-header');
    expect(first).toMatchObject({ status: 201, body: { client_order_id: 'both-1' } });
    expectReplay(await send(MARKET, body, 'both-header'), first.body['id']);
    const other = await send(MARKET, { ...BUY, client_order_id: 'both-2' }, 'both-header');
    expect(other.status).toBe(409);
    await expectPlaced(1);
  });

  it('a client_order_id belongs to one order, whatever headers it comes with', async () => {
    const body = { ...BUY, client_order_id: 'mine' };
    const [one, two] = await Promise.all([send(MARKET, body, 'header-1'), send(MARKET, body, 'header-2')]);
    const [placed, conflict] = one.status === 201 ? [one, two] : [two, one];
    expect(placed.status).toBe(201);
    expect(conflict).toMatchObject({
      status: 409,
      body: { code: 'client_order_id_conflict', order_id: placed.body['id'] },
    });
    expect((await send(LIMIT, { ...RESTING, client_order_id: 'mine' }, 'header-3')).status).toBe(409);
    // Without a header it is the key itself.
    expectReplay(await send(MARKET, body), placed.body['id']);
    await expectPlaced(1);
    const asKey = await send(MARKET, BUY, 'mine');
    expect(asKey.status).toBe(409);
  });
});

describe('one key on two orders of a batch', () => {
  const limit = { type: 'limit', ...RESTING };
  const market = { type: 'market', ...BUY };

  it.each([
    [
      'the same client_order_id twice',
      [limit, { ...limit, client_order_id: 'twin-1' }, market, { ...market, client_order_id: 'twin-1' }],
      undefined,
      [
        ['orders.1.client_order_id', "must differ from the others': orders.3 has the key twin-1 too"],
        ['orders.3.client_order_id', "must differ from the others': orders.1 has the key twin-1 too"],
      ],
    ],
    [
      'the same client_order_id twice under a header',
      [
        { ...limit, client_order_id: 'twin-2' },
        { ...limit, client_order_id: 'twin-2' },
      ],
      'twin-header',
      [
        ['orders.0.client_order_id', "must differ from the others': orders.1 has the key twin-2 too"],
        ['orders.1.client_order_id', "must differ from the others': orders.0 has the key twin-2 too"],
      ],
    ],
    [
      'a client_order_id that is the key of another order',
      [{ ...limit, client_order_id: 'twin-key/1' }, limit],
      'twin-key',
      [
        ['orders.0.client_order_id', "must differ from the others': orders.1 has the key twin-key/1 too"],
        ['orders.1', "must differ from the others': orders.0 has the key twin-key/1 too"],
      ],
    ],
  ])(
    'all or none, %s: a problem that names both, and nothing is placed',
    async (_name, orders, key, errors) => {
      const answer = await send(BATCH, { orders, all_or_none_risk: true }, key);
      expect(answer, JSON.stringify(answer.body)).toMatchObject({
        status: 400,
        body: {
          code: 'invalid_request',
          errors: errors.map(([field, reason]) => ({ field, reason })),
        },
      });
      await expectPlaced(0);
    },
  );

  it('one by one, with the same content: one order, which answers both', async () => {
    const twin = { ...limit, client_order_id: 'twin-same' };
    const answer = await send(BATCH, { orders: [twin, twin] });
    expect(answer.status).toBe(200);
    const results = answer.body['results'] as { order: { id: string }; replayed?: boolean }[];
    expect(results[0]?.order.id).toBe(results[1]?.order.id);
    expect(results.filter(({ replayed }) => replayed)).toHaveLength(1);
    await expectPlaced(1);
  });

  it.each([
    ['with other content', { quantity: '0.002' }, undefined],
    ['under keys of their own', {}, 'twin-other-header'],
  ])('one by one, %s: one order, and a conflict that names it', async (name, change, key) => {
    const twin = { ...limit, client_order_id: `twin ${name}`.replaceAll(' ', '-') };
    const answer = await send(BATCH, { orders: [twin, { ...twin, ...change }] }, key);
    expect(answer.status).toBe(200);
    const results = answer.body['results'] as {
      order?: { id: string };
      error?: { code: string; order_id: string };
    }[];
    const placed = results.find(({ order }) => order !== undefined);
    const refused = results.find(({ error }) => error !== undefined);
    expect(refused?.error).toMatchObject({ code: 'client_order_id_conflict', order_id: placed?.order?.id });
    await expectPlaced(1);
  });
});

it('survives a restart, also of orders that have left memory', { timeout: 180_000 }, async () => {
  const market = await send(MARKET, { ...BUY, client_order_id: 'restart-own' }, 'restart-market');
  const resting = await send(LIMIT, { ...RESTING, client_order_id: 'restart-limit' });
  const refused = await send(MARKET, { ...BUY, quantity: '5' }, 'restart-refused');
  const closed = await send(CLOSE, { exchange: 'binance', quantity: '0.001' }, 'restart-close');
  expect([market.status, resting.status, refused.status, closed.status]).toEqual([201, 201, 422, 201]);
  const placed = await service.ordersAtVenue();
  await service.restart();
  expectReplay(
    await send(MARKET, { ...BUY, client_order_id: 'restart-own' }, 'restart-market'),
    market.body['id'],
  );
  expectReplay(await send(LIMIT, { ...RESTING, client_order_id: 'restart-limit' }), resting.body['id']);
  expectReplay(await send(MARKET, { ...BUY, quantity: '5' }, 'restart-refused'), refused.body['order_id']);
  expectReplay(
    await send(CLOSE, { exchange: 'binance', quantity: '0.001' }, 'restart-close'),
    closed.body['id'],
  );
  expect((await send(MARKET, { ...BUY, quantity: '0.002' }, 'restart-market')).status).toBe(409);
  const again = await send(MARKET, { ...BUY, client_order_id: 'restart-own' }, 'another-header');
  expect(again).toMatchObject({ status: 409, body: { order_id: market.body['id'] } });
  expect(await service.ordersAtVenue()).toBe(placed);
});

it('the kill switch flattens once under one key', async () => {
  expect((await send(MARKET, { ...BUY, quantity: '0.01' })).status).toBe(201);
  const sells = async (): Promise<number> =>
    ((await service.control('GET', 'binance/orders')) as { side: string }[]).filter(
      ({ side }) => side === 'sell',
    ).length;
  const sold = await sells();
  const body = { engaged: true, reason: 'a test', flatten: true };
  const receipts = await Promise.all(
    Array.from({ length: 10 }, () => send('/risk/kill-switch', body, 'kill-once')),
  );
  for (const receipt of receipts)
    expect(receipt).toMatchObject({ status: 200, body: receipts[0]?.body ?? {} });
  expect((await sells()) - sold).toBe(1);
  await send('/risk/kill-switch', { engaged: false, reason: 'over' });
});

it('a repeat of a kill switch request gets the receipt of the first, after a restart too, and changes nothing', async () => {
  expect((await send(LIMIT, RESTING)).status).toBe(201);
  const engaged = { engaged: true, reason: 'a test' };
  const first = await send('/risk/kill-switch', engaged, 'kill-late');
  expect(first.headers.get('Idempotent-Replayed')).toBeNull();
  expect(first).toMatchObject({ status: 200, body: { engaged: true, intake_closed: true } });
  expect(first.body['cancels_sent']).toBeGreaterThan(0);
  await send('/risk/kill-switch', { engaged: false, reason: 'over' }, 'release');
  for (const restart of [false, true]) {
    if (restart) await service.restart();
    const late = await send('/risk/kill-switch', { ...engaged, cancel_orders: true }, 'kill-late');
    expect(late).toMatchObject({ status: 200, body: first.body });
    expect(late.headers.get('Idempotent-Replayed')).toBe('true');
  }
  expect((await service.call('GET', '/risk/status')).body).toMatchObject({ kill_switch: { engaged: false } });
  expect(await send('/risk/kill-switch', { engaged: true, reason: 'another' }, 'kill-late')).toMatchObject({
    status: 409,
    body: { code: 'client_order_id_conflict' },
  });
});
