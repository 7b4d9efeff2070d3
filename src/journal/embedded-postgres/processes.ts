/**
 * The processes that this folder starts and watches.
 *
 * Entry points: `isAlive`, `exitOf`, `collectOutput`, `childEnvironment`.
 */
import type { ChildProcess } from 'node:child_process';
import { readFile } from 'node:fs/promises';

/** Whether a process runs; a zombie, whose parent does not reap, does not. */
export async function isAlive(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false;
    if (error instanceof Error && 'code' in error && error.code === 'EPERM') return true;
    throw error;
  }
  if (process.platform !== 'linux') return true;
  try {
    // A zombie (its parent does not reap) still takes signals; field 3, after the name in parentheses, is the state.
    const status = await readFile(`/proc/${pid}/stat`, 'utf8');
    return !/\) [ZX] /.test(status);
  } catch (error) {
    if (error instanceof Error && 'code' in error) return false;
    throw error;
  }
}

export function childEnvironment(): NodeJS.ProcessEnv {
  return { PATH: process.env['PATH'] ?? '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };
}

export function exitOf(child: ChildProcess): Promise<number | string> {
  return new Promise((settle) => {
    child.once('error', (error) => settle(error.message));
    child.once('exit', (code, signal) => settle(code ?? signal ?? 'unknown'));
  });
}

export function collectOutput(child: ChildProcess): () => string {
  let text = '';
  const collect = (chunk: Buffer): void => {
    if (text.length < 65_536) text += chunk.toString('utf8');
  };
  child.stdout?.on('data', collect);
  child.stderr?.on('data', collect);
  return () => text;
}
