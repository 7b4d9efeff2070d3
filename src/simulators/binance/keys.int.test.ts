/** Keys of all three kinds on the simulated Binance, as an independent client signs with them. */
import { generateKeyPairSync } from 'node:crypto';
import { MainClient, WebsocketAPIClient, WS_KEY_MAP } from 'binance';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { runSimulators, type Simulators } from '../host.ts';
import { signedRequest } from './testing/signed-request.ts';
import { hmac } from '../wire/signatures.ts';

const PEM = {
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
} as const;

type Registered = { readonly account_id: string; readonly key: string; readonly secret: string | null };

let simulators: Simulators;
let restUrl: string;
let wsUrl: string;
let paper: { readonly key: string; readonly secret: string };
const closing: (() => void)[] = [];

beforeAll(async () => {
  simulators = await runSimulators({ controlPort: 0, venues: ['binance'] });
  const venue = simulators.venues.get('binance');
  if (venue === undefined) throw new Error('binance is not being simulated');
  ({ restUrl, wsUrl } = venue.urls);
  paper = venue.paperCredentials;
});

afterEach(() => {
  for (const close of closing.splice(0)) close();
});

afterAll(async () => {
  await simulators.close();
});

async function control(path: string, body: unknown): Promise<{ status: number; body: unknown }> {
  const answer = await fetch(`${simulators.controlUrl}/control/binance/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return { status: answer.status, body: await answer.json() };
}

async function register(path: 'keys' | 'accounts', publicKey: string): Promise<Registered> {
  const answer = await control(path, { public_key: publicKey });
  expect(answer.status).toBe(201);
  return answer.body as Registered;
}

function clientOf(key: string, secret: string): MainClient {
  return new MainClient({ api_key: key, api_secret: secret, baseUrl: restUrl, disableTimeSync: true });
}

const MARKET_BUY = { symbol: 'BTCUSDT', side: 'BUY', type: 'MARKET', quoteOrderQty: 100 } as const;

test.each([
  ['Ed25519', () => generateKeyPairSync('ed25519', PEM)],
  ['RSA of 2048 bits', () => generateKeyPairSync('rsa', { modulusLength: 2048, ...PEM })],
])('a key of %s signs for an account of its own', async (_kind, generate) => {
  const { publicKey, privateKey } = generate();
  const { key, secret, account_id: accountId } = await register('accounts', publicKey);
  expect(secret).toBeNull();
  const client = clientOf(key, privateKey);
  const bought = await client.submitNewOrder(MARKET_BUY);
  expect(bought).toMatchObject({ status: 'FILLED' });
  const orders = await fetch(`${simulators.controlUrl}/control/binance/orders?account=${accountId}`);
  expect(await orders.json()).toHaveLength(1);
  const other = generateKeyPairSync('ed25519', PEM);
  await expect(clientOf(key, other.privateKey).getAccountInformation()).rejects.toMatchObject({
    code: -1022,
  });
});

test('a second key of an account sees the orders of the first, with permissions of its own', async () => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519', PEM);
  const answer = await control('keys', {
    public_key: publicKey,
    permissions: { trade: false, withdraw: false },
  });
  const { key, account_id: accountId } = answer.body as Registered;
  const first = clientOf(paper.key, paper.secret);
  const placed = await first.submitNewOrder({
    symbol: 'BTCUSDT',
    side: 'BUY',
    type: 'LIMIT',
    timeInForce: 'GTC',
    quantity: 0.01,
    price: 50_000,
  });
  const second = clientOf(key, privateKey);
  expect(accountId).toBe('paper');
  expect((await second.getOpenOrders({ symbol: 'BTCUSDT' })).map(({ orderId }) => orderId)).toEqual([
    placed.orderId,
  ]);
  await expect(second.submitNewOrder(MARKET_BUY)).rejects.toMatchObject({ code: -2015 });
  await first.cancelOrder({ symbol: 'BTCUSDT', orderId: placed.orderId });
});

test('keys that the venue does not take are refused by name', async () => {
  const short = generateKeyPairSync('rsa', { modulusLength: 1024, ...PEM });
  const ed25519 = generateKeyPairSync('ed25519', PEM);
  expect(await control('accounts', { public_key: short.publicKey })).toMatchObject({
    status: 400,
    body: { field: 'public_key', error: 'must be Ed25519, or RSA of 2048 or 4096 bits' },
  });
  expect(await control('accounts', { public_key: 'none' })).toMatchObject({
    status: 400,
    body: { field: 'public_key' },
  });
  expect(await control('accounts', { public_key: ed25519.privateKey })).toMatchObject({
    status: 400,
    body: { field: 'public_key', error: 'must be the public half, not the private one' },
  });
  expect(await control('keys', { public_key: ed25519.publicKey, secret: 'both' })).toMatchObject({
    status: 400,
    body: { field: 'secret' },
  });
  expect(await control('keys', { key: paper.key })).toMatchObject({ status: 400, body: { field: 'key' } });
});

test('an Ed25519 key logs a connection on, trades on it and subscribes without a signature', async () => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519', PEM);
  const { key } = await register('keys', publicKey);
  const socket = new WebsocketAPIClient({
    api_key: key,
    api_secret: privateKey,
    wsUrl,
    attachEventListeners: false,
  });
  closing.push(() => void socket.disconnectAll());
  const messages: unknown[] = [];
  socket.getWSClient().on('message', (message) => messages.push(message));
  await socket.subscribeUserDataStream(WS_KEY_MAP.mainWSAPI);
  // A time is still needed, key and signature are not.
  const order = await socket.getWSClient().sendWSAPIRequest(WS_KEY_MAP.mainWSAPI, 'order.place', {
    ...MARKET_BUY,
    quoteOrderQty: '100',
    timestamp: Date.now(),
  });
  expect(order.result).toMatchObject({ status: 'FILLED' });
  await expect
    .poll(() => messages, { timeout: 5000 })
    .toContainEqual(expect.objectContaining({ e: 'executionReport', X: 'FILLED' }));
});

/** The answers to the requests, and whatever else came, by the time that each was answered. */
async function ask(requests: readonly { readonly id: number }[]): Promise<Record<string, unknown>[]> {
  const socket = new WebSocket(`${wsUrl}/ws-api/v3?returnRateLimits=false`);
  closing.push(() => socket.terminate());
  const messages: Record<string, unknown>[] = [];
  socket.on('message', (data: Buffer) =>
    messages.push(JSON.parse(data.toString('utf8')) as Record<string, unknown>),
  );
  await new Promise<void>((resolve, reject) => {
    socket.once('open', () => resolve());
    socket.once('error', reject);
  });
  for (const request of requests) socket.send(JSON.stringify(request));
  await expect
    .poll(() => messages.filter(({ id }) => id !== undefined), { timeout: 5000 })
    .toHaveLength(requests.length);
  return messages;
}

test('an HMAC key cannot log on, and a connection without a log-on subscribes by signature alone', async () => {
  const timestamp = Date.now();
  const params = {
    apiKey: paper.key,
    timestamp,
    signature: hmac(`apiKey=${paper.key}&timestamp=${timestamp}`, paper.secret),
  };
  expect(
    await ask([
      { id: 1, method: 'session.logon', params } as { id: number },
      { id: 2, method: 'userDataStream.subscribe' } as { id: number },
      { id: 3, method: 'session.status' } as { id: number },
      { id: 4, method: 'userDataStream.subscribe.signature', params } as { id: number },
    ]),
  ).toMatchObject([
    { id: 1, status: 400, error: { code: -4056, msg: 'HMAC_SHA256 API key is not supported.' } },
    { id: 2, status: 400, error: { code: -1002 } },
    { id: 3, status: 200, result: { apiKey: null, authorizedSince: null, userDataStream: false } },
    { id: 4, status: 200, result: { subscriptionId: 0 } },
  ]);
});

test('listen keys of spot are gone: 410 as nginx words it, and no stream listens to one', async () => {
  for (const method of ['POST', 'PUT', 'DELETE']) {
    const answer = await fetch(`${restUrl}/api/v3/userDataStream`, {
      method,
      headers: { 'X-MBX-APIKEY': paper.key },
    });
    expect(answer.status).toBe(410);
    expect(await answer.text()).toContain('<h1>410 Gone</h1>');
  }
  await expect(clientOf(paper.key, paper.secret).getSpotUserDataListenKey()).rejects.toMatchObject({
    body: expect.stringContaining('410 Gone') as unknown,
  });
});

test('keys outlive a reset of the venue', async () => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519', PEM);
  const { key } = await register('keys', publicKey);
  expect((await control('reset', {})).status).toBe(200);
  expect(await clientOf(key, privateKey).getAccountInformation()).toMatchObject({ canTrade: true });
  const venue = simulators.venues.get('binance');
  if (venue === undefined) throw new Error('binance is not being simulated');
  const signer = { restUrl: venue.urls.restUrl, ...venue.paperCredentials };
  expect((await signedRequest(signer, 'GET', '/api/v3/account')).status).toBe(200);
});
