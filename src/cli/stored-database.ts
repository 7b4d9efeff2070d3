/**
 * Runs the commands that work on stored data: connects to the database, prints, and sets the exit status.
 *
 * Entry points: `runCheck` (verify, replay), `endInWords` and `withDatabase` (admin, backup, restore).
 *
 * Invariants:
 *  1. A check or a backup makes nothing: where there is no database, it says so.
 *  2. Status 0: everything holds. 1: something does not, and it is named. 2: it could not be checked.
 */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import pg from 'pg';
import { pino, type Logger } from 'pino';
import { EnvironmentInvalid, parseEnvironment } from '../configuration/environment.ts';
import type { JsonObject } from '../core/json.ts';
import { isStorageUnavailable } from '../directory/storage-fault.ts';
import { BackupNotWritten } from '../journal/backup/backup-file.ts';
import { startEmbeddedPostgres } from '../journal/embedded-postgres.ts';
import { EmbeddedPostgresError } from '../journal/postgres-programs.ts';
import { pendingMigrations, SchemaMismatch } from '../journal/migrate.ts';
import { StateError } from '../simulators/state/disk.ts';

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
  /** The document that `--json` prints. */
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
    const outcome = await withDatabase(placeOf(process.env), 'this schema', (connection) =>
      check(connection, say),
    );
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

/** Runs `work`, whose `say` prints a line. Prints the reason of a failure in one line and sets the exit status. */
export async function endInWords(work: (say: (line: string) => void) => Promise<void>): Promise<void> {
  try {
    await work(print);
  } catch (error) {
    const words = explain(error);
    if (words === null) throw error;
    process.stderr.write(`${words}\n`);
    process.exitCode = STATUS_NOT_CHECKED;
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** The data directory and the database that the environment sets. */
export interface Place {
  readonly dataDir: string;
  /** Null for the PostgreSQL in `dataDir`. */
  readonly databaseUrl: string | null;
  readonly log: Logger;
}

/** Throws `EnvironmentInvalid`. */
export function placeOf(variables: NodeJS.ProcessEnv): Place {
  const { DATABASE_URL, DATA_DIR, LOG_LEVEL = 'warn' } = variables;
  // The only settings of the service that matter here.
  const environment = parseEnvironment(
    { DATABASE_URL, DATA_DIR, LOG_LEVEL },
    { hasSandbox: () => true, needsPassphrase: () => false },
  );
  const log = pino(
    { name: 'plimsoll', level: environment.logLevel },
    pino.destination({ fd: 2, sync: true }),
  );
  return { dataDir: resolve(environment.dataDir), databaseUrl: environment.databaseUrl, log };
}

/**
 * Runs `run` on the database of a place. `admits` says which: one of this release's schema, or of any that this release knows.
 * Throws `CheckImpossible` where there is no database of the service, or of another schema; `SchemaMismatch` for a newer one.
 */
export async function withDatabase<Result>(
  place: Place,
  admits: 'this schema' | 'known schemas',
  run: (connection: pg.ClientConfig) => Promise<Result>,
  what: 'check' | 'back up' | 'administer' = admits === 'this schema' ? 'check' : 'back up',
): Promise<Result> {
  return withServer(place, what, async (connection) => {
    const pending = await pendingMigrations(connection);
    if (pending === null)
      throw new CheckImpossible(
        `There is nothing to ${what}: the service has never been started on this database.`,
      );
    if (pending.length > 0 && admits === 'this schema') {
      throw new CheckImpossible(
        `The database is of an older release (${pending.join(', ')} ${pending.length === 1 ? 'has' : 'have'} yet to run): start this release once, or ${what} it with the older one.`,
      );
    }
    return run(connection);
  });
}

/**
 * Runs `run` with the server of a place, which is started for as long as it is needed or, where it lives, shared. `purpose` stands
 * in the `CheckImpossible` that is thrown where there is none; only a restore makes one.
 */
export async function withServer<Result>(
  { databaseUrl, dataDir, log }: Place,
  purpose: 'check' | 'back up' | 'administer' | 'restore',
  run: (connection: pg.ClientConfig) => Promise<Result>,
): Promise<Result> {
  if (databaseUrl !== null) return run({ connectionString: databaseUrl });
  if (purpose !== 'restore' && !existsSync(join(dataDir, 'postgres', 'cluster', 'PG_VERSION'))) {
    throw new CheckImpossible(
      `There is nothing to ${purpose}: ${dataDir} holds no database. Set DATA_DIR to the service's directory, or DATABASE_URL.`,
    );
  }
  const postgres = await startEmbeddedPostgres({ dataDir, log });
  try {
    return await run({ ...postgres.address });
  } finally {
    await postgres.stop();
  }
}

/** The problem in words for the user; null for a bug. */
function explain(error: unknown): string | null {
  if (error instanceof EnvironmentInvalid) return `These variables are wrong.\n${error.message}`;
  if (
    error instanceof CheckImpossible ||
    error instanceof EmbeddedPostgresError ||
    error instanceof SchemaMismatch ||
    error instanceof BackupNotWritten ||
    error instanceof StateError
  )
    return error.message;
  if (isStorageUnavailable(error)) return `The database does not answer (${(error as Error).message}).`;
  if (error instanceof pg.DatabaseError) {
    const code = error.code ?? '';
    if (REFUSED_CLASSES.some((start) => code.startsWith(start)))
      return `The database refuses the connection: ${error.message}`;
  }
  return null;
}
