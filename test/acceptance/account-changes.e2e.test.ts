/**
 * An account that is added, changed, traded on and removed while callers keep another one of the same portfolio busy:
 * each of their requests is answered as it is without the change.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { z } from 'zod';
import { StreamReader } from '../../src/http/stream/testing/stream-reader.ts';
import type { Answer } from './api.ts';
import { untilBooksAgree } from './audit.ts';
import { BusyAccount } from './busy-account.ts';
import { until } from './until.ts';
import { openWorld, type World } from './world.ts';

const BUSY = 'binance-paper';
/** Requests that a phase is measured on. */
const REQUESTS = 150;
const CHANNELS = ['orders', 'fills', 'positions', 'balances', 'risk', 'drift'];
/** A change may make requests slower by its own work, never by a stop: seconds went by when engines were replaced. */
const SLOWER_AT_MOST = 5;
const NOISE_MS = 300;

let world: World;

beforeAll(async () => {
  world = await openWorld();
}, 120_000);
afterAll(async () => {
  await world.close();
});

it('adding, changing and removing an account under load disturbs nobody', async () => {
  const { api, control } = world;
  const streams = await control.requests('private_stream');
  expect(streams).toBeGreaterThan(0);
  const reader = await StreamReader.open(world.service().streamUrl, world.service().token);
  await reader.ask({ subscribe: CHANNELS });
  const busy = new BusyAccount(api, BUSY);
  busy.begin('before');
  await until('requests were answered before', () => busy.answered('before') >= REQUESTS, 60_000);

  busy.enter('during');
  const added = await ask('POST', '/accounts', { exchange: 'binance', mode: 'paper', label: 'second' });
  expect(added.status).toBe(201);
  const { id } = z.object({ id: z.string() }).parse(added.body);
  await until('the added account trades', async () => (await buy(id)).kind === 'order');
  // Its own private streams are new, those of the busy account are not.
  expect(await control.requests('private_stream')).toBe(2 * streams);
  expect((await ask('PATCH', `/accounts/${id}`, { label: 'renamed' })).status).toBe(200);
  expect((await ask('PATCH', `/accounts/${id}`, { is_default: true })).status).toBe(200);
  expect((await buy(id)).kind).toBe('order');
  expect((await ask('PATCH', `/accounts/${BUSY}`, { is_default: true })).status).toBe(200);
  expect((await ask('DELETE', `/accounts/${id}`)).status).toBe(409);
  expect((await ask('DELETE', `/accounts/${id}?positions=close`)).status).toBe(200);
  expect(await buy(id)).toMatchObject({ kind: 'problem', problem: { code: 'account_not_found' } });
  const again = await Promise.all(
    ['third', 'fourth'].map((label) =>
      ask('POST', '/accounts', { exchange: 'binance', mode: 'paper', label }),
    ),
  );
  expect(again.map(({ status }) => status)).toEqual([201, 201]);
  await until('requests were answered meanwhile', () => busy.answered('during') >= REQUESTS, 60_000);
  await busy.end();

  expect(busy.disturbed()).toEqual([]);
  expect(busy.p99Ms('during')).toBeLessThan(SLOWER_AT_MOST * busy.p99Ms('before') + NOISE_MS);
  await until(
    'the streams of the two others are connected',
    async () => (await control.requests('private_stream')) === 4 * streams,
  );
  // Orders and fills of the removed account stay readable, and equal the venue's.
  await untilBooksAgree(api, control, 30_000, { removed: [id] });
  await expectNoGap(reader);
  reader.close();
}, 240_000);

it('an order of a paper account that was added after a reset of the simulator is not taken for one from before it', async () => {
  await world.control.reset();
  const added = await ask('POST', '/accounts', {
    exchange: 'binance',
    mode: 'paper',
    label: 'after a reset',
  });
  expect(added.status).toBe(201);
  const { id } = z.object({ id: z.string() }).parse(added.body);
  const placed: string[] = [];
  await until('an order on the added account is taken', async () => {
    const answer = await rest(id);
    if (answer.kind === 'order') placed.push(answer.order.id);
    return answer.kind === 'order';
  });
  const [orderId = ''] = placed;
  await until('the order works', async () => (await world.api.order(orderId))?.status === 'open');
  // A start compares the instance that the account was opened with to the present one, as the watch over it does.
  await world.service().stop();
  const { api } = await world.restart();
  expect(await api.order(orderId)).toMatchObject({ status: 'open' });
}, 120_000);

function ask(method: string, path: string, body?: object): Promise<Answer> {
  return world.api.ask(method, path, body === undefined ? undefined : JSON.stringify(body));
}

function buy(account: string): ReturnType<World['api']['place']> {
  return world.api.place('market', {
    exchange: 'binance',
    account,
    symbol: 'ETH/USDT',
    side: 'buy',
    quantity: '0.01',
    wait_ms: 5_000,
  });
}

/** Places a limit order far below the market. */
function rest(account: string): ReturnType<World['api']['place']> {
  return world.api.place('limit', {
    exchange: 'binance',
    account,
    symbol: 'BTC/USDT',
    side: 'buy',
    quantity: '0.001',
    price: '20000',
  });
}

/** The quantities and totals that a connection was sent last. */
function figures(messages: StreamReader['news']): ReadonlyMap<string, string> {
  const last = new Map<string, string>();
  for (const { channel = '', account, symbol, asset, wallet, position, balance } of messages) {
    if (!['positions', 'balances'].includes(channel)) continue;
    const { quantity } = (position ?? {}) as { readonly quantity?: string };
    const { total } = (balance ?? {}) as { readonly total?: string };
    last.set([channel, account, symbol, asset, wallet].join(' '), `${quantity} ${total}`);
  }
  return last;
}

/** The connection stayed open, and brought the same events as a connection that resumes from the first `seq`. */
async function expectNoGap(reader: StreamReader): Promise<void> {
  const known = reader.news;
  const [first] = known;
  if (first?.seq === undefined) throw new Error('the stream brought nothing');
  const last = known.at(-1)?.seq ?? 0;
  const after = await StreamReader.open(world.service().streamUrl, world.service().token);
  await after.ask({ subscribe: CHANNELS, after: first.seq - 1 });
  // Positions and balances are sent as they are now, not as they were.
  const events = (messages: typeof known): readonly string[] =>
    messages
      .filter(({ channel = '' }) => !['positions', 'balances'].includes(channel))
      .map(({ channel, seq, event }) => `${seq} ${channel} ${event}`);
  const replayed = (): readonly string[] => events(after.news.filter(({ seq = 0 }) => seq <= last));
  await until('the stream was read again', () => replayed().length >= events(known).length);
  expect(events(known)).toEqual(replayed());
  await until('positions and balances are shown as they were', () => {
    const [before, again] = [figures(reader.news), figures(after.news)];
    const both = [...before].filter(([subject]) => again.has(subject));
    return both.length > 3 && both.every(([subject, shown]) => again.get(subject) === shown);
  });
  after.close();
}
