import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { portfolioId, type PortfolioId } from '../core/ids.ts';
import { HeadsInvalid, headsText, parseHeads } from './heads-file.ts';
import { migrate, pendingMigrations, SchemaMismatch } from './migrate.ts';
import { openPostgresJournal } from './postgres-journal.ts';
import { freshDatabase, quietLog, type TestDatabase } from './testing/postgres-fixture.ts';
import { exportHeads, type Head, type Verified, verifyJournals } from './verify.ts';

const AT = 1_700_000_000_000;
let database: TestDatabase;

beforeAll(async () => {
  database = await freshDatabase({ migrated: false });
});
afterAll(() => database.release());

test('migrations run once, also when two processes start together, and a changed file is found', async () => {
  const files = (await readdir(join(import.meta.dirname, 'migrations'))).sort();
  const [first, second] = await Promise.all([migrate(database.connection), migrate(database.connection)]);
  expect([...first, ...second].toSorted((left, right) => (left < right ? -1 : 1))).toEqual(files);
  expect(await migrate(database.connection)).toEqual([]);
  expect(await pendingMigrations(database.connection)).toEqual([]);
  const client = new pg.Client(database.connection);
  await client.connect();
  await client.query(`UPDATE schema_migrations SET sha256 = 'x' WHERE name = '0002_read_models.sql'`);
  await expect(migrate(database.connection)).rejects.toThrow(/0002_read_models\.sql was changed/);
  await client.query(
    `DELETE FROM schema_migrations; INSERT INTO schema_migrations VALUES ('9999_later.sql', 'x')`,
  );
  await expect(migrate(database.connection)).rejects.toThrow(SchemaMismatch);
  await expect(pendingMigrations(database.connection)).rejects.toThrow(SchemaMismatch);
  await client.query('DROP SCHEMA public CASCADE; CREATE SCHEMA public');
  await client.end();
  expect(await pendingMigrations(database.connection)).toBeNull();
  expect(await migrate(database.connection)).toEqual(files);
});

async function verified(anchors: readonly Head[] = []): Promise<readonly Verified[]> {
  const all: Verified[] = [];
  for await (const one of verifyJournals(database.connection, { anchors })) all.push(one);
  return all;
}

async function sql(text: string, values: readonly unknown[] = []): Promise<void> {
  const client = new pg.Client(database.connection);
  await client.connect();
  await client.query(text, [...values]);
  await client.end();
}

async function first(text: string): Promise<unknown> {
  const client = new pg.Client(database.connection);
  await client.connect();
  const { rows } = await client.query<Record<string, unknown>>(text);
  await client.end();
  return rows[0];
}

/** `ownership_taken` and the given number of records after it. */
async function writeJournal(portfolio: PortfolioId, rounds: number): Promise<void> {
  const journal = await openPostgresJournal({ connection: database.connection, log: quietLog });
  await journal.createPortfolio(portfolio);
  const claimed = await journal.claim(portfolio, 'node', AT);
  if (claimed.kind !== 'owned') throw new Error('not owned');
  const result = await journal.append({
    portfolioId: portfolio,
    epoch: claimed.epoch,
    expectedSeq: claimed.seq,
    records: Array.from({ length: rounds }, (_, round) => ({
      at: AT + round - (round % 3),
      type: 'round',
      payload: { round },
    })),
    changes: [],
  });
  expect(result.kind).toBe('durable');
  await journal.close();
}

