/**
 * Makes a cluster, configures it and starts PostgreSQL in it.
 *
 * Entry points: `createCluster`, `checkVersion`, `startPostmaster`, `createDatabase`.
 *
 * Invariants:
 *  1. fsync and synchronous_commit are on; the only way in is a unix socket in a directory of mode 0700.
 *  2. A cluster appears under its name only when initdb has finished: an interrupted first start leaves nothing half made.
 *  3. PostgreSQL is in a session of its own, so that a signal to our process group does not reach it.
 */
import { spawn } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { chown, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { EmbeddedPostgresError, PG_VERSION } from '../postgres-programs.ts';
import { endPostmaster, type PidFile, probe, readPidFile } from './adoption.ts';
import { describeSystemError, explain } from './failures.ts';
import { OWN_DIRECTORY, type Place, PORT, type PostgresAddress, RECOVERY_TIMEOUT_MS, USER } from './place.ts';
import { childEnvironment, collectOutput, exitOf } from './processes.ts';
import { prepareSocketDirectory } from './socket-directories.ts';

const LOG_KEEP_BYTES = 8 * 1024 * 1024;

const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '',
  port: String(PORT),
  unix_socket_permissions: '0700',
  fsync: 'on',
  full_page_writes: 'on',
  synchronous_commit: 'on',
  // A plain fsync on macOS stops at the drive's cache.
  ...(process.platform === 'darwin' ? { wal_sync_method: 'fsync_writethrough' } : {}),
  max_connections: '40',
  shared_buffers: '64MB',
  max_wal_size: '512MB',
  // Before recovery: one call for the file system instead of one for each file.
  ...(process.platform === 'linux' ? { recovery_init_sync_method: 'syncfs' } : {}),
  checkpoint_timeout: '15min',
  io_method: 'sync',
  max_parallel_workers_per_gather: '0',
  max_worker_processes: '4',
  max_logical_replication_workers: '0',
  jit: 'off',
  log_min_messages: 'warning',
  log_checkpoints: 'off',
  // Statements stay out of the log: they may carry what users sent.
  log_min_error_statement: 'panic',
  log_timezone: 'UTC',
  timezone: 'UTC',
};

/** Makes the cluster with initdb, unless it is there. Throws `EmbeddedPostgresError`. */
export async function createCluster(place: Place): Promise<void> {
  if (existsSync(join(place.cluster, 'PG_VERSION'))) return;
  const { runAs } = place;
  const unfinished = join(place.base, 'cluster.new');
  try {
    if (existsSync(place.cluster)) {
      const leftovers = await readdir(place.cluster);
      if (leftovers.length > 0) {
        throw new EmbeddedPostgresError(
          'data_directory_damaged',
          `${place.cluster} is not empty but holds no PG_VERSION: it is not a PostgreSQL cluster, or a part of it was ` +
            `deleted. Move it elsewhere (or put back your backup) and start again.`,
        );
      }
      await rm(place.cluster, { recursive: true });
    }
    await rm(unfinished, { recursive: true, force: true });
    await mkdir(unfinished, { mode: 0o700 });
    if (runAs.switchUser) await chown(unfinished, runAs.uid, runAs.gid);
  } catch (error) {
    throw describeSystemError(error, place.base);
  }
  const child = spawn(
    place.programs.initdb,
    [
      `--pgdata=${place.reachable ? unfinished : OWN_DIRECTORY}`,
      `--username=${USER}`,
      '--auth=trust',
      '--encoding=UTF8',
      '--locale=C',
      '--no-instructions',
    ],
    {
      cwd: unfinished,
      env: childEnvironment(),
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(runAs.switchUser ? { uid: runAs.uid, gid: runAs.gid } : {}),
    },
  );
  const output = collectOutput(child);
  const code = await exitOf(child);
  if (code !== 0) throw explain(`initdb ended with ${code}`, output(), place).error;
  await rename(unfinished, place.cluster);
  await syncDirectory(place.base);
}

