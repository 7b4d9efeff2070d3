/**
 * The processes that run on this machine for one data directory, under any parent. Linux only: /proc is read.
 *
 * A process belongs to a directory when its command line, its working directory or its environment names it.
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { readFile } from 'node:fs/promises';

export interface FoundProcess {
  readonly pid: number;
  readonly command: readonly string[];
}

/** Living processes (no zombies) that belong to `directory`, this one left out. */
export function processesOf(directory: string): FoundProcess[] {
  return readdirSync('/proc').flatMap((name) =>
    /^\d+$/.test(name) && Number(name) !== process.pid ? belonging(Number(name), directory) : [],
  );
}

/** Files of /proc are in memory: reading one costs a tenth of what a round through the thread pool does. */
function belonging(pid: number, directory: string): readonly FoundProcess[] {
  const commandLine = textOf(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8'));
  // A thread of the kernel and a zombie have none.
  if (commandLine === '') return [];
  const names =
    commandLine.includes(directory) ||
    textOf(() => readFileSync(`/proc/${pid}/environ`, 'utf8')).includes(directory) ||
    textOf(() => readlinkSync(`/proc/${pid}/cwd`)).includes(directory);
  if (!names) return [];
  const status = textOf(() => readFileSync(`/proc/${pid}/status`, 'utf8'));
  if (status === '' || /^State:\s+[ZX]/m.test(status)) return [];
  return [{ pid, command: commandLine.split('\0').filter((part) => part !== '') }];
}

/** The text that `read` gives; an empty one when the process is gone, or another user's, by then. */
function textOf(read: () => string): string {
  try {
    return read();
  } catch {
    return '';
  }
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
