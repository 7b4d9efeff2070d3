/** Stops that were canceled to make room, until they are in their place again: over a desk of the core, on a clock of the test's own. */
import { describe, expect, it } from 'vitest';
import { decimal, type Decimal } from '../core/decimal.ts';
import { orderId, portfolioId } from '../core/ids.ts';
import { JUMP_CONFIRM_WITHIN_MS } from '../core/mark-confirmation.ts';
import type { Order } from '../core/order/order.ts';
import { besidePosition } from '../core/order/uncovered.ts';
import { orderOf } from '../core/portfolio/state.ts';
import { accepted, Desk, quoteAt, SPOT, SPOT_INSTRUMENT } from '../core/testing/fixture.ts';
import { EngineUnavailable, type OnWouldTrigger, type PlaceAnswer } from './desk.ts';
import {
  FIRST_PUT_BACK_MS,
  KEPT_BY_REQUEST_MS,
  LONGEST_PUT_BACK_MS,
  PUT_BACK_ABSENT_MS,
  PUT_BACK_DOUBT_MS,
  PUT_BACK_FOR_MS,
  StopKeeper,
} from './stop-keeper.ts';

const UNREACHABLE = new EngineUnavailable('venue_unreachable', 'not connected', 1_000);
const STOP = { type: 'stop_market', side: 'sell', price: null, stopPrice: decimal('90') } as const;

/**
 * A position of 2 beside an inventory of `beside`, a stop for all of both, and a keeper; `answer` says what becomes of a placement, which
 * is counted. The market stands at `market.price`, and is known anew where `market.isKnown`.
 */
function world(
  answer: (place: () => Order, quantity: Decimal, onWouldTrigger: OnWouldTrigger) => PlaceAnswer,
  { position = '2', beside = '0' } = {},
) {
  const core = Desk.funded('1000000', beside);
  if (position !== '0') core.hold(SPOT, position);
  const stop = core.open({ ...STOP, quantity: decimal(position).add(decimal(beside)) });
  const market = { price: '100', isKnown: true };
  let timers: { at: number; action: () => void }[] = [];
  const lines: string[] = [];
  const tries: { readonly at: number; readonly quantity: string; readonly onWouldTrigger: OnWouldTrigger }[] =
    [];
  const note = (_fields: unknown, words: string): number => lines.push(words);
  const began = core.at;
  const place = (quantity: Decimal): Order => core.submitting({ ...STOP, quantity });
  let isCompared = true;
  const start = (): StopKeeper =>
    new StopKeeper({
      portfolioId: portfolioId('p'),
      clock: {
        now: () => core.at,
        // The two clocks of a process have nothing in common.
        monotonic: () => core.at - began,
        after: (delayMs, action) => {
          const timer = { at: core.at + delayMs, action };
          timers.push(timer);
          return () => {
            timers = timers.filter((other) => other !== timer);
          };
        },
      },
      log: { info: note, warn: note, error: note },
      background: { run: (work) => void work },
      isOpen: () => true,
      state: () => core.state,
      order: async (id) => orderOf(core.state, id) ?? null,
      lotSize: () => decimal('0.001'),
      isCompared: () => isCompared,
      place: async ({ quantity, ...intent }) => {
        const onWouldTrigger: OnWouldTrigger = intent.onWouldTrigger ?? 'refuse';
        if (quantity === null) throw new TypeError('a stop without a quantity');
        tries.push({ at: core.at - began, quantity: quantity.toString(), onWouldTrigger });
        return answer(() => place(quantity), quantity, onWouldTrigger);
      },
      submit: async (make) => core.run(make()).reply,
      isReachedNow: async ({ stopPrice }) =>
        market.isKnown ? stopPrice?.atLeast(decimal(market.price)) === true : null,
    });
  const keeper = start();
  const besidePlace = besidePosition(core.state, stop);
  const keep = (replacement: Order | null = null): void =>
    keeper.keep({
      beside: besidePlace,
      requestedBy: 'ann',
      stop: core.order(stop.orderId),
      replacement: replacement?.orderId ?? null,
      placeAnew: async (quantity, onWouldTrigger) => {
        tries.push({ at: core.at - began, quantity: quantity.toString(), onWouldTrigger });
        return answer(() => place(quantity), quantity, onWouldTrigger);
      },
    });
  const pass = async (ms: number): Promise<void> => {
    for (const until = core.at + ms; core.at < until;) {
      core.at += 500;
      const due = timers.filter(({ at }) => at <= core.at);
      timers = timers.filter(({ at }) => at > core.at);
      for (const { action } of due) action();
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
    }
  };
  const cancel = (): void => {
    core.cancel(stop);
    core.report(core.order(stop.orderId), { status: 'canceled' });
  };
  /** The cancel of a request that says what it makes room for, and the next process over the same journal. */
  const cancelToKeep = (): void => {
    core.run({
      type: 'cancel_order',
      orderId: stop.orderId,
      requestedBy: 'ann',
      keep: { beside: besidePlace },
    });
    core.report(core.order(stop.orderId), { status: 'canceled' });
  };
  const restart = ({ compared = true } = {}): StopKeeper => {
    timers = [];
    core.expectReplayEqual();
    core.reopen();
    isCompared = compared;
    const next = start();
    next.start();
    return next;
  };
  const compare = (): void => {
    isCompared = true;
  };
  return { core, stop, keeper, keep, pass, cancel, cancelToKeep, restart, compare, lines, tries, market };
}

