/**
 * The service's database, out of one snapshot and into an empty one.
 *
 * Entry points: `describeDatabase`, `tableSections`, `restoreDatabase`.
 *
 * Invariants:
 *  1. Everything that is copied out is of one moment: the repeatable-read transaction that `describeDatabase` begins.
 *  2. Rows pass as streams of COPY; memory does not grow with them.
 *  3. The copy knows no table by name: it takes those that the migrations of this release have made, in whatever earlier
 *     form they stand, so that a database of an older release is copied as it is.
 *  4. A database that is restored into holds everything or, when anything fails, what it held before: nothing.
 */
import { pipeline } from 'node:stream/promises';
import type pg from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import {
  CREATE_MIGRATIONS_TABLE,
  MIGRATION_LOCK,
  migrationsUpTo,
  tablesOf,
  type AppliedMigration,
  type Migration,
} from '../migrate.ts';
import { withClient } from '../postgres-session.ts';
import { BackupInvalid, type BackupClosing, type BackupHeader, type OutgoingSection } from './format.ts';

/** The form of times and bytes in COPY's text must not hang on a server's settings; and a copy may take its time. */
const SETTINGS = `SET LOCAL datestyle = 'ISO, YMD'; SET LOCAL timezone = 'UTC'; SET LOCAL bytea_output = 'hex';
  SET LOCAL client_encoding = 'UTF8'; SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0;
  SET LOCAL idle_in_transaction_session_timeout = 0`;

export type DatabaseDescription = Pick<BackupHeader, 'migrations' | 'tables' | 'heads'> & {
  /** Tables beside the service's, which are not copied. */
  readonly others: readonly string[];
};

/** Begins the transaction that everything is copied in, and keeps the tables' form as it is until its end. */
export async function describeDatabase(client: pg.Client): Promise<DatabaseDescription> {
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  await client.query(SETTINGS);
  const migrations = await appliedMigrations(client);
  const ours = tablesOf(await migrationsUpTo(migrations));
  const found = (await tablesInOrder(client)).map(({ name, columns }) => ({ name, columns }));
  const tables = found.filter(({ name }) => ours.has(name));
  // A migration of another start waits for this lock; reading and writing rows does not.
  await client.query(`LOCK TABLE ${tables.map(({ name }) => quoted(name)).join(', ')} IN ACCESS SHARE MODE`);
  const heads = await client.query<{ portfolio_id: string; seq: number; hash: string }>(
    'SELECT portfolio_id, seq, hash FROM portfolio_head ORDER BY portfolio_id',
  );
  return {
    migrations,
    tables,
    heads: heads.rows,
    others: found.map(({ name }) => name).filter((name) => !ours.has(name)),
  };
}

async function appliedMigrations(client: pg.Client): Promise<AppliedMigration[]> {
  const rows = await client.query<AppliedMigration>(
    'SELECT name, sha256 FROM schema_migrations ORDER BY name',
  );
  return rows.rows;
}

/** The tables of the schema, each after those that it refers to. */
async function tablesInOrder(
  client: pg.Client,
): Promise<readonly { readonly name: string; readonly columns: string[] }[]> {
  const found = await client.query<{ name: string; columns: string[]; refers_to: string[] }>(
    `SELECT c.relname::text AS name,
            (SELECT array_agg(a.attname::text ORDER BY a.attnum) FROM pg_attribute a
              WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '') AS columns,
            ARRAY (SELECT r.relname::text FROM pg_constraint f JOIN pg_class r ON r.oid = f.confrelid
                    WHERE f.contype = 'f' AND f.conrelid = c.oid AND f.confrelid <> c.oid) AS refers_to
       FROM pg_class c
      WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' ORDER BY c.relname`,
  );
  const ordered: { name: string; columns: string[] }[] = [];
  let waiting = found.rows;
  while (waiting.length > 0) {
    const isPlaced = (name: string): boolean => ordered.some((table) => table.name === name);
    const ready = waiting.filter(({ refers_to: names }) => names.every(isPlaced));
    if (ready.length === 0)
      throw new Error(`tables refer to each other: ${waiting.map(({ name }) => name).join()}`);
    ordered.push(...ready);
    waiting = waiting.filter((table) => !ready.includes(table));
  }
  return ordered;
}

/** Each table's rows, to be read one after the other on the client that described them. */
export async function* tableSections(
  client: pg.Client,
  tables: BackupHeader['tables'],
): AsyncGenerator<OutgoingSection> {
  for (const table of tables) {
    const stream = client.query(copyTo(`COPY ${target(table)} TO STDOUT`));
    yield { kind: 'table', name: table.name, data: stream, rows: () => stream.rowCount };
  }
}

