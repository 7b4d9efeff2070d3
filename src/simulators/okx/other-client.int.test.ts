/** The simulated OKX as an independent client library sees it: what ccxt reads leniently, another may not. */
import { WebsocketClient } from 'okx-api';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { Decimal, decimal } from '../../core/decimal.ts';
import type { Row } from '../testing/opened-venues.ts';
import { simulatedVenue, type SimulatedVenue } from './testing/simulated-venue.ts';

let venue: SimulatedVenue;
const sockets: WebsocketClient[] = [];

beforeAll(async () => {
  venue = await simulatedVenue({ limits: false });
  for (const symbol of ['BTC/USDT', 'BTC/USDT:USDT']) await venue.price(symbol, '60000');
  await venue.price('ETH/USDT:USDT', '2500');
});
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.closeAll(true);
});
afterAll(async () => {
  await venue.close();
});

type Channel = { readonly channel: string } & Record<string, string>;
type Reported = (channel: string, row: Row) => Promise<void>;

const SILENT = { trace: () => undefined, info: () => undefined, error: () => undefined };

function socketTo(path: string): WebsocketClient {
  const { wsUrl, key, secret, passphrase } = venue;
  const socket = new WebsocketClient(
    {
      ...(path === 'public'
        ? {}
        : { accounts: [{ apiKey: key, apiSecret: secret, apiPass: passphrase ?? '' }] }),
      wsUrl: `${wsUrl}/ws/v5/${path}`,
    },
    SILENT,
  );
  sockets.push(socket);
  socket.on('exception', () => undefined);
  return socket;
}

/** Subscribes, and gives the way to wait for a row of a channel. */
async function follow(path: string, channels: readonly Channel[]): Promise<Reported> {
  const socket = socketTo(path);
  const rows: { readonly channel: string; readonly row: Row }[] = [];
  const answered: Row[] = [];
  socket.on('response', (event) => answered.push(event as unknown as Row));
  socket.on('update', (event) => {
    const { arg, data } = event as unknown as { readonly arg: Channel; readonly data: readonly Row[] };
    for (const row of data) rows.push({ channel: arg.channel, row });
  });
  void socket.subscribe(channels as Parameters<typeof socket.subscribe>[0]);
  await expect
    .poll(() => answered.filter(({ event }) => event === 'subscribe').length, { timeout: 5_000 })
    .toBe(channels.length);
  return async (channel, row) => {
    await expect
      .poll(() => rows, { timeout: 5_000 })
      .toContainEqual({ channel, row: expect.objectContaining(row) });
  };
}

const followAccount = (): Promise<Reported> =>
  follow('private', [
    { channel: 'orders', instType: 'ANY' },
    { channel: 'account' },
    { channel: 'positions', instType: 'SWAP' },
  ]);

let ids = 0;
const newId = (): string => `other${Date.now().toString(36)}x${(ids += 1)}`;

async function usdt(): Promise<Decimal> {
  const [account] = await venue.client.getBalance({ ccy: 'USDT' });
  return decimal(account?.details[0]?.cashBal ?? '');
}

