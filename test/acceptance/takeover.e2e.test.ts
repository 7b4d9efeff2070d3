/**
 * I1 with two services on one database: an owner that freezes with an order on its way is replaced, and when it resumes no
 * order of it is sent twice.
 */
import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { startEmbeddedPostgres } from '../../src/journal/embedded-postgres.ts';
import { quietLog } from '../../src/journal/testing/postgres-fixture.ts';
import type { Api, OrderAnswer } from './api.ts';
import { untilBooksAgree } from './audit.ts';
import type { Control, ControlOrder } from './control.ts';
import { checkAnswers, Load } from './load.ts';
import { makeHome, startService, startSimulator, type Home, type ServiceProcess } from './service.ts';
import { until } from './until.ts';
import { startVenueProxy, type VenueProxy } from './venue-proxy.ts';
import { PINNED_PRICE } from './world.ts';

/** Lease of ten seconds, a claim, a recovery; on a busy machine. */
const TAKES_OVER_WITHIN_MS = 60_000;
const SETTLES_WITHIN_MS = 60_000;
const MASTER_KEY = '07'.repeat(32);
const CREATE = 'POST /api/v3/order';

const releases: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const release of releases.splice(0).reverse()) await release();
});

interface Pair {
  readonly owner: ServiceProcess;
  readonly other: ServiceProcess;
  readonly homes: readonly [Home, Home];
  /** Stands between the services and the venue. */
  readonly proxy: VenueProxy;
  readonly control: Control;
}

describe('an owner that freezes', () => {
  it.each([
    { type: 'limit', body: { price: '57000' } },
    { type: 'market', body: {} },
  ])(
    'with a $type order between its commit and the venue: the order is there at most once',
    async ({ type, body }) => {
      const { owner, other, proxy, control } = await openPair();
      await expectNotOwner(other.api);

      const held = proxy.holdNext(CREATE);
      const answer = owner.api.place(type, { ...order('freeze-1'), ...body });
      await held.held;
      owner.signal('SIGSTOP');
      await until('the other one takes over', () => other.isReady(), TAKES_OVER_WITHIN_MS);
      const taken = await other.api.orders();
      expect(taken.map(({ client_order_id: id }) => id)).toEqual(['freeze-1']);

      // The request of the frozen owner arrives after the take-over, and is too old.
      await held.release();
      owner.signal('SIGCONT');
      const answered = await answer;
      await untilSettled(other.api);
      const atVenue = await placedUnder(control, taken[0]?.venue_client_order_id);
      expect(atVenue.length).toBeLessThanOrEqual(1);
      const { orders } = await untilBooksAgree(other.api, control, SETTLES_WITHIN_MS);
      expect(orders[0]?.status).toBe(atVenue.length === 1 ? 'open' : 'failed');
      // A market order is not sent so late; a resting one may be, by its new owner.
      if (type === 'market') expect(atVenue).toEqual([]);
      expect(['order', 'problem', 'lost']).toContain(answered.kind);
      await until('the former owner knows that it is none', () => isNotOwner(owner.api));

      // The same request again is the same order, on either node.
      const again = await other.api.place(type, { ...order('freeze-1'), ...body });
      expect(again).toMatchObject({
        kind: 'order',
        status: 200,
        replayed: true,
        order: { id: taken[0]?.id },
      });

      // The former owner comes back into its own when the other one goes.
      expect(await other.stop()).toEqual({ code: 0, signal: null });
      await until('the former owner owns again', () => owner.isReady(), TAKES_OVER_WITHIN_MS);
      await untilBooksAgree(owner.api, control, SETTLES_WITHIN_MS);
    },
    240_000,
  );

  it('at any moment under load: nothing is lost or doubled', async () => {
    const seed = Number(process.env['PLIMSOLL_SEED'] ?? randomInt(1, 2 ** 31));
    process.stdout.write(`takeover: seed ${seed}\n`);
    const { owner, other, control } = await openPair();
    const load = new Load({ api: owner.api, seed });
    const enough = 20 + load.pick(60);
    load.begin();
    await until('the load is on', () => load.answered > enough);
    owner.signal('SIGSTOP');
    const ended = load.end();
    await until('the other one takes over', () => other.isReady(), TAKES_OVER_WITHIN_MS);
    owner.signal('SIGCONT');
    await ended;
    await load.repeatOpenQuestions(other.api);
    const { orders } = await untilBooksAgree(other.api, control, SETTLES_WITHIN_MS);
    expect(checkAnswers(load, orders)).toEqual([]);
    await until('the former owner knows that it is none', () => isNotOwner(owner.api));
  }, 240_000);
});

