/** Another program trades on the same keys, faster than its executions can be journaled. */
import { describe, expect, it } from 'vitest';
import { decimal } from '../../src/core/decimal.ts';
import { instrumentSymbol } from '../../src/core/ids.ts';
import { marketIntent, type PlaceAnswer } from '../../src/engine/desk.ts';
import { MOST_WAITING } from '../../src/engine/external-intake.ts';
import { NO_MEMORY_FAULTS } from '../../src/journal/testing/memory-journal.ts';
import type { PlaceCall } from './answers.ts';
import { NO_FAULTS } from './faults.ts';
import { OUR_ACCOUNT } from './venue.ts';
import { Workload } from './workload.ts';
import { settingOf } from './world-setting.ts';
import { ACCOUNT, PORTFOLIO, TAG, World } from './world.ts';

const SYMBOL = 'BTC/USDT';
const FLOOD_MS = 2_400;
/** 333 records a second can be journaled, and the external trader makes 500 executions a second. */
const RECORD_MS = 3;
const EXTERNAL_PER_20_MS = 10;
const ORDERS_EVERY_MS = 150;
/** The longest wait of a caller: half of the time that a request has to reach the venue. */
const PATIENCE_MS = 1_000;

function busyWorld(): World {
  const setting = settingOf(1);
  return new World(
    {
      ...setting,
      venue: { ...setting.venue, swap: false },
      nodes: ['node-a'],
      rates: NO_FAULTS,
      journal: NO_MEMORY_FAULTS,
      recordMs: RECORD_MS,
      fillsPage: 1_000,
      crashes: 0,
      freezes: 0,
      restarts: 0,
      skewMs: 0,
      clockJumps: false,
      pinned: true,
      maxPositionNotional: null,
    },
    false,
  );
}

describe('a busy external trader on the same keys', () => {
  it('does not keep our orders waiting, and each of its executions is booked once in the end', async () => {
    const world = busyWorld();
    const { time, venue } = world;
    const workload = new Workload(world);
    world.start();
    await time.runFor(2_000);
    const process = world.front();
    if (process === undefined) throw new Error('a process was started');
    const mid = venue.exchange.market(SYMBOL)?.markPrice ?? decimal('60000');
    const price = mid.multiply(decimal('0.93')).roundToMultipleOf(decimal('0.01'), 'down');

    const calls: PlaceCall[] = [];
    const market: { answer: PlaceAnswer | null } = { answer: null };
    const startedAt = time.now();
    for (let step = 0; time.now() < startedAt + FLOOD_MS; step += 1) {
      for (let count = 0; count < EXTERNAL_PER_20_MS; count += 1) workload.tradeExternally();
      if ((step * 20) % ORDERS_EVERY_MS < 20) calls.push(workload.placeResting(process, SYMBOL, price));
      if (step === 80) {
        const terms = { accountId: ACCOUNT, side: 'buy', requestedBy: 'caller' } as const;
        const symbol = instrumentSymbol(SYMBOL);
        const place = async (): Promise<void> => {
          const intent = marketIntent({ ...terms, symbol, quantity: decimal('0.002') });
          market.answer = await process.engine.orders.place(intent);
        };
        time.after(0, () => void place(), process.gate);
      }
      await time.runFor(20);
    }
    const { answer } = market;
    const taken = answer?.kind === 'accepted' ? process.engine.orders.openNow({}) : [];
    const executions = externalExecutions(world);
    expect(executions.length).toBeGreaterThan((FLOOD_MS / 20) * EXTERNAL_PER_20_MS * 0.9);

    // Ours: every caller is answered in time, every request reaches the venue inside its lifetime, and our fill is booked.
    await time.runFor(PATIENCE_MS);
    for (const { answer, answeredAt, at } of calls) {
      expect(answer.kind).toBe('accepted');
      expect((answeredAt ?? Infinity) - at).toBeLessThan(PATIENCE_MS);
    }
    expect(venue.creates).toHaveLength(calls.length + 1);
    for (const { verdict } of venue.creates) expect(verdict.kind).toBe('placed');
    expect(answer?.kind).toBe('accepted');
    expect(taken.some(({ type }) => type === 'market')).toBe(false);

    await time.runFor(20_000);
    await expectBooksTrue(world, executions);
  });

  it('fills the queue: dropped executions are read again, and none is reported as missing meanwhile', async () => {
    const world = busyWorld();
    const { time } = world;
    const workload = new Workload(world);
    world.start();
    await time.runFor(2_000);
    for (let count = 0; count < 2 * MOST_WAITING + 400; count += 1) workload.tradeExternally();
    // Executions that were not dropped are booked soon; then nothing is booked until the others are read.
    const booked = (): number => world.storage.records(PORTFOLIO).length;
    for (let before = -1; booked() !== before; await time.runFor(500)) before = booked();
    const lost = externalExecutions(world).length - booked();
    expect(lost).toBeGreaterThan(MOST_WAITING);
    // A gap in the stream has the books compared while thousands of executions are missing in them.
    world.front()?.connections.breakStream(50);
    await time.runFor(500);
    expect(externalExecutions(world).length - booked()).toBe(lost);
    await time.runFor(60_000);
    await expectBooksTrue(world, externalExecutions(world));
  });
});

function externalExecutions(world: World): readonly string[] {
  return world.venue.exchange
    .allFills()
    .filter(({ accountId, clientOrderId }) => accountId === OUR_ACCOUNT && !isOurs(clientOrderId))
    .map(keyOf);
}

const isOurs = (clientOrderId: string | null): boolean => clientOrderId?.startsWith(`p${TAG}`) === true;

function keyOf(fill: {
  readonly symbol: string;
  readonly venueOrderId: string;
  readonly tradeId: string;
}): string {
  return `${fill.symbol} ${fill.venueOrderId} ${fill.tradeId}`;
}

/** Each of these executions is journaled once, the balances equal the venue's, and no other drift was ever reported. */
async function expectBooksTrue(world: World, executions: readonly string[]): Promise<void> {
  const records = world.storage.records(PORTFOLIO);
  const booked = records
    .filter(({ type }) => type === 'external_fill_seen')
    .map(({ payloadText }) =>
      keyOf((JSON.parse(payloadText) as { readonly fill: Parameters<typeof keyOf>[0] }).fill),
    );
  expect(booked.toSorted()).toEqual(executions.toSorted());
  const drift = records
    .filter(({ type, payloadText }) => type === 'drift_opened' && !payloadText.includes('"external_fill"'))
    .map(({ payloadText }) => payloadText);
  expect(drift).toEqual([]);
  const owner = world.front();
  if (owner === undefined) throw new Error('a process lives');
  const reading: { balances: Readonly<Record<string, string>> | null } = { balances: null };
  const read = async (): Promise<void> => {
    const { value } = await owner.engine.books.balances(ACCOUNT);
    reading.balances = Object.fromEntries(
      value
        .filter(({ balance }) => balance.wallet === 'spot')
        .map(({ balance }) => [balance.asset, balance.total.toString()]),
    );
  };
  world.time.after(0, () => void read(), owner.gate);
  await world.time.runFor(1_000);
  expect(reading.balances).toEqual(
    Object.fromEntries(
      world.venue.exchange
        .balances(OUR_ACCOUNT)
        .flatMap(({ asset, total, wallet }) => (wallet === 'spot' ? [[asset, total.toString()]] : [])),
    ),
  );
  expect(world.complaints).toEqual([]);
}
