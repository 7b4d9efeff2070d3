/** Bybit's rules around every request: who signed it and when, how often, and how lists are paged; and the switches of what is open. */
import { generateKeyPairSync, sign as signWithKey } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../clock.ts';
import { openedVenues, type Row } from '../testing/opened-venues.ts';
import { bybitProtocolWith } from './protocol.ts';
import { hmac } from '../wire/signatures.ts';
import { signedText, streamText } from './signing.ts';
import { simulatedVenue, signedRequest, type SimulatedVenue } from './testing/simulated-venue.ts';
import { STRICTEST, type UndecidedBehaviour } from './undecided.ts';

const { open, connect } = openedVenues(simulatedVenue, {});

const openWith = (undecided: Partial<UndecidedBehaviour>): Promise<SimulatedVenue> =>
  open({ protocols: [bybitProtocolWith({ ...STRICTEST, ...undecided })] });

const ORDER = {
  category: 'linear',
  symbol: 'BTCUSDT',
  side: 'Buy',
  orderType: 'Limit',
  qty: '0.01',
  price: '59000',
} as const;
const create = async (venue: SimulatedVenue, change: object = {}) =>
  venue.raw('POST', '/v5/order/create', { ...ORDER, ...change });
const idOf = (answer: { readonly result: Record<string, unknown> }): string =>
  String(answer.result['orderId']);
const rowsOf = (answer: { readonly result: Record<string, unknown> }) =>
  answer.result['list'] as readonly Record<string, unknown>[];

/** The rows of the private stream, in their order. */
async function follow(venue: SimulatedVenue): Promise<{ readonly rows: { topic: string; row: Row }[] }> {
  const rows: { topic: string; row: Row }[] = [];
  const answers: Row[] = [];
  const { send } = await connect(`${venue.wsUrl}/v5/private`, (data) => {
    const message = JSON.parse(data.toString('utf8')) as Row;
    const { topic, data: list } = message;
    if (typeof topic === 'string') for (const row of list as Row[]) rows.push({ topic, row });
    else answers.push(message);
    return message;
  });
  const expires = String(Date.now() + 10_000);
  send({ op: 'auth', args: [venue.key, Number(expires), hmac(streamText(expires), venue.secret)] });
  send({ op: 'subscribe', args: ['order', 'execution'] });
  await expect.poll(() => answers).toMatchObject([{ success: true }, { success: true }]);
  return { rows };
}