it('both are killed with an order in doubt between them: it is resolved once', async () => {
  const { owner, other, homes, proxy, control } = await openPair();
  const held = proxy.holdNext(CREATE);
  const answer = owner.api.place('limit', { ...order('doubt-1'), price: '57000' });
  await held.held;
  await Promise.all([owner.killGroup(), other.killGroup()]);
  expect((await answer).kind).toBe('lost');
  const [first, second] = await Promise.all(homes.map((home) => startService(home, 'live')));
  if (first === undefined || second === undefined) throw new Error('two services were to start');
  await until(
    'one of them owns the portfolio',
    async () => (await first.isReady()) || (await second.isReady()),
    TAKES_OVER_WITHIN_MS,
  );
  // It arrives while its outcome is being found out.
  await held.release();
  const now = (await first.isReady()) ? first : second;
  await expectNotOwner((now === first ? second : first).api);
  await untilSettled(now.api);
  const { orders, venueOrders } = await untilBooksAgree(now.api, control, SETTLES_WITHIN_MS);
  expect(orders.map(({ client_order_id: id }) => id)).toEqual(['doubt-1']);
  expect(venueOrders.length).toBe(orders[0]?.status === 'open' ? 1 : 0);
}, 240_000);

async function openPair(): Promise<Pair> {
  const shared = await makeHome();
  releases.push(() => shared.release());
  const postgres = await startEmbeddedPostgres({ dataDir: join(shared.root, 'database'), log: quietLog });
  releases.push(() => postgres.stop());
  const simulator = await startSimulator(shared);
  for (const symbol of ['BTC/USDT', 'BTC/USDT:USDT'])
    await simulator.control.price(symbol, PINNED_PRICE, true);
  const proxy = await startVenueProxy(simulator.controlUrl);
  releases.push(() => proxy.close());
  const { user, host, port, database } = postgres.address;
  const environment = {
    DATABASE_URL: `postgresql://${user}@${encodeURIComponent(host)}:${port}/${database}`,
    PLIMSOLL_SIMULATOR_URL: proxy.controlUrl,
    PLIMSOLL_MASTER_KEY: MASTER_KEY,
  };
  const homes = [await makeHome({ environment }), await makeHome({ environment })] as const;
  for (const home of homes) releases.push(() => home.release());
  const owner = await startService(homes[0]);
  const other = await startService(homes[1], 'live');
  return { owner, other, homes, proxy, control: simulator.control };
}

function order(clientOrderId: string): Record<string, unknown> {
  return {
    exchange: 'binance',
    symbol: 'BTC/USDT',
    side: 'buy',
    quantity: '0.001',
    client_order_id: clientOrderId,
  };
}

function askedOfNonOwner(api: Api): Promise<OrderAnswer> {
  return api.place('limit', { ...order('not-here'), price: '50000' });
}

async function expectNotOwner(api: Api): Promise<void> {
  // A node that has just begun to listen has not asked yet whose the portfolio is.
  await until('it knows that another one is the owner', () => isNotOwner(api));
  // A node answers nothing from books that another node owns.
  for (const path of ['/trading/v2/orders/open', '/trading/v2/positions']) {
    const { status, body, headers } = await api.ask('GET', path);
    expect([status, body]).toEqual([503, expect.objectContaining({ code: 'not_owner' })]);
    expect(headers.get('retry-after')).not.toBeNull();
  }
}

async function isNotOwner(api: Api): Promise<boolean> {
  const answer = await askedOfNonOwner(api);
  expect(answer).toMatchObject({ kind: 'problem', status: 503 });
  return answer.kind === 'problem' && answer.problem.code === 'not_owner';
}

async function untilSettled(api: Api): Promise<void> {
  await until(
    'no order is in doubt',
    async () =>
      (await api.orders()).every(({ status }) => ['open', 'filled', 'failed', 'expired'].includes(status)),
    SETTLES_WITHIN_MS,
  );
}

async function placedUnder(
  control: Control,
  venueClientOrderId: string | undefined,
): Promise<ControlOrder[]> {
  return (await control.orders()).filter((row) => row.client_order_id === venueClientOrderId);
}
