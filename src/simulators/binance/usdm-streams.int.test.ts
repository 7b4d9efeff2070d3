/** The streams of the simulated USD-M futures by their addresses: which address carries what, and the private ones. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { runVenue, type RunningTestVenue } from '../testing/running-venue.ts';
import { signedRequest, type Answer } from './testing/signed-request.ts';

type Message = Record<string, unknown>;

/** A connection with everything that came over it. */
type Line = { readonly messages: Message[]; readonly send: (request: unknown) => void };

let venue: RunningTestVenue;
let restUrl: string;
let wsUrl: string;
let key: string;
let secret: string;
const sockets: WebSocket[] = [];

beforeAll(async () => {
  venue = await runVenue('binance');
  ({ restUrl, wsUrl, key, secret } = venue);
});

afterEach(() => {
  for (const socket of sockets.splice(0)) socket.terminate();
});

afterAll(async () => {
  await venue.close();
});

async function connect(path: string): Promise<Line> {
  const socket = new WebSocket(`${wsUrl}${path}`);
  sockets.push(socket);
  const messages: Message[] = [];
  socket.on('message', (data: Buffer) => messages.push(JSON.parse(data.toString('utf8')) as Message));
  await new Promise<void>((resolve, reject) => {
    socket.once('open', () => resolve());
    socket.once('error', reject);
  });
  return { messages, send: (request) => socket.send(JSON.stringify(request)) };
}

async function came(line: Line, wanted: Message): Promise<void> {
  await expect.poll(() => line.messages, { timeout: 5000 }).toContainEqual(expect.objectContaining(wanted));
}

function request(method: string, path: string, params: Record<string, string> = {}): Promise<Answer> {
  return signedRequest({ restUrl, key, secret }, method, path, params);
}

async function listenKey(): Promise<string> {
  return String((await request('POST', '/fapi/v1/listenKey')).body['listenKey']);
}

async function control(path: string, body: unknown): Promise<void> {
  await venue.control('POST', path, body);
}

function price(value: string): Promise<void> {
  return control('price', { symbol: 'BTC/USDT:USDT', price: value, hold: true });
}

async function buyAndSell(): Promise<void> {
  for (const side of ['BUY', 'SELL'])
    await request('POST', '/fapi/v1/order', { symbol: 'BTCUSDT', side, type: 'MARKET', quantity: '0.01' });
}

/** The events that a line brought, by their names. */
function events({ messages }: Line): Set<unknown> {
  const inner = messages.map((message) => (message['data'] ?? message) as Message);
  return new Set(inner.map(({ e }) => e).filter((name) => name !== undefined));
}

const BOTH = ['btcusdt@bookTicker', 'btcusdt@aggTrade'];

test.each([
  ['/public/ws', 'bookTicker'],
  ['/market/ws', 'aggTrade'],
  ['/fstream/ws', 'bookTicker'],
])('%s acknowledges every stream and sends %s alone', async (path, event) => {
  const line = await connect(path);
  line.send({ method: 'SUBSCRIBE', params: BOTH, id: 1 });
  await came(line, { result: null, id: 1 });
  // Each price is a trade and a new best price, so that both streams would have something to say.
  for (const value of ['60000', '60100', '60050']) await price(value);
  await expect.poll(() => events(line).size, { timeout: 5000 }).toBeGreaterThan(0);
  line.send({ method: 'LIST_SUBSCRIPTIONS', id: 2 });
  await came(line, { result: BOTH, id: 2 });
  expect(events(line)).toEqual(new Set([event]));
});

test('a listen key brings events on the private address alone', async () => {
  const name = await listenKey();
  const silent = await Promise.all(
    [`/fstream/ws/${name}`, `/market/stream?streams=${name}`, `/public/ws/${name}`].map(connect),
  );
  const line = await connect(`/private/ws?listenKey=${name}`);
  await buyAndSell();
  await came(line, { e: 'ACCOUNT_UPDATE' });
  expect(events(line)).toEqual(new Set(['TRADE_LITE', 'ORDER_TRADE_UPDATE', 'ACCOUNT_UPDATE']));
  expect(silent.map(({ messages }) => messages.length)).toEqual([0, 0, 0]);
});

