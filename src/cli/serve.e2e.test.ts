/** The service as its user starts it: a fresh directory, wrong settings, a stop, a second start. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { servicePort } from './testing/service-port.ts';

const START_WITHIN_MS = 60_000;

interface Served {
  readonly url: string;
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  readonly output: () => string;
}

let dataDir: string;
const running = new Set<Served>();
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'plimsoll-serve-'));
});
afterEach(async () => {
  for (const { child, ended } of running) {
    child.kill('SIGTERM');
    await ended;
  }
  running.clear();
  await rm(dataDir, { recursive: true, force: true });
});

async function start(variables: Record<string, string> = {}): Promise<Served> {
  const port = await servicePort();
  const child = spawn(process.execPath, [join(import.meta.dirname, 'main.ts'), 'serve'], {
    env: { PATH: process.env['PATH'] ?? '', DATA_DIR: dataDir, PORT: String(port), ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      text += chunk.toString('utf8');
    });
  }
  const ended = new Promise<number | null>((resolve) => {
    child.on('exit', resolve);
  });
  const served = { url: `http://127.0.0.1:${port}`, child, ended, output: () => text };
  running.add(served);
  return served;
}

async function ready(served: Served): Promise<void> {
  await expect
    .poll(
      () =>
        fetch(`${served.url}/health/ready`).then(
          (response) => response.status,
          () => 0,
        ),
      { timeout: START_WITHIN_MS, interval: 100 },
    )
    .toBe(200);
}

async function call(served: Served, token: string, method: string, path: string, body?: object) {
  const response = await fetch(`${served.url}/api/v1${path}`, {
    method,
    headers: {
      Authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

describe('serve', () => {
  it('starts on nothing, trades on paper, takes a further account, and comes back as it was', async () => {
    const first = await start();
    await ready(first);
    await expect.poll(first.output).toContain('Plimsoll is ready.');
    const token = (await readFile(join(dataDir, 'admin-token'), 'utf8')).trim();
    expect(first.output()).toContain(token);
    for (const file of ['admin-token', 'master-key']) {
      expect((await stat(join(dataDir, file))).mode & 0o777).toBe(0o600);
    }
    const buy = {
      exchange: 'binance',
      symbol: 'BTC/USDT',
      side: 'buy',
      quantity: 0.001,
      client_order_id: 'one',
    };
    const order = await call(first, token, 'POST', '/trading/v2/orders/market', buy);
    expect(order).toMatchObject({ status: 201, body: { status: 'filled', mode: 'paper' } });

    const added = await call(first, token, 'POST', '/accounts', {
      exchange: 'binance',
      mode: 'paper',
      label: 'second',
    });
    expect(added).toMatchObject({ status: 201, body: { id: 'binance-paper-2', is_default: false } });
    await expect
      .poll(
        async () =>
          (
            await call(first, token, 'POST', '/trading/v2/orders/market', {
              ...buy,
              account: 'binance-paper-2',
              client_order_id: 'two',
            })
          ).body['status'],
        { timeout: 30_000 },
      )
      .toBe('filled');
    const positions = await call(first, token, 'GET', '/trading/v2/positions?exchange=binance');
    expect(
      (positions.body['positions'] as { account: string }[])
        .map(({ account }) => account)
        .sort((a, b) => a.localeCompare(b)),
    ).toEqual(['binance-paper', 'binance-paper-2']);

    first.child.kill('SIGTERM');
    expect(await first.ended).toBe(0);
    running.delete(first);
    const second = await start();
    await ready(second);
    await expect.poll(second.output).toContain('Plimsoll is ready.');
    expect(second.output()).not.toContain(token);
    const after = await call(second, token, 'GET', '/trading/v2/positions?exchange=binance');
    expect(after.body['positions']).toHaveLength(2);
    expect(await call(second, token, 'POST', '/trading/v2/orders/market', buy)).toMatchObject({
      status: 200,
      body: { id: order.body['id'] },
    });
    expect((await call(second, token, 'GET', '/drift')).body['drift']).toEqual([]);
  });

  it('refuses wrong settings at once, names them, and leaves nothing behind', async () => {
    const served = await start({
      PORT: 'eighty',
      MAX_DAILY_LOSS: '-1',
      EXCHANGE: 'binance',
      EXCHANGE_API_KEY: 'my-secret-key',
    });
    expect(await served.ended).toBe(2);
    expect(served.output()).toContain('PORT: must be a whole number');
    expect(served.output()).toContain('MAX_DAILY_LOSS: must be a number above zero');
    expect(served.output()).not.toContain('my-secret-key');
    expect(await readdir(dataDir)).toEqual([]);
  });

  it('says so when the database is not there', async () => {
    const served = await start({ DATABASE_URL: 'postgresql://nobody@127.0.0.1:1/none' });
    expect(await served.ended).toBe(1);
    expect(served.output()).toContain('the database does not answer');
  });
});
