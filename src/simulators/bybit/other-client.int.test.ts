/** The simulated Bybit as an independent client library sees it: what ccxt reads leniently, another may not. */
import { WebsocketClient } from 'bybit-api';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { Decimal, decimal } from '../../core/decimal.ts';
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

type Message = Record<string, unknown>;
type Reported = (topic: string, row: Message) => Promise<void>;

/** Subscribes, and gives the way to wait for a row of a topic. */
async function follow(
  path: string,
  topics: readonly string[],
  category: 'linear' | 'spot',
): Promise<Reported> {
  const isPrivate = path === '/v5/private';
  const socket = new WebsocketClient({
    ...(isPrivate ? { key: venue.key, secret: venue.secret } : {}),
    market: 'v5',
    wsUrl: `${venue.wsUrl}${path}`,
    promiseSubscribeRequests: true,
  });
  sockets.push(socket);
  const rows: { readonly topic: string; readonly row: Message }[] = [];
  socket.on('update', ({ topic, data }: { topic: string; data: Message | Message[] }) => {
    for (const row of Array.isArray(data) ? data : [data]) rows.push({ topic, row });
  });
  socket.on('exception', () => undefined);
  await Promise.all(socket.subscribeV5([...topics], category, isPrivate));
  return async (topic, row) => {
    await expect
      .poll(() => rows, { timeout: 5_000 })
      .toContainEqual({ topic, row: expect.objectContaining(row) });
  };
}

const followAccount = (): Promise<Reported> =>
  follow('/v5/private', ['order', 'execution', 'position', 'wallet'], 'linear');

let ids = 0;
const newId = (): string => `other-${Date.now().toString(36)}_${(ids += 1)}`;

async function usdt(): Promise<Decimal> {
  const { result } = await venue.client.getWalletBalance({ accountType: 'UNIFIED', coin: 'USDT' });
  return decimal(result.list[0]?.coin[0]?.walletBalance ?? '');
}

describe('reads', () => {
  test('the clock, instruments, books, trades, candles and figures of the day', async () => {
    const { client } = venue;
    const { result: time } = await client.getServerTime();
    expect(Math.abs(Number(time.timeSecond) - Date.now() / 1_000)).toBeLessThan(5);
    const spot = await client.getInstrumentsInfo({ category: 'spot', symbol: 'BTCUSDT' });
    expect(spot.result.list[0]).toMatchObject({ symbol: 'BTCUSDT', status: 'Trading', baseCoin: 'BTC' });
    const linear = await client.getInstrumentsInfo({ category: 'linear', symbol: 'BTCUSDT' });
    expect(linear.result.list[0]).toMatchObject({ contractType: 'LinearPerpetual', fundingInterval: 480 });
    for (const category of ['spot', 'linear'] as const) {
      const book = await client.getOrderbook({ category, symbol: 'BTCUSDT', limit: 5 });
      const [bid, ask] = [book.result.b[0]?.[0], book.result.a[0]?.[0]];
      expect(Number(bid)).toBeLessThan(Number(ask));
      const candles = await client.getKline({ category, symbol: 'BTCUSDT', interval: '1', limit: 3 });
      expect(candles.result.list).toHaveLength(3);
      const tickers = await client.getTickers({ category: category as 'linear', symbol: 'BTCUSDT' });
      expect(tickers.result.list).toMatchObject([{ symbol: 'BTCUSDT' }]);
      expect((await client.getPublicTradingHistory({ category, symbol: 'BTCUSDT' })).retCode).toBe(0);
    }
  });

  test('the account, its key and its fees', async () => {
    const { client } = venue;
    expect((await client.getAccountInfo()).result).toMatchObject({
      unifiedMarginStatus: 5,
      marginMode: 'REGULAR_MARGIN',
    });
    const key = await client.getQueryApiKey();
    expect(key.result.permissions.Spot).toEqual(['SpotTrade']);
    expect(key.result.permissions.Wallet).toEqual([]);
    const fees = await client.getFeeRate({ category: 'linear', symbol: 'BTCUSDT' });
    expect(fees.result.list).toMatchObject([{ takerFeeRate: '0.00055', makerFeeRate: '0.0002' }]);
  });
});

