/**
 * The data directory at a start: made where it is missing, usable by this user, and used by one service at a time.
 *
 * Entry point: `takeDataDirectory`.
 *
 * Invariants:
 *  1. The lock is a file that names its owner. It appears whole, by a link, or not at all.
 *  2. The lock of a process that has ended is stale: a process with the same id that was started later, a reboot or
 *     another machine's name does not keep it.
 */
import { constants } from 'node:fs';
import { access, link, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { StartRefused } from './start-refused.ts';
import { systemUserName } from './system-user.ts';

export const SERVICE_LOCK_FILE = 'service.lock';
/** Two services that start at one moment both find a stale lock; each removes and links it at most so often. */
const MAX_ATTEMPTS = 5;
/** The embedded PostgreSQL may belong to a system user of its own and says itself what is wrong with it. */
const POSTGRES_DIRECTORY = 'postgres';

interface Owner {
  readonly pid: number;
  readonly host: string;
  /** When the process was started, as its system counts; null where that cannot be read. */
  readonly startedAt: string | null;
  readonly since: string;
}

export interface DataDirectoryLock {
  release(): Promise<void>;
}

/**
 * Makes the directory where it is missing and locks it. Throws `StartRefused`, whose message names what cannot be used and by
 * whom, or the process that uses the directory already.
 */
export async function takeDataDirectory(dataDir: string): Promise<DataDirectoryLock> {
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw unusable('DATA_DIR', dataDir, error);
  }
  await refuseForeignFiles(dataDir);
  return lock(dataDir);
}

/** Every file that a start reads or writes must be this user's to read and to write. */
async function refuseForeignFiles(dataDir: string): Promise<void> {
  await refuseUnlessUsable('DATA_DIR', dataDir);
  for (const name of await readdir(dataDir)) {
    if (name !== POSTGRES_DIRECTORY) await refuseUnlessUsable('a file of DATA_DIR', join(dataDir, name));
  }
}

async function refuseUnlessUsable(what: string, path: string): Promise<void> {
  try {
    const entry = await stat(path);
    await access(path, constants.R_OK | constants.W_OK | (entry.isDirectory() ? constants.X_OK : 0));
  } catch (error) {
    // A draft or a journaled file of cancels may go between the listing and the look.
    if (codeOf(error) === 'ENOENT' && what !== 'DATA_DIR') return;
    const owner = await stat(path).catch(() => null);
    throw unusable(what, path, error, owner?.uid);
  }
}

function unusable(what: string, path: string, error: unknown, ownerId?: number): StartRefused {
  const code = codeOf(error);
  const uid = process.getuid?.();
  const username = systemUserName();
  switch (code) {
    case 'EACCES':
    case 'EPERM':
      return new StartRefused(
        ownerId === undefined || ownerId === uid
          ? `${what}: ${path} cannot be read and written by user ${username} (${code}): change its mode, or choose another DATA_DIR.`
          : `${what}: ${path} belongs to user id ${ownerId}, and user ${username} (${uid}) may not read and write it: ` +
              `run the service as its owner, or give the directory and all it holds to ${username} (chown -R).`,
      );
    case 'EROFS':
      return new StartRefused(`${what}: ${path} is on a file system that is read-only.`);
    case 'ENOSPC':
    case 'EDQUOT':
      return new StartRefused(`${what}: ${path} cannot be written: the disk is full.`);
    case 'EEXIST':
    case 'ENOTDIR':
      return new StartRefused(`${what}: ${path} is not a directory.`);
    default:
      return new StartRefused(`${what}: ${path} cannot be used (${code}).`);
  }
}

async function lock(dataDir: string): Promise<DataDirectoryLock> {
  const file = join(dataDir, SERVICE_LOCK_FILE);
  const draft = `${file}.${process.pid}`;
  const mine: Owner = {
    pid: process.pid,
    host: hostname(),
    startedAt: await startOf(process.pid),
    since: new Date().toISOString(),
  };
  try {
    await writeFile(draft, JSON.stringify(mine), { mode: 0o600 });
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
      try {
        await link(draft, file);
        return { release: () => rm(file, { force: true }) };
      } catch (error) {
        if (codeOf(error) !== 'EEXIST') throw error;
      }
      const owner = parseOwner(await readFile(file, 'utf8').catch(() => ''));
      if (owner !== null && (await isLiving(owner))) {
        throw new StartRefused(
          `another Plimsoll (process ${owner.pid} on ${owner.host}, since ${owner.since}) uses ${dataDir}: ` +
            'end it first, or set another DATA_DIR.',
        );
      }
      await rm(file, { force: true });
    }
  } catch (error) {
    throw error instanceof StartRefused ? error : unusable('DATA_DIR', dataDir, error);
  } finally {
    await rm(draft, { force: true });
  }
  throw new StartRefused(`others start on ${dataDir} at this moment: try again.`);
}

function parseOwner(text: string): Owner | null {
  try {
    const owner = JSON.parse(text) as Partial<Owner> | null;
    return owner !== null && typeof owner.pid === 'number' && typeof owner.host === 'string'
      ? {
          pid: owner.pid,
          host: owner.host,
          startedAt: owner.startedAt ?? null,
          since: owner.since ?? 'a time unknown',
        }
      : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

async function isLiving({ pid, host, startedAt }: Owner): Promise<boolean> {
  // A container that is made anew has another name each time. Where machines share a directory, the lease in the database decides.
  if (host !== hostname() || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (codeOf(error) === 'ESRCH') return false;
    if (codeOf(error) !== 'EPERM') throw error;
  }
  const now = await startOf(pid);
  return startedAt === null || now === startedAt;
}

/**
 * The boot and the tick at which a process started: with its id they name one process. Null where there is no
 * `/proc`, `ended` for a process that waits to be reaped. Field 22 of proc_pid_stat(5); the name in parentheses may hold spaces.
 */
async function startOf(pid: number): Promise<string | null> {
  try {
    const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8');
    const fields = (await readFile(`/proc/${pid}/stat`, 'utf8')).replace(/^.*\) /s, '').split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? 'ended' : `${boot.trim()}/${fields[19] ?? ''}`;
  } catch (error) {
    if (error instanceof Error && 'code' in error) return null;
    throw error;
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
