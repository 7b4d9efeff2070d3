/**
 * A state directory serves one process at a time. Entry point: `lockDirectory`.
 *
 * The lock is a file that names its holder. A holder that is gone, or whose number the system has given to another
 * process since, holds nothing.
 */
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import { codeOf, parseJson, StateError } from './disk.ts';

const RETRY_MS = 100;

/** Who holds a directory. `startedAt` distinguishes a process from a later one with the same number. */
const holderFile = z.object({ processId: z.int().positive(), startedAt: z.string().nullable() });

type Holder = z.infer<typeof holderFile>;

/**
 * Takes the directory, which is made where it is missing, for this process; resolves to the way to give it back. Waits up
 * to `waitMs` for a holder that is just ending, and throws a StateError when it does not.
 */
export async function lockDirectory(directory: string, waitMs: number): Promise<() => Promise<void>> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const path = join(directory, 'lock');
  const draft = `${path}.${process.pid}`;
  const own = JSON.stringify({ processId: process.pid, startedAt: await startOf(process.pid) });
  for (let waitedMs = 0; ; waitedMs += RETRY_MS) {
    // Written first and linked then, so that nobody ever reads a lock without its holder.
    try {
      await writeFile(draft, own, { mode: 0o600 });
      await link(draft, path);
      return () => rm(path, { force: true });
    } catch (failure) {
      if (codeOf(failure) !== 'EEXIST') throw failure;
    } finally {
      await rm(draft, { force: true });
    }
    const holder = await readHolder(path);
    if (holder === null || !(await isAlive(holder))) await rm(path, { force: true });
    else if (waitedMs >= waitMs)
      throw new StateError(`${directory} is in use by process ${holder.processId}`);
    else await pause(RETRY_MS);
  }
}

/** Null when it is gone or not a lock of ours. */
async function readHolder(path: string): Promise<Holder | null> {
  const text = await readFile(path, 'utf8').catch((failure: unknown) => {
    if (codeOf(failure) === 'ENOENT') return '';
    throw failure;
  });
  const parsed = holderFile.safeParse(parseJson(text));
  return parsed.success ? parsed.data : null;
}

async function isAlive({ processId, startedAt }: Holder): Promise<boolean> {
  try {
    process.kill(processId, 0);
  } catch (failure) {
    if (codeOf(failure) !== 'EPERM') return false;
  }
  const running = await startOf(processId);
  if (running !== null && startedAt !== null) return running === startedAt;
  return processId !== process.pid;
}

/** When a process began, in the system's own measure; null where the system does not say (it has no /proc). */
async function startOf(processId: number): Promise<string | null> {
  try {
    const stat = await readFile(`/proc/${processId}/stat`, 'utf8');
    // The 22nd field; the second one, the name in parentheses, may hold spaces.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch (failure) {
    if (codeOf(failure) === 'ENOENT' || codeOf(failure) === 'ESRCH') return null;
    throw failure;
  }
}
