import { describe, expect, it } from 'vitest';
import { EngineUnavailable, marketIntent } from '../../src/engine/desk.ts';
import { decimal } from '../../src/core/decimal.ts';
import { instrumentSymbol, orderId } from '../../src/core/ids.ts';
import { type MemoryFaults, NO_MEMORY_FAULTS } from '../../src/journal/testing/memory-journal.ts';
import { NO_FAULTS } from './faults.ts';
import { OUR_ACCOUNT, SWAP_SYMBOL } from './venue.ts';
import { Workload } from './workload.ts';
import { settingOf } from './world-setting.ts';
import { ACCOUNT, PORTFOLIO, World } from './world.ts';

const BTC = instrumentSymbol('BTC/USDT');

interface Quiet {
  readonly seed?: number;
  readonly swap?: boolean;
  readonly journal?: MemoryFaults;
  readonly freezes?: number;
}

function quietWorld(
  nodes: readonly string[],
  { seed = 1, swap = false, journal = NO_MEMORY_FAULTS, freezes = 1 }: Quiet = {},
): World {
  const setting = settingOf(seed);
  return new World(
    {
      ...setting,
      venue: { ...setting.venue, swap },
      nodes,
      rates: NO_FAULTS,
      journal,
      crashes: 0,
      freezes,
      skewMs: 0,
      clockJumps: false,
    },
    false,
  );
}

