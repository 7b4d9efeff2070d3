/**
 * The directory that holds PostgreSQL's socket, and the removal of those that killed services left behind.
 *
 * Entry points: `prepareSocketDirectory`, `removeLeftSocketDirectories`.
 *
 * Invariants:
 *  1. A socket directory has mode 0700 and belongs to PostgreSQL's user.
 *  2. Only directories outside DATA_DIR are removed here, and none that is in use or that a start has just claimed.
 */
import { createHash, randomUUID } from 'node:crypto';
import { chown, lstat, mkdir, mkdtemp, readdir, readFile, rename, rm, rmdir, utimes } from 'node:fs/promises';
import { connect as connectSocket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JournalLog } from '../log.ts';
import { canTraverse, EmbeddedPostgresError, type RunAs } from '../postgres-programs.ts';
import { hasCode } from './failures.ts';
import { type Place, PORT } from './place.ts';
import { isAlive } from './processes.ts';

/** Bytes in `sun_path` less the closing NUL: 107 on Linux, 103 on macOS. */
const SOCKET_PATH_MAX_BYTES = process.platform === 'darwin' ? 103 : 107;
/** A socket directory that a start has claimed gets its socket long before this, or the start has failed. */
const SOCKET_CLAIM_MS = 120_000;
/** How many socket directories of killed services one start looks at. */
const MAX_LEFT_DIRECTORIES = 1_000;
const SOCKET = `.s.PGSQL.${PORT}`;
const SOCKET_LOCK = `${SOCKET}.lock`;
const SOCKET_FILES: readonly string[] = [SOCKET, SOCKET_LOCK];

/** The directory of the socket: beside the cluster when its path is short and reachable, else in the temporary directory. */
export async function prepareSocketDirectory(place: Place): Promise<string> {
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

/** Removes the socket directories of killed services of the same user, except `own`; a failure is logged and leaves the rest. */
export async function removeLeftSocketDirectories(place: Place, own: string, log: JournalLog): Promise<void> {
  // The ending is the one `removeIfLeft` adds, should it have been killed on its way.
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
 * Removes a directory that nobody uses, and says whether it did. The directory is renamed before it is emptied: a start
 * that claims it at the same moment finds it missing and makes it anew, and one that was quicker gets it back.
 */
async function removeIfLeft(directory: string, uid: number): Promise<boolean> {
  const claimedAt = await unusedSince(directory, uid);
  if (claimedAt === null) return false;
  const aside = `${directory}.${randomUUID()}`;
  try {
    await rename(directory, aside);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return false;
    throw error;
  }
  if ((await unusedSince(aside, uid)) !== claimedAt) {
    await rename(aside, directory);
    return false;
  }
  for (const file of SOCKET_FILES) await rm(join(aside, file), { force: true });
  await rmdir(aside);
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

function socketFits(directory: string): boolean {
  return Buffer.byteLength(join(directory, SOCKET)) <= SOCKET_PATH_MAX_BYTES;
}

async function claimPrivateDirectory(directory: string, runAs: RunAs): Promise<boolean> {
  try {
    return await claimOnce(directory, runAs);
  } catch (error) {
    // It was there, and another start has just removed it as left behind.
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
    // Left by a start that was interrupted between making it and giving it to PostgreSQL's user.
    await chown(directory, runAs.uid, runAs.gid);
  }
  // From here on nobody takes it for one that was left behind.
  const now = new Date();
  await utimes(directory, now, now);
  return true;
}
