/** The name of this life of a state directory: it changes on a reset alone, or with an empty directory. */
import { randomUUID } from 'node:crypto';
import { open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { codeOf, parseJson, StateError, syncDirectory } from './disk.ts';

const instanceFile = z.object({ instance: z.string() });

/** The instance on disk, or a new one where there is none. Throws a StateError when the file is damaged. */
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
  return parsed.data.instance;
}

/** On disk when it resolves, whole or not at all. */
export async function writeInstance(directory: string, instance: string): Promise<void> {
  const path = join(directory, 'instance.json');
  const file = await open(`${path}.new`, 'w', 0o600);
  try {
    await file.writeFile(JSON.stringify({ instance }));
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.new`, path);
  await syncDirectory(directory);
}