test('events= selects; combined messages name the key and the event', async () => {
  const name = await listenKey();
  const selection = 'ORDER_TRADE_UPDATE/ACCOUNT_UPDATE';
  const raw = await connect(`/private/ws?listenKey=${name}&events=ACCOUNT_UPDATE`);
  const combined = await connect(`/private/stream?listenKey=${name}&events=${selection}`);
  await buyAndSell();
  await came(combined, { stream: `${name}@ORDER_TRADE_UPDATE` });
  await came(combined, { stream: `${name}@ACCOUNT_UPDATE` });
  await came(raw, { e: 'ACCOUNT_UPDATE' });
  expect(events(combined)).toEqual(new Set(['ORDER_TRADE_UPDATE', 'ACCOUNT_UPDATE']));
  expect(events(raw)).toEqual(new Set(['ACCOUNT_UPDATE']));
  combined.send({ method: 'LIST_SUBSCRIPTIONS', id: 1 });
  await came(combined, { result: [`${name}@ACCOUNT_UPDATE`, `${name}@ORDER_TRADE_UPDATE`], id: 1 });
});

test('a listen key is subscribed by message, whole or by event, and unsubscribed', async () => {
  const name = await listenKey();
  const [whole, one] = await Promise.all([connect('/private/ws'), connect('/private/ws')]);
  whole.send({ method: 'SUBSCRIBE', params: [name], id: 1 });
  one.send({ method: 'SUBSCRIBE', params: [`${name}@TRADE_LITE`, 'btcusdt@aggTrade'], id: 2 });
  await came(whole, { result: null, id: 1 });
  await came(one, { result: null, id: 2 });
  await buyAndSell();
  await came(whole, { e: 'ACCOUNT_UPDATE' });
  expect(events(one)).toEqual(new Set(['TRADE_LITE']));
  whole.send({ method: 'UNSUBSCRIBE', params: [name], id: 3 });
  await came(whole, { result: null, id: 3 });
  const before = whole.messages.length;
  const after = one.messages.length;
  await buyAndSell();
  await expect.poll(() => one.messages.length, { timeout: 5000 }).toBeGreaterThan(after);
  expect(whole.messages.length).toBe(before);
});

test('the WebSocket API starts, extends and stops a user data stream', async () => {
  const line = await connect('/ws-fapi/v1');
  const ask = (id: number, action: string): void =>
    line.send({ id, method: `userDataStream.${action}`, params: { apiKey: key } });
  ask(1, 'start');
  await came(line, { id: 1, status: 200, result: { listenKey: await listenKey() } });
  ask(2, 'ping');
  await came(line, { id: 2, status: 200 });
  ask(3, 'stop');
  await came(line, { id: 3, status: 200, result: {} });
  ask(4, 'ping');
  await came(line, { id: 4, status: 400, error: expect.objectContaining({ code: -1125 }) });
});

test('continuous candles, the book of retail price improvement, and liquidations have streams', async () => {
  const names = ['btcusdt_perpetual@continuousKline_1m', '!forceOrder@arr', 'btcusdt@forceOrder'];
  const market = await connect(`/market/stream?streams=${names.join('/')}`);
  const book = await connect('/public/ws/btcusdt@rpiDepth@500ms');
  const candle = { e: 'continuous_kline', ps: 'BTCUSDT', ct: 'PERPETUAL' };
  await came(market, { stream: names[0], data: expect.objectContaining(candle) });
  await price('60000');
  await came(book, { e: 'depthUpdate', s: 'BTCUSDT' });
  await request('POST', '/fapi/v1/leverage', { symbol: 'BTCUSDT', leverage: '50' });
  await request('POST', '/fapi/v1/order', {
    symbol: 'BTCUSDT',
    side: 'BUY',
    type: 'MARKET',
    quantity: '30',
  });
  await price('56000');
  const order = expect.objectContaining({ s: 'BTCUSDT', S: 'SELL', f: 'IOC' });
  for (const stream of names.slice(1))
    await came(market, { stream, data: expect.objectContaining({ e: 'forceOrder', o: order }) });
  await price('60000');
});

test('a contract whose status changes is shown on the stream of contracts, and no other one', async () => {
  const line = await connect('/market/ws/!contractInfo');
  await control('status', { symbol: 'ETH/USDT:USDT', status: 'halted' });
  await came(line, {
    e: 'contractInfo',
    s: 'ETHUSDT',
    ps: 'ETHUSDT',
    ct: 'PERPETUAL',
    cs: 'PENDING_TRADING',
  });
  await control('status', { symbol: 'ETH/USDT:USDT', status: 'trading' });
  await came(line, { e: 'contractInfo', s: 'ETHUSDT', cs: 'TRADING' });
  expect(line.messages).toHaveLength(2);
});
