/** The service as its user starts it: a fresh directory, wrong settings, a stop, a second start. */
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { call, ready, type Served, startServe } from './testing/served.ts';

let dataDir: string;
const running = new Set<Served>();
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'plimsoll-serve-'));
});
afterEach(async () => {
  for (const served of running) await served.end();
  running.clear();
  await rm(dataDir, { recursive: true, force: true });
});

async function start(variables: Record<string, string> = {}): Promise<Served> {
  const served = await startServe(dataDir, variables);
  running.add(served);
  return served;
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
    expect(await call(first, token, 'GET', '/tokens')).toMatchObject({
      body: { tokens: [{ label: 'first start', created_by: 'first start' }] },
    });
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

    // One that is begun anew leaves the other as it is, and both are there after a restart.
    const reset = await call(first, token, 'POST', '/accounts/binance-paper-2/reset');
    expect(reset).toMatchObject({ status: 200, body: { account: { id: 'binance-paper-2' } } });
    const again = { ...buy, account: 'binance-paper-2', client_order_id: 'three' };
    expect(await call(first, token, 'POST', '/trading/v2/orders/market', again)).toMatchObject({
      status: 201,
      body: { status: 'filled' },
    });
    const info = await call(first, token, 'GET', '/trading/v2/account/info?exchange=binance');
    const simulator = String(info.body['simulator_control_url']);
    expect(first.output()).toContain(`Simulator ${simulator.replace(/\/binance$/, '')}`);

    first.child.kill('SIGTERM');
    expect(await first.ended).toBe(0);
    running.delete(first);
    const second = await start();
    await ready(second);
    await expect.poll(second.output).toContain('Plimsoll is ready.');
    expect(second.output()).not.toContain(token);
    expect(second.output()).toContain(`Simulator ${simulator.replace(/\/binance$/, '')}`);
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