test('public streams: a book with its changes, trades and tickers', async () => {
  const reported = await follow(
    '/v5/public/linear',
    ['orderbook.50.BTCUSDT', 'publicTrade.BTCUSDT', 'tickers.BTCUSDT'],
    'linear',
  );
  await reported('orderbook.50.BTCUSDT', { s: 'BTCUSDT' });
  await reported('tickers.BTCUSDT', { symbol: 'BTCUSDT' });
  const order = { category: 'linear', symbol: 'BTCUSDT', orderType: 'Market', qty: '0.001' } as const;
  await venue.client.submitOrder({ ...order, side: 'Buy' });
  await reported('publicTrade.BTCUSDT', { s: 'BTCUSDT', S: 'Buy', v: '0.001' });
  await venue.client.submitOrder({ ...order, side: 'Sell', reduceOnly: true });
  await reported('publicTrade.BTCUSDT', { s: 'BTCUSDT', S: 'Sell', v: '0.001' });
});

test('spot: an ordinary bot from its start to its end', async () => {
  const { client } = venue;
  const id = { buy: newId(), sell: newId(), maker: newId() };
  const common = { category: 'spot', symbol: 'BTCUSDT' } as const;
  const reported = await followAccount();
  const before = await usdt();

  // A purchase for an amount: acknowledged, then reported, then in the history, to the last digit.
  const bought = await client.submitOrder({
    ...common,
    side: 'Buy',
    orderType: 'Market',
    qty: '100',
    marketUnit: 'quoteCoin',
    orderLinkId: id.buy,
  });
  expect(bought.result).toEqual({ orderId: expect.stringMatching(/^\d+$/), orderLinkId: id.buy });
  const { orderId } = bought.result;
  await reported('order', { orderId, category: 'spot', orderStatus: 'Filled' });
  await reported('execution', { orderId, execType: 'Trade', feeCurrency: 'BTC', isMaker: false });
  const { result: executions } = await client.getExecutionList({ ...common, orderId });
  const cost = executions.list.reduce((sum, { execValue }) => sum.add(decimal(execValue)), Decimal.zero);
  expect(cost.atMost(decimal('100'))).toBe(true);
  expect(before.subtract(await usdt()).toString()).toBe(cost.toString());

  // An order that rests, is changed, is found by its own id, and is canceled.
  await client.submitOrder({
    ...common,
    side: 'Sell',
    orderType: 'Limit',
    qty: '0.001',
    price: '66000',
    orderLinkId: id.sell,
  });
  await client.amendOrder({ ...common, orderLinkId: id.sell, price: '67000' });
  const open = await client.getActiveOrders({ ...common, orderLinkId: id.sell });
  expect(open.result.list).toMatchObject([{ orderStatus: 'New', price: '67000.0', timeInForce: 'GTC' }]);
  expect((await client.cancelOrder({ ...common, orderLinkId: id.sell })).retCode).toBe(0);
  await reported('order', {
    orderLinkId: id.sell,
    orderStatus: 'Cancelled',
    rejectReason: 'EC_PerCancelRequest',
  });

  // One that the market comes to: it is maker.
  await client.submitOrder({
    ...common,
    side: 'Buy',
    orderType: 'Limit',
    timeInForce: 'PostOnly',
    qty: '0.01',
    price: '59500',
    orderLinkId: id.maker,
  });
  await venue.price('BTC/USDT', '59400');
  await reported('execution', { orderLinkId: id.maker, execPrice: '59500.0', isMaker: true });
  await venue.price('BTC/USDT', '60000');
  const log = await client.getTransactionLog({ accountType: 'UNIFIED', category: 'spot', currency: 'BTC' });
  expect(log.result.list[0]).toMatchObject({ type: 'TRADE', symbol: 'BTCUSDT', cashFlow: '0.01' });
});

