/** The stream over real sockets: logins, resuming, prices, and readers that misbehave. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { startService, type TestService } from '../testing/service-fixture.ts';
import { StreamReader, type Message } from './testing/stream-reader.ts';

const MARKET = '/trading/v2/orders/market';
const BUY = { exchange: 'binance', symbol: 'BTC/USDT', side: 'buy', quantity: '0.001' };
const BTC = 'prices:binance:BTC/USDT';
const SWAP = 'prices:binance:BTC/USDT:USDT';
const RESUMED = 60;
/** A bound, not a wait: machines are busy at times. */
const SOON = { timeout: 10_000 };

let service: TestService;
const readers: StreamReader[] = [];
beforeAll(async () => {
  service = await startService(
    {},
    { streamLimits: { loginWithinMs: 400, recheckTokenMs: 500, priceChannels: 3, resumeEvents: RESUMED } },
  );
  await hold('BTC/USDT', '60000');
  await hold('BTC/USDT:USDT', '60000');
});
afterAll(() => service.stop());
afterEach(() => {
  for (const reader of readers.splice(0)) reader.close();
});

const hold = (symbol: string, price: string): Promise<unknown> =>
  service.control('POST', 'binance/price', { symbol, price, hold: true });

async function open(token: string | null = service.tokens.read): Promise<StreamReader> {
  const reader = await StreamReader.open(service.streamUrl, token);
  readers.push(reader);
  return reader;
}

const buy = async (): Promise<void> => {
  expect((await service.call('POST', MARKET, { body: BUY })).status).toBe(201);
};

describe('GET /stream: who may listen', () => {
  it('closes a connection that does not log in, and one whose first message is no login', async () => {
    const silent = await open(null);
    expect(await silent.closed).toEqual({ code: 1008, reason: 'no login came' });
    const rude = await open(null);
    rude.send({ subscribe: ['orders'] });
    expect((await rude.closed).code).toBe(1008);
    expect(rude.messages).toMatchObject([{ error: { code: 'unauthenticated' } }]);
  });

  it('lets nobody in with a wrong token, in the header or in the first message', async () => {
    await expect(StreamReader.open(service.streamUrl, 'wrong')).rejects.toThrow('401');
    const reader = await open(null);
    reader.send({ token: 'wrong' });
    expect((await reader.closed).code).toBe(1008);
    expect(reader.messages).toMatchObject([{ error: { code: 'unauthenticated' } }]);
  });

  it('ends the connections of a token that is revoked', async () => {
    const admin = { token: service.tokens.admin };
    const made = await service.call('POST', '/tokens', {
      ...admin,
      body: { label: 'short-lived', scopes: ['read'] },
    });
    const inHeader = await open(String(made.body['token']));
    const inMessage = await open(null);
    inMessage.send({ token: made.body['token'] });
    for (const reader of [inHeader, inMessage]) {
      await expect.poll(() => reader.messages.length, SOON).toBe(1);
      await reader.ask({ subscribe: [BTC] });
    }
    await service.call('DELETE', `/tokens/${String(made.body['id'])}`, admin);
    for (const reader of [inHeader, inMessage])
      expect(await reader.closed).toEqual({ code: 1008, reason: 'the token is no longer valid' });
  });

  it('sends nothing of another portfolio, and no prices without an account', async () => {
    const other = await open(service.tokens.otherUser);
    const channels = ['orders', 'fills', 'positions', 'balances', 'risk', 'drift'];
    expect(await other.ask({ subscribe: channels, after: 0 })).toMatchObject({ subscribed: channels });
    await buy();
    expect(await other.ask({ subscribe: [BTC] })).toMatchObject({
      error: { code: 'account_not_found', detail: 'You have no account on binance.' },
    });
    expect(JSON.stringify(other.messages)).not.toContain('BTC/USDT');
  });
});

