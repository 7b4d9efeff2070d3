/** Disk operations for the files of this folder, and the error by which they refuse an unusable state. */
import { open } from 'node:fs/promises';

/** The state on disk cannot be used. The message says what is wrong and where, and what can be done. */
export class StateError extends Error {}

/** Makes creations, renames and removals in the directory last. */
export async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Undefined when the text is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (failure) {
    if (failure instanceof SyntaxError) return undefined;
    throw failure;
  }
}

/** The system's code of a failure, such as `ENOENT`; undefined when it has none. */
export function codeOf(failure: unknown): unknown {
  return failure instanceof Error && 'code' in failure ? failure.code : undefined;
}
