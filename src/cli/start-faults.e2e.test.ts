/** Starts that cannot be, as their user sees them: one line within seconds, and nothing left running; and a clean end. */
import { spawn } from 'node:child_process';
import { chmod, chown, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer, type AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { takeDataDirectory } from './data-directory.ts';
import { call, ready, type Served, startServe } from './testing/served.ts';

/** A user without rights, and the user of the tests where that is another one. */
const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;

let root: string;
let dataDir: string;
const running = new Set<Served>();
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'plimsoll-faults-'));
  dataDir = join(root, 'data');
  await chmod(root, 0o755);
});
afterEach(async () => {
  for (const served of running) await served.end();
  running.clear();
  await rm(root, { recursive: true, force: true });
});

async function start(variables: Record<string, string> = {}): Promise<Served> {
  const served = await startServe(dataDir, variables);
  running.add(served);
  return served;
}

/** The lines of a start that was refused, with status 1; the whole start may take `withinMs`. */
async function refusal(variables: Record<string, string>, withinMs: number): Promise<string[]> {
  const startedMs = performance.now();
  const served = await start(variables);
  expect(await served.ended).toBe(1);
  expect(performance.now() - startedMs).toBeLessThan(withinMs);
  return served
    .output()
    .split('\n')
    .filter((line) => line !== '');
}

/** Ample on a busy machine: the slowest of them waits 5 s for a simulator. */
const SECONDS_MS = 30_000;

describe('a start that cannot be', () => {
  it('names the process that has the data directory already', async () => {
    const lock = await takeDataDirectory(dataDir);
    const lines = await refusal({}, SECONDS_MS);
    expect(lines).toEqual([
      expect.stringMatching(
        `^Plimsoll does not start: another Plimsoll \\(process ${process.pid} on ${hostname()}, since .+Z\\) uses ${dataDir}: `,
      ),
    ]);
    await lock.release();
    expect(await readdir(dataDir)).toEqual([]);
  });

  it('says that the port is in use before it makes anything', async () => {
    const other = createServer();
    await new Promise<void>((listening) => {
      other.listen(0, '127.0.0.1', listening);
    });
    const { port } = other.address() as AddressInfo;
    const lines = await refusal({ PORT: String(port) }, SECONDS_MS);
    expect(lines).toEqual([`Plimsoll does not start: PORT: ${port} on 127.0.0.1 is in use; choose another.`]);
    expect(await readdir(dataDir)).toEqual([]);
    await new Promise((closed) => {
      other.close(closed);
    });
  });

  it('names the address where no simulator answers, before it makes anything', async () => {
    const lines = await refusal({ PLIMSOLL_SIMULATOR_URL: 'http://127.0.0.1:1' }, SECONDS_MS);
    expect(lines).toEqual([
      expect.stringMatching(
        /^Plimsoll does not start: PLIMSOLL_SIMULATOR_URL: the simulator at http:\/\/127.0.0.1:1 is not ready after 5000 ms/,
      ),
    ]);
    expect(await readdir(dataDir)).toEqual([]);
  });

  it('says that DATA_DIR is a file', async () => {
    await writeFile(dataDir, '');
    expect(await refusal({}, SECONDS_MS)).toEqual([
      `Plimsoll does not start: DATA_DIR: ${dataDir} is not a directory.`,
    ]);
  });

  it.runIf(isRoot)('names a directory or a file of another user, with both users', async () => {
    await mkdir(dataDir, { mode: 0o700 });
    const asNobody = (): Promise<string> =>
      new Promise((resolve) => {
        const child = spawn(process.execPath, [join(import.meta.dirname, 'main.ts'), 'serve'], {
          env: { PATH: process.env['PATH'] ?? '', DATA_DIR: dataDir },
          uid: NOBODY,
          gid: NOBODY,
          stdio: ['ignore', 'ignore', 'pipe'],
        });
        let text = '';
        child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')));
        child.on('close', () => resolve(text));
      });
    expect(await asNobody()).toContain(`DATA_DIR: ${dataDir} belongs to user id 0, and user `);
    await chown(dataDir, NOBODY, NOBODY);
    await writeFile(join(dataDir, 'master-key'), 'x', { mode: 0o600 });
    expect(await asNobody()).toContain(
      `a file of DATA_DIR: ${join(dataDir, 'master-key')} belongs to user id 0, and user `,
    );
  });
});

