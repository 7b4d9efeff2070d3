/** The simulated MEXC as an independent client sees it: ccxt's own class, with its unified methods, its streams and its reader of protobuf. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Decimal, decimal } from '../../core/decimal.ts';
import { simulatedVenue, type SimulatedVenue } from './testing/simulated-venue.ts';

let venue: SimulatedVenue;

beforeAll(async () => {
  venue = await simulatedVenue({ limits: false });
  for (const symbol of ['BTC/USDT', 'BTC/USDT:USDT']) await venue.price(symbol, '60000');
  await venue.price('MX/USDT', '4');
});
afterAll(async () => {
  await venue.close();
});

const SPOT = 'BTC/USDT';
const SWAP = 'BTC/USDT:USDT';

type Watched = Readonly<Record<string, unknown>>;

/**
 * Watches in a loop, and gives the way to wait for a row. The class does not say when it has subscribed: `provoke` makes something that is
 * reported, again and again until it is.
 */
async function follow(
  watch: () => Promise<unknown>,
  provoke: () => Promise<unknown>,
): Promise<(row: Watched) => Promise<void>> {
  const rows: Watched[] = [];
  const next = async (): Promise<void> => {
    const news = (await watch()) as readonly Watched[];
    // The lists of the class change under their readers.
    rows.push(...news.map((row) => ({ ...row })));
    await next();
  };
  // It ends with the connection.
  next().catch(() => undefined);
  const provoked = async (): Promise<number> => {
    await provoke();
    return rows.length;
  };
  await expect.poll(provoked, { timeout: 10_000, interval: 200 }).toBeGreaterThan(0);
  return async (row) => {
    await expect.poll(() => rows, { timeout: 5_000 }).toContainEqual(expect.objectContaining(row));
  };
}

let ids = 0;
const newId = (): string => `other${Date.now().toString(36)}${(ids += 1)}`;

describe('reads', () => {
  test('the clocks, the markets and the currencies', async () => {
    const { client } = venue;
    expect(Math.abs(Number(await client.fetchTime()) - Date.now())).toBeLessThan(5_000);
    expect(Math.abs(Number(await client.fetchTime({ type: 'swap' })) - Date.now())).toBeLessThan(5_000);
    await client.loadMarkets();
    expect(client.markets?.[SPOT]).toMatchObject({
      id: 'BTCUSDT',
      active: true,
      limits: { amount: { min: 0.000001 }, cost: { min: 1, max: 50_000_000 } },
      precision: { amount: 0.000001, price: 0.01 },
    });
    expect(client.markets?.['PEPE/USDT']?.active).toBe(false);
    expect(client.markets?.[SWAP]).toMatchObject({
      id: 'BTC_USDT',
      contractSize: 0.0001,
      precision: { amount: 1, price: 0.1 },
      limits: { leverage: { max: 125 } },
    });
    expect(client.currencies?.['BTC']).toBeDefined();
  });

  test.each([SPOT, SWAP])('%s: books, trades, candles and tickers', async (symbol) => {
    const { client } = venue;
    const book = await client.fetchOrderBook(symbol, 5);
    expect(Number(book.bids[0]?.[0])).toBeLessThan(Number(book.asks[0]?.[0]));
    expect(await client.fetchOHLCV(symbol, '1m', undefined, 3)).not.toHaveLength(0);
    const ticker = await client.fetchTicker(symbol);
    expect(ticker.last).toBe(60000);
    expect(Number(ticker.bid)).toBeLessThan(Number(ticker.ask));
    expect(await client.fetchTrades(symbol)).toBeInstanceOf(Array);
  });

  test('balances, fees, leverage, mode and funding', async () => {
    const { client } = venue;
    const spot = await client.fetchBalance();
    expect(spot['BTC']).toMatchObject({ free: 2 });
    const swap = await client.fetchBalance({ type: 'swap' });
    expect(swap['USDT']).toMatchObject({ free: 100_000 });
    expect(await client.fetchTradingFee(SPOT)).toMatchObject({ maker: 0, taker: 0.0005 });
    expect(await client.fetchLeverage(SWAP)).toMatchObject({ longLeverage: 20, shortLeverage: 20 });
    expect(await client.fetchPositionMode(SWAP)).toMatchObject({ hedged: false });
    expect(await client.fetchFundingRate(SWAP)).toMatchObject({ fundingRate: 0.0001 });
  });
});

