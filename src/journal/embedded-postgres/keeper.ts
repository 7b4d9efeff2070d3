/**
 * Watches over PostgreSQL while a process uses it, starts it again when it dies, and ends it with its last user.
 *
 * Entry points: `startKeeper`, `watchOver`.
 *
 * Invariants:
 *  1. While the watch is on, a postmaster that dies is started again, with backoff, until `stop`.
 *  2. No postmaster outlives its users: every process that uses the cluster has a keeper, a small shell process at the
 *     end of a pipe. When the pipe closes without a farewell (the process was killed), the keeper waits a grace for a
 *     successor and then stops PostgreSQL.
 *  3. A keeper is in a session of its own, so that a signal to our process group (Ctrl-C, kill -9) does not reach it.
 *  4. A socket directory outside DATA_DIR goes with an orderly stop.
 */
import { spawn } from 'node:child_process';
import { readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { JournalLog } from '../log.ts';
import { EmbeddedPostgresError } from '../postgres-programs.ts';
import { endPostmaster, isPostmasterOf, type PidFile } from './adoption.ts';
import { describeSystemError } from './failures.ts';
import type { Place } from './place.ts';
import { childEnvironment, exitOf, isAlive } from './processes.ts';
import { withStartLock } from './start-lock.ts';

const FAST_SHUTDOWN_TIMEOUT_MS = 20_000;
const WATCH_INTERVAL_MS = 250;

export interface Keeper {
  readonly pid: number;
  /** Ends the keeper with a farewell, so that it leaves PostgreSQL alone, and waits until it is gone. */
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

/** Starts the keeper process of this process. A grace in milliseconds; the keeper counts whole seconds. */
export async function startKeeper(place: Place, graceMs: number): Promise<Keeper> {
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

export interface Watch {
  /** Of the postmaster that runs now. */
  postmasterPid(): number;
  /** Ends PostgreSQL (unless another living process uses the cluster) and the keeper, and waits until they are gone. */
  stop(): Promise<void>;
}

/** Watches the postmaster of `first`. `start` starts or adopts another; it runs under the start lock. */
export function watchOver(
  place: Place,
  keeper: Keeper,
  first: PidFile,
  start: () => Promise<PidFile>,
  log: JournalLog,
): Watch {
  let pidFile = first;
  const stopping = new AbortController();
  let restart: Promise<void> | null = null;
  const check = async (): Promise<void> => {
    if (await isPostmasterOf(place, pidFile)) return;
    log.error({ pid: pidFile.pid }, 'PostgreSQL has died; starting it again');
    for (let delayMs = 100; !stopping.signal.aborted; delayMs = Math.min(delayMs * 2, 5_000)) {
      try {
        pidFile = await withStartLock(place, start);
        log.info({ pid: pidFile.pid }, 'PostgreSQL runs again');
        return;
      } catch (error) {
        log.error({ reason: String(error) }, 'PostgreSQL could not be started again; trying on');
        await pause(delayMs);
      }
    }
  };
  const timer = setInterval(() => {
    if (restart !== null || stopping.signal.aborted) return;
    restart = check()
      .catch((error: unknown) => {
        log.error({ reason: String(error) }, 'the watch over PostgreSQL failed');
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
    await withStartLock(place, async () => {
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
    postmasterPid: () => pidFile.pid,
    stop: () => {
      stopped ??= stop();
      return stopped;
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

/** The processes (by their keepers) that use the PostgreSQL of a data directory now; none where there is none. */
export async function livingUsers(dataDir: string): Promise<readonly number[]> {
  const names = await readdir(join(dataDir, 'postgres', 'keepers')).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  });
  const living: number[] = [];
  for (const pid of names.map(Number)) if (Number.isInteger(pid) && (await isAlive(pid))) living.push(pid);
  return living;
}
