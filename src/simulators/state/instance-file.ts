/**
 * The name of this life of a state directory, which changes on a reset alone or with an empty directory, and the form of what
 * is in it.
 *
 * Entry points: `readInstance`, `writeInstance`.
 */
import { randomUUID } from 'node:crypto';
import { open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { codeOf, parseJson, StateError, syncDirectory } from './disk.ts';

/**
 * Counts up with every change of snapshots or commands that an earlier release could not resume. It is on disk before anything
 * of that form is.
 */
export const STATE_VERSION = 11;

/** Files from before there were versions are of the first. */
const instanceFile = z.object({ instance: z.string(), version: z.number().default(1) });

/**
 * The instance on disk, or a new one where there is none; the directory is of this release's form then. Throws a StateError
 * when the file is damaged or a newer release has written the directory.
 */
export async function readInstance(directory: string): Promise<string> {
  const path = join(directory, 'instance.json');
  const text = await readFile(path, 'utf8').catch((failure: unknown) => {
    if (codeOf(failure) === 'ENOENT') return null;
    throw failure;
  });
  if (text === null) {
    const instance = randomUUID();
    await writeInstance(directory, instance);
    return instance;
  }
  const parsed = instanceFile.safeParse(parseJson(text));
  if (!parsed.success) throw new StateError(`${path} is damaged: delete the directory to begin anew`);
  const { instance, version } = parsed.data;
  if (version > STATE_VERSION)
    throw new StateError(
      `${directory} was used by a newer release (its form is ${version}, this release knows up to ${STATE_VERSION}): run that release or a newer one`,
    );
  if (version < STATE_VERSION) await writeInstance(directory, instance);
  return instance;
}

/** On disk when it resolves, whole or not at all. */
export async function writeInstance(directory: string, instance: string): Promise<void> {
  const path = join(directory, 'instance.json');
  const file = await open(`${path}.new`, 'w', 0o600);
  try {
    await file.writeFile(JSON.stringify({ instance, version: STATE_VERSION }));
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.new`, path);
  await syncDirectory(directory);
}