describe('signatures and time', () => {
  let venue: SimulatedVenue;
  beforeAll(async () => {
    venue = await open();
  });
  const read = (change: Parameters<SimulatedVenue['raw']>[3] = {}) =>
    venue.raw('GET', '/v5/account/info', {}, change);

  test('what is signed is time, key, window and the payload as it was sent', () => {
    // The two strings of "Integration Guidance".
    expect(
      signedText('1658384314791', 'XXXXXXXXXX', '5000', 'category=option&symbol=BTC-29JUL22-25000-C'),
    ).toBe('1658384314791XXXXXXXXXX5000category=option&symbol=BTC-29JUL22-25000-C');
    expect(signedText('1658385579423', 'XXXXXXXXXX', '5000', '{"category": "option"}')).toBe(
      '1658385579423XXXXXXXXXX5000{"category": "option"}',
    );
  });

  test('an ordinary request is answered', async () => {
    expect(await read()).toMatchObject({ status: 200, retCode: 0, retMsg: 'OK' });
  });

  test.each([
    ['another secret', { signature: 'f'.repeat(64) }, 401, 10004],
    ['an unknown key', { key: 'nobody' }, 401, 10003],
    ['no headers at all', { unsigned: true }, 401, 10001],
    ['a window that is no number', { receiveWindow: '5s' }, 200, 10001],
  ] as const)('%s is refused', async (_name, change, status, retCode) => {
    expect(await read(change)).toMatchObject({ status, retCode, result: {} });
  });

  test('time: after the window, or a second ahead of the server', async () => {
    const now = Date.now();
    for (const [timestamp, receiveWindow, retCode] of [
      [now - 4_000, '5000', 0],
      [now - 6_000, '5000', 10002],
      [now - 6_000, '20000', 0],
      [now + 500, '5000', 0],
      [now + 5_000, '5000', 10002],
    ] as const)
      expect(await read({ timestamp, receiveWindow })).toMatchObject({ status: 200, retCode });
  });

  test('a body that was changed on its way is refused, and makes nothing', async () => {
    const text = signedText('1', venue.key, '5000', '{}');
    const answer = await venue.raw('POST', '/v5/order/create', ORDER, {
      signature: hmac(text, venue.secret),
    });
    expect(answer).toMatchObject({ retCode: 10004 });
    expect(
      rowsOf(await venue.raw('GET', '/v5/order/realtime', { category: 'linear', symbol: 'BTCUSDT' })),
    ).toEqual([]);
  });

  test('a key whose private half the venue never saw signs with RSA', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
    const { key } = (await venue.control('POST', 'keys', {
      public_key: publicKey.export({ type: 'spki', format: 'pem' }),
    })) as { readonly key: string };
    const timestamp = Date.now();
    const signature = signWithKey(
      'sha256',
      Buffer.from(signedText(String(timestamp), key, '5000', '')),
      privateKey,
    ).toString('base64');
    expect(await read({ key, timestamp, signature })).toMatchObject({ retCode: 0 });
    expect(await read({ key, timestamp: timestamp + 1, signature })).toMatchObject({ retCode: 10004 });
  });

  test('a key that may not trade reads, and makes no order', async () => {
    const account = (await venue.control('POST', 'accounts', {
      permissions: { trade: false, withdraw: false },
    })) as { readonly key: string; readonly secret: string };
    const signer = { restUrl: venue.restUrl, ...account };
    expect(await signedRequest(signer, 'GET', '/v5/account/info', {})).toMatchObject({ retCode: 0 });
    expect(await signedRequest(signer, 'POST', '/v5/order/create', ORDER)).toMatchObject({ retCode: 10005 });
    const key = await signedRequest(signer, 'GET', '/v5/user/query-api', {});
    expect(key.result).toMatchObject({ readOnly: 1 });
  });

  test('the private stream takes no other signature, and nothing without one', async () => {
    const { messages: answers, send } = await connect(`${venue.wsUrl}/v5/private`);
    send({ op: 'subscribe', args: ['order'] });
    send({ op: 'auth', args: [venue.key, Date.now() + 10_000, 'f'.repeat(64)] });
    await expect.poll(() => answers).toMatchObject([{ success: false }, { success: false, op: 'auth' }]);
  });
});

describe('limits', () => {
  /** A venue whose clock moves only by hand, so that a slow machine counts as a fast one does. */
  async function openHeld(): Promise<{ readonly venue: SimulatedVenue; readonly time: { nowMs: number } }> {
    const time = { nowMs: Date.now() };
    const venue = await open({ clock: { ...systemClock, nowMs: () => time.nowMs } });
    const raw: SimulatedVenue['raw'] = (method, path, parameters, changes) =>
      venue.raw(method, path, parameters, { timestamp: time.nowMs, ...changes });
    return { venue: { ...venue, raw }, time };
  }

  test('an endpoint takes so many requests of an account in a second, and says what is left', async () => {
    const { venue, time } = await openHeld();
    const first = await create(venue);
    expect(first.headers.get('x-bapi-limit')).toBe('10');
    expect(first.headers.get('x-bapi-limit-status')).toBe('9');
    const answers = await Promise.all(Array.from({ length: 11 }, () => create(venue)));
    const refused = answers.filter(({ retCode }) => retCode === 10006);
    expect(refused).toHaveLength(2);
    for (const { status, headers } of refused) {
      expect(status).toBe(200);
      expect(headers.get('x-bapi-limit-status')).toBe('0');
      expect(headers.get('x-bapi-limit-reset-timestamp')).toBe(String(time.nowMs + 1_000));
    }
    // Another endpoint has a limit of its own.
    expect(await venue.raw('GET', '/v5/account/info')).toMatchObject({ retCode: 0 });
    const open = { category: 'linear', symbol: 'BTCUSDT' };
    expect(rowsOf(await venue.raw('GET', '/v5/order/realtime', open))).toHaveLength(10);
    time.nowMs += 999;
    expect(await create(venue)).toMatchObject({ retCode: 10006 });
    time.nowMs += 1;
    expect(await create(venue)).toMatchObject({ retCode: 0 });
  });

  test('each order of a batch counts, and those beyond the limit are refused one by one', async () => {
    const { venue } = await openHeld();
    const { category: _category, ...order } = ORDER;
    const request = Array.from({ length: 14 }, () => order);
    const answer = await venue.raw('POST', '/v5/order/create-batch', { category: 'linear', request });
    const codes = (answer.retExtInfo as { readonly list: readonly { readonly code: number }[] }).list.map(
      ({ code }) => code,
    );
    expect(codes).toEqual([...Array<number>(10).fill(0), ...Array<number>(4).fill(10006)]);
  });

  test('none of them hold where they are lifted', async () => {
    const venue = await open({ limits: false });
    const answers = await Promise.all(Array.from({ length: 30 }, () => create(venue)));
    expect(new Set(answers.map(({ retCode }) => retCode))).toEqual(new Set([0]));
  });
});

