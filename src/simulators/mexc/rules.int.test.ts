/** MEXC's rules around every request, what a careless simulator gets wrong, and the switches of what is open. */
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { systemClock } from '../clock.ts';
import { hmac } from '../wire/signatures.ts';
import { openedVenues, type Row } from '../testing/opened-venues.ts';
import { signedText as futuresText } from './futures/access.ts';
import { mexcProtocolWith } from './protocol.ts';
import { signedText } from './spot/access.ts';
import {
  futuresRequest,
  simulatedVenue,
  spotRequest,
  type SimulatedVenue,
} from './testing/simulated-venue.ts';
import { STRICTEST, type UndecidedBehaviour } from './undecided.ts';

const { open, connect } = openedVenues(simulatedVenue, {});

const openWith = (
  undecided: Partial<UndecidedBehaviour>,
  options: Parameters<typeof simulatedVenue>[0] = {},
) => open({ protocols: [mexcProtocolWith({ ...STRICTEST, ...undecided })], limits: false, ...options });

const BUY = { symbol: 'BTCUSDT', side: 'BUY', type: 'LIMIT', quantity: '0.001', price: '59000' } as const;
const CONTRACT_BUY = { symbol: 'BTC_USDT', side: 1, type: 1, openType: 2, vol: 10, price: 59000 } as const;

const buy = (venue: SimulatedVenue, change: Row = {}) => venue.spot('POST', 'order', { ...BUY, ...change });
const openOrders = async (venue: SimulatedVenue): Promise<readonly Row[]> =>
  (await venue.spot('GET', 'openOrders', { symbol: 'BTCUSDT' })).body as unknown as readonly Row[];
const dataOf = (answer: { readonly data?: unknown }): Row => answer.data as Row;

/** Generated from the venue's own files: what it decodes stands at the right numbers. */
const READER = new URL('../../../node_modules/ccxt/js/src/protobuf/mexc/compiled.cjs', import.meta.url);
const { PushDataV3ApiWrapper } = createRequire(import.meta.url)(fileURLToPath(READER)) as {
  readonly PushDataV3ApiWrapper: { decode(bytes: Uint8Array): { toJSON(): Row } };
};

/** A connection with what it was sent: texts parsed, frames decoded by ccxt's own reader. */
async function follow(venue: SimulatedVenue, path: string) {
  const texts: string[] = [];
  const frames: Row[] = [];
  const { send, closed } = await connect(`${venue.wsUrl}${path}`, (data, isBinary) => {
    if (!isBinary) texts.push(data.toString('utf8'));
    else frames.push(PushDataV3ApiWrapper.decode(data).toJSON());
    return {};
  });
  return {
    texts,
    frames,
    rows: (): readonly Row[] => texts.map((text) => JSON.parse(text) as Row),
    isClosed: closed,
    send,
  };
}

async function listenKey(venue: SimulatedVenue): Promise<string> {
  return String((await venue.spot('POST', 'userDataStream')).body['listenKey']);
}