describe('reads', () => {
  test('the clock, instruments, books, trades, candles and figures of the day', async () => {
    const { client } = venue;
    const [time] = await client.getSystemTime({});
    expect(Math.abs(Number(time?.ts) - Date.now())).toBeLessThan(5_000);
    const [spot] = await client.getInstruments({ instType: 'SPOT', instId: 'BTC-USDT' });
    expect(spot).toMatchObject({ instId: 'BTC-USDT', state: 'live', baseCcy: 'BTC', minSz: '0.00001' });
    const [swap] = await client.getInstruments({ instType: 'SWAP', instId: 'BTC-USDT-SWAP' });
    expect(swap).toMatchObject({ ctVal: '0.01', ctValCcy: 'BTC', lotSz: '0.01', settleCcy: 'USDT' });
    for (const instId of ['BTC-USDT', 'BTC-USDT-SWAP']) {
      const [book] = await client.getOrderBook({ instId, sz: '5' });
      expect(Number(book?.bids[0]?.[0])).toBeLessThan(Number(book?.asks[0]?.[0]));
      expect(await client.getCandles({ instId, bar: '1m', limit: '3' })).toHaveLength(3);
      expect(await client.getTicker({ instId })).toMatchObject([{ instId }]);
      expect(Array.isArray(await client.getTrades({ instId }))).toBe(true);
    }
    const [funding] = await client.getFundingRate({ instId: 'BTC-USDT-SWAP' });
    expect(funding).toMatchObject({ fundingRate: '0.0001', instType: 'SWAP' });
  });

  test('the account, its key and its fees', async () => {
    const { client } = venue;
    expect(await client.getAccountConfiguration()).toMatchObject([
      { acctLv: '3', posMode: 'net_mode', perm: 'read_only,trade', autoLoan: false },
    ]);
    expect(await client.getFeeRates({ instType: 'SWAP' })).toMatchObject([
      { takerU: '-0.0005', makerU: '-0.0002' },
    ]);
  });
});

test('public streams: the best prices, the changes of a book, trades, tickers and candles', async () => {
  const instId = 'BTC-USDT-SWAP';
  const reported = await follow('public', [
    { channel: 'bbo-tbt', instId },
    { channel: 'books', instId },
    { channel: 'trades', instId },
    { channel: 'tickers', instId },
  ]);
  await reported('tickers', { instId, instType: 'SWAP' });
  const candles = await follow('business', [{ channel: 'candle1m', instId }]);
  void candles;
  const order = { instId, tdMode: 'cross', ordType: 'market', sz: '0.1' } as const;
  await venue.client.submitOrder({ ...order, side: 'buy' });
  await reported('trades', { instId, side: 'buy', sz: '0.1' });
  await reported('books', { checksum: 0 });
  await venue.client.submitOrder({ ...order, side: 'sell', reduceOnly: true });
  await reported('trades', { instId, side: 'sell', sz: '0.1' });
});

test('spot: an ordinary bot from its start to its end', async () => {
  const { client } = venue;
  const id = { buy: newId(), sell: newId(), maker: newId() };
  const common = { instId: 'BTC-USDT', tdMode: 'cross' } as const;
  const reported = await followAccount();
  const before = await usdt();

  // A purchase for an amount: acknowledged, then reported, then in the history, to the last digit.
  const [bought] = await client.submitOrder({
    ...common,
    side: 'buy',
    ordType: 'market',
    sz: '100',
    clOrdId: id.buy,
  });
  expect(bought).toMatchObject({ ordId: expect.stringMatching(/^\d{19}$/), clOrdId: id.buy, sCode: '0' });
  const ordId = bought?.ordId ?? '';
  await reported('orders', { ordId, state: 'partially_filled', feeCcy: 'BTC', execType: 'T' });
  await reported('orders', { ordId, state: 'filled', fillSz: '0', tradeId: '', sz: '100' });
  const fills = await client.getFills({ instType: 'SPOT', ordId });
  const cost = fills.reduce(
    (sum, { fillPx, fillSz }) => sum.add(decimal(fillPx).multiply(decimal(fillSz))),
    Decimal.zero,
  );
  expect(cost.atMost(decimal('100'))).toBe(true);
  expect(Number(fills[0]?.fee)).toBeLessThan(0);
  const bills: readonly Row[] = (await client.getBills({ instType: 'SPOT', ccy: 'USDT' })) as never;
  const moved = bills
    .filter((bill) => bill['ordId'] === ordId)
    .reduce((sum, bill) => sum.add(decimal(String(bill['balChg']))), Decimal.zero);
  expect((await usdt()).subtract(before).toString()).toBe(moved.toString());

  // An order that rests, is changed, is found by its own id, and is canceled.
  await client.submitOrder({
    ...common,
    side: 'sell',
    ordType: 'limit',
    sz: '0.001',
    px: '66000',
    clOrdId: id.sell,
  });
  expect(
    await client.amendOrder({ instId: 'BTC-USDT', clOrdId: id.sell, newPx: '67000', reqId: 'change1' }),
  ).toMatchObject([{ reqId: 'change1', sCode: '0' }]);
  await reported('orders', { clOrdId: id.sell, px: '67000', amendResult: '0', reqId: 'change1' });
  const open = await client.getOrderDetails({ instId: 'BTC-USDT', clOrdId: id.sell });
  expect(open).toMatchObject([{ state: 'live', px: '67000', ordType: 'limit', accFillSz: '0' }]);
  await client.cancelOrder({ instId: 'BTC-USDT', clOrdId: id.sell });
  await reported('orders', { clOrdId: id.sell, state: 'canceled', cancelSource: '1' });

  // One that the market comes to: it is maker.
  await client.submitOrder({
    ...common,
    side: 'buy',
    ordType: 'post_only',
    sz: '0.01',
    px: '59500',
    clOrdId: id.maker,
  });
  await venue.price('BTC/USDT', '59400');
  await reported('orders', { clOrdId: id.maker, state: 'filled', fillPx: '59500', execType: 'M' });
  await venue.price('BTC/USDT', '60000');
  expect(await client.getOrderHistory({ instType: 'SPOT', limit: '1' })).toMatchObject([
    { clOrdId: id.maker },
  ]);
});

