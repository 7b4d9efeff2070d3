/** Simulated Binance spot as ccxt's own class sees it, over real sockets. */
import ccxt from 'ccxt';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { runVenue, type RunningTestVenue } from '../testing/running-venue.ts';
import { closeClient } from '../testing/ccxt-bot.ts';
import { ccxtClient, type BinanceClient } from './testing/ccxt-client.ts';
import { signedRequest, type Answer } from './testing/signed-request.ts';

const SYMBOL = 'BTC/USDT';

let venue: RunningTestVenue;
let client: BinanceClient;
let restUrl: string;
let key: string;
let secret: string;

beforeAll(async () => {
  venue = await runVenue('binance');
  ({ restUrl, key, secret } = venue);
  client = await ccxtClient(venue);
  await client.loadMarkets();
  await control('price', { symbol: SYMBOL, price: '60000', hold: true });
});

afterAll(async () => {
  await closeClient(client);
  await venue.close();
});

afterEach(async () => {
  const open = await client.fetchOpenOrders(SYMBOL);
  if (open.length > 0) await client.cancelAllOrders(SYMBOL);
});

async function control(path: string, body: unknown): Promise<void> {
  await venue.control('POST', path, body);
}

type RawOptions = { readonly key?: string; readonly secret?: string; readonly timestamp?: number };

/** A signed request by hand, to see status, code and text. */
function raw(
  method: string,
  path: string,
  params: Record<string, string> = {},
  options: RawOptions = {},
): Promise<Answer> {
  return signedRequest({ restUrl, key, secret, ...options }, method, path, params);
}

const LIMIT_BUY = {
  symbol: 'BTCUSDT',
  side: 'BUY',
  type: 'LIMIT',
  timeInForce: 'GTC',
  quantity: '0.01',
  price: '50000',
};

type OrderArguments = Parameters<BinanceClient['createOrder']>;
type PlacedOrder = Awaited<ReturnType<BinanceClient['createOrder']>> & { readonly id: string };

async function place(...request: OrderArguments): Promise<PlacedOrder> {
  const order = await client.createOrder(...request);
  return { ...order, id: String(order.id) };
}

async function placeByStream(...request: OrderArguments): Promise<PlacedOrder> {
  const order = await client.createOrderWs(...request);
  return { ...order, id: String(order.id) };
}

async function edit(...request: Parameters<BinanceClient['editOrder']>): Promise<PlacedOrder> {
  const order = await client.editOrder(...request);
  return { ...order, id: String(order.id) };
}

async function free(asset: string): Promise<number> {
  const balance = (await client.fetchBalance())[asset];
  return balance?.free ?? 0;
}

describe('market data', () => {
  test('markets carry the filters of the venue', () => {
    const market = client.market(SYMBOL);
    expect(market.precision).toMatchObject({ amount: 0.00001, price: 0.01 });
    expect(market.limits.cost?.min).toBe(5);
    expect(client.symbols).toEqual(expect.arrayContaining(['ETH/USDT', 'SOL/USDT', 'BNB/USDT', 'ETH/BTC']));
  });

  test('the book, trades, tickers and candles agree about the price', async () => {
    const book = await client.fetchOrderBook(SYMBOL, 5);
    expect(book.bids).toHaveLength(5);
    expect(book.bids[0]?.[0]).toBeLessThan(60_000);
    expect(book.asks[0]?.[0]).toBeGreaterThan(60_000);
    const ticker = await client.fetchTicker(SYMBOL);
    expect(ticker.last).toBeGreaterThan(59_000);
    expect(ticker.bid).toBe(book.bids[0]?.[0]);
    const candles = await client.fetchOHLCV(SYMBOL, '1h', undefined, 24);
    expect(candles).toHaveLength(24);
    expect(candles.at(-1)?.[4]).toBe(ticker.last);
    for (const [, open, high, low, close] of candles) {
      expect(high).toBeGreaterThanOrEqual(Math.max(open ?? 0, close ?? 0));
      expect(low).toBeLessThanOrEqual(Math.min(open ?? 0, close ?? 0));
    }
    const day = await client.fetchBidsAsks([SYMBOL]);
    expect(day[SYMBOL]?.ask).toBe(book.asks[0]?.[0]);
    expect(await client.fetchTime()).toBeGreaterThan(Date.now() - 5000);
  });
});

