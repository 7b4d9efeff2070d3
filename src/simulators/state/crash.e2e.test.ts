/**
 * The simulator process killed in the middle of writes, and on a disk that has no room: what it answered is what it
 * resumes with, exactly.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { Decimal, decimal } from '../../core/decimal.ts';
import { hmac } from '../wire/signatures.ts';

const PROGRAM = join(import.meta.dirname, '../../cli/main.ts');
const TRADERS = 6;
const ROOM_KILOBYTES = 64;

const health = z.object({
  instance: z.string(),
  venues: z.object({
    binance: z.object({ rest: z.string(), key: z.string(), secret: z.string(), instance: z.string() }),
  }),
});
const orders = z.array(
  z.object({ venue_order_id: z.string(), client_order_id: z.string(), status: z.string() }),
);
const fills = z.array(
  z.object({
    side: z.enum(['buy', 'sell']),
    price: z.string(),
    quantity: z.string(),
    fee: z.string(),
    fee_asset: z.string(),
  }),
);
const balances = z.array(z.object({ wallet: z.string(), asset: z.string(), total: z.string() }));

interface Running {
  readonly child: ChildProcess;
  readonly control: string;
  readonly health: z.infer<typeof health>;
  /** All that it logged so far. */
  readonly log: () => string;
}

let directory = '';
const children: ChildProcess[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'simulator-crash-'));
});

afterEach(async () => {
  for (const child of children.splice(0)) await kill(child, 'SIGKILL');
  await rm(directory, { recursive: true });
});

/** `fileKilobytes` bounds the size of each file that the process may write, as a full disk would. */
async function start(fileKilobytes: number | null = null): Promise<Running> {
  const options = ['simulate', '--control-port', '0', '--venues', 'binance', '--limits', 'off'];
  const command = [process.execPath, PROGRAM, ...options, '--state-dir', directory];
  const child =
    fileKilobytes === null
      ? spawn(process.execPath, command.slice(1), { stdio: ['ignore', 'pipe', 'pipe'] })
      : spawn('bash', ['-c', `ulimit -f ${fileKilobytes}; exec "$@"`, 'bash', ...command], {
          stdio: ['ignore', 'pipe', 'pipe'],
        });
  children.push(child);
  const { stdout, stderr } = child;
  let log = '';
  stderr.on('data', (data: Buffer) => {
    log += data.toString('utf8');
  });
  const ready = new Promise<string>((resolve, reject) => {
    createInterface({ input: stdout }).once('line', resolve);
    child.once('exit', (code) => reject(new Error(`ended with ${String(code)}: ${log}`)));
  });
  const { control } = z.object({ control: z.string() }).parse(JSON.parse(await ready));
  const reported = health.parse(await (await fetch(`${control}/control/health`)).json());
  return { child, control, health: reported, log: () => log };
}

async function kill(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill(signal);
  await ended;
}

async function rows(running: Running, name: string): Promise<unknown> {
  return (await fetch(`${running.control}/control/binance/${name}`)).json();
}

/** The answers that clients got: each order's id by its client id, and the requests without an answer. */
class Answered {
  readonly placed = new Map<string, string>();
  readonly canceled = new Set<string>();
  readonly asked = new Set<string>();
}

/** One client that places, now and then trades or cancels, until the venue is gone. */
async function trade({ health: reported }: Running, name: string, seen: Answered): Promise<void> {
  const { rest, key, secret } = reported.venues.binance;
  const request = async (
    method: string,
    fields: Record<string, string>,
  ): Promise<Record<string, unknown> | null> => {
    const payload = new URLSearchParams({ ...fields, timestamp: String(Date.now()) }).toString();
    const url = `${rest}/api/v3/order?${payload}&signature=${hmac(payload, secret)}`;
    try {
      const answer = await fetch(url, { method, headers: { 'X-MBX-APIKEY': key } });
      const body = (await answer.json()) as Record<string, unknown>;
      expect(answer.status, JSON.stringify(body)).toBe(200);
      return body;
    } catch (failure) {
      // The venue ended in the midst of it.
      if (failure instanceof TypeError) return null;
      throw failure;
    }
  };
  for (let number = 0; ; number += 1) {
    const id = `${name}-${number}`;
    const isMarket = number % 3 === 0;
    seen.asked.add(id);
    const placed = await request('POST', {
      symbol: 'BTCUSDT',
      side: number % 2 === 0 ? 'BUY' : 'SELL',
      newClientOrderId: id,
      quantity: '0.001',
      ...(isMarket
        ? { type: 'MARKET' }
        : { type: 'LIMIT', timeInForce: 'GTC', price: number % 2 === 0 ? '50000' : '70000' }),
    });
    if (placed === null) return;
    seen.placed.set(id, String(placed['orderId']));
    if (isMarket) continue;
    if ((await request('DELETE', { symbol: 'BTCUSDT', origClientOrderId: id })) === null) return;
    seen.canceled.add(id);
  }
}

async function pinned(): Promise<Running> {
  const running = await start();
  const answer = await fetch(`${running.control}/control/binance/price`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ symbol: 'BTC/USDT', price: '60000', hold: true }),
  });
  expect(answer.ok).toBe(true);
  return running;
}