describe('ownership', () => {
  it('a node that does not own the portfolio answers cancels and the kill switch at once, with a refusal', async () => {
    const world = quietWorld(['node-a', 'node-b']);
    world.start();
    await world.time.runFor(1_000);
    const standby = world.processes.find(({ engine }) => !engine.ready);
    const answers: unknown[] = [];
    const note = (answer: unknown): void => {
      answers.push(answer);
    };
    world.time.after(
      0,
      () => {
        standby?.engine.orders.cancel(orderId('ord_unknown'), 'caller').then(note, note);
        standby?.engine.controls
          .setKillSwitch({ engaged: true, requestedBy: 'caller', why: 'a test', idempotency: null })
          .then(note, note);
      },
      standby?.gate ?? null,
    );
    await world.time.runFor(100);
    expect(answers).toHaveLength(2);
    for (const answer of answers) expect(answer).toBeInstanceOf(EngineUnavailable);
  });

  it('a node that is asked to stop in the middle of its start ends in order', async () => {
    for (let afterMs = 0; afterMs < 80; afterMs += 4) {
      const world = quietWorld(['node-a'], { journal: { ...NO_MEMORY_FAULTS, commitMs: [20, 20] } });
      world.start();
      await world.time.runFor(afterMs);
      const [process] = world.processes;
      if (process === undefined) throw new Error('no process was started');
      // Inputs of a lost append are decided again, by a writer that is closed by then.
      process.journal.loseNextAnswer(false);
      let hasStopped = false;
      world.time.after(0, () => void process.engine.stop().then(() => (hasStopped = true)), process.gate);
      await world.time.runFor(20_000);
      expect({ afterMs, hasStopped, complaints: world.complaints }).toEqual({
        afterMs,
        hasStopped: true,
        complaints: [],
      });
    }
  });

  it('only the owner sends a setting to the venue; a frozen former owner sends none after its thaw', async () => {
    const world = quietWorld(['node-a', 'node-b'], { seed: 3, swap: true });
    world.start();
    await world.time.runFor(3_000);
    const [owner, standby] = world.processes.toSorted(
      (a, b) => Number(b.engine.ready) - Number(a.engine.ready),
    );
    if (owner === undefined || standby === undefined) throw new Error('two processes were started');
    const symbol = instrumentSymbol(SWAP_SYMBOL);
    const answers: unknown[] = [];
    const ask = ({ engine, gate }: typeof owner, leverage: string): void => {
      const change = { setting: 'leverage', symbol, leverage: decimal(leverage) } as const;
      const note = (answer: unknown): void => {
        answers.push(answer);
      };
      world.time.after(
        0,
        () => void engine.controls.changeSetting(ACCOUNT, change, 'caller', 'a test').then(note, note),
        gate,
      );
    };
    const atVenue = (): unknown =>
      world.venue.exchange.positions(OUR_ACCOUNT).find((position) => position.symbol === SWAP_SYMBOL)
        ?.leverage;
    ask(owner, '3');
    await world.time.runFor(1_000);
    expect(answers).toEqual([{ kind: 'set', confirmedBy: 'answer' }]);
    expect(atVenue()).toBe(3);
    ask(standby, '5');
    await world.time.runFor(1_000);
    expect(answers[1]).toMatchObject({ name: 'EngineUnavailable', reason: 'not_owner' });
    world.freeze(owner, 'test');
    await world.time.runWhile(() => !standby.engine.ready, 10_000, 'the take-over');
    expect(owner.gate.isFrozen).toBe(true);
    ask(owner, '7');
    await world.time.runWhile(() => owner.gate.isFrozen, 60_000, 'the thaw');
    await world.time.runFor(3_000);
    expect(answers[2]).toMatchObject({ name: 'EngineUnavailable', reason: 'not_owner' });
    expect(atVenue()).toBe(3);
    expect(world.complaints).toEqual([]);
  });

  it('a setting whose process ended before an answer came is answered by the next one, from a reading', async () => {
    for (const venueActed of [true, false]) {
      const world = quietWorld(['node-a'], { seed: 3, swap: true });
      world.start();
      await world.time.runFor(3_000);
      const [first] = world.processes;
      if (first === undefined) throw new Error('no process was started');
      const change = {
        setting: 'leverage',
        symbol: instrumentSymbol(SWAP_SYMBOL),
        leverage: decimal('3'),
      } as const;
      const settings = () =>
        world.storage
          .records(PORTFOLIO)
          .filter(({ type }) => type.startsWith('setting_'))
          .map(({ type, payloadText }) => ({ type, ...(JSON.parse(payloadText) as object) }));
      const atVenue = (): unknown =>
        world.venue.exchange.positions(OUR_ACCOUNT).find((position) => position.symbol === SWAP_SYMBOL)
          ?.leverage;
      const answers: unknown[] = [];
      world.time.after(
        0,
        () =>
          void first.engine.controls.changeSetting(ACCOUNT, change, 'caller', 'a test').then(
            (answer) => answers.push(answer),
            () => undefined,
          ),
        first.gate,
      );
      await world.time.runWhile(
        () => (venueActed ? atVenue() !== 3 : settings().length === 0),
        5_000,
        'the request',
      );
      first.journal.crash();
      first.gate.kill();
      first.connections.disconnect();
      expect(settings()).toMatchObject([{ type: 'setting_requested' }]);
      world.startProcess('node-a');
      await world.time.runFor(30_000);
      expect(answers).toEqual([]);
      const isSet = atVenue() === 3;
      if (venueActed) expect(isSet).toBe(true);
      expect(settings()).toMatchObject([
        { type: 'setting_requested', value: '3' },
        {
          type: 'setting_answered',
          setting: 'leverage',
          value: '3',
          ...(isSet
            ? { outcome: 'set', detail: 'read back from the venue' }
            : { outcome: 'unknown', detail: 'the service stopped before an answer came' }),
        },
      ]);
      expect(world.complaints).toEqual([]);
    }
  });

  it('a cancel that a node acknowledged and cannot journal any more is carried out by the owner', async () => {
    const world = quietWorld(['node-a', 'node-b'], { freezes: 0 });
    world.start();
    await world.time.runFor(3_000);
    const owner = world.processes.find(({ engine }) => engine.ready);
    const standby = world.processes.find(({ engine }) => !engine.ready);
    if (owner === undefined || standby === undefined) throw new Error('two processes were started');
    const symbol = 'BTC/USDT';
    const mid = world.venue.exchange.market(symbol)?.markPrice ?? decimal('60000');
    const price = mid.multiply(decimal('0.95')).roundToMultipleOf(decimal('0.01'), 'down');
    const call = new Workload(world).placeResting(owner, symbol, price);
    await world.time.runFor(1_000);
    const { answer } = call;
    if (answer.kind !== 'accepted') throw new Error(`not placed: ${JSON.stringify(answer)}`);
    const id = orderId(answer.orderId);
    const atVenue = (): unknown =>
      world.venue.exchange
        .orders(world.time.now(), OUR_ACCOUNT, {})
        .find(({ clientOrderId }) => clientOrderId === answer.venueClientOrderId)?.status;
    await world.time.runWhile(() => atVenue() !== 'open', 10_000, 'the order');
    // As after a stall in which it lost the portfolio.
    const kept = world.emergencyLogOf(standby.node);
    await kept.write({ portfolioId: PORTFOLIO, orderId: id, requestedBy: 'caller', at: world.time.now() });
    await world.time.runFor(10_000);
    expect(atVenue()).toBe('canceled');
    expect(await kept.entries(PORTFOLIO)).toEqual([]);
    expect(world.storage.records(PORTFOLIO).filter(({ type }) => type === 'cancel_requested')).toHaveLength(
      1,
    );
    expect(world.complaints).toEqual([]);
  });

  it('a node that is overtaken while it starts begins again, and trades once it owns the portfolio', async () => {
    const world = quietWorld(['node-a']);
    world.start();
    // The claim takes a few milliseconds; the append that follows comes after the freeze, when another node is the owner.
    await world.time.runFor(3);
    const [first] = world.processes;
    if (first === undefined) throw new Error('no process was started');
    world.freeze(first, 'test');
    world.startProcess('node-b');
    await world.time.runWhile(() => first.gate.isFrozen, 60_000, 'the thaw');
    await world.time.runFor(1_000);
    const second = world.processes.find(({ node }) => node === 'node-b');
    if (second === undefined) throw new Error('no second process was started');
    second.journal.crash();
    second.gate.kill();
    second.connections.disconnect();
    await world.time.runFor(10_000);
    expect(first.engine.ready).toBe(true);
    expect(first.connections.isStarted).toBe(true);
    expect(world.complaints).toEqual([]);
  });

  it('a stop that a node canceled to make room as it died is put back by a node that owned the portfolio before', async () => {
    const world = quietWorld(['node-a', 'node-b']);
    world.start();
    await world.time.runFor(3_000);
    const owner = world.processes.find(({ engine }) => engine.ready);
    const standby = world.processes.find(({ engine }) => !engine.ready);
    if (owner === undefined || standby === undefined) throw new Error('no owner, or no standby');
    world.freeze(owner, 'test');
    await world.time.runWhile(() => !standby.engine.ready, 60_000, 'the take-over');
    await world.time.runWhile(() => owner.gate.isFrozen, 60_000, 'the thaw');
    await world.time.runFor(10_000);
    expect(owner.engine.ready).toBe(false);

    const { orders } = standby.engine;
    const act = async <Value>(run: () => Promise<Value>): Promise<Value> => {
      const box: { settled: PromiseSettledResult<Value> | null } = { settled: null };
      const note = ([settled]: readonly [PromiseSettledResult<Value>]): void => {
        box.settled = settled;
      };
      world.time.after(0, () => void Promise.allSettled([run()]).then(note), standby.gate);
      await world.time.runWhile(() => box.settled === null, 20_000, 'an act');
      if (box.settled?.status !== 'fulfilled') throw new Error(`it failed: ${String(box.settled?.reason)}`);
      return box.settled.value;
    };
    const buy = marketIntent({
      accountId: ACCOUNT,
      symbol: BTC,
      side: 'buy',
      quantity: decimal('0.01'),
      reduceOnly: false,
      requestedBy: 'caller',
    });
    expect(await act(() => orders.place(buy))).toMatchObject({ kind: 'accepted' });
    await world.time.runFor(5_000);
    const mark = world.venue.exchange.market(BTC)?.markPrice ?? decimal('60000');
    const stopPrice = mark.multiply(decimal('0.9')).roundToMultipleOf(decimal('0.01'), 'down');
    const placed = await act(() =>
      orders.place({
        ...buy,
        type: 'stop_market',
        side: 'sell',
        quantity: decimal('0.009'),
        stopPrice,
        trigger: 'last',
      }),
    );
    if (placed.kind !== 'accepted') throw new Error(`the stop was not taken: ${placed.kind}`);
    const stop = placed.order;
    await world.time.runFor(2_000);
    await act(() => orders.cancel(stop.orderId, 'caller', 'room', { beside: orders.besideNow(stop) }));
    standby.journal.crash();
    standby.gate.kill();
    standby.connections.disconnect();
    await world.time.runWhile(() => !owner.engine.ready, 60_000, 'the former owner owns again');
    await world.time.runFor(60_000);
    const inPlace = owner.engine.orders.openNow({}).filter(({ replaces }) => replaces === stop.orderId);
    expect(inPlace).toMatchObject([{ type: 'stop_market', status: 'open', quantity: decimal('0.009') }]);
  }, 120_000);
});