describe('GET /stream: messages', () => {
  it.each([
    ['{', 'malformed_json', ''],
    ['[]', 'invalid_request', ''],
    [{ subscribe: ['secrets'] }, 'invalid_request', 'subscribe.0: "secrets" must be of orders, fills'],
    [{ unsubscribe: ['fills', ''] }, 'invalid_request', 'unsubscribe.1: "" must be of orders, fills'],
    [
      { subscribe: ['orders', 'prices:kraken:BTC/USDT'] },
      'exchange_not_supported',
      'subscribe.1: "kraken" is not supported; GET /exchanges lists',
    ],
    [{ subscribe: ['prices:binance'] }, 'invalid_request', 'must end with a symbol'],
    [{ subscribe: ['prices:binance:BTC'] }, 'invalid_request', 'prices:binance:BTC/USDT'],
    [{ subscribe: ['prices:binance:NOPE/USDT'] }, 'instrument_unknown', 'NOPE/USDT is not listed'],
    [{ subscribe: 'orders' }, 'invalid_request', 'subscribe: must be a list'],
    [{ subscribe: [7] }, 'invalid_request', 'subscribe.0: must be text'],
    [{ subscribe: ['orders'], after: -1 }, 'invalid_request', 'after: must be at least 0'],
    [{ subscribe: ['orders'], after: 1.5 }, 'invalid_request', 'after: must be a whole number'],
    [{ after: 3 }, 'invalid_request', 'either subscribe or unsubscribe'],
    [{ subscribe: [], unsubscribe: [] }, 'invalid_request', 'either subscribe or unsubscribe'],
    [{ unsubscribe: ['orders'], after: 3 }, 'invalid_request', 'after: goes with subscribe'],
    [{ subscribe: ['orders'], why: 'x' }, 'invalid_request', 'why: is not a field'],
    [{ subscribe: [1, 2, 3, 4].map((n) => `prices:binance:BTC/USD${n}`) }, 'too_many_channels', '3 price'],
  ])('answers %j with %s, and stays open', async (message, code, detail) => {
    const reader = await open();
    expect(await reader.ask({ subscribe: [BTC] })).toMatchObject({ subscribed: [BTC] });
    const { error } = await reader.ask(message);
    expect(error).toMatchObject({ code, detail: expect.stringContaining(detail) });
    // The earlier subscriptions go on.
    const before = reader.on(BTC).length;
    await hold('BTC/USDT', '60001');
    await hold('BTC/USDT', '60000');
    await expect.poll(() => reader.on(BTC).length, SOON).toBeGreaterThan(before);
  });

  it('closes a connection that sends too large a message, or too many at once', async () => {
    const large = await open();
    large.send({ subscribe: ['x'.repeat(70_000)] });
    expect((await large.closed).code).toBe(1009);
    const many = await open();
    for (let index = 0; index < 500; index += 1) many.send({ subscribe: ['orders'] });
    expect(await many.closed).toEqual({ code: 1008, reason: 'too many messages at once' });
  });
});

