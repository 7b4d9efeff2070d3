/**
 * The two venues that the contest is held at: the stub, written for speed, and the project's own simulator without
 * limits. Entry points: `startStub`, `startSimulator`, `startSimulators`, `missingAtStub`.
 */
import { join } from 'node:path';
import { freePortBlock } from '../src/cli/port-block.ts';
import { VENUES, type Venue } from '../src/core/ids.ts';
import { waitForSimulator, type SimulatorHealth } from '../src/cli/simulator-process.ts';
import { nextMessage, type Child, type Children } from './children.ts';
import type { VenueUnderTest } from './contest.ts';
import type { StubReady } from './stub-venue.ts';

/** Ids asked for in one request: an address of some kilobytes. */
const IDS_AT_ONCE = 500;

export async function startStub(children: Children): Promise<VenueUnderTest> {
  const child = await children.fork('stub', 'stub-venue.ts');
  const { control } = await nextMessage<StubReady>(child);
  return underTest(child, control, 'stub');
}

/** One process with the simulators of these exchanges, without limits. */
export async function startSimulators(
  children: Children,
  exchanges: readonly Venue[],
): Promise<{ readonly child: Child; readonly controlUrl: string; readonly health: SimulatorHealth }> {
  const controlPort = await freePortBlock(1 + VENUES.length);
  const child = await children.main(
    'simulator',
    [
      'simulate',
      '--control-port',
      String(controlPort),
      '--venues',
      exchanges.join(','),
      '--limits',
      'off',
      '--state-dir',
      join(children.root, 'simulator-state'),
      '--parent-pid',
      String(process.pid),
    ],
    { LOG_LEVEL: 'warn' },
  );
  const controlUrl = `http://127.0.0.1:${controlPort}`;
  return { child, controlUrl, health: await waitForSimulator(controlUrl) };
}

export async function startSimulator(children: Children): Promise<VenueUnderTest> {
  const { child, controlUrl } = await startSimulators(children, ['binance']);
  const venue = await underTest(child, controlUrl, 'simulator');
  // All contestants trade on one account: what is measured is the path, not who runs out of money first.
  for (const [asset, amount] of [
    ['USDT', '100000000'],
    ['BTC', '10000'],
  ] as const)
    await deposit(venue.controlUrl, asset, amount);
  return venue;
}

async function deposit(controlUrl: string, asset: string, amount: string): Promise<void> {
  const response = await fetch(`${controlUrl}/control/binance/deposits`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ asset, amount }),
  });
  if (!response.ok) throw new Error(`the simulator takes no deposit: ${await response.text()}`);
}

async function underTest(child: Child, controlUrl: string, label: string): Promise<VenueUnderTest> {
  const health = await waitForSimulator(controlUrl);
  const binance = health.venues.binance;
  if (binance === undefined) throw new Error(`${label} does not serve binance`);
  const { rest, key, secret } = binance;
  return { address: { rest, key, secret }, controlUrl, pid: child.pid, label };
}

/** Which of these orders the stub does not have, and how many it has in all. */
export async function missingAtStub(
  stub: VenueUnderTest,
  ids: readonly string[],
): Promise<{ readonly missing: readonly string[]; readonly orders: number }> {
  const missing: string[] = [];
  for (let start = 0; start < ids.length; start += IDS_AT_ONCE) {
    const page = ids.slice(start, start + IDS_AT_ONCE).join(',');
    const found = (await ask(`${stub.controlUrl}/control/binance/orders/found?ids=${page}`)) as {
      readonly missing: readonly string[];
    };
    missing.push(...found.missing);
  }
  const { orders } = (await ask(`${stub.controlUrl}/control/binance/orders/count`)) as {
    readonly orders: number;
  };
  return { missing, orders };
}

async function ask(url: string): Promise<unknown> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url.split('?', 1)[0]} answered ${response.status}`);
  return response.json();
}