test('public streams: books, best prices, deals, candles and tickers, as protobuf on spot and as JSON of contracts', async () => {
  const { client } = venue;
  const buy = (): Promise<unknown> => client.createOrder(SPOT, 'market', 'buy', 0.001);
  const dealReported = await follow(() => client.watchTrades(SPOT), buy);
  await dealReported({ side: 'buy', amount: 0.001, symbol: SPOT });
  await follow(async () => [await client.watchTicker(SPOT)], buy);
  await follow(() => client.watchOHLCV(SPOT, '1m'), buy);
  // The class waits for so many changes before it asks for the book that they belong to.
  client.options['watchOrderBook'] = { snapshotDelay: 1, snapshotMaxRetries: 3 };
  await follow(async () => [await client.watchOrderBook(SPOT)], buy);
  const buyContracts = (): Promise<unknown> => client.createOrder(SWAP, 'market', 'buy', 10);
  const contractReported = await follow(() => client.watchTrades(SWAP), buyContracts);
  await contractReported({ side: 'buy', symbol: SWAP });
  await follow(async () => [await client.watchTicker(SWAP)], buyContracts);
  await follow(() => client.watchOHLCV(SWAP, '1m'), buyContracts);
  await client.createOrder(SWAP, 'market', 'sell', 100_000, undefined, { reduceOnly: true });
});

test('spot: an ordinary bot from its start to its end', async () => {
  const { client } = venue;
  const id = { rests: newId(), takes: newId() };
  const buy = (): Promise<unknown> => client.createOrder(SPOT, 'market', 'buy', 0.001);
  const orderReported = await follow(() => client.watchOrders(SPOT), buy);
  const dealReported = await follow(() => client.watchMyTrades(SPOT), buy);
  const balanceReported = await follow(async () => [await client.watchBalance()], buy);

  // The answer to a create has neither status nor client id; the stream has both.
  const resting = await client.createOrder(SPOT, 'limit', 'sell', 0.001, 66_000, { clientOrderId: id.rests });
  expect(resting.id).toMatch(/^C02__\d+$/);
  expect(resting.status).toBeUndefined();
  expect(resting.clientOrderId).toBeUndefined();
  await orderReported({ id: resting.id, clientOrderId: id.rests, status: 'open' });
  await balanceReported({ BTC: expect.objectContaining({ used: 0.001 }) });
  const found = await client.fetchOrder('', SPOT, { clientOrderId: id.rests });
  expect(found).toMatchObject({ id: resting.id, status: 'open', price: 66_000, amount: 0.001 });
  expect((await client.fetchOpenOrders(SPOT)).map((order) => order.id)).toContain(resting.id);
  await client.cancelOrder(String(resting.id), SPOT);
  await orderReported({ id: resting.id, status: 'canceled' });

  // A purchase for an amount is filled at once; the fee comes on top, in what it paid with.
  const bought = await client.createOrder(SPOT, 'market', 'buy', 0.01, undefined, {
    cost: 100,
    clientOrderId: id.takes,
  });
  await orderReported({ id: bought.id, status: 'closed' });
  await dealReported({ order: bought.id });
  const trades = await client.fetchMyTrades(SPOT);
  const own = trades.filter((trade) => trade.order === bought.id);
  expect(own.length).toBeGreaterThan(0);
  for (const { fee, cost } of own) {
    expect(fee?.currency).toBe('USDT');
    const due = decimal(String(cost)).multiply(decimal('0.0005')).divide(Decimal.one, 8, 'down');
    expect(String(fee?.cost)).toBe(due.toString());
  }
  expect(await client.fetchOrder(String(bought.id), SPOT)).toMatchObject({ status: 'closed' });
});

test('spot: fees in the venue’s own coin', async () => {
  const { client } = venue;
  await venue.control('POST', 'deposits', { wallet: 'spot', asset: 'MX', amount: '100' });
  await venue.spot('POST', 'mxDeduct/enable', { mxDeductEnable: true });
  const bought = await client.createOrder(SPOT, 'limit', 'buy', 0.01, 61_000);
  const trades = await client.fetchOrderTrades(String(bought.id), SPOT);
  for (const { fee, cost } of trades) {
    expect(fee?.currency).toBe('MX');
    expect(Number(fee?.cost)).toBeCloseTo((Number(cost) * 0.0004) / 4, 8);
  }
  await venue.spot('POST', 'mxDeduct/enable', { mxDeductEnable: false });
});

