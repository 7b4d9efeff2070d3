/**
 * The CPU time and memory of processes, as the kernel counts them. Linux only; elsewhere every figure
 * is null and the report says so.
 *
 * Entry points: `cpuOf`, `cpuOfTree`, `residentBytes`, `postmasterOf`.
 */
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Linux shows times in ticks of 10 ms to every program, whatever the kernel's own. */
const TICK_MS = 10;

interface ProcessTimes {
  readonly parent: number;
  readonly ownMs: number;
  /** Of children that have ended and were waited for. */
  readonly endedChildrenMs: number;
}

async function timesOf(pid: number): Promise<ProcessTimes | null> {
  const text = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => null);
  if (text === null) return null;
  // The second field is a name in parentheses that may hold anything; the third one follows its last parenthesis.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const ticks = (index: number): number => Number(fields[index]) * TICK_MS;
  return {
    parent: Number(fields[1]),
    ownMs: ticks(11) + ticks(12),
    endedChildrenMs: ticks(13) + ticks(14),
  };
}

/** CPU time of one process, milliseconds. */
export async function cpuOf(pid: number): Promise<number | null> {
  return (await timesOf(pid))?.ownMs ?? null;
}

/** CPU time of a process and of all children it ever had, milliseconds. */
export async function cpuOfTree(pid: number): Promise<number | null> {
  const root = await timesOf(pid);
  if (root === null) return null;
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const all = await Promise.all(pids.map(timesOf));
  return all
    .filter((times) => times?.parent === pid)
    .reduce((sum, times) => sum + (times?.ownMs ?? 0), root.ownMs + root.endedChildrenMs);
}

/** Resident memory of one process, bytes. */
export async function residentBytes(pid: number): Promise<number | null> {
  const status = await readFile(`/proc/${pid}/status`, 'latin1').catch(() => '');
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
  return kilobytes === undefined ? null : Number(kilobytes) * 1_024;
}

export interface Postmaster {
  readonly pid: number;
  /** Directory of its socket. */
  readonly host: string;
  readonly port: number;
}

/** The embedded PostgreSQL that runs in a data directory. Throws when none does. */
export async function postmasterOf(dataDir: string): Promise<Postmaster> {
  const lines = (await readFile(join(dataDir, 'postgres', 'cluster', 'postmaster.pid'), 'utf8')).split('\n');
  return { pid: Number(lines[0]), port: Number(lines[3]), host: lines[4] ?? '' };
}

/** The load of the machine over the last minute, and its processors. */
export async function machineLoad(): Promise<number | null> {
  const text = await readFile('/proc/loadavg', 'utf8').catch(() => null);
  return text === null ? null : Number(text.split(' ')[0]);
}