describe('orders', () => {
  test('a market order fills, costs its fee in what it receives, and is found by its client id', async () => {
    const before = await free('BTC');
    const order = await place(SYMBOL, 'market', 'buy', 0.01, undefined, {
      clientOrderId: 'market-1',
    });
    expect(order).toMatchObject({ status: 'closed', filled: 0.01, clientOrderId: 'market-1' });
    expect(order.fee).toMatchObject({ currency: 'BTC', cost: 0.00001 });
    expect((await free('BTC')) - before).toBeCloseTo(0.00999, 10);
    const found = await client.fetchOrder('', SYMBOL, { clientOrderId: 'market-1' });
    expect(found.id).toBe(order.id);
    const trades = await client.fetchMyTrades(SYMBOL, undefined, undefined, { orderId: order.id });
    expect(trades).toHaveLength(1);
    expect(trades[0]).toMatchObject({ order: order.id, amount: 0.01, takerOrMaker: 'taker' });
  });

  test('a market order by cost spends no more than asked', async () => {
    const order = await client.createMarketBuyOrderWithCost(SYMBOL, 100);
    expect(order.status).toBe('closed');
    expect(order.cost).toBeLessThanOrEqual(100);
    expect(order.cost).toBeGreaterThan(99);
  });

  test('a limit order rests, locks its cost, and cancels', async () => {
    const before = await free('USDT');
    const order = await place(SYMBOL, 'limit', 'buy', 0.01, 50_000);
    expect(order).toMatchObject({ status: 'open', filled: 0 });
    expect(before - (await free('USDT'))).toBeCloseTo(500, 6);
    expect((await client.fetchOpenOrders(SYMBOL)).map((open) => open.id)).toEqual([order.id]);
    const canceled = await client.cancelOrder(order.id, SYMBOL);
    expect(canceled).toMatchObject({ id: order.id, status: 'canceled' });
    expect(await free('USDT')).toBeCloseTo(before, 6);
    expect((await client.fetchOrder(order.id, SYMBOL)).status).toBe('canceled');
  });

  test('IOC and FOK orders that find nothing expire', async () => {
    for (const timeInForce of ['IOC', 'FOK']) {
      const order = await place(SYMBOL, 'limit', 'buy', 0.01, 50_000, { timeInForce });
      expect(order).toMatchObject({ status: 'expired', filled: 0 });
    }
  });

  test('a post-only order rests, and is refused where it would take', async () => {
    const resting = await place(SYMBOL, 'limit', 'buy', 0.01, 50_000, { postOnly: true });
    expect((await client.fetchOrder(resting.id, SYMBOL)).info['type']).toBe('LIMIT_MAKER');
    await expect(place(SYMBOL, 'limit', 'buy', 0.01, 61_000, { postOnly: true })).rejects.toThrow(
      ccxt.OrderImmediatelyFillable,
    );
  });

  test('stop orders of both kinds wait, and one that would trigger at once is refused', async () => {
    const stop = await place(SYMBOL, 'limit', 'sell', 0.01, 54_000, { stopLossPrice: 55_000 });
    const profit = await place(SYMBOL, 'market', 'sell', 0.01, undefined, {
      takeProfitPrice: 65_000,
    });
    const open = await client.fetchOpenOrders(SYMBOL);
    expect(open.map((order) => order.info['type'])).toEqual(['STOP_LOSS_LIMIT', 'TAKE_PROFIT']);
    expect(open.map((order) => order.id)).toEqual([stop.id, profit.id]);
    const refused = await raw('POST', '/api/v3/order', {
      symbol: 'BTCUSDT',
      side: 'SELL',
      type: 'STOP_LOSS',
      quantity: '0.01',
      stopPrice: '61000',
    });
    expect(refused).toMatchObject({
      status: 400,
      body: { code: -2010, msg: 'Order would trigger immediately.' },
    });
  });

  test('a triggered stop goes to the market under its own id', async () => {
    const stop = await place(SYMBOL, 'market', 'sell', 0.01, undefined, {
      stopLossPrice: 59_000,
    });
    await control('price', { symbol: SYMBOL, price: '58900', hold: true });
    await control('price', { symbol: SYMBOL, price: '60000', hold: true });
    const after = await client.fetchOrder(stop.id, SYMBOL);
    expect(after).toMatchObject({ id: stop.id, status: 'closed', filled: 0.01 });
  });

  test('an iceberg order is taken and shown as one', async () => {
    const answer = await raw('POST', '/api/v3/order', { ...LIMIT_BUY, quantity: '0.02', icebergQty: '0.01' });
    expect(answer).toMatchObject({ status: 200, body: { icebergQty: '0.01000000' } });
  });

  test('every response type shows what the documentation says', async () => {
    const acknowledged = await raw('POST', '/api/v3/order', { ...LIMIT_BUY, newOrderRespType: 'ACK' });
    expect(Object.keys(acknowledged.body)).toEqual([
      'symbol',
      'orderId',
      'orderListId',
      'clientOrderId',
      'transactTime',
    ]);
    const result = await raw('POST', '/api/v3/order', { ...LIMIT_BUY, newOrderRespType: 'RESULT' });
    expect(result.body).toMatchObject({ status: 'NEW', origQty: '0.01000000', price: '50000.00000000' });
    expect(result.body).not.toHaveProperty('fills');
    const full = await raw('POST', '/api/v3/order', LIMIT_BUY);
    expect(full.body['fills']).toEqual([]);
    expect(full.headers.get('x-mbx-order-count-10s')).toMatch(/^[1-9][0-9]*$/);
  });

  test('a client id is refused while its order is open and free once it is filled', async () => {
    const id = 'again-1';
    const first = await raw('POST', '/api/v3/order', { ...LIMIT_BUY, newClientOrderId: id });
    expect(first.status).toBe(200);
    const second = await raw('POST', '/api/v3/order', { ...LIMIT_BUY, newClientOrderId: id });
    expect(second).toMatchObject({ status: 400, body: { code: -2010, msg: 'Duplicate order sent.' } });
    await expect(place(SYMBOL, 'limit', 'buy', 0.01, 50_000, { clientOrderId: id })).rejects.toThrow(
      ccxt.InvalidOrder,
    );
    await client.cancelAllOrders(SYMBOL);
    const market = {
      symbol: 'BTCUSDT',
      side: 'BUY',
      type: 'MARKET',
      quantity: '0.001',
      newClientOrderId: id,
    };
    const [filled, repeated] = [
      await raw('POST', '/api/v3/order', market),
      await raw('POST', '/api/v3/order', market),
    ];
    expect(filled.body['status']).toBe('FILLED');
    expect(repeated.body['status']).toBe('FILLED');
    expect(repeated.body['orderId']).not.toBe(filled.body['orderId']);
  });

  test('the test endpoint checks an order and places none', async () => {
    expect(await raw('POST', '/api/v3/order/test', LIMIT_BUY)).toMatchObject({ status: 200, body: {} });
    expect(await client.fetchOpenOrders(SYMBOL)).toEqual([]);
    expect(
      (await raw('POST', '/api/v3/order/test', { ...LIMIT_BUY, price: '50000.001' })).body,
    ).toMatchObject({ msg: 'Filter failure: PRICE_FILTER' });
  });

  test('cancel-replace does both, or says which half failed', async () => {
    const order = await place(SYMBOL, 'limit', 'buy', 0.01, 50_000);
    const edited = await edit(order.id, SYMBOL, 'limit', 'buy', 0.01, 49_000);
    expect(edited.id).not.toBe(order.id);
    expect((await client.fetchOpenOrders(SYMBOL)).map((open) => open.price)).toEqual([49_000]);
    const replace = { ...LIMIT_BUY, cancelReplaceMode: 'STOP_ON_FAILURE', cancelOrderId: order.id };
    expect(await raw('POST', '/api/v3/order/cancelReplace', replace)).toMatchObject({
      status: 400,
      body: {
        code: -2022,
        data: {
          cancelResult: 'FAILURE',
          newOrderResult: 'NOT_ATTEMPTED',
          cancelResponse: { code: -2011, msg: 'Unknown order sent.' },
          newOrderResponse: null,
        },
      },
    });
    expect(
      await raw('POST', '/api/v3/order/cancelReplace', { ...replace, cancelReplaceMode: 'ALLOW_FAILURE' }),
    ).toMatchObject({
      status: 409,
      body: { code: -2021, data: { cancelResult: 'FAILURE', newOrderResult: 'SUCCESS' } },
    });
    const tooMuch = { ...replace, cancelOrderId: edited.id, quantity: '20' };
    expect(await raw('POST', '/api/v3/order/cancelReplace', tooMuch)).toMatchObject({
      status: 409,
      body: {
        code: -2021,
        data: {
          cancelResult: 'SUCCESS',
          newOrderResult: 'FAILURE',
          newOrderResponse: { code: -2010 },
        },
      },
    });
  });

  test('an amend lowers the quantity and nothing else', async () => {
    const order = await place(SYMBOL, 'limit', 'buy', 0.02, 50_000);
    const params = { symbol: 'BTCUSDT', orderId: order.id };
    const path = '/api/v3/order/amend/keepPriority';
    expect((await raw('PUT', path, { ...params, newQty: '0.03' })).body).toMatchObject({
      code: -2038,
      msg: 'Order amend (quantity increase) is not supported.',
    });
    expect((await raw('PUT', path, { ...params, newQty: '0.01' })).body).toMatchObject({
      amendedOrder: { qty: '0.01000000', origClientOrderId: order.clientOrderId },
    });
    expect((await client.fetchOrder(order.id, SYMBOL)).amount).toBe(0.01);
  });
});

