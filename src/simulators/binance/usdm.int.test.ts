/** Simulated Binance USD-M futures as ccxt's own class sees them, over real sockets. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ccxt from 'ccxt';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { runSimulators } from '../host.ts';
import { runVenue, type RunningTestVenue } from '../testing/running-venue.ts';
import { closeClient } from '../testing/ccxt-bot.ts';
import { ccxtClient, type BinanceClient } from './testing/ccxt-client.ts';
import { signedRequest, type Answer } from './testing/signed-request.ts';

const SYMBOL = 'BTC/USDT:USDT';

let venue: RunningTestVenue;
let client: BinanceClient;
let restUrl: string;
let wsUrl: string;
let key: string;
let secret: string;

beforeAll(async () => {
  venue = await runVenue('binance');
  ({ restUrl, wsUrl, key, secret } = venue);
  client = await ccxtClient({ restUrl, wsUrl, key, secret });
  client.options['defaultType'] = 'swap';
  await client.loadMarkets();
  await price('60000');
});

afterAll(async () => {
  await closeClient(client);
  await venue.close();
});

afterEach(async () => {
  await price('60000');
  await raw('DELETE', '/fapi/v1/allOpenOrders', { symbol: 'BTCUSDT' });
  await raw('DELETE', '/fapi/v1/algoOpenOrders', { symbol: 'BTCUSDT' });
  for (const position of await client.fetchPositions([SYMBOL])) {
    const contracts = position.contracts ?? 0;
    if (contracts === 0) continue;
    const side = position.side === 'long' ? 'sell' : 'buy';
    await client.createOrder(SYMBOL, 'market', side, contracts, undefined, { reduceOnly: true });
  }
});

/** Pins the market at a price. */
async function price(value: string): Promise<void> {
  await venue.price(SYMBOL, value);
}

/** A signed request by hand, to see status, code and text. */
function raw(
  method: string,
  path: string,
  params: Record<string, string> = {},
  signingSecret = secret,
): Promise<Answer> {
  return signedRequest({ restUrl, key, secret: signingSecret }, method, path, params);
}

type UserEvent = {
  readonly e: string;
  readonly o?: { readonly x?: string; readonly X?: string; readonly ai?: string };
};

type OrderArguments = Parameters<BinanceClient['createOrder']>;
type PlacedOrder = Awaited<ReturnType<BinanceClient['createOrder']>> & { readonly id: string };

async function place(...request: OrderArguments): Promise<PlacedOrder> {
  const order = await client.createOrder(...request);
  return { ...order, id: String(order.id) };
}

const LIMIT_BUY = {
  symbol: 'BTCUSDT',
  side: 'BUY',
  type: 'LIMIT',
  timeInForce: 'GTC',
  quantity: '0.01',
  price: '58000',
};

async function position(): Promise<{ contracts: number; side: string | undefined; entry: number }> {
  const [found] = await client.fetchPositions([SYMBOL]);
  return {
    contracts: found?.contracts ?? 0,
    side: found?.side,
    entry: found?.entryPrice ?? 0,
  };
}

describe('market data', () => {
  test('markets, books, candles, marks and funding', async () => {
    const market = client.market(SYMBOL);
    expect(market).toMatchObject({ linear: true, contractSize: 1, settle: 'USDT' });
    expect(market.limits.cost?.min).toBe(100);
    const book = await client.fetchOrderBook(SYMBOL, 5);
    expect(book.bids[0]?.[0]).toBeLessThan(book.asks[0]?.[0] ?? 0);
    const ticker = await client.fetchTicker(SYMBOL);
    expect(ticker.last).toBeGreaterThan(50_000);
    expect(await client.fetchOHLCV(SYMBOL, '5m', undefined, 10)).toHaveLength(10);
    expect(await client.fetchMarkOHLCV(SYMBOL, '1h', undefined, 3)).toHaveLength(3);
    const funding = await client.fetchFundingRate(SYMBOL);
    expect(funding.fundingRate).toBe(0.0001);
    expect(funding.fundingTimestamp).toBeGreaterThan(Date.now());
    expect(await client.fetchFundingRateHistory(SYMBOL, undefined, 4)).toHaveLength(4);
    expect((await client.fetchTrades(SYMBOL, undefined, 5)).length).toBeLessThanOrEqual(5);
  });
});