function target({ name, columns }: BackupHeader['tables'][number]): string {
  return `${quoted(name)} (${columns.map(quoted).join(', ')})`;
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

// --- into an empty database ---

/** The migrations behind the backup's schema. Throws `SchemaMismatch` when it is newer than this release. */
export function schemaOf(header: BackupHeader): Promise<readonly Migration[]> {
  return migrationsUpTo(header.migrations, 'The backup was made');
}

/** The database holds something already. The message says what. */
export class DatabaseNotEmpty extends Error {
  override readonly name = 'DatabaseNotEmpty';
}

export interface DatabaseTarget {
  load(name: string, data: AsyncIterable<Buffer>): Promise<void>;
  /** Holds what was loaded against what the backup says was in it. Throws `BackupInvalid`. */
  check(closing: BackupClosing): Promise<void>;
}

/**
 * Makes the schema that the backup is of, lets `fill` load every table, and commits when it resolves. Nobody owns a portfolio
 * then: what the heads say of an owner is of the place where the backup was made.
 * Throws `DatabaseNotEmpty`, `BackupInvalid`, `SchemaMismatch` for a backup of a newer release, and what `pg` throws.
 */
export async function restoreDatabase(
  connection: pg.ClientConfig,
  header: BackupHeader,
  fill: (target: DatabaseTarget) => Promise<void>,
): Promise<void> {
  await withClient(connection, async (client) => {
    await client.query('BEGIN');
    await client.query(SETTINGS);
    // A service that is started meanwhile waits here, and finds everything.
    await client.query(`SELECT pg_advisory_xact_lock(${MIGRATION_LOCK})`);
    await refuseNotEmpty(client);
    await client.query(CREATE_MIGRATIONS_TABLE);
    for (const { text } of await schemaOf(header)) await client.query(text);
    const loaded = new Map<string, number>();
    await fill({
      load: async (name, data) => {
        const table = header.tables.find((known) => known.name === name);
        if (table === undefined)
          throw new BackupInvalid(`it holds rows of ${name}, which its header does not name`);
        const rows = client.query(copyFrom(`COPY ${target(table)} FROM STDIN`));
        await pipeline(data, rows);
        loaded.set(name, rows.rowCount);
      },
      check: async (closing) => {
        for (const { name } of header.tables) {
          if (loaded.get(name) !== closing.rows[name])
            throw new BackupInvalid(
              `it should hold ${closing.rows[name] ?? 0} rows of ${name}, and holds ${loaded.get(name) ?? 0}`,
            );
        }
        await checkHeads(client, header);
      },
    });
    await client.query('UPDATE portfolio_head SET owner_node = NULL, lease_until = NULL, session = NULL');
    await client.query('COMMIT');
  });
}

/** Throws `DatabaseNotEmpty` when a table of the service is there. */
async function refuseNotEmpty(client: pg.Client): Promise<void> {
  const ours = tablesOf(await migrationsUpTo(null));
  const found = (await tablesInOrder(client)).map(({ name }) => name).filter((name) => ours.has(name));
  if (found.length === 0) return;
  throw new DatabaseNotEmpty((await livingOwner(client, found)) ?? (await contents(client, found)));
}

async function livingOwner(client: pg.Client, tables: readonly string[]): Promise<string | null> {
  if (!tables.includes('portfolio_head')) return null;
  const owners = await client.query<{ owner_node: string; session: number }>(
    'SELECT owner_node, session FROM portfolio_head WHERE session IS NOT NULL',
  );
  for (const { owner_node: node, session } of owners.rows) {
    const locks = await client.query<{ free: boolean }>(
      'SELECT pg_try_advisory_xact_lock($1::bigint) AS free',
      [session],
    );
    if (locks.rows[0]?.free !== true) return `a service runs on it (${node})`;
  }
  return null;
}

async function contents(client: pg.Client, tables: readonly string[]): Promise<string> {
  if (!tables.includes('portfolio_head')) return `it has ${tables.join(', ')}`;
  const heads = await client.query<{ portfolios: number; records: number }>(
    'SELECT count(*) AS portfolios, coalesce(sum(seq), 0)::bigint AS records FROM portfolio_head',
  );
  const { portfolios = 0, records = 0 } = heads.rows[0] ?? {};
  return `it holds ${portfolios} ${portfolios === 1 ? 'portfolio' : 'portfolios'} with ${records} records`;
}

async function checkHeads(client: pg.Client, header: BackupHeader): Promise<void> {
  const heads = await client.query<{ portfolio_id: string; seq: number; hash: string; last: number | null }>(
    `SELECT h.portfolio_id, h.seq, h.hash, (SELECT max(j.seq) FROM journal j WHERE j.portfolio_id = h.portfolio_id) AS last
       FROM portfolio_head h ORDER BY h.portfolio_id`,
  );
  const differs = header.heads.find(
    ({ portfolio_id: id, seq, hash }) =>
      !heads.rows.some(
        (head) =>
          head.portfolio_id === id && head.seq === seq && head.hash === hash && (head.last ?? 0) === seq,
      ),
  );
  if (differs !== undefined || heads.rows.length !== header.heads.length)
    throw new BackupInvalid(
      `its journal does not end where its header says (${differs?.portfolio_id ?? ''})`,
    );
}