describe('lists', () => {
  test('pages follow one another under a cursor, without a row twice', async () => {
    const venue = await open({ limits: false });
    const ids: string[] = [];
    for (let index = 0; index < 7; index += 1) ids.push(idOf(await create(venue)));
    const seen: string[] = [];
    let cursor = '';
    do {
      const answer = await venue.raw('GET', '/v5/order/realtime', {
        category: 'linear',
        symbol: 'BTCUSDT',
        limit: 3,
        ...(cursor === '' ? {} : { cursor }),
      });
      expect(rowsOf(answer).length).toBeLessThanOrEqual(3);
      seen.push(...rowsOf(answer).map((row) => String(row['orderId'])));
      const next = answer.result['nextPageCursor'];
      cursor = typeof next === 'string' ? next : '';
    } while (cursor !== '');
    expect(seen.toSorted()).toEqual(ids.toSorted());
  });

  test('open orders find the last 500 that closed by their ids, and the history those before', async () => {
    const venue = await open({ limits: false });
    const order = { ...ORDER, orderType: 'Limit', timeInForce: 'IOC', price: '59500' };
    const first = idOf(await create(venue, order));
    const found = async (path: string) =>
      rowsOf(await venue.raw('GET', path, { category: 'linear', symbol: 'BTCUSDT', orderId: first })).length;
    expect([await found('/v5/order/realtime'), await found('/v5/order/history')]).toEqual([1, 1]);
    for (let index = 0; index < 50; index += 1)
      await Promise.all(Array.from({ length: 10 }, () => create(venue, order)));
    expect([await found('/v5/order/realtime'), await found('/v5/order/history')]).toEqual([0, 1]);
  });

  test('spans are seven days at most', async () => {
    const venue = await open({ limits: false });
    const day = 24 * 3_600_000;
    const span = (days: number) => ({
      category: 'linear',
      startTime: 1_700_000_000_000,
      endTime: 1_700_000_000_000 + days * day,
    });
    expect(await venue.raw('GET', '/v5/execution/list', span(7))).toMatchObject({ retCode: 0 });
    expect(await venue.raw('GET', '/v5/execution/list', span(8))).toMatchObject({ retCode: 10001 });
  });
});

describe('orders', () => {
  test('a limit price beyond the band is moved to its edge, unless the account asks for a refusal', async () => {
    const venue = await open({ limits: false });
    const moved = idOf(await create(venue, { side: 'Sell', price: '50000', timeInForce: 'PostOnly' }));
    const shown = async (orderId: string) =>
      rowsOf(
        await venue.raw('GET', '/v5/order/history', { category: 'linear', symbol: 'BTCUSDT', orderId }),
      )[0];
    expect(await shown(moved)).toMatchObject({
      price: '59400.00',
      rejectReason: 'EC_PostOnlyWillTakeLiquidity',
    });
    expect((await venue.raw('GET', '/v5/account/user-setting-config')).result).toMatchObject({
      lpaPerp: false,
    });
    const set = { category: 'linear', modifyEnable: false };
    expect(await venue.raw('POST', '/v5/account/set-limit-px-action', set)).toMatchObject({ retCode: 0 });
    expect((await venue.raw('GET', '/v5/account/user-setting-config')).result).toMatchObject({
      lpaPerp: true,
    });
    expect(await create(venue, { side: 'Sell', price: '50000' })).toMatchObject({ retCode: 110120 });
    expect(await create(venue, { price: '70000' })).toMatchObject({ retCode: 110121 });
  });

  test('a market order of contracts is an IOC order at a bound, and shows as a market order', async () => {
    const venue = await open({ limits: false });
    const tight = { orderType: 'Market', slippageToleranceType: 'TickSize', slippageTolerance: '1' };
    const orderId = idOf(await create(venue, { ...tight, qty: '5' }));
    const [shown] = rowsOf(
      await venue.raw('GET', '/v5/order/history', { category: 'linear', symbol: 'BTCUSDT', orderId }),
    );
    expect(shown).toMatchObject({ orderType: 'Market', timeInForce: 'IOC', orderStatus: 'Cancelled' });
    expect(Number(shown?.['cumExecQty'])).toBeGreaterThan(0);
    expect(await create(venue, { ...tight, slippageTolerance: '0.5' })).toMatchObject({ retCode: 10001 });
  });

  test('a fault of the server comes as 10016, or as words of one’s choice', async () => {
    const venue = await open({ limits: false });
    await venue.control('POST', 'faults', { kind: 'maintenance', route: 'create_order', count: 1 });
    expect(await create(venue)).toMatchObject({ retCode: 10016 });
    await venue.control('POST', 'faults', {
      kind: 'http_error_after',
      route: 'create_order',
      count: 1,
      status: 200,
      code: 170146,
      message: 'Order creation timeout',
    });
    expect(await create(venue)).toMatchObject({ status: 200, retCode: 170146 });
    const made = rowsOf(
      await venue.raw('GET', '/v5/order/realtime', { category: 'linear', symbol: 'BTCUSDT' }),
    );
    expect(made).toHaveLength(1);
  });
});

