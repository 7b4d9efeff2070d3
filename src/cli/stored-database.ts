/**
 * What the commands that look at stored data share: how they reach the database, what they print, how they end.
 *
 * Entry point: `runCheck`.
 *
 * Invariants:
 *  1. A check makes nothing: where there is no database, it says so.
 *  2. Status 0: everything holds. 1: something does not, and it is named. 2: it could not be checked.
 */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import pg from 'pg';
import { pino } from 'pino';
import { EnvironmentInvalid, parseEnvironment } from '../configuration/environment.ts';
import type { JsonObject } from '../core/json.ts';
import { isStorageUnavailable } from '../directory/storage-fault.ts';
import { startEmbeddedPostgres } from '../journal/embedded-postgres.ts';
import { EmbeddedPostgresError } from '../journal/postgres-programs.ts';
import { pendingMigrations, SchemaMismatch } from '../journal/migrate.ts';

const STATUS_DIFFERS = 1;
const STATUS_NOT_CHECKED = 2;
/** Classes of SQLSTATE: the database or the user does not exist, or may not; https://www.postgresql.org/docs/18/errcodes-appendix.html */
const REFUSED_CLASSES = ['28', '3D', '42501'];

/** A check that cannot be made, for a reason that the user can act on. */
export class CheckImpossible extends Error {
  override readonly name = 'CheckImpossible';
}

export interface CheckOutcome {
  readonly holds: boolean;
  /** What `--json` prints. */
  readonly document: JsonObject;
}

/**
 * Connects by the environment's `DATABASE_URL`, or to the PostgreSQL in its `DATA_DIR`, which is started for as long as it
 * is needed or, where it lives, shared. Runs `check`, whose `say` prints a line for people, and sets the exit status.
 */
export async function runCheck(
  asJson: boolean,
  check: (connection: pg.ClientConfig, say: (line: string) => void) => Promise<CheckOutcome>,
): Promise<void> {
  const say = asJson ? () => undefined : print;
  try {
    const outcome = await withDatabase(process.env, (connection) => check(connection, say));
    if (asJson) print(JSON.stringify(outcome.document, null, 2));
    if (!outcome.holds) process.exitCode = STATUS_DIFFERS;
  } catch (error) {
    const words = explain(error);
    if (words === null) throw error;
    if (asJson) print(JSON.stringify({ problem: words }, null, 2));
    else process.stderr.write(`${words}\n`);
    process.exitCode = STATUS_NOT_CHECKED;
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function withDatabase<Result>(
  variables: NodeJS.ProcessEnv,
  run: (connection: pg.ClientConfig) => Promise<Result>,
): Promise<Result> {
  const { DATABASE_URL, DATA_DIR, LOG_LEVEL = 'warn' } = variables;
  // Of the service's settings these are all that matter here.
  const environment = parseEnvironment(
    { DATABASE_URL, DATA_DIR, LOG_LEVEL },
    { hasSandbox: () => true, needsPassphrase: () => false },
  );
  if (environment.databaseUrl !== null) {
    const connection = { connectionString: environment.databaseUrl };
    await refuseStrangeSchema(connection);
    return run(connection);
  }
  const dataDir = resolve(environment.dataDir);
  if (!existsSync(join(dataDir, 'postgres', 'cluster', 'PG_VERSION'))) {
    throw new CheckImpossible(
      `There is nothing to check: ${dataDir} holds no database. Set DATA_DIR to the service's directory, or DATABASE_URL.`,
    );
  }
  const log = pino(
    { name: 'plimsoll', level: environment.logLevel },
    pino.destination({ fd: 2, sync: true }),
  );
  const postgres = await startEmbeddedPostgres({ dataDir, log });
  try {
    const connection = { ...postgres.address };
    await refuseStrangeSchema(connection);
    return await run(connection);
  } finally {
    await postgres.stop();
  }
}

async function refuseStrangeSchema(connection: pg.ClientConfig): Promise<void> {
  const pending = await pendingMigrations(connection);
  if (pending === null)
    throw new CheckImpossible(
      'There is nothing to check: the service has never been started on this database.',
    );
  if (pending.length > 0) {
    throw new CheckImpossible(
      `The database is of an older release (${pending.join(', ')} has yet to run): start this release once, or check with the older one.`,
    );
  }
}

/** In words for the user; null for what is a bug. */
function explain(error: unknown): string | null {
  if (error instanceof EnvironmentInvalid) return `These variables are wrong.\n${error.message}`;
  if (
    error instanceof CheckImpossible ||
    error instanceof EmbeddedPostgresError ||
    error instanceof SchemaMismatch
  )
    return error.message;
  if (isStorageUnavailable(error)) return `The database does not answer (${(error as Error).message}).`;
  if (error instanceof pg.DatabaseError) {
    const code = error.code ?? '';
    if (REFUSED_CLASSES.some((start) => code.startsWith(start)))
      return `The database does not let us in: ${error.message}`;
  }
  return null;
}
