/** The simulated Bitget as an independent client library sees it: what ccxt reads leniently, another may not. */
import { WebsocketAPIClient, WebsocketClientV3 } from 'bitget-api';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { Decimal, decimal } from '../../core/decimal.ts';
import type { Row } from '../testing/opened-venues.ts';
import { simulatedVenue, type SimulatedVenue } from './testing/simulated-venue.ts';

let venue: SimulatedVenue;
const sockets: WebsocketClientV3[] = [];

beforeAll(async () => {
  venue = await simulatedVenue({ limits: false });
  for (const symbol of ['BTC/USDT', 'BTC/USDT:USDT']) await venue.price(symbol, '60000');
  for (const symbol of ['ETH/USDT', 'ETH/USDT:USDT']) await venue.price(symbol, '2500');
});
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.closeAll(true);
});
afterAll(async () => {
  await venue.close();
});

const SILENT = { trace: () => undefined, info: () => undefined, error: () => undefined };
const [SPOT, FUTURES] = ['SPOT', 'USDT-FUTURES'] as const;
type Reported = (topic: string, row: Row) => Promise<void>;

function options(path: 'public' | 'private') {
  const { wsUrl, key, secret, passphrase } = venue;
  return {
    apiKey: key,
    apiSecret: secret,
    apiPass: passphrase ?? '',
    wsUrl: `${wsUrl}/v3/ws/${path}`,
  };
}

/** Subscribes, and gives the way to wait for a row of a topic. */
async function follow(
  path: 'public' | 'private',
  topics: readonly { readonly topic: string; readonly payload: Row }[],
): Promise<Reported> {
  const socket = new WebsocketClientV3(options(path), SILENT);
  sockets.push(socket);
  const rows: { readonly topic: string; readonly row: Row }[] = [];
  const answered: Row[] = [];
  socket.on('exception', () => undefined);
  socket.on('response', (event) => answered.push(event as unknown as Row));
  socket.on('update', (event) => {
    const { arg, data } = event as unknown as { readonly arg: Row; readonly data: readonly Row[] };
    for (const row of data) rows.push({ topic: String(arg['topic']), row });
  });
  void socket.subscribe(topics as never, path === 'public' ? 'v3Public' : 'v3Private');
  await expect
    .poll(() => answered.filter(({ event }) => event === 'subscribe').length, { timeout: 5_000 })
    .toBe(topics.length);
  return async (topic, row) => {
    await expect
      .poll(() => rows, { timeout: 5_000 })
      .toContainEqual({ topic, row: expect.objectContaining(row) });
  };
}

const followAccount = (): Promise<Reported> =>
  follow(
    'private',
    ['order', 'fill', 'position', 'account'].map((topic) => ({ topic, payload: { instType: 'UTA' } })),
  );

let ids = 0;
const newId = (): string => `other-${Date.now().toString(36)}.${(ids += 1)}`;

async function coin(name: string): Promise<Decimal> {
  const { data } = await venue.client.getBalances();
  const found = data.assets.find((asset) => asset.coin === name);
  return decimal(found?.balance ?? '0');
}

/** The sum of the amounts of the records of a coin since a moment, so the movement of its balance. */
async function moved(category: typeof SPOT | typeof FUTURES, name: string, since: number): Promise<Decimal> {
  const { data } = await venue.client.getFinancialRecords({ category, coin: name, limit: '100' });
  return data.list
    .filter(({ ts }) => Number(ts) >= since)
    .reduce((sum, { amount, fee }) => sum.add(decimal(amount)).add(decimal(fee)), Decimal.zero);
}