describe('the lock of a data directory', () => {
  it('of a process that has ended, of a later one with its id, or of another machine is stale', async () => {
    await mkdir(dataDir);
    const lockOf = (owner: object): Promise<void> =>
      writeFile(join(dataDir, 'service.lock'), JSON.stringify({ since: 'then', ...owner }));
    for (const owner of [
      { pid: 2 ** 30, host: hostname(), startedAt: null },
      { pid: process.ppid, host: hostname(), startedAt: 'another boot/1' },
      { pid: process.ppid, host: 'another-machine', startedAt: null },
      { pid: process.pid, host: hostname(), startedAt: null },
      {},
    ]) {
      await lockOf(owner);
      const lock = await takeDataDirectory(dataDir);
      await lock.release();
    }
    await lockOf({ pid: process.ppid, host: hostname(), startedAt: null });
    await expect(takeDataDirectory(dataDir)).rejects.toThrow(`process ${process.ppid}`);
  });
});

describe('a running service', () => {
  it('adds keys of the environment to an existing directory once, logs each request and order, and ends on Ctrl-C without an error', async () => {
    const keys = {
      EXCHANGE: 'binance',
      EXCHANGE_API_KEY: 'a-key-of-the-environment',
      EXCHANGE_API_SECRET: 'a-secret-of-the-environment',
      PLIMSOLL_ADMIN_TOKEN: 'the-admin-token',
    };
    const first = await start({ PLIMSOLL_ADMIN_TOKEN: 'the-admin-token' });
    await ready(first);
    const order = await call(first, 'the-admin-token', 'POST', '/trading/v2/orders/market', {
      exchange: 'binance',
      symbol: 'BTC/USDT',
      side: 'buy',
      quantity: 0.001,
      client_order_id: 'named-in-the-log',
    });
    expect(order.status).toBe(201);
    const { id, venue_order_id: venueOrderId } = order.body;
    const linesOf = (served: Served): Record<string, unknown>[] =>
      served
        .output()
        .split('\n')
        .filter((line) => line.startsWith('{'))
        .map((line) => JSON.parse(line) as Record<string, unknown>);
    await expect
      .poll(() => linesOf(first).filter((line) => line['order_id'] === id))
      .toEqual(
        expect.arrayContaining([
          expect.objectContaining({
            level: 30,
            request_id: expect.any(String),
            method: 'POST',
            path: '/api/v1/trading/v2/orders/market',
            status: 201,
            outcome: 'filled',
            client_order_id: 'named-in-the-log',
            venue_order_id: venueOrderId,
            by: 'admin/first start',
            ms: expect.any(Number),
          }),
          expect.objectContaining({
            msg: 'order filled: buy 0.001 BTC/USDT market',
            venue_order_id: venueOrderId,
            ms: expect.any(Number),
          }),
        ]),
      );
    // A request that is refused for what its token may do names who sent it.
    const made = await call(first, 'the-admin-token', 'POST', '/tokens', {
      label: 'reader',
      scopes: ['read'],
    });
    const refused = await call(first, String(made.body['token']), 'GET', '/tokens');
    expect(refused.status).toBe(403);
    await expect
      .poll(() => linesOf(first).find(({ status }) => status === 403))
      .toMatchObject({ code: 'scope_missing', path: '/api/v1/tokens', by: 'admin/reader' });
    // A terminal sends the signal to the whole group; the simulator is in it.
    for (const { pid } of [first.child, ...(await childrenOf(first.child.pid ?? 0))])
      if (pid !== undefined) process.kill(pid, 'SIGINT');
    expect(await first.ended).toBe(0);
    running.delete(first);
    expect(linesOf(first).filter(({ level }) => Number(level) >= 40)).toEqual([]);

    const second = await start(keys);
    await expect
      .poll(second.output, { timeout: SECONDS_MS * 2 })
      .toContain('the account of EXCHANGE was added');
    expect(second.output()).toContain('orders that name no account still go to binance-paper');
    await second.end();
    running.delete(second);
    const third = await start({ ...keys, EXCHANGE_API_KEY: 'another-key-of-the-environment' });
    await expect
      .poll(third.output, { timeout: SECONDS_MS * 2 })
      .toContain('the account of EXCHANGE was not added: binance-testnet has other keys');
    for (const served of [first, second, third]) {
      expect(served.output()).not.toContain('of-the-environment');
      expect(served.output()).not.toContain('the-admin-token');
    }
  });
});

async function childrenOf(pid: number): Promise<readonly { readonly pid: number }[]> {
  const text = await new Promise<string>((resolve) => {
    const ps = spawn('ps', ['-o', 'pid=,args=', '--ppid', String(pid)], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let lines = '';
    ps.stdout.on('data', (chunk: Buffer) => (lines += chunk.toString('utf8')));
    ps.on('close', () => resolve(lines));
  });
  return text
    .split('\n')
    .filter((line) => line.includes('simulate'))
    .map((line) => ({ pid: Number.parseInt(line, 10) }));
}
