/** A simulator that mirrors a live exchange, which is a second simulator here: over real sockets, with ccxt between them. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, expect, test, vi } from 'vitest';
import { redirect, type Internals } from '../testing/ccxt-bot.ts';
import { signedRequest } from '../binance/testing/signed-request.ts';
import { runVenue, type RunningTestVenue } from '../testing/running-venue.ts';
import { runSimulators } from '../host.ts';
import type { VenueName } from '../venue-protocol.ts';
import { ccxtClient, type LiveClient } from './live-market.ts';

const SYMBOLS = ['BTC/USDT', 'ETH/USDT', 'BTC/USDT:USDT'];
const WAIT = { timeout: 60_000, interval: 50 };

const shutdownHooks: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of shutdownHooks.splice(0).reverse()) await close();
});

/** The client for the live exchange, sent to the address of a simulator. */
function clientOf({
  restUrl,
  wsUrl,
}: Pick<RunningTestVenue, 'restUrl' | 'wsUrl'>): (venue: VenueName) => Promise<LiveClient> {
  return async (venue) => {
    const client = await ccxtClient(venue);
    await redirect(client, restUrl);
    const { urls, fetchDispatcher } = client as unknown as Internals;
    Object.assign(urls.api.ws, {
      spot: `${wsUrl}/stream/ws`,
      future: `${wsUrl}/ws`,
      public: { spot: `${wsUrl}/v5/public/spot`, linear: `${wsUrl}/v5/public/linear` },
    });
    shutdownHooks.push(async () => void fetchDispatcher.close());
    return client;
  };
}

async function runLive(): Promise<RunningTestVenue> {
  const live = await runVenue('binance', { limits: false });
  shutdownHooks.push(() => live.close());
  return live;
}

async function runPaper(
  live: Pick<RunningTestVenue, 'restUrl' | 'wsUrl'>,
  stateDirectory: string | null = null,
): Promise<RunningTestVenue> {
  const paper = await runVenue('binance', {
    limits: false,
    market: [`mirror:${SYMBOLS.join(',')}`],
    liveClient: clientOf(live),
    liveWaitMs: 60_000,
    logger: pino({ level: 'silent' }),
    stateDirectory,
  });
  shutdownHooks.push(() => paper.close());
  return paper;
}

async function get(venue: Pick<RunningTestVenue, 'restUrl'>, path: string): Promise<Record<string, unknown>> {
  const answer = await fetch(`${venue.restUrl}${path}`);
  return { status: answer.status, ...((await answer.json()) as object) };
}

const DEPTH = '/api/v3/depth?symbol=BTCUSDT&limit=20';

/** Waits until the paper venue answers a path with the fields of the live one. */
async function untilSame(
  paper: RunningTestVenue,
  live: RunningTestVenue,
  path: string,
  fields: readonly string[],
): Promise<void> {
  await vi.waitFor(async () => {
    const [there, here] = [await get(live, path), await get(paper, path)];
    for (const field of fields) expect(here[field]).toEqual(there[field]);
    expect(there['status']).toBe(200);
  }, WAIT);
}

test(
  'books, last prices, marks and index prices are those of the live exchange, and move with it',
  { timeout: 120_000 },
  async () => {
    const live = await runLive();
    for (const symbol of SYMBOLS) await live.price(symbol, symbol.startsWith('ETH') ? '2500' : '61000');
    const paper = await runPaper(live);
    await untilSame(paper, live, DEPTH, ['bids', 'asks']);
    await live.price('BTC/USDT', '64000');
    await untilSame(paper, live, DEPTH, ['bids', 'asks']);
    await untilSame(paper, live, '/api/v3/ticker/price?symbol=BTCUSDT', ['price']);
    await live.price('BTC/USDT:USDT', '63000');
    await live.control('POST', 'mark', { symbol: 'BTC/USDT:USDT', mark: '62500', index: '62600' });
    await untilSame(paper, live, '/fapi/v1/premiumIndex?symbol=BTCUSDT', ['markPrice', 'indexPrice']);
    await untilSame(paper, live, '/fapi/v1/ticker/bookTicker?symbol=BTCUSDT', [
      'bidPrice',
      'askPrice',
      'askQty',
    ]);
  },
);

test(
  'orders trade on the live prices and leave no trace there; what is not mirrored takes no orders',
  { timeout: 120_000 },
  async () => {
    const live = await runLive();
    await live.price('BTC/USDT', '61000');
    const paper = await runPaper(live);
    await untilSame(paper, live, DEPTH, ['asks']);
    const ask = ((await get(live, DEPTH))['asks'] as string[][])[0];
    const order = { symbol: 'BTCUSDT', side: 'BUY', type: 'MARKET', quantity: '0.01' };
    const placed = await signedRequest(paper, 'POST', '/api/v3/order', order);
    expect(placed.body).toMatchObject({ status: 'FILLED', fills: [{ price: ask?.[0], qty: '0.01000000' }] });
    expect(await live.control('GET', 'fills')).toEqual([]);
    const other = await signedRequest(paper, 'POST', '/api/v3/order', {
      ...order,
      symbol: 'BNBUSDT',
      quantity: '1',
    });
    expect(other).toMatchObject({ status: 400, body: { code: -1013 } });
    const book = await get(paper, '/api/v3/depth?symbol=BNBUSDT');
    expect(book).toMatchObject({ status: 200, bids: [], asks: [] });
  },
);

