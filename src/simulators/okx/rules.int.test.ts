/** OKX's rules around every request: who signed it and when, how often, and how lists are paged; and the switches of what is open. */
import { beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../clock.ts';
import { hmac } from '../wire/signatures.ts';
import { openedVenues, parsedOrPong, type Row, type TestConnection } from '../testing/opened-venues.ts';
import { checksumOf } from './market-topics.ts';
import { okxProtocolWith } from './protocol.ts';
import { loginText, signedText } from './signing.ts';
import { signedRequest, simulatedVenue, type SimulatedVenue } from './testing/simulated-venue.ts';
import { STRICTEST, type UndecidedBehaviour } from './undecided.ts';

const { open, connect } = openedVenues(simulatedVenue);

const openWith = (undecided: Partial<UndecidedBehaviour>): Promise<SimulatedVenue> =>
  open({ protocols: [okxProtocolWith({ ...STRICTEST, ...undecided })] });

const SWAP = 'BTC-USDT-SWAP';
const ORDER = { instId: SWAP, tdMode: 'cross', side: 'buy', ordType: 'limit', sz: '1', px: '59500' } as const;
const SPOT = { ...ORDER, instId: 'BTC-USDT', sz: '0.01' } as const;

const place = (venue: SimulatedVenue, change: object = {}, order: object = ORDER) =>
  venue.raw('POST', 'trade/order', { ...order, ...change });
const idOf = ({ data }: { readonly data: readonly Row[] }): string => String(data[0]?.['ordId']);
const details = async (
  venue: SimulatedVenue,
  ordId: string,
  instId: string = SWAP,
): Promise<Row | undefined> => (await venue.raw('GET', 'trade/order', { instId, ordId })).data[0];

interface Followed extends TestConnection {
  readonly rows: (topic: string) => readonly Row[];
}

/** A connection to one of the addresses. */
async function connected(venue: SimulatedVenue, path: string): Promise<Followed> {
  const connection = await connect(`${venue.wsUrl}/ws/v5/${path}`, parsedOrPong);
  const { messages } = connection;
  return {
    ...connection,
    rows: (channel) =>
      messages.flatMap(({ arg, data }) =>
        (arg as Row | undefined)?.['channel'] === channel && Array.isArray(data) ? (data as Row[]) : [],
      ),
  };
}

function login(venue: SimulatedVenue, change: Row = {}): Row {
  const timestamp = String(Math.floor(Date.now() / 1_000));
  const { key: apiKey, secret, passphrase } = venue;
  const sign = hmac(loginText(timestamp), secret, 'base64');
  return { op: 'login', args: [{ apiKey, passphrase, timestamp, sign, ...change }] };
}

/** The orders of an account as they are pushed. */
async function follow(venue: SimulatedVenue): Promise<Followed> {
  const followed = await connected(venue, 'private');
  followed.send(login(venue));
  followed.send({ op: 'subscribe', args: [{ channel: 'orders', instType: 'ANY' }] });
  await expect
    .poll(() => followed.messages)
    .toMatchObject([{ event: 'login', code: '0' }, { event: 'subscribe' }]);
  return followed;
}

describe('signatures and time', () => {
  let venue: SimulatedVenue;
  beforeAll(async () => {
    venue = await open();
  });
  const read = (change: Parameters<SimulatedVenue['raw']>[3] = {}) =>
    venue.raw('GET', 'account/balance', { ccy: 'BTC' }, change);
  const at = (shiftMs: number): string => new Date(Date.now() + shiftMs).toISOString();

  test('what is signed is time, method, path with query, and the body as it was sent', () => {
    // The string of "Signature".
    expect(signedText('2020-12-08T09:08:57.715Z', 'GET', '/api/v5/account/balance?ccy=BTC', '')).toBe(
      '2020-12-08T09:08:57.715ZGET/api/v5/account/balance?ccy=BTC',
    );
    expect(loginText('1704876947')).toBe('1704876947GET/users/self/verify');
  });

  test('an ordinary request is answered', async () => {
    expect(await read()).toMatchObject({
      status: 200,
      code: '0',
      msg: '',
      data: [{ details: [{ ccy: 'BTC' }] }],
    });
  });

  test.each([
    ['another secret', { signature: 'f'.repeat(44) }, '50113'],
    ['an unknown key', { key: 'nobody' }, '50111'],
    ['another passphrase', { passphrase: 'wrong' }, '50105'],
    ['no headers at all', { unsigned: true }, '50103'],
    ['a time in another form', { timestamp: '1700000000000' }, '50112'],
  ] as const)('%s is refused', async (_name, change, code) => {
    expect(await read(change)).toMatchObject({ status: 401, code, data: [] });
  });

  test('a timestamp may lie thirty seconds from the server’s time, and no further', async () => {
    for (const [shiftMs, code] of [
      [-28_000, '0'],
      [-32_000, '50102'],
      [28_000, '0'],
      [32_000, '50102'],
    ] as const)
      expect(await read({ timestamp: at(shiftMs) })).toMatchObject({ code });
  });

  test('expTime: an order that comes after it is not made; a cancel does not look at it', async () => {
    const expTime = Date.now() - 1;
    const late = await venue.raw('POST', 'trade/order', ORDER, { expTime });
    expect(late).toMatchObject({ status: 200, code: '50036', data: [] });
    const made = await venue.raw('POST', 'trade/order', ORDER, { expTime: Date.now() + 5_000 });
    expect(made).toMatchObject({ code: '0' });
    const reference = { instId: SWAP, ordId: idOf(made) };
    expect(await venue.raw('POST', 'trade/cancel-order', reference, { expTime })).toMatchObject({
      code: '0',
    });
  });

  test('a body that was changed on its way is refused, and makes nothing', async () => {
    const timestamp = at(0);
    const text = signedText(timestamp, 'POST', '/api/v5/trade/order', '{}');
    const signature = hmac(text, venue.secret, 'base64');
    expect(await venue.raw('POST', 'trade/order', ORDER, { timestamp, signature })).toMatchObject({
      code: '50113',
    });
    expect(await venue.raw('GET', 'trade/orders-pending')).toMatchObject({ data: [] });
  });

  test('a key that may not trade reads, and makes no order', async () => {
    const account = (await venue.control('POST', 'accounts', {
      permissions: { trade: false, withdraw: false },
    })) as { readonly key: string; readonly secret: string; readonly passphrase: string };
    const signer = { restUrl: venue.restUrl, ...account };
    expect(await signedRequest(signer, 'GET', 'account/config', {})).toMatchObject({
      data: [{ perm: 'read_only' }],
    });
    expect(await signedRequest(signer, 'POST', 'trade/order', ORDER)).toMatchObject({ code: '50120' });
  });

  test('a login takes no other signature, and the private channels nothing without one', async () => {
    const followed = await connected(venue, 'private');
    followed.send({ op: 'subscribe', args: [{ channel: 'orders', instType: 'ANY' }] });
    followed.send(login(venue, { sign: 'f'.repeat(44) }));
    await expect
      .poll(() => followed.messages)
      .toMatchObject([
        { event: 'error', code: '60011' },
        { event: 'error', code: '60007' },
      ]);
    await expect.poll(followed.closed).toBe(true);
  });

  test('a channel at another address, or of no instrument, is refused for itself', async () => {
    const followed = await connected(venue, 'public');
    followed.send({
      id: 'one',
      op: 'subscribe',
      args: [
        { channel: 'candle1m', instId: SWAP },
        { channel: 'tickers', instId: 'NOPE-USDT' },
        { channel: 'tickers', instId: SWAP },
      ],
    });
    followed.send('ping');
    await expect
      .poll(() => followed.messages.filter(({ event, pong }) => event !== undefined || pong === true))
      .toMatchObject([
        { id: 'one', event: 'error', code: '60018' },
        { id: 'one', event: 'error', code: '60018' },
        { id: 'one', event: 'subscribe' },
        { pong: true },
      ]);
  });
});

test('a connection on which nothing came or went for thirty seconds is cut', async () => {
  const time = { nowMs: Date.now() };
  const venue = await open({ clock: { ...systemClock, nowMs: () => time.nowMs } });
  const [idle, kept] = [await connected(venue, 'public'), await connected(venue, 'public')];
  time.nowMs += 20_000;
  kept.send('ping');
  await expect.poll(() => kept.messages).toEqual([{ pong: true }]);
  time.nowMs += 11_000;
  await expect.poll(idle.closed, { timeout: 5_000 }).toBe(true);
  expect(kept.closed()).toBe(false);
});

describe('limits', () => {
  test('sixty orders of an instrument in two seconds', async () => {
    const time = { nowMs: Date.now() };
    const venue = await open({ limits: true, clock: { ...systemClock, nowMs: () => time.nowMs } });
    const send = () =>
      venue.raw(
        'POST',
        'trade/order',
        { ...ORDER, sz: '0.01' },
        { timestamp: new Date(time.nowMs).toISOString() },
      );
    const answers = await Promise.all(Array.from({ length: 62 }, send));
    const refused = answers.filter(({ code }) => code !== '0');
    expect(refused).toMatchObject([
      { status: 200, code: '50011', data: [] },
      { status: 200, code: '50011', data: [] },
    ]);
    time.nowMs += 2_000;
    expect(await send()).toMatchObject({ code: '0' });
  });
});

describe('lists', () => {
  test('pages follow one another by ids, newest first, without a row twice', async () => {
    const venue = await open();
    const ids: string[] = [];
    for (let index = 0; index < 7; index += 1) ids.unshift(idOf(await place(venue)));
    const seen: string[] = [];
    for (let page = 0; page < 4; page += 1) {
      const after = seen.at(-1);
      const { data } = await venue.raw('GET', 'trade/orders-pending', {
        limit: 3,
        ...(after === undefined ? {} : { after }),
      });
      seen.push(...data.map((row) => String(row['ordId'])));
    }
    expect(seen).toEqual(ids);
    const { data } = await venue.raw('GET', 'trade/orders-pending', { before: ids[2] ?? '' });
    expect(data.map((row) => row['ordId'])).toEqual(ids.slice(0, 2));
  });

  test('a canceled order without a fill is gone after two hours, one with a fill is not', async () => {
    const time = { nowMs: Date.now() };
    const venue = await open({ clock: { ...systemClock, nowMs: () => time.nowMs } });
    const raw: SimulatedVenue['raw'] = (method, path, parameters, changes) =>
      venue.raw(method, path, parameters, { timestamp: new Date(time.nowMs).toISOString(), ...changes });
    const held = { ...venue, raw };
    const filled = idOf(await place(held, { ordType: 'market', px: '' }));
    const canceled = idOf(await place(held));
    await raw('POST', 'trade/cancel-order', { instId: SWAP, ordId: canceled });
    const shown = async () =>
      (await raw('GET', 'trade/orders-history', { instType: 'SWAP' })).data.map((row) => row['ordId']);
    time.nowMs += 2 * 3_600_000 - 1_000;
    expect(await shown()).toEqual([canceled, filled]);
    time.nowMs += 2_000;
    expect(await shown()).toEqual([filled]);
    expect(await raw('GET', 'trade/order', { instId: SWAP, ordId: canceled })).toMatchObject({
      code: '51603',
    });
    expect(await raw('GET', 'trade/order', { instId: SWAP, ordId: filled })).toMatchObject({ code: '0' });
  });
});

describe('orders', () => {
  test('post-only that would take is accepted and canceled, and says why', async () => {
    const venue = await open();
    const followed = await follow(venue);
    const made = await place(venue, { ordType: 'post_only', px: '60500' });
    expect(made).toMatchObject({ code: '0', data: [{ sCode: '0', subCode: '' }] });
    const ordId = idOf(made);
    await expect
      .poll(() => followed.rows('orders'))
      .toContainEqual(expect.objectContaining({ ordId, state: 'canceled', cancelSource: '31' }));
    expect(await details(venue, ordId)).toMatchObject({
      state: 'canceled',
      ordType: 'post_only',
      fillSz: '0',
    });
  });

  test('a market purchase spends quote; what the balance does not cover is cut down unless banAmend', async () => {
    const venue = await open();
    const market = { ordType: 'market', px: '', sz: '100000000' };
    expect(await place(venue, { ...market, banAmend: true }, SPOT)).toMatchObject({
      data: [{ sCode: '51008' }],
    });
    const ordId = idOf(await place(venue, { ...market, sz: '100' }, SPOT));
    expect(await details(venue, ordId, 'BTC-USDT')).toMatchObject({
      state: 'filled',
      tgtCcy: 'quote_ccy',
      sz: '100',
      feeCcy: 'BTC',
    });
    const cut = await place(venue, { ...market, side: 'sell', sz: '1000' }, SPOT);
    expect(cut).toMatchObject({ code: '0' });
    const sold = await details(venue, idOf(cut), 'BTC-USDT');
    expect(Number(sold?.['sz'])).toBeLessThan(1_000);
  });

  test('a reduce-only order larger than the position is refused whole', async () => {
    const venue = await open();
    await place(venue, { ordType: 'market', px: '' });
    const reduce = { side: 'sell', px: '60300', reduceOnly: true };
    expect(await place(venue, { ...reduce, sz: '1.01' })).toMatchObject({ data: [{ sCode: '51112' }] });
    expect(await place(venue, { ...reduce, sz: '0.6' })).toMatchObject({ code: '0' });
    expect(await place(venue, { ...reduce, sz: '0.6' })).toMatchObject({ data: [{ sCode: '51112' }] });
    expect(await place(venue, { ...reduce, sz: '0.4' })).toMatchObject({ code: '0' });
  });

  test('a price beyond the limit is refused, or moved to its edge where the order asks for it', async () => {
    const venue = await open();
    expect(await place(venue, { px: '70000' })).toMatchObject({ data: [{ sCode: '51006' }] });
    const { data } = await venue.raw('GET', 'public/price-limit', { instId: SWAP });
    const ordId = idOf(await place(venue, { px: '70000', pxAmendType: '1' }));
    expect((await details(venue, ordId))?.['px']).toBe(data[0]?.['buyLmt']);
  });

  test('an amendment that fails leaves the order, or cancels it where the request asks for it', async () => {
    const venue = await open();
    const ordId = idOf(await place(venue));
    const change = { instId: SWAP, ordId, newSz: '1.001' };
    expect(await venue.raw('POST', 'trade/amend-order', change)).toMatchObject({
      data: [{ sCode: '51121' }],
    });
    expect(await details(venue, ordId)).toMatchObject({ state: 'live', sz: '1' });
    await venue.raw('POST', 'trade/amend-order', { ...change, cxlOnFail: true });
    expect(await details(venue, ordId)).toMatchObject({ state: 'canceled' });
  });

  test('a conditional order waits as an algo order, in its own lists alone', async () => {
    const venue = await open();
    const algo = { instId: SWAP, tdMode: 'cross', side: 'sell', ordType: 'conditional', sz: '1' };
    const passed = { ...algo, slTriggerPx: '61000', slOrdPx: '-1' };
    expect(await venue.raw('POST', 'trade/order-algo', passed)).toMatchObject({
      code: '1',
      data: [{ sCode: '51280' }],
    });
    const made = await venue.raw('POST', 'trade/order-algo', {
      ...algo,
      slTriggerPx: '59800',
      slOrdPx: '59700',
      algoClOrdId: 'stop1',
    });
    const algoId = String(made.data[0]?.['algoId']);
    expect(await venue.raw('GET', 'trade/orders-pending')).toMatchObject({ data: [] });
    const pending = await venue.raw('GET', 'trade/orders-algo-pending', { ordType: 'conditional' });
    expect(pending.data).toMatchObject([{ algoId, state: 'live', slOrdPx: '59700', ordId: '' }]);
    await venue.price('BTC/USDT:USDT', '59750');
    const [shown] = (await venue.raw('GET', 'trade/order-algo', { algoClOrdId: 'stop1' })).data;
    expect(shown).toMatchObject({ state: 'effective', actualSide: 'sl' });
    expect(await details(venue, String(shown?.['ordId']))).toMatchObject({
      algoId,
      algoClOrdId: 'stop1',
      clOrdId: '',
    });
    expect(await venue.raw('POST', 'trade/cancel-algos', [{ instId: SWAP, algoId }])).toMatchObject({
      data: [{ sCode: '51416' }],
    });
  });

  test('the countdown cancels what it is for, unless it is wound up again', async () => {
    const time = { nowMs: Date.now() };
    const venue = await open({ clock: { ...systemClock, nowMs: () => time.nowMs } });
    const send = (path: string, body: object) =>
      venue.raw('POST', path, body, { timestamp: new Date(time.nowMs).toISOString() });
    const [tagged, other] = [
      idOf(await send('trade/order', { ...ORDER, tag: 'mine' })),
      idOf(await send('trade/order', ORDER)),
    ];
    expect(await send('trade/cancel-all-after', { timeOut: '9' })).toMatchObject({ code: '51000' });
    await send('trade/cancel-all-after', { timeOut: '10', tag: 'mine' });
    time.nowMs += 9_000;
    await send('trade/cancel-all-after', { timeOut: '10', tag: 'mine' });
    time.nowMs += 9_000;
    const pending = async () =>
      (await venue.raw('GET', 'trade/orders-pending', {}, { timestamp: new Date(time.nowMs).toISOString() }))
        .data;
    expect(await pending()).toHaveLength(2);
    time.nowMs += 1_000;
    await expect.poll(pending, { timeout: 5_000 }).toMatchObject([{ ordId: other }]);
    const timestamp = new Date(time.nowMs).toISOString();
    const gone = await venue.raw('GET', 'trade/order', { instId: SWAP, ordId: tagged }, { timestamp });
    expect(gone.data).toMatchObject([{ state: 'canceled', cancelSource: '20' }]);
  });

  test('faults come with the codes that say nothing of the order, or in words of one’s choice', async () => {
    const venue = await open();
    for (const [status, code] of [
      [400, '50004'],
      [500, '50026'],
      [503, '50001'],
      [504, '51149'],
    ] as const) {
      await venue.control('POST', 'faults', { kind: 'http_error', route: 'create_order', count: 1, status });
      expect(await place(venue)).toMatchObject({ status, code, data: [] });
    }
    await venue.control('POST', 'faults', {
      kind: 'http_error_after',
      route: 'create_order',
      count: 1,
      status: 500,
      code: 51054,
      message: 'Request timed out. Please try again.',
    });
    expect(await place(venue)).toMatchObject({ status: 500, code: '51054' });
    expect((await venue.raw('GET', 'trade/orders-pending')).data).toHaveLength(1);
  });
});

test('a trade, funding and money that came in are bills of their kinds, each under an id of its own', async () => {
  const venue = await open();
  await place(venue, { ordType: 'market', px: '' });
  await venue.control('POST', 'funding', { symbol: 'BTC/USDT:USDT', rate: '0.0003' });
  await venue.control('POST', 'deposits', { wallet: 'unified', asset: 'USDT', amount: '500' });
  const { data } = await venue.raw('GET', 'account/bills');
  expect(
    data.map((bill) => [bill['type'], bill['subType'], bill['ccy'], Number(bill['balChg']) > 0]),
  ).toEqual(
    expect.arrayContaining([
      ['1', '11', 'USDT', true],
      ['8', '173', 'USDT', false],
      ['2', '1', 'USDT', false],
    ]),
  );
  expect(new Set(data.map((bill) => bill['billId'])).size).toBe(data.length);
});

describe('what the documentation leaves open', () => {
  test('a cancel may be acknowledged of an order that is filled', async () => {
    for (const [cancelTakenAfterFillMs, sCode] of [
      [0, '51400'],
      [60_000, '0'],
    ] as const) {
      const venue = await openWith({ cancelTakenAfterFillMs });
      const ordId = idOf(await place(venue, { ordType: 'market', px: '' }));
      expect(await venue.raw('POST', 'trade/cancel-order', { instId: SWAP, ordId })).toMatchObject({
        data: [{ sCode }],
      });
      expect(await details(venue, ordId)).toMatchObject({ state: 'filled' });
    }
  });

  test('a spot market order may end with a message without a fill', async () => {
    for (const [marketOrdersEndWithoutFill, states] of [
      [true, ['live', 'partially_filled', 'filled']],
      [false, ['live', 'filled']],
    ] as const) {
      const venue = await openWith({ marketOrdersEndWithoutFill });
      const followed = await follow(venue);
      await place(venue, { ordType: 'market', px: '', sz: '10' }, SPOT);
      await expect.poll(() => followed.rows('orders').map(({ state }) => state)).toEqual(states);
      const traded = followed.rows('orders').filter(({ tradeId }) => tradeId !== '');
      expect(traded).toHaveLength(1);
    }
  });

  test('the last message of an order may come twice', async () => {
    const venue = await openWith({ repeatsLastMessage: true });
    const followed = await follow(venue);
    await place(venue, { ordType: 'market', px: '' });
    await expect.poll(() => followed.rows('orders')).toHaveLength(3);
    const [, filled, again] = followed.rows('orders');
    expect(again).toEqual({ ...filled, uTime: String(Number(filled?.['uTime']) + 1) });
  });

  test('a book begins with a snapshot and check sums, or with the changes alone', async () => {
    const subscribe = { op: 'subscribe', args: [{ channel: 'books', instId: SWAP }] };
    const changes = await openWith({ books: 'changes_alone' });
    const alone = await connected(changes, 'public');
    alone.send(subscribe);
    await expect.poll(() => alone.messages).toMatchObject([{ event: 'subscribe' }]);
    const { data } = await changes.raw('GET', 'market/books', { instId: SWAP, sz: 400 });
    await changes.price('BTC/USDT:USDT', '60100');
    await changes.price('BTC/USDT:USDT', '60000');
    await expect.poll(() => alone.rows('books').length, { timeout: 5_000 }).toBeGreaterThan(0);
    const [first] = alone.rows('books');
    expect(first).toMatchObject({ checksum: 0 });
    expect(Number(first?.['prevSeqId'])).toBeLessThanOrEqual(Number(data[0]?.['seqId']));

    const whole = await connected(await openWith({ books: 'snapshot_first' }), 'public');
    whole.send(subscribe);
    await expect.poll(() => whole.messages.map(({ action }) => action)).toContain('snapshot');
    const [snapshot] = whole.rows('books');
    const { bids, asks, checksum, prevSeqId } = snapshot as { bids: string[][]; asks: string[][] } & Row;
    expect([prevSeqId, checksum]).toEqual([-1, checksumOf(bids, asks)]);
  });

  test('a refused rate may come with status 429', async () => {
    const venue = await open({
      limits: true,
      protocols: [okxProtocolWith({ ...STRICTEST, statusOfRateLimit: 429 })],
    });
    const answers = await Promise.all(Array.from({ length: 6 }, () => venue.raw('GET', 'account/config')));
    expect(answers).toContainEqual(expect.objectContaining({ status: 429, code: '50011' }));
  });

  test('how long an order with a fill is found by its id', async () => {
    const time = { nowMs: Date.now() };
    const venue = await open({
      clock: { ...systemClock, nowMs: () => time.nowMs },
      protocols: [okxProtocolWith({ ...STRICTEST, lookUpFinishedForMs: 60_000 })],
    });
    const found = async (ordId: string) =>
      (
        await venue.raw(
          'GET',
          'trade/order',
          { instId: SWAP, ordId },
          { timestamp: new Date(time.nowMs).toISOString() },
        )
      ).code;
    const ordId = idOf(await place(venue, { ordType: 'market', px: '' }));
    expect(await found(ordId)).toBe('0');
    time.nowMs += 61_000;
    expect(await found(ordId)).toBe('51603');
  });
});
