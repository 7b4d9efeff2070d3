import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  accountId,
  instrumentSymbol,
  orderId,
  portfolioId,
  tradeId,
  venueClientOrderId,
  venueOrderId,
} from '../core/ids.ts';
import type { ReadModelChange } from './journal.ts';
import { migrate, SchemaMismatch } from './migrate.ts';
import { openPostgresJournal } from './postgres-journal.ts';
import { freshDatabase, quietLog, type TestDatabase } from './testing/postgres-fixture.ts';
import { exportHeads, readModelDigests, rebuildReadModels, type Verified, verifyJournals } from './verify.ts';

const AT = 1_700_000_000_000;
let database: TestDatabase;

beforeAll(async () => {
  database = await freshDatabase({ migrated: false });
});
afterAll(() => database.release());

test('migrations run once, also when two processes start together, and a changed file is found', async () => {
  const [first, second] = await Promise.all([migrate(database.connection), migrate(database.connection)]);
  expect([...first, ...second].toSorted((left, right) => (left < right ? -1 : 1))).toEqual([
    '0001_journal.sql',
    '0002_read_models.sql',
    '0003_directory.sql',
  ]);
  expect(await migrate(database.connection)).toEqual([]);
  const client = new pg.Client(database.connection);
  await client.connect();
  await client.query(`UPDATE schema_migrations SET sha256 = 'x' WHERE name = '0002_read_models.sql'`);
  await expect(migrate(database.connection)).rejects.toThrow(/0002_read_models\.sql was changed/);
  await client.query(
    `DELETE FROM schema_migrations; INSERT INTO schema_migrations VALUES ('9999_later.sql', 'x')`,
  );
  await expect(migrate(database.connection)).rejects.toThrow(SchemaMismatch);
  await client.query('DROP SCHEMA public CASCADE; CREATE SCHEMA public');
  await client.end();
  expect(await migrate(database.connection)).toHaveLength(3);
});

async function verified(): Promise<readonly Verified[]> {
  const all: Verified[] = [];
  for await (const one of verifyJournals(database.connection)) all.push(one);
  return all;
}

function changesOf(round: number): readonly ReadModelChange[] {
  const order = orderId(`o${round % 7}`);
  return [
    {
      model: 'order',
      orderId: order,
      accountId: accountId('a'),
      exchange: 'okx',
      symbol: instrumentSymbol('BTC/USDT'),
      clientOrderId: null,
      venueClientOrderId: venueClientOrderId(`vc${round % 7}`),
      venueOrderIds: [venueOrderId(`v${round}`)],
      status: round > 20 ? 'filled' : 'open',
      finished: round > 20,
      createdAt: AT,
      updatedAt: AT + round,
      document: { round, note: '1.50 "quoted" Ω' },
    },
    {
      model: 'fill',
      accountId: accountId('a'),
      symbol: instrumentSymbol('BTC/USDT'),
      venueOrderId: venueOrderId(`v${round}`),
      tradeId: tradeId(`t${round}`),
      orderId: order,
      executedAt: AT + round,
      document: { price: '0.10', z: 1, a: 2 },
    },
    {
      model: 'position',
      accountId: accountId('a'),
      symbol: instrumentSymbol('BTC/USDT'),
      document: { round },
    },
    { model: 'idempotency', key: `k${round}`, contentHash: 'h', orderId: order },
  ];
}

test('a rebuild gives the same bytes; verify finds every portfolio sound, and names what is not', async () => {
  const journal = await openPostgresJournal({ connection: database.connection, log: quietLog });
  const portfolio = portfolioId('rebuilt');
  const other = portfolioId('untouched');
  await journal.createPortfolio(portfolio);
  await journal.createPortfolio(other);
  const claimed = await journal.claim(portfolio, 'node', AT);
  if (claimed.kind !== 'owned') throw new Error('not owned');
  let { seq } = claimed;
  const rounds = Array.from({ length: 30 }, (_, round) => round);
  for (const round of rounds) {
    const result = await journal.append({
      portfolioId: portfolio,
      epoch: claimed.epoch,
      expectedSeq: seq,
      records: [{ at: AT + round, type: 'round', payload: { round } }],
      changes: changesOf(round),
    });
    if (result.kind !== 'durable') throw new Error(result.kind);
    seq = result.seq;
  }
  const live = await readModelDigests(database.connection, portfolio);
  expect(live['fills']).toMatch(/^30:[0-9a-f]{64}$/);
  const same = await rebuildReadModels(
    database.connection,
    portfolio,
    rounds.map((round) => changesOf(round)),
  );
  expect(same.before).toEqual(live);
  expect(same.after).toEqual(live);
  const less = await rebuildReadModels(database.connection, portfolio, [changesOf(0)]);
  expect(less.after).not.toEqual(live);
  const allAtOnce = await rebuildReadModels(database.connection, portfolio, [
    rounds.flatMap((round) => changesOf(round)),
  ]);
  expect(allAtOnce.after).toEqual(live);

  const sound = await verified();
  expect(sound.map(({ portfolioId: id, seq: at, fault }) => [id, at, fault])).toEqual([
    [portfolio, 31, null],
    [other, 0, null],
  ]);
  expect((await exportHeads(database.connection)).map((head) => head.hash)).toEqual(
    sound.map((head) => head.hash),
  );

  const client = new pg.Client(database.connection);
  await client.connect();
  await client.query(`UPDATE journal SET payload = '{"round":99}' WHERE portfolio_id = $1 AND seq = 12`, [
    portfolio,
  ]);
  await client.end();
  const damaged = await verified();
  expect(damaged[0]?.fault).toMatch(/portfolio rebuilt: seq 12 was changed/);
  expect(damaged[1]?.fault).toBeNull();
  await journal.close();
});