test('swaps: an ordinary bot from its start to its end', async () => {
  const { client } = venue;
  const instId = 'BTC-USDT-SWAP';
  const id = { open: newId(), stop: newId(), target: newId(), close: newId() };
  const common = { instId, tdMode: 'cross' } as const;
  expect(await client.setLeverage({ instId, lever: '5', mgnMode: 'cross' })).toMatchObject([{ lever: '5' }]);
  const held = () => client.getPositions({ instType: 'SWAP' });
  const reported = await followAccount();
  const algos = await follow('business', [{ channel: 'orders-algo', instType: 'SWAP' }]);
  const before = await usdt();

  await client.submitOrder({ ...common, side: 'sell', ordType: 'market', sz: '2', clOrdId: id.open });
  await reported('orders', { clOrdId: id.open, state: 'filled', ordType: 'market' });
  expect(await held()).toMatchObject([{ instId, pos: '-2', posSide: 'net', lever: '5', mgnMode: 'cross' }]);
  await reported('positions', { instId, pos: '-2' });

  // A protective stop and a target; the price comes to the target, and the stop is canceled.
  const [stop] = await client.placeAlgoOrder({
    ...common,
    side: 'buy',
    ordType: 'conditional',
    sz: '2',
    slTriggerPx: '61500',
    slOrdPx: '-1',
    slTriggerPxType: 'mark',
    reduceOnly: true,
    algoClOrdId: id.stop,
  });
  const algoId = stop?.algoId ?? '';
  await algos('orders-algo', { algoId, algoClOrdId: id.stop, state: 'live', slTriggerPx: '61500' });
  await client.submitOrder({
    ...common,
    side: 'buy',
    ordType: 'post_only',
    sz: '1',
    px: '59450',
    reduceOnly: true,
    clOrdId: id.target,
  });
  await venue.price('BTC/USDT:USDT', '59400');
  await reported('orders', { clOrdId: id.target, state: 'filled', execType: 'M' });
  expect(await client.cancelAlgoOrder([{ instId, algoId }])).toMatchObject([{ algoId, sCode: '0' }]);
  await algos('orders-algo', { algoId, state: 'canceled' });

  // The rest is closed at the market; wallet and bills agree to the last digit.
  await client.submitOrder({
    ...common,
    side: 'buy',
    ordType: 'market',
    sz: '1',
    reduceOnly: true,
    clOrdId: id.close,
  });
  await reported('orders', { clOrdId: id.close, state: 'filled' });
  expect(await held()).toEqual([]);
  const bills: readonly Row[] = (await client.getBills({ instType: 'SWAP' })) as never;
  const moved = bills
    .filter(({ clOrdId }) => Object.values(id).includes(String(clOrdId)))
    .reduce((sum, { balChg }) => sum.add(decimal(String(balChg))), Decimal.zero);
  expect((await usdt()).subtract(before).toString()).toBe(moved.toString());
  await venue.price('BTC/USDT:USDT', '60000');
});

