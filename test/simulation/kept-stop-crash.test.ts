/** A process that ends between the cancel of a stop that is to be put back and the record of it: the journal knows first. */
import { expect, it } from 'vitest';
import { decimal } from '../../src/core/decimal.ts';
import { instrumentSymbol } from '../../src/core/ids.ts';
import { marketIntent, type PlaceAnswer, type PlaceIntent } from '../../src/engine/desk.ts';
import { NO_MEMORY_FAULTS } from '../../src/journal/testing/memory-journal.ts';
import { NO_FAULTS } from './faults.ts';
import { settingOf } from './world-setting.ts';
import { ACCOUNT, World } from './world.ts';

type Process = World['processes'][number];

function quietWorld(): World {
  const setting = settingOf(1);
  const quiet = {
    crashes: 0,
    freezes: 1,
    skewMs: 0,
    clockJumps: false,
    rates: NO_FAULTS,
    journal: NO_MEMORY_FAULTS,
  };
  return new World(
    { ...setting, ...quiet, venue: { ...setting.venue, swap: false }, nodes: ['node-a'] },
    false,
  );
}

/** Runs something in a process, in virtual time. */
async function act<T>(world: World, { gate }: Process, run: () => Promise<T>): Promise<T> {
  let settled: { readonly value: T } | { readonly error: unknown } | null = null;
  const settle = (): void => {
    run().then(
      (value) => (settled = { value }),
      (error: unknown) => (settled = { error }),
    );
  };
  world.time.after(0, settle, gate);
  await world.time.runWhile(() => settled === null, 20_000, 'an act');
  const done = settled as { readonly value: T } | { readonly error: unknown } | null;
  if (done === null || 'error' in done) throw new Error('it failed', { cause: done?.error });
  return done.value;
}

function acceptedOf(answer: PlaceAnswer) {
  if (answer.kind !== 'accepted') throw new Error(answer.kind);
  return answer.order;
}

it.each([0, 1, 5, 500])(
  'a stop is in the market again after a process that ends %i ms after its cancel was asked for',
  async (afterMs) => {
    const world = quietWorld();
    world.start();
    await world.time.runFor(3_000);
    const [first] = world.processes as [Process];
    const { orders } = first.engine;
    const buy = marketIntent({
      accountId: ACCOUNT,
      symbol: instrumentSymbol('BTC/USDT'),
      side: 'buy',
      quantity: decimal('0.01'),
      reduceOnly: false,
      requestedBy: 'a test',
    });
    acceptedOf(await act(world, first, () => orders.place(buy)));
    await world.time.runFor(5_000);
    const mark = world.venue.exchange.market('BTC/USDT')?.markPrice ?? decimal('60000');
    const stopPrice = mark.multiply(decimal('0.9')).roundToMultipleOf(decimal('0.01'), 'down');
    const terms: PlaceIntent = {
      ...buy,
      type: 'stop_market',
      side: 'sell',
      quantity: decimal('0.009'),
      stopPrice,
      trigger: 'last',
    };
    const stop = acceptedOf(await act(world, first, () => orders.place(terms)));
    await world.time.runFor(2_000);
    const cancel = (): void =>
      void orders
        .cancel(stop.orderId, 'a test', 'it makes room', { beside: orders.besideNow(stop) })
        .catch(() => undefined);
    world.time.after(0, cancel, first.gate);
    await world.time.runFor(afterMs);
    first.journal.crash();
    first.gate.kill();
    first.connections.disconnect();
    world.startProcess('node-a');
    await world.time.runFor(90_000);
    const next = world.processes.at(-1) as Process;
    const open = next.engine.orders.openNow({});
    expect(
      open.filter(({ orderId, replaces }) => orderId === stop.orderId || replaces === stop.orderId),
    ).toHaveLength(1);
  },
);
