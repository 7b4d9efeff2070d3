import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import { MalformedAnswer } from './ccxt/exact-json.ts';
import { StreamSocket } from './stream-socket.ts';
import type { AnswerQueue, StreamSocketOptions } from './stream-socket.ts';
import { SYSTEM_PLATFORM } from './system-platform.ts';

const cleanUps: (() => void)[] = [];
afterEach(() => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) cleanUp();
});

interface Venue {
  readonly url: string;
  readonly server: WebSocketServer;
  readonly connections: WebSocket[];
}

async function venue(autoPong = true): Promise<Venue> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', autoPong });
  const connections: WebSocket[] = [];
  server.on('connection', (socket) => {
    connections.push(socket);
    socket.on('message', (data: Buffer) => {
      if (data.toString() === 'subscribe') socket.send('subscribed');
    });
  });
  await new Promise((resolve) => {
    server.on('listening', resolve);
  });
  cleanUps.push(() => {
    for (const socket of connections) socket.terminate();
    server.close();
  });
  return { url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`, server, connections };
}

async function subscribed(send: (message: string) => void, answers: AnswerQueue): Promise<void> {
  const answer = answers.next((message) => (message === 'subscribed' ? true : undefined), 1_000);
  send('subscribe');
  await answer;
}

function stream(
  url: () => Promise<string>,
  changes: Partial<StreamSocketOptions> = {},
  subscribe = subscribed,
) {
  const reported: string[] = [];
  const socket = new StreamSocket({
    name: 'stream',
    platform: SYSTEM_PLATFORM,
    firstWaitMs: 10,
    longestWaitMs: 40,
    ...changes,
    handlers: {
      url,
      subscribe,
      onUp: () => reported.push('up'),
      onDown: (reason) => reported.push(`down ${reason}`),
      onMessage: (message) => reported.push(message),
    },
  });
  cleanUps.push(() => {
    socket.close();
  });
  return { socket, reported };
}

describe('a stream socket', () => {
  it('is up once subscribed, and passes on everything but the answers', async () => {
    const { url, connections } = await venue();
    const { socket, reported } = stream(async () => url);
    expect(socket.state).toBe('closed');
    socket.open();
    expect(socket.state).toBe('connecting');
    await expect.poll(() => socket.state).toBe('connected');
    connections[0]?.send('one');
    connections[0]?.send('two');
    await expect.poll(() => reported).toEqual(['up', 'one', 'two']);
  });

  it('reports one loss, comes back, and reports that', async () => {
    const { url, connections } = await venue();
    const { socket, reported } = stream(async () => url);
    socket.open();
    await expect.poll(() => reported).toEqual(['up']);
    connections[0]?.terminate();
    await expect.poll(() => reported.length).toBe(3);
    expect(reported[1]).toMatch(/^down stream: closed by the venue/);
    expect(reported[2]).toBe('up');
    connections[1]?.send('after');
    await expect.poll(() => reported.at(-1)).toBe('after');
  });

  it('notices a venue that went silent without closing', async () => {
    const { url, connections } = await venue(false);
    const { socket, reported } = stream(async () => url, { pingEveryMs: 20, deadAfterMs: 80 });
    socket.open();
    await expect
      .poll(() => reported.some((one) => one.includes('silent for 80 ms')), { timeout: 5_000 })
      .toBe(true);
    await expect.poll(() => connections.length, { timeout: 5_000 }).toBeGreaterThan(1);
  });

  it('stays up on pongs alone', async () => {
    const { url, connections } = await venue();
    const { socket, reported } = stream(async () => url, { pingEveryMs: 100, deadAfterMs: 1_500 });
    socket.open();
    let pings = 0;
    await expect.poll(() => connections.length).toBe(1);
    connections[0]?.on('ping', () => {
      pings += 1;
    });
    // Longer than the silence that would end it.
    await expect.poll(() => pings, { timeout: 10_000 }).toBeGreaterThan(18);
    expect(reported).toEqual(['up']);
  });

  it("asks by the venue's own message where it has one, and takes any answer for life", async () => {
    const { url, connections } = await venue(false);
    const { socket, reported } = stream(async () => url, {
      pingEveryMs: 20,
      deadAfterMs: 800,
      pingMessage: () => 'ping',
    });
    socket.open();
    await expect.poll(() => connections.length).toBe(1);
    connections[0]?.on('message', (data: Buffer) => {
      if (data.toString() === 'ping') connections[0]?.send('pong');
    });
    // Longer than the silence that would end it; WebSocket pings are not answered here.
    await expect
      .poll(() => reported.filter((one) => one === 'pong').length, { timeout: 5_000 })
      .toBeGreaterThan(50);
    expect(reported.filter((one) => one !== 'pong')).toEqual(['up']);
  });

  it("answers the venue's own ping message, and passes it on to nobody", async () => {
    const { url, connections } = await venue();
    const { socket, reported } = stream(async () => url, {
      answerPing: (message) => (message.startsWith('ping ') ? message.replace('ping', 'pong') : null),
    });
    socket.open();
    await expect.poll(() => socket.state).toBe('connected');
    const received: string[] = [];
    connections[0]?.on('message', (data: Buffer) => received.push(data.toString()));
    connections[0]?.send('ping 7');
    connections[0]?.send('one');
    await expect.poll(() => reported).toEqual(['up', 'one']);
    await expect.poll(() => received).toEqual(['pong 7']);
  });

  it('reads binary messages as the text that they stand for, answers and pings among them', async () => {
    const { url, connections } = await venue();
    const { socket, reported } = stream(
      async () => url,
      {
        decode: (bytes) => Buffer.from(bytes).toString('utf8').toLowerCase(),
        answerPing: (message) => (message === 'ping' ? 'pong' : null),
      },
      async (_send, answers) => {
        await answers.next((message) => (message === 'welcome' ? true : undefined), 1_000);
      },
    );
    socket.open();
    await expect.poll(() => connections.length).toBe(1);
    const received: string[] = [];
    connections[0]?.on('message', (data: Buffer) => received.push(data.toString()));
    for (const text of ['PING', 'WELCOME']) connections[0]?.send(Buffer.from(text));
    await expect.poll(() => reported).toEqual(['up']);
    connections[0]?.send(Buffer.from('ONE'));
    await expect.poll(() => reported).toEqual(['up', 'one']);
    await expect.poll(() => received).toEqual(['pong']);
  });

  it('drops binary messages where nothing reads them', async () => {
    const { url, connections } = await venue();
    const { socket, reported } = stream(async () => url);
    socket.open();
    await expect.poll(() => reported).toEqual(['up']);
    connections[0]?.send(Buffer.from('one'));
    connections[0]?.send('two');
    await expect.poll(() => reported).toEqual(['up', 'two']);
  });

  it('takes a new connection after a binary message that cannot be read', async () => {
    const { url, connections } = await venue();
    const { socket, reported } = stream(async () => url, {
      decode: () => {
        throw new MalformedAnswer('not packed');
      },
    });
    socket.open();
    await expect.poll(() => reported).toEqual(['up']);
    connections[0]?.send(Buffer.from('one'));
    await expect
      .poll(() => reported)
      .toEqual(['up', 'down stream: unreadable binary message: not packed', 'up']);
  });

  it('keeps trying while there is no address, no venue or no subscription', async () => {
    const { url } = await venue();
    let attempts = 0;
    const { socket, reported } = stream(
      async () => {
        attempts += 1;
        if (attempts === 1) throw new Error('no key');
        return attempts === 2 ? 'ws://127.0.0.1:1' : url;
      },
      {},
      async (send, answers) => {
        if (attempts === 3) throw new Error('refused');
        await subscribed(send, answers);
      },
    );
    socket.open();
    await expect.poll(() => reported).toEqual(['up']);
    expect(attempts).toBe(4);
    expect(socket.lastFailure).toBe('subscription failed: refused');
  });

  it('stops for good', async () => {
    const { url, connections } = await venue();
    const { socket, reported } = stream(async () => url);
    socket.open();
    await expect.poll(() => reported).toEqual(['up']);
    socket.close();
    expect(socket.state).toBe('closed');
    expect(socket.send('x')).toBe(false);
    await expect.poll(() => connections[0]?.readyState).toBe(3);
    expect(reported).toEqual(['up']);
    expect(connections).toHaveLength(1);
  });
});