describe('spot: signatures and time', () => {
  let venue: SimulatedVenue;
  beforeAll(async () => {
    venue = await open();
  });

  test('what is signed is the query string and the body, one behind the other', () => {
    // Example 3 of "SIGNED Endpoint Examples": no "&" stands between the two parts.
    const text = signedText(
      'symbol=BTCUSDT&side=BUY&type=LIMIT',
      'quantity=1&price=11&recvWindow=5000&timestamp=1644489390087&signature=d1a6',
    );
    expect(text).toBe(
      'symbol=BTCUSDT&side=BUY&type=LIMITquantity=1&price=11&recvWindow=5000&timestamp=1644489390087',
    );
    expect(hmac(text, '45d0b3c26f2644f19bfb98b07741b2f5')).toBe(
      'd1a676610ceb39174c8039b3f548357994b2a34139a8addd33baadba65684592',
    );
  });

  test.each(['query', 'body', 'json', 'both'] as const)('parameters are read from %s', async (place) => {
    const answer = await venue.spot('POST', 'order', BUY, { place });
    expect(answer).toMatchObject({ status: 200, body: { symbol: 'BTCUSDT' } });
  });

  test.each([
    ['another secret', { signature: 'f'.repeat(64) }, 700002],
    ['an unknown key', { key: 'nobody' }, 10072],
    ['no key', { key: '' }, 400],
    ['a window beyond a minute', { recvWindow: '60001' }, 700005],
  ] as const)('%s is refused with status 400', async (_name, change, code) => {
    expect(await venue.spot('GET', 'account', {}, change)).toMatchObject({ status: 400, body: { code } });
  });

  test('a signature in capitals is refused', async () => {
    const timestamp = Date.now();
    const signature = hmac(`timestamp=${timestamp}`, venue.secret).toUpperCase();
    const answer = await venue.spot('GET', 'uid', {}, { timestamp, signature });
    expect(answer.body).toMatchObject({ code: 700002 });
  });

  test('time: after the window, or a second ahead of the server', async () => {
    const now = Date.now();
    for (const [timestamp, recvWindow, code] of [
      [now - 4_000, '5000', undefined],
      [now - 6_000, '5000', 700003],
      [now - 6_000, '20000', undefined],
      [now + 5_000, '5000', 700003],
    ] as const)
      expect((await venue.spot('GET', 'uid', {}, { timestamp, recvWindow })).body['code']).toBe(code);
  });

  test('a key that may not trade reads, and makes no order', async () => {
    const account = (await venue.control('POST', 'accounts', {
      permissions: { trade: false, withdraw: false },
    })) as { readonly key: string; readonly secret: string };
    const signer = { restUrl: venue.restUrl, ...account };
    expect((await spotRequest(signer, 'GET', 'account')).status).toBe(200);
    expect((await spotRequest(signer, 'POST', 'order', BUY)).body).toMatchObject({ code: 700007 });
    expect(await futuresRequest(signer, 'POST', 'order/create', CONTRACT_BUY)).toMatchObject({ code: 704 });
  });
});