/** Every answer that left is borne out, and nothing is there that nobody asked for; money follows the fills. */
async function checkTruth(running: Running, seen: Answered): Promise<void> {
  const known = new Map(
    orders.parse(await rows(running, 'orders')).map((order) => [order.client_order_id, order]),
  );
  for (const [id, venueOrderId] of seen.placed) expect(known.get(id)?.venue_order_id, id).toBe(venueOrderId);
  for (const id of seen.canceled) expect(known.get(id)?.status, id).toBe('canceled');
  expect([...known.keys()].filter((id) => !seen.asked.has(id))).toEqual([]);
  const expected = { BTC: decimal('2'), USDT: decimal('100000') };
  for (const { side, price, quantity, fee, fee_asset: feeAsset } of fills.parse(
    await rows(running, 'fills'),
  )) {
    const sign = side === 'buy' ? Decimal.one : Decimal.one.negate();
    const cost = decimal(price).multiply(decimal(quantity));
    expected.BTC = expected.BTC.add(decimal(quantity).multiply(sign));
    expected.USDT = expected.USDT.subtract(cost.multiply(sign));
    const feeOf = z.enum(['BTC', 'USDT']).parse(feeAsset);
    expected[feeOf] = expected[feeOf].subtract(decimal(fee));
  }
  const held = new Map(
    balances
      .parse(await rows(running, 'balances'))
      .filter(({ wallet }) => wallet === 'spot')
      .map(({ asset, total }) => [asset, total]),
  );
  expect([held.get('BTC'), held.get('USDT')]).toEqual([expected.BTC.toString(), expected.USDT.toString()]);
}

async function logFile(): Promise<string> {
  const venue = join(directory, 'binance');
  const name = (await readdir(venue)).find((file) => file.startsWith('log-'));
  if (name === undefined) throw new Error('there is a log');
  return join(venue, name);
}

test('kill -9 amid writes, again and again: what was answered is there, once, and the rest follows from it', async () => {
  const seen = new Answered();
  let running = await pinned();
  const first = running.health;
  for (let round = 0; round < 3; round += 1) {
    const before = seen.placed.size;
    const traders = Array.from({ length: TRADERS }, (_, index) => trade(running, `r${round}t${index}`, seen));
    await expect.poll(() => seen.placed.size - before, { timeout: 20_000 }).toBeGreaterThan(60);
    await kill(running.child, 'SIGKILL');
    await Promise.all(traders);
    if (round === 1) {
      // A write that reached the disk in part: a line of which the last bytes are missing.
      const path = await logFile();
      const line = (await readFile(path, 'utf8')).split('\n').at(-2) ?? '';
      await appendFile(path, line.slice(0, -7));
    }
    running = await start();
    expect(running.health.instance).toBe(first.instance);
    expect(running.health.venues.binance).toMatchObject({
      key: first.venues.binance.key,
      instance: first.venues.binance.instance,
    });
    await checkTruth(running, seen);
  }
  // A clean end and one more start change nothing.
  const seenBefore = await Promise.all(['orders', 'fills', 'balances'].map((name) => rows(running, name)));
  await kill(running.child, 'SIGTERM');
  running = await start();
  expect(await Promise.all(['orders', 'fills', 'balances'].map((name) => rows(running, name)))).toEqual(
    seenBefore,
  );
});

test('a disk without room: the process ends and says why, and resumes with what it had answered', async () => {
  const seen = new Answered();
  const fresh = await pinned();
  await kill(fresh.child, 'SIGTERM');
  // Nothing can be begun where nothing can be written.
  await expect(start(0)).rejects.toThrow(/ended with 2: state-dir: \S+ cannot be read and written: EFBIG/);
  // Room for some orders, and then in the midst of a line for no more.
  const running = await start(ROOM_KILOBYTES);
  const ended = once(running.child, 'exit');
  await Promise.all(Array.from({ length: TRADERS }, (_, index) => trade(running, `t${index}`, seen)));
  expect(await ended).toEqual([1, null]);
  expect(running.log()).toMatch(/EFBIG.*the state cannot be written; ending/);
  expect(seen.placed.size).toBeGreaterThan(20);
  // The last write went as far as there was room.
  expect((await readFile(await logFile())).length).toBe(ROOM_KILOBYTES * 1024);

  const again = await start();
  await checkTruth(again, seen);
  expect(again.health.instance).toBe(fresh.health.instance);
});

test('a damaged state is refused in one line that names the option, the file and the way out', async () => {
  const running = await pinned();
  await kill(running.child, 'SIGKILL');
  const path = await logFile();
  const text = await readFile(path, 'utf8');
  const whole = text.slice(0, text.indexOf('\n') + 1);
  await rm(path);
  await appendFile(path, `${whole.replace('{', '[')}${whole}`);
  await expect(start()).rejects.toThrow(
    /ended with 2: .*state-dir: \S+log-\d+\.jsonl is damaged at byte 0: put back a copy .*/,
  );
});
