/** The simulated USD-M futures by hand: parameters and endpoints that programs of others send and read. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { runSimulators, type Simulators } from '../host.ts';
import { signedRequest, type Answer } from './testing/signed-request.ts';

let simulators: Simulators;
let restUrl: string;
let key: string;
let secret: string;

beforeAll(async () => {
  simulators = await runSimulators({ controlPort: 0, venues: ['binance'], limits: false });
  const venue = simulators.venues.get('binance');
  if (venue === undefined) throw new Error('binance is not being simulated');
  ({ restUrl } = venue.urls);
  ({ key, secret } = venue.paperCredentials);
  await price('60000');
});

afterEach(async () => {
  for (const path of ['allOpenOrders', 'algoOpenOrders'])
    await request('DELETE', `/fapi/v1/${path}`, { symbol: 'BTCUSDT' });
});

afterAll(async () => {
  await simulators.close();
});

function request(method: string, path: string, params: Record<string, string> = {}): Promise<Answer> {
  return signedRequest({ restUrl, key, secret }, method, path, params);
}

async function control(path: string, body: unknown): Promise<Answer> {
  const answer = await fetch(`${simulators.controlUrl}/control/binance/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const { status, headers } = answer;
  return { status, headers, body: (await answer.json()) as Record<string, unknown> };
}

async function price(value: string): Promise<void> {
  await control('price', { symbol: 'BTC/USDT:USDT', price: value, hold: true });
}

const LIMIT = { symbol: 'BTCUSDT', side: 'BUY', type: 'LIMIT', timeInForce: 'GTC', quantity: '0.01' };
const STOP = {
  algoType: 'CONDITIONAL',
  symbol: 'BTCUSDT',
  side: 'SELL',
  type: 'STOP_MARKET',
  quantity: '0.01',
  triggerPrice: '59000',
};

test('an optional parameter without a value counts as one that was not sent', async () => {
  const empty = { newOrderRespType: '', newClientOrderId: '', reduceOnly: '', selfTradePreventionMode: '' };
  const placed = await request('POST', '/fapi/v1/order', { ...LIMIT, price: '58000', ...empty });
  expect(placed.body).toMatchObject({ status: 'NEW', reduceOnly: false });
  const open = await request('GET', '/fapi/v1/openOrders', { symbol: '' });
  expect(open.body).toMatchObject([{ orderId: placed.body['orderId'] }]);
  const missing = await request('POST', '/fapi/v1/order', { ...LIMIT, price: '' });
  expect(missing).toMatchObject({ status: 400, body: { code: -1102 } });
});

test('look-ups of a conditional order name the figures of a trailing stop for a trailing stop alone', async () => {
  const { body } = await request('POST', '/fapi/v1/algoOrder', STOP);
  const id = { algoId: String(body['algoId']) };
  const found = await request('GET', '/fapi/v1/algoOrder', id);
  const open = await request('GET', '/fapi/v1/openAlgoOrders');
  const all = await request('GET', '/fapi/v1/allAlgoOrders', { symbol: 'BTCUSDT' });
  const rows = [found.body, open.body, all.body].flat();
  expect(rows).toHaveLength(3);
  for (const row of rows) {
    expect(row).toMatchObject({ algoId: body['algoId'], triggerPrice: '59000.00' });
    expect(row).not.toHaveProperty('activatePrice');
    expect(row).not.toHaveProperty('callbackRate');
  }
});

test('a batch of amendments: each entry for itself', async () => {
  const placed = await Promise.all(
    ['58000', '58100'].map((at) => request('POST', '/fapi/v1/order', { ...LIMIT, price: at })),
  );
  const [first, second] = placed.map(({ body }) => Number(body['orderId']));
  const change = (orderId: number | undefined, quantity: string): unknown => ({
    symbol: 'BTCUSDT',
    side: 'BUY',
    orderId,
    quantity,
    price: '57900',
  });
  const entries = [change(first, '0.02'), change(1, '0.02'), change(second, '0.03')];
  const answer = await request('PUT', '/fapi/v1/batchOrders', { batchOrders: JSON.stringify(entries) });
  expect(answer.body).toMatchObject([
    { orderId: first, price: '57900.00', origQty: '0.020' },
    { code: -2013 },
    { orderId: second, price: '57900.00', origQty: '0.030' },
  ]);
  const tooMany = JSON.stringify(Array.from({ length: 6 }, () => change(first, '0.05')));
  expect((await request('PUT', '/fapi/v1/batchOrders', { batchOrders: tooMany })).body).toMatchObject({
    code: -4082,
  });
});

test('ids of conditional orders are those of no other order and unique over all symbols', async () => {
  const order = await request('POST', '/fapi/v1/order', { ...LIMIT, price: '58000' });
  const stops = await Promise.all(
    ['BTCUSDT', 'ETHUSDT'].map((symbol) =>
      request('POST', '/fapi/v1/algoOrder', { ...STOP, symbol, quantity: '0.1', triggerPrice: '1900' }),
    ),
  );
  const ids = stops.map(({ body }) => Number(body['algoId']));
  expect(new Set(ids).size).toBe(2);
  for (const id of ids) {
    expect(Number.isSafeInteger(id)).toBe(true);
    expect(id).toBeGreaterThan(3_000_000_000_000_000);
    expect(Number(order.body['orderId'])).toBeLessThan(3_000_000_000_000_000);
    expect((await request('DELETE', '/fapi/v1/algoOrder', { algoId: String(id) })).body).toMatchObject({
      algoId: id,
    });
  }
});

const SWAP = 'BTC/USDT:USDT';

test('mark and index price stand apart from the book, and PERCENT_PRICE goes by the mark, one side each', async () => {
  await control('mark', { symbol: SWAP, mark: '57000', index: '57010' });
  expect((await request('GET', '/fapi/v1/premiumIndex', { symbol: 'BTCUSDT' })).body).toMatchObject({
    markPrice: '57000.00000000',
    indexPrice: '57010.00000000',
  });
  const best = await request('GET', '/fapi/v1/ticker/bookTicker', { symbol: 'BTCUSDT' });
  expect(best.body).toMatchObject({ bidPrice: '59999.90', askPrice: '60000.10' });
  // 5 % above 57,000 is 59,850, 5 % below is 54,150.
  const market = { symbol: 'BTCUSDT', type: 'MARKET', quantity: '0.01' };
  const place = (params: Record<string, string>): Promise<Answer> =>
    request('POST', '/fapi/v1/order', params);
  expect((await place({ ...market, side: 'BUY' })).body).toMatchObject({ code: -4131 });
  expect((await place({ ...market, side: 'SELL' })).status).toBe(200);
  expect((await place({ ...LIMIT, price: '59850.1' })).body).toMatchObject({ code: -4016 });
  expect((await place({ ...LIMIT, price: '40000' })).status).toBe(200);
  expect((await place({ ...LIMIT, side: 'SELL', price: '54149.9' })).body).toMatchObject({ code: -4024 });
  expect((await place({ ...LIMIT, side: 'SELL', price: '70000' })).status).toBe(200);
  const [position] = (await request('GET', '/fapi/v3/positionRisk')).body as unknown as Answer['body'][];
  expect(position).toMatchObject({ markPrice: '57000.00000000', unRealizedProfit: '29.99900000' });
  await control('mark', { symbol: SWAP, mark: null, index: null });
  await place({ ...market, side: 'BUY', reduceOnly: 'true' });
});

test('the book can be thin, one-sided, swept and crossed', async () => {
  const depth = async (): Promise<{ bids: string[][]; asks: string[][] }> =>
    (await request('GET', '/fapi/v1/depth', { symbol: 'BTCUSDT', limit: '100' })).body as never;
  const buy = (quantity: string): Promise<Answer> =>
    request('POST', '/fapi/v1/order', {
      symbol: 'BTCUSDT',
      side: 'BUY',
      type: 'MARKET',
      quantity,
      newOrderRespType: 'RESULT',
    });
  await control('book', { symbol: SWAP, asks: 1, share: '0.001', refills: false });
  const [[, quantity] = []] = (await depth()).asks;
  expect((await buy('1')).body).toMatchObject({ status: 'EXPIRED', executedQty: quantity });
  expect((await depth()).asks).toEqual([]);
  expect((await buy('1')).body).toMatchObject({ code: -4131 });
  await control('book', { symbol: SWAP, distance: '-1' });
  const { bids, asks } = await depth();
  expect([bids[0]?.[0], asks[0]?.[0]]).toEqual(['60001.00', '59999.00']);
  expect(await control('book', { symbol: SWAP, share: '0' })).toMatchObject({
    status: 400,
    body: { field: 'share' },
  });
  await control('book', { symbol: SWAP });
  expect((await depth()).asks).toHaveLength(50);
});

test('a symbol is halted, cancelled alone, closed alone, and settled for good', async () => {
  const solana = { symbol: 'SOLUSDT', side: 'BUY', quantity: '1' };
  const open = { ...solana, type: 'MARKET' };
  const status = (value: string): Promise<Answer> =>
    control('status', { symbol: 'SOL/USDT:USDT', status: value });
  const shown = async (): Promise<unknown> => {
    const { body } = await request('GET', '/fapi/v1/exchangeInfo');
    return (body['symbols'] as Answer['body'][]).find(({ symbol }) => symbol === 'SOLUSDT')?.['status'];
  };
  await control('price', { symbol: 'SOL/USDT:USDT', price: '150', hold: true });
  expect((await request('POST', '/fapi/v1/order', open)).status).toBe(200);
  const limit = { ...solana, type: 'LIMIT', timeInForce: 'GTC', price: '149' };
  const resting = await request('POST', '/fapi/v1/order', limit);
  const reference = { symbol: 'SOLUSDT', orderId: String(resting.body['orderId']) };
  await status('reduce_only');
  const refused = { status: 400, body: { code: -4140, msg: 'Invalid symbol status for opening position.' } };
  expect(await request('POST', '/fapi/v1/order', open)).toMatchObject(refused);
  await status('halted');
  expect(await request('DELETE', '/fapi/v1/order', reference)).toMatchObject(refused);
  expect(await shown()).toBe('PENDING_TRADING');
  await status('cancel_only');
  expect((await request('DELETE', '/fapi/v1/order', reference)).body).toMatchObject({ status: 'CANCELED' });
  await status('settled');
  expect(await shown()).toBe('SETTLING');
  expect((await request('POST', '/fapi/v1/order', open)).body).toMatchObject({ code: -4141 });
  const orders = await request('GET', '/fapi/v1/allOrders', { symbol: 'SOLUSDT' });
  expect((orders.body as unknown as Answer['body'][]).at(-1)).toMatchObject({
    clientOrderId: expect.stringMatching(/^settlement_autoclose-/),
    side: 'SELL',
    avgPrice: '150.00000',
  });
  expect((await request('GET', '/fapi/v3/positionRisk', { symbol: 'SOLUSDT' })).body).toEqual([]);
});

test('a trailing stop is placed, shown with its figures, and sells when the price turns', async () => {
  await request('POST', '/fapi/v1/order', {
    symbol: 'BTCUSDT',
    side: 'BUY',
    type: 'MARKET',
    quantity: '0.01',
  });
  const { triggerPrice: _none, ...terms } = { ...STOP, type: 'TRAILING_STOP_MARKET', callbackRate: '1' };
  const place = (more: Record<string, string>): Promise<Answer> =>
    request('POST', '/fapi/v1/algoOrder', { ...terms, ...more });
  expect((await place({ callbackRate: '0.05' })).body).toMatchObject({ code: -2007 });
  expect((await place({ callbackRate: '10.1' })).body).toMatchObject({ code: -2007 });
  expect((await place({ triggerPrice: '59000' })).body).toMatchObject({ code: -1106 });
  expect((await place({ activatePrice: '59000' })).body).toMatchObject({ code: -2021 });
  const placed = await place({ activatePrice: '61000', reduceOnly: 'true' });
  const id = { algoId: String(placed.body['algoId']) };
  expect((await request('GET', '/fapi/v1/algoOrder', id)).body).toMatchObject({
    orderType: 'TRAILING_STOP_MARKET',
    algoStatus: 'NEW',
    activatePrice: '61000.00',
    callbackRate: '1',
  });
  for (const value of ['62000', '61380']) await price(value);
  const { body } = await request('GET', '/fapi/v1/algoOrder', id);
  expect(body).toMatchObject({ algoStatus: 'FINISHED', actualPrice: '61379.90000' });
  await price('60000');
});

test('margin of an isolated position is changed and listed', async () => {
  const symbol = 'ETHUSDT';
  const change = (type: string, amount: string): Promise<Answer> =>
    request('POST', '/fapi/v1/positionMargin', { symbol, type, amount });
  await control('price', { symbol: 'ETH/USDT:USDT', price: '2500', hold: true });
  expect((await change('1', '10')).body).toMatchObject({ code: -4053 });
  await request('POST', '/fapi/v1/marginType', { symbol, marginType: 'ISOLATED' });
  expect((await change('1', '10')).body).toMatchObject({ code: -4054 });
  await request('POST', '/fapi/v1/order', { symbol, side: 'BUY', type: 'MARKET', quantity: '1' });
  expect((await change('1', '0')).body).toMatchObject({ code: -4055 });
  expect((await change('1', '10000000')).body).toMatchObject({ code: -4050 });
  expect((await change('2', '100')).body).toMatchObject({ code: -4051 });
  expect((await change('1', '23.5')).body).toEqual({
    code: 200,
    msg: 'Successfully modify position margin.',
    amount: 23.5,
    type: 1,
  });
  expect((await change('2', '3.5')).status).toBe(200);
  const [position] = (await request('GET', '/fapi/v3/positionRisk', { symbol }))
    .body as unknown as Answer['body'][];
  expect(position).toMatchObject({ isolatedWallet: '145.00050000' });
  const rows = await request('GET', '/fapi/v1/positionMargin/history', { symbol });
  expect(rows.body).toMatchObject([
    { symbol, type: 1, deltaType: 'USER_ADJUST', amount: '23.50000000', asset: 'USDT', positionSide: 'BOTH' },
    { symbol, type: 2, amount: '3.50000000' },
  ]);
  const taken = await request('GET', '/fapi/v1/positionMargin/history', { symbol, type: '2' });
  expect(taken.body).toHaveLength(1);
  await request('POST', '/fapi/v1/order', {
    symbol,
    side: 'SELL',
    type: 'MARKET',
    quantity: '1',
    reduceOnly: 'true',
  });
});

test('statistics, indices and the insurance fund are answered in their documented form', async () => {
  const period = { symbol: 'DOGEUSDT', period: '5m', limit: '3' };
  const get = (path: string, params: Record<string, string>): Promise<Answer> => request('GET', path, params);
  const times = (answer: Answer): number[] =>
    (answer.body as unknown as Answer['body'][]).map(({ timestamp }) => Number(timestamp));
  const open = await get('/futures/data/openInterestHist', period);
  const [first = 0, second = 0, third = 0] = times(open);
  expect([second - first, third - second, third % 300_000]).toEqual([300_000, 300_000, 0]);
  for (const name of [
    'topLongShortPositionRatio',
    'topLongShortAccountRatio',
    'globalLongShortAccountRatio',
  ]) {
    const { body } = await get(`/futures/data/${name}`, period);
    expect(body).toHaveLength(3);
    expect((body as unknown as unknown[])[0]).toEqual({
      symbol: 'DOGEUSDT',
      longShortRatio: '1.0000',
      longAccount: '0.5000',
      shortAccount: '0.5000',
      timestamp: first,
    });
  }
  const taker = await get('/futures/data/takerlongshortRatio', period);
  expect((taker.body as unknown as Answer['body'][])[0]).toMatchObject({
    buySellRatio: expect.stringMatching(/^\d+\.\d{4}$/),
    buyVol: expect.any(String),
    sellVol: expect.any(String),
  });
  const pair = { pair: 'BTCUSDT', contractType: 'PERPETUAL', period: '1h', limit: '1' };
  expect((await get('/futures/data/basis', pair)).body).toMatchObject([
    { pair: 'BTCUSDT', indexPrice: '60000.00000000' },
  ]);
  expect((await get('/futures/data/basis', { ...pair, period: '7m' })).body).toMatchObject({ code: -1130 });
  expect((await get('/futures/data/delivery-price', { pair: 'BTCUSDT' })).body).toEqual([]);
  expect((await get('/fapi/v1/indexInfo', {})).body).toEqual([]);
  expect((await get('/fapi/v1/assetIndex', { symbol: 'USDTUSD' })).body).toMatchObject({
    index: '1.00000000',
  });
  expect((await get('/fapi/v1/constituents', { symbol: 'BTCUSDT' })).body).toMatchObject({
    constituents: [{ exchange: 'binance', weight: '1.00000000' }],
  });
  expect((await get('/fapi/v1/insuranceBalance', { symbol: 'BTCUSDT' })).body).toMatchObject({
    assets: [{ asset: 'USDT' }, { asset: 'USDC' }],
  });
  expect((await get('/fapi/v1/symbolAdlRisk', { symbol: 'BTCUSDT' })).body).toMatchObject({ adlRisk: 'low' });
  expect((await get('/fapi/v1/rpiDepth', { symbol: 'BTCUSDT' })).body).toHaveProperty('lastUpdateId');
});

test('files are asked for and stay in preparation; endpoints for others are refused as the venue refuses a key', async () => {
  const window = { startTime: String(Date.now() - 86_400_000), endTime: String(Date.now()) };
  for (const kind of ['income', 'order', 'trade']) {
    const asked = await request('GET', `/fapi/v1/${kind}/asyn`, window);
    const downloadId = String(asked.body['downloadId']);
    const state = await request('GET', `/fapi/v1/${kind}/asyn/id`, { downloadId });
    expect(state.body).toMatchObject({ downloadId, status: 'processing', url: '', notified: false });
  }
  const refused = { status: 401, body: { code: -2015 } };
  expect(await request('GET', '/fapi/v1/pmAccountInfo', { asset: 'USDT' })).toMatchObject(refused);
  expect(await request('POST', '/fapi/v1/convert/getQuote')).toMatchObject(refused);
});

test('a swap in USDC has its own margin, and BNB pays fees at a discount where it is wanted', async () => {
  const order = (symbol: string, side: string, quantity: string): Promise<Answer> =>
    request('POST', '/fapi/v1/order', { symbol, side, type: 'MARKET', quantity });
  const buy = { symbol: 'BTCUSDC', side: 'BUY', type: 'MARKET', quantity: '0.1' };
  expect((await request('POST', '/fapi/v1/order', buy)).body).toMatchObject({ code: -2019 });
  await control('deposits', { wallet: 'swap', asset: 'USDC', amount: '10000' });
  await control('deposits', { wallet: 'swap', asset: 'BNB', amount: '1' });
  for (const [symbol, value] of [
    ['BTC/USDC:USDC', '60000'],
    ['BNB/USDT:USDT', '600'],
  ])
    await control('price', { symbol, price: value, hold: true });
  expect((await order('BTCUSDC', 'BUY', '0.1')).status).toBe(200);
  expect((await request('POST', '/fapi/v1/feeBurn', { feeBurn: 'true' })).body).toEqual({
    code: 200,
    msg: 'success',
  });
  expect((await request('GET', '/fapi/v1/feeBurn')).body).toEqual({ feeBurn: true });
  expect((await order('BTCUSDC', 'SELL', '0.1')).status).toBe(200);
  await request('POST', '/fapi/v1/feeBurn', { feeBurn: 'false' });
  const trades = (await request('GET', '/fapi/v1/userTrades', { symbol: 'BTCUSDC' })).body as unknown;
  // 0.05 % of 6,000.01 USDC; 90 % of 0.05 % of 5,999.99 at 600 a coin.
  expect(trades).toMatchObject([
    { commission: '3.00000500', commissionAsset: 'USDC' },
    { commission: '0.00449999', commissionAsset: 'BNB', realizedPnl: '-0.02000000' },
  ]);
  const balances = (await request('GET', '/fapi/v3/balance')).body as unknown as Answer['body'][];
  expect(balances.filter(({ asset }) => asset !== 'USDT')).toMatchObject([
    { asset: 'USDC', balance: '9996.97999500' },
    { asset: 'BNB', balance: '0.99550001' },
  ]);
  const income = (await request('GET', '/fapi/v1/income', { symbol: 'BTCUSDC' }))
    .body as unknown as Answer['body'][];
  expect(income.map(({ incomeType, asset }) => [incomeType, asset])).toEqual([
    ['COMMISSION', 'USDC'],
    ['REALIZED_PNL', 'USDC'],
    ['COMMISSION', 'BNB'],
  ]);
});

test('symbols of every kind are listed with their own grid and trade', async () => {
  const { body } = await request('GET', '/fapi/v1/exchangeInfo');
  const symbols = body['symbols'] as Answer['body'][];
  expect(symbols.length).toBeGreaterThanOrEqual(18);
  const tick = (id: string): unknown => {
    const filters = symbols.find(({ symbol }) => symbol === id)?.['filters'] as Answer['body'][];
    return filters.find(({ filterType }) => filterType === 'PRICE_FILTER')?.['tickSize'];
  };
  expect(tick('1000SATSUSDT')).toBe('0.0000001');
  expect(tick('BTCUSDT')).toBe('0.10');
  for (const [symbol, quantity] of [
    ['1000SATSUSDT', '1000000'],
    ['1000000MOGUSDT', '100'],
    ['币安人生USDT', '1000'],
  ] as const) {
    const answer = await request('POST', '/fapi/v1/order', {
      symbol,
      side: 'BUY',
      type: 'MARKET',
      quantity,
      newOrderRespType: 'RESULT',
    });
    expect(answer.body).toMatchObject({ symbol, status: 'FILLED' });
    expect(Number(answer.body['avgPrice'])).toBeGreaterThan(0);
    const [position] = (await request('GET', '/fapi/v3/positionRisk', { symbol }))
      .body as unknown as Answer['body'][];
    expect(Number(position?.['entryPrice'])).toBe(Number(answer.body['avgPrice']));
  }
});

test('orders are hidden from look-ups and lists, and trades are listed late', async () => {
  const symbol = 'BTCUSDT';
  const hide = (route: string, more: Record<string, unknown> = {}): Promise<Answer> =>
    control('faults', { kind: 'hide', route, ...more });
  const heal = (): Promise<Response> =>
    fetch(`${simulators.controlUrl}/control/binance/faults`, { method: 'DELETE' });
  const rows = async (path: string): Promise<Answer['body'][]> =>
    (await request('GET', path, { symbol })).body as unknown as Answer['body'][];
  const placed = await request('POST', '/fapi/v1/order', { ...LIMIT, price: '58000' });
  const traded = await request('POST', '/fapi/v1/order', {
    symbol,
    side: 'BUY',
    type: 'MARKET',
    quantity: '0.01',
  });
  const isListed = async (path: string, { body }: Answer): Promise<boolean> =>
    (await rows(path)).some(({ orderId }) => orderId === body['orderId']);
  const reference = { symbol, orderId: String(placed.body['orderId']) };
  for (const route of ['query_order', 'open_orders', 'fills']) await hide(route);
  expect((await request('GET', '/fapi/v1/order', reference)).body).toMatchObject({ code: -2013 });
  expect(await isListed('/fapi/v1/allOrders', placed)).toBe(false);
  expect(await isListed('/fapi/v1/openOrders', placed)).toBe(false);
  expect(await isListed('/fapi/v1/userTrades', traded)).toBe(false);
  // The venue itself knows them: positions count, and a cancel finds its order.
  expect((await request('DELETE', '/fapi/v1/order', reference)).body).toMatchObject({ status: 'CANCELED' });
  await heal();
  expect((await request('GET', '/fapi/v1/order', reference)).body).toMatchObject({ status: 'CANCELED' });
  await hide('fills', { age_ms: 600_000 });
  expect(await isListed('/fapi/v1/userTrades', traded)).toBe(false);
  await heal();
  await hide('fills', { age_ms: 1 });
  await expect.poll(() => isListed('/fapi/v1/userTrades', traded), { timeout: 5000 }).toBe(true);
  await heal();
  expect(await hide('balances')).toMatchObject({ status: 400, body: { field: 'route' } });
});

test('an error of any status, code and body is answered before the venue acts, or after it', async () => {
  const fault = (body: Record<string, unknown>): Promise<Answer> =>
    control('faults', { route: 'create_order', count: 1, ...body });
  const open = async (): Promise<number> =>
    ((await request('GET', '/fapi/v1/openOrders', { symbol: 'BTCUSDT' })).body as unknown as unknown[])
      .length;
  const place = (): Promise<Answer> => request('POST', '/fapi/v1/order', { ...LIMIT, price: '58000' });
  const before = await open();
  const words = { code: -4131, message: 'Words of my own.' };
  await fault({ kind: 'http_error', status: 400, ...words });
  expect(await place()).toMatchObject({ status: 400, body: { code: -4131, msg: 'Words of my own.' } });
  expect(await open()).toBe(before);
  await fault({ kind: 'http_error_after', status: 200, body: '{"code":-1000,"msg":"who knows"}' });
  expect(await place()).toMatchObject({ status: 200, body: { code: -1000, msg: 'who knows' } });
  expect(await open()).toBe(before + 1);
  expect(await fault({ kind: 'http_error', code: 1 })).toMatchObject({
    status: 400,
    body: { field: 'message' },
  });
  expect(await fault({ kind: 'drop_request', body: 'x' })).toMatchObject({
    status: 400,
    body: { field: 'body' },
  });
  expect(await fault({ kind: 'maintenance', status: 200 })).toMatchObject({
    status: 400,
    body: { field: 'status' },
  });
});

test.each([
  ['EXPIRE_TAKER', 'EXPIRED_IN_MATCH', 'NEW'],
  ['EXPIRE_MAKER', 'NEW', 'EXPIRED_IN_MATCH'],
  ['EXPIRE_BOTH', 'EXPIRED_IN_MATCH', 'EXPIRED_IN_MATCH'],
])('self-trade prevention %s: the later order is %s, the earlier %s', async (mode, later, earlier) => {
  const order = (side: string): Promise<Answer> =>
    request('POST', '/fapi/v1/order', {
      ...LIMIT,
      side,
      price: '60000',
      selfTradePreventionMode: mode,
      newOrderRespType: 'RESULT',
    });
  const first = await order('SELL');
  const second = await order('BUY');
  const status = async ({ body }: Answer): Promise<unknown> =>
    (await request('GET', '/fapi/v1/order', { symbol: 'BTCUSDT', orderId: String(body['orderId']) })).body[
      'status'
    ];
  expect([await status(second), await status(first)]).toEqual([later, earlier]);
});

test('changes of an order are listed', async () => {
  const placed = await request('POST', '/fapi/v1/order', { ...LIMIT, price: '58000' });
  const reference = { symbol: 'BTCUSDT', orderId: String(placed.body['orderId']) };
  for (const [quantity, at] of [
    ['0.01', '57900'],
    ['0.02', '57900'],
  ] as const)
    await request('PUT', '/fapi/v1/order', { ...reference, side: 'BUY', quantity, price: at });
  const listed = await request('GET', '/fapi/v1/orderAmendment', reference);
  expect(listed.body).toMatchObject([
    {
      symbol: 'BTCUSDT',
      pair: 'BTCUSDT',
      orderId: placed.body['orderId'],
      amendment: {
        price: { before: '57900.00', after: '57900.00' },
        origQty: { before: '0.010', after: '0.020' },
        count: 2,
      },
    },
    {
      amendment: {
        price: { before: '58000.00', after: '57900.00' },
        origQty: { before: '0.010', after: '0.010' },
        count: 1,
      },
    },
  ]);
});