describe('spot: orders', () => {
  let venue: SimulatedVenue;
  beforeAll(async () => {
    venue = await open({ limits: false });
  });

  test('the answer to a create has an id, and neither status nor client id nor fills', async () => {
    const { body } = await buy(venue, { newClientOrderId: 'named' });
    expect(Object.keys(body).toSorted()).toEqual(
      [
        'symbol',
        'orderId',
        'orderListId',
        'price',
        'origQty',
        'type',
        'side',
        'stpMode',
        'transactTime',
      ].toSorted(),
    );
    expect(body).toMatchObject({
      orderId: expect.stringMatching(/^C02__\d+$/),
      orderListId: -1,
      type: 'LIMIT',
    });
  });

  test('the same client id twice is two orders', async () => {
    const [first, second] = [
      await buy(venue, { newClientOrderId: 'twice' }),
      await buy(venue, { newClientOrderId: 'twice' }),
    ];
    expect(first.body['orderId']).not.toBe(second.body['orderId']);
    const own = (await openOrders(venue)).filter(({ clientOrderId }) => clientOrderId === 'twice');
    expect(own).toHaveLength(2);
  });

  test('IMMEDIATE_OR_CANCEL and FILL_OR_KILL are types; what was filled before the end shows as PARTIALLY_CANCELED', async () => {
    const shown = async (answer: { readonly body: Row }): Promise<Row> =>
      (await venue.spot('GET', 'order', { symbol: 'BTCUSDT', orderId: answer.body['orderId'] })).body;
    const whole = await buy(venue, { type: 'FILL_OR_KILL', quantity: '1.6', price: '60001' });
    expect(await shown(whole)).toMatchObject({ type: 'FILL_OR_KILL', status: 'CANCELED', executedQty: '0' });
    const part = await buy(venue, { type: 'IMMEDIATE_OR_CANCEL', quantity: '1.6', price: '60001' });
    const row = await shown(part);
    expect(row).toMatchObject({
      type: 'IMMEDIATE_OR_CANCEL',
      status: 'PARTIALLY_CANCELED',
      timeInForce: null,
    });
    expect(Number(row['executedQty'])).toBeGreaterThan(0);
    expect(Number(row['executedQty'])).toBeLessThan(1.6);
  });

  test('a maker order that would take is accepted, and canceled', async () => {
    const answer = await buy(venue, { type: 'LIMIT_MAKER', price: '61000' });
    const { body } = await venue.spot('GET', 'order', { symbol: 'BTCUSDT', orderId: answer.body['orderId'] });
    expect(body).toMatchObject({ status: 'CANCELED', type: 'LIMIT_MAKER' });
  });

  test.each([
    ['digits of the price', { price: '59000.001' }, 400, ' price scale is invalid'],
    ['digits of the quantity', { quantity: '0.0010001' }, 400, ' quantity scale is invalid'],
    ['below quoteAmountPrecision', { quantity: '0.00001' }, 30002, /cannot be less than/],
    ['above maxQuoteAmount', { quantity: '900' }, 30003, /cannot be greater than/],
    ['above lastPrice * bidMultiplierUp', { price: '300001' }, 30087, /allowed range/],
    ['a symbol that is closed to the API', { symbol: 'PEPEUSDT' }, 10007, 'bad symbol'],
    ['a symbol that there is not', { symbol: 'NONEUSDT' }, -1121, /Invalid symbol/],
    ['no price', { price: '' }, 44444, /price/],
  ] as const)('%s', async (_name, change, code, text) => {
    const { status, body } = await buy(venue, change);
    expect({ status, code: body['code'] }).toEqual({ status: 400, code });
    expect(body['msg']).toMatch(text);
  });

  test('an order that never was: -2013 to a look-up, -2011 to a cancel', async () => {
    const nobody = { symbol: 'BTCUSDT', origClientOrderId: 'nobody' };
    expect((await venue.spot('GET', 'order', nobody)).body).toMatchObject({ code: -2013 });
    expect((await venue.spot('DELETE', 'order', nobody)).body).toMatchObject({ code: -2011 });
    expect((await venue.spot('GET', 'order', { symbol: 'BTCUSDT' })).body).toMatchObject({ code: 700004 });
  });

  test('a batch answers for each of its orders, and cancel-all for each of a symbol', async () => {
    await venue.spot('DELETE', 'openOrders', { symbol: 'BTCUSDT' });
    const entry = { type: 'LIMIT_ORDER', price: '59000', quantity: '0.001', symbol: 'BTCUSDT', side: 'BUY' };
    const batchOrders = JSON.stringify([entry, { ...entry, quantity: '0.00001', newClientOrderId: 'small' }]);
    const { body } = await venue.spot('POST', 'batchOrders', { batchOrders });
    expect(body).toMatchObject([
      { orderId: expect.stringMatching(/^C02__/), orderListId: -1 },
      { newClientOrderId: 'small', code: 30002 },
    ]);
    const canceled = await venue.spot('DELETE', 'openOrders', { symbol: 'BTCUSDT' });
    expect(canceled.body).toHaveLength(1);
    expect(await openOrders(venue)).toEqual([]);
  });

  test('an unknown error is HTTP 503, whether the order was made or not', async () => {
    for (const [kind, count] of [
      ['http_error', 0],
      ['http_error_after', 1],
    ] as const) {
      await venue.control('POST', 'faults', { kind, route: 'create_order', count: 1, status: 503 });
      const answer = await buy(venue, { newClientOrderId: kind });
      expect(answer).toMatchObject({
        status: 503,
        body: { code: 503, msg: expect.stringMatching(/Unknown error/) },
      });
      const made = (await openOrders(venue)).filter(({ clientOrderId }) => clientOrderId === kind);
      expect(made).toHaveLength(count);
    }
  });

  test('what a key may do stands nowhere: the account may withdraw, whatever its keys may', async () => {
    expect((await venue.spot('GET', 'account')).body).toMatchObject({ canTrade: true, canWithdraw: true });
  });
});

