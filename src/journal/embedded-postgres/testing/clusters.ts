/**
 * Embedded clusters for tests, and services in processes of their own that can be killed.
 *
 * Entry points: `newDataDir`, `preparedDataDir`, `start`, `startElsewhere`. Importing this file registers the hooks that stop
 * and remove after each test everything that they made.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { afterAll, afterEach } from 'vitest';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../embedded-postgres.ts';
import { quietLog } from '../../testing/postgres-fixture.ts';

/** Directories that go after each test. */
export const made: string[] = [];
const running: EmbeddedPostgres[] = [];

afterEach(async () => {
  for (const postgres of running.splice(0)) await postgres.stop();
  for (const directory of made.splice(0)) await rm(directory, { recursive: true, force: true });
});

/** An empty directory that goes after the test. */
export async function newDataDir(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'plimsoll-pg-'));
  made.push(directory);
  return directory;
}

/** A data directory whose cluster is made already: a copy of one that was started and stopped once. */
export async function preparedDataDir(): Promise<string> {
  const dataDir = await newDataDir();
  await promisify(execFile)('cp', ['-a', join(await templateOnce(), 'postgres'), dataDir]);
  return dataDir;
}

/** The prepared directory itself, to be copied and not to be used. */
export function templateOnce(): Promise<string> {
  template ??= makeTemplate();
  return template;
}

let template: Promise<string> | null = null;

async function makeTemplate(): Promise<string> {
  const dataDir = await mkdtemp(join(tmpdir(), 'plimsoll-pg-'));
  const postgres = await startEmbeddedPostgres({ dataDir, log: quietLog });
  await postgres.stop();
  return dataDir;
}

afterAll(async () => {
  if (template !== null) await rm(await template, { recursive: true, force: true });
});

/** Starts PostgreSQL with a grace of 2 s; it is stopped after the test. */
export async function start(dataDir: string): Promise<EmbeddedPostgres> {
  const postgres = await startEmbeddedPostgres({ dataDir, log: quietLog, orphanGraceMs: 2_000 });
  running.push(postgres);
  return postgres;
}

/** The column `answer` of the first row, as text. */
export async function ask(postgres: EmbeddedPostgres, text: string): Promise<string> {
  const client = new pg.Client({ ...postgres.address });
  await client.connect();
  try {
    const result = await client.query<{ answer: unknown }>(text);
    return String(result.rows[0]?.answer);
  } finally {
    await client.end();
  }
}

/** Waits for a condition, polling; throws when it does not hold within `boundMs`. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  boundMs: number,
  what: string,
): Promise<void> {
  const deadline = performance.now() + boundMs;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`not within ${boundMs} ms: ${what}`);
    await pause(20);
  }
}

/** A service in a process of its own that starts PostgreSQL, prints the postmaster and its socket directory, and waits. */
export async function startElsewhere(dataDir: string): Promise<{
  readonly child: ChildProcess;
  readonly postmaster: number;
  readonly socketDirectory: string;
}> {
  const source = `
    import { startEmbeddedPostgres } from ${JSON.stringify(join(import.meta.dirname, '../../embedded-postgres.ts'))};
    const log = { info() {}, warn() {}, error() {} };
    const postgres = await startEmbeddedPostgres({ dataDir: ${JSON.stringify(dataDir)}, log, orphanGraceMs: 2000 });
    process.stdout.write(postgres.postmasterPid() + ' ' + postgres.address.host + '\\n');
    process.on('SIGTERM', async () => { await postgres.stop(); process.exit(0); });
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', source], {
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const line = await new Promise<string>((resolve, reject) => {
    child.stdout?.once('data', (chunk: Buffer) => resolve(chunk.toString('utf8')));
    child.once('exit', (code) => reject(new Error(`ended with ${code}`)));
  });
  const [pid, socketDirectory = ''] = line.trim().split(' ');
  return { child, postmaster: Number(pid), socketDirectory };
}

/** The process ids of the keepers of a data directory. */
export async function keepersOf(dataDir: string): Promise<readonly string[]> {
  return readdir(join(dataDir, 'postgres', 'keepers'));
}