const taken = (order: Order): PlaceAnswer => ({ kind: 'accepted', order, replayed: false });
const unreachable = (): PlaceAnswer => {
  throw UNREACHABLE;
};

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
    const { core, stop, keeper, keep, pass, tries } = world((place) => taken(place()));
    core.cancel(stop);
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
        const { core, stop, keeper, keep, cancel, lines } = world(unreachable);
        if (isConfirmed) cancel();
        else core.cancel(stop);
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

/** As `world`; a placement is decided by the rules, at a market of 85 at first, which is beyond the stop price of 90. */
function passedWorld(given: { readonly beside?: string; readonly isTakenOver?: boolean } = {}) {
  const made: ReturnType<typeof world> = world((_place, quantity, onWouldTrigger) => {
    const { core, market } = made;
    const closes = onWouldTrigger === 'close_now' ? { onWouldTrigger } : {};
    const quote = market.isKnown ? quoteAt(SPOT_INSTRUMENT, decimal(market.price), core.at) : null;
    const { reply } = core.place({ ...STOP, quantity, getsOut: true, ...closes }, { quote });
    if (reply.kind === 'accepted') return taken(reply.order);
    if (reply.kind !== 'denied') throw new TypeError(reply.kind);
    return { ...reply, replayed: false };
  }, given);
  made.market.price = '85';
  if (given.isTakenOver === true) {
    made.cancelToKeep();
    made.restart();
  } else {
    made.cancel();
    made.keep();
  }
  const closing = (): Order => {
    const found = [...made.core.state.unfinished.values()].at(-1);
    if (found === undefined) throw new Error('nothing was placed');
    return made.core.order(found.orderId);
  };
  return { ...made, closing };
}

