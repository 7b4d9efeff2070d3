/** HTX's rules of spot that a careless client trips over: ids that are not unique, values in quote, refusals in HTTP 200, cancels on their way. */
import { gunzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { systemClock } from '../clock.ts';
import { hmac } from '../wire/signatures.ts';
import { htxProtocolWith } from './protocol.ts';
import { pairsOf, signedText, timeText } from './signing.ts';
import { simulatedVenue, type Answer, type Row, type SimulatedVenue } from './testing/simulated-venue.ts';
import { STRICTEST, type UndecidedBehaviour } from './undecided.ts';

const HOUR_MS = 60 * 60 * 1000;
const opened: SimulatedVenue[] = [];
const sockets: WebSocket[] = [];

async function open(options: Parameters<typeof simulatedVenue>[0] = {}): Promise<SimulatedVenue> {
  const venue = await simulatedVenue({ limits: false, ...options });
  opened.push(venue);
  await venue.price('BTC/USDT', '60000');
  return venue;
}

const openWith = (undecided: Partial<UndecidedBehaviour>): Promise<SimulatedVenue> =>
  open({ protocols: [htxProtocolWith({ ...STRICTEST, ...undecided })] });

afterEach(() => {
  for (const socket of sockets.splice(0)) socket.terminate();
});
afterAll(async () => {
  for (const venue of opened.splice(0)) await venue.close();
});

const accounts = new Map<SimulatedVenue, string>();
async function accountOf(venue: SimulatedVenue): Promise<string> {
  const known = accounts.get(venue);
  if (known !== undefined) return known;
  const { data } = await venue.raw('GET', '/v1/account/accounts');
  const [account] = data as readonly Row[];
  const id = String(account?.['id']);
  accounts.set(venue, id);
  return id;
}

const LIMIT = { symbol: 'btcusdt', type: 'buy-limit', amount: '0.001', price: '59000' };
let ids = 0;
const newId = (): string => `rules-${Date.now().toString(36)}-${(ids += 1)}`;

async function place(
  venue: SimulatedVenue,
  change: Row = {},
  signing: Parameters<SimulatedVenue['raw']>[3] = {},
): Promise<Answer> {
  const account = await accountOf(venue);
  return venue.raw('POST', '/v1/order/orders/place', { 'account-id': account, ...LIMIT, ...change }, signing);
}

const order = async (
  venue: SimulatedVenue,
  id: unknown,
  signing: Parameters<SimulatedVenue['raw']>[3] = {},
): Promise<Row> =>
  ((await venue.raw('GET', `/v1/order/orders/${String(id)}`, {}, signing))['data'] ?? {}) as Row;
const byClientId = (
  venue: SimulatedVenue,
  clientOrderId: string,
  signing: Parameters<SimulatedVenue['raw']>[3] = {},
): Promise<Answer> => venue.raw('GET', '/v1/order/orders/getClientOrder', { clientOrderId }, signing);
const cancel = (venue: SimulatedVenue, id: unknown): Promise<Answer> =>
  venue.raw('POST', `/v1/order/orders/${String(id)}/submitcancel`);

interface Followed {
  readonly messages: Row[];
  readonly send: (message: object) => void;
  readonly closed: () => boolean;
  readonly binary: () => number;
}

async function connected(venue: SimulatedVenue, path: string): Promise<Followed> {
  const socket = new WebSocket(`${venue.wsUrl}${path}`);
  sockets.push(socket);
  const messages: Row[] = [];
  let [isClosed, binary] = [false, 0];
  socket.on('close', () => {
    isClosed = true;
  });
  socket.on('message', (data: Buffer, isBinary) => {
    if (isBinary) binary += 1;
    messages.push(JSON.parse((isBinary ? gunzipSync(data) : data).toString('utf8')) as Row);
  });
  await new Promise((resolve) => {
    socket.once('open', resolve);
  });
  return {
    messages,
    send: (message) => socket.send(JSON.stringify(message)),
    closed: () => isClosed,
    binary: () => binary,
  };
}

function login({ key, secret, wsUrl }: SimulatedVenue, change: Row = {}, host?: string): Row {
  const fields = {
    accessKey: key,
    signatureMethod: 'HmacSHA256',
    signatureVersion: '2.1',
    timestamp: timeText(Date.now()),
  };
  const text = signedText('GET', host ?? new URL(wsUrl).host, '/ws/v2', pairsOf(fields));
  return {
    action: 'req',
    ch: 'auth',
    params: { authType: 'api', ...fields, signature: hmac(text, secret, 'base64'), ...change },
  };
}

async function follow(venue: SimulatedVenue, ...channels: readonly string[]): Promise<Followed> {
  const followed = await connected(venue, '/ws/v2');
  followed.send(login(venue));
  await expect
    .poll(() => followed.messages)
    .toContainEqual({ action: 'req', code: 200, ch: 'auth', data: {} });
  for (const ch of channels) followed.send({ action: 'sub', ch });
  await expect
    .poll(() => followed.messages.filter(({ action }) => action === 'sub').length)
    .toBe(channels.length);
  return followed;
}

describe('signatures', () => {
  let venue: SimulatedVenue;
  beforeAll(async () => {
    venue = await open();
  });
  const read = (changes: Parameters<SimulatedVenue['raw']>[3]): Promise<Answer> =>
    venue.raw('GET', '/v1/account/accounts', { b: '1 2', A: 'ä:/' }, changes);

  test('method, host, path and the sorted parameters are signed; the host may be one of the venue', async () => {
    expect(await read({})).toMatchObject({ status: 'ok', data: [{ type: 'spot', state: 'working' }] });
    expect(await read({ host: 'api.huobi.pro' })).toMatchObject({ status: 'ok' });
    expect(await read({ host: 'elsewhere.example' })).toMatchObject({
      httpStatus: 200,
      status: 'error',
      'err-code': 'api-signature-not-valid',
      'err-msg': 'Signature not valid: Verification failure [校验失败]',
      data: null,
    });
  });

  test.each([
    ['another signature', { signature: 'bm90IHRoaXM=' }, 'Verification failure'],
    ['a key that is none', { key: 'deadbeef-1-2-3' }, 'Incorrect Access key'],
    ['a version that is none', { version: '1' }, 'Incorrect signature method'],
    ['a time with a zone', { timestamp: new Date().toISOString() }, 'Invalid submission time'],
    ['a time six minutes ago', { timestamp: timeText(Date.now() - 360_000) }, 'Invalid submission time'],
    ['a time six minutes ahead', { timestamp: timeText(Date.now() + 360_000) }, 'Invalid submission time'],
    ['no signature', { unsigned: true as const }, 'Verification failure'],
  ])('%s is refused in HTTP 200', async (_what, changes, text) => {
    expect(await read(changes)).toMatchObject({
      httpStatus: 200,
      'err-code': 'api-signature-not-valid',
      'err-msg': expect.stringContaining(text),
    });
  });

  test('a time four minutes off is valid', async () => {
    for (const shift of [-240_000, 240_000])
      expect(await read({ timestamp: timeText(Date.now() + shift) })).toMatchObject({ status: 'ok' });
  });

  test('v2 answers with numbers', async () => {
    expect(await venue.raw('GET', '/v2/user/uid', {}, { signature: 'bm90IHRoaXM=' })).toMatchObject({
      httpStatus: 200,
      code: 1003,
    });
    expect(await venue.raw('GET', '/v2/user/uid')).toMatchObject({ code: 200, data: expect.any(Number) });
  });
});

describe('orders', () => {
  let venue: SimulatedVenue;
  beforeAll(async () => {
    venue = await open();
  });

  test('an answer holds the number alone, as a text', async () => {
    const answer = await place(venue);
    expect(answer).toEqual({ status: 'ok', httpStatus: 200, data: expect.stringMatching(/^\d+$/) });
    expect(await order(venue, answer['data'])).toMatchObject({
      id: Number(answer['data']),
      state: 'submitted',
      'field-amount': '0.0',
    });
  });

  test('the same client order id twice is two orders, and the newest is what a look-up and a cancel find', async () => {
    const id = newId();
    const first = (await place(venue, { 'client-order-id': id }))['data'];
    const second = (await place(venue, { 'client-order-id': id, price: '58000' }))['data'];
    expect(second).not.toBe(first);
    expect((await byClientId(venue, id))['data']).toMatchObject({ id: Number(second) });
    const canceled = await venue.raw('POST', '/v1/order/orders/submitCancelClientOrder', {
      'client-order-id': id,
    });
    expect(canceled['data']).toBe(Number(second));
    expect(await order(venue, first)).toMatchObject({ state: 'submitted' });
    expect(await order(venue, second)).toMatchObject({ state: 'canceled', 'canceled-source': 'api' });
  });

  test('the amount of a market buy is quote units, and so are its amounts on the stream', async () => {
    const stream = await follow(venue, 'orders#btcusdt', 'trade.clearing#*#1');
    const bought = (await place(venue, { type: 'buy-market', amount: '120', price: undefined }))['data'];
    const detail = await order(venue, bought);
    expect(detail).toMatchObject({ state: 'filled', type: 'buy-market', price: '0.000000000000000000' });
    expect(Number(detail['amount'])).toBe(120);
    expect(Number(detail['field-amount'])).toBeLessThan(0.01);
    expect(Number(detail['field-cash-amount'])).toBeLessThanOrEqual(120);
    const rows = (topic: string): readonly Row[] =>
      stream.messages
        .filter(({ action, ch }) => action === 'push' && String(ch).startsWith(topic))
        .map(({ data }) => data as Row);
    await expect
      .poll(() => rows('orders').filter(({ eventType }) => eventType === 'trade').length)
      .toBeGreaterThan(0);
    const last = rows('orders').findLast(({ eventType }) => eventType === 'trade');
    expect(last).toMatchObject({ orderValue: '120', type: 'buy-market', orderId: Number(bought) });
    expect(last).not.toHaveProperty('orderSize');
    expect(Number(last?.['execAmt'])).toBeCloseTo(Number(detail['field-cash-amount']), 6);
    await expect.poll(() => rows('trade.clearing').length).toBeGreaterThan(0);
    expect(rows('trade.clearing')[0]).toMatchObject({ feeCurrency: 'btc', tradeId: last?.['tradeId'] });
  });

  test('refusals come in HTTP 200 with hyphens', async () => {
    const refused = (code: string): object => ({
      httpStatus: 200,
      status: 'error',
      'err-code': code,
      data: null,
    });
    expect(await place(venue, { amount: '0.0001', price: '59000' })).toMatchObject(
      refused('order-value-min-error'),
    );
    expect(await place(venue, { amount: '0.0010001' })).toMatchObject(
      refused('order-orderamount-precision-error'),
    );
    expect(await place(venue, { price: '59000.001' })).toMatchObject(
      refused('order-orderprice-precision-error'),
    );
    expect(await place(venue, { price: '67000' })).toMatchObject(refused('order-limitorder-price-max-error'));
    expect(await place(venue, { amount: '900' })).toMatchObject(
      refused('account-frozen-balance-insufficient-error'),
    );
    expect(await place(venue, { symbol: 'nopeusdt' })).toMatchObject(refused('base-symbol-error'));
    expect(await place(venue, { type: 'buy-later' })).toMatchObject(refused('order-type-invalid'));
    expect(await place(venue, { 'client-order-id': 'a b' })).toMatchObject(
      refused('invalid-client-order-id'),
    );
    expect(await byClientId(venue, 'never-sent')).toMatchObject(refused('base-record-invalid'));
    expect(await cancel(venue, '99999999')).toMatchObject(refused('base-record-invalid'));
  });

  test('an IOC or FOK order cannot be cancelled, and a finished one has its own refusal', async () => {
    const ioc = (await place(venue, { type: 'buy-ioc' }))['data'];
    expect(await order(venue, ioc)).toMatchObject({ state: 'canceled', 'canceled-source': 'ioc' });
    expect(await cancel(venue, ioc)).toMatchObject({ 'err-code': 'order-user-cancel-forbidden' });
    const resting = (await place(venue))['data'];
    expect(await cancel(venue, resting)).toMatchObject({ status: 'ok', data: resting });
    expect(await cancel(venue, resting)).toMatchObject({ 'err-code': 'order-orderstate-error' });
  });

  test('a post-only order that would take is accepted and canceled', async () => {
    const crossed = (await place(venue, { type: 'buy-limit-maker', price: '61000' }))['data'];
    expect(await order(venue, crossed)).toMatchObject({
      state: 'canceled',
      'canceled-source': 'limit_maker',
    });
  });

  test('lists of finished orders and matches reach 48 hours', async () => {
    const now = Date.now();
    const span = { 'start-time': now - 49 * HOUR_MS, 'end-time': now };
    const asked = { symbol: 'btcusdt', states: 'filled' };
    expect(await venue.raw('GET', '/v1/order/orders', { ...asked, ...span })).toMatchObject({
      'err-code': 'invalid-interval',
    });
    expect(await venue.raw('GET', '/v1/order/matchresults', span)).toMatchObject({
      'err-code': 'invalid-interval',
    });
    expect(await venue.raw('GET', '/v1/order/orders', asked)).toMatchObject({ status: 'ok' });
  });
});

test('a finished order is found by its client order id for two hours, an open one for eight', async () => {
  const time = { shiftMs: 0 };
  const venue = await open({ clock: { ...systemClock, nowMs: () => Date.now() + time.shiftMs } });
  await accountOf(venue);
  const now = () => ({ timestamp: timeText(Date.now() + time.shiftMs) });
  const ended = newId();
  const resting = newId();
  const canceledId = (await place(venue, { 'client-order-id': ended }, now()))['data'];
  await cancel(venue, canceledId);
  const restingId = (await place(venue, { 'client-order-id': resting }, now()))['data'];
  expect(await byClientId(venue, ended, now())).toMatchObject({ status: 'ok' });
  time.shiftMs += 2 * HOUR_MS + 60_000;
  expect(await byClientId(venue, ended, now())).toMatchObject({ 'err-code': 'base-record-invalid' });
  expect(await venue.raw('GET', `/v1/order/orders/${String(canceledId)}`, {}, now())).toMatchObject({
    'err-code': 'base-record-invalid',
  });
  expect(await byClientId(venue, resting, now())).toMatchObject({ status: 'ok' });
  time.shiftMs += 6 * HOUR_MS;
  expect(await byClientId(venue, resting, now())).toMatchObject({ 'err-code': 'base-record-invalid' });
  expect(await order(venue, restingId, now())).toMatchObject({ state: 'submitted' });
});

test.each([true, false])(
  'a deposit is confirmed before it is safe, and where its time moves on with its state (%s) it states a later one',
  async (updatedAtMoves) => {
    const venue = await openWith({ depositSafeAfterMs: 400, updatedAtMoves });
    const deposit = { wallet: 'spot', asset: 'USDT', amount: '7' };
    await venue.control('POST', 'deposits', deposit);
    const newest = async (): Promise<Row> => {
      const answer = await venue.raw('GET', '/v1/query/deposit-withdraw', { type: 'deposit' });
      return (answer['data'] as Row[])[0] ?? {};
    };
    const first = await newest();
    expect(first).toMatchObject({ amount: 7, state: 'confirmed', 'updated-at': first['created-at'] });
    await expect.poll(async () => (await newest())['state']).toBe('safe');
    const settledAt = Number((await newest())['updated-at']);
    expect(settledAt - Number(first['created-at'])).toBe(updatedAtMoves ? 400 : 0);
  },
);

test('an acknowledged cancel leaves an order canceling, and it may still be filled', async () => {
  const venue = await openWith({ cancelTakesMs: 400 });
  const resting = (await place(venue))['data'];
  expect(await cancel(venue, resting)).toMatchObject({ status: 'ok' });
  expect(await order(venue, resting)).toMatchObject({ state: 'canceling' });
  expect(await cancel(venue, resting)).toMatchObject({ 'err-code': 'order-orderstate-error' });
  await expect.poll(async () => (await order(venue, resting))['state']).toBe('canceled');
  const caught = (await place(venue))['data'];
  await cancel(venue, caught);
  await venue.price('BTC/USDT', '58000');
  await expect.poll(async () => (await order(venue, caught))['state']).toBe('filled');
});

test.each([
  ['before', true],
  ['behind', false],
] as const)('the order of a trade may stand %s its clearing', async (_where, ordersBeforeClearing) => {
  const venue = await openWith({ ordersBeforeClearing });
  const stream = await follow(venue, 'orders#*', 'trade.clearing#*');
  await place(venue, { type: 'buy-market', amount: '20' });
  const trades = (): readonly string[] =>
    stream.messages
      .filter(({ data }) => (data as Row | undefined)?.['eventType'] === 'trade')
      .map(({ ch }) => String(ch).split('#', 1)[0] ?? '');
  await expect.poll(() => trades().length).toBeGreaterThan(1);
  expect(trades().slice(0, 2)).toEqual(
    ordersBeforeClearing ? ['orders', 'trade.clearing'] : ['trade.clearing', 'orders'],
  );
});

describe('streams', () => {
  test('a login is of version 2.1, and nothing can be followed without one', async () => {
    const venue = await open();
    const socket = await connected(venue, '/ws/v2');
    socket.send({ action: 'sub', ch: 'orders#*' });
    socket.send(login(venue, { signatureVersion: '2' }));
    await expect.poll(() => socket.messages.length).toBe(2);
    expect(socket.messages).toEqual([
      { action: 'sub', code: 2002, ch: 'orders#*', message: 'invalid.auth.state' },
      { action: 'req', code: 2002, ch: 'auth', message: 'auth.fail' },
    ]);
    socket.send(login(venue, {}, 'api.huobi.pro'));
    socket.send({ action: 'sub', ch: 'nothing#*' });
    socket.send({ action: 'sub', ch: 'accounts.update#2' });
    await expect
      .poll(() => socket.messages)
      .toContainEqual({
        action: 'push',
        ch: 'accounts.update#2',
        data: expect.objectContaining({ currency: 'usdt', changeType: null, available: expect.any(String) }),
      });
    expect(socket.messages).toContainEqual({
      action: 'sub',
      code: 2001,
      ch: 'nothing#*',
      message: 'invalid.ch',
    });
  });

  test('public frames are packed, private ones are not; who answers no ping is cut', async () => {
    const hurried = {
      ...systemClock,
      sleep: (durationMs: number, signal: AbortSignal) =>
        systemClock.sleep(durationMs >= 5_000 ? durationMs / 50 : durationMs, signal),
    };
    const venue = await open({ clock: hurried });
    const market = await connected(venue, '/ws');
    market.send({ sub: 'market.btcusdt.bbo', id: 'one' });
    market.send({ sub: 'market.nope.bbo', id: 'two' });
    market.send({ req: 'market.btcusdt.kline.1min', id: 'three' });
    await expect
      .poll(() => market.messages)
      .toContainEqual(expect.objectContaining({ id: 'three', status: 'ok', data: expect.any(Array) }));
    expect(market.messages).toContainEqual(
      expect.objectContaining({ id: 'two', status: 'error', 'err-code': 'bad-request' }),
    );
    await expect.poll(() => market.closed(), { timeout: 5_000 }).toBe(true);
    expect(market.binary()).toBe(market.messages.length);
    expect(market.messages.filter(({ ping }) => ping !== undefined)).toHaveLength(2);
    const silent = await follow(venue, 'orders#*');
    await expect.poll(() => silent.closed(), { timeout: 5_000 }).toBe(true);
    expect(silent.binary()).toBe(0);
    expect(silent.messages).toContainEqual({ action: 'ping', data: { ts: expect.any(Number) } });
  });
});
