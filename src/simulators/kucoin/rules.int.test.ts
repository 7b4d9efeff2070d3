/** KuCoin's rules around every request and order: what a careless simulation of it gets wrong. */
import { beforeAll, describe, expect, test } from 'vitest';
import { openedVenues, type Row } from '../testing/opened-venues.ts';
import { kucoinProtocolWith } from './protocol.ts';
import {
  signedRequest,
  simulatedVenue,
  type Answer,
  type SimulatedVenue,
} from './testing/simulated-venue.ts';
import { STRICTEST, type UndecidedBehaviour } from './undecided.ts';

const { open, connect } = openedVenues(simulatedVenue);

const openWith = (undecided: Partial<UndecidedBehaviour>): Promise<SimulatedVenue> =>
  open({ protocols: [kucoinProtocolWith({ ...STRICTEST, ...undecided })] });

let ids = 0;
const newId = (): string => `rules-${Date.now().toString(36)}_${(ids += 1)}`;

const SYMBOL = 'BTC-USDT';
const CONTRACT = 'XBTUSDTM';
const SPOT = { symbol: SYMBOL, type: 'limit', side: 'buy', size: '0.01', price: '59500' } as const;
const FUTURES = {
  symbol: CONTRACT,
  type: 'limit',
  side: 'buy',
  size: 10,
  price: '59500',
  marginMode: 'CROSS',
} as const;

const place = (venue: SimulatedVenue, change: object = {}) =>
  venue.raw('POST', 'v1/hf/orders', { clientOid: newId(), ...SPOT, ...change });
const placeFutures = (venue: SimulatedVenue, change: object = {}) =>
  venue.raw('POST', 'v1/orders', { clientOid: newId(), ...FUTURES, ...change });
const rowOf = ({ data }: Answer): Row => data as Row;
const idOf = (answer: Answer): string => String(rowOf(answer)['orderId']);
const order = (venue: SimulatedVenue, id: string) =>
  venue.raw('GET', `v1/hf/orders/${id}`, { symbol: SYMBOL });
const itemsOf = (answer: Answer): readonly Row[] => rowOf(answer)['items'] as readonly Row[];

describe('signatures and time', () => {
  let venue: SimulatedVenue;
  beforeAll(async () => {
    venue = await open();
  });
  const read = (change: Parameters<SimulatedVenue['raw']>[3] = {}) =>
    venue.raw('GET', 'v1/accounts', { currency: 'BTC', type: 'trade' }, change);

  test('an ordinary request is answered', async () => {
    expect(await read()).toMatchObject({
      status: 200,
      code: '200000',
      data: [{ currency: 'BTC', type: 'trade' }],
    });
  });

  test.each([
    ['another secret', { signature: 'f'.repeat(44) }, '400005'],
    ['an unknown key', { key: '0'.repeat(24) }, '400003'],
    ['another passphrase', { passphrase: 'wrong' }, '400004'],
    ['no headers at all', { unsigned: true }, '400001'],
    ['a version that is not there', { version: '9' }, '400009'],
    ['a time of yesterday', { timestamp: Date.now() - 86_400_000 }, '400002'],
  ] as const)('%s is refused', async (_name, change, code) => {
    expect(await read(change)).toMatchObject({ status: 401, code });
  });

  test('a timestamp may lie five seconds from the server’s time, and no further', async () => {
    for (const [shiftMs, code] of [
      [-4_000, '200000'],
      [-6_000, '400002'],
      [4_000, '200000'],
      [6_000, '400002'],
    ] as const)
      expect(await read({ timestamp: Date.now() + shiftMs })).toMatchObject({ code });
  });

  test('a body that was changed on its way makes nothing', async () => {
    expect(await venue.raw('POST', 'v1/hf/orders', SPOT, { signature: 'f'.repeat(44) })).toMatchObject({
      code: '400005',
    });
    expect(itemsOf(await venue.raw('GET', 'v1/hf/orders/active/page', { symbol: SYMBOL }))).toEqual([]);
  });

  test('a key that may not trade reads, and makes no order', async () => {
    const account = (await venue.control('POST', 'accounts', {
      permissions: { trade: false, withdraw: true },
    })) as { readonly key: string; readonly secret: string; readonly passphrase: string };
    const signer = { restUrl: venue.restUrl, ...account };
    expect(await signedRequest(signer, 'GET', 'v1/user/api-key', {})).toMatchObject({
      data: { permission: 'General,Transfer' },
    });
    expect(await signedRequest(signer, 'POST', 'v1/hf/orders', SPOT)).toMatchObject({
      status: 403,
      code: '400007',
    });
  });

  test('allowMaxTimeWindow: an order that comes after it is not made', async () => {
    const late = await place(venue, { clientTimestamp: Date.now() - 2_000, allowMaxTimeWindow: 1_000 });
    expect(late).toMatchObject({ status: 200, code: '400100' });
    const made = await place(venue, { clientTimestamp: Date.now(), allowMaxTimeWindow: 5_000 });
    expect(made).toMatchObject({ code: '200000' });
  });
});

