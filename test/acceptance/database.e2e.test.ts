/** I2, I6: with PostgreSQL restarted, stopped or frozen under load nothing is lost or doubled, and a trader can get out. */
import { randomInt } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../src/journal/embedded-postgres.ts';
import { quietLog } from '../../src/journal/testing/postgres-fixture.ts';
import type { Api, ApiOrder } from './api.ts';
import { untilBooksAgree } from './audit.ts';
import { checkAnswers, Load } from './load.ts';
import { processesOf, signalProcess } from './processes.ts';
import { makeHome, type Home } from './service.ts';
import { until } from './until.ts';
import { openWorld, type World } from './world.ts';

const RESTARTS = process.env['PLIMSOLL_LONG'] === '1' ? 10 : 3;
const SETTLES_WITHIN_MS = 60_000;
const RESUMES_WITHIN_MS = 60_000;

const releases: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const release of releases.splice(0).reverse()) await release();
});

describe('PostgreSQL under load', () => {
  it.each([
    { mode: 'fast', signal: 'SIGINT' },
    { mode: 'immediate', signal: 'SIGQUIT' },
  ] as const)(
    'restarted ($mode): nothing lost, nothing doubled, trading resumes by itself',
    async ({ signal }) => {
      const seed = Number(process.env['PLIMSOLL_SEED'] ?? randomInt(1, 2 ** 31));
      process.stdout.write(`database: seed ${seed}\n`);
      const world = await opened({});
      const { api, control } = world;
      const load = new Load({ api, seed });
      load.begin();
      for (let restart = 0; restart < RESTARTS; restart += 1) {
        const answeredBefore = accepted(load);
        await until('the load goes on', () => accepted(load) > answeredBefore + 20, RESUMES_WITHIN_MS);
        const postmaster = await postmasterOf(world.home);
        signalProcess(postmaster, signal);
        await until(
          'another postmaster runs',
          async () => (await postmasterOf(world.home).catch(() => postmaster)) !== postmaster,
          RESUMES_WITHIN_MS,
        );
      }
      const before = accepted(load);
      await until('trading has resumed', () => accepted(load) > before + 20, RESUMES_WITHIN_MS);
      await load.end();
      await load.repeatOpenQuestions(api);
      // The service itself went on all the time: every request has an answer.
      expect(load.actions.flatMap(({ answers }) => answers).filter(({ kind }) => kind === 'lost')).toEqual(
        [],
      );
      const { orders } = await untilBooksAgree(api, control, SETTLES_WITHIN_MS);
      expect(checkAnswers(load, orders)).toEqual([]);
    },
    300_000,
  );
});

describe('without PostgreSQL', () => {
  it.each(['stopped', 'frozen'] as const)(
    '%s: a cancel still reaches the venue, new orders are refused, and afterwards trading resumes',
    async (how) => {
      const database = await makeHome();
      releases.push(() => database.release());
      const dataDir = join(database.root, 'database');
      let postgres = await startEmbeddedPostgres({ dataDir, log: quietLog });
      releases.push(() => postgres.stop());
      const world = await opened({ DATABASE_URL: urlOf(postgres) });
      const { api, control } = world;
      const resting = await placeResting(api, '57000');
      const other = await placeResting(api, '56000');
      const inDoubt = new Set<string | undefined>();

      if (how === 'stopped') await postgres.stop();
      else await signalPostgres(database, 'SIGSTOP');
      await until('new orders are refused', async () => {
        const answer = await api.place('limit', order('55000'));
        if (answer.kind !== 'problem') return false;
        expect(answer.status).toBe(503);
        inDoubt.add(answer.problem.order_id);
        return answer.problem.order_id === undefined;
      });
      // Only the node that took this cancel has it: it is repeated until the venue has it.
      await control.fault({ kind: 'http_error', route: 'cancel_order', count: 2, status: 503 });
      const canceled = await api.cancel(resting.id);
      expect(canceled.kind).toBe('order');
      await until(
        'the venue shows it canceled',
        async () => (await statusAtVenue(world, resting)) === 'canceled',
      );
      expect(await statusAtVenue(world, other)).toBe('open');
      // The two ways to be rid of all of them.
      const { status, body } =
        how === 'stopped'
          ? await api.ask('DELETE', '/trading/v2/orders?all=true')
          : await api.ask('POST', '/risk/kill-switch', '{"engaged":true,"reason":"no database"}');
      expect([status, body]).toEqual([200, expect.anything()]);
      await until(
        'the venue shows the other one canceled',
        async () => (await statusAtVenue(world, other)) === 'canceled',
      );

      if (how === 'stopped') postgres = await startEmbeddedPostgres({ dataDir, log: quietLog });
      else await signalPostgres(database, 'SIGCONT');
      await until(
        'trading has resumed',
        async () => {
          if (how === 'frozen')
            await api.ask('POST', '/risk/kill-switch', '{"engaged":false,"reason":"it is back"}');
          return (await api.place('limit', order('54000'))).kind === 'order';
        },
        RESUMES_WITHIN_MS,
      );
      const { orders } = await untilBooksAgree(api, control, SETTLES_WITHIN_MS);
      expect(orders.find(({ id }) => id === resting.id)?.status).toBe('canceled');
      expect(orders.find(({ id }) => id === other.id)?.status).toBe('canceled');
      // An order that was refused for good was not kept for later.
      expect(orders.filter(({ id, price }) => price === '55000' && !inDoubt.has(id))).toEqual([]);
    },
    240_000,
  );
});

async function opened(environment: Readonly<Record<string, string>>): Promise<World> {
  const world = await openWorld(environment);
  releases.push(() => world.close());
  return world;
}

/** Requests that became orders. */
function accepted(load: Load): number {
  return load.actions.filter(({ answers }) => answers.some(({ kind }) => kind === 'order')).length;
}

async function postmasterOf(home: Home): Promise<number> {
  const file = await readFile(join(home.dataDir, 'postgres/cluster/postmaster.pid'), 'utf8');
  return Number(file.split('\n', 1)[0]);
}

async function signalPostgres(home: Home, signal: NodeJS.Signals): Promise<void> {
  const found = processesOf(home.root).filter(({ command }) => command[0]?.includes('postgres') === true);
  expect(found.length).toBeGreaterThan(1);
  for (const { pid } of found) signalProcess(pid, signal);
}

function urlOf({ address }: EmbeddedPostgres): string {
  const { user, host, port, database } = address;
  return `postgresql://${user}@${encodeURIComponent(host)}:${port}/${database}`;
}

function order(price: string): Record<string, unknown> {
  return { exchange: 'binance', symbol: 'BTC/USDT', side: 'buy', quantity: '0.001', price };
}

async function placeResting(api: Api, price: string): Promise<ApiOrder> {
  const answer = await api.place('limit', order(price));
  if (answer.kind !== 'order' || answer.order.status !== 'open')
    throw new Error(`does not rest: ${JSON.stringify(answer)}`);
  return answer.order;
}

async function statusAtVenue(
  { control }: World,
  { venue_client_order_id: id }: ApiOrder,
): Promise<string | undefined> {
  return (await control.orders()).find((row) => row.client_order_id === id)?.status;
}