describe('verify', () => {
  const main = portfolioId('main');
  const other = portfolioId('other');
  let anchors: readonly Head[];

  beforeAll(async () => {
    await writeJournal(main, 9);
    await writeJournal(other, 2);
    anchors = await exportHeads(database.connection);
    await sql('CREATE TABLE kept_journal AS TABLE journal; CREATE TABLE kept_head AS TABLE portfolio_head');
  });
  beforeEach(() =>
    sql(`DELETE FROM journal; INSERT INTO journal TABLE kept_journal;
         DELETE FROM portfolio_head; INSERT INTO portfolio_head TABLE kept_head`),
  );

  test('a journal as it was written is sound, also against heads exported before it grew', async () => {
    expect((await verified(anchors)).map(({ faultCount, ...rest }) => ({ faultCount, ...rest }))).toEqual([
      { portfolioId: main, records: 10, head: anchors[0], faults: [], faultCount: 0 },
      { portfolioId: other, records: 3, head: anchors[1], faults: [], faultCount: 0 },
    ]);
    await sql('TRUNCATE portfolio_head, journal');
    expect(await verified()).toEqual([]);
  });

  test('a length of a run that does not fit the records is found, and null in all of them is sound', async () => {
    // In `main`: ownership_taken, then three runs of three records.
    const runs = `SELECT array_agg(run_length ORDER BY seq)::text AS runs FROM journal WHERE portfolio_id = 'main'`;
    expect(await first(runs)).toEqual({ runs: '{NULL,3,0,0,3,0,0,3,0,0}' });
    for (const [changes, seqs] of [
      ['run_length = 2 WHERE seq = 5', [7]],
      ['run_length = 4 WHERE seq = 5', [8]],
      ['run_length = 0 WHERE seq = 1', [1]],
      ['run_length = 4 WHERE seq = 8', [10]],
      ['run_length = 1 WHERE seq = 6', [6]],
      ['run_length = NULL WHERE seq = 8', [9, 10]],
      ['run_length = NULL', []],
    ] as const) {
      await sql(`UPDATE journal SET ${changes}${seqs.length === 0 ? '' : ` AND portfolio_id = 'main'`}`);
      const [found] = await verified();
      expect(found?.faults.map(({ kind, seq }) => [kind, seq])).toEqual(
        seqs.map((seq) => ['run_length_wrong', seq]),
      );
      await sql('DELETE FROM journal; INSERT INTO journal TABLE kept_journal');
    }
  });

  const byte = (column: string): string =>
    `UPDATE journal SET ${column} = translate(left(${column}, 1), '0123456789abcdef', '1032547698badcfe') || substr(${column}, 2)
      WHERE portfolio_id = 'main' AND seq = `;
  test.each<[string, string, readonly [string, number, RegExp][]]>([
    [
      'payload',
      `UPDATE journal SET payload = '{"round":7}' WHERE portfolio_id = 'main' AND seq = 4`,
      [['content_changed', 4, /^type, at or payload was changed/]],
    ],
    [
      'white space in a payload',
      `UPDATE journal SET payload = '{"round": 2}' WHERE portfolio_id = 'main' AND seq = 4`,
      [['content_changed', 4, /^payload was changed/]],
    ],
    [
      'type',
      `UPDATE journal SET type = 'sound' WHERE portfolio_id = 'main' AND seq = 4`,
      [['content_changed', 4, /^type, at/]],
    ],
    [
      'at',
      `UPDATE journal SET at = at + 1 WHERE portfolio_id = 'main' AND seq = 4`,
      [['content_changed', 4, /^type, at/]],
    ],
    ['hash', `${byte('hash')} 4`, [['hash_changed', 4, /^hash was changed/]]],
    ['hash of the last record', `${byte('hash')} 10`, [['hash_changed', 10, /^hash was changed/]]],
    ['prev_hash', `${byte('prev_hash')} 4`, [['previous_hash_changed', 4, /^prev_hash was changed/]]],
    [
      'prev_hash of the first record',
      `${byte('prev_hash')} 1`,
      [['previous_hash_changed', 1, /^prev_hash was changed/]],
    ],
    [
      'two records',
      `UPDATE journal SET payload = '{}' WHERE portfolio_id = 'main' AND seq IN (4, 8)`,
      [
        ['content_changed', 4, /./],
        ['content_changed', 8, /./],
      ],
    ],
    [
      'a missing record',
      `DELETE FROM journal WHERE portfolio_id = 'main' AND seq = 4`,
      [['records_missing', 4, /^seq 4 is missing$/]],
    ],
    [
      'the first record missing',
      `DELETE FROM journal WHERE portfolio_id = 'main' AND seq = 1`,
      [['records_missing', 1, /^seq 1 is missing$/]],
    ],
    [
      'a missing tail',
      `DELETE FROM journal WHERE portfolio_id = 'main' AND seq > 7`,
      [
        ['records_missing', 8, /^seq 8 to 10 are missing: the head says seq 10/],
        ['anchor_lost', 10, /records end at seq 7/],
      ],
    ],
    [
      'a record too many',
      `INSERT INTO journal SELECT portfolio_id, 11, at, type, payload, hash, prev_hash FROM journal WHERE portfolio_id = 'main' AND seq = 10`,
      [
        ['content_changed', 11, /prev_hash differs as well/],
        ['records_surplus', 11, /head says seq 10/],
      ],
    ],
    [
      'a record before the first',
      `INSERT INTO journal SELECT portfolio_id, 0, at, type, payload, hash, prev_hash FROM journal WHERE portfolio_id = 'main' AND seq = 10`,
      [['records_surplus', 0, /the first one is 1/]],
    ],
    [
      'a record replaced by another whole one',
      `UPDATE journal SET type = o.type, at = o.at, payload = o.payload, hash = o.hash, prev_hash = o.prev_hash FROM (SELECT * FROM journal WHERE portfolio_id = 'main' AND seq = 5) o WHERE journal.portfolio_id = 'main' AND journal.seq = 4`,
      [
        ['content_changed', 4, /./],
        ['chain_broken', 5, /does not follow from seq 4/],
      ],
    ],
    [
      'head hash',
      `UPDATE portfolio_head SET hash = repeat('a', 64) WHERE portfolio_id = 'main'`,
      [['head_hash_wrong', 10, /the head names hash a+, but seq 10 has/]],
    ],
    [
      'head seq',
      `UPDATE portfolio_head SET seq = 12 WHERE portfolio_id = 'main'`,
      [['head_seq_wrong', 12, /names the hash of seq 10/]],
    ],
    [
      'head before the end',
      `UPDATE portfolio_head h SET seq = 9, hash = j.hash FROM journal j WHERE h.portfolio_id = 'main' AND j.portfolio_id = 'main' AND j.seq = 9`,
      [['records_surplus', 10, /records up to seq 10, but the head says seq 9/]],
    ],
    ['no head', `DELETE FROM portfolio_head WHERE portfolio_id = 'main'`, [['head_missing', 10, /no head/]]],
    [
      'head of a new journal',
      `UPDATE portfolio_head SET seq = 0, hash = repeat('0', 64) WHERE portfolio_id = 'main'`,
      [['records_surplus', 1, /head says seq 0/]],
    ],
    [
      'nothing left',
      `DELETE FROM journal WHERE portfolio_id = 'main'; DELETE FROM portfolio_head WHERE portfolio_id = 'main'`,
      [
        ['head_missing', 0, /./],
        ['anchor_lost', 10, /older backup/],
      ],
    ],
  ])('%s: found and named, once, and the other portfolio is sound', async (_, change, expected) => {
    await sql(change);
    const [found, untouched] = await verified(anchors);
    expect(found?.faults.map(({ kind, seq }) => [kind, seq])).toEqual(
      expected.map(([kind, seq]) => [kind, seq]),
    );
    expect(found?.faultCount).toBe(expected.length);
    expected.forEach(([, , words], index) => expect(found?.faults[index]?.detail).toMatch(words));
    expect(untouched).toMatchObject({ portfolioId: other, faultCount: 0 });
  });

  test('a journal written anew is whole in itself, but not against an exported head', async () => {
    await sql(
      `DELETE FROM journal WHERE portfolio_id = 'main'; DELETE FROM portfolio_head WHERE portfolio_id = 'main'`,
    );
    await writeJournal(main, 12);
    expect((await verified()).map(({ faultCount }) => faultCount)).toEqual([0, 0]);
    const older = anchors.map((head) =>
      head.portfolioId === main ? { ...head, hash: 'b'.repeat(64) } : head,
    );
    const [found] = await verified(older);
    expect(found?.faults).toMatchObject([{ kind: 'anchor_differs', seq: 10 }]);
  });

  test('faults are counted, and reported up to a bound; a portfolio of many pages is walked', async () => {
    await writeJournal(portfolioId('long'), 2_500);
    await sql(`UPDATE journal SET at = 0 WHERE portfolio_id = 'long'`);
    const [found] = await verified();
    expect(found).toMatchObject({ portfolioId: 'long', records: 2_501, faultCount: 2_501 });
    expect(found?.faults).toHaveLength(50);
  });

  test('heads survive the way through a file; what is no such file is refused with the field', () => {
    expect(parseHeads(headsText(anchors, AT))).toEqual(anchors);
    const broken: readonly [string, RegExp][] = [
      ['', /not JSON/],
      ['[]', /format: must be/],
      ['{"format":"plimsoll-heads/1"}', /heads: must be a list/],
      ['{"format":"plimsoll-heads/1","heads":[{"portfolio_id":"p","seq":1,"hash":"x"}]}', /heads\[0\]\.hash/],
      [`{"format":"plimsoll-heads/1","heads":[{"portfolio_id":"p","seq":-1,"hash":"x"}]}`, /heads\[0\]\.seq/],
      ['{"format":"plimsoll-heads/1","heads":[{"seq":1}]}', /heads\[0\]\.portfolio_id/],
    ];
    for (const [text, words] of broken) {
      expect(() => parseHeads(text)).toThrow(HeadsInvalid);
      expect(() => parseHeads(text)).toThrow(words);
    }
  });
});
