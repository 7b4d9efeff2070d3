/** HTX's rules of contracts that a careless client trips over: ids that end with their order, three days of executions, refusals in HTTP 200. */
import { gunzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { systemClock } from '../clock.ts';
import { hmac } from '../wire/signatures.ts';
import { htxProtocolWith } from './protocol.ts';
import { pairsOf, signedText, timeText } from './signing.ts';
import { simulatedVenue, type Answer, type Row, type SimulatedVenue } from './testing/simulated-venue.ts';
import { STRICTEST, type UndecidedBehaviour } from './undecided.ts';

const HOUR_MS = 60 * 60 * 1_000;
const SYMBOL = 'BTC/USDT:USDT';
const opened: SimulatedVenue[] = [];
const sockets: WebSocket[] = [];

async function open(options: Parameters<typeof simulatedVenue>[0] = {}): Promise<SimulatedVenue> {
  const venue = await simulatedVenue({ limits: false, ...options });
  opened.push(venue);
  await venue.price(SYMBOL, '60000');
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

type Signing = Parameters<SimulatedVenue['raw']>[3];
const LIMIT = {
  contract_code: 'BTC-USDT',
  margin_mode: 'cross',
  side: 'buy',
  type: 'limit',
  price: '59000',
  volume: '10',
} as const;

let ids = 7_000_000_000_000_000_000n;
const newId = (): string => String((ids += 1n));
const place = (venue: SimulatedVenue, change: Row = {}, signing: Signing = {}): Promise<Answer> =>
  venue.raw('POST', '/v5/trade/order', { ...LIMIT, ...change }, signing);
const placed = async (venue: SimulatedVenue, change: Row = {}, signing: Signing = {}): Promise<string> => {
  const { data } = await place(venue, change, signing);
  return String((data as Row)['order_id']);
};
const orderBy = (venue: SimulatedVenue, named: Row, signing: Signing = {}): Promise<Answer> =>
  venue.raw('GET', '/v5/trade/order', { contract_code: 'BTC-USDT', ...named }, signing);
const rows = async (venue: SimulatedVenue, path: string, asked: Row = {}, signing: Signing = {}) =>
  ((await venue.raw('GET', path, asked, signing))['data'] ?? []) as readonly Row[];
const cancel = (venue: SimulatedVenue, named: Row): Promise<Answer> =>
  venue.raw('POST', '/v5/trade/cancel_order', { contract_code: 'BTC-USDT', ...named });

interface Followed {
  readonly messages: Row[];
  readonly send: (message: object) => void;
  readonly closed: () => boolean;
  readonly binary: () => number;
}

async function connected(venue: SimulatedVenue, path = '/ws/v5/notification'): Promise<Followed> {
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

function login({ key, secret, wsUrl }: SimulatedVenue, change: Row = {}): Row {
  const fields = {
    AccessKeyId: key,
    SignatureMethod: 'HmacSHA256',
    SignatureVersion: '2',
    Timestamp: timeText(Date.now()),
  };
  const text = signedText('GET', new URL(wsUrl).host, '/ws/v5/notification', pairsOf(fields));
  return { op: 'auth', type: 'api', ...fields, Signature: hmac(text, secret, 'base64'), ...change };
}

async function follow(venue: SimulatedVenue, ...topics: readonly string[]): Promise<Followed> {
  const followed = await connected(venue);
  followed.send(login(venue));
  for (const topic of topics) followed.send({ op: 'sub', cid: topic, topic, contract_code: '*' });
  await expect
    .poll(() => followed.messages.filter(({ op, 'err-code': code }) => op === 'sub' && code === 0).length)
    .toBe(topics.length);
  return followed;
}

const pushed = ({ messages }: Followed, topic: string): readonly Row[] =>
  messages.filter((message) => message['op'] === 'notify' && message['topic'] === topic);

describe('requests', () => {
  let venue: SimulatedVenue;
  beforeAll(async () => {
    venue = await open();
  });

  test.each([
    ['another signature', { signature: 'bm90IHRoaXM=' }, 'Verification failure'],
    ['a key that is none', { key: 'deadbeef-1-2-3' }, 'Incorrect Access key'],
    ['a time six minutes ago', { timestamp: timeText(Date.now() - 360_000) }, 'Invalid submission time'],
  ])('%s is refused in HTTP 200 by 403', async (_what, changes, text) => {
    expect(await venue.raw('GET', '/v5/account/balance', {}, changes)).toMatchObject({
      httpStatus: 200,
      code: 403,
      msg: expect.stringContaining(text),
    });
  });

  test('a time four and a half minutes ago is valid, and so is a host of production', async () => {
    for (const changes of [{ timestamp: timeText(Date.now() - 270_000) }, { host: 'api.hbdm.vn' }])
      expect(await venue.raw('GET', '/v5/position/mode', {}, changes)).toMatchObject({ code: 200 });
  });

  test('an answer holds the ids alone, as texts of nineteen digits', async () => {
    const id = newId();
    expect(await place(venue, { client_order_id: id })).toMatchObject({
      code: 200,
      message: 'Success',
      data: { order_id: expect.stringMatching(/^\d{19}$/), client_order_id: id },
      ts: expect.any(Number),
    });
    const { data } = await place(venue);
    expect((data as Row)['client_order_id']).toBe((data as Row)['order_id']);
  });

  test('refusals come in HTTP 200 by numbers', async () => {
    const refused = (code: number): object => ({ httpStatus: 200, code, data: null });
    expect(await place(venue, { contract_code: 'NOPE-USDT' })).toMatchObject(refused(1014));
    expect(await place(venue, { type: 'later' })).toMatchObject(refused(1034));
    expect(await place(venue, { side: 'long' })).toMatchObject(refused(1035));
    expect(await place(venue, { price: '59000.01' })).toMatchObject(refused(1038));
    expect(await place(venue, { price: '63000' })).toMatchObject(refused(1039));
    expect(await place(venue, { volume: '0.5' })).toMatchObject(refused(1040));
    expect(await place(venue, { volume: '900000' })).toMatchObject(refused(1041));
    expect(await place(venue, { volume: '160000' })).toMatchObject(refused(1047));
    expect(await place(venue, { volume: '' })).toMatchObject(refused(1066));
    for (const id of ['0', 'abc', '9223372036854775808'])
      expect(await place(venue, { client_order_id: id })).toMatchObject(refused(1067));
    expect(await place(venue, { client_order_id: '9223372036854775807' })).toMatchObject({ code: 200 });
    expect(await place(venue, { tp_trigger_price: '61000' })).toMatchObject(refused(1067));
    expect(await place(venue, { side: 'sell', reduce_only: 1 })).toMatchObject(refused(1492));
    expect(await place(venue, { position_side: 'long' })).toMatchObject(refused(1500));
    expect(await cancel(venue, { order_id: '123' })).toMatchObject(refused(1061));
  });

  test('public data that is older than v5 is refused in words of its own', async () => {
    const answer = await fetch(`${venue.restUrl}/linear-swap-ex/market/depth?contract_code=NOPE&type=step0`);
    expect(await answer.json()).toMatchObject({ status: 'error', err_code: 1014 });
  });

  test('a batch has a code for each of its orders inside a success', async () => {
    const answer = await venue.raw('POST', '/v5/trade/batch_orders', [
      { ...LIMIT, client_order_id: newId() },
      { ...LIMIT, volume: '0' },
    ]);
    expect(answer).toMatchObject({ code: 200, data: [{ code: 200 }, { code: 1040 }] });
  });
});

describe('ids of the user', () => {
  test('one is refused while its order rests, and taken again once that has ended', async () => {
    const venue = await open();
    const id = newId();
    await place(venue, { client_order_id: id });
    expect(await place(venue, { client_order_id: id })).toMatchObject({ code: 1050 });
    expect(await cancel(venue, { client_order_id: id })).toMatchObject({ code: 200 });
    expect(await place(venue, { client_order_id: id })).toMatchObject({ code: 200 });
  });

  test('one may be refused for ever', async () => {
    const venue = await openWith({ refusesKnownContractIds: true });
    const id = newId();
    await place(venue, { client_order_id: id });
    await cancel(venue, { client_order_id: id });
    expect(await place(venue, { client_order_id: id })).toMatchObject({ code: 1050 });
  });

  test('one finds nothing as soon as its order is filled or canceled: the history still has it', async () => {
    const venue = await open();
    const [filled, canceled] = [newId(), newId()];
    const number = await placed(venue, { type: 'market', client_order_id: filled });
    expect(await orderBy(venue, { client_order_id: filled })).toMatchObject({ code: 200, data: null });
    expect(await orderBy(venue, { order_id: number })).toMatchObject({ data: { state: 'filled' } });
    await place(venue, { client_order_id: canceled });
    expect(await orderBy(venue, { client_order_id: canceled })).toMatchObject({ data: { state: 'new' } });
    await cancel(venue, { client_order_id: canceled });
    expect(await orderBy(venue, { client_order_id: canceled })).toMatchObject({ data: null });
    expect(await cancel(venue, { client_order_id: canceled })).toMatchObject({ code: 1061 });
    const past = await rows(venue, '/v5/trade/order/history', {
      contract_code: 'BTC-USDT',
      margin_mode: 'cross',
    });
    expect(past).toMatchObject([
      { client_order_id: canceled, state: 'canceled' },
      { client_order_id: filled, state: 'filled' },
    ]);
  });

  test('an order that is not there may be refused', async () => {
    const venue = await openWith({ absentContractOrder: 'refused' });
    expect(await orderBy(venue, { client_order_id: newId() })).toMatchObject({ code: 1017 });
  });
});

test('cancels of what has ended have codes of their own', async () => {
  const venue = await open();
  const filled = await placed(venue, { type: 'market' });
  expect(await cancel(venue, { order_id: filled })).toMatchObject({ code: 1063 });
  const resting = await placed(venue);
  await cancel(venue, { order_id: resting });
  expect(await cancel(venue, { order_id: resting })).toMatchObject({ code: 1071 });
  const crossed = await placed(venue, { type: 'post_only', price: '60500' });
  expect(await orderBy(venue, { order_id: crossed })).toMatchObject({
    data: { state: 'canceled', cancel_reason: 'Order cancelation by system' },
  });
});

test('a trade id is shared by the executions of an order, and the row has the unique one', async () => {
  const venue = await open();
  await venue.raw('POST', '/v5/position/lever', {
    contract_code: 'BTC-USDT',
    margin_mode: 'cross',
    lever_rate: 100,
  });
  await placed(venue, { type: 'market', volume: '20000', side: 'sell' });
  const [first, second] = await rows(venue, '/v5/trade/order/details', {
    contract_code: 'BTC-USDT',
    limit: '100',
  });
  expect(first?.['trade_id']).toBe(second?.['trade_id']);
  expect(first?.['id']).not.toBe(second?.['id']);
  expect(first).not.toHaveProperty('client_order_id');
  expect(Number(first?.['trade_fee'])).toBeGreaterThan(0);
  const [order] = await rows(venue, '/v5/trade/order/history', {
    contract_code: 'BTC-USDT',
    margin_mode: 'cross',
  });
  expect(Number(order?.['fee'])).toBeLessThan(0);
});

test('executions are listed for three days, and pages of lists have ten rows unless more are asked for', async () => {
  const time = { shiftMs: 0 };
  const venue = await open({ clock: { ...systemClock, nowMs: () => Date.now() + time.shiftMs } });
  const now = (): Signing => ({ timestamp: timeText(Date.now() + time.shiftMs) });
  for (let count = 0; count < 12; count += 1) await placed(venue, { type: 'market', volume: '1' });
  for (let count = 0; count < 12; count += 1) await placed(venue, { volume: '1' });
  const asked = { contract_code: 'BTC-USDT', start_time: String(Date.now() - HOUR_MS) };
  const details = '/v5/trade/order/details';
  expect(await rows(venue, details, asked)).toHaveLength(10);
  expect(await rows(venue, details, { ...asked, limit: '100' })).toHaveLength(12);
  const opens = await rows(venue, '/v5/trade/order/opens');
  expect(opens).toHaveLength(10);
  const last = String(opens.at(-1)?.['id']);
  const next = await rows(venue, '/v5/trade/order/opens', { from: last, direct: 'next' });
  expect(next.map(({ id }) => id)).toEqual([last, expect.any(String), expect.any(String)]);
  time.shiftMs += 71 * HOUR_MS;
  expect(await rows(venue, details, { ...asked, limit: '100' }, now())).toHaveLength(12);
  time.shiftMs += 2 * HOUR_MS;
  expect(await rows(venue, details, { ...asked, limit: '100' }, now())).toHaveLength(0);
});

describe('positions', () => {
  test('in hedge mode every order names its side, and a mode stays while there are orders or positions', async () => {
    const venue = await open();
    const mode = (position_mode: string): Promise<Answer> =>
      venue.raw('POST', '/v5/position/mode', { position_mode });
    expect(await mode('dual_side')).toMatchObject({ code: 200, data: { position_mode: 'dual_side' } });
    expect(await place(venue)).toMatchObject({ code: 1499 });
    const market = { type: 'market', volume: '3' };
    await placed(venue, { ...market, position_side: 'long' });
    await placed(venue, { ...market, side: 'sell', position_side: 'short' });
    expect(await rows(venue, '/v5/trade/position/opens')).toMatchObject([
      { position_side: 'long', direction: 'buy', volume: '3' },
      { position_side: 'short', direction: 'sell', volume: '3' },
    ]);
    expect(await place(venue, { ...market, side: 'sell', position_side: 'long', volume: '4' })).toMatchObject(
      {
        code: 1048,
      },
    );
    expect(await mode('single_side')).toMatchObject({ code: 1494 });
    const closed = (await venue.raw('POST', '/v5/trade/position_all')) as Row;
    expect(closed['data']).toMatchObject([{ code: 200 }, { code: 200 }]);
    await placed(venue, { position_side: 'long' });
    expect(await mode('single_side')).toMatchObject({ code: 1493 });
    await venue.raw('POST', '/v5/trade/cancel_all_orders');
    expect(await mode('single_side')).toMatchObject({ code: 200 });
  });

  test('sizes are contracts, figures of an account leave its balance and its equity apart', async () => {
    const venue = await open();
    await venue.raw('POST', '/v5/position/lever', {
      contract_code: 'BTC-USDT',
      margin_mode: 'cross',
      lever_rate: 20,
    });
    await placed(venue, { type: 'market', volume: '100' });
    await venue.price(SYMBOL, '60600');
    const { data } = await venue.raw('GET', '/v5/account/balance');
    const [usdt] = (data as Row)['details'] as readonly Row[];
    const difference = Number(usdt?.['equity']) - Number(usdt?.['available']);
    expect(difference).toBeCloseTo(Number(usdt?.['profit_unreal']), 6);
    expect(Number(usdt?.['profit_unreal'])).toBeGreaterThan(50);
    expect(Number(usdt?.['initial_margin'])).toBeCloseTo(303, 0);
    expect(await rows(venue, '/v5/trade/position/opens')).toMatchObject([{ volume: '100', lever_rate: 20 }]);
  });

  test('funding, fees and what was closed are bills, and money moves from spot and back', async () => {
    const venue = await open();
    await placed(venue, { type: 'market', volume: '100' });
    await venue.control('POST', 'funding', { symbol: SYMBOL, rate: '0.0003' });
    await placed(venue, { type: 'market', side: 'sell', volume: '100', reduce_only: 1 });
    const move = (change: Row): Promise<Answer> =>
      venue.raw('POST', '/v2/account/transfer', {
        from: 'spot',
        to: 'linear-swap',
        currency: 'usdt',
        amount: '50',
        'margin-account': 'USDT',
        ...change,
      });
    expect(await move({})).toMatchObject({ code: 200, data: expect.any(Number) });
    expect(await move({ amount: '10000000' })).toMatchObject({ code: 1301 });
    const bills = await rows(venue, '/v5/account/bills', { limit: '100' });
    const types = new Set(bills.map(({ type }) => type));
    for (const type of ['5', '7', '31', '14']) expect([...types]).toContain(type);
    const paid = bills.find(({ type }) => type === '31');
    expect(paid).toMatchObject({ contract_code: 'BTC-USDT', currency: 'USDT' });
    expect(Number(paid?.['amount'])).toBeCloseTo(-1.8, 1);
    expect((await rows(venue, '/v5/account/bills', { type: '30,31' })).length).toBe(1);
  });
});

test('a countdown cancels the orders of contracts and leaves those of spot', async () => {
  const hurried = {
    ...systemClock,
    sleep: (durationMs: number, signal: AbortSignal) => systemClock.sleep(durationMs, signal),
  };
  const time = { shiftMs: 0 };
  const venue = await open({ clock: { ...hurried, nowMs: () => Date.now() + time.shiftMs } });
  const now = (): Signing => ({ timestamp: timeText(Date.now() + time.shiftMs) });
  const number = await placed(venue);
  const after = (change: Row): Promise<Answer> => venue.raw('POST', '/v5/trade/cancel-after', change);
  expect(await after({ on_off: '1', time_out: 4_000 })).toMatchObject({ code: 1067 });
  expect(await after({ on_off: '1', time_out: 60_000 })).toMatchObject({ code: 200 });
  time.shiftMs += 61_000;
  await expect
    .poll(async () => ((await orderBy(venue, { order_id: number }, now()))['data'] as Row)['state'])
    .toBe('canceled');
});

describe('streams', () => {
  test('nothing is followed without a login, and a refused login is closed', async () => {
    const venue = await open();
    const socket = await connected(venue);
    socket.send({ op: 'sub', cid: '1', topic: 'orders', contract_code: '*' });
    await expect
      .poll(() => socket.messages)
      .toContainEqual(expect.objectContaining({ op: 'sub', 'err-code': 2002 }));
    socket.send(login(venue, { Signature: 'bm90IHRoaXM=' }));
    await expect.poll(() => socket.closed()).toBe(true);
    expect(socket.messages).toContainEqual(expect.objectContaining({ op: 'auth', 'err-code': 2003 }));
    expect(socket.binary()).toBe(socket.messages.length);
    const followed = await follow(venue, 'orders');
    followed.send({ op: 'sub', cid: '2', topic: 'orders', contract_code: '*' });
    followed.send({ op: 'sub', cid: '3', topic: 'nothing' });
    for (const code of [2014, 2010])
      await expect
        .poll(() => followed.messages)
        .toContainEqual(expect.objectContaining({ op: 'sub', 'err-code': code }));
  });

  test.each([
    ['before', true],
    ['behind', false],
  ] as const)(
    'an order may stand %s its execution, which states no fee',
    async (_where, ordersBeforeClearing) => {
      const venue = await openWith({ ordersBeforeClearing });
      const stream = await follow(venue, 'orders', 'trade', 'positions', 'account');
      const number = await placed(venue, { type: 'market' });
      await expect.poll(() => pushed(stream, 'trade').length).toBeGreaterThan(0);
      const [trade] = pushed(stream, 'trade');
      expect(trade?.['data']).toMatchObject([{ order_id: number, direction: 'buy' }]);
      const [row] = (trade?.['data'] ?? []) as readonly Row[];
      expect(row).not.toHaveProperty('trade_fee');
      const words = stream.messages
        .filter(
          ({ op, topic, data }) =>
            op === 'notify' && (topic === 'trade' || (data as Row)['trade_volume'] === '10'),
        )
        .map(({ topic }) => topic);
      expect(words).toEqual(ordersBeforeClearing ? ['orders', 'trade'] : ['trade', 'orders']);
      expect(pushed(stream, 'positions').map(({ event }) => event)).toEqual(['snapshot', 'filled']);
      expect(pushed(stream, 'account').at(-1)).toMatchObject({ event: 'filled', data: { state: 'normal' } });
    },
  );

  test('who answers no ping is cut after five', async () => {
    const hurried = {
      ...systemClock,
      sleep: (durationMs: number, signal: AbortSignal) =>
        systemClock.sleep(durationMs >= 5_000 ? durationMs / 50 : durationMs, signal),
    };
    const venue = await open({ clock: hurried });
    const silent = await connected(venue);
    await expect.poll(() => silent.closed(), { timeout: 5_000 }).toBe(true);
    expect(silent.messages.filter(({ op }) => op === 'ping')).toHaveLength(5);
    expect(silent.messages[0]).toEqual({ op: 'ping', ts: expect.any(String) });
  });

  test('the mark of a contract is streamed as the end of a candle, on a path of its own', async () => {
    const venue = await open();
    const index = await connected(venue, '/ws_index');
    index.send({ sub: 'market.BTC-USDT.mark_price.1min', id: 'one' });
    await expect
      .poll(() => index.messages)
      .toContainEqual(
        expect.objectContaining({
          ch: 'market.BTC-USDT.mark_price.1min',
          tick: expect.objectContaining({ close: expect.stringMatching(/^\d+/) }),
        }),
      );
  });
});
