/**
 * A real PostgreSQL 18 of our own in DATA_DIR, started or adopted.
 *
 * Entry point: `startEmbeddedPostgres`.
 *
 * Layout of `<dataDir>/postgres`: `cluster/` (PostgreSQL's own, mode 0700), `postgres.log`, `keepers/` (see 4) and,
 * where its path is short and reachable, `run/` (the socket). Under root, everything of PostgreSQL's belongs to its
 * system user; the directory around it keeps its mode and owner, so that secrets beside it stay out of reach.
 *
 * Invariants:
 *  1. fsync and synchronous_commit are on; the only way in is a unix socket in a directory of mode 0700.
 *  2. A living postmaster of this cluster is adopted, never fought: it is ours when it answers on the socket that its
 *     postmaster.pid names and reads that same file as its own.
 *  3. While the handle is open, a postmaster that dies is started again, with backoff, until `stop`.
 *  4. No postmaster outlives its users: every process that uses the cluster has a keeper, a small shell process at the
 *     end of a pipe. When the pipe closes without a farewell (the process was killed), the keeper waits a grace of
 *     30 s for a successor and then stops PostgreSQL. PostgreSQL and keeper are in sessions of their own, so that a
 *     signal to our process group (Ctrl-C, kill -9) lets a restart adopt at once instead of going through recovery.
 *  5. A socket directory outside DATA_DIR goes with an orderly stop; one whose service and PostgreSQL were killed goes with
 *     a later start of any service of the same user. None goes that is in use or has just been claimed by a start.
 *  6. A cluster appears under its name only when initdb has finished: an interrupted first start leaves nothing half made.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { closeSync, existsSync, openSync } from 'node:fs';
import { connect as connectSocket } from 'node:net';
import {
  chown,
  link,
  lstat,
  mkdir,
  mkdtemp,
  open,
  readFile,
  readdir,
  rename,
  rm,
  rmdir,
  stat,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import {
  canTraverse,
  chooseRunAs,
  EmbeddedPostgresError,
  locatePrograms,
  type PostgresPrograms,
  type RunAs,
} from './postgres-programs.ts';

export { EmbeddedPostgresError } from './postgres-programs.ts';

/** What a pino logger offers and this folder needs. */
export interface JournalLog {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
  error(details: object, message: string): void;
}

export interface EmbeddedPostgresOptions {
  /** The service's data directory; made with mode 0700 if it is missing. */
  readonly dataDir: string;
  readonly log: JournalLog;
  /** How long PostgreSQL lives on after its last user was killed. Default 30,000. */
  readonly orphanGraceMs?: number;
  /** Bound on a start, recovery after a crash not counted. Default 60,000. */
  readonly startTimeoutMs?: number;
}

/** How `pg` reaches the database: `host` is the directory of the unix socket. */
export interface PostgresAddress {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
}

export interface EmbeddedPostgres {
  readonly address: PostgresAddress;
  /** Whether the postmaster was living already when we came. */
  readonly adopted: boolean;
  postmasterPid(): number;
  /** Ends PostgreSQL (unless another living process uses the cluster) and the keeper, and waits until they are gone. */
  stop(): Promise<void>;
}

const PG_VERSION = 18;
const PORT = 5432;
const USER = 'plimsoll';
const DATABASE = 'plimsoll';
/** Bytes in `sun_path` less the closing NUL: 107 on Linux, 103 on macOS. */
const SOCKET_PATH_MAX_BYTES = process.platform === 'darwin' ? 103 : 107;
const LOG_KEEP_BYTES = 8 * 1024 * 1024;
const RECOVERY_TIMEOUT_MS = 600_000;
const ADOPT_TIMEOUT_MS = 10_000;
const FAST_SHUTDOWN_TIMEOUT_MS = 20_000;
const WATCH_INTERVAL_MS = 250;
/** A socket directory that a start has claimed gets its socket long before this, or the start has failed. */
const SOCKET_CLAIM_MS = 120_000;
/** How many socket directories of killed services one start looks at. */
const MAX_LEFT_DIRECTORIES = 1_000;

