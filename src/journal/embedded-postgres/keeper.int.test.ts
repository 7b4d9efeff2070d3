import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isAlive } from './processes.ts';
import { ask, keepersOf, preparedDataDir, start, startElsewhere, until } from './testing/clusters.ts';

test('a service that is killed for good takes PostgreSQL with it after the grace', async () => {
  const dataDir = await preparedDataDir();
  const { child, postmaster } = await startElsewhere(dataDir);
  const [keeper] = await keepersOf(dataDir);
  process.kill(-Number(child.pid), 'SIGKILL');
  await until(async () => !(await isAlive(postmaster)), 10_000, 'PostgreSQL has ended');
  await until(async () => !(await isAlive(Number(keeper))), 5_000, 'the keeper has ended');
  expect(existsSync(join(dataDir, 'postgres', 'cluster', 'postmaster.pid'))).toBe(false);
});

test('PostgreSQL that dies under a running service is started again', async () => {
  const dataDir = await preparedDataDir();
  const postgres = await start(dataDir);
  const pid = postgres.postmasterPid();
  process.kill(pid, 'SIGKILL');
  await until(() => postgres.postmasterPid() !== pid, 10_000, 'another postmaster');
  expect(await ask(postgres, 'SELECT 1 AS answer')).toBe('1');
});
