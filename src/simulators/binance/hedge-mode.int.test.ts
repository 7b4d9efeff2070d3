/** Hedge mode of the simulated USD-M futures over real sockets: by hand, with ccxt's own class and with a second client. */
import { USDMClient } from 'binance';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { runVenue, type RunningTestVenue } from '../testing/running-venue.ts';
import { closeClient } from '../testing/ccxt-bot.ts';
import { ccxtClient, type BinanceClient } from './testing/ccxt-client.ts';
import { signedRequest, type Answer } from './testing/signed-request.ts';
import { hmac } from '../wire/signatures.ts';
import { socketSignaturePayload } from './signing.ts';

const SYMBOL = 'BTC/USDT:USDT';

type Row = Record<string, unknown>;

let venue: RunningTestVenue;
let restUrl: string;
let wsUrl: string;
let accounts = 0;
let accountId: string;
let key: string;
let secret: string;
const sockets: WebSocket[] = [];

beforeAll(async () => {
  venue = await runVenue('binance');
  ({ restUrl, wsUrl } = venue);
});

afterAll(async () => {
  await venue.close();
});

/** Every test has an account of its own, in hedge mode. */
beforeEach(async () => {
  await price('60000');
  accounts += 1;
  accountId = `hedger-${accounts}`;
  const made = (await control('POST', 'accounts', {
    account_id: accountId,
    balances: [{ asset: 'USDT', amount: '10000', wallet: 'swap' }],
  })) as { key: string; secret: string };
  ({ key, secret } = made);
  expect(await raw('POST', '/fapi/v1/positionSide/dual', { dualSidePosition: 'true' })).toMatchObject({
    status: 200,
    body: { code: 200, msg: 'success' },
  });
});

afterEach(() => {
  for (const socket of sockets.splice(0)) socket.terminate();
});

const control: RunningTestVenue['control'] = async (...call) => venue.control(...call);

async function price(value: string): Promise<void> {
  await venue.price(SYMBOL, value);
}

function raw(method: string, path: string, params: Record<string, string> = {}): Promise<Answer> {
  return signedRequest({ restUrl, key, secret }, method, path, params);
}

async function rows(path: string, params: Record<string, string> = {}): Promise<Row[]> {
  const { status, body } = await raw('GET', path, params);
  expect(status, JSON.stringify(body)).toBe(200);
  return body as unknown as Row[];
}

const MARKET = { symbol: 'BTCUSDT', type: 'MARKET', quantity: '0.01', newOrderRespType: 'RESULT' };
const OPEN_LONG = { ...MARKET, side: 'BUY', positionSide: 'LONG' };
const OPEN_SHORT = { ...MARKET, side: 'SELL', positionSide: 'SHORT', quantity: '0.02' };
const CLOSE_LONG = { ...MARKET, side: 'SELL', positionSide: 'LONG' };
const CLOSE_SHORT = { ...MARKET, side: 'BUY', positionSide: 'SHORT', quantity: '0.02' };
const LIMIT = { symbol: 'BTCUSDT', type: 'LIMIT', timeInForce: 'GTC', quantity: '0.01' };
const TARGET = { ...LIMIT, side: 'SELL', positionSide: 'LONG', price: '61000' };
const STOP = {
  algoType: 'CONDITIONAL',
  symbol: 'BTCUSDT',
  type: 'STOP_MARKET',
  side: 'SELL',
  positionSide: 'LONG',
  triggerPrice: '59000',
  quantity: '0.01',
};

async function accepted(params: Record<string, string>): Promise<Row> {
  const { status, body } = await raw('POST', '/fapi/v1/order', params);
  expect(status, JSON.stringify(body)).toBe(200);
  return body;
}

async function openBoth(): Promise<void> {
  expect(await accepted(OPEN_LONG)).toMatchObject({ positionSide: 'LONG', reduceOnly: false });
  expect(await accepted(OPEN_SHORT)).toMatchObject({ positionSide: 'SHORT', reduceOnly: false });
}

