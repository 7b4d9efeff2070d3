/** The host end to end over real sockets: control API, every fault kind, durable state. The venue is wire/example-protocol.ts. */
import { appendFile, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { request as undiciRequest, Agent } from 'undici';
import { afterEach, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { z } from 'zod';
import { decimal } from '../core/decimal.ts';
import { runSimulators, SimulatorOptionError, type Simulators, type SimulatorOptions } from './host.ts';
import { exampleProtocol } from './wire/example-protocol.ts';

const opened: { close: () => Promise<unknown> }[] = [];

afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close();
});

const credentials = z.object({
  rest: z.string(),
  ws: z.string(),
  key: z.string(),
  secret: z.string(),
  passphrase: z.string().nullable(),
  instance: z.string(),
});
const health = z.object({
  ready: z.boolean(),
  instance: z.string(),
  venues: z.record(z.string(), credentials),
});
const orderRow = z.object({
  venue_order_id: z.string(),
  client_order_id: z.string().nullable(),
  symbol: z.string(),
  status: z.string(),
  filled: z.string(),
});

interface World {
  readonly simulators: Simulators;
  readonly rest: string;
  readonly ws: string;
  readonly key: string;
}

async function start(options: SimulatorOptions = {}): Promise<World> {
  const simulators = await runSimulators({ controlPort: 0, protocols: [exampleProtocol], ...options });
  opened.push(simulators);
  const { venues } = health.parse(await control(simulators, 'GET', 'health'));
  const { rest, ws, key } = credentials.parse(venues['okx']);
  return { simulators, rest, ws, key };
}

