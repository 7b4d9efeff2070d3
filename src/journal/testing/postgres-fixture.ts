/**
 * A real PostgreSQL for tests.
 *
 * Entry point: `freshDatabase`. All test files of a run share one cluster in a temporary directory, which the
 * first of them starts and the last one stops; every call makes a database of its own in it. A test that kills PostgreSQL asks
 * for a cluster of its own. Directories of runs that have ended are removed by the next run.
 *
 *   let database: TestDatabase;
 *   beforeAll(async () => { database = await freshDatabase(); });
 *   afterAll(() => database.release());
 */
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import pg from 'pg';
import { isAlive } from '../embedded-postgres/processes.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../embedded-postgres.ts';
import type { JournalLog } from '../log.ts';
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

export interface TestDatabaseOptions {
  /** Whether the schema is there. Default true. */
  readonly migrated?: boolean;
  /** A cluster for this test file alone. Default false. */
  readonly ownCluster?: boolean;
}

/** A new database. In one test file, all calls or none ask for a cluster of their own. */
export async function freshDatabase(options: TestDatabaseOptions = {}): Promise<TestDatabase> {
  users += 1;
  cluster ??= options.ownCluster === true ? startOwnCluster() : startSharedCluster();
  const { dataDir, postgres } = await cluster;
  databasesMade += 1;
  const database = `test_${process.pid}_${databasesMade}`;
  const template = options.migrated === false ? 'template1' : await migratedTemplate(postgres);
  await administer(postgres, `CREATE DATABASE ${database} TEMPLATE ${template}`);
  const connection = { ...postgres.address, database };
  return {
    connection,
    url: `postgresql://${connection.user}@${encodeURIComponent(connection.host)}:${connection.port}/${database}`,
    postgres,
    dataDir,
    release: async () => {
      users -= 1;
      await sessionsEnded(postgres, database);
      await administer(postgres, `DROP DATABASE ${database} WITH (FORCE)`);
      if (users > 0) return;
      cluster = null;
      await postgres.stop();
      if (options.ownCluster === true) await rm(dataDir, { recursive: true, force: true });
    },
  };
}

const SHARED_PREFIX = 'plimsoll-test-run-';

async function startSharedCluster(): Promise<Cluster> {
  await removeEndedRuns();
  // The test runner's main process stands for the run: its workers are its children.
  const dataDir = join(tmpdir(), `${SHARED_PREFIX}${process.ppid}`);
  return { dataDir, postgres: await startEmbeddedPostgres({ dataDir, log: quietLog, orphanGraceMs: 5_000 }) };
}

async function startOwnCluster(): Promise<Cluster> {
  const dataDir = await mkdtemp(join(tmpdir(), 'plimsoll-test-'));
  return { dataDir, postgres: await startEmbeddedPostgres({ dataDir, log: quietLog, orphanGraceMs: 5_000 }) };
}

async function removeEndedRuns(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const pid = Number(name.slice(SHARED_PREFIX.length));
    if (!name.startsWith(SHARED_PREFIX) || !Number.isInteger(pid) || (await isAlive(pid))) continue;
    const dataDir = join(tmpdir(), name);
    // A keeper may still be about to stop it.
    if (existsSync(join(dataDir, 'postgres', 'cluster', 'postmaster.pid'))) continue;
    await rm(dataDir, { recursive: true, force: true });
  }
}

const TEMPLATE = 'test_migrated';
/** Any fixed number serves; it is of the cluster's own database, which nothing else uses. */
const TEMPLATE_LOCK = '5120734419928371';

/** The name of a database with the schema that every other one is copied from: made once a cluster. */
async function migratedTemplate(postgres: EmbeddedPostgres): Promise<string> {
  const client = new pg.Client({ ...postgres.address });
  await client.connect();
  try {
    // Held until the connection ends: a template must have no sessions while it is copied, those of its own migrations included.
    await client.query(`SELECT pg_advisory_lock(${TEMPLATE_LOCK})`);
    const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [TEMPLATE]);
    if (found.rowCount === 0) {
      const unfinished = `${TEMPLATE}_unfinished`;
      await client.query(`DROP DATABASE IF EXISTS ${unfinished} WITH (FORCE)`);
      await client.query(`CREATE DATABASE ${unfinished}`);
      await migrate({ ...postgres.address, database: unfinished });
      await sessionsEnded(postgres, unfinished);
      await client.query(`ALTER DATABASE ${unfinished} RENAME TO ${TEMPLATE}`);
    }
    return TEMPLATE;
  } finally {
    await client.end();
  }
}

const SESSIONS_END_WITHIN_MS = 2_000;

/**
 * A pool's `end` may return before its sessions are gone, and a session that is cut off then is an error without a
 * listener. A session that a test left open on purpose is cut off after the bound.
 */
async function sessionsEnded(postgres: EmbeddedPostgres, database: string): Promise<void> {
  const client = new pg.Client({ ...postgres.address });
  await client.connect();
  try {
    const giveUpAt = performance.now() + SESSIONS_END_WITHIN_MS;
    while (performance.now() < giveUpAt) {
      const found = await client.query('SELECT 1 FROM pg_stat_activity WHERE datname = $1', [database]);
      if (found.rowCount === 0) return;
      await setTimeout(20);
    }
  } finally {
    await client.end();
  }
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
