/** Bitget's rules around every request: who signed it and when, how often, how lists are paged; and the switches of what is open. */
import { beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../clock.ts';
import { hmac } from '../wire/signatures.ts';
import { openedVenues, parsedOrPong, type Row, type TestConnection } from '../testing/opened-venues.ts';
import { bitgetProtocolWith } from './protocol.ts';
import { loginText, signedText } from './signing.ts';
import {
  signedRequest,
  simulatedVenue,
  type Answer,
  type SimulatedVenue,
} from './testing/simulated-venue.ts';
import { STRICTEST, type UndecidedBehaviour } from './undecided.ts';

const { open, connect } = openedVenues(simulatedVenue);

const openWith = (undecided: Partial<UndecidedBehaviour>): Promise<SimulatedVenue> =>
  open({ protocols: [bitgetProtocolWith({ ...STRICTEST, ...undecided })] });

const CATEGORY = 'USDT-FUTURES';
const ORDER = {
  category: CATEGORY,
  symbol: 'BTCUSDT',
  side: 'buy',
  orderType: 'limit',
  qty: '0.01',
  price: '59500',
} as const;
const MARKET = { category: CATEGORY, symbol: 'BTCUSDT', orderType: 'market', qty: '0.01' } as const;

const place = (venue: SimulatedVenue, change: object = {}, order: object = ORDER): Promise<Answer> =>
  venue.raw('POST', 'trade/place-order', { ...order, ...change });
const rowOf = ({ data }: Answer): Row => data as Row;
const listOf = (answer: Answer): readonly Row[] => rowOf(answer)['list'] as readonly Row[];
const idOf = (answer: Answer): string => String(rowOf(answer)['orderId']);
const details = (venue: SimulatedVenue, reference: object): Promise<Answer> =>
  venue.raw('GET', 'trade/order-info', reference);

interface Followed extends TestConnection {
  readonly rows: (topic: string) => readonly Row[];
}

/** A connection to one of the addresses. */
async function connected(venue: SimulatedVenue, path: 'public' | 'private'): Promise<Followed> {
  const connection = await connect(`${venue.wsUrl}/v3/ws/${path}`, parsedOrPong);
  const { messages } = connection;
  return {
    ...connection,
    rows: (topic) =>
      messages.flatMap(({ arg, data }) =>
        (arg as Row | undefined)?.['topic'] === topic && Array.isArray(data) ? (data as Row[]) : [],
      ),
  };
}

function login(venue: SimulatedVenue, change: Row = {}, timestamp: string | number = Date.now()): Row {
  const { key: apiKey, secret, passphrase } = venue;
  const sign = hmac(loginText(String(timestamp)), secret, 'base64');
  return { op: 'login', args: [{ apiKey, passphrase, timestamp, sign, ...change }] };
}

/** Topics of an account as they are pushed. */
async function follow(venue: SimulatedVenue, ...topics: readonly string[]): Promise<Followed> {
  const followed = await connected(venue, 'private');
  followed.send(login(venue));
  followed.send({ op: 'subscribe', args: topics.map((topic) => ({ instType: 'UTA', topic })) });
  await expect
    .poll(() => followed.messages.filter(({ event }) => event === 'subscribe').length)
    .toBe(topics.length);
  return followed;
}

describe('signatures and time', () => {
  let venue: SimulatedVenue;
  beforeAll(async () => {
    venue = await open();
  });
  const read = (change: Parameters<SimulatedVenue['raw']>[3] = {}): Promise<Answer> =>
    venue.raw('GET', 'account/assets', {}, change);
  const at = (shiftMs: number): string => String(Date.now() + shiftMs);

  test('what is signed is time, method, path with query, and the body as it was sent', () => {
    expect(signedText('1659076670000', 'GET', '/api/v3/trade/order-info', 'orderId=1', '')).toBe(
      '1659076670000GET/api/v3/trade/order-info?orderId=1',
    );
    expect(loginText('1538054050')).toBe('1538054050GET/user/verify');
  });

  test('an answer has its code as text and always a time; a refusal has them too, under status 400', async () => {
    expect(await read()).toMatchObject({
      status: 200,
      code: '00000',
      msg: 'success',
      requestTime: expect.any(Number),
      data: { assets: expect.arrayContaining([expect.objectContaining({ coin: 'USDT', debt: '0' })]) },
    });
    expect(await details(venue, { orderId: '1' })).toEqual({
      status: 400,
      code: '25204',
      msg: 'Order does not exist',
      requestTime: expect.any(Number),
      data: null,
    });
  });

  test.each([
    ['another secret', { signature: 'f'.repeat(44) }, '40009'],
    ['an unknown key', { key: 'nobody' }, '40006'],
    ['another passphrase', { passphrase: 'wrong' }, '40012'],
    ['no headers at all', { unsigned: true }, '40001'],
    ['a time in another form', { timestamp: '2026-11-30T00:00:00Z' }, '40005'],
  ] as const)('%s is refused', async (_name, change, code) => {
    expect(await read(change)).toMatchObject({ status: 400, code, data: null });
  });

  test('a timestamp may lie thirty seconds from the server’s time, and no further', async () => {
    for (const [shiftMs, code] of [
      [-28_000, '00000'],
      [-32_000, '40008'],
      [28_000, '00000'],
      [32_000, '40008'],
    ] as const)
      expect(await read({ timestamp: at(shiftMs) })).toMatchObject({ code });
  });

  test('a body that was changed on its way is refused, and makes nothing', async () => {
    const timestamp = at(0);
    const text = signedText(timestamp, 'POST', '/api/v3/trade/place-order', '', '{}');
    const signature = hmac(text, venue.secret, 'base64');
    expect(await venue.raw('POST', 'trade/place-order', ORDER, { timestamp, signature })).toMatchObject({
      code: '40009',
    });
    expect(listOf(await venue.raw('GET', 'trade/unfilled-orders'))).toEqual([]);
  });

  test('a key that may not trade reads, and makes no order', async () => {
    const account = (await venue.control('POST', 'accounts', {
      permissions: { trade: false, withdraw: false },
    })) as { readonly key: string; readonly secret: string; readonly passphrase: string };
    const signer = { restUrl: venue.restUrl, ...account };
    expect(await signedRequest(signer, 'GET', 'account/info', {})).toMatchObject({
      data: { permType: 'read-only' },
    });
    expect(await signedRequest(signer, 'POST', 'trade/place-order', ORDER)).toMatchObject({
      code: '40014',
    });
  });

  test('a login takes its time as a number or as text, in seconds or milliseconds, and answers a number', async () => {
    for (const timestamp of [Date.now(), String(Date.now()), Math.floor(Date.now() / 1_000)]) {
      const followed = await connected(venue, 'private');
      followed.send(login(venue, {}, timestamp));
      await expect.poll(() => followed.messages).toMatchObject([{ event: 'login', code: 0 }]);
    }
  });

  test('a login takes no other signature, and the private channels nothing without one', async () => {
    const followed = await connected(venue, 'private');
    followed.send({ op: 'subscribe', args: [{ instType: 'UTA', topic: 'order' }] });
    followed.send(login(venue, { sign: 'f'.repeat(44) }));
    await expect
      .poll(() => followed.messages)
      .toMatchObject([
        { event: 'error', code: 30_004 },
        { event: 'error', code: 30_015 },
      ]);
    await expect.poll(followed.closed).toBe(true);
  });

  test('a channel at another address, or of no symbol, is refused for itself; a ping is text', async () => {
    const followed = await connected(venue, 'public');
    followed.send({
      op: 'subscribe',
      args: [
        { instType: 'UTA', topic: 'order' },
        { instType: 'spot', topic: 'ticker', symbol: 'NOPEUSDT' },
        { instType: 'spot', topic: 'ticker', symbol: 'BTCUSDT' },
      ],
    });
    followed.send('ping');
    await expect
      .poll(() => followed.messages.filter(({ event, pong }) => event !== undefined || pong === true))
      .toMatchObject([
        { event: 'error', code: 30_001, arg: { topic: 'order' } },
        { event: 'error', code: 30_001 },
        { event: 'subscribe', arg: { instType: 'spot', topic: 'ticker', symbol: 'BTCUSDT' } },
        { pong: true },
      ]);
  });
});

test('a connection without a ping for two minutes is cut', async () => {
  const time = { nowMs: Date.now() };
  const venue = await open({ clock: { ...systemClock, nowMs: () => time.nowMs } });
  const [idle, kept] = [await connected(venue, 'public'), await connected(venue, 'public')];
  time.nowMs += 60_000;
  kept.send('ping');
  await expect.poll(() => kept.messages).toEqual([{ pong: true }]);
  time.nowMs += 61_000;
  await expect.poll(idle.closed, { timeout: 10_000 }).toBe(true);
  expect(kept.closed()).toBe(false);
}, 15_000);

test('ten orders of an account in a second, and 429 past them', async () => {
  const time = { nowMs: Date.now() };
  const venue = await open({ limits: true, clock: { ...systemClock, nowMs: () => time.nowMs } });
  const send = (): Promise<Answer> =>
    venue.raw('POST', 'trade/place-order', ORDER, { timestamp: String(time.nowMs) });
  const answers = await Promise.all(Array.from({ length: 12 }, send));
  expect(answers.filter(({ code }) => code !== '00000')).toMatchObject([
    { status: 429, code: '429', data: null },
    { status: 429, code: '429', data: null },
  ]);
  time.nowMs += 1_000;
  expect(await send()).toMatchObject({ code: '00000' });
});

test('pages follow one another by their cursor, newest first, without a row twice', async () => {
  const venue = await open();
  const ids: string[] = [];
  for (let index = 0; index < 7; index += 1) ids.unshift(idOf(await place(venue)));
  const seen: string[] = [];
  let cursor: unknown;
  for (let page = 0; page < 4; page += 1) {
    const answer = await venue.raw('GET', 'trade/unfilled-orders', {
      category: CATEGORY,
      limit: 3,
      ...(cursor === undefined ? {} : { cursor }),
    });
    seen.push(...listOf(answer).map((row) => String(row['orderId'])));
    cursor = rowOf(answer)['cursor'] ?? cursor;
  }
  expect(seen).toEqual(ids);
  expect(await venue.raw('GET', 'trade/unfilled-orders', { limit: 101 })).toMatchObject({ code: '25200' });
  expect(await venue.raw('GET', 'trade/history-orders')).toMatchObject({ code: '25200' });
  const now = Date.now();
  const tooLong = { category: CATEGORY, startTime: now - 31 * 86_400_000, endTime: now };
  expect(await venue.raw('GET', 'trade/history-orders', tooLong)).toMatchObject({ code: '00001' });
});

describe('an order by its client id', () => {
  test('is found for two hours once it has ended, and as long as it is open; by its own id always', async () => {
    const time = { shiftMs: 0 };
    const venue = await open({
      clock: { ...systemClock, nowMs: () => systemClock.nowMs() + time.shiftMs },
    });
    const find = (reference: object): Promise<Answer> =>
      venue.raw('GET', 'trade/order-info', reference, {
        timestamp: String(Date.now() + time.shiftMs),
      });
    const orderId = idOf(await place(venue, { side: 'buy', clientOid: 'ended' }, MARKET));
    await place(venue, { clientOid: 'open' });
    time.shiftMs = 2 * 3_600_000 - 60_000;
    expect(await find({ clientOid: 'ended' })).toMatchObject({ data: { orderStatus: 'filled' } });
    time.shiftMs = 2 * 3_600_000 + 60_000;
    expect(await find({ clientOid: 'ended' })).toMatchObject({ status: 400, code: '25204' });
    expect(await find({ clientOid: 'open' })).toMatchObject({ data: { orderStatus: 'live' } });
    expect(await find({ orderId })).toMatchObject({ data: { clientOid: 'ended' } });
  });

  test('is found only while it is open where the venue forgets it at its end', async () => {
    const venue = await openWith({ finishedByClientOidForMs: 0 });
    const orderId = idOf(await place(venue, { side: 'buy', clientOid: 'one' }, MARKET));
    expect(await details(venue, { clientOid: 'one' })).toMatchObject({ code: '25204' });
    expect(await details(venue, { orderId })).toMatchObject({ data: { orderStatus: 'filled' } });
    const history = await venue.raw('GET', 'trade/history-orders', { category: CATEGORY });
    expect(listOf(history)).toMatchObject([{ clientOid: 'one', orderId }]);
  });

  test('that came without one has the venue’s', async () => {
    const venue = await open();
    const made = await place(venue);
    expect(rowOf(made)['clientOid']).toMatch(/^\d{19}$/);
  });
});

describe('reduce-only orders of one-way mode', () => {
  test('one that would reduce too much cancels those before it, and its answer has no id', async () => {
    const venue = await open();
    await place(venue, { side: 'buy' }, MARKET);
    const reduce = { side: 'sell', price: '61000', reduceOnly: 'yes' };
    const first = await place(venue, { ...reduce, clientOid: 'first' });
    expect(idOf(first)).toMatch(/^\d+$/);
    const second = await place(venue, { ...reduce, qty: '0.005', clientOid: 'second' });
    expect(second).toMatchObject({ code: '00000', data: { orderId: null, clientOid: 'second' } });
    expect(await details(venue, { clientOid: 'first' })).toMatchObject({
      data: { orderStatus: 'cancelled' },
    });
    expect(await details(venue, { clientOid: 'second' })).toMatchObject({
      data: { orderStatus: 'live', reduceOnly: 'YES' },
    });
    // One that fits beside it leaves it.
    const third = await place(venue, { ...reduce, qty: '0.005', clientOid: 'third' });
    expect(idOf(third)).toMatch(/^\d+$/);
    expect(listOf(await venue.raw('GET', 'trade/unfilled-orders'))).toHaveLength(2);
  });
});

describe('hedge mode', () => {
  test.each([
    ['refused', { code: '25225' }],
    ['cut', { code: '00000' }],
  ] as const)('a close beyond what other orders leave is %s', async (hedgeCloseBeyond, answer) => {
    const venue = await openWith({ hedgeCloseBeyond });
    await venue.raw('POST', 'account/set-hold-mode', { holdMode: 'hedge_mode' });
    await place(venue, { side: 'buy', posSide: 'long' }, MARKET);
    const close = { side: 'sell', posSide: 'long', price: '61000' };
    await place(venue, { ...close, qty: '0.007' });
    const second = await place(venue, { ...close, qty: '0.008', clientOid: 'second' });
    expect(second).toMatchObject(answer);
    if (hedgeCloseBeyond === 'cut')
      expect(await details(venue, { clientOid: 'second' })).toMatchObject({ data: { qty: '0.003' } });
  });

  test('a sale of the short side opens, and the words of its fill say so in either form', async () => {
    for (const [tradeSide, words] of [
      ['short', ['close', 'open']],
      ['enumerated', ['close_short', 'open_short']],
    ] as const) {
      const venue = await openWith({ tradeSide });
      await venue.raw('POST', 'account/set-hold-mode', { holdMode: 'hedge_mode' });
      await place(venue, { side: 'sell', posSide: 'short' }, MARKET);
      await place(venue, { side: 'buy', posSide: 'short' }, MARKET);
      const fills = await venue.raw('GET', 'trade/fills', { category: CATEGORY });
      expect(listOf(fills).map((row) => row['tradeSide'])).toEqual(words);
    }
  });
});

describe('fees', () => {
  test('of spot come from what was bought, or in BGB where the account pays so', async () => {
    const venue = await open();
    const buy = { category: 'SPOT', symbol: 'BTCUSDT', orderType: 'market', side: 'buy', qty: '100' };
    const bgb = { ...buy, symbol: 'BGBUSDT', qty: '50' };
    await place(venue, {}, bgb);
    const feesOf = async (order: object): Promise<unknown> => {
      const orderId = idOf(await place(venue, {}, order));
      const [fill] = listOf(await venue.raw('GET', 'trade/fills', { orderId }));
      return fill?.['feeDetail'];
    };
    expect(await feesOf(buy)).toEqual([{ feeCoin: 'BTC', fee: expect.stringMatching(/^0\.0/) }]);
    await venue.raw('POST', 'account/switch-deduct', { deduct: 'on' });
    expect(await feesOf(buy)).toEqual([{ feeCoin: 'BGB', fee: expect.stringMatching(/^0\.0/) }]);
    const records = await venue.raw('GET', 'account/financial-records', { category: 'SPOT', coin: 'BGB' });
    expect(listOf(records)[0]).toMatchObject({ type: 'ORDER_PLF_FEE_OUT', fee: '0' });
  });
});

describe('the countdown', () => {
  test('cancels everything unless it is wound up again, and nothing when it was ended', async () => {
    const time = { shiftMs: 0 };
    const venue = await open({
      clock: { ...systemClock, nowMs: () => systemClock.nowMs() + time.shiftMs },
    });
    const timestamp = (): string => String(Date.now() + time.shiftMs);
    const wind = (countdown: string): Promise<Answer> =>
      venue.raw('POST', 'trade/countdown-cancel-all', { countdown }, { timestamp: timestamp() });
    const status = async (clientOid: string): Promise<unknown> =>
      rowOf(await venue.raw('GET', 'trade/order-info', { clientOid }, { timestamp: timestamp() }))[
        'orderStatus'
      ];
    for (const countdown of ['4', '61', 'soon'])
      expect(await wind(countdown)).toMatchObject({ code: '25200' });
    await place(venue, { clientOid: 'one' });
    expect(await wind('10')).toMatchObject({ code: '00000', data: 'success' });
    time.shiftMs = 9_000;
    await wind('0');
    time.shiftMs = 30_000;
    expect(await status('one')).toBe('live');
    await wind('5');
    time.shiftMs = 36_000;
    await expect.poll(() => status('one'), { timeout: 5_000 }).toBe('cancelled');
  });
});

describe('streams', () => {
  test('orders before their fills or after them; the account is not pushed for orders that lock it', async () => {
    for (const ordersBeforeFills of [true, false]) {
      const venue = await openWith({ ordersBeforeFills });
      const followed = await follow(venue, 'order', 'fill', 'account');
      await expect.poll(() => followed.rows('account')).toHaveLength(1);
      await place(venue, { clientOid: 'resting' });
      await place(venue, { side: 'buy', clientOid: 'taken' }, MARKET);
      await expect.poll(() => followed.rows('fill')).not.toEqual([]);
      await expect.poll(() => followed.rows('account').length).toBeGreaterThan(1);
      const topics = followed.messages
        .filter(({ data }) => Array.isArray(data) && (data as Row[])[0]?.['clientOid'] === 'taken')
        .map(({ arg }) => (arg as Row)['topic']);
      expect(topics.indexOf('order')).toBe(0);
      expect(topics.lastIndexOf('fill') > topics.lastIndexOf('order')).toBe(ordersBeforeFills);
      expect(followed.rows('order')[0]).toMatchObject({ clientOid: 'resting', orderStatus: 'new' });
    }
  });

  test('the account comes every five seconds all the same', async () => {
    const venue = await open();
    const followed = await follow(venue, 'account');
    await expect.poll(() => followed.rows('account').length, { timeout: 8_000 }).toBeGreaterThan(1);
  }, 10_000);

  test('changes of a book join its snapshot', async () => {
    const venue = await open();
    const followed = await connected(venue, 'public');
    followed.send({
      op: 'subscribe',
      args: [{ instType: 'usdt-futures', topic: 'books', symbol: 'BTCUSDT' }],
    });
    await expect.poll(() => followed.rows('books')).toHaveLength(1);
    await place(venue);
    await place(venue, { price: '59400' });
    await expect.poll(() => followed.rows('books').length).toBeGreaterThan(1);
    let last = Number(followed.rows('books')[0]?.['seq']);
    for (const { pseq, seq } of followed.rows('books').slice(1)) {
      expect(Number(pseq)).toBe(last);
      last = Number(seq);
    }
  });
});

test('a cancel of an order that was filled just now may be acknowledged', async () => {
  const venue = await openWith({ cancelTakenAfterFillMs: 60_000 });
  const orderId = idOf(await place(venue, { side: 'buy' }, MARKET));
  expect(await venue.raw('POST', 'trade/cancel-order', { orderId })).toMatchObject({
    code: '00000',
    data: { orderId },
  });
  expect(await details(venue, { orderId })).toMatchObject({ data: { orderStatus: 'filled' } });
});

test('faults are answered in the venue’s own words', async () => {
  const venue = await open();
  const fault = (status: number): Promise<unknown> =>
    venue.control('POST', 'faults', { kind: 'http_error', route: 'create_order', status, count: 1 });
  for (const [status, code] of [
    [400, '40010'],
    [503, '40725'],
    [504, '25001'],
    [500, '45001'],
  ] as const) {
    await fault(status);
    expect(await place(venue)).toMatchObject({ status, code, data: null });
  }
});

test('refusals come under status 200 where the venue has them so', async () => {
  const venue = await openWith({ statusOfRefusals: 200 });
  expect(await details(venue, { orderId: '1' })).toMatchObject({ status: 200, code: '25204' });
});