describe('what the documentation leaves open', () => {
  test('an id may be a duplicate for ever', async () => {
    for (const [duplicateIdWhile, retCode] of [
      ['open', 0],
      ['ever', 110072],
    ] as const) {
      const venue = await openWith({ duplicateIdWhile });
      const orderLinkId = 'one-id';
      await create(venue, { orderLinkId });
      await venue.raw('POST', '/v5/order/cancel', { category: 'linear', symbol: 'BTCUSDT', orderLinkId });
      expect(await create(venue, { orderLinkId })).toMatchObject({ retCode });
    }
  });

  test('a rejection may come after the acknowledgement, by stream and look-up alone', async () => {
    const venue = await openWith({ rejectsLate: ['insufficient_balance', 'reduce_only_refused'] });
    const { rows } = await follow(venue);
    for (const change of [{ qty: '900' }, { reduceOnly: true }]) {
      const answer = await create(venue, change);
      expect(answer).toMatchObject({ retCode: 0 });
      const orderId = idOf(answer);
      const rejected = { orderId, orderStatus: 'Rejected', rejectReason: 'EC_Others' };
      await expect.poll(() => rows.map(({ row }) => row)).toContainEqual(expect.objectContaining(rejected));
      const [shown] = rowsOf(
        await venue.raw('GET', '/v5/order/realtime', { category: 'linear', symbol: 'BTCUSDT', orderId }),
      );
      expect(shown).toMatchObject(rejected);
    }
  });

  test('a cancel may be acknowledged of an order that is filled, and the stream shows it filled again', async () => {
    const venue = await openWith({ cancelTakenAfterFillMs: 60_000 });
    const { rows } = await follow(venue);
    const answer = await create(venue, { orderType: 'Market' });
    const orderId = idOf(answer);
    const cancel = { category: 'linear', symbol: 'BTCUSDT', orderId };
    expect(await venue.raw('POST', '/v5/order/cancel', cancel)).toMatchObject({ retCode: 0 });
    await expect
      .poll(() =>
        rows
          .filter(({ topic, row }) => topic === 'order' && row['orderId'] === orderId)
          .map(({ row }) => [row['orderStatus'], row['rejectReason']]),
      )
      .toEqual([
        ['New', 'EC_NoError'],
        ['Filled', 'EC_NoError'],
        ['Filled', 'EC_OrigClOrdIDDoesNotExist'],
      ]);
  });

  test('executions may come before the order that they fill', async () => {
    for (const [ordersBeforeExecutions, topics] of [
      [true, ['order', 'order', 'execution']],
      [false, ['order', 'execution', 'order']],
    ] as const) {
      const venue = await openWith({ ordersBeforeExecutions });
      const { rows } = await follow(venue);
      await create(venue, { orderType: 'Market' });
      await expect.poll(() => rows.map(({ topic }) => topic)).toEqual(topics);
    }
  });

  test('refused keys may come with status 200', async () => {
    const venue = await openWith({ statusOfRefusedKeys: 200 });
    const answer = await venue.raw('GET', '/v5/account/info', {}, { key: 'nobody' });
    expect(answer).toMatchObject({ status: 200, retCode: 10003 });
  });
});