describe('spot orders', () => {
  let venue: SimulatedVenue;
  beforeAll(async () => {
    venue = await open();
  });

  test('an answer holds ids alone; that of the synchronous endpoint says what was matched', async () => {
    const clientOid = newId();
    const made = await place(venue, { clientOid });
    expect(made.data).toEqual({ orderId: expect.stringMatching(/^[0-9a-f]{24}$/), clientOid });
    const sync = await venue.raw('POST', 'v1/hf/orders/sync', {
      ...SPOT,
      clientOid: newId(),
      type: 'market',
      size: '0.001',
    });
    expect(sync.data).toMatchObject({
      dealSize: '0.001',
      remainSize: '0',
      canceledSize: '0',
      status: 'done',
    });
  });

  test('there is no status: three flags and the sizes together say it', async () => {
    const id = idOf(await place(venue));
    const states = async (): Promise<unknown> => (await order(venue, id)).data;
    expect(await states()).not.toHaveProperty('status');
    expect(await states()).toMatchObject({
      active: true,
      inOrderBook: true,
      cancelExist: false,
      dealSize: '0',
    });
    expect(await venue.raw('DELETE', `v1/hf/orders/${id}`, { symbol: SYMBOL })).toMatchObject({
      data: { orderId: id },
    });
    expect(await states()).toMatchObject({
      active: false,
      inOrderBook: false,
      cancelExist: true,
      cancelledSize: '0.01',
      remainSize: '0',
    });
  });

  test('a look-up needs the pair, and an order that is not there is a text below a common code', async () => {
    expect(await venue.raw('GET', 'v1/hf/orders/670fd0000000000000000009')).toMatchObject({ code: '400100' });
    for (const path of ['670fd0000000000000000009', 'client-order/nobody'])
      expect(await venue.raw('GET', `v1/hf/orders/${path}`, { symbol: SYMBOL })).toMatchObject({
        status: 200,
        code: '400100',
        msg: 'order not exist.',
      });
  });

  test.each([
    ['code', { code: '102436' }],
    ['nothing', { code: '200000', data: null }],
  ] as const)('an absent order may be a %s', async (absentSpotOrder, answer) => {
    const other = await openWith({ absentSpotOrder });
    expect(await order(other, '670fd0000000000000000009')).toMatchObject(answer);
  });

  test('a client id of a working order is refused, one of an order that is done makes another order', async () => {
    const clientOid = newId();
    const first = idOf(await place(venue, { clientOid }));
    expect(await place(venue, { clientOid })).toMatchObject({ status: 200, code: '102426' });
    await venue.raw('DELETE', `v1/hf/orders/${first}`, { symbol: SYMBOL });
    const second = idOf(await place(venue, { clientOid }));
    expect(second).not.toBe(first);
    const found = await venue.raw('GET', `v1/hf/orders/client-order/${clientOid}`, { symbol: SYMBOL });
    expect(found.data).toMatchObject({ id: second });
  });

  test('… or is refused for ever, or never', async () => {
    for (const [duplicateIdWhile, code] of [
      ['ever', '102426'],
      ['never', '200000'],
    ] as const) {
      const other = await openWith({ duplicateIdWhile });
      const clientOid = newId();
      const first = idOf(await place(other, { clientOid }));
      await other.raw('DELETE', `v1/hf/orders/${first}`, { symbol: SYMBOL });
      expect(await place(other, { clientOid })).toMatchObject({ code });
    }
  });

  test('a cancel of an order that is done is a text below a common code, and may be taken all the same', async () => {
    const id = idOf(await place(venue, { type: 'market', size: '0.001' }));
    expect(await venue.raw('DELETE', `v1/hf/orders/${id}`, { symbol: SYMBOL })).toMatchObject({
      code: '400100',
      msg: 'order_not_exist_or_not_allow_to_cancel',
    });
    const other = await openWith({ cancelTakenAfterFillMs: 60_000 });
    const filled = idOf(await place(other, { type: 'market', size: '0.001' }));
    expect(await other.raw('DELETE', `v1/hf/orders/${filled}`, { symbol: SYMBOL })).toMatchObject({
      code: '200000',
      data: { orderId: filled },
    });
    expect((await order(other, filled)).data).toMatchObject({ cancelExist: false, dealSize: '0.001' });
  });

  test('the fee of a purchase is taken in quote, and what was bought comes whole', async () => {
    const base = async (): Promise<unknown> =>
      (await venue.raw('GET', 'v1/accounts', { currency: 'BTC', type: 'trade' })).data;
    const before = Number(((await base()) as Row[])[0]?.['balance']);
    const id = idOf(await place(venue, { type: 'market', size: '0.001' }));
    const [fill] = itemsOf(await venue.raw('GET', 'v1/hf/fills', { symbol: SYMBOL, orderId: id }));
    expect(fill).toMatchObject({ feeCurrency: 'USDT', size: '0.001', liquidity: 'taker' });
    expect(Number(((await base()) as Row[])[0]?.['balance']) - before).toBeCloseTo(0.001, 9);
    expect(Number(fill?.['fee'])).toBeCloseTo(Number(fill?.['funds']) * 0.001, 9);
  });

  test('trade ids are numbers beyond what a double holds', async () => {
    const id = idOf(await place(venue, { type: 'market', size: '0.001' }));
    const { text } = await venue.raw('GET', 'v1/hf/fills', { symbol: SYMBOL, orderId: id });
    expect(text).toMatch(/"tradeId":1\d{16}[,}]/);
  });

  test('post-only that would take is taken, and canceled by the engine', async () => {
    const id = idOf(await place(venue, { price: '60500', postOnly: true }));
    expect((await order(venue, id)).data).toMatchObject({ active: false, cancelExist: true, dealSize: '0' });
  });

  test.each([
    ['off the tick', { price: '59500.01' }, '600100'],
    ['off the step', { size: '0.0100000001' }, '600100'],
    ['below the least worth', { size: '0.00001', price: '5000' }, '600101'],
    ['a price far above the last', { price: '70000' }, '400370'],
    ['a price far below the last, of a sale', { side: 'sell', price: '50000' }, '400760'],
    ['more than is there', { size: '1000' }, '200004'],
    ['no size', { size: '' }, '400100'],
    ['a pair that is not listed', { symbol: 'NOPE-USDT' }, '900001'],
    ['a client id with a dot', { clientOid: 'a.b' }, '400100'],
    ['a client id of 41 characters', { clientOid: 'a'.repeat(41) }, '400100'],
  ] as const)('%s is refused with HTTP 200', async (_name, change, code) => {
    expect(await place(venue, change)).toMatchObject({ status: 200, code });
  });

  test('a list states success and failure of each of its orders, and takes limit orders alone', async () => {
    const list = await venue.raw('POST', 'v1/hf/orders/multi', {
      orderList: [
        { ...SPOT, clientOid: newId() },
        { ...SPOT, clientOid: newId(), size: '1000' },
        { ...SPOT, clientOid: newId(), type: 'market' },
      ],
    });
    expect(list).toMatchObject({
      code: '200000',
      data: [
        { success: true, orderId: expect.any(String) },
        { success: false, failMsg: 'Balance insufficient!' },
        { success: false },
      ],
    });
  });

  test('an order that is changed is another one, under another id', async () => {
    const id = idOf(await place(venue));
    const altered = await venue.raw('POST', 'v1/hf/orders/alter', {
      symbol: SYMBOL,
      orderId: id,
      newPrice: '59400',
    });
    const { newOrderId } = rowOf(altered);
    expect(newOrderId).not.toBe(id);
    expect((await order(venue, id)).data).toMatchObject({ active: false, cancelExist: true });
    expect((await order(venue, String(newOrderId))).data).toMatchObject({ active: true, price: '59400' });
  });

  test('cancel-all is of a pair, or of all with a word on each pair', async () => {
    await place(venue);
    expect(await venue.raw('DELETE', 'v1/hf/orders', { symbol: SYMBOL })).toMatchObject({ data: 'success' });
    await place(venue);
    expect(await venue.raw('DELETE', 'v1/hf/orders/cancelAll')).toMatchObject({
      data: { succeedSymbols: [SYMBOL], failedSymbols: [] },
    });
  });

  test('lists of more than a week are cut without a word', async () => {
    const startAt = Date.now() - 30 * 86_400_000;
    const answer = await venue.raw('GET', 'v1/hf/orders/done', {
      symbol: SYMBOL,
      startAt,
      endAt: startAt + 29 * 86_400_000,
    });
    expect(answer).toMatchObject({ code: '200000', data: { items: [] } });
  });
});