describe('reads', () => {
  test('the clock, instruments, books, trades, candles and figures of the day', async () => {
    const { client } = venue;
    const time = await client.getServerTime();
    expect(time).toMatchObject({ code: '00000', msg: 'success', requestTime: expect.any(Number) });
    expect(Math.abs(Number(time.data.serverTime) - Date.now())).toBeLessThan(5_000);
    const spot = await client.getInstruments({ category: SPOT, symbol: 'BTCUSDT' });
    expect(spot.data).toMatchObject([{ baseCoin: 'BTC', pricePrecision: '2', minOrderAmount: '1' }]);
    const perpetual = await client.getInstruments({ category: FUTURES, symbol: 'BTCUSDT' });
    expect(perpetual.data).toMatchObject([{ priceMultiplier: '0.1', type: 'perpetual', maxLeverage: '150' }]);
    expect((await client.getInstruments({ category: 'COIN-FUTURES' })).data).toEqual([]);
    for (const category of [SPOT, FUTURES]) {
      const common = { category, symbol: 'BTCUSDT' } as const;
      const { data: book } = await client.getOrderBook({ ...common, limit: '5' });
      expect(Number(book.b[0]?.[0])).toBeLessThan(Number(book.a[0]?.[0]));
      const candles = await client.getCandles({ ...common, interval: '1m', limit: '3' });
      expect(candles.data).toHaveLength(3);
      expect((await client.getTickers(common)).data).toMatchObject([{ symbol: 'BTCUSDT', category }]);
      expect(Array.isArray((await client.getFills(common)).data)).toBe(true);
    }
    const funding = await client.getCurrentFundingRate({ symbol: 'BTCUSDT' });
    expect(funding.data).toMatchObject([{ fundingRate: '0.0001', fundingRateInterval: '8' }]);
  });

  test('the account, its key and its fees', async () => {
    const { client } = venue;
    expect((await client.getAccountSettings()).data).toMatchObject({
      accountMode: 'unified',
      holdMode: 'one_way_mode',
    });
    expect((await client.getAccountInfo()).data).toMatchObject({
      permType: 'read-and-write',
      permissions: ['uta_mgt', 'uta_trade'],
    });
    expect((await client.getFeeRate({ symbol: 'BTCUSDT', category: FUTURES })).data).toEqual({
      makerFeeRate: '0.0002',
      takerFeeRate: '0.0006',
    });
  });
});

test('public streams: the best prices, the changes of a book, trades, tickers and candles', async () => {
  const payload = { instType: 'usdt-futures', symbol: 'BTCUSDT' };
  const reported = await follow('public', [
    { topic: 'books1', payload },
    { topic: 'books', payload },
    { topic: 'publicTrade', payload },
    { topic: 'ticker', payload },
    { topic: 'kline', payload: { ...payload, interval: '1m' } },
  ]);
  await reported('ticker', { lastPrice: '60000', markPrice: '60000' });
  await reported('books', { pseq: 0, maxDepth: '200' });
  await reported('kline', { close: '60000' });
  const order = { category: FUTURES, symbol: 'BTCUSDT', orderType: 'market', qty: '0.01' } as const;
  await venue.client.submitNewOrder({ ...order, side: 'buy' });
  await reported('publicTrade', { S: 'buy', v: '0.01', isRPI: 'no' });
  await venue.client.submitNewOrder({ ...order, side: 'sell', reduceOnly: 'yes' });
  await reported('publicTrade', { S: 'sell', v: '0.01' });
});

test('spot: an ordinary bot from its start to its end', async () => {
  const { client } = venue;
  const id = { buy: newId(), sell: newId(), maker: newId() };
  const common = { category: SPOT, symbol: 'BTCUSDT' } as const;
  const reported = await followAccount();
  const [before, since] = [await coin('USDT'), Date.now()];

  // A purchase for an amount: acknowledged, then reported, then in the history, to the last digit.
  const bought = await client.submitNewOrder({
    ...common,
    side: 'buy',
    orderType: 'market',
    qty: '100',
    clientOid: id.buy,
  });
  expect(bought.data).toEqual({ orderId: expect.stringMatching(/^\d{19}$/), clientOid: id.buy });
  const { orderId } = bought.data;
  await reported('order', { orderId, orderStatus: 'filled', amount: '100', qty: '0', category: 'spot' });
  await reported('fill', { orderId, tradeScope: 'taker', holdSide: '' });
  const { data: fills } = await client.getTradeFills({ orderId });
  const cost = fills.list.reduce((sum, { execValue }) => sum.add(decimal(execValue)), Decimal.zero);
  expect(cost.atMost(decimal('100'))).toBe(true);
  // Fees above zero were paid, in what was bought.
  const fee = fills.list[0]?.feeDetail[0];
  expect(fee).toMatchObject({ feeCoin: 'BTC' });
  expect(Number(fee?.fee)).toBeGreaterThan(0);
  expect((await coin('USDT')).subtract(before).toString()).toBe(
    (await moved(SPOT, 'USDT', since)).toString(),
  );

  // An order that rests, is changed, is found by its own id, and is canceled.
  await client.submitNewOrder({
    ...common,
    side: 'sell',
    orderType: 'limit',
    timeInForce: 'gtc',
    qty: '0.001',
    price: '60900',
    clientOid: id.sell,
  });
  await client.modifyOrder({ clientOid: id.sell, price: '61000', qty: '0.001', autoCancel: 'no' });
  await reported('order', { clientOid: id.sell, price: '61000', orderStatus: 'new' });
  const open = await client.getOrderInfo({ clientOid: id.sell });
  expect(open.data).toMatchObject({
    orderStatus: 'live',
    price: '61000',
    timeInForce: 'gtc',
    reduceOnly: 'NO',
  });
  expect((await client.getUnfilledOrders({ category: SPOT })).data.list).toMatchObject([
    { clientOid: id.sell },
  ]);
  await client.cancelOrder({ clientOid: id.sell });
  await reported('order', { clientOid: id.sell, orderStatus: 'cancelled', cancelReason: 'normal_cancel' });

  // One that the market comes to: it is maker.
  await client.submitNewOrder({
    ...common,
    side: 'buy',
    orderType: 'limit',
    timeInForce: 'post_only',
    qty: '0.01',
    price: '59500',
    clientOid: id.maker,
  });
  await venue.price('BTC/USDT', '59400');
  await reported('fill', { clientOid: id.maker, execPrice: '59500', tradeScope: 'maker' });
  await venue.price('BTC/USDT', '60000');
  const { data: history } = await client.getHistoryOrders({ category: SPOT, limit: '1' });
  expect(history.list).toMatchObject([{ clientOid: id.maker, orderStatus: 'filled' }]);
});

