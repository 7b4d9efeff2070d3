/**
 * Where the embedded cluster and its files are, what they are called, and which system user they belong to.
 *
 * Entry point: `preparePlace`. Layout of `<dataDir>/postgres`: `cluster/` (PostgreSQL's own, mode 0700), `postgres.log`,
 * `keepers/` (one file a keeper process) and, where its path is short and reachable, `run/` (the socket).
 *
 * Invariant: the directory around the cluster keeps its mode and owner, so that secrets beside it stay out of reach.
 */
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  canTraverse,
  chooseRunAs,
  EmbeddedPostgresError,
  locatePrograms,
  type PostgresPrograms,
  type RunAs,
} from '../postgres-programs.ts';
import { describeSystemError } from './failures.ts';

/** How `pg` reaches the database: `host` is the directory of the unix socket. */
export interface PostgresAddress {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
}

export const PORT = 5432;
export const USER = 'plimsoll';
export const DATABASE = 'plimsoll';
/** Bound on recovery after a crash, and so on everything that may have to wait for it. */
export const RECOVERY_TIMEOUT_MS = 600_000;

/**
 * A process whose current directory is the cluster can open it by this name even when a directory above it is closed
 * to PostgreSQL's user (a data directory of mode 0700, a home of root's). Linux only.
 */
export const OWN_DIRECTORY = '/proc/self/cwd';

export interface Place {
  readonly base: string;
  readonly cluster: string;
  readonly keepers: string;
  readonly logFile: string;
  /** Whether PostgreSQL's user can walk to the cluster by its path. */
  readonly reachable: boolean;
  readonly runAs: RunAs;
  readonly programs: PostgresPrograms;
}

/** Makes the directories, and finds the system user and the programs. Throws `EmbeddedPostgresError`. */
export async function preparePlace(dataDir: string): Promise<Place> {
  const base = join(dataDir, 'postgres');
  const cluster = join(base, 'cluster');
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    await mkdir(join(base, 'keepers'), { recursive: true, mode: 0o711 });
  } catch (error) {
    throw describeSystemError(error, base);
  }
  const runAs = await chooseRunAs(cluster);
  const reachable = !runAs.switchUser || (await canTraverse(base, runAs.uid, runAs.gid));
  if (!reachable && !existsSync(OWN_DIRECTORY)) {
    throw new EmbeddedPostgresError(
      'permission_denied',
      `PostgreSQL runs as user id ${runAs.uid}, which cannot walk to ${base}: allow it with chmod o+x on the ` +
        `directories above, choose another DATA_DIR, run as an ordinary user, or set DATABASE_URL.`,
    );
  }
  return {
    base,
    cluster,
    keepers: join(base, 'keepers'),
    logFile: join(base, 'postgres.log'),
    reachable,
    runAs,
    programs: await locatePrograms(runAs),
  };
}