describe('spot: streams', () => {
  let venue: SimulatedVenue;
  beforeAll(async () => {
    venue = await open({ limits: false });
  });

  test('acknowledgements and pongs are text, pushes protobuf in binary frames', async () => {
    const stream = await follow(venue, `/ws?listenKey=${await listenKey(venue)}`);
    const channels = ['orders', 'deals', 'account'].map((name) => `spot@private.${name}.v3.api.pb`);
    stream.send({ method: 'SUBSCRIPTION', params: channels, id: 3 });
    stream.send({ method: 'PING' });
    await expect
      .poll(() => stream.rows())
      .toEqual([
        { id: 3, code: 0, msg: channels.join(',') },
        { id: 0, code: 0, msg: 'PONG' },
      ]);
    const { body } = await buy(venue, {
      type: 'MARKET',
      quantity: '0.01',
      price: '',
      newClientOrderId: 'streamed',
    });
    const id = String(body['orderId']);
    await expect.poll(() => stream.frames.length).toBeGreaterThanOrEqual(5);
    const of = (name: string) => stream.frames.filter((frame) => name in frame);
    expect(of('privateOrders')).toMatchObject([
      {
        channel: channels[0],
        symbol: 'BTCUSDT',
        privateOrders: { id, clientId: 'streamed', orderType: 5, status: 1 },
      },
      { privateOrders: { id, status: 2, cumulativeQuantity: '0.01', tradeType: 1 } },
    ]);
    expect(of('privateDeals')).toMatchObject([
      {
        channel: channels[1],
        privateDeals: {
          orderId: id,
          clientOrderId: 'streamed',
          quantity: '0.01',
          feeCurrency: 'USDT',
          tradeId: expect.stringMatching(/^\d+X1$/),
        },
      },
    ]);
    expect(of('privateAccount').map((frame) => (frame['privateAccount'] as Row)['vcoinName'])).toContain(
      'BTC',
    );
    expect(stream.texts).toHaveLength(2);
  });

  test('a channel that is not there is refused with code 0, by the text alone', async () => {
    const stream = await follow(venue, '/ws');
    const gone = 'spot@public.deals.v3.api@BTCUSDT';
    stream.send({ method: 'SUBSCRIPTION', params: [gone] });
    stream.send({ method: 'SUBSCRIPTION', params: ['spot@private.orders.v3.api.pb'] });
    await expect
      .poll(() => stream.rows())
      .toMatchObject([
        { code: 0, msg: `Not Subscribed successfully! [${gone}].  Reason： Blocked! ` },
        { code: 0, msg: expect.stringMatching(/^Not Subscribed/) },
      ]);
  });

  test('a connection takes 30 subscriptions', async () => {
    const stream = await follow(venue, '/ws');
    const kline = (symbol: string) =>
      ['Min1', 'Min5', 'Min15', 'Min30', 'Min60', 'Hour4', 'Hour8', 'Day1'].map(
        (interval) => `spot@public.kline.v3.api.pb@${symbol}@${interval}`,
      );
    const channels = ['BTCUSDT', 'ETHUSDT', 'SOLUSDT', 'XRPUSDT'].flatMap(kline);
    stream.send({ method: 'SUBSCRIPTION', params: channels });
    await expect
      .poll(() => stream.rows())
      .toMatchObject([
        { msg: `Not Subscribed successfully! [${channels.slice(30).join(',')}].  Reason： Blocked! ` },
      ]);
  });

  test('listen keys: each POST makes another, sixty at most, five connections each; none takes what never was', async () => {
    const own = await open({ limits: false });
    const keys = [await listenKey(own), await listenKey(own)];
    expect(new Set(keys).size).toBe(2);
    const [first = ''] = keys;
    expect((await own.spot('GET', 'userDataStream')).body).toEqual({ listenKey: keys });
    expect((await own.spot('PUT', 'userDataStream', { listenKey: first })).body).toEqual({
      listenKey: first,
    });
    for (let index = 2; index < 60; index += 1) await listenKey(own);
    expect((await own.spot('POST', 'userDataStream')).status).toBe(400);
    for (let index = 0; index < 5; index += 1) await follow(own, `/ws?listenKey=${first}`);
    const sixth = await follow(own, `/ws?listenKey=${first}`);
    const intruder = await follow(own, '/ws?listenKey=nobody');
    for (const stream of [sixth, intruder]) {
      await expect.poll(() => stream.isClosed()).toBe(true);
      expect(stream.texts).toEqual(['Invalid listen key']);
    }
    await own.spot('DELETE', 'userDataStream', { listenKey: first });
    expect((await own.spot('PUT', 'userDataStream', { listenKey: first })).status).toBe(400);
  });

  test.each([
    ['a listen key that nobody extends for an hour', 'key', 3_600_000],
    ['a connection without a subscription after half a minute', 'idle', 30_000],
    ['any connection after a day', 'pinging', 86_400_000],
  ] as const)('%s is cut', async (_name, kind, afterMs) => {
    const time = { nowMs: Date.now() };
    const own = await open({ clock: { ...systemClock, nowMs: () => time.nowMs } });
    const timed = { timestamp: time.nowMs };
    const { body } = await own.spot('POST', 'userDataStream', {}, timed);
    const path = kind === 'key' ? `/ws?listenKey=${String(body['listenKey'])}` : '/ws';
    const stream = await follow(own, path);
    if (kind !== 'idle') {
      const channel =
        kind === 'key' ? 'spot@private.orders.v3.api.pb' : 'spot@public.kline.v3.api.pb@BTCUSDT@Min1';
      stream.send({ method: 'SUBSCRIPTION', params: [channel] });
      await expect.poll(() => stream.rows()).toMatchObject([{ msg: channel }]);
    }
    time.nowMs += afterMs;
    await expect.poll(() => stream.isClosed(), { timeout: 5_000 }).toBe(true);
  });
});