test('the countdown cancels the orders of its pairs when it is not wound up', async () => {
  const venue = await open();
  const id = idOf(await place(venue));
  const set = (change: object) => venue.raw('POST', 'v1/hf/orders/dead-cancel-all', change);
  expect(await set({ timeout: 4 })).toMatchObject({ code: '400100' });
  expect(await set({ timeout: 5, symbols: 'ETH-USDT' })).toMatchObject({ code: '200000' });
  expect(await venue.raw('GET', 'v1/hf/orders/dead-cancel-all/query')).toMatchObject({
    data: { timeout: 5, symbols: 'ETH-USDT' },
  });
  expect(await set({ timeout: 5 })).toMatchObject({ code: '200000' });
  await expect
    .poll(async () => (await order(venue, id)).data, { timeout: 15_000, interval: 250 })
    .toMatchObject({ active: false, cancelExist: true });
  expect(await venue.raw('GET', 'v1/hf/orders/dead-cancel-all/query')).toMatchObject({ data: null });
});

describe('futures', () => {
  let venue: SimulatedVenue;
  beforeAll(async () => {
    venue = await open();
  });
  const found = async (id: string): Promise<unknown> => (await venue.raw('GET', `v1/orders/${id}`)).data;

  test('bitcoin is XBT, and a lot a thousandth of it', async () => {
    const { data } = await venue.raw('GET', `v1/contracts/${CONTRACT}`);
    expect(data).toMatchObject({
      baseCurrency: 'XBT',
      multiplier: 0.001,
      lotSize: 1,
      tickSize: 0.1,
      isInverse: false,
    });
    const id = idOf(await placeFutures(venue));
    expect(await found(id)).toMatchObject({
      size: 10,
      value: '595',
      status: 'open',
      isActive: true,
      cancelExist: false,
    });
    expect(await venue.raw('DELETE', `v1/orders/${id}`)).toMatchObject({ data: { cancelledOrderIds: [id] } });
    expect(await found(id)).toMatchObject({ status: 'done', isActive: false, cancelExist: true });
    expect(await venue.raw('DELETE', `v1/orders/${id}`)).toMatchObject({ status: 200, code: '100004' });
  });

  test('sizes come as lots, base or quote', async () => {
    const { size: _size, ...unsized } = FUTURES;
    for (const [sized, size] of [
      [{ qty: '0.0105' }, 10],
      [{ valueQty: '640' }, 10],
    ] as const) {
      const id = idOf(await venue.raw('POST', 'v1/orders', { ...unsized, ...sized, clientOid: newId() }));
      expect(await found(id)).toMatchObject({ size });
      await venue.raw('DELETE', `v1/orders/${id}`);
    }
  });

  test('an order in the other margin mode is refused: the mode that it does not name is isolated', async () => {
    const { marginMode: _mode, ...unnamed } = FUTURES;
    expect(await venue.raw('POST', 'v1/orders', { ...unnamed, clientOid: newId() })).toMatchObject({
      code: '330005',
    });
    expect(await placeFutures(venue, { marginMode: 'ISOLATED' })).toMatchObject({ code: '330005' });
  });

  test.each([
    ['a client id of a working order', { clientOid: 'twice' }, '300018'],
    ['half a lot', { size: '0.5' }, '100001'],
    ['a price off the tick', { price: '59500.05' }, '100001'],
    ['a price above the limit', { price: '64000' }, '300011'],
    ['more than the margin bears', { size: 1_000_000 }, '300003'],
    ['to reduce what is not there', { reduceOnly: true, side: 'sell', price: '60500' }, '300009'],
    ['to close what is not there', { closeOrder: true, type: 'market' }, '300009'],
    ['a side of a position in one-way mode', { positionSide: 'LONG' }, '330011'],
    ['a contract that is not listed', { symbol: 'NOPEUSDTM' }, '100003'],
    ['no client id', { clientOid: '' }, '400100'],
    ['fill or kill', { timeInForce: 'FOK' }, '400100'],
  ] as const)('%s is refused with HTTP 200', async (_name, change, code) => {
    await placeFutures(venue, { clientOid: 'twice' });
    expect(await placeFutures(venue, change)).toMatchObject({ status: 200, code });
    await venue.raw('DELETE', 'v3/orders', { symbol: CONTRACT });
  });

  test('an order that is not there has a code and text of its own', async () => {
    expect(await venue.raw('GET', 'v1/orders/247899236673269761')).toMatchObject({
      code: '100001',
      msg: 'error.getOrder.orderNotExist',
    });
    expect(await venue.raw('GET', 'v1/orders/byClientOid', { clientOid: 'nobody' })).toMatchObject({
      code: '100001',
    });
  });

  test('fees, positions and the wallet are of futures alone', async () => {
    const spot = (await venue.raw('GET', 'v1/accounts', { currency: 'USDT', type: 'trade' })).data;
    const id = idOf(await placeFutures(venue, { type: 'market', size: 100 }));
    const [fill] = (await venue.raw('GET', 'v1/recentFills', { symbol: CONTRACT })).data as Row[];
    expect(fill).toMatchObject({
      orderId: id,
      feeCurrency: 'USDT',
      liquidity: 'taker',
      openFeePay: fill?.['fee'],
    });
    expect((await venue.raw('GET', 'v1/positions')).data).toMatchObject([
      { symbol: CONTRACT, currentQty: 100, isOpen: true, marginMode: 'CROSS', positionSide: 'BOTH' },
    ]);
    expect((await venue.raw('GET', 'v1/accounts', { currency: 'USDT', type: 'trade' })).data).toEqual(spot);
    const { data } = await venue.raw('GET', 'v1/account-overview', { currency: 'USDT' });
    expect(Number((data as Row)['accountEquity'])).toBeGreaterThan(0);
    expect(await venue.raw('POST', 'v2/position/switchPositionMode', { positionMode: 1 })).toMatchObject({
      code: '330012',
    });
    expect(await placeFutures(venue, { closeOrder: true, type: 'market' })).toMatchObject({ code: '200000' });
    expect((await venue.raw('GET', 'v1/positions')).data).toEqual([]);
    expect(itemsOf(await venue.raw('GET', 'v1/history-positions'))).toMatchObject([
      { symbol: CONTRACT, side: 'LONG' },
    ]);
  });

  test('stops wait in a list of their own, under the id that they keep, and all-orders leaves them', async () => {
    const stop = idOf(
      await placeFutures(venue, {
        type: 'market',
        side: 'sell',
        stop: 'down',
        stopPrice: '55000',
        stopPriceType: 'TP',
      }),
    );
    await venue.raw('DELETE', 'v3/orders', { symbol: CONTRACT });
    expect(itemsOf(await venue.raw('GET', 'v1/orders', { status: 'active' }))).toEqual([]);
    expect(itemsOf(await venue.raw('GET', 'v1/stopOrders'))).toMatchObject([
      { id: stop, stop: 'down', stopTriggered: false },
    ]);
    expect(await venue.raw('DELETE', 'v1/stopOrders', { symbol: CONTRACT })).toMatchObject({
      data: { cancelledOrderIds: [stop] },
    });
  });

  test('a list states a code of each of its orders', async () => {
    const list = await venue.raw('POST', 'v1/orders/multi', [
      { ...FUTURES, clientOid: newId() },
      { ...FUTURES, clientOid: newId(), price: '64000' },
    ]);
    expect(list.data).toMatchObject([{ code: '200000', msg: 'success' }, { code: '300011' }]);
  });
});

