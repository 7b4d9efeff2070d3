/** `verify` and `replay` as their user runs them: beside the service, after it, on damaged data, on nothing. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../journal/embedded-postgres.ts';
import { quietLog } from '../journal/testing/postgres-fixture.ts';
import { type EndedCommand, runCommand } from './testing/run-command.ts';
import { servicePort } from './testing/service-port.ts';

const MAIN = join(import.meta.dirname, 'main.ts');

let dataDir: string;
let heads: string;
let served: ChildProcess | null = null;
let postgres: EmbeddedPostgres | null = null;
let url: string;
let token: string;

function command(
  args: readonly string[],
  variables: Record<string, string> = { DATA_DIR: dataDir },
): Promise<EndedCommand> {
  return runCommand(args, variables);
}

async function serve(): Promise<void> {
  const port = await servicePort();
  url = `http://127.0.0.1:${port}`;
  served = spawn(process.execPath, [MAIN, 'serve'], {
    env: { PATH: process.env['PATH'] ?? '', DATA_DIR: dataDir, PORT: String(port), LOG_LEVEL: 'error' },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  await expect
    .poll(
      () =>
        fetch(`${url}/health/ready`).then(
          ({ status }) => status,
          () => 0,
        ),
      { timeout: 60_000, interval: 100 },
    )
    .toBe(200);
  token = (await readFile(join(dataDir, 'admin-token'), 'utf8')).trim();
}

async function stopServing(): Promise<void> {
  const child = served;
  served = null;
  if (child === null) return;
  const ended = new Promise((resolve) => {
    child.once('exit', resolve);
  });
  child.kill('SIGTERM');
  await ended;
}

/** Places an order, again while the service says that nothing was journaled. */
async function place(type: string, body: object): Promise<void> {
  const once = async (): Promise<number> => {
    const response = await fetch(`${url}/api/v1/trading/v2/orders/${type}`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
      body: JSON.stringify({ exchange: 'binance', symbol: 'BTC/USDT', ...body }),
    });
    await response.arrayBuffer();
    return response.status;
  };
  await expect.poll(once, { timeout: 30_000, interval: 200 }).not.toBe(503);
}

async function driftKinds(): Promise<readonly string[]> {
  const response = await fetch(`${url}/api/v1/drift`, { headers: { Authorization: `Bearer ${token}` } });
  const { drift } = (await response.json()) as { readonly drift: readonly { readonly kind: string }[] };
  return drift.map(({ kind }) => kind);
}

/** Behind the service's back. Returns how many rows it was. */
async function sql(statement: string): Promise<number> {
  if (postgres === null) throw new Error('PostgreSQL is not running');
  const client = new pg.Client({ ...postgres.address });
  await client.connect();
  const { rowCount } = await client.query(statement);
  await client.end();
  return rowCount ?? 0;
}

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'plimsoll-checks-'));
  heads = join(dataDir, 'heads.json');
});
afterAll(async () => {
  await stopServing();
  await postgres?.stop();
  await rm(dataDir, { recursive: true, force: true });
});

