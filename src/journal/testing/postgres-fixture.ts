/**
 * A real PostgreSQL for tests.
 *
 * Entry point: `freshDatabase`. The first call in a test file starts a cluster in a temporary directory, every call makes
 * a database of its own in it, and releasing the last one stops the cluster and removes the directory.
 *
 *   let database: TestDatabase;
 *   beforeAll(async () => { database = await freshDatabase(); });
 *   afterAll(() => database.release());
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { type EmbeddedPostgres, type JournalLog, startEmbeddedPostgres } from '../embedded-postgres.ts';
import { migrate } from '../migrate.ts';

export interface TestDatabase {
  /** For `pg.Client`, `pg.Pool` and `openPostgresJournal`. */
  readonly connection: pg.ClientConfig;
  /** The same as text, for `DATABASE_URL`. */
  readonly url: string;
  readonly postgres: EmbeddedPostgres;
  readonly dataDir: string;
  /** Drops the database; the last one to go stops the cluster. */
  release(): Promise<void>;
}

export const quietLog: JournalLog = {
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

interface Cluster {
  readonly dataDir: string;
  readonly postgres: EmbeddedPostgres;
}

let cluster: Promise<Cluster> | null = null;
let users = 0;
let databasesMade = 0;

/** A new database, with the schema unless `migrated` is false. */
export async function freshDatabase(options: { readonly migrated?: boolean } = {}): Promise<TestDatabase> {
  users += 1;
  cluster ??= startCluster();
  const { dataDir, postgres } = await cluster;
  databasesMade += 1;
  const database = `test_${process.pid}_${databasesMade}`;
  await administer(postgres, `CREATE DATABASE ${database}`);
  const connection = { ...postgres.address, database };
  if (options.migrated !== false) await migrate(connection);
  return {
    connection,
    url: `postgresql://${connection.user}@${encodeURIComponent(connection.host)}:${connection.port}/${database}`,
    postgres,
    dataDir,
    release: async () => {
      users -= 1;
      if (users > 0) {
        await administer(postgres, `DROP DATABASE ${database} WITH (FORCE)`);
        return;
      }
      cluster = null;
      await postgres.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

async function startCluster(): Promise<Cluster> {
  const dataDir = await mkdtemp(join(tmpdir(), 'plimsoll-test-'));
  const postgres = await startEmbeddedPostgres({ dataDir, log: quietLog, orphanGraceMs: 5_000 });
  return { dataDir, postgres };
}

async function administer(postgres: EmbeddedPostgres, statement: string): Promise<void> {
  const client = new pg.Client({ ...postgres.address });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