/** Throws `other_version` for a cluster that another major version made: its files cannot be read. */
export async function checkVersion(place: Place): Promise<void> {
  const version = (await readFile(join(place.cluster, 'PG_VERSION'), 'utf8')).trim();
  if (version !== String(PG_VERSION)) {
    throw new EmbeddedPostgresError(
      'other_version',
      `${place.cluster} was made by PostgreSQL ${version}, and this release brings ${PG_VERSION}: run the release that ` +
        `made it, dump the database there (pg_dump) and load it here, or point DATABASE_URL at a server that holds it.`,
    );
  }
}

type StartOutcome =
  | { readonly pidFile: PidFile }
  | { readonly transient: boolean; readonly error: EmbeddedPostgresError };

/**
 * Starts PostgreSQL and waits until it answers, recovery included. A failure is returned as an outcome, since some
 * failures pass by themselves.
 */
export async function startPostmaster(place: Place): Promise<StartOutcome> {
  const { runAs } = place;
  const socketDir = await prepareSocketDirectory(place);
  const log = await openLog(place);
  const logStart = (await stat(place.logFile)).size;
  const settings = Object.entries(SETTINGS).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const child = spawn(
    place.programs.postgres,
    ['-D', place.reachable ? place.cluster : OWN_DIRECTORY, '-k', socketDir, ...settings],
    {
      cwd: place.cluster,
      detached: true,
      env: childEnvironment(),
      stdio: ['ignore', log, log],
      ...(runAs.switchUser ? { uid: runAs.uid, gid: runAs.gid } : {}),
    },
  );
  closeSync(log);
  const exit = exitOf(child);
  let exited: number | string | null = null;
  void exit.then((code) => {
    exited = code;
  });
  child.unref();
  const started = performance.now();
  for (;;) {
    if (exited !== null) {
      return explain(
        `postgres ended with ${String(exited)}`,
        await readLogFrom(place.logFile, logStart),
        place,
      );
    }
    const pidFile = await readPidFile(place);
    const answer = pidFile === null || pidFile.pid !== child.pid ? 'silent' : await probe(pidFile);
    if (pidFile !== null && answer === 'ours') return { pidFile };
    const bound = answer === 'starting' ? RECOVERY_TIMEOUT_MS : 30_000;
    if (performance.now() - started > bound) {
      if (child.pid !== undefined) await endPostmaster(child.pid, 2_000);
      return {
        transient: false,
        error: new EmbeddedPostgresError(
          'not_answering',
          `PostgreSQL was started in ${place.cluster} but did not answer within ${bound / 1_000} s; see ${place.logFile}.`,
        ),
      };
    }
    await Promise.race([exit, pause(20)]);
  }
}

/** Makes the database of an address, unless it is there. */
export async function createDatabase(address: PostgresAddress): Promise<void> {
  const client = new pg.Client({ ...address, database: 'postgres', connectionTimeoutMillis: 5_000 });
  client.on('error', () => undefined);
  await client.connect();
  try {
    const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [address.database]);
    if (found.rowCount === 0) await client.query(`CREATE DATABASE "${address.database}"`);
  } catch (error) {
    // 42P04: another process that uses this cluster made it at the same moment.
    if (!(error instanceof Error && 'code' in error && (error.code === '42P04' || error.code === '23505')))
      throw error;
  } finally {
    await client.end();
  }
}

async function openLog(place: Place): Promise<number> {
  try {
    if (existsSync(place.logFile) && (await stat(place.logFile)).size > LOG_KEEP_BYTES) {
      await rename(place.logFile, `${place.logFile}.1`);
    }
    return openSync(place.logFile, 'a', 0o600);
  } catch (error) {
    throw describeSystemError(error, place.logFile);
  }
}

async function readLogFrom(file: string, start: number): Promise<string> {
  const handle = await open(file, 'r');
  try {
    const buffer = Buffer.alloc(16_384);
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, start);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await handle.close();
  }
}

async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