/**
 * A process whose current directory is the cluster can open it by this name even when a directory above it is closed
 * to PostgreSQL's user (a data directory of mode 0700, a home of root's). Linux only.
 */
const OWN_DIRECTORY = '/proc/self/cwd';

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

interface Place {
  readonly base: string;
  readonly cluster: string;
  readonly keepers: string;
  readonly logFile: string;
  /** Whether PostgreSQL's user can walk to the cluster by its path. */
  readonly reachable: boolean;
  readonly runAs: RunAs;
  readonly programs: PostgresPrograms;
}

interface PidFile {
  readonly text: string;
  readonly pid: number;
  readonly socketDir: string;
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
    const running = await inTurn(place, () => startOrAdopt(place, options));
    await removeLeftSocketDirectories(place, running.pidFile.socketDir, options.log);
    const address = { host: running.pidFile.socketDir, port: PORT, user: USER, database: DATABASE };
    await createDatabase(address);
    return watchOver(place, options, keeper, running, address);
  } catch (error) {
    await keeper.release();
    throw error;
  }
}

interface Running {
  readonly pidFile: PidFile;
  readonly adopted: boolean;
}

async function preparePlace(dataDir: string): Promise<Place> {
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

/** Lets only one process at a time make, start, adopt or stop this cluster. */
async function inTurn<Result>(place: Place, run: () => Promise<Result>): Promise<Result> {
  const file = join(place.base, 'turn.lock');
  const deadline = performance.now() + RECOVERY_TIMEOUT_MS;
  for (;;) {
    // The whole file appears at once: what is found under the name always says whose it is.
    const mine = `${file}.${randomUUID()}`;
    try {
      await writeFile(mine, String(process.pid));
      await link(mine, file);
      break;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) {
        throw describeSystemError(error, place.base);
      }
    } finally {
      await rm(mine, { force: true });
    }
    const holder = existsSync(file) ? Number(await readFile(file, 'utf8').catch(() => '')) : 0;
    // Left by a process that was killed (perhaps one with our own id, before a reboot).
    const stale = holder > 0 && (holder === process.pid || !(await isAlive(holder)));
    if (stale && !turnsTaken.has(file)) await rm(file, { force: true });
    if (performance.now() > deadline) {
      throw new EmbeddedPostgresError(
        'not_answering',
        `Process ${holder} has been starting or stopping PostgreSQL in ${place.base} for too long: end it, or remove ${file}.`,
      );
    }
    await pause(20);
  }
  turnsTaken.add(file);
  try {
    return await run();
  } finally {
    turnsTaken.delete(file);
    await rm(file, { force: true });
  }
}

/** Turns that this very process holds, so that its own lock is told from one of a dead process with the same id. */
const turnsTaken = new Set<string>();