describe('order lists', () => {
  const sell = {
    symbol: 'BTCUSDT',
    side: 'SELL',
    quantity: '0.01',
    aboveType: 'LIMIT_MAKER',
    abovePrice: '65000',
    belowType: 'STOP_LOSS',
    belowStopPrice: '55000',
  };

  test('an OCO places two legs, is listed, and ends as one', async () => {
    const placed = await raw('POST', '/api/v3/orderList/oco', sell);
    expect(placed).toMatchObject({
      status: 200,
      body: { contingencyType: 'OCO', listStatusType: 'EXEC_STARTED', listOrderStatus: 'EXECUTING' },
    });
    const reports = placed.body['orderReports'] as { type: string; orderId: number }[];
    expect(reports.map((report) => report.type)).toEqual(['LIMIT_MAKER', 'STOP_LOSS']);
    const orderListId = String(placed.body['orderListId']);
    expect((await raw('GET', '/api/v3/orderList', { orderListId })).body['listOrderStatus']).toBe(
      'EXECUTING',
    );
    const canceled = await raw('DELETE', '/api/v3/orderList', { symbol: 'BTCUSDT', orderListId });
    expect(canceled.body['listOrderStatus']).toBe('ALL_DONE');
    expect(await client.fetchOpenOrders(SYMBOL)).toEqual([]);
  });

  test('when one leg trades the other expires', async () => {
    const placed = await raw('POST', '/api/v3/orderList/oco', sell);
    const [limit, stop] = placed.body['orderReports'] as { orderId: number }[];
    await control('price', { symbol: SYMBOL, price: '65100', hold: true });
    await control('price', { symbol: SYMBOL, price: '60000', hold: true });
    expect((await client.fetchOrder(String(limit?.orderId), SYMBOL)).status).toBe('closed');
    const other = await client.fetchOrder(String(stop?.orderId), SYMBOL);
    expect(other.info).toMatchObject({ status: 'EXPIRED', expiryReason: 'OCO_TRIGGER' });
  });

  test('prices on the wrong side of the market are refused', async () => {
    expect((await raw('POST', '/api/v3/orderList/oco', { ...sell, abovePrice: '59000' })).body).toMatchObject(
      {
        code: -2010,
        msg: 'The relationship of the prices for the orders is not correct.',
      },
    );
  });
});