describe('orders', () => {
  test('a market order opens a position, and a reduce-only one closes it', async () => {
    const opened = await place(SYMBOL, 'market', 'buy', 0.01, undefined, { clientOrderId: 'swap-1' });
    expect(opened).toMatchObject({ status: 'closed', filled: 0.01, clientOrderId: 'swap-1' });
    expect(await position()).toMatchObject({ contracts: 0.01, side: 'long' });
    const trades = await client.fetchMyTrades(SYMBOL, undefined, undefined, { orderId: opened.id });
    expect(trades[0]).toMatchObject({ order: opened.id, amount: 0.01, takerOrMaker: 'taker' });
    expect(trades[0]?.fee).toMatchObject({ currency: 'USDT' });
    expect((await client.fetchOrder('', SYMBOL, { clientOrderId: 'swap-1' })).id).toBe(opened.id);
    const closed = await place(SYMBOL, 'market', 'sell', 0.01, undefined, { reduceOnly: true });
    expect(closed.status).toBe('closed');
    expect((await position()).contracts).toBe(0);
    const refused = await raw('POST', '/fapi/v1/order', {
      symbol: 'BTCUSDT',
      side: 'SELL',
      type: 'MARKET',
      quantity: '0.01',
      reduceOnly: 'true',
    });
    expect(refused).toMatchObject({
      status: 400,
      body: { code: -2022, msg: 'ReduceOnly Order is rejected.' },
    });
  });

  test('a limit order rests, is amended, and cancels', async () => {
    const order = await place(SYMBOL, 'limit', 'buy', 0.01, 58_000);
    expect((await client.fetchOpenOrders(SYMBOL)).map((open) => open.id)).toEqual([order.id]);
    const amended = await client.editOrder(order.id, SYMBOL, 'limit', 'buy', 0.02, 58_100);
    expect(amended).toMatchObject({ id: order.id, price: 58_100, amount: 0.02 });
    const canceled = await client.cancelOrder(order.id, SYMBOL);
    expect(canceled.status).toBe('canceled');
    await expect(client.cancelOrder(order.id, SYMBOL)).rejects.toThrow(ccxt.OrderNotFound);
  });

  test('GTX rests or is refused; IOC, FOK and GTD do what they say', async () => {
    const resting = await place(SYMBOL, 'limit', 'buy', 0.01, 58_000, { postOnly: true });
    expect((await client.fetchOrder(resting.id, SYMBOL)).info['timeInForce']).toBe('GTX');
    expect(
      await raw('POST', '/fapi/v1/order', { ...LIMIT_BUY, timeInForce: 'GTX', price: '61000' }),
    ).toMatchObject({ status: 400, body: { code: -5022 } });
    for (const timeInForce of ['IOC', 'FOK'])
      expect(await place(SYMBOL, 'limit', 'buy', 0.01, 58_000, { timeInForce })).toMatchObject({
        status: 'expired',
        filled: 0,
      });
    const goodTillDate = String(Date.now() + 700_000);
    expect(
      await raw('POST', '/fapi/v1/order', { ...LIMIT_BUY, timeInForce: 'GTD', goodTillDate }),
    ).toMatchObject({
      status: 200,
      body: { timeInForce: 'GTD' },
    });
    const soon = String(Date.now() + 1000);
    expect(
      await raw('POST', '/fapi/v1/order', { ...LIMIT_BUY, timeInForce: 'GTD', goodTillDate: soon }),
    ).toMatchObject({ status: 400, body: { code: -1130 } });
  });

  test('an amendment that would make a GTX order take cancels it', async () => {
    const order = await place(SYMBOL, 'limit', 'buy', 0.01, 58_000, { postOnly: true });
    const change = { symbol: 'BTCUSDT', orderId: order.id, side: 'BUY', quantity: '0.01' };
    const same = await raw('PUT', '/fapi/v1/order', { ...change, price: '58000' });
    expect(same.body).toMatchObject({ code: -5027, msg: 'No need to modify the order.' });
    const taking = await raw('PUT', '/fapi/v1/order', { ...change, price: '61000' });
    expect(taking).toMatchObject({ status: 200, body: { status: 'CANCELED' } });
    expect(await client.fetchOpenOrders(SYMBOL)).toEqual([]);
  });

  test('a price can be matched from the book', async () => {
    const queued = await raw('POST', '/fapi/v1/order', {
      symbol: 'BTCUSDT',
      side: 'BUY',
      type: 'LIMIT',
      timeInForce: 'GTC',
      quantity: '0.01',
      priceMatch: 'QUEUE_5',
    });
    const book = await client.fetchOrderBook(SYMBOL, 5);
    expect(queued.body).toMatchObject({ status: 'NEW', priceMatch: 'QUEUE_5' });
    expect(Number(queued.body['price'])).toBe(book.bids[4]?.[0]);
  });

  test('the client id is refused while its order is open', async () => {
    const named = { ...LIMIT_BUY, newClientOrderId: 'twice-1' };
    expect((await raw('POST', '/fapi/v1/order', named)).status).toBe(200);
    expect(await raw('POST', '/fapi/v1/order', named)).toMatchObject({
      status: 400,
      body: { code: -4116, msg: 'ClientOrderId is duplicated.' },
    });
  });

  test('a batch answers for each of its orders', async () => {
    const batchOrders = JSON.stringify([LIMIT_BUY, { ...LIMIT_BUY, quantity: '0.001' }]);
    const { body } = await raw('POST', '/fapi/v1/batchOrders', { batchOrders });
    expect(body).toMatchObject([{ status: 'NEW' }, { code: -4164 }]);
    const placed = await client.createOrders([
      { symbol: SYMBOL, type: 'limit', side: 'buy', amount: 0.01, price: 58_000 },
      { symbol: SYMBOL, type: 'limit', side: 'buy', amount: 0.01, price: 58_100 },
    ]);
    const ids = placed.map((order) => String(order.id));
    const canceled = await client.cancelOrders(ids, SYMBOL);
    expect(canceled.map((order) => order.status)).toEqual(['canceled', 'canceled']);
  });

  test.each([
    [{ quantity: '0.0001' }, -1111, 'Precision is over the maximum defined for this asset.'],
    [{ price: '58000.05' }, -4014, 'Price not increased by tick size.'],
    [
      { quantity: '0.001' },
      -4164,
      "Order's notional must be no smaller than 100 (unless you choose reduce only).",
    ],
    [{ quantity: '0' }, -4003, 'Quantity less than or equal to zero.'],
    [{ quantity: '2000' }, -4005, 'Quantity greater than max quantity.'],
    [{ price: '64000' }, -4016, "Limit price can't be higher than 63000."],
    [{ side: 'SELL', price: '50000' }, -4024, "Limit price can't be lower than 57000."],
    [{ quantity: '40' }, -2019, 'Margin is insufficient.'],
    [
      { type: 'STOP_MARKET' },
      -4120,
      'Order type not supported for this endpoint. Please use the Algo Order API endpoints instead.',
    ],
    [{ positionSide: 'LONG' }, -4061, "Order's position side does not match user's setting."],
    [{ newClientOrderId: 'ä' }, -4015, 'Client order id is not valid.'],
    [{ symbol: 'NOSUCH' }, -1121, 'Invalid symbol.'],
  ])('%j is refused', async (change, code, msg) => {
    const answer = await raw('POST', '/fapi/v1/order', { ...LIMIT_BUY, ...change });
    expect(answer).toMatchObject({ status: 400, body: { code, msg } });
    expect(await client.fetchOpenOrders(SYMBOL)).toEqual([]);
  });

  test('a wrong signature has no effect, and an unknown order is not found', async () => {
    expect(await raw('POST', '/fapi/v1/order', LIMIT_BUY, 'x'.repeat(64))).toMatchObject({
      status: 400,
      body: { code: -1022 },
    });
    expect(await client.fetchOpenOrders(SYMBOL)).toEqual([]);
    const target = { symbol: 'BTCUSDT', origClientOrderId: 'nobody' };
    expect((await raw('GET', '/fapi/v1/order', target)).body['code']).toBe(-2013);
    expect((await raw('DELETE', '/fapi/v1/order', target)).body['code']).toBe(-2011);
  });

  test('the countdown cancels what is open when nobody renews it', async () => {
    await place(SYMBOL, 'limit', 'buy', 0.01, 58_000);
    await raw('POST', '/fapi/v1/countdownCancelAll', { symbol: 'BTCUSDT', countdownTime: '100' });
    await waitFor(async () => (await client.fetchOpenOrders(SYMBOL)).length === 0);
  });
});