describe('a stop whose price the market passed while it was canceled', () => {
  it('closes its position at once when a second datum says so, once, with an alarm until then', async () => {
    const { core, keeper, pass, tries, lines, closing } = passedWorld();
    await pass(500);
    expect(tries).toMatchObject([{ quantity: '2', onWouldTrigger: 'refuse' }]);
    expect(keeper.lost()[0]?.why).toMatch(/would trigger at once/);
    await pass(500);
    expect(tries.slice(1)).toMatchObject([{ quantity: '2', onWouldTrigger: 'close_now' }]);
    expect(closing()).toMatchObject({ type: 'market', insteadOfStop: { stopPrice: decimal('90') } });
    await pass(10_000);
    expect(tries).toHaveLength(2);
    core.outcome(closing(), accepted(closing()));
    core.fill(closing(), 'closed');
    await pass(60_000);
    expect(tries).toHaveLength(2);
    expect(keeper.lost()).toEqual([]);
    expect(lines.at(-1)).toBe('a position misses its stop no longer');
  });

  it('closes it too where the process that canceled it has ended', async () => {
    const { pass, tries, closing } = passedWorld({ isTakenOver: true });
    await pass(1_000);
    expect(tries.map(({ onWouldTrigger }) => onWouldTrigger)).toEqual(['refuse', 'close_now']);
    expect(closing()).toMatchObject({ type: 'market', quantity: decimal('2') });
  });

  it('rests again where the market has come back by then', async () => {
    const { keeper, pass, tries, closing, core, market } = passedWorld();
    await pass(500);
    market.price = '95';
    await pass(500);
    expect(tries.slice(1)).toMatchObject([{ quantity: '2', onWouldTrigger: 'refuse' }]);
    expect(closing()).toMatchObject({ type: 'stop_market', quantity: decimal('2') });
    core.outcome(closing(), accepted(closing()));
    await pass(1_000);
    expect(keeper.lost()).toEqual([]);
  });

  it('closes nothing by one datum: without a second one in its time it is placed and refused again', async () => {
    const { pass, tries, market, core } = passedWorld();
    await pass(500);
    market.isKnown = false;
    await pass(JUMP_CONFIRM_WITHIN_MS);
    expect(tries).toHaveLength(1);
    await pass(500);
    // Without any price here the venue decides.
    expect(tries.map(({ onWouldTrigger }) => onWouldTrigger)).toEqual(['refuse', 'refuse']);
    expect([...core.state.unfinished.values()]).toMatchObject([{ type: 'stop_market' }]);
  });

  it('closes it by two refusals of the venue as well', async () => {
    const { pass, tries, market, core, closing } = passedWorld();
    market.isKnown = false;
    const refuse = (): void => {
      const reason = { kind: 'would_trigger', venueCode: '-2021', venueMessage: 'would trigger' } as const;
      core.outcome(closing(), { kind: 'refused', reason });
    };
    await pass(500);
    refuse();
    await pass(1_000);
    expect(tries.map(({ onWouldTrigger }) => onWouldTrigger)).toEqual(['refuse', 'refuse']);
    refuse();
    await pass(1_000);
    expect(tries.slice(2)).toMatchObject([{ quantity: '2', onWouldTrigger: 'close_now' }]);
  });

  it('closes what is open after a part of it was closed, and never more', async () => {
    const { core, pass, tries, closing } = passedWorld();
    await pass(1_000);
    core.outcome(closing(), accepted(closing()));
    core.fill(closing(), 'part', { quantity: decimal('1.5') });
    core.report(closing(), { status: 'expired', filledQuantity: decimal('1.5') });
    await pass(30_000);
    expect(tries.slice(2).map(({ quantity }) => quantity)).toEqual(['0.5', '0.5']);
    expect(tries.at(-1)?.onWouldTrigger).toBe('close_now');
  });

  it('sells no coins beside the position: the alarm stands for those, and the stop comes back with the market', async () => {
    const { core, keeper, pass, tries, closing, market } = passedWorld({ beside: '3' });
    await pass(1_000);
    expect(tries).toMatchObject([
      { quantity: '5', onWouldTrigger: 'refuse' },
      { quantity: '2', onWouldTrigger: 'close_now' },
    ]);
    core.outcome(closing(), accepted(closing()));
    core.fill(closing(), 'closed', { quantity: decimal('2') });
    await pass(30_000);
    expect(keeper.lost()[0]?.uncovered.toString()).toBe('3');
    expect(new Set(tries.slice(2).map(({ onWouldTrigger }) => onWouldTrigger))).toEqual(new Set(['refuse']));
    market.price = '95';
    await pass(LONGEST_PUT_BACK_MS + 1_000);
    expect(closing()).toMatchObject({ type: 'stop_market', quantity: decimal('3') });
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
    const { core, cancelToKeep, restart, pass, tries } = world((place) => taken(place()));
    cancelToKeep();
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
    const { core, stop, cancelToKeep, restart, pass, tries } = world((place) => taken(place()));
    cancelToKeep();
    core.open({ ...STOP, quantity: decimal('1'), replaces: stop.orderId });
    restart();
    await pass(5_000);
    expect(tries).toEqual([]);
    expect(core.state.keptStops.size).toBe(0);
  });

  it('and places nothing by books that are not compared yet, with an alarm', async () => {
    const { cancelToKeep, restart, compare, pass, tries } = world((place) => taken(place()));
    cancelToKeep();
    const next = restart({ compared: false });
    await pass(PUT_BACK_DOUBT_MS + 1_000);
    expect(tries).toEqual([]);
    expect(next.lost()).toMatchObject([{ why: expect.stringContaining('not been compared') }]);
    compare();
    await pass(1_000);
    expect(tries).toMatchObject([{ quantity: '2' }]);
  });

  it('which lets it go where the position was closed meanwhile', async () => {
    const { core, cancelToKeep, restart, pass, tries } = world((place) => taken(place()));
    cancelToKeep();
    core.fill(core.open({ side: 'sell', quantity: decimal('2') }), 'closed');
    restart();
    await pass(2_000);
    expect(tries).toEqual([]);
    expect(core.state.keptStops.size).toBe(0);
  });
});

it('a stop whose request does not hand it over is looked after without it, once its time is over', async () => {
  const { stop, keeper, cancelToKeep, pass, tries } = world((place) => taken(place()));
  keeper.claim(stop.orderId);
  cancelToKeep();
  await pass(KEPT_BY_REQUEST_MS - 1_000);
  expect(tries).toEqual([]);
  await pass(2_000);
  expect(tries).toMatchObject([{ quantity: '2' }]);
});