describe('refusals', () => {
  test.each([
    [{ price: '50000.001' }, -1013, 'Filter failure: PRICE_FILTER'],
    [{ price: '2000000' }, -1013, 'Filter failure: PRICE_FILTER'],
    [{ price: '5000' }, -1013, 'Filter failure: PERCENT_PRICE_BY_SIDE'],
    [{ quantity: '0.000001' }, -1013, 'Filter failure: LOT_SIZE'],
    [{ quantity: '0.00001' }, -1013, 'Filter failure: NOTIONAL'],
    [{ quantity: '0' }, -1013, 'Invalid quantity.'],
    [{ quantity: '20' }, -2010, 'Account has insufficient balance for requested action.'],
    [
      { quantity: '-1' },
      -1100,
      "Illegal characters found in parameter 'quantity'; legal range is '^([0-9]{1,20})(\\.[0-9]{1,20})?$'.",
    ],
    [{ quantity: '0.123456789' }, -1111, "Parameter 'quantity' has too much precision."],
    [{ price: '' }, -1105, "Parameter 'price' was empty."],
    [{ side: 'UP' }, -1117, 'Invalid side.'],
    [{ type: 'STOP' }, -1116, 'Invalid orderType.'],
    [{ timeInForce: 'GTX' }, -1115, 'Invalid timeInForce.'],
    [{ symbol: 'NOSUCH' }, -1121, 'Invalid symbol.'],
    [
      { symbol: 'btcusdt' },
      -1100,
      String.raw`Illegal characters found in parameter 'symbol'; legal range is '^[\w\-._&&[^a-z]]{1,50}$'.`,
    ],
    [
      { newClientOrderId: 'ä' },
      -1100,
      "Illegal characters found in parameter 'newClientOrderId'; legal range is '^[a-zA-Z0-9-_]{1,36}$'.",
    ],
    [{ stopPrice: '1' }, -1106, "Parameter 'stopPrice' sent when not required."],
    [{ foo: '1' }, -1104, "Not all sent parameters were read; read '8' parameter(s) but was sent '9'."],
  ])('%j', async (change, code, msg) => {
    const answer = await raw('POST', '/api/v3/order', { ...LIMIT_BUY, ...change });
    expect(answer).toMatchObject({ status: 400, body: { code, msg } });
    expect(await client.fetchOpenOrders(SYMBOL)).toEqual([]);
  });

  test('an unknown order cannot be queried or cancelled', async () => {
    const target = { symbol: 'BTCUSDT', origClientOrderId: 'nobody' };
    expect(await raw('GET', '/api/v3/order', target)).toMatchObject({
      status: 400,
      body: { code: -2013, msg: 'Order does not exist.' },
    });
    expect(await raw('DELETE', '/api/v3/order', target)).toMatchObject({
      status: 400,
      body: { code: -2011, msg: 'Unknown order sent.' },
    });
  });

  test('a wrong key, a wrong signature and a missing one are refused', async () => {
    expect(await raw('GET', '/api/v3/account', {}, { key: 'x'.repeat(64) })).toMatchObject({
      status: 401,
      body: { code: -2015, msg: 'Invalid API-key, IP, or permissions for action.' },
    });
    expect(await raw('GET', '/api/v3/account', {}, { key: 'bad' })).toMatchObject({
      status: 401,
      body: { code: -2014, msg: 'API-key format invalid.' },
    });
    expect(await raw('POST', '/api/v3/order', LIMIT_BUY, { secret: 'x'.repeat(64) })).toMatchObject({
      status: 400,
      body: { code: -1022, msg: 'Signature for this request is not valid.' },
    });
    expect(await client.fetchOpenOrders(SYMBOL)).toEqual([]);
  });

  test('a stale timestamp and one from the future are refused before any effect', async () => {
    const now = Date.now();
    expect(await raw('POST', '/api/v3/order', LIMIT_BUY, { timestamp: now - 5100 })).toMatchObject({
      status: 400,
      body: { code: -1021, msg: 'Timestamp for this request is outside of the recvWindow.' },
    });
    expect(await raw('POST', '/api/v3/order', LIMIT_BUY, { timestamp: now + 1500 })).toMatchObject({
      status: 400,
      body: { code: -1021, msg: "Timestamp for this request was 1000ms ahead of the server's time." },
    });
    const wide = { ...LIMIT_BUY, recvWindow: '60001' };
    expect(await raw('POST', '/api/v3/order', wide)).toMatchObject({ status: 400, body: { code: -1131 } });
    expect(await client.fetchOpenOrders(SYMBOL)).toEqual([]);
  });

  test('the clock that counts is the one the venue shows', async () => {
    await control('faults', { kind: 'clock_skew', route: '*', skew_ms: 10_000 });
    try {
      const { body } = await raw('GET', '/api/v3/account');
      expect(body).toMatchObject({ code: -1021 });
      const shown = (await (await fetch(`${restUrl}/api/v3/time`)).json()) as { serverTime: number };
      expect(shown.serverTime - Date.now()).toBeGreaterThan(9000);
      expect(await raw('GET', '/api/v3/account', {}, { timestamp: shown.serverTime })).toMatchObject({
        status: 200,
      });
    } finally {
      await venue.control('DELETE', 'faults');
    }
  });
});