describe('conditional orders', () => {
  test('a stop waits as an algo order and creates another order when triggered', async () => {
    await place(SYMBOL, 'market', 'buy', 0.01);
    const stop = await place(SYMBOL, 'market', 'sell', 0.01, undefined, {
      stopLossPrice: 59_000,
      reduceOnly: true,
      clientAlgoId: 'stop-1',
    });
    expect(stop.clientOrderId).toBe('stop-1');
    expect(await client.fetchOpenOrders(SYMBOL)).toEqual([]);
    const waiting = await raw('GET', '/fapi/v1/openAlgoOrders', { symbol: 'BTCUSDT' });
    expect(waiting.body).toMatchObject([{ clientAlgoId: 'stop-1', algoStatus: 'NEW', actualOrderId: '' }]);
    await price('58900');
    const after = await raw('GET', '/fapi/v1/algoOrder', { clientAlgoId: 'stop-1' });
    expect(after.body).toMatchObject({ algoId: Number(stop.id), algoStatus: 'FINISHED' });
    const actualOrderId = String(after.body['actualOrderId']);
    const actual = await raw('GET', '/fapi/v1/order', { symbol: 'BTCUSDT', orderId: actualOrderId });
    expect(actual.body).toMatchObject({ status: 'FILLED', type: 'MARKET', clientOrderId: 'stop-1' });
    expect((await position()).contracts).toBe(0);
  });

  test('close-position takes no quantity and closes all there is', async () => {
    await place(SYMBOL, 'market', 'buy', 0.02);
    const close = {
      algoType: 'CONDITIONAL',
      symbol: 'BTCUSDT',
      side: 'SELL',
      type: 'TAKE_PROFIT_MARKET',
      triggerPrice: '61000',
      closePosition: 'true',
    };
    expect((await raw('POST', '/fapi/v1/algoOrder', { ...close, quantity: '0.01' })).body['code']).toBe(
      -4137,
    );
    expect(await raw('POST', '/fapi/v1/algoOrder', close)).toMatchObject({
      status: 200,
      body: { closePosition: true, orderType: 'TAKE_PROFIT_MARKET' },
    });
    await price('61100');
    expect((await position()).contracts).toBe(0);
  });

  test('one that would trigger at once is refused, and one that waits can be cancelled', async () => {
    const stop = {
      algoType: 'CONDITIONAL',
      symbol: 'BTCUSDT',
      side: 'SELL',
      type: 'STOP_MARKET',
      triggerPrice: '61000',
      quantity: '0.01',
    };
    expect(await raw('POST', '/fapi/v1/algoOrder', stop)).toMatchObject({
      status: 400,
      body: { code: -2021, msg: 'Order would immediately trigger.' },
    });
    const waiting = await raw('POST', '/fapi/v1/algoOrder', { ...stop, triggerPrice: '58000' });
    const algoId = String(waiting.body['algoId']);
    expect((await raw('DELETE', '/fapi/v1/algoOrder', { algoId })).body).toMatchObject({ code: '200' });
    expect((await raw('GET', '/fapi/v1/algoOrder', { algoId })).body['algoStatus']).toBe('CANCELED');
  });
});

