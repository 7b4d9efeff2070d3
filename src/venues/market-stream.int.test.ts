import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import { Decimal } from '../core/decimal.ts';
import { asObject, figure, parseExactJson, text } from './ccxt/exact-json.ts';
import { MarketStream, MarketStreams } from './market-stream.ts';
import type { MarketProtocol } from './market-stream.ts';
import type { MarketListener } from './quotes.ts';
import { SYSTEM_PLATFORM } from './system-platform.ts';

const cleanUps: (() => void)[] = [];
afterEach(() => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) cleanUp();
});

/** A venue that keeps what it is sent, by connection. */
async function venue() {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  const connections: { readonly socket: WebSocket; readonly received: string[] }[] = [];
  server.on('connection', (socket) => {
    const received: string[] = [];
    connections.push({ socket, received });
    socket.on('message', (data: Buffer) => received.push(data.toString()));
  });
  await new Promise((resolve) => {
    server.on('listening', resolve);
  });
  cleanUps.push(() => {
    for (const { socket } of connections) socket.terminate();
    server.close();
  });
  return { url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`, connections };
}

/** Messages are `{"of":"A","mark":"1"}`; a step adds to the mark before it: `{"of":"A","step":"1"}`. */
function protocol(url: string, changes: Partial<MarketProtocol> = {}): MarketProtocol {
  return {
    name: 'market data',
    url: async () => url,
    mostTopics: 3,
    topicsPerMessage: 2,
    subscribe: (topics, request) => `${request}: ${topics.join()}`,
    reader: () => {
      let mark = Decimal.zero;
      return (message) => {
        const body = asObject(parseExactJson(message), 'message');
        mark = body['step'] === undefined ? figure(body, 'mark') : mark.add(figure(body, 'step'));
        return [{ kind: 'mark', venueSymbol: text(body, 'of'), mark }];
      };
    },
    ...changes,
  };
}

function listener() {
  const marks: string[] = [];
  const joining: MarketListener = {
    onTop: () => undefined,
    onAverage: () => undefined,
    onMark: (venueSymbol, mark) => marks.push(`${venueSymbol} ${mark.toString()}`),
  };
  return { marks, joining };
}

function joined(stream: MarketStream) {
  const one = listener();
  stream.join(one.joining);
  cleanUps.push(() => {
    stream.leave(one.joining);
  });
  return one;
}

it('subscribes in messages of the size that the venue takes, and again on a new connection', async () => {
  const { url, connections } = await venue();
  const stream = new MarketStream(protocol(url), SYSTEM_PLATFORM);
  joined(stream);
  expect(['a', 'b', 'a', 'c'].map((topic) => stream.want(topic))).toEqual([true, true, true, true]);
  expect(stream.want('one too many')).toBe(false);
  await expect.poll(() => connections[0]?.received).toEqual(['1: a,b', '2: c']);
  expect(stream.connection).toBe(1);
  connections[0]?.socket.terminate();
  await expect.poll(() => connections[1]?.received).toEqual(['3: a,b', '4: c']);
  await expect.poll(() => stream.connection).toBe(2);
});

it('reports to every account that joined, and closes with the last', async () => {
  const { url, connections } = await venue();
  const stream = new MarketStream(protocol(url), SYSTEM_PLATFORM);
  const [one, other] = [joined(stream), joined(stream)];
  stream.want('a');
  await expect.poll(() => stream.state).toBe('connected');
  connections[0]?.socket.send('{"of":"A","mark":"1"}');
  await expect.poll(() => [one.marks, other.marks]).toEqual([['A 1'], ['A 1']]);
  stream.leave(one.joining);
  connections[0]?.socket.send('{"of":"A","step":"1"}');
  await expect.poll(() => other.marks).toEqual(['A 1', 'A 2']);
  expect(one.marks).toEqual(['A 1']);
  stream.leave(other.joining);
  expect(stream.state).toBe('closed');
  // The topics from before are forgotten.
  joined(stream);
  stream.want('b');
  await expect.poll(() => connections[1]?.received).toEqual(['2: b']);
});

it('takes a new connection, and a new reader, where a message cannot be read', async () => {
  const { url, connections } = await venue();
  const stream = new MarketStream(protocol(url), SYSTEM_PLATFORM);
  const { marks } = joined(stream);
  stream.want('a');
  await expect.poll(() => stream.state).toBe('connected');
  connections[0]?.socket.send('{"of":"A","mark":"5"}');
  connections[0]?.socket.send('not JSON');
  await expect.poll(() => stream.connection).toBe(2);
  connections[1]?.socket.send('{"of":"A","step":"1"}');
  await expect.poll(() => marks).toEqual(['A 5', 'A 1']);
});

it("asks for a sign of life by the venue's own message", async () => {
  const { url, connections } = await venue();
  const stream = new MarketStream(
    protocol(url, { pingMessage: () => 'ping', pingEveryMs: 10 }),
    SYSTEM_PLATFORM,
  );
  joined(stream);
  stream.want('a');
  await expect.poll(() => connections[0]?.received).toContain('ping');
});

it('is made once for a key', () => {
  const streams = new MarketStreams(SYSTEM_PLATFORM);
  const make = (): MarketProtocol => protocol('ws://127.0.0.1:1');
  expect(streams.get('one', make)).toBe(streams.get('one', make));
  expect(streams.get('one', make)).not.toBe(streams.get('other', make));
});
