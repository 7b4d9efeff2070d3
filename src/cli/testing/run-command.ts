/** The command line as its user runs it. Entry point: `runCommand`. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';

const MAIN = join(import.meta.dirname, '../main.ts');

export interface EndedCommand {
  readonly status: number | null;
  /** Its standard output. */
  readonly out: string;
  /** Its standard error. */
  readonly problems: string;
}

/** `variables` is all of its environment but PATH. Resolves when it has ended. */
export function runCommand(
  words: readonly string[],
  variables: Readonly<Record<string, string>>,
): Promise<EndedCommand> {
  const child = spawn(process.execPath, [MAIN, ...words], {
    env: { PATH: process.env['PATH'] ?? '', ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let problems = '';
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString('utf8')));
  child.stderr.on('data', (chunk: Buffer) => (problems += chunk.toString('utf8')));
  return new Promise((resolve) => {
    child.on('close', (status) => resolve({ status, out, problems }));
  });
}
