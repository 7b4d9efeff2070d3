/**
 * Finds the living postmaster of a cluster and adopts it, or finds that there is none.
 *
 * Entry points: `adoptLiving`, `readPidFile`, `isPostmasterOf`, `probe`, `endPostmaster`.
 *
 * Invariants:
 *  1. A postmaster is ours when it answers on the socket that its postmaster.pid names and reads that same file as its own.
 *  2. A living postmaster of this cluster is adopted. It is ended only when it has not answered within a bound.
 *  3. A stale pid file stays: its shared memory key is PostgreSQL's guard against processes that outlived their postmaster.
 */
import { execFile } from 'node:child_process';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import type { JournalLog } from '../log.ts';
import { EmbeddedPostgresError, PG_VERSION } from '../postgres-programs.ts';
import { describeSystemError } from './failures.ts';
import { type Place, PORT, RECOVERY_TIMEOUT_MS, USER } from './place.ts';
import { isAlive } from './processes.ts';

const ADOPT_TIMEOUT_MS = 10_000;

/** PostgreSQL's own postmaster.pid. */
export interface PidFile {
  readonly text: string;
  readonly pid: number;
  readonly socketDir: string;
}

/**
 * The living postmaster of this cluster, once it answers; null when there is none. A stale pid file stays: PostgreSQL
 * reads in it whether processes of the dead postmaster still use the shared memory, and waits for them by refusing.
 * One that is shutting down is waited for; one of ours that never answers is ended, so that a new one can start.
 */
export async function adoptLiving(place: Place, log: JournalLog): Promise<PidFile | null> {
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
 * Disarms a pid file whose number belongs to another program by now, for which PostgreSQL would refuse to start. PostgreSQL
 * disregards its own parent's number, so ours is put there; the shared memory key below it keeps its meaning.
 */
async function disownPidFile(place: Place, pidFile: PidFile, log: JournalLog): Promise<void> {
  log.warn({ pid: pidFile.pid }, 'postmaster.pid names a process that is not PostgreSQL; it is stale');
  const rest = pidFile.text.slice(pidFile.text.indexOf('\n'));
  await writeFile(join(place.cluster, 'postmaster.pid'), `${process.pid}${rest}`);
}

/** The pid file of a cluster; null when there is none, or none that names a process. */
export async function readPidFile(place: Place): Promise<PidFile | null> {
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
export async function isPostmasterOf(place: Place, pidFile: PidFile): Promise<boolean> {
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

type ProbeAnswer = 'ours' | 'starting' | 'silent';

/**
 * Asks the postmaster of a pid file. `ours`: it answers and reads that same file. `starting`: it is in recovery, starting or
 * shutting down. `silent`: anything else.
 */
export async function probe(pidFile: PidFile): Promise<ProbeAnswer> {
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
export async function endPostmaster(pid: number, fastTimeoutMs: number): Promise<void> {
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
