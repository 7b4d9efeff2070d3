/** `backup` and `restore` as their user runs them: beside a service under load, into an empty place, and what they refuse. */
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BACKUP_VERSION, TRAILER_BYTES } from '../../src/journal/backup/format.ts';
import type { ApiOrder } from './api.ts';
import { runCommand } from '../../src/cli/testing/run-command.ts';
import { type Home, makeHome, type ServiceProcess, startService } from './service.ts';
import { until } from './until.ts';

const CALLERS = 4;
const SPOT = 'BTC/USDT';
const SWAP = 'BTC/USDT:USDT';

let files: string;
let home: Home;
let service: ServiceProcess;
const homes: Home[] = [];

beforeAll(async () => {
  files = await mkdtemp(join(tmpdir(), 'plimsoll-backups-'));
  home = await newHome();
  service = await startService(home);
});
afterAll(async () => {
  for (const one of homes) await one.release();
  await rm(files, { recursive: true, force: true });
});

async function newHome(environment: Record<string, string> = {}): Promise<Home> {
  const made = await makeHome({ environment });
  homes.push(made);
  return made;
}

/** The directory of the socket of a home's own database. */
async function socketOf({ dataDir }: Home): Promise<string> {
  const pid = await readFile(join(dataDir, 'postgres/cluster/postmaster.pid'), 'utf8');
  return pid.split('\n')[4] ?? '';
}

async function place(kind: string, symbol: string, body: object): Promise<ApiOrder> {
  const answer = await service.api.place(kind, { exchange: 'binance', symbol, ...body });
  if (answer.kind !== 'order') throw new Error(JSON.stringify(answer));
  return answer.order;
}

/** One line that says why, status 2, nothing else. */
async function expectRefused(words: readonly string[], dataDir: string, why: RegExp): Promise<void> {
  const { status, out, problems } = await runCommand(words, { DATA_DIR: dataDir });
  expect({ words, status, out, problems }).toEqual({
    words,
    status: 2,
    out: '',
    problems: expect.stringMatching(why),
  });
  expect(problems.trimEnd()).not.toContain('\n');
}

async function expectHolds(dataDir: string): Promise<void> {
  for (const name of ['verify', 'replay'])
    expect(await runCommand([name], { DATA_DIR: dataDir }), name).toMatchObject({ status: 0, problems: '' });
}

