/**
 * A directory whose disk can be filled up, for tests of what must go on then: a small file system in memory, or a limit on
 * the size of the files of this process where only root may mount one.
 *
 * Entry point: `smallDisk`.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, open, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

export const SMALL_DISK_BYTES = 2 * 1024 * 1024;

export interface SmallDisk {
  readonly folder: string;
  /** From now on no file can grow, and none can be made that holds anything. */
  fill(): Promise<void>;
  release(): Promise<void>;
}

const run = promisify(execFile);

/** Null where neither way is open. */
export async function smallDisk(): Promise<SmallDisk | null> {
  const folder = await mkdtemp(join(tmpdir(), 'plimsoll-disk-'));
  const disk = (await mounted(folder)) ?? (await limited(folder));
  if (disk === null) await rm(folder, { recursive: true, force: true });
  return disk;
}

async function mounted(folder: string): Promise<SmallDisk | null> {
  try {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${SMALL_DISK_BYTES}`, 'tmpfs', folder]);
  } catch {
    return null;
  }
  return {
    folder,
    fill: async () => {
      const ballast = await open(join(folder, 'ballast'), 'a');
      try {
        for (;;) await ballast.write(Buffer.alloc(4_096, 'x'));
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
      } finally {
        await ballast.close();
      }
    },
    release: async () => {
      await run('umount', [folder]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function limited(folder: string): Promise<SmallDisk | null> {
  // The soft limit alone: it may be raised again.
  const limitTo = (bytes: string): Promise<unknown> =>
    run('prlimit', ['--pid', String(process.pid), `--fsize=${bytes}:`]);
  try {
    await limitTo('unlimited');
  } catch {
    return null;
  }
  return {
    folder,
    fill: async () => {
      const sizes = await Promise.all(
        (await readdir(folder)).map(async (name) => (await stat(join(folder, name))).size),
      );
      await limitTo(String(Math.max(0, ...sizes)));
    },
    release: async () => {
      await limitTo('unlimited');
      await rm(folder, { recursive: true, force: true });
    },
  };
}