async function connected(path: string): Promise<{ socket: WebSocket; messages: Row[] }> {
  const socket = new WebSocket(`${wsUrl}${path}`);
  sockets.push(socket);
  const messages: Row[] = [];
  socket.on('message', (data: Buffer) => messages.push(JSON.parse(data.toString('utf8')) as Row));
  await new Promise<void>((resolve, reject) => {
    socket.once('open', () => resolve());
    socket.once('error', reject);
  });
  return { socket, messages };
}

/** The messages of the account's private stream. */
async function stream(): Promise<Row[]> {
  const { body } = await raw('POST', '/fapi/v1/listenKey');
  return (await connected(`/private/ws?listenKey=${String(body['listenKey'])}`)).messages;
}

async function received(messages: Row[], wanted: Row): Promise<void> {
  await expect.poll(() => messages, { timeout: 5000 }).toContainEqual(expect.objectContaining(wanted));
}

describe('the position mode', () => {
  test('is refused when it is so already, with open orders and with open positions', async () => {
    const change = (dualSidePosition: string): Promise<Answer> =>
      raw('POST', '/fapi/v1/positionSide/dual', { dualSidePosition });
    expect((await raw('GET', '/fapi/v1/positionSide/dual')).body).toEqual({ dualSidePosition: true });
    expect((await change('true')).body).toEqual({ code: -4059, msg: 'No need to change position side.' });
    await openBoth();
    const stop = await raw('POST', '/fapi/v1/algoOrder', STOP);
    expect((await change('false')).body).toEqual({
      code: -4067,
      msg: 'Position side cannot be changed if there exists open orders.',
    });
    await raw('DELETE', '/fapi/v1/algoOrder', { algoId: String(stop.body['algoId']) });
    expect((await change('false')).body).toEqual({
      code: -4068,
      msg: 'Position side cannot be changed if there exists position.',
    });
    await accepted(CLOSE_LONG);
    await accepted(CLOSE_SHORT);
    expect((await change('false')).status).toBe(200);
    expect((await raw('POST', '/fapi/v1/order', OPEN_LONG)).body['code']).toBe(-4061);
  });
});