test('a stop that triggers makes an order of its own, which names it', async () => {
  const { client } = venue;
  const common = { instId: 'ETH-USDT-SWAP', tdMode: 'cross' } as const;
  const reported = await followAccount();
  await client.submitOrder({ ...common, side: 'buy', ordType: 'market', sz: '1' });
  const algoClOrdId = newId();
  const [stop] = await client.placeAlgoOrder({
    ...common,
    side: 'sell',
    ordType: 'conditional',
    sz: '1',
    slTriggerPx: '2480',
    slOrdPx: '-1',
    reduceOnly: true,
    algoClOrdId,
  });
  const algoId = stop?.algoId ?? '';
  await venue.price('ETH/USDT:USDT', '2470');
  await reported('orders', { algoId, algoClOrdId, clOrdId: '', source: '7', state: 'filled' });
  const [details] = await client.getAlgoOrderDetails({ algoId });
  expect(details).toMatchObject({ state: 'effective', ordId: expect.stringMatching(/^\d{19}$/) });
  await venue.price('ETH/USDT:USDT', '2500');
});

test('orders over WebSocket name their instrument by its number', async () => {
  const socket = socketTo('private');
  await socket.connectWSAPI();
  const instIdCode = 10_459;
  const clOrdId = newId();
  const order = { instIdCode, tdMode: 'cross', side: 'buy', ordType: 'limit', sz: '1', px: '59500', clOrdId };
  const send = (operation: string, parameters: object): Promise<unknown> =>
    socket.sendWSAPIRequest('prodPrivate', operation as 'order', parameters as never);
  expect(await send('order', order)).toMatchObject({ code: '0', data: [{ clOrdId, sCode: '0' }] });
  expect(await send('cancel-order', { instIdCode, clOrdId })).toMatchObject({ code: '0' });
  await expect(
    send('order', { ...order, instIdCode: undefined, instId: 'BTC-USDT-SWAP' }),
  ).rejects.toMatchObject({
    code: '50014',
    msg: 'Parameter instIdCode can not be empty.',
  });
});

test('a list answers for each of its orders', async () => {
  const order = { instId: 'BTC-USDT-SWAP', tdMode: 'cross', side: 'buy', ordType: 'limit', sz: '1' } as const;
  const clOrdId = newId();
  const list = [
    { ...order, px: '59500', clOrdId },
    { ...order, px: '59500', clOrdId },
    { ...order, px: '59500', sz: '0.005' },
  ];
  await expect(venue.client.submitMultipleOrders(list)).rejects.toMatchObject({
    code: '2',
    data: [
      { clOrdId, sCode: '0' },
      { ordId: '', sCode: '51016' },
      { ordId: '', sCode: '51020' },
    ],
  });
  const reference = { instId: 'BTC-USDT-SWAP', clOrdId };
  expect(await venue.client.cancelMultipleOrders([reference])).toMatchObject([{ clOrdId, sCode: '0' }]);
});

