/** One venue on a real disk: generations rotate while it trades, and a restart restores its state. */
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, expect, test } from 'vitest';
import { decimal } from '../core/decimal.ts';
import { systemClock } from './clock.ts';
import { PAPER_ACCOUNT, VenueRuntime } from './venue-runtime.ts';
import { exampleProtocol } from './wire/example-protocol.ts';

const cleanups: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function open(stateDirectory: string): Promise<VenueRuntime> {
  const venue = await VenueRuntime.open(exampleProtocol, {
    seed: 7,
    limits: false,
    port: 0,
    stateDirectory,
    clock: systemClock,
    logger: pino({ level: 'silent' }),
    onFailure: (failure) => {
      throw failure;
    },
    minLogCost: 500,
  });
  cleanups.push(() => venue.close());
  return venue;
}

test.each(['a clean end', 'a crash'])(
  'orders, fills, locks and instance outlive snapshots and %s',
  async (end) => {
    const stateDirectory = await mkdtemp(join(tmpdir(), 'venue-'));
    cleanups.push(() => rm(stateDirectory, { recursive: true }));
    const venue = await open(stateDirectory);
    const trade = (number: number): void => {
      const { exchange } = venue;
      const order = { symbol: 'BTC/USDT', side: 'buy', quantity: decimal('0.001') } as const;
      exchange.placeOrder(systemClock.nowMs(), PAPER_ACCOUNT, { ...order, type: 'market' });
      exchange.placeOrder(systemClock.nowMs(), PAPER_ACCOUNT, {
        ...order,
        type: 'limit',
        price: decimal('40000'),
        clientOrderId: `resting-${number}`,
      });
    };
    const generations = async (): Promise<string[]> =>
      (await readdir(join(stateDirectory, exampleProtocol.name)))
        .filter((name) => /^snapshot-\d+\.jsonl$/.test(name))
        .sort();
    for (let number = 0; number < 700; number += 1) trade(number);
    await expect.poll(generations, { timeout: 10_000 }).toEqual(['snapshot-2.jsonl']);
    for (let number = 700; number < 720; number += 1) trade(number);
    await venue.durable();
    const { instance } = venue;
    // A crash leaves the files that are on disk while it runs.
    const resumed = end === 'a crash' ? `${stateDirectory}-copy` : stateDirectory;
    if (resumed === stateDirectory) {
      await venue.close();
    } else {
      cleanups.push(() => rm(resumed, { recursive: true }));
      await cp(stateDirectory, resumed, { recursive: true });
    }
    const seen = (one: VenueRuntime): unknown => ({
      orders: one.exchange.allOrders(),
      fills: one.exchange.allFills(),
      balances: one.exchange.balances(PAPER_ACCOUNT),
      open: one.exchange.openOrders(PAPER_ACCOUNT, {}),
    });
    const before = seen(venue);
    expect(venue.exchange.allOrders()).toHaveLength(1440);

    const again = await open(resumed);
    expect(again.instance).toBe(instance);
    expect(seen(again)).toEqual(before);
    const [resting] = again.exchange.openOrders(PAPER_ACCOUNT, {});
    if (resting === undefined) throw new Error('orders rest');
    expect(again.exchange.cancelOrder(systemClock.nowMs(), PAPER_ACCOUNT, resting).ok).toBe(true);
  },
);