describe('GET /stream: resuming', () => {
  const seqs = (reader: StreamReader): string[] =>
    reader.news.map(({ seq, channel, event }) => `${seq} ${channel} ${event}`);

  it('goes on where a client left, over a restart of the service', async () => {
    const first = await open();
    const { seq: start } = await first.ask({ subscribe: ['orders', 'fills'] });
    await buy();
    await expect.poll(() => first.on('fills').length, SOON).toBeGreaterThan(0);
    const last = first.news.at(-1)?.seq ?? 0;
    await service.restart();
    await first.closed;
    // Until the exchange has answered, nothing is placed.
    await expect
      .poll(async () => (await service.call('POST', MARKET, { body: BUY })).status, { timeout: 10_000 })
      .toBe(201);
    const second = await open();
    expect(await second.ask({ subscribe: ['orders', 'fills'], after: last })).toMatchObject({ seq: last });
    await expect.poll(() => second.on('fills').length, SOON).toBeGreaterThan(0);
    expect(second.news.every(({ seq }) => (seq ?? 0) > last)).toBe(true);
    await buy();
    await expect.poll(() => second.on('fills').length, SOON).toBeGreaterThan(1);
    // Both together are the messages of one reader of everything.
    const all = await open();
    await all.ask({ subscribe: ['orders', 'fills'], after: start });
    const sent = [...seqs(first), ...seqs(second)];
    await expect.poll(() => seqs(all).length, SOON).toBeGreaterThanOrEqual(sent.length);
    expect(seqs(all)).toEqual([...new Set(sent)]);
  });

  it('answers with a remedy when too many events have come since, or the journal has not reached the seq', async () => {
    const reader = await open();
    const { seq: head } = await reader.ask({ subscribe: ['orders'] });
    while ((await service.desk.books.risk()).seq <= RESUMED) await buy();
    const { seq } = await service.desk.books.risk();
    expect((head ?? 0) <= seq).toBe(true);
    const old = await reader.ask({ subscribe: ['orders'], after: 0 });
    expect(old.error).toMatchObject({ code: 'after_too_old', actual: 0 });
    expect(old.error?.detail).toContain('Read the state by REST and subscribe with its as_of_seq');
    const oldest = Number(old.error?.['oldest']);
    expect(oldest).toBeGreaterThan(0);
    const ahead = await reader.ask({ subscribe: ['orders'], after: 1_000_000 });
    expect(ahead.error).toMatchObject({ code: 'after_unknown', actual: 1_000_000 });
    // As it says: by REST, and on from there.
    const { body } = await service.call('GET', '/trading/v2/orders/open');
    const after = Number(body['as_of_seq']);
    expect(await reader.ask({ subscribe: ['orders'], after })).toMatchObject({ seq: after });
  });

  it('changes channels without losing or repeating anything', async () => {
    const reader = await open();
    await reader.ask({ subscribe: ['fills'] });
    const placed = [buy(), buy()];
    await reader.ask({ subscribe: ['fills', 'balances'] });
    placed.push(buy());
    expect(await reader.ask({ unsubscribe: ['balances', 'orders'] })).toMatchObject({
      subscribed: ['fills'],
    });
    placed.push(buy());
    await Promise.all(placed);
    await expect.poll(() => reader.on('fills').length, SOON).toBeGreaterThanOrEqual(placed.length);
    const sent = reader.on('fills').map(({ seq }) => seq ?? 0);
    expect(sent).toEqual([...new Set(sent)].toSorted((a, b) => a - b));
    const all = await open();
    await all.ask({ subscribe: ['fills'], after: (sent[0] ?? 0) - 1 });
    await expect.poll(() => all.on('fills').map(({ seq }) => seq), SOON).toEqual(sent);
  });
});