/** Each test goes on from where the one before it left the service. */
describe('backup and restore', { timeout: 240_000 }, () => {
  it('of a service under load: everything acknowledged before is there, and all of it fits together', async () => {
    const open = [
      await place('limit', SPOT, { side: 'buy', quantity: '0.001', price: '20000' }),
      await place('stop', SWAP, { side: 'buy', quantity: '0.002', stop_price: '90000' }),
    ];
    const acknowledged: ApiOrder[] = [];
    const load = new AbortController();
    const callers = Array.from({ length: CALLERS }, async (_, number) => {
      for (let count = number; !load.signal.aborted; count += 1) {
        const side = count % 2 === 0 ? 'buy' : 'sell';
        const answer = await service.api.place('market', {
          exchange: 'binance',
          symbol: count % 3 === 0 ? SWAP : SPOT,
          side,
          quantity: '0.002',
        });
        // The venue's rate limits hold here: some are refused.
        if (answer.kind === 'order' && answer.order.status === 'filled') acknowledged.push(answer.order);
      }
    });
    await until('there is load', () => acknowledged.length > 20);
    const before = [...acknowledged];
    const file = join(files, 'under-load.plimsoll');
    const made = await runCommand(['backup', file], { DATA_DIR: home.dataDir });
    load.abort();
    await Promise.all(callers);
    expect(made).toMatchObject({ status: 0, problems: '' });
    expect(made.out).toContain('It holds the keys to your accounts and the key that opens them');
    expect((await stat(file)).mode & 0o777).toBe(0o600);

    const other = await newHome();
    const restored = await runCommand(['restore', file], { DATA_DIR: other.dataDir });
    expect(restored).toMatchObject({ status: 0, problems: '' });
    await expectHolds(other.dataDir);
    const copy = await startService(other);
    for (const { id } of before) expect(await copy.api.order(id), id).toMatchObject({ status: 'filled' });
    for (const { id } of open) expect(await copy.api.order(id), id).toMatchObject({ status: 'open' });
    await copy.stop();
    await expectHolds(other.dataDir);
  });

  it.each(['backup', 'restore'])('%s without a file says how it is used', async (name) => {
    const { status, problems } = await runCommand([name], { DATA_DIR: home.dataDir });
    expect(status).toBe(1);
    expect(problems).toContain(`Usage: plimsoll ${name} [options] <file>`);
    expect(problems).toContain(`npm run -s ${name} -- `);
  });

  it('of a service that was given its master key says that the key file it holds is not that key', async () => {
    const unkeyed = await newHome();
    // Makes the key file.
    await (await startService(unkeyed)).stop();
    const key = 'ab'.repeat(32);
    const keyed = await startService({ ...unkeyed, environment: { PLIMSOLL_MASTER_KEY: key } });
    const account = { exchange: 'binance', mode: 'paper', label: 'second' };
    const added = await keyed.api.ask('POST', '/accounts', JSON.stringify(account));
    expect(added).toMatchObject({ status: 201 });
    const file = join(files, 'other-key.plimsoll');
    const made = await runCommand(['backup', file], { DATA_DIR: unkeyed.dataDir });
    await keyed.stop();
    expect(made).toMatchObject({ status: 0, problems: '' });
    expect(made.out).toContain('The master key that opens them is not in it');
    const other = await newHome({ PLIMSOLL_MASTER_KEY: key });
    const restored = await runCommand(['restore', file], { DATA_DIR: other.dataDir });
    expect(restored.out).toContain('start the service with the PLIMSOLL_MASTER_KEY of that installation');
    await (await startService(other)).stop();
  });

  it('while nothing trades: the paper account agrees with its simulator, and trades on', async () => {
    const file = join(files, 'quiet.plimsoll');
    expect(await runCommand(['backup', file], { DATA_DIR: home.dataDir })).toMatchObject({ status: 0 });
    const other = await newHome();
    expect(await runCommand(['restore', file], { DATA_DIR: other.dataDir })).toMatchObject({ status: 0 });
    const copy = await startService(other);
    const [ours, theirs] = await Promise.all([service.control(), copy.control()]);
    expect(await theirs.orders()).toEqual(await ours.orders());
    const body = { exchange: 'binance', symbol: SPOT, side: 'buy', quantity: '0.001' };
    await until('an order passes once the exchange has answered', async () => {
      const answer = await copy.api.place('market', body);
      return answer.kind === 'order' && answer.order.status === 'filled';
    });
    const venue = await theirs.balances();
    await until('balances equal the simulator', async () => {
      const balances = await copy.api.balances();
      return venue.every(
        ({ wallet, asset, total }) =>
          Number(total) === 0 ||
          balances.some((row) => row.wallet === wallet && row.asset === asset && row.total === total),
      );
    });
    expect(await copy.api.drift()).toEqual([]);
    await copy.stop();
  });

  it('read the simulators after the database, so that the simulated exchange has every order that the database has', async () => {
    const blocker = new pg.Client({ host: await socketOf(home), user: 'plimsoll', database: 'plimsoll' });
    await blocker.connect();
    const file = join(files, 'in-order.plimsoll');
    try {
      // The backup has its moment of the database by the time that it waits for this table.
      await blocker.query('BEGIN; LOCK TABLE drift IN ACCESS EXCLUSIVE MODE');
      const making = runCommand(['backup', file], { DATA_DIR: home.dataDir });
      await until('the backup waits for the table', async () => {
        const waiting = "SELECT 1 FROM pg_locks WHERE NOT granted AND relation = 'drift'::regclass";
        return (await blocker.query(waiting)).rows.length > 0;
      });
      await place('limit', SPOT, { side: 'buy', quantity: '0.001', price: '20001' });
      await blocker.query('ROLLBACK');
      expect(await making).toMatchObject({ status: 0 });
    } finally {
      await blocker.end();
    }
    const other = await newHome();
    expect(await runCommand(['restore', file], { DATA_DIR: other.dataDir })).toMatchObject({ status: 0 });
    const copy = await startService(other);
    const [ours, theirs] = await Promise.all([service.control(), copy.control()]);
    expect(await theirs.orders()).toEqual(await ours.orders());
    await copy.stop();
  });

  it('refuse what they must not touch, in one line', async () => {
    const file = join(files, 'quiet.plimsoll');
    const bytes = await readFile(file);
    const write = async (name: string, content: Buffer): Promise<string> => {
      await writeFile(join(files, name), content);
      return join(files, name);
    };
    const middle = Buffer.from(bytes);
    middle.writeUInt8(middle.readUInt8(bytes.length >> 1) ^ 1, bytes.length >> 1);
    const release = Buffer.from(bytes);
    release.write('9', bytes.indexOf('"release":"') + '"release":"'.length);
    const newer = Buffer.from(bytes);
    newer.write(String(BACKUP_VERSION + 1), bytes.indexOf('"version":') + '"version":'.length);
    const schema = resealed(
      Buffer.from(bytes.toString('latin1').replace('0001_journal.sql', '9001_journal.sql'), 'latin1'),
    );
    const target = join(files, 'target');
    const refusals: readonly (readonly [string, RegExp])[] = [
      [await write('cut', bytes.subarray(0, -100)), /cut cannot be restored: it is not whole: its checksum/],
      [await write('half', bytes.subarray(0, bytes.length >> 1)), /it is not whole/],
      [await write('header', bytes.subarray(0, 100)), /it is no backup of this service|it is not whole/],
      [await write('longer', Buffer.concat([bytes, Buffer.from('x')])), /it is not whole/],
      [await write('middle', middle), /it is not whole/],
      [await write('release', release), /it is not whole/],
      [await write('empty', Buffer.alloc(0)), /it is no backup of this service/],
      [await write('text', Buffer.from('hello\n')), /it is no backup of this service/],
      [
        await write('newer', newer),
        /it was made by a newer release \(backup form 2, this release reads up to 1\)/,
      ],
      [await write('schema', schema), /The backup was made by a newer release \(it has 9001_journal\.sql\)/],
      [join(files, 'nothing'), /nothing cannot be restored: it cannot be read: ENOENT/],
      [files, /cannot be restored: it is no file|EISDIR/],
    ];
    for (const [path, why] of refusals) await expectRefused(['restore', path], target, why);
    // Nothing was made for any of them.
    await expect(stat(target)).rejects.toThrow(/ENOENT/);

    await expectRefused(['restore', file], home.dataDir, /Nothing was restored: a service runs on /);
    expect(await service.isReady()).toBe(true);
    const holding = homes[1]?.dataDir ?? '';
    const names = await readdir(holding);
    await expectRefused(
      ['restore', file],
      holding,
      /holds an installation \(.*master-key.*postgres.*simulators.*\)/,
    );
    expect(await readdir(holding)).toEqual(names);
    await expectRefused(['restore', file], join(files, 'text', 'data'), /data cannot be written: ENOTDIR/);

    await expectRefused(['backup', file], home.dataDir, /quiet\.plimsoll is there already/);
    expect(await readFile(file)).toEqual(bytes);
    await expectRefused(
      ['backup', join(files, 'none', 'b')],
      home.dataDir,
      /none.b cannot be written: ENOENT/,
    );
    await expectRefused(
      ['backup', join(files, 'b')],
      target,
      /There is nothing to back up: .* holds no database/,
    );
  });

  it('a database that holds something is named; one cut off in the midst is not started', async () => {
    const file = join(files, 'quiet.plimsoll');
    const url = `postgresql://plimsoll@${encodeURIComponent(await socketOf(home))}/plimsoll`;
    const other = join(files, 'beside-a-database');
    const held = await runCommand(['restore', file], { DATABASE_URL: url, DATA_DIR: other });
    expect(held).toMatchObject({ status: 2, out: '' });
    expect(held.problems).toMatch(
      /^Nothing was restored: the database is not empty: a service runs on it \(.*\)\. .*\n$/,
    );
    expect(await readdir(other)).toEqual([]);

    const cut = join(files, 'cut-off');
    await mkdir(cut);
    await writeFile(join(cut, 'restore-unfinished'), '');
    const started = await runCommand(['serve'], { DATA_DIR: cut, LOG_LEVEL: 'silent' });
    expect(started).toMatchObject({ status: 1, out: '' });
    expect(started.problems).toMatch(
      /^Plimsoll does not start: a restore into \S+ was cut off before its end: .*\n$/,
    );
    expect(await readdir(cut)).toEqual(['restore-unfinished']);
    await expectRefused(['restore', file], cut, /cut off before its end/);
    await service.stop();
  });
});

/** With the checksum of what it holds now. */
function resealed(backup: Buffer): Buffer {
  const content = backup.subarray(0, -TRAILER_BYTES);
  return Buffer.concat([content, Buffer.from(`\n${createHash('sha256').update(content).digest('hex')}\n`)]);
}