describe('orders', () => {
  const mismatch = { code: -4061, msg: "Order's position side does not match user's setting." };
  const { positionSide: _side, ...sideless } = OPEN_LONG;
  const { quantity: _quantity, ...closing } = STOP;

  test.each([
    ['without a side', sideless, mismatch],
    ['for BOTH', { ...OPEN_LONG, positionSide: 'BOTH' }, mismatch],
    ['for another word', { ...OPEN_LONG, positionSide: 'NET' }, { code: -4060 }],
    [
      'with reduceOnly',
      { ...CLOSE_LONG, reduceOnly: 'true' },
      { code: -1106, msg: "Parameter 'reduceonly' sent when not required." },
    ],
    ['with reduceOnly, though false', { ...OPEN_LONG, reduceOnly: 'false' }, { code: -1106 }],
  ])('%s are refused wherever they are placed', async (_name, order, refusal) => {
    for (const path of ['/fapi/v1/order', '/fapi/v1/order/test'])
      expect(await raw('POST', path, order), path).toMatchObject({ status: 400, body: refusal });
    const batch = await raw('POST', '/fapi/v1/batchOrders', { batchOrders: JSON.stringify([order]) });
    expect(batch.body).toMatchObject([refusal]);
    const { newOrderRespType: _response, ...rest } = order;
    const { positionSide: _stopSide, ...stop } = STOP;
    const triggerPrice = order.side === 'BUY' ? '61000' : '59000';
    const conditional = { ...stop, ...rest, type: 'STOP_MARKET', triggerPrice };
    expect((await raw('POST', '/fapi/v1/algoOrder', conditional)).body).toMatchObject(refusal);
    const answer = await socketRequest('order.place', order);
    expect(answer).toMatchObject({ status: 400, error: refusal });
    expect(await control('GET', `orders?account=${accountId}`)).toEqual([]);
  });

  test('closing is refused without a position, beyond it, and twice over in the book', async () => {
    const refused = { status: 400, body: { code: -2022, msg: 'ReduceOnly Order is rejected.' } };
    expect(await raw('POST', '/fapi/v1/order', CLOSE_LONG)).toMatchObject(refused);
    await openBoth();
    expect(await raw('POST', '/fapi/v1/order', { ...CLOSE_LONG, quantity: '0.011' })).toMatchObject(refused);
    const target = await accepted(TARGET);
    expect(target).toMatchObject({ positionSide: 'LONG', reduceOnly: true });
    expect(await raw('POST', '/fapi/v1/order', { ...TARGET, price: '62000' })).toMatchObject({
      status: 400,
      body: {
        code: -4118,
        msg: 'ReduceOnly Order Failed. Please check your existing position and open orders',
      },
    });
    expect(await accepted(CLOSE_LONG)).toMatchObject({ status: 'FILLED', executedQty: '0.010' });
    const after = await raw('GET', '/fapi/v1/order', {
      symbol: 'BTCUSDT',
      orderId: String(target['orderId']),
    });
    expect(after.body).toMatchObject({ status: 'EXPIRED', positionSide: 'LONG' });
  });

  test('are read with their side everywhere', async () => {
    await openBoth();
    const target = await accepted(TARGET);
    const orderId = String(target['orderId']);
    const cover = await accepted({ ...LIMIT, side: 'BUY', positionSide: 'SHORT', price: '59000' });
    const open = await rows('/fapi/v1/openOrders', { symbol: 'BTCUSDT' });
    expect(open.map(({ positionSide }) => positionSide)).toEqual(['LONG', 'SHORT']);
    const all = await rows('/fapi/v1/allOrders', { symbol: 'BTCUSDT' });
    expect(all.map(({ positionSide }) => positionSide)).toEqual(['LONG', 'SHORT', 'LONG', 'SHORT']);
    const trades = await rows('/fapi/v1/userTrades', { symbol: 'BTCUSDT' });
    expect(trades).toMatchObject([
      { positionSide: 'LONG', side: 'BUY' },
      { positionSide: 'SHORT', side: 'SELL' },
    ]);
    const change = { symbol: 'BTCUSDT', orderId, side: 'SELL', quantity: '0.005', price: '61000' };
    const amend = (more: Record<string, string>): Promise<Answer> =>
      raw('PUT', '/fapi/v1/order', { ...change, ...more });
    expect((await amend({ positionSide: 'SHORT' })).body['code']).toBe(-4061);
    expect((await amend({ quantity: '0.011' })).body['code']).toBe(-2022);
    expect((await amend({})).body).toMatchObject({ positionSide: 'LONG', origQty: '0.005' });
    expect((await amend({ positionSide: 'LONG', quantity: '0.006' })).body).toMatchObject({
      origQty: '0.006',
    });
    const canceled = await raw('DELETE', '/fapi/v1/order', {
      symbol: 'BTCUSDT',
      orderId: String(cover['orderId']),
    });
    expect(canceled.body).toMatchObject({ status: 'CANCELED', positionSide: 'SHORT' });
    expect(await control('GET', `orders?account=${accountId}`)).toMatchObject([
      { position_side: 'long', reduce_only: false },
      { position_side: 'short', reduce_only: false },
      { position_side: 'long', reduce_only: true },
      { position_side: 'short', reduce_only: true },
    ]);
    expect(await control('GET', `fills?account=${accountId}`)).toMatchObject([
      { position_side: 'long' },
      { position_side: 'short' },
    ]);
  });

  test('conditional ones close their own side; closePosition takes the side that it closes', async () => {
    await openBoth();
    const opening = { ...closing, side: 'BUY', triggerPrice: '61000', closePosition: 'true' };
    expect((await raw('POST', '/fapi/v1/algoOrder', opening)).body['code']).toBe(-1128);
    const stop = await raw('POST', '/fapi/v1/algoOrder', { ...closing, closePosition: 'true' });
    expect(stop).toMatchObject({ status: 200, body: { positionSide: 'LONG', closePosition: true } });
    const target = await socketRequest('algoOrder.place', {
      ...STOP,
      type: 'TAKE_PROFIT_MARKET',
      side: 'BUY',
      positionSide: 'SHORT',
      triggerPrice: '58000',
      quantity: '0.02',
    });
    expect(target).toMatchObject({ status: 200, result: { positionSide: 'SHORT' } });
    expect(await rows('/fapi/v1/openAlgoOrders')).toMatchObject([
      { positionSide: 'LONG' },
      { positionSide: 'SHORT' },
    ]);
    await price('58900');
    expect(await control('GET', `positions?account=${accountId}`)).toMatchObject([
      { position_side: 'short', side: 'short', quantity: '0.02' },
    ]);
    await price('57900');
    expect(await control('GET', `positions?account=${accountId}`)).toEqual([]);
    const all = await rows('/fapi/v1/allAlgoOrders', { symbol: 'BTCUSDT' });
    expect(all).toMatchObject([{ algoStatus: 'FINISHED' }, { algoStatus: 'FINISHED' }]);
  });
});