describe('GET /stream: prices', () => {
  it('sends a snapshot, then each change, until they are unsubscribed', async () => {
    const reader = await open();
    expect(await reader.ask({ subscribe: ['prices:binance:btc-usdt', SWAP] })).toMatchObject({
      subscribed: [BTC, SWAP],
      seq: expect.any(Number),
    });
    await expect.poll(() => reader.on(BTC).length * reader.on(SWAP).length, SOON).toBeGreaterThan(0);
    for (const channel of [BTC, SWAP]) {
      const [first] = reader.on(channel);
      expect(first).toMatchObject({
        exchange: 'binance',
        account: 'binance-paper',
        snapshot: true,
        stale: false,
        age_ms: expect.any(Number),
        received_at: expect.stringMatching(/Z$/),
      });
      for (const field of ['bid', 'bid_quantity', 'ask', 'ask_quantity', 'mark'])
        expect(first?.[field], field).toMatch(/^\d+(\.\d+)?$/);
    }
    await hold('BTC/USDT', '61000');
    const near = (price: number) => (message: Message) => Math.abs(Number(message['mark']) - price) < 200;
    await expect.poll(() => reader.on(BTC).some(near(61_000)), SOON).toBe(true);
    expect(
      reader
        .on(BTC)
        .slice(1)
        .every((message) => !('snapshot' in message)),
    ).toBe(true);
    expect(await reader.ask({ unsubscribe: [BTC] })).toMatchObject({ subscribed: [SWAP] });
    const before = reader.on(BTC).length;
    await hold('BTC/USDT', '60000');
    await hold('BTC/USDT:USDT', '60500');
    await expect.poll(() => reader.on(SWAP).some(near(60_500)), SOON).toBe(true);
    expect(reader.on(BTC)).toHaveLength(before);
    await hold('BTC/USDT:USDT', '60000');
  });

  it('keeps nothing for a reader that does not read, and sends it the latest when it does', async () => {
    const slow = await open();
    await slow.ask({ subscribe: [BTC] });
    const quick = await open();
    await quick.ask({ subscribe: [BTC] });
    slow.socket.pause();
    const before = quick.on(BTC).length;
    for (let step = 1; step <= 20; step += 1) await hold('BTC/USDT', String(60_000 + step));
    await hold('BTC/USDT', '62000');
    const isLatest = (reader: StreamReader): boolean => Number(reader.on(BTC).at(-1)?.['mark']) > 61_500;
    await expect.poll(() => isLatest(quick), SOON).toBe(true);
    // The latest wins: most of the steps in between were never sent.
    expect(quick.on(BTC).length - before).toBeLessThan(21 * 4);
    slow.socket.resume();
    await expect.poll(() => isLatest(slow), SOON).toBe(true);
    await hold('BTC/USDT', '60000');
  });

  it('sends prices to 1,000 subscribers, and orders are placed meanwhile', async () => {
    const place = async (): Promise<number> => {
      const startedAt = performance.now();
      await buy();
      return performance.now() - startedAt;
    };
    const median = (list: number[]): number => list.toSorted((a, b) => a - b)[list.length >> 1] ?? 0;
    const alone: number[] = [];
    for (let index = 0; index < 10; index += 1) alone.push(await place());
    const sent = new Map<WebSocket, number>();
    const sockets = Array.from({ length: 1_000 }, () => {
      const socket = new WebSocket(service.streamUrl, {
        headers: { Authorization: `Bearer ${service.tokens.read}` },
      });
      sent.set(socket, 0);
      socket.on('open', () => socket.send(JSON.stringify({ subscribe: [BTC] })));
      socket.on('message', (data: Buffer) => {
        if (data.includes('"mark"')) sent.set(socket, (sent.get(socket) ?? 0) + 1);
      });
      return socket;
    });
    try {
      await expect.poll(() => [...sent.values()].every((count) => count > 0), { timeout: 30_000 }).toBe(true);
      const crowded: number[] = [];
      for (let index = 0; index < 10; index += 1) {
        await hold('BTC/USDT', String(60_000 + index));
        crowded.push(await place());
      }
      await expect.poll(() => [...sent.values()].every((count) => count > 1), { timeout: 30_000 }).toBe(true);
      expect(median(crowded)).toBeLessThan(Math.max(10 * median(alone), 500));
    } finally {
      for (const socket of sockets) socket.terminate();
    }
    await expect
      .poll(async () => (await service.call('GET', '//metrics')).body['text'], {
        timeout: 10_000,
      })
      .toMatch(/plimsoll_stream_clients 0\b/);
  }, 90_000);

  // Last, since the exchange is unavailable for a while.
  it('marks a price as stale when the exchange falls silent, and as fresh when it is back', async () => {
    const reader = await open();
    await reader.ask({ subscribe: [BTC] });
    await expect.poll(() => reader.on(BTC).length, SOON).toBeGreaterThan(0);
    await service.control('POST', 'binance/faults', { kind: 'maintenance', route: '*', status: 503 });
    await expect.poll(() => reader.on(BTC).at(-1)?.['stale'], { timeout: 20_000 }).toBe(true);
    expect(Number(reader.on(BTC).at(-1)?.['age_ms'])).toBeGreaterThan(4_000);
    await service.control('DELETE', 'binance/faults');
    await expect.poll(() => reader.on(BTC).at(-1)?.['stale'], { timeout: 20_000 }).toBe(false);
  }, 45_000);
});
