import { spawn } from 'node:child_process';
import { chown, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isAlive } from './processes.ts';
import {
  ask,
  keepersOf,
  newDataDir,
  preparedDataDir,
  start,
  startElsewhere,
  until,
} from './testing/clusters.ts';

test('a service that is killed alone leaves PostgreSQL to its successor', async () => {
  const dataDir = await preparedDataDir();
  const { child, postmaster } = await startElsewhere(dataDir);
  child.kill('SIGKILL');
  const started = performance.now();
  const postgres = await start(dataDir);
  expect(performance.now() - started).toBeLessThan(10_000);
  expect(postgres.adopted).toBe(true);
  expect(postgres.postmasterPid()).toBe(postmaster);
  // Longer than the grace: the predecessor's keeper must leave the adopted PostgreSQL alone.
  await until(async () => (await keepersOf(dataDir)).length === 1, 5_000, 'one keeper');
  const grace = performance.now() + 3_500;
  await until(() => performance.now() > grace, 5_000, 'the grace is over');
  expect(await isAlive(postmaster)).toBe(true);
  expect(await ask(postgres, 'SELECT 1 AS answer')).toBe('1');
  await postgres.stop();
  expect(await isAlive(postmaster)).toBe(false);
});

test('everything killed at once: the next start comes up within 10 seconds, again and again', async () => {
  const dataDir = await preparedDataDir();
  for (let round = 0; round < 3; round += 1) {
    const { child, postmaster } = await startElsewhere(dataDir);
    const [keeper] = await keepersOf(dataDir);
    for (const pid of [Number(keeper), postmaster, Number(child.pid)]) process.kill(pid, 'SIGKILL');
    const started = performance.now();
    const postgres = await start(dataDir);
    expect(performance.now() - started).toBeLessThan(10_000);
    expect(postgres.adopted).toBe(false);
    expect(await ask(postgres, 'SELECT 1 AS answer')).toBe('1');
    await postgres.stop();
  }
});

test('a pid file that names another living program is stale', async () => {
  const dataDir = await preparedDataDir();
  const postgres = await start(dataDir);
  const pidFile = join(dataDir, 'postgres', 'cluster', 'postmaster.pid');
  const text = await readFile(pidFile, 'utf8');
  await postgres.stop();
  const otherProgram = spawn('sleep', ['60']);
  await writeFile(pidFile, text.replace(/^\d+/, String(otherProgram.pid)), { mode: 0o600 });
  const owner = await stat(join(dataDir, 'postgres', 'cluster'));
  await chown(pidFile, owner.uid, owner.gid);
  const again = await start(dataDir);
  expect(await isAlive(Number(otherProgram.pid))).toBe(true);
  otherProgram.kill();
  expect(again.adopted).toBe(false);
  expect(await ask(again, 'SELECT 1 AS answer')).toBe('1');
});

test('two services on one directory share PostgreSQL; the last to stop ends it', async () => {
  const dataDir = await newDataDir();
  const [first, second] = await Promise.all([start(dataDir), start(dataDir)]);
  expect(first.adopted).toBe(!second.adopted);
  const pid = first.postmasterPid();
  expect(second.postmasterPid()).toBe(pid);
  await first.stop();
  expect(await ask(second, 'SELECT 1 AS answer')).toBe('1');
  await second.stop();
  expect(await isAlive(pid)).toBe(false);
});
