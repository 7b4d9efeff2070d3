/** Stops that were canceled to make room, until they are in their place again: over a desk of the core, on a clock of the test's own. */
import { describe, expect, it } from 'vitest';
import { decimal, type Decimal } from '../core/decimal.ts';
import { orderId, portfolioId } from '../core/ids.ts';
import type { Order } from '../core/order/order.ts';
import { orderOf } from '../core/portfolio/state.ts';
import { accepted, Desk, SPOT } from '../core/testing/fixture.ts';
import { EngineUnavailable, type PlaceAnswer } from './desk.ts';
import {
  FIRST_PUT_BACK_MS,
  LONGEST_PUT_BACK_MS,
  PUT_BACK_ABSENT_MS,
  PUT_BACK_DOUBT_MS,
  PUT_BACK_FOR_MS,
  StopKeeper,
} from './stop-keeper.ts';

const UNREACHABLE = new EngineUnavailable('venue_unreachable', 'not connected', 1_000);
const STOP = { type: 'stop_market', side: 'sell', price: null, stopPrice: decimal('90') } as const;

/** A position of 2 and its stop, and a keeper; `answer` says what becomes of a placement, which is counted. */
function world(answer: (place: () => Order) => PlaceAnswer) {
  const core = Desk.funded('1000000', '0');
  core.hold(SPOT, '2');
  const stop = core.open({ ...STOP, quantity: decimal('2') });
  let timers: { at: number; action: () => void }[] = [];
  const lines: string[] = [];
  const tries: { readonly at: number; readonly quantity: string }[] = [];
  const note = (_fields: unknown, words: string): number => lines.push(words);
  const began = core.at;
  const keeper = new StopKeeper({
    portfolioId: portfolioId('p'),
    clock: {
      now: () => core.at,
      monotonic: () => core.at,
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
  });
  const place = (quantity: Decimal): Order => core.submitting({ ...STOP, quantity });
  const keep = (replacement: Order | null = null): void =>
    keeper.keep({
      stop: core.order(stop.orderId),
      replacement: replacement?.orderId ?? null,
      placeAnew: async (quantity) => {
        tries.push({ at: core.at - began, quantity: quantity.toString() });
        return answer(() => place(quantity));
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
  return { core, stop, keeper, keep, pass, cancel, lines, tries };
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
    // Its outcome is not known yet: no second one is placed.
    expect(keeper.lost()).toHaveLength(1);
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
    const { core, keep, pass, cancel, tries } = world((place) => taken(place()));
    cancel();
    const replacement = core.submitting({ ...STOP, stopPrice: decimal('85'), quantity: decimal('2') });
    keep(replacement);
    await pass(2_000);
    expect(tries).toEqual([]);
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