describe('contracts: signatures and time', () => {
  let venue: SimulatedVenue;
  beforeAll(async () => {
    venue = await open();
  });

  test('what is signed is key, time and the parameters', () => {
    expect(futuresText('mx0aBYs33eIilxBW5C', '1657186536762', '')).toBe('mx0aBYs33eIilxBW5C1657186536762');
  });

  test.each([
    ['another secret', { signature: 'f'.repeat(64) }, 602],
    ['an unknown key', { key: 'nobody' }, 401],
    ['a time eleven seconds back', { timestamp: -11_000 }, 513],
    ['a time eleven seconds ahead', { timestamp: 11_000 }, 513],
  ] as const)('%s is refused in an envelope with success false', async (_name, change, code) => {
    const changes = 'timestamp' in change ? { timestamp: Date.now() + change.timestamp } : change;
    const answer = await venue.futures('GET', 'account/assets', {}, changes);
    expect(answer).toMatchObject({ status: 200, success: false, code, message: expect.any(String) });
    expect(answer.data).toBeUndefined();
  });

  test('the header Recv-Window is in seconds', async () => {
    const timestamp = Date.now() - 15_000;
    expect(await venue.futures('GET', 'account/assets', {}, { timestamp, recvWindow: '20' })).toMatchObject({
      success: true,
    });
    const nearer = Date.now() - 5_000;
    expect(
      await venue.futures('GET', 'account/assets', {}, { timestamp: nearer, recvWindow: '2' }),
    ).toMatchObject({
      code: 513,
    });
  });
});