test('perpetuals: an ordinary bot from its start to its end', async () => {
  const { client } = venue;
  const common = { category: FUTURES, symbol: 'BTCUSDT' } as const;
  const id = { open: newId(), target: newId(), close: newId() };
  await client.setLeverage({ ...common, leverage: '5' });
  const held = async () => (await client.getCurrentPosition({ category: FUTURES })).data.list;
  const reported = await followAccount();
  const [before, since] = [await coin('USDT'), Date.now()];

  await client.submitNewOrder({
    ...common,
    side: 'sell',
    orderType: 'market',
    qty: '0.02',
    clientOid: id.open,
  });
  await reported('order', { clientOid: id.open, orderStatus: 'filled', category: 'usdt-futures' });
  await reported('position', {
    symbol: 'BTCUSDT',
    size: '0.02',
    posSide: 'short',
    positionStatus: 'opening',
  });
  expect(await held()).toMatchObject([
    { symbol: 'BTCUSDT', total: '0.02', posSide: 'short', holdMode: 'one_way_mode', leverage: '5' },
  ]);
  await client.submitNewOrder({
    ...common,
    side: 'buy',
    orderType: 'limit',
    timeInForce: 'post_only',
    qty: '0.01',
    price: '59450',
    reduceOnly: 'yes',
    clientOid: id.target,
  });
  await venue.price('BTC/USDT:USDT', '59400');
  await reported('fill', { clientOid: id.target, tradeScope: 'maker', tradeSide: 'close' });

  // The rest is closed at the market; wallet and records agree to the last digit.
  await client.submitNewOrder({
    ...common,
    side: 'buy',
    orderType: 'market',
    qty: '0.01',
    reduceOnly: 'yes',
    clientOid: id.close,
  });
  await reported('position', { symbol: 'BTCUSDT', size: '0', positionStatus: 'ended' });
  expect(await held()).toEqual([]);
  expect((await coin('USDT')).subtract(before).toString()).toBe(
    (await moved(FUTURES, 'USDT', since)).toString(),
  );
  await venue.price('BTC/USDT:USDT', '60000');
});

test('orders over WebSocket', async () => {
  const socket = new WebsocketAPIClient({ ...options('private'), attachEventListeners: false }, SILENT);
  sockets.push(socket.getWSClient());
  const clientOid = newId();
  const order = {
    symbol: 'BTCUSDT',
    side: 'buy',
    orderType: 'limit',
    timeInForce: 'gtc',
    qty: '0.01',
    price: '59500',
    clientOid,
  } as const;
  expect(await socket.submitNewOrder('usdt-futures', order)).toMatchObject({
    event: 'trade',
    code: '0',
    category: 'usdt-futures',
    args: [{ symbol: 'BTCUSDT', clientOid, cTime: expect.any(String) }],
  });
  await expect(socket.submitNewOrder('usdt-futures', order)).rejects.toMatchObject({
    event: 'error',
    code: '25212',
  });
  expect(await socket.cancelOrder('usdt-futures', { clientOid })).toMatchObject({ code: '0' });
});

test('a list answers for each of its orders', async () => {
  const order = {
    category: FUTURES,
    symbol: 'BTCUSDT',
    side: 'buy',
    orderType: 'limit',
    timeInForce: 'gtc',
    qty: '0.01',
    price: '59500',
  } as const;
  const clientOid = newId();
  const { data } = await venue.client.placeBatchOrders([
    { ...order, clientOid },
    { ...order, clientOid },
    { ...order, qty: '0.00005' },
  ]);
  expect(data).toMatchObject([{ clientOid }, { code: '25212' }, { code: '25207' }]);
  const canceled = await venue.client.cancelBatchOrders([
    { category: FUTURES, symbol: 'BTCUSDT', clientOid },
    { category: FUTURES, symbol: 'BTCUSDT', clientOid },
  ]);
  expect(canceled.data).toMatchObject([{ clientOid }, { code: '25204' }]);
});

