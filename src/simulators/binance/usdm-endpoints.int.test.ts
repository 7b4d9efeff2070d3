/** The simulated USD-M futures by hand: parameters and endpoints that programs of others send and read. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { runSimulators, type Simulators } from '../host.ts';
import { signedRequest, type Answer } from './signed-request.ts';

let simulators: Simulators;
let restUrl: string;
let key: string;
let secret: string;

beforeAll(async () => {
  simulators = await runSimulators({ controlPort: 0, venues: ['binance'] });
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
