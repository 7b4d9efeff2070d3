/** The market streams of the simulated Binance by hand: paths, forms and control messages. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { runSimulators, type Simulators } from '../host.ts';
import { hmac } from '../wire/signatures.ts';

let simulators: Simulators;
let wsUrl: string;
let restUrl: string;

beforeAll(async () => {
  simulators = await runSimulators({ controlPort: 0, venues: ['binance'], limits: false });
  const venue = simulators.venues.get('binance');
  if (venue === undefined) throw new Error('binance is not being simulated');
  ({ wsUrl, restUrl } = venue.urls);
});

afterAll(async () => {
  await simulators.close();
});

type Message = Record<string, unknown>;

/** Messages of a connection, as many as asked for, for which `wanted` holds. */
async function collect(
  path: string,
  count: number,
  wanted: (message: Message) => boolean,
  requests: readonly unknown[] = [],
): Promise<Message[]> {
  const socket = new WebSocket(`${wsUrl}${path}`);
  try {
    return await new Promise((resolve, reject) => {
      const found: Message[] = [];
      socket.once('error', reject);
      socket.once('close', () => reject(new Error('closed')));
      socket.once('open', () => {
        for (const request of requests) socket.send(JSON.stringify(request));
      });
      socket.on('message', (data: Buffer) => {
        const message = JSON.parse(data.toString('utf8')) as Message;
        if (!wanted(message)) return;
        found.push(message);
        if (found.length === count) resolve(found);
      });
    });
  } finally {
    socket.removeAllListeners('close');
    socket.close();
  }
}

test.each([
  ['/ws/btcusdt@trade', 'trade', ['e', 'E', 's', 't', 'p', 'q', 'T', 'm', 'M']],
  ['/ws/btcusdt@aggTrade', 'aggTrade', ['e', 'E', 's', 'a', 'p', 'q', 'f', 'l', 'T', 'm', 'M']],
  ['/ws/btcusdt@kline_1m', 'kline', ['e', 'E', 's', 'k']],
  ['/ws/btcusdt@miniTicker', '24hrMiniTicker', ['e', 'E', 's', 'c', 'o', 'h', 'l', 'v', 'q']],
  ['/ws/btcusdt@depth@100ms', 'depthUpdate', ['e', 'E', 's', 'U', 'u', 'b', 'a']],
  [
    '/ws/btcusdt@ticker_1h',
    '1hTicker',
    ['e', 'E', 's', 'p', 'P', 'o', 'h', 'l', 'c', 'w', 'v', 'q', 'O', 'C', 'F', 'L', 'n'],
  ],
  ['/market/ws/btcusdt@markPrice@1s', 'markPriceUpdate', ['e', 'E', 's', 'p', 'i', 'P', 'r', 'T']],
  ['/market/ws/btcusdt@aggTrade', 'aggTrade', ['e', 'E', 's', 'a', 'p', 'q', 'nq', 'f', 'l', 'T', 'm']],
  ['/public/ws/btcusdt@bookTicker', 'bookTicker', ['e', 'u', 'E', 'T', 's', 'b', 'B', 'a', 'A']],
  ['/public/ws/btcusdt@depth', 'depthUpdate', ['e', 'E', 'T', 's', 'U', 'u', 'pu', 'b', 'a']],
])('%s sends %s with its documented fields', async (path, event, fields) => {
  const [message] = await collect(path, 1, () => true);
  expect(message?.['e']).toBe(event);
  expect(Object.keys(message ?? {})).toEqual(fields);
  expect(message?.['s']).toBe('BTCUSDT');
});

test.each([
  ['!ticker_1h@arr', '1hTicker'],
  ['!miniTicker@arr', '24hrMiniTicker'],
  ['!miniTicker@arr@1000ms', '24hrMiniTicker'],
])('%s sends the symbols that have changed', async (stream, event) => {
  const [message] = await collect(`/stream?streams=${stream}`, 1, () => true);
  expect(message?.['stream']).toBe(stream);
  expect(message?.['data']).toContainEqual(expect.objectContaining({ e: event }));
});

test('several raw streams may stand in one path, and spot has /stream/ws beside /ws', async () => {
  const messages = await collect('/stream/ws/btcusdt@miniTicker/ethusdt@miniTicker', 2, () => true);
  expect(new Set(messages.map((message) => message['s']))).toEqual(new Set(['BTCUSDT', 'ETHUSDT']));
});

test('combined streams carry the name of the stream', async () => {
  const [spot] = await collect('/stream?streams=btcusdt@depth5@100ms/ethusdt@trade', 1, (message) =>
    String(message['stream']).startsWith('btcusdt'),
  );
  expect(spot?.['stream']).toBe('btcusdt@depth5@100ms');
  const data = spot?.['data'] as { bids: unknown[]; lastUpdateId: number } | undefined;
  expect(data?.bids).toHaveLength(5);
  expect(data?.lastUpdateId).toBeGreaterThan(0);
  const [swap] = await collect('/market/stream?streams=btcusdt@markPrice@1s', 1, () => true);
  expect(swap).toMatchObject({ stream: 'btcusdt@markPrice@1s', data: { e: 'markPriceUpdate' } });
});