/** Each test goes on from where the one before it left the data. */
describe('verify and replay', { timeout: 180_000 }, () => {
  it('find a living service in order, and keep off what it owns', async () => {
    await serve();
    for (let index = 0; index < 5; index += 1) await place('market', { side: 'buy', quantity: 0.001 });
    await place('market', { side: 'sell', quantity: 0.002, symbol: 'BTC/USDT:USDT' });
    await place('limit', { side: 'buy', quantity: 0.001, price: 20_000 });
    await place('limit', { side: 'buy', quantity: 1_000_000, price: 20_000 });
    const verified = await command(['verify', '--export-heads', heads]);
    expect(verified).toMatchObject({ status: 0, problems: '' });
    expect(verified.out).toMatch(
      /portfolio \S+: \d+ records, head at seq \d+, [0-9a-f]{64}: sound\nThe journal is whole\./,
    );
    expect(await command(['replay'])).toMatchObject({
      status: 0,
      problems: '',
      out: expect.stringContaining('Everything stored is what the journal gives.'),
    });
    const refused = await command(['replay', '--write']);
    expect(refused).toMatchObject({ status: 2, out: '' });
    expect(refused.problems).toMatch(
      /--write: Portfolio \S+ is owned by the living node \S+: stop it first\./,
    );
    expect((await fetch(`${url}/health/ready`)).status).toBe(200);
  });

  it('find a stopped service in order: every row, and the snapshot that the stop left', async () => {
    await place('market', { side: 'buy', quantity: 0.001 });
    await stopServing();
    expect(await command(['verify', '--against', heads])).toMatchObject({ status: 0, problems: '' });
    const replayed = await command(['replay']);
    expect(replayed).toMatchObject({ status: 0, problems: '' });
    for (const words of [
      / {2}orders: 8 rows, equal/,
      / {2}fills: \d+ rows, equal/,
      /snapshot at seq \d+: equal/,
    ])
      expect(replayed.out).toMatch(words);
    // Nothing of PostgreSQL stays behind.
    expect(await readdir(join(dataDir, 'postgres', 'keepers'))).toEqual([]);
  });

  it('one changed byte of the journal is found and named', async () => {
    postgres = await startEmbeddedPostgres({ dataDir, log: quietLog });
    const change = (from: string, to: string): Promise<number> =>
      sql(`UPDATE journal SET payload = replace(payload::text, '${from}', '${to}')::json
            WHERE seq = (SELECT min(seq) FROM journal WHERE type = 'fill_booked')`);
    expect(await change('"quantity":"0.001"', '"quantity":"0.003"')).toBe(1);
    const found = await command(['verify', '--export-heads', `${heads}.not`]);
    expect(found).toMatchObject({ status: 1, problems: '' });
    expect(found.out).toMatch(/portfolio \S+, seq \d+: type, at or payload was changed: the hash is /);
    expect(found.out).toContain('The journal is NOT whole.');
    expect(await readdir(dataDir)).not.toContain('heads.json.not');
    const document = JSON.parse((await command(['verify', '--json'])).out) as {
      portfolios: { faults: { kind: string }[] }[];
    };
    expect(document).toMatchObject({ holds: false, portfolios: [{ fault_count: 1 }] });
    expect(document.portfolios[0]?.faults[0]?.kind).toBe('content_changed');
    const replayed = await command(['replay', '--write']);
    expect(replayed.status).toBe(1);
    expect(replayed.out).toMatch(/cannot be replayed\. Journal of portfolio \S+: seq \d+ was changed/);
    expect(await change('"quantity":"0.003"', '"quantity":"0.001"')).toBe(1);
    expect((await command(['verify', '--against', heads])).status).toBe(0);
  });

  it('one changed cell of each read model is found and named, and mended', async () => {
    const one = (table: string): string => `ctid = (SELECT min(ctid) FROM ${table})`;
    expect(await sql(`UPDATE orders SET status = 'expired' WHERE ${one('orders')}`)).toBe(1);
    expect(
      await sql(
        `UPDATE fills SET document = replace(document::text, '"price":"', '"price":"1')::json WHERE ${one('fills')}`,
      ),
    ).toBe(1);
    expect(
      await sql(
        `UPDATE positions SET document = replace(document::text, '"updatedAt":', '"updatedAt":2')::json WHERE symbol = 'BTC/USDT'`,
      ),
    ).toBe(1);
    expect(
      await sql(
        `UPDATE balances SET document = replace(document::text, '"total":"', '"total":"9')::json WHERE account_id = 'binance-paper' AND wallet = 'spot' AND asset = 'BTC'`,
      ),
    ).toBe(1);
    const found = await command(['replay']);
    expect(found.status).toBe(1);
    for (const words of [
      / {2}orders: 8 rows, 1 not equal\n {4}order_id \S+: stored otherwise than the journal gives it\n {6}status: stored expired, rebuilt filled/,
      / {2}fills: \d+ rows, 1 not equal\n {4}account_id binance-paper, symbol \S+, .*trade_id \S+,.*\n {6}document\.price: stored "1/,
      / {2}positions: 2 rows, 1 not equal\n {4}account_id binance-paper, symbol BTC\/USDT, position_side net, generation 0: .*\n {6}document\.updatedAt: stored 2/,
      / {2}balances: \d+ rows, 1 not equal\n {4}account_id binance-paper, wallet spot, asset BTC, generation 0: .*\n {6}document\.total: stored "9/,
    ])
      expect(found.out).toMatch(words);
    const mended = await command(['replay', '--write']);
    expect(mended.status).toBe(0);
    expect(mended.out).toContain('All differing data was replaced by what the journal gives.');
    expect((await command(['replay'])).status).toBe(0);
  });

  it('work on a DATABASE_URL, and say when there is nothing, or nobody answers', async () => {
    if (postgres === null) throw new Error('PostgreSQL is not running');
    const { host, user, database } = postgres.address;
    const address = (name: string): string => `postgresql://${user}@${encodeURIComponent(host)}/${name}`;
    expect((await command(['verify', '--against', heads], { DATABASE_URL: address(database) })).status).toBe(
      0,
    );
    expect((await command(['replay'], { DATABASE_URL: address(database) })).status).toBe(0);
    const cases: readonly [readonly string[], Record<string, string>, RegExp][] = [
      [['verify'], { DATABASE_URL: address('postgres') }, /never been started on this database/],
      [['replay'], { DATABASE_URL: address('none') }, /database "none" does not exist/],
      [['verify'], { DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/none' }, /The database does not answer/],
      [['replay'], { DATABASE_URL: 'nonsense' }, /DATABASE_URL: must be a URL/],
      [['replay', '--portfolio', 'none'], { DATA_DIR: dataDir }, /there is no portfolio none/],
      [['verify', '--portfolio', 'none'], { DATA_DIR: dataDir }, /there is no portfolio none/],
      [
        ['verify', '--against', join(dataDir, 'admin-token')],
        { DATA_DIR: dataDir },
        /cannot be read: it is not JSON/,
      ],
    ];
    const ended = await Promise.all(cases.map(([args, variables]) => command(args, variables)));
    for (const [index, [, , words]] of cases.entries()) {
      expect(ended[index]).toMatchObject({ status: 2, out: '' });
      expect(ended[index]?.problems).toMatch(words);
    }
    const empty = join(dataDir, 'empty');
    await mkdir(empty);
    for (const name of ['verify', 'replay']) {
      const ended = await command([name, '--json'], { DATA_DIR: empty });
      expect(ended.status).toBe(2);
      expect(JSON.parse(ended.out)).toEqual({ problem: expect.stringContaining('holds no database') });
    }
    expect(await readdir(empty)).toEqual([]);
  });

  it('recognize an older backup, and reconciliation shows the orders and fills that it lacks', async () => {
    await postgres?.stop();
    postgres = null;
    const live = join(dataDir, 'postgres');
    const backup = join(dataDir, 'backup');
    const copy = promisify(execFile);
    await copy('cp', ['-a', live, backup]);
    await serve();
    await place('market', { side: 'buy', quantity: 0.002 });
    await place('limit', { side: 'buy', quantity: 0.001, price: 57_000 });
    expect(await driftKinds()).toEqual([]);
    await stopServing();
    expect((await command(['verify', '--export-heads', heads])).status).toBe(0);

    await rm(live, { recursive: true });
    await copy('cp', ['-a', backup, live]);
    expect((await command(['verify'])).status).toBe(0);
    const older = await command(['verify', '--against', heads]);
    expect(older.status).toBe(1);
    expect(older.out).toMatch(
      /seq \d+: the exported head stands at seq \d+, but the records end at seq \d+: records were lost, or an older backup was put back/,
    );
    await serve();
    await expect
      .poll(driftKinds, { timeout: 30_000, interval: 200 })
      .toEqual(expect.arrayContaining(['external_fill', 'external_order']));
    await stopServing();
    expect((await command(['verify'])).status).toBe(0);
    expect((await command(['replay'])).status).toBe(0);
  });
});