test(
  'without the live exchange prices are refused and orders too, cancels work; it resumes by itself',
  { timeout: 120_000 },
  async () => {
    const live = await runLive();
    await live.price('BTC/USDT', '61000');
    const paper = await runPaper(live);
    await untilSame(paper, live, DEPTH, ['bids', 'asks']);
    const order = {
      symbol: 'BTCUSDT',
      side: 'BUY',
      type: 'LIMIT',
      timeInForce: 'GTC',
      quantity: '0.01',
      price: '50000',
    };
    const resting = await signedRequest(paper, 'POST', '/api/v3/order', order);
    expect(resting.status).toBe(200);
    const port = Number(new URL(live.restUrl).port);
    await live.close();
    await vi.waitFor(async () => expect(await get(paper, DEPTH)).toMatchObject({ status: 503 }), WAIT);
    expect(await get(paper, '/fapi/v1/premiumIndex?symbol=BTCUSDT')).toMatchObject({ status: 503 });
    expect(await signedRequest(paper, 'POST', '/api/v3/order', order)).toMatchObject({
      status: 400,
      body: { code: -1013 },
    });
    const { orderId } = resting.body as { orderId: number };
    const cancel = { symbol: 'BTCUSDT', orderId: String(orderId) };
    expect(await signedRequest(paper, 'DELETE', '/api/v3/order', cancel)).toMatchObject({
      status: 200,
      body: { status: 'CANCELED' },
    });
    // Binance has the port after that of the control API.
    const again = await runVenue('binance', { limits: false, controlPort: port - 1 });
    shutdownHooks.push(() => again.close());
    await again.price('BTC/USDT', '58000');
    await untilSame(paper, again, DEPTH, ['bids', 'asks']);
    expect((await signedRequest(paper, 'POST', '/api/v3/order', order)).status).toBe(200);
  },
);

test(
  'after a restart on its state nothing is known until the live exchange is reached again',
  { timeout: 120_000 },
  async () => {
    const directory = await mkdtemp(join(tmpdir(), 'mirrored-'));
    shutdownHooks.push(() => rm(directory, { recursive: true, force: true }));
    const live = await runLive();
    await live.price('BTC/USDT', '61000');
    const first = await runPaper(live, directory);
    await untilSame(first, live, DEPTH, ['bids', 'asks']);
    await first.close();
    const without = await runVenue('binance', {
      market: ['mirror'],
      liveClient: clientOf({ restUrl: 'http://127.0.0.1:9', wsUrl: 'ws://127.0.0.1:9' }),
      requiresLive: false,
      logger: pino({ level: 'silent' }),
      stateDirectory: directory,
    });
    expect(await get(without, DEPTH)).toMatchObject({ status: 503 });
    await without.close();
    const walking = await runVenue('binance', { stateDirectory: directory });
    shutdownHooks.push(() => walking.close());
    const { bids } = await get(walking, DEPTH);
    expect(bids).toHaveLength(20);
  },
);

test('the market of Bybit is mirrored in the same way', { timeout: 120_000 }, async () => {
  const live = await runVenue('bybit', { limits: false });
  shutdownHooks.push(() => live.close());
  await live.price('BTC/USDT', '61000');
  await live.price('BTC/USDT:USDT', '62000');
  const paper = await runVenue('bybit', {
    limits: false,
    market: ['mirror:BTC/USDT'],
    liveClient: clientOf(live),
    liveWaitMs: 60_000,
    logger: pino({ level: 'silent' }),
  });
  shutdownHooks.push(() => paper.close());
  await live.price('BTC/USDT', '61500');
  await live.price('BTC/USDT:USDT', '62500');
  for (const category of ['spot', 'linear'])
    await vi.waitFor(async () => {
      const path = `/v5/market/orderbook?category=${category}&symbol=BTCUSDT&limit=20`;
      const [there, here] = [await get(live, path), await get(paper, path)];
      const sides = ({ result }: Record<string, unknown>): unknown => {
        const { b, a } = result as Record<string, unknown>;
        return { b, a };
      };
      expect(sides(here)).toEqual(sides(there));
    }, WAIT);
});

test(
  'a start by hand that cannot reach the live exchange fails in one line',
  { timeout: 120_000 },
  async () => {
    const started = runSimulators({
      controlPort: 0,
      venues: ['binance'],
      market: ['mirror'],
      liveClient: clientOf({ restUrl: 'http://127.0.0.1:9', wsUrl: 'ws://127.0.0.1:9' }),
      liveWaitMs: 1500,
      logger: pino({ level: 'silent' }),
    });
    await expect(started).rejects.toThrow(
      /^market: the live market of binance cannot be followed: .*; leave mirror out, or name other venues$/,
    );
  },
);