describe('positions', () => {
  test('have both sides of a symbol in every list, which shows only what the version shows', async () => {
    const side = ({ positionSide, positionAmt }: Row): string =>
      `${String(positionSide)} ${String(positionAmt)}`;
    const positionsOf = async (version: 'v2' | 'v3'): Promise<string[]> => {
      const { body } = await raw('GET', `/fapi/${version}/account`);
      return (body['positions'] as Row[]).filter(({ symbol }) => symbol === 'BTCUSDT').map(side);
    };
    expect(await positionsOf('v2')).toEqual(['LONG 0.000', 'SHORT 0.000']);
    expect(await positionsOf('v3')).toEqual([]);
    await accepted(OPEN_SHORT);
    const expected = ['LONG 0.000', 'SHORT -0.020'];
    for (const version of ['v2', 'v3'] as const) {
      expect(await positionsOf(version)).toEqual(expected);
      const risks = await rows(`/fapi/${version}/positionRisk`, { symbol: 'BTCUSDT' });
      expect(risks.map(side)).toEqual(expected);
    }
    for (const method of ['account.position', 'v2/account.position']) {
      const { result } = await socketRequest(method, { symbol: 'BTCUSDT' });
      expect((result as Row[]).map(side), method).toEqual(expected);
    }
    const status = await socketRequest('v2/account.status', {});
    expect(((status['result'] as Row)['positions'] as Row[]).map(side)).toEqual(expected);
    expect(await rows('/fapi/v1/adlQuantile', { symbol: 'BTCUSDT' })).toMatchObject([
      { symbol: 'BTCUSDT', adlQuantile: { LONG: 0, SHORT: 0, HEDGE: 0 } },
    ]);
  });

  test('share the leverage and margin type of their symbol', async () => {
    await raw('POST', '/fapi/v1/leverage', { symbol: 'BTCUSDT', leverage: '7' });
    await raw('POST', '/fapi/v1/marginType', { symbol: 'BTCUSDT', marginType: 'ISOLATED' });
    await openBoth();
    const risks = await rows('/fapi/v2/positionRisk', { symbol: 'BTCUSDT' });
    expect(risks).toMatchObject([
      { positionSide: 'LONG', leverage: '7', marginType: 'isolated' },
      { positionSide: 'SHORT', leverage: '7', marginType: 'isolated' },
    ]);
    expect(risks.every(({ liquidationPrice }) => Number(liquidationPrice) > 0)).toBe(true);
    const refused = await raw('POST', '/fapi/v1/marginType', { symbol: 'BTCUSDT', marginType: 'CROSSED' });
    expect(refused.body['code']).toBe(-4048);
  });

  test('pay and receive funding side by side', async () => {
    await openBoth();
    await control('POST', 'funding', { symbol: SYMBOL, rate: '0.001' });
    expect(await control('GET', `funding?account=${accountId}`)).toMatchObject([
      { account_id: accountId, position_side: 'long', amount: '-0.6', quantity: '0.01' },
      { account_id: accountId, position_side: 'short', amount: '1.2', quantity: '-0.02' },
    ]);
    const income = await rows('/fapi/v1/income', { incomeType: 'FUNDING_FEE' });
    expect(income.map((entry) => entry['income'])).toEqual(['-0.60000000', '1.20000000']);
    expect(new Set(income.map(({ tranId }) => tranId)).size).toBe(2);
  });

  test('are liquidated together where they are crossed, each order with its side', async () => {
    await accepted({ ...OPEN_LONG, quantity: '2' });
    await accepted({ ...OPEN_SHORT, quantity: '0.1' });
    const messages = await stream();
    await price('50000');
    expect(await control('GET', `positions?account=${accountId}`)).toEqual([]);
    const forced = await rows('/fapi/v1/forceOrders');
    expect(forced.map(({ side, positionSide }) => `${String(side)} ${String(positionSide)}`)).toEqual([
      'SELL LONG',
      'BUY SHORT',
    ]);
    for (const [S, ps] of [
      ['SELL', 'LONG'],
      ['BUY', 'SHORT'],
    ])
      await received(messages, {
        e: 'ORDER_TRADE_UPDATE',
        o: expect.objectContaining({ S, ps, R: true, x: 'CALCULATED', X: 'FILLED' }),
      });
  });
});