describe('refusals come with their codes', () => {
  const futures = { category: FUTURES, symbol: 'BTCUSDT', orderType: 'limit', timeInForce: 'gtc' } as const;
  const buy = { ...futures, side: 'buy', qty: '0.01', price: '59500' } as const;
  const spotBuy = { ...buy, category: SPOT } as const;

  test.each([
    ['more than the account can pay', { ...buy, qty: '900' }, '25203'],
    ['off the tick', { ...buy, price: '59500.05' }, '25244'],
    ['no multiple of the step', { ...buy, qty: '0.01001' }, '25200'],
    ['too much', { ...buy, qty: '1300' }, '25208'],
    ['too little', { ...buy, qty: '0' }, '25200'],
    ['too small an amount', { ...buy, qty: '0.0001', price: '49000' }, '25611'],
    ['above the highest price', { ...buy, price: '64000' }, '25206'],
    ['below the lowest price', { ...buy, side: 'sell', price: '56000' }, '25205'],
    ['a reduction of nothing', { ...buy, reduceOnly: 'yes' }, '25227'],
    ['a side of hedge mode', { ...buy, posSide: 'long' }, '25236'],
    ['an id with a space', { ...buy, clientOid: 'not taken' }, '25200'],
    ['an id of 33 characters', { ...buy, clientOid: 'x'.repeat(33) }, '25200'],
    ['no price', { ...futures, side: 'buy', qty: '0.01' }, '25200'],
    ['a symbol that is not there', { ...buy, symbol: 'NOPEUSDT' }, '25100'],
    ['spot: more than the account can pay', { ...spotBuy, qty: '80' }, '25202'],
    ['spot: too small an amount', { ...spotBuy, qty: '0.00001' }, '25611'],
  ] as const)('%s', async (_name, order, code) => {
    await expect(venue.client.submitNewOrder({ ...order })).rejects.toMatchObject({
      code: 400,
      body: { code, data: null, requestTime: expect.any(Number) },
    });
  });

  test('an id that is taken, and again once its order is gone; an order that never was', async () => {
    const { client } = venue;
    const clientOid = newId();
    const order = { ...buy, clientOid };
    const first = await client.submitNewOrder(order);
    await expect(client.submitNewOrder(order)).rejects.toMatchObject({ body: { code: '25212' } });
    // The id is one of the account's, over spot and futures.
    await expect(client.submitNewOrder({ ...spotBuy, clientOid })).rejects.toMatchObject({
      body: { code: '25212' },
    });
    await client.cancelOrder({ clientOid });
    await expect(client.cancelOrder({ clientOid })).rejects.toMatchObject({ body: { code: '25204' } });
    const second = await client.submitNewOrder(order);
    expect(second.data.orderId).not.toBe(first.data.orderId);
    expect((await client.getOrderInfo({ clientOid })).data.orderId).toBe(second.data.orderId);
    await client.cancelOrder({ orderId: second.data.orderId });
    await expect(client.getOrderInfo({ clientOid: newId() })).rejects.toMatchObject({
      code: 400,
      body: { code: '25204' },
    });
  });
});

test('hedge mode: two sides of one perpetual', async () => {
  const { client } = venue;
  const common = { category: FUTURES, symbol: 'ETHUSDT' } as const;
  await client.setHoldMode({ holdMode: 'hedge_mode' });
  await client.setHoldMode({ holdMode: 'hedge_mode' });
  const send = async (side: 'buy' | 'sell', posSide?: 'long' | 'short'): Promise<void> => {
    await client.submitNewOrder({
      ...common,
      orderType: 'market',
      qty: '1',
      side,
      ...(posSide === undefined ? {} : { posSide }),
    });
  };
  await expect(send('buy')).rejects.toMatchObject({ body: { code: '25236' } });
  await send('buy', 'long');
  await send('sell', 'short');
  const sides = (await client.getCurrentPosition(common)).data.list;
  expect(sides.map(({ posSide, total }) => [posSide, total])).toEqual([
    ['long', '1'],
    ['short', '1'],
  ]);
  await expect(client.setHoldMode({ holdMode: 'one_way_mode' })).rejects.toMatchObject({
    body: { code: '25107' },
  });
  await send('sell', 'long');
  await send('buy', 'short');
  const { data } = await client.getTradeFills({ category: FUTURES, limit: '4' });
  expect(data.list.map(({ side, tradeSide }) => `${side} ${tradeSide}`)).toEqual([
    'buy close',
    'sell close',
    'sell open',
    'buy open',
  ]);
  await client.setHoldMode({ holdMode: 'one_way_mode' });
});