async function raw(simulators: Simulators, method: 'GET' | 'POST' | 'DELETE', path: string, body?: unknown) {
  return fetch(`${simulators.controlUrl}/control/${path}`, {
    method,
    ...(body === undefined
      ? {}
      : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
}

async function control(
  simulators: Simulators,
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  body?: unknown,
): Promise<unknown> {
  const response = await raw(simulators, method, path, body);
  const answer: unknown = await response.json();
  expect(response.ok, JSON.stringify(answer)).toBe(true);
  return answer;
}

/** One order request on a connection of its own. Rejects as the client sees it when the answer is lost. */
async function place(world: World, id: string, price: string | null = '50000', timeoutMs = 20_000) {
  const dispatcher = new Agent({ bodyTimeout: timeoutMs, headersTimeout: timeoutMs });
  opened.push({ close: () => dispatcher.destroy() });
  const { statusCode, headers, body } = await undiciRequest(`${world.rest}/orders`, {
    method: 'POST',
    dispatcher,
    headers: { 'x-key': world.key },
    body: JSON.stringify({
      symbol: 'BTC/USDT',
      side: 'buy',
      id,
      quantity: '0.01',
      ...(price === null ? {} : { price }),
    }),
  });
  return { statusCode, headers, text: await body.text() };
}

async function fault(world: World, body: Record<string, unknown>): Promise<void> {
  await control(world.simulators, 'POST', 'okx/faults', { route: 'create_order', count: 1, ...body });
}

async function orderIds(world: World): Promise<(string | null)[]> {
  const rows = z.array(orderRow).parse(await control(world.simulators, 'GET', 'okx/orders'));
  return rows.map((row) => row.client_order_id);
}

async function connect(
  url: string,
): Promise<{ readonly socket: WebSocket; readonly messages: string[]; readonly closed: () => boolean }> {
  const socket = new WebSocket(url);
  opened.push({ close: () => Promise.resolve(socket.terminate()) });
  const messages: string[] = [];
  let isClosed = false;
  socket.on('message', (data: Buffer) => messages.push(data.toString('utf8')));
  socket.on('close', () => {
    isClosed = true;
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('open', () => resolve());
    socket.once('error', reject);
  });
  return { socket, messages, closed: () => isClosed };
}

function reported(messages: readonly string[], id: string): number {
  return messages.filter((message) => message.includes(`"${id}"`)).length;
}

test('the paper account trades; orders, fills, balances and request counts are shown', async () => {
  const world = await start();
  await control(world.simulators, 'POST', 'okx/price', { symbol: 'BTC/USDT', price: '60000', hold: true });
  expect((await place(world, 'one', null)).statusCode).toBe(200);
  expect((await place(world, 'two')).statusCode).toBe(200);
  const orders = z.array(orderRow).parse(await control(world.simulators, 'GET', 'okx/orders'));
  expect(orders).toMatchObject([
    { client_order_id: 'one', symbol: 'BTC/USDT', status: 'filled', filled: '0.01' },
    { client_order_id: 'two', status: 'open', filled: '0' },
  ]);
  expect(await control(world.simulators, 'GET', 'okx/fills')).toMatchObject([
    {
      client_order_id: 'one',
      price: '60000.01',
      quantity: '0.01',
      fee: '0.00001',
      fee_asset: 'BTC',
      side: 'buy',
    },
  ]);
  expect(await control(world.simulators, 'GET', 'okx/balances')).toContainEqual(
    expect.objectContaining({ wallet: 'spot', asset: 'USDT', total: '99399.9999', free: '98899.9999' }),
  );
  expect(await control(world.simulators, 'GET', 'okx/requests')).toEqual([
    { route: 'create_order', outcome: 'ok', count: 2 },
  ]);
});

test('every row of the control API carries what readers count on', async () => {
  const world = await start();
  await control(world.simulators, 'POST', 'okx/price', { symbol: 'BTC/USDT', price: '60000', hold: true });
  await place(world, 'one', null);
  const venue = world.simulators.venues.get('okx');
  venue?.exchange.placeOrder(Date.now(), 'paper', {
    symbol: 'BTC/USDT:USDT',
    side: 'buy',
    type: 'market',
    quantity: decimal('0.01'),
  });
  await control(world.simulators, 'POST', 'okx/funding', { symbol: 'BTC/USDT:USDT' });
  const text = z.string();
  const time = z.iso.datetime();
  const rows = {
    orders: {
      venue_order_id: text,
      client_order_id: text.nullable(),
      symbol: text,
      side: text,
      type: text,
      price: text.nullable(),
      quantity: text,
      filled: text,
      status: text,
      created_at: time,
    },
    fills: {
      trade_id: text,
      venue_order_id: text,
      client_order_id: text.nullable(),
      symbol: text,
      side: text,
      price: text,
      quantity: text,
      fee: text,
      fee_asset: text,
      at: time,
    },
    balances: { asset: text, total: text, free: text },
    positions: { symbol: text, side: text, quantity: text, entry_price: text },
    funding: { symbol: text, asset: text, amount: text, rate: text, at: time },
    requests: { route: text, outcome: text, count: z.int() },
  };
  for (const [name, fields] of Object.entries(rows)) {
    const reported = await control(world.simulators, 'GET', `okx/${name}`);
    const parsed = z.array(z.looseObject(fields)).min(1).safeParse(reported);
    expect(parsed.error?.message ?? 'as promised', name).toBe('as promised');
  }
});

test('drop_request: the venue did nothing and the connection ends', async () => {
  const world = await start();
  await fault(world, { kind: 'drop_request' });
  await expect(place(world, 'lost')).rejects.toThrow();
  expect(await orderIds(world)).toEqual([]);
  expect((await place(world, 'next')).statusCode).toBe(200);
  expect(await control(world.simulators, 'GET', 'okx/requests')).toContainEqual({
    route: 'create_order',
    outcome: 'drop_request',
    count: 1,
  });
});

test('drop_response: the order is there and the answer is not', async () => {
  const world = await start();
  await fault(world, { kind: 'drop_response' });
  await expect(place(world, 'unknown')).rejects.toThrow();
  expect(await orderIds(world)).toEqual(['unknown']);
});

test('delay acts late, delay_response answers late', async () => {
  const world = await start();
  for (const [kind, isActedBefore] of [
    ['delay', false],
    ['delay_response', true],
  ] as const) {
    await fault(world, { kind, delay_ms: 1500 });
    const placing = place(world, kind);
    if (isActedBefore)
      await vi.waitFor(async () => expect(await orderIds(world)).toContain(kind), { timeout: 1200 });
    else expect(await orderIds(world)).not.toContain(kind);
    const isPending = await Promise.race([placing.then(() => false), Promise.resolve(true)]);
    expect(isPending).toBe(true);
    expect((await placing).statusCode).toBe(200);
    expect(await orderIds(world)).toContain(kind);
  }
});

test('http_error and maintenance act not, http_error_after acts, in the words of the venue', async () => {
  const world = await start();
  await fault(world, { kind: 'http_error', status: 502 });
  expect(await place(world, 'a')).toMatchObject({ statusCode: 502, text: '{"code":"http_error"}' });
  await fault(world, { kind: 'maintenance' });
  expect(await place(world, 'b')).toMatchObject({ statusCode: 503, text: '{"code":"maintenance"}' });
  expect(await orderIds(world)).toEqual([]);
  await fault(world, { kind: 'http_error_after' });
  expect(await place(world, 'c')).toMatchObject({ statusCode: 500, text: '{"code":"http_error_after"}' });
  expect(await orderIds(world)).toEqual(['c']);
});

test('rate_limit carries its status and Retry-After', async () => {
  const world = await start();
  await fault(world, { kind: 'rate_limit', status: 418, retry_after_s: 30 });
  const limited = await place(world, 'a');
  expect(limited.statusCode).toBe(418);
  expect(limited.headers['retry-after']).toBe('30');
  expect(await orderIds(world)).toEqual([]);
});

test('stall_body begins an answer and never ends it; truncate_body and empty_body end too early', async () => {
  const world = await start();
  await fault(world, { kind: 'stall_body' });
  await expect(place(world, 'stalled', '50000', 300)).rejects.toThrow(/body timeout/i);
  await fault(world, { kind: 'truncate_body' });
  const cut = await place(world, 'cut');
  expect(cut.statusCode).toBe(200);
  expect(() => JSON.parse(cut.text) as unknown).toThrow(SyntaxError);
  await fault(world, { kind: 'empty_body' });
  expect(await place(world, 'empty')).toMatchObject({ statusCode: 200, text: '' });
  expect(await orderIds(world)).toEqual(['stalled', 'cut', 'empty']);
});

test('ws_drop, ws_duplicate and ws_reorder change the messages of a stream', async () => {
  const world = await start();
  const { messages } = await connect(`${world.ws}/private/${world.key}`);
  await fault(world, { kind: 'ws_drop', route: 'private_stream' });
  await place(world, 'dropped');
  await place(world, 'kept');
  await vi.waitFor(() => expect(reported(messages, 'kept')).toBe(1));
  expect(reported(messages, 'dropped')).toBe(0);
  await fault(world, { kind: 'ws_duplicate', route: 'private_stream' });
  await place(world, 'twice');
  await vi.waitFor(() => expect(reported(messages, 'twice')).toBe(2));
  await fault(world, { kind: 'ws_reorder', route: 'private_stream' });
  await place(world, 'earlier');
  await place(world, 'later');
  await vi.waitFor(() => expect(reported(messages, 'earlier')).toBe(1));
  const order = messages.map((message) => /"id":"(\w+)"/.exec(message)?.[1]);
  expect(order.indexOf('later')).toBeLessThan(order.indexOf('earlier'));
});

test('ws_disconnect cuts what is connected; maintenance closes streams and refuses new ones', async () => {
  const world = await start();
  const cut = await connect(`${world.ws}/private/${world.key}`);
  const other = await connect(`${world.ws}/public/trades/all`);
  await fault(world, { kind: 'ws_disconnect', route: 'private_stream' });
  await vi.waitFor(() => expect(cut.closed()).toBe(true));
  expect(other.closed()).toBe(false);
  await control(world.simulators, 'POST', 'okx/faults', { kind: 'maintenance' });
  await vi.waitFor(() => expect(other.closed()).toBe(true));
  await expect(connect(`${world.ws}/private/${world.key}`)).rejects.toThrow('503');
  await control(world.simulators, 'DELETE', 'okx/faults');
  expect((await connect(`${world.ws}/private/${world.key}`)).closed()).toBe(false);
});

test('a request on a stream meets the same faults', async () => {
  const world = await start();
  const { socket, messages } = await connect(`${world.ws}/private/${world.key}`);
  const order = (id: string): string =>
    JSON.stringify({ symbol: 'BTC/USDT', side: 'buy', id, quantity: '0.01', price: '50000' });
  await fault(world, { kind: 'drop_response' });
  socket.send(order('unanswered'));
  await fault(world, { kind: 'rate_limit' });
  socket.send(order('limited'));
  socket.send(order('answered'));
  await vi.waitFor(() =>
    expect(messages.some((message) => message.includes('"clientOrderId":"answered"'))).toBe(true),
  );
  expect(messages.some((message) => message.includes('"clientOrderId":"unanswered"'))).toBe(false);
  expect(messages).toContain('{"fault":"rate_limit","status":429}');
  expect(await orderIds(world)).toEqual(['unanswered', 'answered']);
});

test('clock_skew shifts the clock that clients see and nothing else', async () => {
  const world = await start();
  const clock = z.object({ clockMs: z.number() });
  await control(world.simulators, 'POST', 'okx/faults', { kind: 'clock_skew', skew_ms: -3_600_000 });
  const { clockMs } = clock.parse(await (await fetch(`${world.rest}/time`)).json());
  expect(Date.now() - clockMs).toBeGreaterThanOrEqual(3_600_000);
  expect(Date.now() - clockMs).toBeLessThan(3_610_000);
});

test('a fault by chance repeats with its seed', async () => {
  const outcomes: string[] = [];
  for (let round = 0; round < 2; round += 1) {
    const world = await start();
    await control(world.simulators, 'POST', 'okx/faults', {
      kind: 'http_error',
      route: 'create_order',
      probability: 0.5,
      seed: 3,
    });
    let outcome = '';
    for (let number = 0; number < 12; number += 1)
      outcome += (await place(world, `n${number}`)).statusCode === 200 ? 'o' : 'x';
    outcomes.push(outcome);
  }
  expect(outcomes[0]).toBe(outcomes[1]);
  expect(outcomes[0]).toMatch(/o/);
  expect(outcomes[0]).toMatch(/x/);
});

test.each([
  ['okx/price', { symbol: 'BTC/USDT', price: 'much' }, 'price'],
  ['okx/price', { symbol: 'BTC/USDT', price: '60000.001' }, 'price'],
  ['okx/price', { symbol: 'DOGE/USDT', price: '1' }, 'symbol'],
  ['okx/price', { symbol: 'BTC/USDT', price: '1', path: ['1'] }, 'price'],
  ['okx/price', { symbol: 'BTC/USDT', path: ['60000', '-1'] }, 'path'],
  ['okx/price', { symbol: 'BTC/USDT', price: '1', pin: true }, 'pin'],
  ['okx/funding', { symbol: 'BTC/USDT' }, 'symbol'],
  ['okx/funding', { symbol: 'BTC/USDT:USDT', rate: '1.5' }, 'rate'],
  ['okx/faults', { kind: 'gremlin' }, 'kind'],
  ['okx/faults', { kind: 'delay' }, 'delay_ms'],
  ['okx/faults', { kind: 'drop_request', delay_ms: 1 }, 'delay_ms'],
  ['okx/faults', { kind: 'drop_request', count: 0 }, 'count'],
  ['okx/faults', { kind: 'drop_request', count: 1, probability: 0.1 }, 'probability'],
  ['okx/faults', { kind: 'drop_request', route: 'nowhere' }, 'route'],
  ['okx/accounts', { balances: [{ asset: 'usdt', amount: '1' }] }, 'balances.0.asset'],
  ['okx/accounts', { account_id: 'paper' }, 'account_id'],
])('control refuses %s %j and names the field', async (path, body, field) => {
  const { simulators } = await start();
  const response = await raw(simulators, 'POST', path, body);
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ field });
});

test('control answers 404 for a venue that is not simulated, and 403 to a foreign web page', async () => {
  const { simulators } = await start();
  expect((await raw(simulators, 'GET', 'mexc/orders')).status).toBe(404);
  const foreign = await fetch(`${simulators.controlUrl}/control/okx/reset`, {
    method: 'POST',
    headers: { origin: 'https://evil.example' },
  });
  expect(foreign.status).toBe(403);
});

test('further accounts trade on their own keys', async () => {
  const world = await start();
  const account = z.object({ account_id: z.string(), key: z.string() }).parse(
    await control(world.simulators, 'POST', 'okx/accounts', {
      account_id: 'second',
      balances: [{ asset: 'USDT', amount: '600' }],
    }),
  );
  expect((await place({ ...world, key: account.key }, 'mine')).statusCode).toBe(200);
  expect((await place({ ...world, key: account.key }, 'too much')).statusCode).toBe(400);
  expect(await control(world.simulators, 'GET', 'okx/balances?account=second')).toMatchObject([
    { account_id: 'second', asset: 'USDT', total: '600', free: '100' },
  ]);
});

test('what was answered is there after a restart, and reset alone begins a new instance', async () => {
  const stateDirectory = await mkdtemp(join(tmpdir(), 'simulators-'));
  opened.push({ close: () => rm(stateDirectory, { recursive: true }) });
  const first = await runSimulators({ controlPort: 0, protocols: [exampleProtocol], stateDirectory });
  const before = health.parse(await control(first, 'GET', 'health'));
  const venue = credentials.parse(before.venues['okx']);
  const world = { simulators: first, ...venue };
  await place(world, 'resting');
  await place(world, 'taken', null);
  const orders = await control(first, 'GET', 'okx/orders');
  const balances = await control(first, 'GET', 'okx/balances');
  await first.close();
  // A write that was cut short by a crash: never answered, so it may go.
  const [log] = (await readdir(join(stateDirectory, 'okx'))).filter((name) => name.startsWith('log-'));
  await appendFile(join(stateDirectory, 'okx', log ?? ''), 'deadbeef {"kind":"adv');

  const second = await start({ stateDirectory });
  const after = health.parse(await control(second.simulators, 'GET', 'health'));
  expect(after.instance).toBe(before.instance);
  expect(credentials.parse(after.venues['okx'])).toMatchObject({
    key: venue.key,
    secret: venue.secret,
    instance: venue.instance,
  });
  expect(await control(second.simulators, 'GET', 'okx/orders')).toEqual(orders);
  expect(await control(second.simulators, 'GET', 'okx/balances')).toEqual(balances);

  await control(second.simulators, 'POST', 'okx/reset');
  const reset = health.parse(await control(second.simulators, 'GET', 'health'));
  expect(reset.instance).not.toBe(before.instance);
  expect(credentials.parse(reset.venues['okx'])).toMatchObject({ key: venue.key, rest: second.rest });
  expect(await orderIds(second)).toEqual([]);
  expect(await control(second.simulators, 'GET', 'okx/balances')).toContainEqual(
    expect.objectContaining({ asset: 'USDT', total: '100000', wallet: 'spot' }),
  );
});

test('a directory serves one process at a time; a holder that is gone, or whose number another took, holds nothing', async () => {
  const stateDirectory = await mkdtemp(join(tmpdir(), 'simulators-'));
  opened.push({ close: () => rm(stateDirectory, { recursive: true }) });
  const options = { controlPort: 0, protocols: [exampleProtocol], stateDirectory, lockWaitMs: 0 };
  const first = await runSimulators(options);
  await expect(runSimulators(options)).rejects.toThrow(/state-dir: .* is in use/);
  await first.close();
  const left = { processId: process.pid, startedAt: 'another life' };
  await writeFile(join(stateDirectory, 'lock'), JSON.stringify(left));
  opened.push(await runSimulators(options));
});

test('a directory whose name of this life is damaged is refused, and the message says which file', async () => {
  const stateDirectory = await mkdtemp(join(tmpdir(), 'simulators-'));
  opened.push({ close: () => rm(stateDirectory, { recursive: true }) });
  await writeFile(join(stateDirectory, 'instance.json'), '{"inst');
  const starting = runSimulators({ controlPort: 0, protocols: [exampleProtocol], stateDirectory });
  await expect(starting).rejects.toThrow(SimulatorOptionError);
  await expect(starting).rejects.toThrow(/^state-dir: .*instance\.json is damaged: delete the directory/);
});

test('options that make no sense are refused by name', async () => {
  await expect(runSimulators({ controlPort: 0, venues: ['nasdaq'] })).rejects.toThrow(SimulatorOptionError);
  await expect(
    runSimulators({ controlPort: 0, protocols: [exampleProtocol], venues: ['mexc'] }),
  ).rejects.toThrow('mexc');
});
