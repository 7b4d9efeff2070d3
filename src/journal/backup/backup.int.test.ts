/** The copy of a database: complete, in one piece, of any schema that this release knows. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { portfolioId } from '../../core/ids.ts';
import { migrate, migrationsUpTo, pendingMigrations, tablesOf } from '../migrate.ts';
import { openPostgresJournal } from '../postgres-journal.ts';
import { withClient } from '../postgres-session.ts';
import { freshDatabase, quietLog, type TestDatabase } from '../testing/postgres-fixture.ts';
import { openBackupFile, writeBackupFile } from './backup-file.ts';
import { describeDatabase, restoreDatabase, tableSections } from './database-copy.ts';
import {
  BACKUP_FORMAT,
  BACKUP_VERSION,
  BackupInvalid,
  frames,
  sectionsOf,
  type OutgoingSection,
} from './format.ts';

const MAIN = portfolioId('main');
const AT = 1_700_000_000_000;
let source: TestDatabase;
let directory: string;
const copies: TestDatabase[] = [];

beforeAll(async () => {
  source = await freshDatabase();
  directory = await mkdtemp(join(tmpdir(), 'plimsoll-copy-'));
  const journal = await openPostgresJournal({ connection: source.connection, log: quietLog });
  await journal.createPortfolio(MAIN);
  const claimed = await journal.claim(MAIN, 'node-1', AT);
  if (claimed.kind !== 'owned') throw new Error('not owned');
  let { seq } = claimed;
  for (let round = 0; round < 200; round += 1) {
    const text = `tab \t, line \n, backslash \\, \\N, quote " and ünïcode ${'x'.repeat(round * 20)}`;
    const result = await journal.append({
      portfolioId: MAIN,
      epoch: claimed.epoch,
      expectedSeq: seq,
      records: [{ at: AT + round, type: 'round', payload: { round, text } }],
      changes: [{ model: 'drift', driftId: `d${round}`, open: false, document: { text } }],
    });
    if (result.kind !== 'durable') throw new Error(result.kind);
    seq = result.seq;
  }
  // The owner dies: its lease and its session stay in the head.
  await sql(
    source,
    `UPDATE portfolio_head SET lease_until = now() + interval '1 hour', session = 5, owner_node = 'node-1'`,
  );
  await sql(source, `INSERT INTO users (user_id, name) VALUES ('u', 'somebody')`);
  await sql(
    source,
    `INSERT INTO tokens (token_id, user_id, token_hash, label, scopes, expires_at)
    VALUES ('t', 'u', decode(repeat('0f', 32), 'hex'), 'one', ARRAY['read', 'trade'], '2030-01-02 03:04:05.678901+05')`,
  );
  await sql(source, 'CREATE TABLE somebody_elses (id int)');
  await journal.close();
});
afterAll(async () => {
  for (const database of [source, ...copies]) await database.release();
  await rm(directory, { recursive: true, force: true });
});

async function sql<Row extends pg.QueryResultRow>(database: TestDatabase, text: string): Promise<Row[]> {
  return withClient(database.connection, async (client) => (await client.query<Row>(text)).rows);
}

async function emptyDatabase(): Promise<TestDatabase> {
  const made = await freshDatabase({ migrated: false });
  copies.push(made);
  return made;
}

async function backUp(name: string): Promise<string> {
  const path = join(directory, name);
  await withClient(source.connection, async (client) => {
    const { others, ...described } = await describeDatabase(client);
    expect(others).toEqual(['somebody_elses']);
    // Rows written from here on are later than the backup's moment.
    await sql(source, `INSERT INTO users (user_id, name) VALUES ('late-${name}', 'late ${name}')`);
    const header = {
      format: BACKUP_FORMAT,
      version: BACKUP_VERSION,
      release: '0',
      made_at: '',
      ...described,
      master_key: 'environment',
    } as const;
    await writeBackupFile(path, header, tableSections(client, header.tables));
  });
  return path;
}

async function restore(path: string, target: TestDatabase, spoil = false): Promise<void> {
  const backup = await openBackupFile(path);
  try {
    await restoreDatabase(target.connection, backup.header, async (database) => {
      for await (const section of backup.sections()) {
        if (section.kind === 'table') await database.load(section.name, section.data);
        if (section.kind !== 'closing') continue;
        const { closing } = section;
        await database.check(spoil ? { ...closing, rows: { ...closing.rows, journal: 7 } } : closing);
      }
    });
  } finally {
    await backup.close();
  }
}

async function contentsOf(database: TestDatabase): Promise<Readonly<Record<string, readonly string[]>>> {
  const all: Record<string, readonly string[]> = {};
  for (const table of tablesOf(await migrationsUpTo(null))) {
    const rows = await sql<{ row: string }>(database, `SELECT t::text AS row FROM ${table} t ORDER BY 1`);
    all[table] = rows.map(({ row }) => row);
  }
  return all;
}

test('the tables that are copied are all that the migrations make, and nothing else is kept beside tables', async () => {
  const tables = await sql<{ name: string }>(
    source,
    `SELECT relname::text AS name FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p')`,
  );
  const ours = tables.map(({ name }) => name).filter((name) => name !== 'somebody_elses');
  expect([...tablesOf(await migrationsUpTo(null))].sort()).toEqual(ours.sort());
  // Neither a counter nor a large object would be copied.
  const kinds = await sql<{ kind: string }>(
    source,
    `SELECT DISTINCT relkind::text AS kind FROM pg_class
      WHERE relnamespace = current_schema()::regnamespace AND relkind NOT IN ('r', 'i', 'c')`,
  );
  expect(kinds).toEqual([]);
  expect(await sql(source, 'SELECT oid FROM pg_largeobject_metadata')).toEqual([]);
});

test('a copy is the database of one moment to the last byte, and nobody owns its portfolios', async () => {
  await sql(source, "DELETE FROM users WHERE user_id LIKE 'late%'");
  const before = await contentsOf(source);
  const path = await backUp('whole');
  const target = await emptyDatabase();
  await restore(path, target);
  const { portfolio_head: heads, ...rest } = await contentsOf(target);
  const { portfolio_head: headsBefore, ...restBefore } = before;
  expect(rest).toEqual(restBefore);
  expect(headsBefore).toEqual([expect.stringMatching(/^\(main,201,.*,1,node-1,".*",5\)$/)]);
  expect(heads).toEqual([expect.stringMatching(/^\(main,201,.*,1,,,\)$/)]);
  // A new owner need not wait for a lease, and its epoch is a later one.
  const journal = await openPostgresJournal({ connection: target.connection, log: quietLog });
  expect(await journal.claim(MAIN, 'node-2', AT)).toMatchObject({ kind: 'owned', epoch: 2, seq: 202 });
  await journal.close();
});

test('a database of an earlier schema is copied as it is and migrated where it is restored', async () => {
  const path = await backUp('earlier');
  const backup = await openBackupFile(path);
  await backup.close();
  const target = await emptyDatabase();
  const earlier = (await migrationsUpTo(null)).slice(0, 3);
  const header = { ...backup.header, migrations: earlier, tables: [], heads: [] };
  await restoreDatabase(target.connection, header, async () => {
    // Only the schema.
  });
  expect(await pendingMigrations(target.connection)).toEqual(
    (await migrationsUpTo(null)).map(({ name }) => name),
  );
  expect(
    (await sql<{ name: string | null }>(target, `SELECT to_regclass('quote_snapshots')::text AS name`))[0]
      ?.name,
  ).toBe('quote_snapshots');
});

test('an attempt that fails leaves the database empty, and a database that holds something is not touched', async () => {
  const path = await backUp('failing');
  const target = await emptyDatabase();
  await expect(restore(path, target, true)).rejects.toThrow(/should hold 7 rows of journal, and holds 201/);
  expect(await pendingMigrations(target.connection)).toBeNull();
  await migrate(target.connection);
  await expect(restore(path, target)).rejects.toThrow(/it holds 0 portfolios with 0 records/);
  await expect(restore(path, source)).rejects.toThrow(/it holds 1 portfolio with 201 records/);
  // Of drafts nothing is left beside the files.
  expect((await readdir(directory)).filter((name) => name.endsWith('.new'))).toEqual([]);
});

test('frames come back as they were, however the bytes are cut, and never without their end', async () => {
  async function* sections(): AsyncGenerator<OutgoingSection> {
    yield { kind: 'file', path: 'a', data: bytes('one', '', 'two') };
    yield { kind: 'table', name: 'empty', data: bytes(), rows: () => 0 };
    yield { kind: 'table', name: 't', data: bytes('x'.repeat(100_000)), rows: () => 1 };
  }
  async function* bytes(...texts: readonly string[]): AsyncGenerator<Buffer> {
    for (const text of texts) yield Buffer.from(text);
  }
  const all: Buffer[] = [];
  for await (const frame of frames(sections())) all.push(frame);
  const whole = Buffer.concat(all);
  const read = async (content: Buffer, size: number): Promise<readonly unknown[]> => {
    async function* cut(): AsyncGenerator<Buffer> {
      for (let from = 0; from < content.length; from += size) yield content.subarray(from, from + size);
    }
    const found: unknown[] = [];
    for await (const section of sectionsOf(cut())) {
      if (section.kind === 'closing') found.push(section.closing);
      else {
        const chunks: Buffer[] = [];
        for await (const chunk of section.data) chunks.push(chunk);
        const name = section.kind === 'table' ? section.name : section.path;
        found.push([section.kind, name, Buffer.concat(chunks).length]);
      }
    }
    return found;
  };
  for (const size of [1, 7, 4_096, whole.length])
    expect(await read(whole, size)).toEqual([
      ['file', 'a', 6],
      ['table', 'empty', 0],
      ['table', 't', 100_000],
      { rows: { empty: 0, t: 1 }, files: [{ path: 'a', bytes: 6 }] },
    ]);
  for (const length of [whole.length - 1, whole.length - 40, 20])
    await expect(read(whole.subarray(0, length), 1_000)).rejects.toThrow(BackupInvalid);
});
