/**
 * Brings a database to the newest schema.
 *
 * Entry points: `migrate`, `pendingMigrations`; for copies of a database: `migrationsUpTo`, `tablesOf`.
 *
 * Invariants:
 *  1. The files of `migrations/` run once each, in order of their names, each in a transaction with its own record.
 *  2. Two processes that start together migrate one after the other (advisory lock).
 *  3. A file that ran is never changed: its SHA-256 is recorded and compared.
 */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type pg from 'pg';
import { withClient } from './postgres-session.ts';

const MIGRATIONS_DIR = join(import.meta.dirname, 'migrations');
/** Any fixed number serves; only migrations of this service use it. */
export const MIGRATION_LOCK = '7206914331775839';
const MIGRATIONS_TABLE = 'schema_migrations';
/** Lists the migrations that have run; no migration makes this table itself. */
export const CREATE_MIGRATIONS_TABLE = `CREATE TABLE IF NOT EXISTS ${MIGRATIONS_TABLE} (
  name text COLLATE "C" PRIMARY KEY, sha256 text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())`;

/** The schema of the database and the files of this release do not fit together. */
export class SchemaMismatch extends Error {
  override readonly name = 'SchemaMismatch';
}

/** A file of `migrations/` that has run, by its name and its SHA-256 at that time. */
export interface AppliedMigration {
  readonly name: string;
  readonly sha256: string;
}

export interface Migration extends AppliedMigration {
  readonly text: string;
}

/** Runs what is missing and returns the names of the files that ran. Throws `SchemaMismatch`, or what `pg` throws. */
export async function migrate(connection: pg.ClientConfig): Promise<readonly string[]> {
  return withClient(connection, async (client) => {
    // Held until the connection ends.
    await client.query(`SELECT pg_advisory_lock(${MIGRATION_LOCK})`);
    await client.query(CREATE_MIGRATIONS_TABLE);
    const ran: string[] = [];
    for (const { name, text, sha256 } of await pending(client)) {
      await client.query('BEGIN');
      await client.query(text);
      await client.query('INSERT INTO schema_migrations (name, sha256) VALUES ($1, $2)', [name, sha256]);
      await client.query('COMMIT');
      ran.push(name);
    }
    return ran;
  });
}

/** The files that have yet to run, without running them; null for a database that no release has used. Throws like `migrate`. */
export async function pendingMigrations(connection: pg.ClientConfig): Promise<readonly string[] | null> {
  return withClient(connection, async (client) => {
    const found = await client.query<{ used: boolean }>(
      `SELECT to_regclass('schema_migrations') IS NOT NULL AS used`,
    );
    return found.rows[0]?.used === true ? (await pending(client)).map(({ name }) => name) : null;
  });
}

async function pending(client: pg.Client): Promise<readonly Migration[]> {
  const rows = await client.query<AppliedMigration>('SELECT name, sha256 FROM schema_migrations');
  const ran = await migrationsUpTo(rows.rows);
  return (await allMigrations()).filter(({ name }) => !ran.some((migration) => migration.name === name));
}

/**
 * The files behind what has run, in order; null takes all there are. Throws `SchemaMismatch` for one that this release does
 * not know or has otherwise; `origin` says in its message what was used or made by a newer release.
 */
export async function migrationsUpTo(
  applied: readonly AppliedMigration[] | null,
  origin = 'The database was used',
): Promise<readonly Migration[]> {
  const all = await allMigrations();
  if (applied === null) return all;
  const unknown = applied.filter(({ name }) => !all.some((migration) => migration.name === name));
  if (unknown.length > 0) {
    throw new SchemaMismatch(
      `${origin} by a newer release (it has ${unknown.map(({ name }) => name).join(', ')}): run that release or a newer one.`,
    );
  }
  const sums = new Map(applied.map(({ name, sha256 }) => [name, sha256]));
  const ran = all.filter(({ name }) => sums.has(name));
  const changed = ran.find(({ name, sha256 }) => sums.get(name) !== sha256);
  if (changed !== undefined)
    throw new SchemaMismatch(`Migration ${changed.name} was changed after it ran on this database.`);
  return ran;
}

/** The tables that there are after these migrations: those of the service, whatever else the schema holds. */
export function tablesOf(migrations: readonly Migration[]): ReadonlySet<string> {
  const tables = new Set([MIGRATIONS_TABLE]);
  const statements = migrations.map(({ text }) => text.replaceAll(/--.*$/gm, '')).join('\n');
  const changes =
    /CREATE TABLE (?:IF NOT EXISTS )?(?<made>\w+)|ALTER TABLE (?<from>\w+) RENAME TO (?<to>\w+)|DROP TABLE (?:IF EXISTS )?(?<dropped>\w+)/gi;
  for (const { groups = {} } of statements.matchAll(changes)) {
    const { made, from, to, dropped } = groups;
    for (const gone of [from, dropped]) if (gone !== undefined) tables.delete(gone);
    for (const name of [made, to]) if (name !== undefined) tables.add(name);
  }
  return tables;
}

async function allMigrations(): Promise<readonly Migration[]> {
  const names = (await readdir(MIGRATIONS_DIR)).filter((name) => name.endsWith('.sql')).sort();
  return Promise.all(
    names.map(async (name) => {
      const text = await readFile(join(MIGRATIONS_DIR, name), 'utf8');
      return { name, text, sha256: createHash('sha256').update(text).digest('hex') };
    }),
  );
}
