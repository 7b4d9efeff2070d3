/** How the simulated Binance refuses too much, and how faults look in its own words, over real sockets. */
import { afterEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { runSimulators, type SimulatorOptions, type Simulators } from '../host.ts';
import { signedQuery, signedRequest, type Answer } from './testing/signed-request.ts';
import { hmac } from '../wire/signatures.ts';

let simulators: Simulators | undefined;

afterEach(async () => {
  await simulators?.close();
  simulators = undefined;
});

class World {
  readonly restUrl: string;
  readonly wsUrl: string;
  readonly key: string;
  readonly #secret: string;
  readonly #controlUrl: string;

  constructor(simulators: Simulators) {
    const venue = simulators.venues.get('binance');
    if (venue === undefined) throw new Error('binance is not being simulated');
    this.restUrl = venue.urls.restUrl;
    this.wsUrl = venue.urls.wsUrl;
    this.key = venue.paperCredentials.key;
    this.#secret = venue.paperCredentials.secret;
    this.#controlUrl = `${simulators.controlUrl}/control/binance`;
  }

  signed(params: Record<string, string>): string {
    return signedQuery({ secret: this.#secret }, params);
  }

  signedMessage(id: number, method: string): string {
    const timestamp = Date.now();
    const signature = hmac(`apiKey=${this.key}&timestamp=${timestamp}`, this.#secret);
    return JSON.stringify({ id, method, params: { apiKey: this.key, timestamp, signature } });
  }

  send(method: string, path: string, params: Record<string, string> = {}): Promise<Answer> {
    const { restUrl, key } = this;
    return signedRequest({ restUrl, key, secret: this.#secret }, method, path, params);
  }

  async fault(fault: Record<string, unknown>): Promise<void> {
    const answer = await fetch(`${this.#controlUrl}/faults`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(fault),
    });
    if (!answer.ok) throw new Error(await answer.text());
  }
}

async function world(options: SimulatorOptions = {}): Promise<World> {
  simulators = await runSimulators({ controlPort: 0, venues: ['binance'], ...options });
  return new World(simulators);
}

const LIMIT_BUY = {
  symbol: 'BTCUSDT',
  side: 'BUY',
  type: 'LIMIT',
  timeInForce: 'GTC',
  quantity: '0.001',
  price: '50000',
};

describe('limits', () => {
  test('request weight: reported in headers, refused with 429, then 418, both with Retry-After', async () => {
    const venue = await world();
    const heavy = (): Promise<Response> => fetch(`${venue.restUrl}/api/v3/depth?symbol=BTCUSDT&limit=5000`);
    const statuses = new Set<number>();
    let banned: Response | undefined;
    for (let count = 0; count < 120 && banned === undefined; count += 1) {
      const answer = await heavy();
      statuses.add(answer.status);
      if (answer.status !== 200) expect(answer.headers.get('retry-after')).toMatch(/^[1-9][0-9]*$/);
      if (answer.status === 200) expect(answer.headers.get('x-mbx-used-weight-1m')).toMatch(/^[0-9]+$/);
      if (answer.status === 418) banned = answer;
    }
    expect([...statuses]).toEqual([200, 429, 418]);
    expect(await banned?.json()).toMatchObject({ code: -1003 });
  });

  test('unfilled orders: -1015 past a hundred in ten seconds, and headers that count', async () => {
    const venue = await world();
    let refused: Answer | undefined;
    for (let count = 0; count < 250 && refused === undefined; count += 1) {
      const answer = await venue.send('POST', '/api/v3/order', LIMIT_BUY);
      if (answer.status !== 200) refused = answer;
    }
    expect(refused).toMatchObject({
      status: 429,
      body: { code: -1015, msg: 'Too many new orders; current limit is 100 orders per 10 SECOND.' },
    });
    expect(refused?.headers.get('retry-after')).toMatch(/^[1-9]$|^10$/);
    const counts = await venue.send('GET', '/api/v3/rateLimit/order');
    expect(counts.body).toMatchObject([{ interval: 'SECOND' }, { interval: 'DAY', limit: 200_000 }]);
  });

  test('with limits off neither refuses', async () => {
    const venue = await world({ limits: false });
    const statuses = new Set<number>();
    for (let count = 0; count < 210; count += 1)
      statuses.add((await venue.send('POST', '/api/v3/order', LIMIT_BUY)).status);
    for (let count = 0; count < 40; count += 1)
      statuses.add((await fetch(`${venue.restUrl}/api/v3/depth?symbol=BTCUSDT&limit=5000`)).status);
    expect([...statuses]).toEqual([200]);
  });

  test('a market stream that is sent too many messages is cut', async () => {
    const venue = await world();
    const socket = new WebSocket(`${venue.wsUrl}/ws`);
    await opened(socket);
    const closed = new Promise<number>((resolve) => {
      socket.once('close', (code) => resolve(code));
    });
    for (let id = 1; id <= 20; id += 1) socket.send(JSON.stringify({ method: 'LIST_SUBSCRIPTIONS', id }));
    expect(await closed).toBe(1008);
  });
});

describe('faults', () => {
  test('an answer that is lost after the order was placed: the look-up finds it', async () => {
    const venue = await world();
    await venue.fault({ kind: 'drop_response', route: 'create_order', count: 1 });
    const order = { ...LIMIT_BUY, newClientOrderId: 'lost-1' };
    await expect(venue.send('POST', '/api/v3/order', order)).rejects.toThrow();
    const found = await venue.send('GET', '/api/v3/order', {
      symbol: 'BTCUSDT',
      origClientOrderId: 'lost-1',
    });
    expect(found).toMatchObject({ status: 200, body: { clientOrderId: 'lost-1', status: 'NEW' } });
    expect((await venue.send('POST', '/api/v3/order', order)).body).toMatchObject({
      code: -2010,
      msg: 'Duplicate order sent.',
    });
  });

  test('a request that is lost leaves nothing', async () => {
    const venue = await world();
    await venue.fault({ kind: 'drop_request', route: 'create_order', count: 1 });
    await expect(
      venue.send('POST', '/api/v3/order', { ...LIMIT_BUY, newClientOrderId: 'lost-2' }),
    ).rejects.toThrow();
    const found = await venue.send('GET', '/api/v3/order', {
      symbol: 'BTCUSDT',
      origClientOrderId: 'lost-2',
    });
    expect(found.body).toMatchObject({ code: -2013 });
  });

  test.each([
    ['/api/v3/order', 'http_error', 503, { code: -1001 }],
    ['/api/v3/order', 'http_error_after', 504, { code: -1007 }],
    ['/fapi/v1/order', 'http_error', 503, { code: -1001 }],
    [
      '/fapi/v1/order',
      'http_error_after',
      503,
      { msg: 'Unknown error, please check your request or try again later.' },
    ],
  ])('%s with %s', async (path, kind, status, body) => {
    const venue = await world();
    await venue.fault({ kind, route: 'create_order', status, count: 1 });
    const order = { ...LIMIT_BUY, price: '58000', quantity: '0.01', newClientOrderId: 'error-1' };
    expect(await venue.send('POST', path, order)).toMatchObject({ status, body });
    const found = await venue.send('GET', path, { symbol: 'BTCUSDT', origClientOrderId: 'error-1' });
    expect(found.status).toBe(kind === 'http_error' ? 400 : 200);
  });

  test.each([
    ['/api/v3/openOrders', 'open_orders'],
    ['/api/v3/account', 'balances'],
    ['/api/v3/myTrades', 'fills'],
    ['/fapi/v1/openOrders', 'open_orders'],
    ['/fapi/v1/openAlgoOrders', 'open_orders'],
    ['/fapi/v3/account', 'balances'],
    ['/fapi/v3/positionRisk', 'positions'],
    ['/fapi/v1/userTrades', 'fills'],
  ])('%s is the route %s', async (path, route) => {
    const venue = await world();
    await venue.fault({ kind: 'rate_limit', route, status: 429, retry_after_s: 7, count: 1 });
    const refused = await venue.send('GET', path, { symbol: 'BTCUSDT' });
    expect(refused).toMatchObject({ status: 429, body: { code: -1003 } });
    expect(refused.headers.get('retry-after')).toBe('7');
  });

  test('a private stream repeats a message when a fault asks for it', async () => {
    const venue = await world();
    const socket = new WebSocket(`${venue.wsUrl}/ws-api/v3`);
    await opened(socket);
    const reports: unknown[] = [];
    let subscribed = false;
    socket.on('message', (data: Buffer) => {
      const message = JSON.parse(data.toString('utf8')) as {
        status?: number;
        event?: { e: string; I: number };
      };
      if (message.status === 200) subscribed = true;
      if (message.event?.e === 'executionReport') reports.push(message.event.I);
    });
    socket.send(venue.signedMessage(1, 'userDataStream.subscribe.signature'));
    await until(() => subscribed);
    await venue.fault({ kind: 'ws_duplicate', route: 'private_stream', count: 1 });
    await venue.send('POST', '/api/v3/order', LIMIT_BUY);
    await until(() => reports.length === 2);
    socket.close();
    expect(reports[0]).toBe(reports[1]);
  });
});

function opened(socket: WebSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('open', () => resolve());
    socket.once('error', reject);
  });
}

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