async function createCluster(place: Place): Promise<void> {
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
            `deleted. Move it away (or put back your backup) and start again.`,
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

async function checkVersion(place: Place): Promise<void> {
  const version = (await readFile(join(place.cluster, 'PG_VERSION'), 'utf8')).trim();
  if (version !== String(PG_VERSION)) {
    throw new EmbeddedPostgresError(
      'other_version',
      `${place.cluster} was made by PostgreSQL ${version}, and this release brings ${PG_VERSION}: run the release that ` +
        `made it, dump the database there (pg_dump) and load it here, or point DATABASE_URL at a server that holds it.`,
    );
  }
}

/**
 * The living postmaster of this cluster, once it answers; null when there is none. A stale pid file stays: PostgreSQL
 * reads in it whether processes of the dead postmaster still use the shared memory, and waits for them by refusing.
 * One that is shutting down is waited for; one of ours that never answers is ended, so that a new one can start.
 */
async function adoptLiving(place: Place, log: JournalLog): Promise<PidFile | null> {
  const started = performance.now();
  for (;;) {
    const pidFile = await readPidFile(place);
    if (pidFile === null) return null;
    if (!(await isPostmasterOf(place, pidFile))) {
      if (await isAlive(pidFile.pid)) await disownPidFile(place, pidFile, log);
      return null;
    }
    const answer = await probe(pidFile);
    if (answer === 'ours') return pidFile;
    const waitedMs = performance.now() - started;
    if (waitedMs > (answer === 'starting' ? RECOVERY_TIMEOUT_MS : ADOPT_TIMEOUT_MS)) {
      log.warn(
        { pid: pidFile.pid, answer },
        'the living PostgreSQL of this data directory does not answer; ending it',
      );
      await endPostmaster(pidFile.pid, 2_000);
      if (await isAlive(pidFile.pid)) {
        throw new EmbeddedPostgresError(
          'not_answering',
          `PostgreSQL (process ${pidFile.pid}) holds ${place.cluster}, answers nobody and could not be ended: ` +
            `end it by hand (kill ${pidFile.pid}) and start again.`,
        );
      }
      return null;
    }
    await pause(50);
  }
}

/**
 * A pid file whose number belongs to a stranger by now. PostgreSQL would refuse to start; it disregards its own parent's
 * number, so ours is put there, and the shared memory key below it keeps its meaning.
 */
async function disownPidFile(place: Place, pidFile: PidFile, log: JournalLog): Promise<void> {
  log.warn({ pid: pidFile.pid }, 'postmaster.pid names a process that is not PostgreSQL; it is stale');
  const rest = pidFile.text.slice(pidFile.text.indexOf('\n'));
  await writeFile(join(place.cluster, 'postmaster.pid'), `${process.pid}${rest}`);
}

type StartOutcome =
  | { readonly pidFile: PidFile }
  | { readonly transient: boolean; readonly error: EmbeddedPostgresError };

async function startPostmaster(place: Place): Promise<StartOutcome> {
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

function watchOver(
  place: Place,
  options: EmbeddedPostgresOptions,
  keeper: Keeper,
  first: Running,
  address: PostgresAddress,
): EmbeddedPostgres {
  let pidFile = first.pidFile;
  const stopping = new AbortController();
  let restart: Promise<void> | null = null;
  const check = async (): Promise<void> => {
    if (await isPostmasterOf(place, pidFile)) return;
    options.log.error({ pid: pidFile.pid }, 'PostgreSQL has died; starting it again');
    for (let delayMs = 100; !stopping.signal.aborted; delayMs = Math.min(delayMs * 2, 5_000)) {
      try {
        pidFile = (await inTurn(place, () => startOrAdopt(place, options))).pidFile;
        options.log.info({ pid: pidFile.pid }, 'PostgreSQL runs again');
        return;
      } catch (error) {
        options.log.error({ reason: String(error) }, 'PostgreSQL could not be started again; trying on');
        await pause(delayMs);
      }
    }
  };
  const timer = setInterval(() => {
    if (restart !== null || stopping.signal.aborted) return;
    restart = check()
      .catch((error: unknown) => {
        options.log.error({ reason: String(error) }, 'the watch over PostgreSQL failed');
      })
      .finally(() => {
        restart = null;
      });
  }, WATCH_INTERVAL_MS);
  timer.unref();
  let stopped: Promise<void> | null = null;
  const stop = async (): Promise<void> => {
    stopping.abort();
    clearInterval(timer);
    await restart;
    await inTurn(place, async () => {
      if (!(await otherKeeperLives(place, keeper.pid))) {
        if (await isPostmasterOf(place, pidFile)) await endPostmaster(pidFile.pid, FAST_SHUTDOWN_TIMEOUT_MS);
        if (dirname(pidFile.socketDir) !== place.base) {
          await rm(pidFile.socketDir, { recursive: true, force: true });
        }
      }
      await keeper.release();
    });
  };
  return {
    address,
    adopted: first.adopted,
    postmasterPid: () => pidFile.pid,
    stop: () => {
      stopped ??= stop();
      return stopped;
    },
  };
}

// --- the keeper ---

interface Keeper {
  readonly pid: number;
  release(): Promise<void>;
}

/** Arguments: the keepers' directory, the postmaster's pid file, the grace in seconds. */
const KEEPER_SCRIPT = `
keepers=$1; pidfile=$2; grace=$3
if IFS= read -r farewell; then exit 0; fi
rm -f "$keepers/$$"
waited=0
while [ "$waited" -lt "$grace" ]; do
  sleep 1
  waited=$((waited + 1))
  [ -f "$pidfile" ] || exit 0
  for other in "$keepers"/*; do
    [ -e "$other" ] || continue
    if kill -0 "\${other##*/}" 2>/dev/null; then exit 0; fi
    rm -f "$other"
  done
done
IFS= read -r postmaster < "$pidfile" || exit 0
kill -INT "$postmaster"
`;

async function startKeeper(place: Place, graceMs: number): Promise<Keeper> {
  const child = spawn(
    '/bin/sh',
    [
      '-c',
      KEEPER_SCRIPT,
      'plimsoll-postgres-keeper',
      place.keepers,
      join(place.cluster, 'postmaster.pid'),
      String(Math.ceil(graceMs / 1_000)),
    ],
    { detached: true, env: childEnvironment(), stdio: ['pipe', 'ignore', 'ignore'] },
  );
  const exit = exitOf(child);
  const { pid, stdin } = child;
  if (pid === undefined) throw new EmbeddedPostgresError('start_failed', '/bin/sh could not be started.');
  // A keeper that was killed closes the pipe; nothing is lost by that but the orphan rule.
  stdin.on('error', () => undefined);
  child.unref();
  if ('unref' in stdin && typeof stdin.unref === 'function') stdin.unref();
  const file = join(place.keepers, String(pid));
  try {
    await writeFile(file, '');
  } catch (error) {
    stdin.end('released\n');
    throw describeSystemError(error, file);
  }
  return {
    pid,
    release: async () => {
      await rm(file, { force: true });
      child.ref();
      stdin.end('released\n');
      await exit;
    },
  };
}

async function otherKeeperLives(place: Place, ownPid: number): Promise<boolean> {
  for (const name of await readdir(place.keepers)) {
    const pid = Number(name);
    if (pid === ownPid || !Number.isInteger(pid)) continue;
    if (await isAlive(pid)) return true;
    await rm(join(place.keepers, name), { force: true });
  }
  return false;
}

// --- the postmaster and its files ---

async function readPidFile(place: Place): Promise<PidFile | null> {
  let text: string;
  try {
    text = await readFile(join(place.cluster, 'postmaster.pid'), 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw describeSystemError(error, place.cluster);
  }
  // Lines: pid, data directory, start time, port, socket directory, listen address, shared memory key, status.
  const lines = text.split('\n');
  const pid = Number(lines[0]);
  if (!Number.isInteger(pid) || pid <= 0) return null;
  return { text, pid, socketDir: lines[4] ?? '' };
}

/** Whether the process of a pid file lives and is PostgreSQL in this cluster (process ids are used again). */
async function isPostmasterOf(place: Place, pidFile: PidFile): Promise<boolean> {
  if (!(await isAlive(pidFile.pid))) return false;
  if (process.platform !== 'linux') return namesCluster(pidFile.pid, place);
  try {
    const [theirs, ours] = await Promise.all([stat(`/proc/${pidFile.pid}/cwd`), stat(place.cluster)]);
    return theirs.ino === ours.ino && theirs.dev === ours.dev;
  } catch (error) {
    // Gone since, or another user's process: in both cases not our postmaster.
    if (error instanceof Error && 'code' in error) return false;
    throw error;
  }
}

/** Where there is no /proc: the command line of a postmaster that we started names its cluster. */
async function namesCluster(pid: number, place: Place): Promise<boolean> {
  try {
    const { stdout } = await promisify(execFile)('ps', ['-ww', '-o', 'args=', '-p', String(pid)]);
    return stdout.includes(place.cluster);
  } catch (error) {
    // `ps` exits with 1 when the process is gone.
    if (error instanceof Error && 'code' in error) return false;
    throw error;
  }
}

/** Whether a process runs; a zombie, whose parent does not reap, does not. */
export async function isAlive(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false;
    if (error instanceof Error && 'code' in error && error.code === 'EPERM') return true;
    throw error;
  }
  if (process.platform !== 'linux') return true;
  try {
    // A zombie (its parent does not reap) still takes signals; field 3, after the name in parentheses, is the state.
    const status = await readFile(`/proc/${pid}/stat`, 'utf8');
    return !/\) [ZX] /.test(status);
  } catch (error) {
    if (error instanceof Error && 'code' in error) return false;
    throw error;
  }
}

type ProbeAnswer = 'ours' | 'starting' | 'silent';

async function probe(pidFile: PidFile): Promise<ProbeAnswer> {
  if (pidFile.socketDir === '') return 'silent';
  const client = new pg.Client({
    host: pidFile.socketDir,
    port: PORT,
    user: USER,
    database: 'postgres',
    connectionTimeoutMillis: 2_000,
    query_timeout: 2_000,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const result = await client.query<{ pid_file: string }>(
      `SELECT pg_read_file('postmaster.pid') AS pid_file WHERE current_setting('server_version_num')::int / 10000 = ${PG_VERSION}`,
    );
    const theirs = result.rows[0]?.pid_file ?? '';
    return theirs.split('\n').slice(0, 3).join() === pidFile.text.split('\n').slice(0, 3).join()
      ? 'ours'
      : 'silent';
  } catch (error) {
    // 57P03: starting up, in recovery or shutting down.
    return error instanceof Error && 'code' in error && error.code === '57P03' ? 'starting' : 'silent';
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Fast shutdown, then immediate shutdown (safe: recovery follows), then kill. */
async function endPostmaster(pid: number, fastTimeoutMs: number): Promise<void> {
  const steps: readonly [NodeJS.Signals, number][] = [
    ['SIGINT', fastTimeoutMs],
    ['SIGQUIT', 5_000],
    ['SIGKILL', 5_000],
  ];
  for (const [signal, waitMs] of steps) {
    try {
      process.kill(pid, signal);
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return;
      throw error;
    }
    const deadline = performance.now() + waitMs;
    while (performance.now() < deadline) {
      if (!(await isAlive(pid))) return;
      await pause(10);
    }
  }
}

async function createDatabase(address: PostgresAddress): Promise<void> {
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

/** The directory of the socket: beside the cluster when its path is short and reachable, else in the temporary directory. */
async function prepareSocketDirectory(place: Place): Promise<string> {
  const { runAs } = place;
  const name = createHash('sha256').update(place.cluster).digest('hex').slice(0, 12);
  const candidates = [
    ...(place.reachable ? [join(place.base, 'run')] : []),
    ...temporaryDirectories().map((directory) => join(directory, `plimsoll-${runAs.uid}-${name}`)),
  ];
  for (const directory of candidates) {
    if (!socketFits(directory)) continue;
    if (await claimPrivateDirectory(directory, runAs)) return directory;
  }
  if (socketFits('/tmp/plimsoll-XXXXXX')) {
    // Someone else has put a file of our name there: take a name that nobody can foresee.
    const directory = await mkdtemp('/tmp/plimsoll-');
    if (runAs.switchUser) await chown(directory, runAs.uid, runAs.gid);
    return directory;
  }
  throw new EmbeddedPostgresError(
    'socket_path_too_long',
    `No directory for PostgreSQL's socket has a path of at most ${SOCKET_PATH_MAX_BYTES} bytes ` +
      `(tried ${candidates.join(', ')}): set DATA_DIR or TMPDIR to a shorter path.`,
  );
}

/** Where socket directories are made outside data directories. */
function temporaryDirectories(): readonly string[] {
  return [...new Set([tmpdir(), '/tmp'])];
}

/** Removes what killed services of the same user have left of their socket directories; what cannot be, stays and is told. */
async function removeLeftSocketDirectories(place: Place, own: string, log: JournalLog): Promise<void> {
  // With what `removeIfLeft` adds to the name, should it have been killed on its way.
  const ours = new RegExp(`^plimsoll-${place.runAs.uid}-[0-9a-f]{12}(\\.[0-9a-f-]{36})*$`);
  for (const parent of temporaryDirectories()) {
    try {
      const names = (await readdir(parent)).filter((name) => ours.test(name));
      for (const name of names.slice(0, MAX_LEFT_DIRECTORIES)) {
        const directory = join(parent, name);
        if (directory !== own && (await removeIfLeft(directory, place.runAs.uid)))
          log.info({ directory }, 'removed the socket directory of a PostgreSQL that was killed');
      }
    } catch (error) {
      log.warn({ parent, reason: String(error) }, 'old socket directories could not be removed');
    }
  }
}

/**
 * Whether the directory was one that nobody uses, and is gone now. It is moved away before it is emptied: a start that
 * claims it at the same moment finds it missing and makes it anew, and one that was quicker gets it back.
 */
async function removeIfLeft(directory: string, uid: number): Promise<boolean> {
  const claimedAt = await unusedSince(directory, uid);
  if (claimedAt === null) return false;
  const away = `${directory}.${randomUUID()}`;
  try {
    await rename(directory, away);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false;
    throw error;
  }
  if ((await unusedSince(away, uid)) !== claimedAt) {
    await rename(away, directory);
    return false;
  }
  for (const file of SOCKET_FILES) await rm(join(away, file), { force: true });
  await rmdir(away);
  return true;
}

/** When it was last claimed or changed, in ms; null for one that is used, may be about to be, or is not PostgreSQL's alone. */
async function unusedSince(directory: string, uid: number): Promise<number | null> {
  try {
    const status = await lstat(directory);
    if (!status.isDirectory() || status.uid !== uid || Date.now() - status.mtimeMs < SOCKET_CLAIM_MS)
      return null;
    if ((await readdir(directory)).some((file) => !SOCKET_FILES.includes(file))) return null;
    const lock = await readFile(join(directory, SOCKET_LOCK), 'utf8').catch((error: unknown) => {
      if (hasCode(error, 'ENOENT')) return '';
      throw error;
    });
    const postmaster = Math.abs(Number.parseInt(lock, 10));
    // A process of that number may be another by now; then the directory waits for a later start.
    if (postmaster > 0 && (await isAlive(postmaster))) return null;
    // One that is numbered otherwise, in another container that shares the directory, still answers.
    return (await isListenedTo(join(directory, SOCKET))) ? null : status.mtimeMs;
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null;
    throw error;
  }
}

const SOCKET = `.s.PGSQL.${PORT}`;
const SOCKET_LOCK = `${SOCKET}.lock`;
const SOCKET_FILES: readonly string[] = [SOCKET, SOCKET_LOCK];

function isListenedTo(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connectSocket({ path });
    const answer = (isListening: boolean): void => {
      socket.destroy();
      resolve(isListening);
    };
    socket.once('connect', () => answer(true));
    socket.once('error', (error) => answer(!hasCode(error, 'ECONNREFUSED') && !hasCode(error, 'ENOENT')));
  });
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

function socketFits(directory: string): boolean {
  return Buffer.byteLength(join(directory, `.s.PGSQL.${PORT}`)) <= SOCKET_PATH_MAX_BYTES;
}

async function claimPrivateDirectory(directory: string, runAs: RunAs): Promise<boolean> {
  try {
    return await claimOnce(directory, runAs);
  } catch (error) {
    // It was there, and another start has just taken it away as left behind.
    if (hasCode(error, 'ENOENT')) return claimOnce(directory, runAs);
    throw error;
  }
}

async function claimOnce(directory: string, runAs: RunAs): Promise<boolean> {
  try {
    await mkdir(directory, { mode: 0o700 });
    if (runAs.switchUser) await chown(directory, runAs.uid, runAs.gid);
    return runAs.switchUser ? canTraverse(directory, runAs.uid, runAs.gid) : true;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    if (error.code !== 'EEXIST') return false;
  }
  const status = await lstat(directory);
  if (!status.isDirectory() || (status.mode & 0o077) !== 0) return false;
  if (status.uid !== runAs.uid) {
    if (!runAs.switchUser || status.uid !== 0) return false;
    // Left by a start that was interrupted between making it and giving it away.
    await chown(directory, runAs.uid, runAs.gid);
  }
  // From here on nobody takes it for one that was left behind.
  const now = new Date();
  await utimes(directory, now, now);
  return true;
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

function childEnvironment(): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'] ?? '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };
}

function exitOf(child: ChildProcess): Promise<number | string> {
  return new Promise((settle) => {
    child.once('error', (error) => settle(error.message));
    child.once('exit', (code, signal) => settle(code ?? signal ?? 'unknown'));
  });
}

function collectOutput(child: ChildProcess): () => string {
  let text = '';
  const collect = (chunk: Buffer): void => {
    if (text.length < 65_536) text += chunk.toString('utf8');
  };
  child.stdout?.on('data', collect);
  child.stderr?.on('data', collect);
  return () => text;
}

// --- what went wrong ---

function describeSystemError(error: unknown, path: string): Error {
  if (error instanceof EmbeddedPostgresError) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'ENOSPC' || code === 'EDQUOT') return diskFull(path, error);
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    return new EmbeddedPostgresError(
      'permission_denied',
      `${path} cannot be written (${code}): give DATA_DIR to the user that runs the service, or choose another.`,
      { cause: error },
    );
  }
  return new EmbeddedPostgresError('start_failed', `${path}: ${String(error)}`, { cause: error });
}

function diskFull(path: string, cause?: unknown): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    'disk_full',
    `The disk that holds ${path} is full: free some space (at least 1 GB is sensible) and start again. ` +
      `Nothing that was acknowledged is lost.`,
    { cause },
  );
}

