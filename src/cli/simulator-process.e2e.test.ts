/** Simulators as children of a service: many that start at once, one that is killed, one whose port is taken. */
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, expect, test, vi } from 'vitest';
import { VENUES } from '../core/ids.ts';
import { reservePortBlock } from './port-block.ts';
import { simulatorHealth, startSimulatorProcess, type SimulatorProcess } from './simulator-process.ts';

const log = pino({ level: 'silent' });
const PORTS = 1 + VENUES.length;
/** Apart from the ports that services and their simulators use: room for exactly as many as start at once here. */
const AT_ONCE = 3;
const LOWEST = 32_100;
const TIGHT = { lowest: LOWEST, highest: LOWEST + AT_ONCE * (PORTS + 1) };

const shutdownHooks: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  await Promise.all(shutdownHooks.splice(0).map((close) => close()));
});

async function start(reservePorts = () => reservePortBlock(PORTS, TIGHT)): Promise<SimulatorProcess> {
  const stateDirectory = await mkdtemp(join(tmpdir(), 'simulator-process-'));
  const simulator = await startSimulatorProcess({ stateDirectory, log, reservePorts });
  shutdownHooks.push(async () => {
    await simulator.stop();
    await rm(stateDirectory, { recursive: true, force: true });
  });
  return simulator;
}

test('many that start at once all serve, each on ports of its own', { timeout: 60_000 }, async () => {
  const simulators = await Promise.all(Array.from({ length: AT_ONCE }, () => start()));
  expect(new Set(simulators.map(({ controlUrl }) => controlUrl)).size).toBe(AT_ONCE);
  const instances = await Promise.all(
    simulators.map(async ({ controlUrl }) => (await simulatorHealth(controlUrl)).instance),
  );
  expect(new Set(instances).size).toBe(AT_ONCE);
  expect(simulators.map(({ health }) => health.instance)).toEqual(instances);
});

test('one that is killed serves again at the same addresses, which nobody is given meanwhile', async () => {
  const simulator = await start();
  const first = simulator.processId();
  if (first === undefined) throw new Error('the child has no process id');
  process.kill(first, 'SIGKILL');
  await vi.waitUntil(() => simulator.processId() !== first, { timeout: 10_000, interval: 5 });
  const guard = Number(new URL(simulator.controlUrl).port) - 1;
  await expect(reservePortBlock(PORTS, { lowest: guard, highest: guard + PORTS + 1 })).rejects.toThrow(
    /no block/,
  );
  const again = await vi.waitUntil(() => simulatorHealth(simulator.controlUrl).catch(() => null), {
    timeout: 20_000,
    interval: 20,
  });
  expect(again).toEqual(simulator.health);
});

test('one whose port another process takes before it serves gets others', async () => {
  const occupant = createServer().listen(0, '127.0.0.1');
  await once(occupant, 'listening');
  shutdownHooks.push(async () => {
    occupant.close();
  });
  const taken = (occupant.address() as AddressInfo).port;
  let released = 0;
  const blocks = [{ first: taken, release: async () => void (released += 1) }];
  const simulator = await start(async () => blocks.shift() ?? reservePortBlock(PORTS, TIGHT));
  expect(released).toBe(1);
  expect(simulator.controlUrl).not.toContain(String(taken));
  expect((await simulatorHealth(simulator.controlUrl)).instance).toBe(simulator.health.instance);
});

test('the child makes the market that its option names', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'simulator-market-'));
  const file = join(directory, 'candles.csv');
  await writeFile(file, 'open_time_ms,open,high,low,close\n1704067200000,41000,41000,41000,41000\n');
  const simulator = await startSimulatorProcess({
    stateDirectory: join(directory, 'state'),
    log,
    market: `record:BTC/USDT=${file}`,
    reservePorts: () => reservePortBlock(PORTS, TIGHT),
  });
  shutdownHooks.push(async () => {
    await simulator.stop();
    await rm(directory, { recursive: true, force: true });
  });
  const rest = simulator.health.venues.binance?.rest ?? '';
  const answer = await fetch(`${rest}/api/v3/ticker/price?symbol=BTCUSDT`);
  expect(await answer.json()).toEqual({ symbol: 'BTCUSDT', price: '41000.00000000' });
});

test('released ports are given again', async () => {
  const range = { lowest: TIGHT.highest, highest: TIGHT.highest + PORTS + 1 };
  const block = await reservePortBlock(PORTS, range);
  await expect(reservePortBlock(PORTS, range)).rejects.toThrow(/no block/);
  await block.release();
  await (await reservePortBlock(PORTS, range)).release();
});