test('the private stream names the side of orders, fills, conditional orders and positions', async () => {
  const messages = await stream();
  const order = (fields: Row): unknown => expect.objectContaining(fields);
  const update = (rowsOfP: Row[]): unknown =>
    expect.objectContaining({ P: rowsOfP.map((row) => expect.objectContaining(row)) });
  await accepted(OPEN_LONG);
  await received(messages, {
    e: 'ORDER_TRADE_UPDATE',
    o: order({ S: 'BUY', ps: 'LONG', x: 'TRADE', X: 'FILLED', R: false }),
  });
  await received(messages, { e: 'ACCOUNT_UPDATE', a: update([{ s: 'BTCUSDT', pa: '0.010', ps: 'LONG' }]) });
  await accepted(OPEN_SHORT);
  await received(messages, { e: 'ACCOUNT_UPDATE', a: update([{ s: 'BTCUSDT', pa: '-0.020', ps: 'SHORT' }]) });
  await raw('POST', '/fapi/v1/algoOrder', STOP);
  await received(messages, { e: 'ALGO_UPDATE', o: order({ ps: 'LONG', X: 'NEW' }) });
  await accepted(CLOSE_SHORT);
  await received(messages, { e: 'ACCOUNT_UPDATE', a: update([{ pa: '0.000', ps: 'SHORT' }]) });
  await received(messages, { e: 'ORDER_TRADE_UPDATE', o: order({ S: 'BUY', ps: 'SHORT', R: true }) });
  // One event for the symbol, though both sides have the leverage; one account update with both for a margin type.
  messages.length = 0;
  await raw('POST', '/fapi/v1/leverage', { symbol: 'BTCUSDT', leverage: '5' });
  await received(messages, { e: 'ACCOUNT_CONFIG_UPDATE', ac: { s: 'BTCUSDT', l: 5 } });
  await raw('POST', '/fapi/v1/marginType', { symbol: 'ETHUSDT', marginType: 'ISOLATED' });
  await received(messages, {
    e: 'ACCOUNT_UPDATE',
    a: update([
      { s: 'ETHUSDT', mt: 'isolated', ps: 'LONG' },
      { s: 'ETHUSDT', mt: 'isolated', ps: 'SHORT' },
    ]),
  });
  expect(messages.map(({ e }) => e)).toEqual(['ACCOUNT_CONFIG_UPDATE', 'ACCOUNT_UPDATE']);
});

