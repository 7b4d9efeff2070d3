/** The pairs of the simulated Binance spot, their states, fees in BNB, trailing stops and routed orders. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { simulatedVenue, type SimulatedVenue } from './testing/simulated-venue.ts';

let venue: SimulatedVenue;

beforeAll(async () => {
  venue = await simulatedVenue();
  await venue.price('BTC/USDT', '60000');
});

afterAll(async () => {
  await venue.close();
});

type Listed = {
  readonly symbol: string;
  readonly status: string;
  readonly quoteAsset: string;
  readonly filters: readonly { readonly filterType: string; readonly tickSize?: string }[];
};

async function json<Shape>(path: string): Promise<Shape> {
  return (await (await fetch(`${venue.restUrl}${path}`)).json()) as Shape;
}

test('at least thirty pairs of every kind: dollars of three issuers, BTC, coarse and fine ticks, thousands, other scripts', async () => {
  const { symbols } = await json<{ symbols: Listed[] }>('/api/v3/exchangeInfo');
  expect(symbols.length).toBeGreaterThanOrEqual(30);
  const quotes = new Set(symbols.map(({ quoteAsset }) => quoteAsset));
  expect([...quotes]).toEqual(expect.arrayContaining(['USDT', 'USDC', 'FDUSD', 'BTC', 'ETH', 'EUR', 'JPY']));
  const ticks = new Set(
    symbols.map(({ filters }) => filters.find(({ filterType }) => filterType === 'PRICE_FILTER')?.tickSize),
  );
  expect(ticks).toContain('1.00000000');
  expect(ticks).toContain('0.00000001');
  const names = symbols.map(({ symbol }) => symbol);
  expect(names).toEqual(expect.arrayContaining(['1000SATSUSDT', '1MBABYDOGEUSDT', '币安人生USDT']));
  const books =
    await json<{ symbol: string; bidPrice: string; askPrice: string }[]>('/api/v3/ticker/bookTicker');
  for (const { symbol, bidPrice, askPrice } of books) {
    expect(Number(bidPrice), symbol).toBeGreaterThan(0);
    expect(Number(askPrice), symbol).toBeGreaterThan(Number(bidPrice));
  }
});

test('a symbol in another script is traded, found and streamed under its own name', async () => {
  const { raw, restUrl, wsUrl } = venue;
  const symbol = '币安人生USDT';
  const bought = await raw('POST', '/api/v3/order', {
    symbol,
    side: 'BUY',
    type: 'MARKET',
    quoteOrderQty: '100',
  });
  expect(bought).toMatchObject({ status: 200, body: { symbol, status: 'FILLED' } });
  expect((await raw('GET', '/api/v3/myTrades', { symbol })).body).toMatchObject([
    { symbol, commissionAsset: '币安人生' },
  ]);
  await venue.control('POST', 'deposits', { asset: '币安人生', amount: '5' });
  const socket = new WebSocket(`${wsUrl}/stream?streams=${encodeURIComponent('币安人生usdt@bookTicker')}`);
  const message = await new Promise<{ stream: string; data: { s: string } }>((resolve, reject) => {
    socket.once('message', (data: Buffer) =>
      resolve(JSON.parse(data.toString('utf8')) as { stream: string; data: { s: string } }),
    );
    socket.once('error', reject);
  });
  socket.terminate();
  expect(message).toMatchObject({ stream: '币安人生usdt@bookTicker', data: { s: symbol } });
  expect((await fetch(`${restUrl}/api/v3/depth?symbol=${encodeURIComponent(symbol)}`)).status).toBe(200);
});

test.each([
  ['halted', 'HALT'],
  ['cancel_only', 'CANCEL_ONLY'],
  ['settled', 'BREAK'],
] as const)(
  'a symbol that is %s shows %s and takes no order; orders are canceled unless it is halted',
  async (status, word) => {
    const { client, control, raw } = venue;
    const symbol = status === 'settled' ? 'WBTC/BTC' : 'LTC/USDT';
    const id = symbol.replace('/', '');
    const { orderId } = await client.submitNewOrder(
      status === 'settled'
        ? { symbol: id, side: 'BUY', type: 'LIMIT', timeInForce: 'GTC', quantity: 0.01, price: 0.9 }
        : { symbol: id, side: 'BUY', type: 'LIMIT', timeInForce: 'GTC', quantity: 1, price: 60 },
    );
    await control('POST', 'status', { symbol, status });
    const { symbols } = await json<{ symbols: Listed[] }>(`/api/v3/exchangeInfo?symbol=${id}`);
    expect(symbols).toMatchObject([{ status: word }]);
    const listed = await json<{ symbols: Listed[] }>(`/api/v3/exchangeInfo?symbolStatus=${word}`);
    expect(listed.symbols.map((one) => one.symbol)).toContain(id);
    expect(await json(`/api/v3/ticker/price?symbol=${id}&symbolStatus=TRADING`)).toMatchObject({
      code: -1220,
    });
    const order = { symbol: id, side: 'BUY', type: 'MARKET', quantity: '1' };
    expect(await raw('POST', '/api/v3/order', order)).toMatchObject({
      status: 400,
      body: { code: -1013, msg: 'Market is closed.' },
    });
    if (status === 'settled') return;
    const canceled = await raw('DELETE', '/api/v3/order', { symbol: id, orderId: String(orderId) });
    if (status === 'halted')
      expect(canceled).toMatchObject({ status: 400, body: { msg: 'Market is closed.' } });
    else expect(canceled).toMatchObject({ status: 200, body: { status: 'CANCELED' } });
    await control('POST', 'status', { symbol, status: 'trading' });
  },
);

test('fees in BNB cost three quarters, and fall back to the asset received where there is no BNB', async () => {
  const { client, control, price, raw } = venue;
  await price('BNB/USDT', '600');
  // The coin's swap has another price, which fees of spot do not go by.
  await price('BNB/USDT:USDT', '500');
  expect((await raw('POST', '/sapi/v1/bnbBurn', { spotBNBBurn: 'true' })).body).toEqual({
    spotBNBBurn: true,
    interestBNBBurn: false,
  });
  const buy = async (): Promise<unknown> =>
    (
      await client.submitNewOrder({
        symbol: 'BTCUSDT',
        side: 'BUY',
        type: 'MARKET',
        quantity: 0.01,
        newOrderRespType: 'FULL',
      })
    ).fills;
  expect(await buy()).toMatchObject([{ commission: '0.00001000', commissionAsset: 'BTC' }]);
  await control('POST', 'deposits', { asset: 'BNB', amount: '1' });
  // 600.0001 of quote at a tenth of a percent, three quarters of it, at a last BNB of 600: 0.000750000125, cut at eight digits.
  expect(await buy()).toMatchObject([
    { price: '60000.01000000', commission: '0.00075000', commissionAsset: 'BNB' },
  ]);
  const rates = await raw('GET', '/api/v3/account/commission', { symbol: 'BTCUSDT' });
  expect(rates.body).toMatchObject({ discount: { enabledForAccount: true, discountAsset: 'BNB' } });
  await raw('POST', '/sapi/v1/bnbBurn', { spotBNBBurn: 'false' });
});

const TRAILING = { symbol: 'BTCUSDT', side: 'SELL', type: 'STOP_LOSS', quantity: '0.01' };

test('a trailing stop without a stop price follows from its beginning and fires when the price turns back', async () => {
  const { price, raw } = venue;
  await price('BTC/USDT', '60000');
  const placed = await raw('POST', '/api/v3/order', {
    ...TRAILING,
    trailingDelta: '100',
    newOrderRespType: 'RESULT',
  });
  expect(placed.body).toMatchObject({ status: 'NEW', trailingDelta: 100, stopPrice: '0.00000000' });
  const orderId = String(placed.body['orderId']);
  const shown = async (): Promise<unknown> =>
    (await raw('GET', '/api/v3/order', { symbol: 'BTCUSDT', orderId })).body;
  await price('BTC/USDT', '62000');
  await price('BTC/USDT', '61400');
  expect(await shown()).toMatchObject({ status: 'NEW', trailingTime: expect.any(Number) as unknown });
  await price('BTC/USDT', '61300');
  expect(await shown()).toMatchObject({ status: 'FILLED' });
  await price('BTC/USDT', '60000');
});

test('with a stop price it follows from there on: a stop loss from above, a take profit from below', async () => {
  const { price, raw } = venue;
  await price('BTC/USDT', '60000');
  const placed = await raw('POST', '/api/v3/order', {
    ...TRAILING,
    stopPrice: '59000',
    trailingDelta: '100',
    newOrderRespType: 'RESULT',
  });
  expect(placed.body).toMatchObject({ trailingTime: -1, stopPrice: '59000.00000000' });
  const orderId = String(placed.body['orderId']);
  const status = async (): Promise<unknown> =>
    (await raw('GET', '/api/v3/order', { symbol: 'BTCUSDT', orderId })).body['status'];
  await price('BTC/USDT', '61000');
  await price('BTC/USDT', '59500');
  await price('BTC/USDT', '59000');
  await price('BTC/USDT', '58500');
  expect(await status()).toBe('NEW');
  await price('BTC/USDT', '58400');
  expect(await status()).toBe('FILLED');
  await price('BTC/USDT', '60000');
  const profit = { ...TRAILING, type: 'TAKE_PROFIT', trailingDelta: '100' };
  expect((await raw('POST', '/api/v3/order', { ...profit, stopPrice: '59000' })).body).toMatchObject({
    code: -2010,
    msg: 'Order would trigger immediately.',
  });
  expect((await raw('POST', '/api/v3/order', { ...profit, trailingDelta: '2001' })).body).toMatchObject({
    code: -1013,
    msg: 'Filter failure: TRAILING_DELTA',
  });
});

test('a routed order works in the book of its symbol, and its test answers as documented', async () => {
  const { raw } = venue;
  const order = { symbol: 'BTCUSDT', side: 'BUY', type: 'MARKET', quantity: '0.01' };
  expect((await raw('POST', '/api/v3/sor/order/test', order)).body).toEqual({});
  expect(
    (await raw('POST', '/api/v3/sor/order/test', { ...order, computeCommissionRates: 'true' })).body,
  ).toMatchObject({ discount: { discountAsset: 'BNB' } });
  expect((await raw('POST', '/api/v3/sor/order', order)).body).toMatchObject({
    status: 'FILLED',
    usedSor: true,
    workingFloor: 'EXCHANGE',
  });
  const stop = { ...order, type: 'STOP_LOSS', stopPrice: '70000' };
  expect((await raw('POST', '/api/v3/sor/order/test', stop)).body).toMatchObject({ code: -1116 });
});