describe('refusals come with their codes', () => {
  const swap = { instId: 'BTC-USDT-SWAP', tdMode: 'cross', ordType: 'limit' } as const;
  const buy = { ...swap, side: 'buy', sz: '1', px: '59500' } as const;
  const spotBuy = { ...buy, instId: 'BTC-USDT', sz: '0.01' } as const;

  test.each([
    ['more than the account can pay', { ...buy, sz: '90000' }, '51008'],
    ['off the tick', { ...buy, px: '59500.05' }, '51150'],
    ['too small', { ...buy, sz: '0.001' }, '51020'],
    ['no multiple of the lot', { ...buy, sz: '1.001' }, '51121'],
    ['above the highest price', { ...buy, px: '61000' }, '51006'],
    ['a reduction of nothing', { ...buy, reduceOnly: true }, '51169'],
    ['a side of hedge mode', { ...buy, posSide: 'long' }, '51000'],
    ['a side on spot', { ...spotBuy, posSide: 'net' }, '51000'],
    ['spot without crossed margin', { ...spotBuy, tdMode: 'cash' }, '51000'],
    ['an id with a dash', { ...buy, clOrdId: 'not-alphanumeric' }, '51000'],
    ['no price', { ...swap, side: 'buy', sz: '1' }, '51204'],
    ['an instrument that is not there', { ...buy, instId: 'NOPE-USDT' }, '51001'],
    ['spot: more than the account can pay', { ...spotBuy, sz: '80' }, '51008'],
    ['spot: too little', { ...spotBuy, sz: '0.000001' }, '51020'],
  ] as const)('%s', async (_name, order, sCode) => {
    await expect(venue.client.submitOrder({ ...order })).rejects.toMatchObject({
      code: '1',
      data: [{ ordId: '', sCode }],
    });
  });

  test('an id that is taken, and again once its order is gone; an order that never was', async () => {
    const { client } = venue;
    const clOrdId = newId();
    const order = { ...buy, clOrdId };
    const reference = { instId: 'BTC-USDT-SWAP', clOrdId };
    const [first] = await client.submitOrder(order);
    await expect(client.submitOrder(order)).rejects.toMatchObject({ data: [{ sCode: '51016' }] });
    // The id is one of the account's, over spot and swaps.
    await expect(client.submitOrder({ ...spotBuy, clOrdId })).rejects.toMatchObject({
      data: [{ sCode: '51016' }],
    });
    await client.cancelOrder(reference);
    await expect(client.cancelOrder(reference)).rejects.toMatchObject({ data: [{ sCode: '51400' }] });
    const [second] = await client.submitOrder(order);
    expect(second?.ordId).not.toBe(first?.ordId);
    expect(await client.getOrderDetails(reference)).toMatchObject([{ ordId: second?.ordId }]);
    await client.cancelOrder(reference);
    await expect(client.getOrderDetails({ ...reference, clOrdId: newId() })).rejects.toMatchObject({
      code: '51603',
      data: [],
    });
  });
});

test('long/short mode: two sides of one swap', async () => {
  const { client } = venue;
  const instId = 'ETH-USDT-SWAP';
  await client.setPositionMode({ posMode: 'long_short_mode' });
  await client.setPositionMode({ posMode: 'long_short_mode' });
  const send = async (side: 'buy' | 'sell', posSide: 'long' | 'short'): Promise<void> => {
    await client.submitOrder({ instId, tdMode: 'cross', ordType: 'market', sz: '1', side, posSide });
  };
  await send('buy', 'long');
  await send('sell', 'short');
  const sides = await client.getPositions({ instType: 'SWAP', instId });
  expect(sides.map(({ posSide, pos }) => [posSide, pos])).toEqual([
    ['long', '1'],
    ['short', '1'],
  ]);
  await expect(client.setPositionMode({ posMode: 'net_mode' })).rejects.toMatchObject({ code: '59000' });
  await send('sell', 'long');
  await send('buy', 'short');
  const fills = await client.getFills({ instType: 'SWAP', instId, limit: '4' });
  expect(fills.map((fill) => (fill as unknown as Row)['subType'])).toEqual(['6', '5', '4', '3']);
  await client.setPositionMode({ posMode: 'net_mode' });
});