describe('account', () => {
  test('balances, leverage, margin type and brackets', async () => {
    const balance = await client.fetchBalance();
    expect(balance['USDT']?.total).toBeGreaterThan(0);
    await client.setLeverage(10, SYMBOL);
    const order = await place(SYMBOL, 'market', 'buy', 0.1);
    expect(order.status).toBe('closed');
    const [held] = await client.fetchPositions([SYMBOL]);
    expect(held).toMatchObject({ contracts: 0.1, side: 'long', marginMode: 'cross' });
    expect(held?.initialMargin).toBeCloseTo(600, 0);
    await expect(client.setMarginMode('isolated', SYMBOL)).rejects.toThrow('Margin type cannot be changed');
    await client.createOrder(SYMBOL, 'market', 'sell', 0.1, undefined, { reduceOnly: true });
    await client.setMarginMode('isolated', SYMBOL);
    expect(
      (await raw('POST', '/fapi/v1/marginType', { symbol: 'BTCUSDT', marginType: 'ISOLATED' })).body['code'],
    ).toBe(-4046);
    await client.setMarginMode('cross', SYMBOL);
    await client.setLeverage(20, SYMBOL);
    expect(
      (await raw('POST', '/fapi/v1/leverage', { symbol: 'BTCUSDT', leverage: '500' })).body,
    ).toMatchObject({
      code: -4028,
    });
    const tiers = await client.fetchLeverageTiers([SYMBOL]);
    expect(tiers[SYMBOL]?.[0]?.maxLeverage).toBe(125);
    expect(await client.fetchPositionMode(SYMBOL)).toMatchObject({ hedged: false });
    const fee = await client.fetchTradingFee(SYMBOL);
    expect(fee.taker).toBe(0.0005);
  });

  test('a position past the cap of its leverage is refused', async () => {
    await client.setLeverage(125, SYMBOL);
    expect(await raw('POST', '/fapi/v1/order', { ...LIMIT_BUY, quantity: '6' })).toMatchObject({
      status: 400,
      body: { code: -2027, msg: 'Exceeded the maximum allowable position at current leverage.' },
    });
    await client.setLeverage(20, SYMBOL);
  });

  test('income lists commissions and realised profit', async () => {
    await place(SYMBOL, 'market', 'buy', 0.01);
    await place(SYMBOL, 'market', 'sell', 0.01, undefined, { reduceOnly: true });
    const { body } = await raw('GET', '/fapi/v1/income', { symbol: 'BTCUSDT' });
    const types = (body as unknown as { incomeType: string }[]).map((entry) => entry.incomeType);
    expect(types).toEqual(expect.arrayContaining(['COMMISSION', 'REALIZED_PNL']));
  });
});

