/** Stops that were canceled to make room, until they are in their place again: over a desk of the core, on a clock of the test's own. */
import { describe, expect, it } from 'vitest';
import { decimal } from '../core/decimal.ts';
import { orderId } from '../core/ids.ts';
import { accepted } from '../core/testing/fixture.ts';
import { EngineUnavailable } from './desk.ts';
import {
  CLOSE_DOUBT_MS,
  FIRST_PUT_BACK_MS,
  KEPT_BY_REQUEST_MS,
  LONGEST_PUT_BACK_MS,
  PUT_BACK_ABSENT_MS,
  PUT_BACK_DOUBT_MS,
  PUT_BACK_FOR_MS,
} from './stop-keeper.ts';
import { STOP, taken, UNREACHABLE, unreachable, world } from './testing/stop-keeper-fixture.ts';

describe('a stop that was canceled to make room', () => {
  it('is placed again and again, less and less often, with an alarm until it works', async () => {
    let left = 6;
    const { core, keeper, keep, pass, cancel, tries, lines } = world((place) => {
      left -= 1;
      if (left > 0) throw UNREACHABLE;
      return taken(place());
    });
    cancel();
    keep();
    await pass(1_000);
    expect(keeper.lost()).toMatchObject([{ why: 'not connected', isTried: true }]);
    expect(keeper.lost()[0]?.uncovered.toString()).toBe('2');
    await pass(60_000);
    const apart = tries.map(({ at }, index) => at - (tries[index - 1]?.at ?? 0));
    expect(apart.slice(1)).toEqual([FIRST_PUT_BACK_MS, 2_000, 4_000, 8_000, LONGEST_PUT_BACK_MS]);
    // Its outcome is not known yet: no second one is placed, and all is bare as far as is known.
    expect(keeper.lost()).toHaveLength(1);
    expect(keeper.lost()[0]?.uncovered.toString()).toBe('2');
    const [placed] = [...core.state.unfinished.values()];
    if (placed === undefined) throw new Error('no stop was placed');
    core.outcome(placed, accepted(placed));
    await pass(1_000);
    expect(keeper.lost()).toEqual([]);
    expect(lines).toEqual(['a position misses its stop', 'a position misses its stop no longer']);
    expect(tries).toHaveLength(6);
  });

  it('is tried for its time alone, and the alarm stands until the position is closed', async () => {
    const { core, keeper, keep, pass, cancel, tries, lines } = world(unreachable);
    cancel();
    keep();
    await pass(PUT_BACK_FOR_MS);
    expect(keeper.lost()).toMatchObject([{ isTried: true }]);
    await pass(LONGEST_PUT_BACK_MS + 1_000);
    expect(keeper.lost()).toMatchObject([{ isTried: false }]);
    const count = tries.length;
    await pass(PUT_BACK_FOR_MS);
    expect(tries).toHaveLength(count);
    core.fill(core.open({ side: 'sell', quantity: decimal('2') }), 'closed');
    await pass(1_000);
    expect(keeper.lost()).toEqual([]);
    expect(lines.at(-1)).toBe('a position misses its stop no longer');
  });

  it('is placed for what another stop of the position leaves', async () => {
    const { core, keep, pass, cancel, tries } = world(unreachable);
    cancel();
    core.open({ ...STOP, quantity: decimal('1.5') });
    keep();
    await pass(1_000);
    expect(tries[0]?.quantity).toBe('0.5');
  });

  it('is placed for all of the position where the other stop is being canceled', async () => {
    const { core, keep, pass, cancel, tries } = world(unreachable);
    cancel();
    core.cancel(core.open({ ...STOP, quantity: decimal('1.5') }));
    keep();
    await pass(1_000);
    expect(tries[0]?.quantity).toBe('2');
  });

  it('is left alone while an order on its way closes the position, and placed where that ends unfilled', async () => {
    const { core, keeper, keep, pass, cancel, tries } = world((place) => taken(place()));
    cancel();
    const closing = core.open({ side: 'sell', quantity: decimal('2'), timeInForce: 'IOC' });
    keep();
    await pass(10_000);
    expect(tries).toEqual([]);
    expect(keeper.lost()).toEqual([]);
    core.report(closing, { status: 'expired' });
    await pass(1_000);
    expect(tries).toMatchObject([{ quantity: '2' }]);
  });

  it('is placed once a cancel is confirmed that was not for long, with an alarm from its bound on', async () => {
    const { core, stop, keeper, keep, pass, askToCancel, tries } = world((place) => taken(place()));
    askToCancel();
    keep();
    await pass(PUT_BACK_DOUBT_MS - 500);
    expect(keeper.lost()).toEqual([]);
    await pass(1_000);
    expect(keeper.lost()).toMatchObject([{ why: 'its cancel is not confirmed yet' }]);
    expect(tries).toEqual([]);
    core.report(core.order(stop.orderId), { status: 'canceled' });
    await pass(1_000);
    expect(tries).toMatchObject([{ quantity: '2' }]);
  });

  it('is missed, with an alarm from its bound on, while a close is in doubt and no stop is there', async () => {
    const { core, keeper, keep, pass, cancel, tries } = world((place) => taken(place()));
    cancel();
    const closing = core.submitting({ type: 'market', side: 'sell', price: null, quantity: decimal('2') });
    core.outcome(closing, { kind: 'unknown', detail: 'no answer' });
    keep();
    await pass(CLOSE_DOUBT_MS);
    expect(keeper.lost()).toEqual([]);
    await pass(1_000);
    expect(keeper.lost()).toMatchObject([{ why: expect.stringContaining('closes the position') }]);
    await pass(120_000);
    expect(keeper.lost()).toHaveLength(1);
    expect(tries).toEqual([]);
  });

  it('is not missed while a close is in doubt and another stop closes all of the position', async () => {
    const { core, keeper, keep, pass, cancel } = world((place) => taken(place()), {
      beside: '2',
      quantity: '2',
    });
    cancel();
    core.open({ ...STOP, quantity: decimal('2') });
    core.open({ side: 'sell', quantity: decimal('2'), timeInForce: 'IOC' });
    keep();
    await pass(CLOSE_DOUBT_MS + 5_000);
    expect(keeper.lost()).toEqual([]);
  });

  it('is tried for its time from when its place is known to be empty, however long its cancel was in doubt', async () => {
    const { core, stop, keep, pass, askToCancel, tries } = world(unreachable);
    askToCancel();
    keep();
    await pass(PUT_BACK_FOR_MS + 60_000);
    expect(tries).toEqual([]);
    core.report(core.order(stop.orderId), { status: 'canceled' });
    await pass(FIRST_PUT_BACK_MS + 1_000);
    expect(tries.length).toBeGreaterThan(1);
  });

  it('is dropped once somebody else has released it, and nothing more is placed for it', async () => {
    const { core, stop, keeper, keep, pass, cancel, tries, lines } = world(unreachable);
    cancel();
    keep();
    await pass(5_000);
    core.run({ type: 'release_stop', orderId: stop.orderId });
    const count = tries.length;
    await pass(60_000);
    expect(tries).toHaveLength(count);
    expect([keeper.lost(), keeper.looksAfter(stop.orderId)]).toEqual([[], false]);
    expect(lines.at(-1)).toBe('a stop is not looked after any more: it was released');
  });

  it('is not taken up again where somebody has released it before its request hands it over', async () => {
    const { core, stop, keeper, keep, pass, cancel, tries } = world((place) => taken(place()));
    keeper.claim(stop.orderId);
    cancel();
    core.run({ type: 'cancel_order', orderId: stop.orderId, requestedBy: 'bob' });
    expect(core.state.keptStops.size).toBe(0);
    keep();
    await pass(60_000);
    expect(tries).toEqual([]);
    expect([keeper.lost(), keeper.looksAfter(stop.orderId), core.state.keptStops.size]).toEqual([
      [],
      false,
      0,
    ]);
  });

  it('is not taken up again where another owner of the portfolio has let it go meanwhile', async () => {
    const { core, stop, keeper, keep, pass, cancel, tries } = world((place) => taken(place()));
    keeper.claim(stop.orderId);
    cancel();
    keeper.leave();
    core.run({ type: 'release_stop', orderId: stop.orderId });
    keeper.start();
    keep();
    await pass(60_000);
    expect(tries).toEqual([]);
    expect([keeper.looksAfter(stop.orderId), core.state.keptStops.size]).toEqual([false, 0]);
  });

  it('stays missing over a restart where coins were too few for all of it, until the rest is placed', async () => {
    let isFull = false;
    const { core, stop, keep, pass, cancel, tries, restart } = world((place) => {
      if (!isFull) throw UNREACHABLE;
      return taken(place());
    });
    cancel();
    const part = core.open({ ...STOP, quantity: decimal('0.5'), replaces: stop.orderId });
    keep(null, true);
    await pass(1_000);
    const next = restart();
    await pass(5_000);
    expect(next.lost()[0]?.uncovered.toString()).toBe('1.5');
    isFull = true;
    await pass(LONGEST_PUT_BACK_MS + 1_000);
    expect(tries.at(-1)?.quantity).toBe('1.5');
    const rest = [...core.state.unfinished.values()].find(({ orderId: id }) => id !== part.orderId);
    if (rest === undefined) throw new Error('the rest was not placed');
    core.outcome(rest, accepted(rest));
    await pass(1_000);
    expect([next.lost(), core.state.keptStops.size]).toEqual([[], 0]);
  });

  it('is dropped with its account, with a line in the log', async () => {
    const { core, keeper, keep, pass, cancel, tries, lines, removeAccount } = world(() => ({
      kind: 'unknown_account',
    }));
    cancel();
    keep();
    await pass(5_000);
    expect(keeper.lost()).toHaveLength(1);
    removeAccount();
    const count = tries.length;
    await pass(60_000);
    expect(tries).toHaveLength(count);
    expect(keeper.lost()).toEqual([]);
    expect(core.state.keptStops.size).toBe(0);
    expect(lines.at(-1)).toBe('a stop is not looked after any more: its account was removed');
  });

  it('is put back where the order in its place never reaches the venue', async () => {
    const { core, stop, keeper, keep, pass, cancel, tries } = world((place) => taken(place()));
    cancel();
    const amended = { ...STOP, stopPrice: decimal('85'), quantity: decimal('2') };
    const replacement = core.submitting({ ...amended, replaces: stop.orderId });
    keep(replacement);
    await pass(2_000);
    expect(tries).toEqual([]);
    expect([stop, replacement].map(({ orderId: id }) => keeper.looksAfter(id))).toEqual([true, true]);
    core.outcome(replacement, {
      kind: 'refused',
      reason: { code: 'venue_rejected', venueCode: '-1', venueMessage: 'no', detail: 'no' },
    } as never);
    await pass(1_000);
    expect(tries).toMatchObject([{ quantity: '2' }]);
  });

  it('waits for a placement in doubt that the books do not have, for its bound alone', async () => {
    let isFirst = true;
    const { keep, pass, cancel, tries } = world((place) => {
      if (!isFirst) return taken(place());
      isFirst = false;
      throw new EngineUnavailable('journal_stalled', 'no answer', 1_000, orderId('in doubt'));
    });
    cancel();
    keep();
    await pass(PUT_BACK_ABSENT_MS);
    expect(tries).toHaveLength(1);
    await pass(2_000);
    expect(tries).toHaveLength(2);
  });

  describe('is named in the log as the service ends', () => {
    const END = 'a stop is not in its place at the end';

    it('where its place is empty, or its cancel not confirmed, also before the alarm', () => {
      for (const isConfirmed of [true, false]) {
        const { keeper, keep, cancel, askToCancel, lines } = world(unreachable);
        if (isConfirmed) cancel();
        else askToCancel();
        keep();
        keeper.stop();
        expect(lines).toEqual([END]);
      }
    });

    it('where it comes to be looked after once that has ended', () => {
      const { keeper, keep, cancel, lines } = world(unreachable);
      keeper.stop();
      cancel();
      keep();
      expect(lines).toEqual([END]);
    });

    it('where the order in its place is in doubt, and not where that works', () => {
      for (const works of [false, true]) {
        const { core, keeper, keep, cancel, lines } = world(unreachable);
        cancel();
        const replacement = core.submitting({ ...STOP, quantity: decimal('2') });
        if (works) core.outcome(replacement, accepted(replacement));
        keep(replacement);
        keeper.stop();
        expect(lines).toEqual(works ? [] : [END]);
      }
    });

    it('not where the position is closed', () => {
      const { core, keeper, keep, cancel, lines } = world(unreachable);
      cancel();
      core.fill(core.open({ side: 'sell', quantity: decimal('2') }), 'closed');
      keep();
      keeper.stop();
      expect(lines).toEqual([]);
    });
  });
});

