import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { createHmac } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { VenueCalls } from './call.ts';
import { SYSTEM_PLATFORM } from '../system-platform.ts';

const SECRET = 'secret';
const ORDER = { api: 'private', path: 'order', method: 'POST' } as const;
const TIME = { api: 'public', path: 'time', method: 'GET' } as const;

interface Seen {
  readonly method: string;
  readonly url: string;
  readonly body: string;
}

const cleanUps: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
});

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  cleanUps.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => {
      server.close(resolve);
    });
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A venue of one answer, which notes what reached it. */
async function venue(
  answer: (request: IncomingMessage, response: ServerResponse, seen: Seen) => void,
): Promise<{ origin: string; seen: Seen[] }> {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on('end', () => {
      const one = { method: request.method ?? '', url: request.url ?? '', body };
      seen.push(one);
      answer(request, response, one);
    });
  });
  return { origin: await listen(server), seen };
}

async function callsTo(origin: string, venueNow: () => number = Date.now): Promise<VenueCalls> {
  const calls = await VenueCalls.open({
    platform: SYSTEM_PLATFORM,
    venue: 'binance',
    credentials: { apiKey: 'key', secret: SECRET },
    venueNow,
    origins: { 'https://api.binance.com': origin },
    keepAliveMs: 4_000,
    connectTimeoutMs: 1_000,
  });
  cleanUps.push(async () => calls.close());
  return calls;
}

const within = (timeoutMs: number) => ({ timeoutMs, signedAt: null, expiresAt: null });