/** Reads PostgreSQL's own words. Transient: another attempt may succeed without anybody's help. */
function explain(
  event: string,
  output: string,
  place: Place,
): { readonly transient: boolean; readonly error: EmbeddedPostgresError } {
  const tail = output.trim().split('\n').slice(-8).join('\n');
  if (/No space left on device|Disk quota exceeded/i.test(output)) {
    return { transient: false, error: diskFull(place.base) };
  }
  if (/lock file ".*" already exists|pre-existing shared memory block|is another postmaster/i.test(output)) {
    return {
      transient: true,
      error: new EmbeddedPostgresError(
        'start_failed',
        `Another PostgreSQL still holds ${place.cluster}; it did not let go in time. ${event}:\n${tail}`,
      ),
    };
  }
  if (/incompatible with server|was initialized by PostgreSQL version/i.test(output)) {
    return {
      transient: false,
      error: new EmbeddedPostgresError(
        'other_version',
        `${place.cluster} was made by another version or build of PostgreSQL than ${PG_VERSION}:\n${tail}`,
      ),
    };
  }
  if (/has wrong ownership|invalid permissions|Permission denied/i.test(output)) {
    return {
      transient: false,
      error: new EmbeddedPostgresError(
        'permission_denied',
        `PostgreSQL (user id ${place.runAs.uid}) may not use ${place.cluster}: everything in it must belong to that user, ` +
          `the directory itself with mode 0700.\n${tail}`,
      ),
    };
  }
  if (/too long/i.test(output) && /socket/i.test(output)) {
    return {
      transient: false,
      error: new EmbeddedPostgresError(
        'socket_path_too_long',
        `Set DATA_DIR or TMPDIR to a shorter path.\n${tail}`,
      ),
    };
  }
  if (/could not locate a valid checkpoint record|invalid primary checkpoint|PANIC/i.test(output)) {
    return {
      transient: false,
      error: new EmbeddedPostgresError(
        'data_directory_damaged',
        `PostgreSQL cannot recover ${place.cluster}; put back a backup. Its log is ${place.logFile}:\n${tail}`,
      ),
    };
  }
  return {
    transient: false,
    error: new EmbeddedPostgresError('start_failed', `${event}; its log is ${place.logFile}:\n${tail}`),
  };
}
