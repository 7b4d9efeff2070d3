/**
 * The files of a data directory beside the database that belong to an installation: what a backup holds of them, and what a
 * restore puts there.
 *
 * Entry points: `secretAndCancelFiles`, `namesInUse`, `writeInstallationFile`; the mark of a restore that has not finished:
 * `markRestore`, `isRestoreUnfinished`, `unmarkRestore`.
 */
import { existsSync } from 'node:fs';
import { mkdir, open, readdir, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { MASTER_KEY_FILE } from '../directory/secret-file.ts';
import { BackupInvalid } from '../journal/backup/format.ts';
import { ADMIN_TOKEN_FILE } from './first-start.ts';

export const SIMULATORS_DIRECTORY = 'simulators';
const POSTGRES_DIRECTORY = 'postgres';
/** In a data directory from the first file that a restore puts there until its last. */
const RESTORE_MARK = 'restore-unfinished';

const EMERGENCY_CANCELS = /^emergency-cancels-[\w-]+\.jsonl$/;
/** Paths that a backup may hold: names of ours, and none that leads out of the data directory. */
const INSTALLATION_PATH = new RegExp(
  `^(?:${MASTER_KEY_FILE}|${ADMIN_TOKEN_FILE}|${EMERGENCY_CANCELS.source.slice(1, -1)}|` +
    `${SIMULATORS_DIRECTORY}/(?:[a-z]+/)?[a-z][\\w-]*\\.jsonl?)$`,
);

export interface InstallationFile {
  /** Below the data directory. */
  readonly path: string;
  readonly bytes: Buffer;
}

/** The master key, the admin token and acknowledged cancels that are not journaled yet, where they are there. */
export async function secretAndCancelFiles(dataDir: string): Promise<readonly InstallationFile[]> {
  const names = await namesOf(dataDir);
  const wanted = names.filter(
    (name) => name === MASTER_KEY_FILE || name === ADMIN_TOKEN_FILE || EMERGENCY_CANCELS.test(name),
  );
  const files: InstallationFile[] = [];
  for (const path of wanted) {
    const bytes = await readFile(join(dataDir, path)).catch((error: unknown) => {
      // Cancels that were journaled since the directory was read.
      if (isMissing(error) && EMERGENCY_CANCELS.test(path)) return null;
      throw error;
    });
    if (bytes !== null && !isBlank(bytes)) files.push({ path, bytes });
  }
  return files;
}

/** Of a file of cancels that holds none: only room for some. */
function isBlank(bytes: Buffer): boolean {
  return bytes.toString('latin1').trim() === '';
}

/** The names of an installation's files that the directory has; none where there is no directory. */
export async function namesInUse(dataDir: string): Promise<readonly string[]> {
  const ours = [POSTGRES_DIRECTORY, SIMULATORS_DIRECTORY, MASTER_KEY_FILE, ADMIN_TOKEN_FILE];
  return (await namesOf(dataDir)).filter((name) => ours.includes(name) || EMERGENCY_CANCELS.test(name));
}

/** Writes a file of mode 0600, durably. Returns its size. Throws `BackupInvalid` for a path that is none of an installation. */
export async function writeInstallationFile(
  dataDir: string,
  path: string,
  data: AsyncIterable<Buffer>,
): Promise<number> {
  if (!INSTALLATION_PATH.test(path))
    throw new BackupInvalid(`it holds a file ${path}, which is none of this service`);
  const target = join(dataDir, path);
  await mkdir(dirname(target), { recursive: true, mode: 0o700 });
  const file = await open(target, 'wx', 0o600);
  let bytes = 0;
  try {
    for await (const chunk of data) {
      await file.appendFile(chunk);
      bytes += chunk.length;
    }
    await file.sync();
  } finally {
    await file.close();
  }
  await syncDirectory(dirname(target));
  return bytes;
}

/** Removes what a restore has put into a directory that held nothing of an installation before. */
export async function removeInstallation(dataDir: string): Promise<void> {
  for (const name of await namesInUse(dataDir))
    await rm(join(dataDir, name), { recursive: true, force: true });
  await unmarkRestore(dataDir);
}

export async function markRestore(dataDir: string): Promise<void> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const file = await open(join(dataDir, RESTORE_MARK), 'wx', 0o600);
  await file.sync();
  await file.close();
  await syncDirectory(dataDir);
}

export function isRestoreUnfinished(dataDir: string): boolean {
  return existsSync(join(dataDir, RESTORE_MARK));
}

/** For the user of a directory with the mark. */
export function restoreUnfinishedWords(dataDir: string): string {
  return `a restore into ${dataDir} was cut off before its end: delete ${dataDir} and restore again.`;
}

export async function unmarkRestore(dataDir: string): Promise<void> {
  await rm(join(dataDir, RESTORE_MARK), { force: true });
  await syncDirectory(dataDir);
}

async function namesOf(directory: string): Promise<readonly string[]> {
  return readdir(directory).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
}

async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