describe('sockets', () => {
  interface Followed {
    readonly messages: Row[];
    readonly send: (message: object) => void;
    readonly closed: () => boolean;
    readonly data: (topic: string) => readonly Row[];
  }

  async function connected(
    venue: SimulatedVenue,
    kind: 'public' | 'private',
    token?: string,
  ): Promise<Followed> {
    const bullet = rowOf(await venue.raw('POST', `v1/bullet-${kind}`));
    const [server] = bullet['instanceServers'] as readonly Row[];
    expect(server).toMatchObject({ protocol: 'websocket', pingInterval: 18_000, pingTimeout: 10_000 });
    const query = new URLSearchParams({ token: token ?? String(bullet['token']), connectId: 'one' });
    const connection = await connect(`${String(server?.['endpoint'])}?${query.toString()}`);
    const { messages } = connection;
    return {
      ...connection,
      data: (topic) =>
        messages.filter((message) => message['topic'] === topic).map(({ data }) => data as Row),
    };
  }

  const subscribe = (topic: string, more: Row = {}): Row => ({
    id: topic,
    type: 'subscribe',
    topic,
    response: true,
    ...more,
  });

  test('welcome, then an answer to each subscription that asks for one, and to pings', async () => {
    const venue = await open();
    const followed = await connected(venue, 'private');
    followed.send(subscribe('/spotMarket/tradeOrdersV2'));
    followed.send(subscribe('/market/ticker:BTC-USDT,ETH-USDT', { response: false }));
    followed.send({ id: 'p', type: 'ping' });
    await expect
      .poll(() => followed.messages.filter(({ type }) => type !== 'message'))
      .toMatchObject([
        { id: 'one', type: 'welcome' },
        { id: '/spotMarket/tradeOrdersV2', type: 'ack' },
        { id: 'p', type: 'pong' },
      ]);
  });

  test('a token that was never given opens nothing', async () => {
    const followed = await connected(await open(), 'public', 'nobody');
    await expect.poll(followed.closed).toBe(true);
    expect(followed.messages).toMatchObject([{ type: 'error', code: 401 }]);
  });

  test('a private topic needs a private token, and a connection is of spot or of futures', async () => {
    const venue = await open();
    const followed = await connected(venue, 'public');
    followed.send(subscribe('/spotMarket/tradeOrdersV2'));
    followed.send(subscribe('/market/nothing:BTC-USDT'));
    followed.send(subscribe('/contractMarket/tickerV2:XBTUSDTM'));
    await expect
      .poll(() => followed.messages.slice(1))
      .toMatchObject([
        { type: 'error', code: 403 },
        { type: 'error', code: 404 },
        { type: 'error', code: 404 },
      ]);
  });

  test('an order is received, opened, matched and filled; its matches have ids and no fee', async () => {
    const venue = await open();
    const followed = await connected(venue, 'private');
    followed.send(subscribe('/spotMarket/tradeOrdersV2'));
    followed.send(subscribe('/account/balance'));
    await expect.poll(() => followed.messages.length).toBe(3);
    const clientOid = newId();
    await place(venue, { clientOid });
    await venue.price('BTC/USDT', '59400');
    const rows = (): readonly Row[] => followed.data('/spotMarket/tradeOrdersV2');
    await expect.poll(rows).toMatchObject([
      { type: 'received', status: 'new', clientOid },
      { type: 'open', status: 'open', remainSize: '0.01' },
      {
        type: 'match',
        liquidity: 'maker',
        matchPrice: '59500',
        matchSize: '0.01',
        tradeId: expect.any(String),
      },
      { type: 'filled', status: 'done', filledSize: '0.01', remainSize: '0' },
    ]);
    expect(Object.keys(rows()[2] ?? {})).not.toContain('fee');
    expect(followed.data('/account/balance')[0]).toMatchObject({
      currency: 'USDT',
      relationEvent: 'trade.hold',
      // 595 and the fee of a maker on top of it.
      availableChange: '-595.595',
      holdChange: '595.595',
    });
  });

  test('futures: orders, the position and the wallet, in the order of the changes', async () => {
    const venue = await open();
    const followed = await connected(venue, 'private');
    for (const topic of ['/contractMarket/tradeOrders', '/contract/positionAll', '/contractAccount/wallet'])
      followed.send(subscribe(topic));
    await expect.poll(() => followed.messages.length).toBe(4);
    await placeFutures(venue, { type: 'market', size: 5 });
    await expect
      .poll(() => followed.messages.slice(4))
      .toMatchObject([
        {
          topic: '/contractMarket/tradeOrders:XBTUSDTM',
          subject: 'symbolOrderChange',
          data: { type: 'match', matchSize: '5' },
        },
        { data: { type: 'filled', status: 'done', filledSize: '5' } },
        { topic: '/contract/position:XBTUSDTM', subject: 'position.change', data: { currentQty: 5 } },
        { topic: '/contractAccount/wallet', subject: 'walletBalance.change', data: { currency: 'USDT' } },
      ]);
  });
});