test('ccxt opens both sides, reads both and closes each', async () => {
  const client: BinanceClient = await ccxtClient({ restUrl, wsUrl, key, secret });
  client.options['defaultType'] = 'swap';
  try {
    await client.loadMarkets();
    expect(await client.fetchPositionMode(SYMBOL)).toMatchObject({ hedged: true });
    await expect(client.setPositionMode(true, SYMBOL)).rejects.toThrow('No need to change position side.');
    const hedged = { hedged: true };
    await client.createOrder(SYMBOL, 'market', 'buy', 0.01, undefined, hedged);
    await client.createOrder(SYMBOL, 'market', 'sell', 0.02, undefined, hedged);
    const held = async (): Promise<string[]> =>
      (await client.fetchPositions([SYMBOL]))
        .filter(({ contracts }) => (contracts ?? 0) > 0)
        .map(({ side, contracts, hedged: isHedged }) => `${side} ${contracts} ${isHedged}`)
        .sort();
    expect(await held()).toEqual(['long 0.01 true', 'short 0.02 true']);
    // ccxt turns the side around and sends no reduceOnly when both are asked for.
    const closing = { hedged: true, reduceOnly: true };
    await client.createOrder(SYMBOL, 'market', 'sell', 0.01, undefined, closing);
    expect(await held()).toEqual(['short 0.02 true']);
    await client.createOrder(SYMBOL, 'market', 'buy', 0.02, undefined, closing);
    expect(await held()).toEqual([]);
    await expect(client.createOrder(SYMBOL, 'market', 'buy', 0.02, undefined, closing)).rejects.toThrow(
      'ReduceOnly Order is rejected.',
    );
    const orders = await client.fetchOrders(SYMBOL);
    expect(orders.map(({ side, info }) => `${side} ${String(info['positionSide'])}`)).toEqual([
      'buy LONG',
      'sell SHORT',
      'sell LONG',
      'buy SHORT',
    ]);
  } finally {
    await closeClient(client);
  }
});

test('a second client opens both sides, reads both and closes each', async () => {
  const client = new USDMClient({
    api_key: key,
    api_secret: secret,
    baseUrl: restUrl,
    disableTimeSync: true,
  });
  expect(await client.getCurrentPositionMode()).toEqual({ dualSidePosition: true });
  const order = { symbol: 'BTCUSDT', type: 'MARKET', quantity: 0.01, newOrderRespType: 'RESULT' } as const;
  await client.submitNewOrder({ ...order, side: 'BUY', positionSide: 'LONG' });
  await client.submitNewOrder({ ...order, side: 'SELL', positionSide: 'SHORT' });
  const held = async (): Promise<string[]> =>
    (await client.getPositionsV3({ symbol: 'BTCUSDT' })).map(
      ({ positionSide, positionAmt }) => `${positionSide} ${String(positionAmt)}`,
    );
  expect(await held()).toEqual(['LONG 0.010', 'SHORT -0.010']);
  const closed = await client.submitNewOrder({ ...order, side: 'BUY', positionSide: 'SHORT' });
  expect(closed).toMatchObject({ status: 'FILLED', positionSide: 'SHORT' });
  expect(await held()).toEqual(['LONG 0.010', 'SHORT 0.000']);
  await client.submitNewOrder({ ...order, side: 'SELL', positionSide: 'LONG' });
  expect(await held()).toEqual([]);
  await client.setPositionMode({ dualSidePosition: 'false' });
  await expect(client.submitNewOrder({ ...order, side: 'BUY', positionSide: 'LONG' })).rejects.toMatchObject({
    code: -4061,
  });
});

/** One signed request of the WebSocket API, and its answer. */
async function socketRequest(method: string, params: Record<string, string>): Promise<Row> {
  const { socket, messages } = await connected('/ws-fapi/v1');
  const sent = { ...params, apiKey: key, timestamp: String(Date.now()) };
  const signature = hmac(socketSignaturePayload(sent), secret);
  socket.send(JSON.stringify({ id: 1, method, params: { ...sent, signature } }));
  await expect.poll(() => messages.length, { timeout: 5000 }).toBe(1);
  const [answer] = messages;
  if (answer === undefined) throw new Error('an answer came');
  return answer;
}