describe('streams', () => {
  test('orders, fills and balances arrive as they occur', async () => {
    const [orders, trades, balances] = [
      client.watchOrders(SYMBOL),
      client.watchMyTrades(SYMBOL),
      client.watchBalance(),
    ];
    await waitFor(async () => (await subscriptions()) > 0);
    const placed = await place(SYMBOL, 'market', 'buy', 0.01, undefined, {
      clientOrderId: 'streamed-1',
    });
    const [order] = (await orders).slice(-1);
    expect(order).toMatchObject({ id: placed.id, clientOrderId: 'streamed-1' });
    expect((await trades).at(-1)).toMatchObject({ order: placed.id, amount: 0.01, takerOrMaker: 'taker' });
    expect((await balances)['BTC']?.total).toBeGreaterThan(0);
    const [resting] = [await place(SYMBOL, 'limit', 'buy', 0.01, 50_000)];
    const canceled = client.watchOrders(SYMBOL);
    await client.cancelOrder(resting.id, SYMBOL);
    let latest = await canceled;
    while (latest.at(-1)?.status !== 'canceled') latest = await client.watchOrders(SYMBOL);
    expect(latest.at(-1)).toMatchObject({ id: resting.id, status: 'canceled' });
  });

  test('the book and the tape can be followed', async () => {
    await control('price', { symbol: 'ETH/USDT', price: '2500' });
    const book = await client.watchOrderBook('ETH/USDT', 10);
    expect(book.bids[0]?.[0]).toBeLessThan(book.asks[0]?.[0] ?? 0);
    const [trade] = await client.watchTrades('ETH/USDT');
    expect(trade?.symbol).toBe('ETH/USDT');
    const ticker = await client.watchTicker('ETH/USDT');
    expect(ticker.last).toBeGreaterThan(0);
    const [candle] = await client.watchOHLCV('ETH/USDT', '1m');
    expect(candle?.[4]).toBeGreaterThan(0);
    const best = await client.watchBidsAsks(['ETH/USDT']);
    expect(best['ETH/USDT']?.bid).toBeGreaterThan(0);
  });

  test('an order can be placed, queried and cancelled over the WebSocket API', async () => {
    const order = await placeByStream(SYMBOL, 'limit', 'buy', 0.01, 50_000);
    expect((await client.fetchOrderWs(order.id, SYMBOL)).status).toBe('open');
    expect((await client.cancelOrderWs(order.id, SYMBOL)).status).toBe('canceled');
  });
});

/** How many private stream subscriptions were served so far. */
async function subscriptions(): Promise<number> {
  const rows = (await venue.control('GET', 'requests')) as {
    route: string;
    outcome: string;
    count: number;
  }[];
  return rows.find((row) => row.route === 'private_stream' && row.outcome === 'ok')?.count ?? 0;
}

/** Asks until the condition holds; fails after five seconds. */
async function waitFor(condition: () => Promise<boolean>): Promise<void> {
  const until = Date.now() + 5000;
  while (!(await condition())) {
    if (Date.now() > until) throw new Error('the condition did not come to hold');
  }
}
