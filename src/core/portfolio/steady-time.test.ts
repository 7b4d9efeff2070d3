import { beforeEach, describe, expect, it } from 'vitest';
import { decimal } from '../decimal.ts';
import { Desk, marketContext, NO_LIMITS, SPOT_INSTRUMENT } from '../testing/fixture.ts';
import { newestTimeOf } from './steady-time.ts';

const TEN_MINUTES_MS = 600_000;
const LIMITS = { ...NO_LIMITS, maxOrdersPerWindow: 3, orderRateWindowMs: 1_000 };

let desk: Desk;
beforeEach(() => {
  desk = Desk.funded();
});

/** The wall clock is set, and the writer has seen it. */
function setClock(stepMs: number): void {
  desk.at += stepMs;
  desk.run({ type: 'clock_stepped', stepMs });
}

function place(quantity = '1'): string {
  const { reply } = desk.place({ quantity: decimal(quantity) }, { limits: LIMITS });
  return reply.kind === 'denied' ? (reply.refusals[0]?.detail ?? '') : reply.kind;
}

const FULL = '3 orders may be accepted within 1000 ms at most';

describe('windows, when the wall clock is set', () => {
  for (const stepMs of [-TEN_MINUTES_MS, TEN_MINUTES_MS]) {
    const way = stepMs < 0 ? 'back' : 'ahead';

    it(`set ${way} by ten minutes: the order rate counts what time has passed, no more and no less`, () => {
      expect([place(), place(), place(), place()]).toEqual(['accepted', 'accepted', 'accepted', FULL]);
      desk.at += 400;
      setClock(stepMs);
      desk.at += 599;
      expect(place()).toBe(FULL);
      desk.at += 1;
      expect([place(), place(), place(), place()]).toEqual(['accepted', 'accepted', 'accepted', FULL]);
      desk.expectReplayEqual();
    });

    it(`set ${way}: an equal order is a duplicate for the window and no longer`, () => {
      const limits = { ...NO_LIMITS, duplicateWindowMs: 1_000 };
      desk.place({}, { limits });
      setClock(stepMs);
      desk.at += 999;
      expect(desk.refusalBy('duplicate_order', {}, { limits })?.actual).toBe('999');
      desk.at += 1;
      expect(desk.refusalBy('duplicate_order', {}, { limits })).toBeNull();
    });

    it(`set ${way}: an order is retried until its own deadline and no longer`, () => {
      const order = desk.submitting({ sendWithinMs: 1_000 });
      const outcome = { kind: 'not_sent', reason: 'connect_failed', detail: '' } as const;
      desk.outcome(order, outcome);
      const dueAt = desk.order(order.orderId).retryAt ?? 0;
      setClock(stepMs);
      expect(desk.order(order.orderId).retryAt).toBe(dueAt + stepMs);
      const retry = (): void => {
        const context = marketContext({ at: desk.at, instrument: SPOT_INSTRUMENT });
        desk.run({ type: 'retry_due', orderId: order.orderId, context });
      };
      desk.at += 999;
      retry();
      expect(desk.status(order)).toBe('submitting');
      desk.outcome(order, outcome);
      desk.at += 1;
      retry();
      expect(desk.status(order)).toBe('failed');
    });
  }

  it('an order that was finished in what is the future now leaves memory', () => {
    const order = desk.open();
    desk.fill(order, 't1');
    desk.report(order, { status: 'filled', filledQuantity: decimal('1') });
    setClock(-TEN_MINUTES_MS);
    desk.run({ type: 'evict', finishedBefore: desk.at - 30_000 });
    expect(desk.state.finished.size).toBe(0);
  });

  it('the newest recorded time is shown so too once its order has left memory', () => {
    setClock(TEN_MINUTES_MS);
    const order = desk.open();
    const acceptedAt = desk.at;
    desk.fill(order, 't1');
    desk.report(order, { status: 'filled', filledQuantity: decimal('1') });
    desk.at += 60_000;
    desk.run({ type: 'evict', finishedBefore: desk.at });
    expect(desk.state.finished.size).toBe(0);
    expect(newestTimeOf(desk.state)).toBe(acceptedAt);
  });

  it('the newest recorded time is shown in time of the wall clock', () => {
    setClock(TEN_MINUTES_MS);
    desk.place();
    expect(newestTimeOf(desk.state)).toBe(desk.at);
  });
});