describe('streams', () => {
  test('ccxt sees orders, fills, positions and balances', async () => {
    const orders = client.watchOrders(SYMBOL);
    const trades = client.watchMyTrades(SYMBOL);
    const balances = client.watchBalance({ type: 'swap' });
    await waitFor(() => Promise.resolve(privateStreamOpen()));
    const placed = await place(SYMBOL, 'market', 'buy', 0.01, undefined, { clientOrderId: 'swap-2' });
    expect((await orders).at(-1)).toMatchObject({ id: placed.id, clientOrderId: 'swap-2' });
    expect((await trades).at(-1)).toMatchObject({ order: placed.id, amount: 0.01 });
    expect((await balances)['USDT']?.total).toBeGreaterThan(0);
  });

  test('positions can be followed, and a closed listen key ends its stream', async () => {
    client.options['watchPositions'] = { fetchPositionsSnapshot: false, awaitPositionsSnapshot: false };
    const changed = client.watchPositions([SYMBOL]);
    await waitFor(() => Promise.resolve(privateStreamOpen()));
    await place(SYMBOL, 'market', 'buy', 0.02);
    expect((await changed).at(-1)).toMatchObject({ symbol: SYMBOL, contracts: 0.02, side: 'long' });
    const { body } = await raw('POST', '/fapi/v1/listenKey');
    const socket = new WebSocket(`${wsUrl}/private/ws?listenKey=${String(body['listenKey'])}`);
    const reported: string[] = [];
    socket.on('message', (data: Buffer) => {
      reported.push((JSON.parse(data.toString('utf8')) as UserEvent).e);
    });
    await new Promise((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
    });
    await raw('DELETE', '/fapi/v1/listenKey');
    await place(SYMBOL, 'market', 'sell', 0.01, undefined, { reduceOnly: true });
    await place(SYMBOL, 'market', 'sell', 0.01, undefined, { reduceOnly: true });
    await waitFor(() => Promise.resolve(reported.length > 0));
    socket.close();
    expect(reported).toEqual(['listenKeyExpired']);
  });

  test('the market can be followed', async () => {
    const book = await client.watchOrderBook('ETH/USDT:USDT', 10);
    expect(book.bids[0]?.[0]).toBeLessThan(book.asks[0]?.[0] ?? 0);
    const [trade] = await client.watchTrades('ETH/USDT:USDT');
    expect(trade?.symbol).toBe('ETH/USDT:USDT');
    const mark = await client.watchMarkPrice('ETH/USDT:USDT');
    expect(mark.markPrice).toBeGreaterThan(0);
    const [candle] = await client.watchOHLCV('ETH/USDT:USDT', '1m');
    expect(candle?.[4]).toBeGreaterThan(0);
  });

  test('a triggered stop sends an event for each step', async () => {
    const listen = await fetch(`${restUrl}/fapi/v1/listenKey`, {
      method: 'POST',
      headers: { 'X-MBX-APIKEY': key },
    });
    const { listenKey } = (await listen.json()) as { listenKey: string };
    const socket = new WebSocket(`${wsUrl}/private/ws?listenKey=${listenKey}`);
    const reported: string[] = [];
    let linked: unknown;
    socket.on('message', (data: Buffer) => {
      const event = JSON.parse(data.toString('utf8')) as UserEvent;
      reported.push([event.e, event.o?.x, event.o?.X].filter((part) => part !== undefined).join(' '));
      if (event.e === 'ALGO_UPDATE' && event.o?.X === 'TRIGGERED') linked = event.o.ai;
    });
    await new Promise((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
    });
    try {
      await place(SYMBOL, 'market', 'buy', 0.01);
      await place(SYMBOL, 'market', 'sell', 0.01, undefined, { stopLossPrice: 59_000, reduceOnly: true });
      await price('58900');
      await waitFor(() => Promise.resolve(reported.includes('ALGO_UPDATE FINISHED')));
      await waitFor(() =>
        Promise.resolve(reported.filter((event) => event === 'ACCOUNT_UPDATE').length === 2),
      );
    } finally {
      socket.close();
    }
    expect(reported.filter((event) => event !== 'TRADE_LITE')).toEqual([
      'ORDER_TRADE_UPDATE NEW NEW',
      'ORDER_TRADE_UPDATE TRADE FILLED',
      'ACCOUNT_UPDATE',
      'ALGO_UPDATE NEW',
      'ALGO_UPDATE TRIGGERING',
      'ORDER_TRADE_UPDATE NEW NEW',
      'ALGO_UPDATE TRIGGERED',
      'ORDER_TRADE_UPDATE TRADE FILLED',
      'ALGO_UPDATE FINISHED',
      'ACCOUNT_UPDATE',
    ]);
    expect(linked).toMatch(/^[0-9]+$/);
  });
});