test('contracts: an ordinary bot from its start to its end', async () => {
  const { client } = venue;
  const id = { open: newId(), stop: newId(), target: newId(), close: newId() };
  const common = { category: 'linear', symbol: 'BTCUSDT' } as const;
  expect(await client.setLeverage({ ...common, buyLeverage: '5', sellLeverage: '5' })).toMatchObject({
    retCode: 0,
  });
  // Many bots set it without looking whether it is set already.
  expect(await client.setLeverage({ ...common, buyLeverage: '5', sellLeverage: '5' })).toMatchObject({
    retCode: 110043,
  });
  const held = async () => (await client.getPositionInfo(common)).result.list;
  const reported = await followAccount();
  const before = await usdt();

  await client.submitOrder({
    ...common,
    side: 'Sell',
    orderType: 'Market',
    qty: '0.02',
    orderLinkId: id.open,
  });
  await reported('order', { orderLinkId: id.open, orderStatus: 'Filled', orderType: 'Market' });
  expect(await held()).toMatchObject([{ side: 'Sell', size: '0.020', leverage: '5' }]);
  await reported('position', { symbol: 'BTCUSDT', side: 'Sell' });

  // A protective stop and a target; the price comes to the target, and the stop is canceled.
  await client.submitOrder({
    ...common,
    side: 'Buy',
    orderType: 'Market',
    qty: '0.02',
    triggerPrice: '61500',
    triggerDirection: 1,
    triggerBy: 'MarkPrice',
    reduceOnly: true,
    orderLinkId: id.stop,
  });
  await reported('order', { orderLinkId: id.stop, orderStatus: 'Untriggered', stopOrderType: 'Stop' });
  await client.submitOrder({
    ...common,
    side: 'Buy',
    orderType: 'Limit',
    timeInForce: 'PostOnly',
    qty: '0.01',
    price: '59450',
    reduceOnly: true,
    orderLinkId: id.target,
  });
  await venue.price('BTC/USDT:USDT', '59400');
  await reported('execution', { orderLinkId: id.target, isMaker: true });
  expect((await client.cancelOrder({ ...common, orderLinkId: id.stop })).retCode).toBe(0);
  await reported('order', { orderLinkId: id.stop, orderStatus: 'Deactivated' });

  // The rest is closed at the market; wallet and history agree to the last digit.
  await client.submitOrder({
    ...common,
    side: 'Buy',
    orderType: 'Market',
    qty: '0',
    reduceOnly: true,
    closeOnTrigger: true,
    orderLinkId: id.close,
  });
  await reported('order', { orderLinkId: id.close, orderStatus: 'Filled' });
  expect(await held()).toMatchObject([{ size: '0.000', side: '' }]);
  const log = await client.getTransactionLog({ accountType: 'UNIFIED', category: 'linear' });
  const moved = log.result.list
    .filter(({ orderLinkId }) => Object.values(id).includes(orderLinkId))
    .reduce((sum, { change }) => sum.add(decimal(change)), Decimal.zero);
  expect((await usdt()).subtract(before).toString()).toBe(moved.toString());
  await venue.price('BTC/USDT:USDT', '60000');
});

test('a batch answers for each of its orders', async () => {
  const order = { symbol: 'BTCUSDT', side: 'Buy', orderType: 'Limit', qty: '0.01' } as const;
  const id = newId();
  const answer = await venue.client.batchSubmitOrders('linear', [
    { ...order, price: '59000', orderLinkId: id },
    { ...order, price: '59000', orderLinkId: id },
    { ...order, price: '59000', qty: '0.0005' },
  ]);
  expect(answer).toMatchObject({
    retCode: 0,
    result: { list: [{ orderLinkId: id }, { orderId: '' }, { orderId: '' }] },
    retExtInfo: { list: [{ code: 0, msg: 'OK' }, { code: 110072 }, { code: 10001 }] },
  });
  const canceled = await venue.client.cancelAllOrders({ category: 'linear', symbol: 'BTCUSDT' });
  expect(canceled.result.list).toHaveLength(1);
});