it('a stop of an inventory without a position is placed again too, whatever it stood beside', async () => {
  let left = 3;
  const { keep, pass, cancel, tries, keeper } = world(
    (place) => {
      left -= 1;
      if (left > 0) throw UNREACHABLE;
      return taken(place());
    },
    { position: '0', beside: '3' },
  );
  cancel();
  keep();
  await pass(1_000);
  expect(keeper.lost()[0]?.uncovered.toString()).toBe('3');
  await pass(5_000);
  expect(tries.map(({ quantity }) => quantity)).toEqual(['3', '3', '3']);
});

it('a stop of an inventory is placed for what the account still holds of it, and for nothing once that is sold', async () => {
  const { core, keep, pass, cancel, tries, keeper } = world(unreachable, { position: '0', beside: '3' });
  cancel();
  keep();
  await pass(1_000);
  core.fill(core.open({ side: 'sell', quantity: decimal('2') }), 'sold a part');
  await pass(5_000);
  expect(tries.at(-1)?.quantity).toBe('1');
  core.fill(core.open({ side: 'sell', quantity: decimal('1') }), 'sold');
  await pass(1_000);
  expect(keeper.lost()).toEqual([]);
  expect(core.state.keptStops.size).toBe(0);
});

describe('a process that ends at once leaves the stop to the next one', () => {
  it('from its cancel on: it is put back, once, and the journal says when that is over', async () => {
    const { core, cancel, restart, pass, tries } = world((place) => taken(place()));
    cancel();
    const next = restart();
    await pass(1_000);
    expect(tries).toMatchObject([{ quantity: '2' }]);
    const [placed] = [...core.state.unfinished.values()];
    if (placed === undefined) throw new Error('no stop was placed');
    core.outcome(placed, accepted(placed));
    await pass(1_000);
    expect(next.lost()).toEqual([]);
    expect(core.state.keptStops.size).toBe(0);
    restart();
    await pass(60_000);
    expect(tries).toHaveLength(1);
  });

  it('with the order that was placed for it before: no second one is placed while that works', async () => {
    const { core, stop, cancel, restart, pass, tries } = world((place) => taken(place()));
    cancel();
    core.open({ ...STOP, quantity: decimal('1'), replaces: stop.orderId });
    restart();
    await pass(5_000);
    expect(tries).toEqual([]);
    expect(core.state.keptStops.size).toBe(0);
  });

  it('and places nothing by books that are not compared yet, with an alarm', async () => {
    const { cancel, restart, compare, pass, tries } = world((place) => taken(place()));
    cancel();
    const next = restart({ compared: false });
    await pass(PUT_BACK_DOUBT_MS + 1_000);
    expect(tries).toEqual([]);
    expect(next.lost()).toMatchObject([{ why: expect.stringContaining('not been compared') }]);
    compare();
    await pass(1_000);
    expect(tries).toMatchObject([{ quantity: '2' }]);
  });

  it('also where it owned the portfolio before: what it held then is gone on with by compared books alone', async () => {
    const { stop, keeper, keep, cancel, uncompare, compare, pass, tries } = world(unreachable);
    cancel();
    keep();
    await pass(2_000);
    expect(keeper.looksAfter(stop.orderId)).toBe(true);
    keeper.leave();
    expect([keeper.looksAfter(stop.orderId), keeper.lost()]).toEqual([false, []]);
    uncompare();
    const count = tries.length;
    keeper.start();
    await pass(PUT_BACK_DOUBT_MS + 1_000);
    expect(tries).toHaveLength(count);
    expect(keeper.lost()).toMatchObject([{ why: expect.stringContaining('not been compared') }]);
    compare();
    await pass(1_000);
    expect(tries.slice(count)).toMatchObject([{ quantity: '2' }]);
  });

  it('which lets it go where the position was closed meanwhile', async () => {
    const { core, cancel, restart, pass, tries } = world((place) => taken(place()));
    cancel();
    core.fill(core.open({ side: 'sell', quantity: decimal('2') }), 'closed');
    restart();
    await pass(2_000);
    expect(tries).toEqual([]);
    expect(core.state.keptStops.size).toBe(0);
  });
});

it('a stop whose request does not hand it over is looked after without it, once its time is over', async () => {
  const { stop, keeper, cancel, pass, tries } = world((place) => taken(place()));
  keeper.claim(stop.orderId);
  cancel();
  await pass(KEPT_BY_REQUEST_MS - 1_000);
  expect(tries).toEqual([]);
  await pass(2_000);
  expect(tries).toMatchObject([{ quantity: '2' }]);
});