/** Whether ccxt's connection to the private stream stands. */
function privateStreamOpen(): boolean {
  const clients = client.clients as Record<string, { url: string; isOpen(): boolean }>;
  return Object.values(clients).some((open) => open.url.includes('/private/ws') && open.isOpen());
}

/** Asks until the condition holds; fails after five seconds. */
async function waitFor(condition: () => Promise<boolean>): Promise<void> {
  const until = Date.now() + 5000;
  while (!(await condition())) {
    if (Date.now() > until) throw new Error('the condition did not come to hold');
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
}

test('position mode and both positions outlive a restart, and end with a reset', async () => {
  const stateDirectory = await mkdtemp(join(tmpdir(), 'position-mode-'));
  const options = { controlPort: 0, venues: ['binance'], stateDirectory };
  let running = await runSimulators(options);
  const ask = async (
    method: string,
    parameters: Record<string, string> = {},
    path = '/fapi/v1/positionSide/dual',
  ): Promise<Answer> => {
    const venue = running.venues.get('binance');
    if (venue === undefined) throw new Error('binance is not being simulated');
    return signedRequest(
      { restUrl: venue.urls.restUrl, ...venue.paperCredentials },
      method,
      path,
      parameters,
    );
  };
  try {
    expect((await ask('POST', { dualSidePosition: 'true' })).status).toBe(200);
    const order = { symbol: 'BTCUSDT', type: 'MARKET', quantity: '0.01' };
    for (const [side, positionSide] of [
      ['BUY', 'LONG'],
      ['SELL', 'SHORT'],
    ] as const)
      expect((await ask('POST', { ...order, side, positionSide }, '/fapi/v1/order')).status).toBe(200);
    await running.close();
    running = await runSimulators(options);
    expect((await ask('GET')).body).toEqual({ dualSidePosition: true });
    expect((await ask('GET', { symbol: 'BTCUSDT' }, '/fapi/v3/positionRisk')).body).toMatchObject([
      { positionSide: 'LONG', positionAmt: '0.010' },
      { positionSide: 'SHORT', positionAmt: '-0.010' },
    ]);
    expect((await ask('POST', { dualSidePosition: 'true' })).body).toMatchObject({ code: -4059 });
    const reset = await fetch(`${running.controlUrl}/control/binance/reset`, { method: 'POST' });
    expect(reset.ok).toBe(true);
    expect((await ask('GET')).body).toEqual({ dualSidePosition: false });
  } finally {
    await running.close();
    await rm(stateDirectory, { recursive: true, force: true });
  }
});
