/**
 * Brings a database to the newest schema.
 *
 * Entry points: `migrate`, `pendingMigrations`.
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
const MIGRATION_LOCK = '7206914331775839';

/** The schema of the database and the files of this release do not fit together. */
export class SchemaMismatch extends Error {
  override readonly name = 'SchemaMismatch';
}

interface Migration {
  readonly name: string;
  readonly text: string;
  readonly sha256: string;
}

/** Runs what is missing and returns the names of the files that ran. Throws `SchemaMismatch`, or what `pg` throws. */
export async function migrate(connection: pg.ClientConfig): Promise<readonly string[]> {
  return withClient(connection, async (client) => {
    // Held until the connection ends.
    await client.query(`SELECT pg_advisory_lock(${MIGRATION_LOCK})`);
    await client.query(
      `CREATE TABLE IF NOT EXISTS schema_migrations (
         name text COLLATE "C" PRIMARY KEY, sha256 text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())`,
    );
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
  const rows = await client.query<{ name: string; sha256: string }>(
    'SELECT name, sha256 FROM schema_migrations',
  );
  const applied = new Map(rows.rows.map((row) => [row.name, row.sha256]));
  const names = (await readdir(MIGRATIONS_DIR)).filter((name) => name.endsWith('.sql')).sort();
  const unknown = [...applied.keys()].filter((name) => !names.includes(name));
  if (unknown.length > 0) {
    throw new SchemaMismatch(
      `The database was used by a newer release (it has ${unknown.join(', ')}): run that release or a newer one.`,
    );
  }
  const missing: Migration[] = [];
  for (const name of names) {
    const text = await readFile(join(MIGRATIONS_DIR, name), 'utf8');
    const sha256 = createHash('sha256').update(text).digest('hex');
    const before = applied.get(name);
    if (before === undefined) missing.push({ name, text, sha256 });
    else if (before !== sha256)
      throw new SchemaMismatch(`Migration ${name} was changed after it ran on this database.`);
  }
  return missing;
}
