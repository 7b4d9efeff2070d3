import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chown, mkdir, readFile, stat, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { isAlive } from './processes.ts';
import {
  ask,
  made,
  newDataDir,
  preparedDataDir,
  start,
  startElsewhere,
  templateOnce,
  until,
} from './testing/clusters.ts';

test('a path too long for a socket gets its socket elsewhere', async () => {
  const dataDir = join(await newDataDir(), 'x'.repeat(60), 'y'.repeat(60));
  const postgres = await start(dataDir);
  expect(Buffer.byteLength(join(postgres.address.host, '.s.PGSQL.5432'))).toBeLessThanOrEqual(107);
  expect(await ask(postgres, 'SELECT 1 AS answer')).toBe('1');
  await postgres.stop();
  if (!postgres.address.host.startsWith(dataDir)) expect(existsSync(postgres.address.host)).toBe(false);
});

test('socket directories outside the data directory go once their PostgreSQL is gone, and no others', async () => {
  const farDataDir = async (): Promise<string> => {
    const dataDir = join(await newDataDir(), 'x'.repeat(60), 'y'.repeat(60));
    await mkdir(dataDir, { recursive: true });
    await promisify(execFile)('cp', ['-a', join(await templateOnce(), 'postgres'), dataDir]);
    return dataDir;
  };
  const age = async (directory: string): Promise<void> => {
    const longAgo = new Date(Date.now() - 3_600_000);
    await utimes(directory, longAgo, longAgo);
  };
  const dead = await startElsewhere(await farDataDir());
  const living = await start(await farDataDir());
  for (const pid of [dead.postmaster, Number(dead.child.pid)]) process.kill(pid, 'SIGKILL');
  await until(async () => !(await isAlive(dead.postmaster)), 5_000, 'the postmaster is gone');
  const owner = await stat(living.address.host);
  const left = dead.socketDirectory;
  const sibling = async (name: string): Promise<string> => {
    const directory = join(dirname(left), `plimsoll-${owner.uid}-${name}`);
    made.push(directory);
    await mkdir(directory, { mode: 0o700 });
    await chown(directory, owner.uid, owner.gid);
    return directory;
  };
  // One that a start has just made, one of another user's name, and one that holds what is not PostgreSQL's.
  const claimed = await sibling('0123456789ab');
  const otherName = await sibling('0123456789ab-else');
  const foreign = await sibling('ba9876543210');
  await writeFile(join(foreign, 'notes.txt'), 'mine');
  for (const directory of [living.address.host, otherName, foreign]) await age(directory);

  expect(existsSync(left)).toBe(true);
  await age(left);
  await start(await preparedDataDir());
  expect(existsSync(left)).toBe(false);
  expect(await ask(living, 'SELECT 1 AS answer')).toBe('1');
  for (const directory of [living.address.host, claimed, otherName, foreign])
    expect(existsSync(directory), directory).toBe(true);
  expect(await readFile(join(foreign, 'notes.txt'), 'utf8')).toBe('mine');
});