test('contracts: an ordinary bot from its start to its end', async () => {
  const { client } = venue;
  const id = newId();
  const settings = { openType: 2, positionType: 1 };
  await client.setLeverage(10, SWAP, settings);
  expect(await client.fetchLeverage(SWAP)).toMatchObject({ longLeverage: 10 });
  const buy = (): Promise<unknown> => client.createOrder(SWAP, 'market', 'buy', 1);
  const orderReported = await follow(() => client.watchOrders(SWAP), buy);
  const dealReported = await follow(() => client.watchMyTrades(SWAP), buy);
  await client.createOrder(SWAP, 'market', 'sell', 100_000, undefined, { reduceOnly: true });

  const resting = await client.createOrder(SWAP, 'limit', 'buy', 20, 59_000, {
    externalOid: id,
    postOnly: true,
  });
  expect(resting.id).toMatch(/^\d{19}$/);
  await orderReported({ id: resting.id, status: 'open' });
  const { data } = await venue.futures('GET', `order/external/BTC_USDT/${id}`);
  expect(data).toMatchObject({ orderId: resting.id, state: 2, vol: 20, externalOid: id });
  await client.cancelOrder(String(resting.id), SWAP);
  await orderReported({ id: resting.id, status: 'canceled' });
  await expect(client.cancelOrder(String(resting.id), SWAP)).rejects.toThrow(/state cannot be cancelled/);

  const opened = await client.createOrder(SWAP, 'market', 'sell', 200);
  await orderReported({ id: opened.id, status: 'closed' });
  await dealReported({ order: opened.id });
  expect(await client.fetchPositions([SWAP])).toMatchObject([{ side: 'short', contracts: 200 }]);
  await client.createOrder(SWAP, 'market', 'buy', 500, undefined, { reduceOnly: true });
  expect(await client.fetchPositions([SWAP])).toEqual([]);
  const trades = await client.fetchMyTrades(SWAP);
  expect(trades.filter((trade) => trade.order === opened.id).length).toBeGreaterThan(0);
});

test('hedge mode: two sides of one contract', async () => {
  const { client } = venue;
  await client.setPositionMode(true, SWAP);
  expect(await client.fetchPositionMode(SWAP)).toMatchObject({ hedged: true });
  await client.createOrder(SWAP, 'market', 'buy', 10, undefined, { hedged: true });
  await client.createOrder(SWAP, 'market', 'sell', 20, undefined, { hedged: true });
  const held = await client.fetchPositions([SWAP]);
  expect(held.map(({ side, contracts }) => [side, contracts])).toEqual([
    ['long', 10],
    ['short', 20],
  ]);
  await expect(client.setPositionMode(false, SWAP)).rejects.toThrow(/2019/);
  // The class closes the long side with a buy that reduces, and the short one with a sell.
  await client.createOrder(SWAP, 'market', 'buy', 10, undefined, { hedged: true, reduceOnly: true });
  await client.createOrder(SWAP, 'market', 'sell', 20, undefined, { hedged: true, reduceOnly: true });
  expect(await client.fetchPositions([SWAP])).toEqual([]);
  await client.setPositionMode(false, SWAP);
});

describe('refusals come with their codes', () => {
  test.each([
    ['more than the account can pay', 'buy', 30, 59_000, '30004'],
    ['more than the account has', 'sell', 30, 61_000, '30005'],
    ['too little', 'buy', 0.00001, 59_000, '30002'],
    ['above the highest price', 'buy', 0.0001, 400_000, '30087'],
  ] as const)('spot: %s', async (_name, side, amount, price, code) => {
    await expect(venue.client.createOrder(SPOT, 'limit', side, amount, price)).rejects.toThrow(
      `"code":${code}`,
    );
  });

  test('spot: an order that never was, to a look-up and to a cancel, and symbols that are closed to the API', async () => {
    const { client } = venue;
    await expect(client.fetchOrder('C02__1', SPOT)).rejects.toThrow('"code":-2013');
    await expect(client.cancelOrder('C02__1', SPOT)).rejects.toThrow('"code":-2011');
    await expect(client.createOrder('PEPE/USDT', 'limit', 'buy', 1_000_000, 0.000009)).rejects.toThrow(
      '"code":10007',
    );
    await expect(client.createOrder('MX/USDT', 'market', 'buy', 10)).rejects.toThrow('"code":30019');
  });

  test.each([
    ['more than the margin bears', 'buy', 4_900_000, 59_000, {}, '2005'],
    ['a reduction of nothing', 'buy', 10, 59_000, { reduceOnly: true }, '2009'],
    ['above the highest price', 'buy', 10, 70_000, {}, '2003'],
    ['below the lowest price', 'sell', 10, 50_000, {}, '2004'],
  ] as const)('contracts: %s', async (_name, side, amount, price, more, code) => {
    await expect(venue.client.createOrder(SWAP, 'limit', side, amount, price, { ...more })).rejects.toThrow(
      `"code":${code}`,
    );
  });
});
