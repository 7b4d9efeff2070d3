/**
 * A state directory read while its simulators may be running, as one moment's state from which they resume.
 *
 * Entry point: `openStateCopy`.
 *
 * Invariants:
 *  1. A command that was answered before the call is in the copy: it was in the log on disk before its answer left.
 *  2. The copy of each venue is its newest snapshot and every log from there on (store.ts), the last log up to its length at the
 *     time of the call. A line that is cut there is one that nobody was answered yet; `Store.load` leaves it out.
 *  3. Files that a simulator deletes meanwhile are still read: they are open before anything is read.
 */
import { open, readdir, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { codeOf, StateError } from './disk.ts';

const INSTANCE_FILE = 'instance.json';
const STATE_FILE = /^(?:snapshot|log)-(?<generation>\d+)\.jsonl$/;
const READ_BYTES = 256 * 1024;
/** A generation ends every few seconds at the most; opening its files takes a millisecond. */
const ATTEMPTS = 100;
const RETRY_MS = 20;

export interface StateFile {
  /** Below the directory, with `/`. */
  readonly path: string;
  /** To be read once. */
  readonly data: AsyncIterable<Buffer>;
}

export interface StateCopy {
  readonly files: readonly StateFile[];
  close(): Promise<void>;
}

/** No files where there is no such directory. Throws a StateError when the files change faster than they can be opened. */
export async function openStateCopy(directory: string): Promise<StateCopy> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const before = await stateFiles(directory);
    const opened: { readonly path: string; readonly handle: FileHandle }[] = [];
    const close = async (): Promise<void> => {
      for (const { handle } of opened) await handle.close();
    };
    try {
      for (const path of before) opened.push({ path, handle: await open(join(directory, path), 'r') });
      // The same names before and after: nothing began or ended a generation in between.
      if ((await stateFiles(directory)).join('\n') === before.join('\n')) {
        const files = await Promise.all(
          opened.map(async ({ path, handle }) => ({
            path,
            data: bytesOf(handle, (await handle.stat()).size),
          })),
        );
        return { files, close };
      }
    } catch (failure) {
      await close();
      // Deleted between the list and the opening.
      if (codeOf(failure) !== 'ENOENT') throw failure;
      await pause(RETRY_MS);
      continue;
    }
    await close();
    await pause(RETRY_MS);
  }
  throw new StateError(`${directory} does not keep still`);
}

async function stateFiles(directory: string): Promise<readonly string[]> {
  const files: string[] = [];
  for (const entry of await entriesOf(directory)) {
    if (entry.isFile() && entry.name === INSTANCE_FILE) files.push(entry.name);
    if (!entry.isDirectory()) continue;
    const names = (await entriesOf(join(directory, entry.name))).map(({ name }) => name);
    const newest = Math.max(0, ...names.filter((name) => name.startsWith('snapshot-')).map(generationOf));
    files.push(
      ...names.filter((name) => generationOf(name) >= newest).map((name) => `${entry.name}/${name}`),
    );
  }
  return files.sort();
}

/** Below every generation for a file of another kind. */
function generationOf(name: string): number {
  return Number(STATE_FILE.exec(name)?.groups?.['generation'] ?? -1);
}

function entriesOf(
  directory: string,
): Promise<readonly { readonly name: string; isFile(): boolean; isDirectory(): boolean }[]> {
  return readdir(directory, { withFileTypes: true }).catch((failure: unknown) => {
    if (codeOf(failure) === 'ENOENT') return [];
    throw failure;
  });
}

async function* bytesOf(handle: FileHandle, size: number): AsyncGenerator<Buffer> {
  for (let position = 0; position < size;) {
    const buffer = Buffer.allocUnsafe(Math.min(READ_BYTES, size - position));
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, position);
    // A torn tail that a simulator cut off meanwhile.
    if (bytesRead === 0) return;
    position += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}
