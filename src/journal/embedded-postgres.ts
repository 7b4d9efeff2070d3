/**
 * A real PostgreSQL 18 of our own in DATA_DIR, started or adopted.
 *
 * Entry point: `startEmbeddedPostgres`. Its parts are in `embedded-postgres/`, each with its own invariants: `place` (where
 * things are), `cluster` (making and starting one), `adoption` (finding a living one), `keeper` (watching and ending it),
 * `socket-directories`, `start-lock`.
 *
 * Invariants:
 *  1. A living postmaster of this cluster is adopted, never fought.
 *  2. While the handle is open, a postmaster that dies is started again.
 *  3. No postmaster outlives the processes that use it by more than a grace, 30 s by default. Within it a restart adopts the
 *     running postmaster instead of going through recovery.
 */
import { resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { adoptLiving, type PidFile } from './embedded-postgres/adoption.ts';
import { checkVersion, createCluster, createDatabase, startPostmaster } from './embedded-postgres/cluster.ts';
import { startKeeper, watchOver } from './embedded-postgres/keeper.ts';
import {
  DATABASE,
  type Place,
  PORT,
  type PostgresAddress,
  preparePlace,
  USER,
} from './embedded-postgres/place.ts';
import { removeLeftSocketDirectories } from './embedded-postgres/socket-directories.ts';
import { withStartLock } from './embedded-postgres/start-lock.ts';
import type { JournalLog } from './log.ts';

export interface EmbeddedPostgresOptions {
  /** The service's data directory; made with mode 0700 if it is missing. */
  readonly dataDir: string;
  readonly log: JournalLog;
  /** How long PostgreSQL lives on after its last user was killed. Default 30,000. */
  readonly orphanGraceMs?: number;
  /** Bound on a start, recovery after a crash not counted. Default 60,000. */
  readonly startTimeoutMs?: number;
}

export interface EmbeddedPostgres {
  readonly address: PostgresAddress;
  /** Whether the postmaster was alive before this start. */
  readonly adopted: boolean;
  /** Of the postmaster that runs now; it changes with a restart. */
  postmasterPid(): number;
  /** Ends PostgreSQL (unless another living process uses the cluster) and the keeper, and waits until they are gone. */
  stop(): Promise<void>;
}

/**
 * Starts PostgreSQL in `<dataDir>/postgres`, or adopts the one that lives there, and makes the database.
 * Throws `EmbeddedPostgresError`, whose message says what to do.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const place = await preparePlace(resolve(options.dataDir));
  // First the keeper, then the look at the postmaster: a predecessor's keeper sees ours and leaves PostgreSQL alone.
  const keeper = await startKeeper(place, options.orphanGraceMs ?? 30_000);
  try {
    const running = await withStartLock(place, () => startOrAdopt(place, options));
    await removeLeftSocketDirectories(place, running.pidFile.socketDir, options.log);
    const address = { host: running.pidFile.socketDir, port: PORT, user: USER, database: DATABASE };
    await createDatabase(address);
    const again = async (): Promise<PidFile> => (await startOrAdopt(place, options)).pidFile;
    const watch = watchOver(place, keeper, running.pidFile, again, options.log);
    return { address, adopted: running.adopted, ...watch };
  } catch (error) {
    await keeper.release();
    throw error;
  }
}

interface Running {
  readonly pidFile: PidFile;
  readonly adopted: boolean;
}

async function startOrAdopt(place: Place, options: EmbeddedPostgresOptions): Promise<Running> {
  await createCluster(place);
  await checkVersion(place);
  const deadline = performance.now() + (options.startTimeoutMs ?? 60_000);
  let delayMs = 100;
  for (;;) {
    const adopted = await adoptLiving(place, options.log);
    if (adopted !== null) return { pidFile: adopted, adopted: true };
    const outcome = await startPostmaster(place);
    if ('pidFile' in outcome) return { pidFile: outcome.pidFile, adopted: false };
    if (!outcome.transient || performance.now() > deadline) throw outcome.error;
    options.log.warn({ reason: outcome.error.message }, 'PostgreSQL did not start; trying again');
    await pause(delayMs);
    delayMs = Math.min(delayMs * 2, 1_000);
  }
}
