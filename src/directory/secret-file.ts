/**
 * Secrets that live as files in the data directory: mode 0600, written whole or not at all.
 *
 * Entry points: `readSecretFile`, `writeSecretFile`, `loadMasterKey`, `parseMasterKey`.
 */
import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

export const MASTER_KEY_FILE = 'master-key';
const KEY_BYTES = 32;

/** A file of secrets that cannot be used as it is. The message names the file and the remedy, never its content. */
export class SecretFileInvalid extends Error {
  override readonly name = 'SecretFileInvalid';
}

/** The text of the file without surrounding space; null where there is none. Refuses a file that others may read. */
export async function readSecretFile(path: string): Promise<string | null> {
  try {
    const status = await stat(path);
    if ((status.mode & 0o077) !== 0) {
      throw new SecretFileInvalid(`${path} may be read by others: run chmod 600 on it.`);
    }
    return (await readFile(path, 'utf8')).trim();
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/** Writes the text with mode 0600, durably, in place of what was there. */
export async function writeSecretFile(path: string, text: string): Promise<void> {
  const draft = await writeDraft(path, text);
  await rename(draft, path);
}

/**
 * The key that seals credentials: the one given, or the key file in `dataDir`, made on first use.
 * Two processes that start together end with the same key.
 */
export async function loadMasterKey(dataDir: string, given: Buffer | null): Promise<Buffer> {
  if (given !== null) return given;
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const path = join(dataDir, MASTER_KEY_FILE);
  const text =
    (await readSecretFile(path)) ?? (await createOnce(path, randomBytes(KEY_BYTES).toString('hex')));
  const key = parseMasterKey(text);
  if (key === null) {
    throw new SecretFileInvalid(
      `${path} is not a key of 64 hex digits: put back the right one, or stored credentials cannot be opened.`,
    );
  }
  return key;
}

/** The key that a key file's text holds; null for a text that is none. */
export function parseMasterKey(text: string): Buffer | null {
  return /^[0-9a-f]{64}$/.test(text) ? Buffer.from(text, 'hex') : null;
}

/** Makes the file unless somebody else was first; returns what is in it. */
async function createOnce(path: string, text: string): Promise<string> {
  const draft = await writeDraft(path, text);
  try {
    await link(draft, path);
    return text;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    return (await readSecretFile(path)) ?? '';
  } finally {
    await rm(draft, { force: true });
  }
}

async function writeDraft(path: string, text: string): Promise<string> {
  const draft = `${path}.${randomBytes(6).toString('hex')}.new`;
  const file = await open(draft, 'wx', 0o600);
  try {
    await file.writeFile(`${text}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  return draft;
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
