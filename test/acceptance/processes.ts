/**
 * The processes that run on this machine for one data directory, under any parent. Linux only: /proc is read.
 *
 * A process belongs to a directory when its command line, its working directory or its environment names it.
 */
import { readFile, readdir, readlink } from 'node:fs/promises';

export interface FoundProcess {
  readonly pid: number;
  readonly command: readonly string[];
}

/** Living processes (no zombies) that belong to `directory`, this one left out. */
export async function processesOf(directory: string): Promise<FoundProcess[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(pids.map((pid) => belonging(pid, directory)));
  return found.filter((process) => process !== null);
}

async function belonging(pid: number, directory: string): Promise<FoundProcess | null> {
  if (pid === process.pid) return null;
  // Any of them may be gone, or another user's, by the time it is read.
  const [commandLine, environment, workingDirectory, status] = await Promise.all([
    readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => ''),
    readFile(`/proc/${pid}/environ`, 'utf8').catch(() => ''),
    readlink(`/proc/${pid}/cwd`).catch(() => ''),
    readFile(`/proc/${pid}/status`, 'utf8').catch(() => 'State:\tZ'),
  ]);
  if (/^State:\s+[ZX]/m.test(status)) return null;
  if (![commandLine, environment, workingDirectory].some((text) => text.includes(directory))) return null;
  return { pid, command: commandLine.split('\0').filter((part) => part !== '') };
}

/** Sends a signal; a process or group that is gone already is no fault. */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

/**
 * How long the main thread of a process has stood in the queue for a CPU so far, milliseconds: what other work on the
 * machine has cost it. 0 where the kernel does not count it.
 */
export async function waitedForCpuMs(pid: number): Promise<number> {
  const counts = await readFile(`/proc/${pid}/task/${pid}/schedstat`, 'utf8').catch(() => '0 0 0');
  return Number(counts.split(' ')[1] ?? 0) / 1e6;
}
