import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import {
  chmod,
  chown,
  cp,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { afterAll, afterEach, expect, test } from 'vitest';
import { type EmbeddedPostgres, isAlive, startEmbeddedPostgres } from './embedded-postgres.ts';
import { makeMissingLinks } from './postgres-programs.ts';
import { quietLog } from './testing/postgres-fixture.ts';

const asRoot = process.getuid?.() === 0;
const made: string[] = [];
const running: EmbeddedPostgres[] = [];

afterEach(async () => {
  for (const postgres of running.splice(0)) await postgres.stop();
  for (const directory of made.splice(0)) await rm(directory, { recursive: true, force: true });
});

async function newDataDir(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'plimsoll-pg-'));
  made.push(directory);
  return directory;
}

/** A data directory whose cluster is made already: a copy of one that was started and stopped once. */
async function preparedDataDir(): Promise<string> {
  const dataDir = await newDataDir();
  await promisify(execFile)('cp', ['-a', join(await templateOnce(), 'postgres'), dataDir]);
  return dataDir;
}

function templateOnce(): Promise<string> {
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

async function start(dataDir: string): Promise<EmbeddedPostgres> {
  const postgres = await startEmbeddedPostgres({ dataDir, log: quietLog, orphanGraceMs: 2_000 });
  running.push(postgres);
  return postgres;
}

async function ask(postgres: EmbeddedPostgres, text: string): Promise<string> {
  const client = new pg.Client({ ...postgres.address });
  await client.connect();
  try {
    const result = await client.query<{ answer: unknown }>(text);
    return String(result.rows[0]?.answer);
  } finally {
    await client.end();
  }
}

async function until(
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

/** A service in a process of its own that starts PostgreSQL, says so, and waits. */
async function startElsewhere(dataDir: string): Promise<{
  readonly child: ChildProcess;
  readonly postmaster: number;
  readonly socketDirectory: string;
}> {
  const source = `
    import { startEmbeddedPostgres } from ${JSON.stringify(join(import.meta.dirname, 'embedded-postgres.ts'))};
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

async function keepersOf(dataDir: string): Promise<readonly string[]> {
  return readdir(join(dataDir, 'postgres', 'keepers'));
}

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

test('a service that is killed for good takes PostgreSQL with it after the grace', async () => {
  const dataDir = await preparedDataDir();
  const { child, postmaster } = await startElsewhere(dataDir);
  const [keeper] = await keepersOf(dataDir);
  process.kill(-Number(child.pid), 'SIGKILL');
  await until(async () => !(await isAlive(postmaster)), 10_000, 'PostgreSQL has ended');
  await until(async () => !(await isAlive(Number(keeper))), 5_000, 'the keeper has ended');
  expect(existsSync(join(dataDir, 'postgres', 'cluster', 'postmaster.pid'))).toBe(false);
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

test('a pid file that names a living stranger is not believed', async () => {
  const dataDir = await preparedDataDir();
  const postgres = await start(dataDir);
  const pidFile = join(dataDir, 'postgres', 'cluster', 'postmaster.pid');
  const text = await readFile(pidFile, 'utf8');
  await postgres.stop();
  const stranger = spawn('sleep', ['60']);
  await writeFile(pidFile, text.replace(/^\d+/, String(stranger.pid)), { mode: 0o600 });
  const owner = await stat(join(dataDir, 'postgres', 'cluster'));
  await chown(pidFile, owner.uid, owner.gid);
  const again = await start(dataDir);
  expect(await isAlive(Number(stranger.pid))).toBe(true);
  stranger.kill();
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

test('PostgreSQL that dies under a running service is started again', async () => {
  const dataDir = await preparedDataDir();
  const postgres = await start(dataDir);
  const pid = postgres.postmasterPid();
  process.kill(pid, 'SIGKILL');
  await until(() => postgres.postmasterPid() !== pid, 10_000, 'another postmaster');
  expect(await ask(postgres, 'SELECT 1 AS answer')).toBe('1');
});

test('an interrupted first start is begun anew', async () => {
  const dataDir = await newDataDir();
  await mkdir(join(dataDir, 'postgres', 'cluster.new', 'base'), { recursive: true });
  await writeFile(join(dataDir, 'postgres', 'cluster.new', 'PG_VERSION'), '18\n');
  await writeFile(join(dataDir, 'postgres', 'turn.lock'), '4194304');
  const postgres = await start(dataDir);
  expect(await ask(postgres, 'SELECT 1 AS answer')).toBe('1');
});

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

test('links that npm left out are made, and a second time changes nothing', async () => {
  const directory = await newDataDir();
  await mkdir(join(directory, 'native', 'lib'), { recursive: true });
  await writeFile(join(directory, 'native', 'lib', 'libx.so.1.2'), 'x');
  await symlink('libx.so.1.2', join(directory, 'native', 'lib', 'libx.so.1'));
  await writeFile(
    join(directory, 'native', 'pg-symlinks.json'),
    JSON.stringify([
      { source: 'native/lib/libx.so.1.2', target: 'native/lib/libx.so' },
      { source: 'native/lib/libx.so.1.2', target: 'native/lib/libx.so.1' },
      { source: '../../etc/passwd', target: '../../tmp/evil' },
    ]),
  );
  await makeMissingLinks(directory);
  await makeMissingLinks(directory);
  expect(await readFile(join(directory, 'native', 'lib', 'libx.so'), 'utf8')).toBe('x');
  expect((await lstat(join(directory, 'native', 'lib', 'libx.so'))).isSymbolicLink()).toBe(true);
  await cp(join(directory, 'native'), join(directory, 'moved'), { recursive: true, verbatimSymlinks: true });
  expect(await readFile(join(directory, 'moved', 'lib', 'libx.so'), 'utf8')).toBe('x');
});
