import { chmod, mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isAlive } from './processes.ts';
import { ask, keepersOf, newDataDir, preparedDataDir, start } from './testing/clusters.ts';

const asRoot = process.getuid?.() === 0;

test('a first start is durable and private, and a stop leaves no process behind', async () => {
  const dataDir = await newDataDir();
  const postgres = await start(dataDir);
  expect(postgres.adopted).toBe(false);
  expect(await ask(postgres, `SELECT current_setting('fsync') AS answer`)).toBe('on');
  expect(await ask(postgres, `SELECT current_setting('synchronous_commit') AS answer`)).toBe('on');
  expect(await ask(postgres, `SELECT current_setting('listen_addresses') AS answer`)).toBe('');
  expect(await ask(postgres, `SELECT current_setting('data_checksums') AS answer`)).toBe('on');
  expect(await ask(postgres, `SELECT current_setting('server_version_num')::int / 10000 AS answer`)).toBe(
    '18',
  );
  expect((await stat(postgres.address.host)).mode & 0o077).toBe(0);
  expect((await stat(join(dataDir, 'postgres', 'cluster'))).mode & 0o077).toBe(0);
  expect((await stat(dataDir)).mode & 0o777).toBe(0o700);
  const [keeper] = await keepersOf(dataDir);
  const pid = postgres.postmasterPid();
  await postgres.stop();
  expect(await isAlive(pid)).toBe(false);
  expect(await isAlive(Number(keeper))).toBe(false);
  expect(await keepersOf(dataDir)).toEqual([]);
});

test('an interrupted first start is begun anew', async () => {
  const dataDir = await newDataDir();
  await mkdir(join(dataDir, 'postgres', 'cluster.new', 'base'), { recursive: true });
  await writeFile(join(dataDir, 'postgres', 'cluster.new', 'PG_VERSION'), '18\n');
  await writeFile(join(dataDir, 'postgres', 'turn.lock'), '4194304');
  const postgres = await start(dataDir);
  expect(await ask(postgres, 'SELECT 1 AS answer')).toBe('1');
});

test('another version, a foreign directory and a damaged cluster are explained', async () => {
  const dataDir = await preparedDataDir();
  const postgres = await start(dataDir);
  await postgres.stop();
  const cluster = join(dataDir, 'postgres', 'cluster');
  await writeFile(join(cluster, 'PG_VERSION'), '17\n');
  await expect(start(dataDir)).rejects.toMatchObject({ code: 'other_version', message: /PostgreSQL 17/ });
  await rm(join(cluster, 'PG_VERSION'));
  await expect(start(dataDir)).rejects.toMatchObject({ code: 'data_directory_damaged' });
  await writeFile(join(cluster, 'PG_VERSION'), '18\n');
  await rm(join(cluster, 'global', 'pg_control'));
  await expect(start(dataDir)).rejects.toMatchObject({
    code: expect.stringMatching(/start_failed|damaged/),
    message: /postgres\.log/,
  });
  expect(await keepersOf(dataDir)).toEqual([]);
});

test.runIf(asRoot)(
  'under root, in a closed directory, secrets stay closed and root owns no cluster',
  async () => {
    const parent = await newDataDir();
    await chmod(parent, 0o700);
    const dataDir = join(parent, 'data');
    await mkdir(dataDir, { mode: 0o700 });
    await writeFile(join(dataDir, 'master.key'), 'secret', { mode: 0o600 });
    const postgres = await start(dataDir);
    expect(await ask(postgres, 'SELECT 1 AS answer')).toBe('1');
    const cluster = await stat(join(dataDir, 'postgres', 'cluster'));
    expect(cluster.uid).not.toBe(0);
    expect((await stat(dataDir)).mode & 0o777).toBe(0o700);
    expect((await stat(parent)).mode & 0o777).toBe(0o700);
    await expect(
      ask(postgres, `SELECT pg_read_file('${join(dataDir, 'master.key')}') AS answer`),
    ).rejects.toThrow(/Permission denied/);
    await postgres.stop();
    const again = await start(dataDir);
    expect(await ask(again, 'SELECT 1 AS answer')).toBe('1');
  },
);