describe('contracts: orders', () => {
  let venue: SimulatedVenue;
  beforeAll(async () => {
    venue = await open({ limits: false });
  });
  const create = (change: Row = {}, on = venue) =>
    on.futures('POST', 'order/create', { ...CONTRACT_BUY, ...change });

  test('create answers with an object, submit with the bare number', async () => {
    const created = await create();
    expect(dataOf(created)).toEqual({ orderId: expect.stringMatching(/^\d{19}$/), ts: expect.any(Number) });
    const submitted = await venue.futures('POST', 'order/submit', CONTRACT_BUY);
    expect(submitted.text).toMatch(/"data":\d{19}\}$/);
  });

  test('cancels answer for each order inside a success', async () => {
    const { orderId } = dataOf(await create());
    const cancel = () => venue.futures('POST', 'order/cancel', [String(orderId), '101716841474621953']);
    expect(await cancel()).toMatchObject({
      success: true,
      data: [
        { errorCode: 0, errorMsg: 'success' },
        { errorCode: 2040, errorMsg: 'order not exist' },
      ],
    });
    const again = await cancel();
    expect(again.data).toMatchObject([{ errorCode: 2041 }, { errorCode: 2040 }]);
    expect(again.text).toContain(`"orderId":${String(orderId)},`);
  });

  test('cancels by external id are refused, or answer one by one', async () => {
    await create({ externalOid: 'mine' });
    const reference = { symbol: 'BTC_USDT', externalOid: 'mine' };
    expect(await venue.futures('POST', 'order/cancel_with_external', reference)).toMatchObject({
      success: true,
    });
    expect(await venue.futures('POST', 'order/cancel_with_external', reference)).toMatchObject({
      success: false,
      code: 2041,
    });
    const nobody = { ...reference, externalOid: 'nobody' };
    expect(await venue.futures('POST', 'order/cancel_with_external', nobody)).toMatchObject({ code: 2040 });
    expect(
      (await venue.futures('POST', 'order/batch_cancel_with_external', [reference, nobody])).data,
    ).toMatchObject([
      { externalOid: 'mine', errorCode: 2041 },
      { externalOid: 'nobody', errorCode: 2040, orderId: null },
    ]);
  });

  test('an order is looked up by contract and external id, with its state and why it ended', async () => {
    const shown = async (externalOid: string) =>
      dataOf(await venue.futures('GET', `order/external/BTC_USDT/${externalOid}`));
    for (const [externalOid, change, state, errorCode] of [
      ['rests', {}, 2, 0],
      ['ioc', { type: 3 }, 4, 18],
      ['fok', { type: 4, price: 59_990 }, 4, 19],
      ['maker', { type: 2, price: 61_000 }, 4, 20],
      ['market', { type: 5 }, 3, 0],
    ] as const) {
      await create({ externalOid, ...change });
      expect(await shown(externalOid)).toMatchObject({ externalOid, state, errorCode, vol: 10 });
    }
  });

  test('the same external id twice is two orders, but in a batch the first one', async () => {
    const externalOid = 'repeated';
    const first = dataOf(await create({ externalOid }))['orderId'];
    expect(dataOf(await create({ externalOid }))['orderId']).not.toBe(first);
    const batch = await venue.futures('POST', 'order/submit_batch', [
      { ...CONTRACT_BUY, externalOid: 'batched' },
    ]);
    const again = await venue.futures('POST', 'order/submit_batch', [
      { ...CONTRACT_BUY, externalOid: 'batched' },
    ]);
    expect(again.data).toEqual(batch.data);
  });

  test.each([
    ['an external id of 33 letters', { externalOid: 'x'.repeat(33) }, 2030],
    ['a direction that there is not', { side: 5 }, 2001],
    ['a type that there is not', { type: 7 }, 2029],
    ['no margin mode', { openType: 3 }, 2002],
    ['isolated margin without leverage', { openType: 1 }, 2006],
    ['off the tick', { price: 59_000.05 }, 2015],
    ['a part of a contract', { vol: 10.5 }, 2015],
    ['less than a contract', { vol: 0.5 }, 2011],
    ['a contract that is closed to the API', { symbol: 'PEPE_USDT' }, 1002],
    ['a contract that there is not', { symbol: 'NONE_USDT' }, 1001],
    ['a close of nothing', { symbol: 'ETH_USDT', side: 4, price: 2_500 }, 2009],
    ['the mode of an account that is hedged', { positionMode: 1 }, 2022],
  ] as const)('%s', async (_name, change, code) => {
    expect(await create(change)).toMatchObject({ status: 200, success: false, code });
  });

  test('hedged: the side opens or closes, and reduceOnly is not taken', async () => {
    const own = await open({ limits: false });
    expect(await own.futures('POST', 'position/change_position_mode', { positionMode: 1 })).toMatchObject({
      success: true,
    });
    expect(await create({ reduceOnly: true }, own)).toMatchObject({ code: 600 });
    await create({ type: 5 }, own);
    await create({ type: 5, side: 3, vol: 4 }, own);
    const positions = (await own.futures('GET', 'position/open_positions')).data;
    expect(positions).toMatchObject([
      { positionType: 1, holdVol: 10 },
      { positionType: 2, holdVol: 4 },
    ]);
    expect(await create({ type: 5, side: 4, vol: 11 }, own)).toMatchObject({ success: false });
    await create({ type: 5, side: 4 }, own);
    await create({ type: 5, side: 2, vol: 4 }, own);
    expect((await own.futures('GET', 'position/open_positions')).data).toEqual([]);
    const deals = await own.futures('GET', 'order/list/order_deals', { symbol: 'BTC_USDT' });
    expect((deals.data as readonly Row[]).map((row) => row['side'])).toEqual([2, 4, 3, 1]);
  });

  test('figures stand bare, and ids are texts', async () => {
    const { text } = await venue.futures('GET', 'account/assets');
    expect(text).toMatch(/"availableBalance":\d+(?:\.\d+)?,/);
    const { text: order } = await venue.futures('GET', 'order/external/BTC_USDT/rests');
    expect(order).toMatch(/"orderId":"\d{19}".*"price":59000,"vol":10,/);
  });

  test('lists come page by page', async () => {
    const own = await open({ limits: false });
    for (let index = 0; index < 5; index += 1) await create({}, own);
    const page = async (number: number): Promise<number> =>
      (
        (await own.futures('GET', 'order/list/open_orders', { page_num: number, page_size: 2 }))
          .data as unknown[]
      ).length;
    expect([await page(1), await page(2), await page(3), await page(4)]).toEqual([2, 2, 1, 0]);
    expect(await own.futures('GET', 'order/list/open_orders', { page_size: 101 })).toMatchObject({
      code: 600,
    });
  });
});