test('control messages subscribe, list, unsubscribe, set properties and refuse what they do not know', async () => {
  const answers = await collect('/ws', 8, (message) => 'id' in message || 'code' in message, [
    { method: 'SUBSCRIBE', params: ['btcusdt@depth', 'nosuch@trade'], id: 1 },
    { method: 'LIST_SUBSCRIPTIONS', id: 2 },
    { method: 'UNSUBSCRIBE', params: ['btcusdt@depth'], id: 3 },
    { method: 'LIST_SUBSCRIPTIONS', id: 'four' },
    { method: 'SET_PROPERTY', params: ['combined', true], id: 5 },
    { method: 'GET_PROPERTY', params: ['combined'], id: 6 },
    { method: 'SET_PROPERTY', params: ['combined', 'yes'], id: 7 },
    { method: 'SHOUT', id: 8 },
  ]);
  expect(answers).toMatchObject([
    { result: null, id: 1 },
    { result: ['btcusdt@depth', 'nosuch@trade'], id: 2 },
    { result: null, id: 3 },
    { result: ['nosuch@trade'], id: 'four' },
    { result: null, id: 5 },
    { result: true, id: 6 },
    { code: 1, msg: 'Invalid value type: expected Boolean' },
    { code: 2 },
  ]);
});

test('the WebSocket API: signatures, subscriptions and what is refused', async () => {
  const venue = simulators.venues.get('binance');
  if (venue === undefined) throw new Error('binance is not being simulated');
  const { key, secret } = venue.paperCredentials;
  const signed = (id: number, method: string, signingSecret = secret): unknown => {
    const timestamp = Date.now();
    const signature = hmac(`apiKey=${key}&timestamp=${timestamp}`, signingSecret);
    return { id, method, params: { apiKey: key, timestamp, signature } };
  };
  const answers = await collect('/ws-api/v3?returnRateLimits=false', 9, () => true, [
    { id: 1, method: 'time' },
    signed(2, 'userDataStream.subscribe.signature', 'wrong'),
    signed(3, 'userDataStream.subscribe.signature'),
    signed(4, 'userDataStream.subscribe.signature'),
    { id: 5, method: 'userDataStream.unsubscribe' },
    { id: 6, method: 'session.logon' },
    { id: 7, method: 'v3/ticker.price', params: { symbol: 'BTCUSDT', returnRateLimits: true } },
    { id: 8, method: 'nonsense' },
  ]);
  expect(answers).toMatchObject([
    { id: 1, status: 200 },
    { id: 2, status: 400, error: { code: -1022 } },
    { id: 3, status: 200, result: { subscriptionId: 0 } },
    { id: 4, status: 400, error: { code: -2035 } },
    { subscriptionId: 0, event: { e: 'eventStreamTerminated' } },
    { id: 5, status: 200, result: {} },
    { id: 6, status: 400 },
    { id: 7, status: 200, result: { symbol: 'BTCUSDT' }, rateLimits: [{ rateLimitType: 'REQUEST_WEIGHT' }] },
    { id: 8, status: 400 },
  ]);
});

type Depth = { readonly lastUpdateId: number; readonly bids: Level[]; readonly asks: Level[] };
type Level = [price: string, quantity: string];
type DepthUpdate = { readonly U: number; readonly u: number; readonly b: Level[]; readonly a: Level[] };

async function depth(): Promise<Depth> {
  return (await (await fetch(`${restUrl}/api/v3/depth?symbol=BTCUSDT&limit=5000`)).json()) as Depth;
}

test('a book kept from a snapshot and the changes, as documented, is the one that the venue shows', async () => {
  const socket = new WebSocket(`${wsUrl}/ws/btcusdt@depth@100ms`);
  const updates: DepthUpdate[] = [];
  socket.on('message', (data: Buffer) => {
    updates.push(JSON.parse(data.toString('utf8')) as DepthUpdate);
  });
  try {
    await until(() => updates.length > 0);
    const snapshot = await depth();
    const bids = new Map(snapshot.bids);
    const asks = new Map(snapshot.asks);
    let lastUpdateId = snapshot.lastUpdateId;
    let compared = 0;
    let applied = 0;
    const limit = Date.now() + 15_000;
    while (compared < 2) {
      if (Date.now() > limit) throw new Error('the venue never stood still');
      await until(() => updates.length > 0);
      for (const update of updates.splice(0)) {
        if (update.u <= lastUpdateId) continue;
        expect(update.U).toBeLessThanOrEqual(lastUpdateId + 1);
        lastUpdateId = update.u;
        applied += 1;
        for (const [side, levels] of [
          [bids, update.b],
          [asks, update.a],
        ] as const)
          for (const [price, quantity] of levels)
            if (Number(quantity) === 0) side.delete(price);
            else side.set(price, quantity);
      }
      const now = await depth();
      if (now.lastUpdateId !== lastUpdateId || applied === 0) continue;
      expect(new Map(now.bids)).toEqual(bids);
      expect(new Map(now.asks)).toEqual(asks);
      compared += 1;
    }
  } finally {
    socket.close();
  }
});

/** Looks until the condition holds; fails after five seconds. */
async function until(condition: () => boolean): Promise<void> {
  const limit = Date.now() + 5000;
  while (!condition()) {
    if (Date.now() > limit) throw new Error('the condition did not come to hold');
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
}