describe('a call to a venue', () => {
  it('keeps path, signing and parameters of production and changes only where it goes', async () => {
    const { origin, seen } = await venue((_request, response) => {
      response.setHeader('X-MBX-USED-WEIGHT-1M', '7');
      response.end('{"orderId":1}');
    });
    const calls = await callsTo(origin);
    const result = await calls.call(
      ORDER,
      { symbol: 'BTCUSDT', quantity: '0.123456789012345678', newClientOrderId: 'a1' },
      { timeoutMs: 2_000, signedAt: 1_700_000_000_123, expiresAt: null },
    );
    expect(result).toMatchObject({
      kind: 'answered',
      answer: { status: 200, body: '{"orderId":1}', headers: { 'x-mbx-used-weight-1m': '7' } },
    });
    const [sent] = seen;
    expect(sent?.method).toBe('POST');
    expect(sent?.url).toBe('/api/v3/order');
    const [query = '', signature = ''] = (sent?.body ?? '').split('&signature=');
    expect(new URLSearchParams(query).get('quantity')).toBe('0.123456789012345678');
    expect(new URLSearchParams(query).get('timestamp')).toBe('1700000000123');
    expect(signature).toBe(createHmac('sha256', SECRET).update(query).digest('hex'));
  });

  it('signs each of many concurrent calls with its own time', async () => {
    const { origin, seen } = await venue((_request, response) => {
      setTimeout(() => response.end('{}'), 5);
    });
    const calls = await callsTo(origin);
    const times = Array.from({ length: 50 }, (_value, index) => 1_600_000_000_000 + index);
    await Promise.all(
      times.map(async (signedAt) =>
        calls.call(
          ORDER,
          { newClientOrderId: `id${signedAt}` },
          { timeoutMs: 5_000, signedAt, expiresAt: null },
        ),
      ),
    );
    expect(seen).toHaveLength(times.length);
    for (const { body } of seen) {
      const parameters = new URLSearchParams(body);
      expect(parameters.get('newClientOrderId')).toBe(`id${parameters.get('timestamp')}`);
    }
  });

  it('answers with any status and body as they came', async () => {
    const { origin } = await venue((_request, response) => {
      response.writeHead(418, { 'Retry-After': '120' });
      response.end('<html>');
    });
    const calls = await callsTo(origin);
    expect(await calls.call(TIME, {}, within(2_000))).toMatchObject({
      kind: 'answered',
      answer: { status: 418, body: '<html>', headers: { 'retry-after': '120' } },
    });
  });

  it('proves that a refused connection sent nothing', async () => {
    const { origin } = await venue(() => undefined);
    await cleanUps.pop()?.();
    const calls = await callsTo(origin);
    expect(await calls.call(TIME, {}, within(2_000))).toMatchObject({
      kind: 'not_sent',
      reason: 'connect_failed',
      detail: 'ECONNREFUSED',
    });
  });

  it('calls a reset after the request lost', async () => {
    const { origin, seen } = await venue((request) => {
      request.socket.destroy();
    });
    const calls = await callsTo(origin);
    expect((await calls.call(ORDER, { symbol: 'A' }, within(2_000))).kind).toBe('lost');
    expect(seen).toHaveLength(1);
  });

  it.each([
    ['no headers', () => undefined],
    [
      'a body that stops',
      (response: ServerResponse) => {
        response.writeHead(200, { 'content-length': '100' });
        response.write('{"orderId":');
      },
    ],
  ])('covers %s with its deadline, and drops the socket', async (_name, answer) => {
    let socket: Socket | undefined;
    const { origin, seen } = await venue((request, response) => {
      socket = request.socket;
      answer(response);
    });
    const calls = await callsTo(origin);
    const startedAt = performance.now();
    const result = await calls.call(ORDER, { symbol: 'A' }, within(300));
    expect(result).toEqual({ kind: 'lost', detail: 'no whole answer within 300 ms' });
    expect(performance.now() - startedAt).toBeLessThan(1_500);
    expect(seen).toHaveLength(1);
    await expect.poll(() => socket?.destroyed).toBe(true);
  });

  it('calls a body cut short lost', async () => {
    const { origin } = await venue((request, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('{"orderId":1}', () => {
        request.socket.destroy();
      });
    });
    const calls = await callsTo(origin);
    expect((await calls.call(ORDER, { symbol: 'A' }, within(2_000))).kind).toBe('lost');
  });

  it('does not follow a redirect with a signed request', async () => {
    const { origin, seen } = await venue((_request, response) => {
      response.writeHead(307, { location: '/elsewhere' });
      response.end();
    });
    const calls = await callsTo(origin);
    expect(await calls.call(ORDER, { symbol: 'A' }, within(2_000))).toMatchObject({
      kind: 'answered',
      answer: { status: 307 },
    });
    expect(seen).toHaveLength(1);
  });

  it('unpacks what comes packed, and loses what it cannot unpack', async () => {
    let good = true;
    const { origin } = await venue((_request, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' });
      response.end(good ? gzipSync('{"orderId":1}') : 'not gzip');
    });
    const calls = await callsTo(origin);
    expect(await calls.call(TIME, {}, within(2_000))).toMatchObject({ answer: { body: '{"orderId":1}' } });
    good = false;
    expect((await calls.call(TIME, {}, within(2_000))).kind).toBe('lost');
  });

  it('refuses at the socket what expired on the way there', async () => {
    const { origin, seen } = await venue((_request, response) => response.end('{}'));
    let venueTime = 1_000;
    const calls = await callsTo(origin, () => venueTime);
    await calls.call(TIME, {}, within(2_000));
    const before = seen.length;
    const sending = calls.call(
      ORDER,
      { symbol: 'A' },
      { timeoutMs: 2_000, signedAt: 1_000, expiresAt: 3_000 },
    );
    venueTime = 3_001;
    expect(await sending).toMatchObject({ kind: 'not_sent', reason: 'expired' });
    expect(seen).toHaveLength(before);
    expect(
      await calls.call(ORDER, { symbol: 'A' }, { timeoutMs: 2_000, signedAt: 3_001, expiresAt: 5_000 }),
    ).toMatchObject({ kind: 'answered' });
  });

  it('never lets a request leave after its deadline', async () => {
    // A listener that accepts nothing more than its backlog leaves the connection half open for ever.
    const sockets: Socket[] = [];
    let received = '';
    const server = createTcpServer({ pauseOnConnect: true }, (socket) => {
      sockets.push(socket);
      socket.on('data', (chunk: Buffer) => {
        received += chunk.toString();
      });
      socket.on('error', () => socket.destroy());
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    cleanUps.push(async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    });
    const calls = await callsTo(`https://127.0.0.1:${(server.address() as AddressInfo).port}`);
    // TLS never completes, so the request waits for its connection.
    expect(await calls.call(ORDER, { symbol: 'A' }, within(200))).toMatchObject({
      kind: 'not_sent',
      reason: 'connect_failed',
    });
    for (const socket of sockets) socket.resume();
    expect(received).not.toContain('POST');
  });

  it('cuts a call off that is annulled before it left, and not one that has left', async () => {
    const annul = new AbortController();
    const { origin, seen } = await venue((_request, response) => {
      annul.abort();
      response.end('{}');
    });
    const calls = await callsTo(origin);
    const options = { timeoutMs: 2_000, signedAt: null, expiresAt: null };
    expect((await calls.call(TIME, {}, { ...options, annul: annul.signal })).kind).toBe('answered');
    expect(await calls.call(TIME, {}, { ...options, annul: annul.signal })).toMatchObject({
      kind: 'not_sent',
      reason: 'annulled',
    });
    const late = new AbortController();
    // The connection is made in a later task, so this one has not left yet.
    const calling = calls.call(ORDER, { symbol: 'A' }, { ...options, annul: late.signal });
    late.abort();
    const result = await calling;
    if (result.kind === 'not_sent') expect(seen).toHaveLength(1);
    else expect(seen).toHaveLength(2);
  });

  it('shows no signature and no secret in a failure', async () => {
    const { origin } = await venue((request) => {
      request.socket.destroy();
    });
    const calls = await callsTo(origin);
    const result = await calls.call({ api: 'private', path: 'account', method: 'GET' }, {}, within(2_000));
    expect(JSON.stringify(result)).not.toMatch(/signature|secret|key/i);
  });
});