test('contracts: everything private is pushed after a login, or what a filter leaves of it', async () => {
  const venue = await open({ limits: false });
  const logIn = (more: object = {}) => {
    const reqTime = String(Date.now());
    const signature = hmac(`${venue.key}${reqTime}`, venue.secret);
    return { method: 'login', ...more, param: { apiKey: venue.key, reqTime, signature } };
  };
  const [all, deals, none, intruder] = await Promise.all(
    Array.from({ length: 4 }, () => follow(venue, '/edge')),
  );
  if (!all || !deals || !none || !intruder) expect.fail('no connections');
  all.send(logIn());
  deals.send(logIn());
  deals.send({
    method: 'personal.filter',
    param: { filters: [{ filter: 'order.deal', rules: ['BTC_USDT'] }] },
  });
  none.send(logIn({ subscribe: false }));
  intruder.send({ method: 'login', param: { apiKey: venue.key, reqTime: '1', signature: 'f' } });
  all.send({ method: 'ping' });
  await expect.poll(() => all.rows().map(({ channel }) => channel)).toEqual(['rs.login', 'pong']);
  await expect
    .poll(() => deals.rows())
    .toMatchObject([{ channel: 'rs.login' }, { channel: 'rs.personal.filter' }]);
  await expect.poll(() => none.rows()).toMatchObject([{ channel: 'rs.login', data: 'success' }]);
  await expect.poll(() => intruder.rows()).toMatchObject([{ channel: 'rs.error' }]);
  await venue.futures('POST', 'order/create', { ...CONTRACT_BUY, type: 5, externalOid: 'pushed' });
  await expect.poll(() => deals.rows()).toHaveLength(3);
  expect(deals.rows()[2]).toMatchObject({
    channel: 'push.personal.order.deal',
    data: { symbol: 'BTC_USDT', side: 1, vol: 10, externalOid: 'pushed', isTaker: true, feeCurrency: 'USDT' },
  });
  await expect.poll(() => all.rows().map(({ channel }) => channel)).toContain('push.personal.asset');
  const orders = all.rows().filter(({ channel }) => channel === 'push.personal.order');
  expect(orders.map((row) => [dataOf(row)['state'], dataOf(row)['version']])).toEqual([
    [2, 1],
    [3, 2],
  ]);
  expect(all.rows()).toContainEqual(
    expect.objectContaining({
      channel: 'push.personal.position',
      data: expect.objectContaining({ symbol: 'BTC_USDT', positionType: 1, holdVol: 10 }),
    }),
  );
  expect(none.rows()).toHaveLength(1);
  expect(intruder.rows()).toHaveLength(1);
});