describe('refusals come with their codes', () => {
  const linear = { category: 'linear', symbol: 'BTCUSDT', orderType: 'Limit' } as const;
  const spot = { ...linear, category: 'spot' } as const;
  const buy = { ...linear, side: 'Buy', qty: '0.01', price: '59000' } as const;
  const spotBuy = { ...spot, side: 'Buy', qty: '0.01', price: '59000' } as const;

  test.each([
    ['more than the account can pay', { ...buy, qty: '900' }, 110007],
    ['off the tick', { ...buy, price: '59000.05' }, 10001],
    ['too small', { ...buy, qty: '0.0001' }, 10001],
    ['a reduction of nothing', { ...buy, reduceOnly: true }, 110017],
    ['a trigger that has passed, upwards', { ...buy, triggerPrice: '59000', triggerDirection: 1 }, 110092],
    ['a trigger that has passed, downwards', { ...buy, triggerPrice: '61000', triggerDirection: 2 }, 110093],
    ['a side of hedge mode', { ...buy, positionIdx: 1 }, 10001],
    ['spot: more than the account can pay', { ...spotBuy, qty: '80' }, 170131],
    ['spot: too many decimals of the price', { ...spotBuy, price: '59000.05' }, 170134],
    ['spot: too many decimals of the quantity', { ...spotBuy, qty: '0.0100001' }, 170137],
    ['spot: too little', { ...spotBuy, qty: '0.00001' }, 170140],
    ['spot: above the highest price', { ...spotBuy, price: '61000' }, 170193],
  ] as const)('%s', async (_name, order, code) => {
    const answer = await venue.client.submitOrder({ ...order });
    expect(answer).toMatchObject({ retCode: code, result: {} });
  });

  test.each([
    ['linear', 110072, 110001],
    ['spot', 170141, 170213],
  ] as const)('%s: an id twice, an order that is gone, one that never was', async (category, twice, gone) => {
    const { client } = venue;
    const orderLinkId = newId();
    const order = { ...buy, category, orderLinkId };
    const reference = { category, symbol: 'BTCUSDT' };
    expect(await client.submitOrder(order)).toMatchObject({ retCode: 0 });
    expect(await client.submitOrder(order)).toMatchObject({ retCode: twice });
    expect(await client.cancelOrder({ ...reference, orderLinkId })).toMatchObject({ retCode: 0 });
    expect(await client.cancelOrder({ ...reference, orderLinkId })).toMatchObject({ retCode: gone });
    expect(await client.cancelOrder({ ...reference, orderId: '987' })).toMatchObject({ retCode: gone });
    // Nowhere is an order that never was an error of a look-up.
    const nobody = { ...reference, orderLinkId: newId() };
    expect((await client.getActiveOrders(nobody)).result.list).toEqual([]);
    expect((await client.getHistoricOrders(nobody)).result.list).toEqual([]);
    const [canceled] = (await client.getHistoricOrders({ ...reference, orderLinkId })).result.list;
    expect(canceled).toMatchObject({ orderStatus: 'Cancelled', cancelType: 'CancelByUser' });
  });
});

test('hedge mode: two sides of one contract', async () => {
  const { client } = venue;
  const common = { category: 'linear', symbol: 'ETHUSDT' } as const;
  expect(await client.switchPositionMode({ ...common, mode: 3 })).toMatchObject({ retCode: 0 });
  expect(await client.switchPositionMode({ ...common, mode: 3 })).toMatchObject({ retCode: 110025 });
  const send = async (side: 'Buy' | 'Sell', positionIdx: 1 | 2): Promise<void> => {
    const order = { ...common, orderType: 'Market', qty: '0.1', side, positionIdx } as const;
    expect(await client.submitOrder(order)).toMatchObject({ retCode: 0 });
  };
  await send('Buy', 1);
  await send('Sell', 2);
  expect((await client.getPositionInfo(common)).result.list).toMatchObject([
    { positionIdx: 1, side: 'Buy', size: '0.10' },
    { positionIdx: 2, side: 'Sell', size: '0.10' },
  ]);
  expect(await client.switchPositionMode({ ...common, mode: 0 })).toMatchObject({ retCode: 110024 });
  await send('Sell', 1);
  await send('Buy', 2);
  const { result } = await client.getExecutionList(common);
  expect(result.list.map(({ side, closedSize }) => [side, Number(closedSize)])).toEqual([
    ['Buy', 0.1],
    ['Sell', 0.1],
    ['Sell', 0],
    ['Buy', 0],
  ]);
  expect(await client.switchPositionMode({ ...common, mode: 0 })).toMatchObject({ retCode: 0 });
});