describe('limits', () => {
  test('spot: 429 with Retry-After past the weight of ten seconds, contracts: 510', async () => {
    const time = { nowMs: Date.now() };
    const venue = await open({ clock: { ...systemClock, nowMs: () => time.nowMs } });
    const timed = { timestamp: time.nowMs };
    const statuses = [];
    for (let index = 0; index < 3; index += 1)
      statuses.push((await venue.spot('GET', 'account', {}, timed)).status);
    expect(statuses).toEqual([200, 200, 429]);
    const refused = await venue.spot('GET', 'account', {}, timed);
    expect(refused.headers.get('retry-after')).toBe('1');
    for (let index = 0; index < 20; index += 1)
      await venue.futures('GET', 'position/position_mode', {}, timed);
    expect(await venue.futures('GET', 'position/position_mode', {}, timed)).toMatchObject({
      success: false,
      code: 510,
    });
  });
});

describe('what the documentation leaves open', () => {
  test('an order may be absent for look-ups right after it was made, and is then found', async () => {
    const time = { nowMs: Date.now() };
    const venue = await openWith(
      { lookUpLagMs: 500 },
      { clock: { ...systemClock, nowMs: () => time.nowMs } },
    );
    const timed = () => ({ timestamp: time.nowMs });
    const made = await venue.spot('POST', 'order', BUY, timed());
    const query = async () =>
      (await venue.spot('GET', 'order', { symbol: 'BTCUSDT', orderId: made.body['orderId'] }, timed())).body;
    expect(await query()).toMatchObject({ code: -2013 });
    time.nowMs += 500;
    expect(await query()).toMatchObject({ status: 'NEW' });
  });

  test('the answer to a cancel may show the order as it was, or as it ended', async () => {
    for (const [cancelShowsEnd, status] of [
      [false, 'NEW'],
      [true, 'CANCELED'],
    ] as const) {
      const venue = await openWith({ cancelShowsEnd });
      const { body } = await buy(venue);
      const canceled = await venue.spot('DELETE', 'order', { symbol: 'BTCUSDT', orderId: body['orderId'] });
      expect(canceled.body).toMatchObject({ status });
    }
  });

  test('deals may come before the order that they fill', async () => {
    for (const [ordersBeforeDeals, names] of [
      [true, ['privateOrders', 'privateOrders', 'privateDeals']],
      [false, ['privateOrders', 'privateDeals', 'privateOrders']],
    ] as const) {
      const venue = await openWith({ ordersBeforeDeals });
      const stream = await follow(venue, `/ws?listenKey=${await listenKey(venue)}`);
      const params = ['spot@private.orders.v3.api.pb', 'spot@private.deals.v3.api.pb'];
      stream.send({ method: 'SUBSCRIPTION', params });
      await expect.poll(() => stream.texts).toHaveLength(1);
      await buy(venue, { type: 'MARKET', quantity: '0.001' });
      await expect
        .poll(() =>
          stream.frames.map((frame) => Object.keys(frame).find((name) => name.startsWith('private'))),
        )
        .toEqual(names);
    }
  });

  test('an order of contracts that never was may be no data, or refused', async () => {
    for (const [absentContractOrder, success] of [
      ['no_data', true],
      ['refused', false],
    ] as const) {
      const venue = await openWith({ absentContractOrder });
      const answer = await venue.futures('GET', 'order/external/BTC_USDT/nobody');
      expect(answer).toMatchObject({ success });
      expect(answer.data).toBeUndefined();
    }
  });

  test('a repeated external id may give back the first order', async () => {
    const venue = await openWith({ repeatedExternalId: 'first_order' });
    const create = async () =>
      dataOf(await venue.futures('POST', 'order/create', { ...CONTRACT_BUY, externalOid: 'one' }))['orderId'];
    expect(await create()).toBe(await create());
  });

  test('types that a symbol does not list may be refused', async () => {
    const venue = await openWith({ takesUnlistedTypes: false });
    expect((await buy(venue, { type: 'IMMEDIATE_OR_CANCEL' })).body).toMatchObject({ code: 30041 });
  });
});
