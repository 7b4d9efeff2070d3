import { beforeEach, describe, expect, it } from 'vitest';
import { decimal } from '../../decimal.ts';
import { Desk, NO_LIMITS, START } from '../../testing/fixture.ts';
import { clientOrderId } from '../../ids.ts';
import { DEFAULT_LIMITS } from '../limits.ts';

let desk: Desk;
beforeEach(() => {
  desk = Desk.funded();
});

describe('duplicate_order', () => {
  const limits = { ...NO_LIMITS, duplicateWindowMs: 1_000 };

  it('is off by default', () => {
    desk.open();
    expect(DEFAULT_LIMITS.duplicateWindowMs).toBe(0);
    expect(desk.refusalBy('duplicate_order')).toBeNull();
  });

  it('refuses the same order within the window, finished or not', () => {
    const order = desk.open();
    desk.at = START + 999;
    expect(desk.refusalBy('duplicate_order', {}, { limits })).toMatchObject({
      code: 'duplicate_order',
      limit: '1000',
      actual: '999',
    });
    desk.fill(order, 't1');
    expect(desk.refusalBy('duplicate_order', {}, { limits })).not.toBeNull();
    desk.at = START + 1_000;
    expect(desk.refusalBy('duplicate_order', {}, { limits })).toBeNull();
  });

  it('takes any difference for another order', () => {
    desk.open();
    for (const given of [{ price: decimal('99') }, { quantity: decimal('2') }, { side: 'sell' }] as const)
      expect(desk.refusalBy('duplicate_order', given, { limits })).toBeNull();
  });

  it('never concerns orders with client ids', () => {
    desk.open({ clientOrderId: clientOrderId('a') });
    expect(desk.refusalBy('duplicate_order', { clientOrderId: clientOrderId('b') }, { limits })).toBeNull();
    expect(desk.refusalBy('duplicate_order', {}, { limits })).toBeNull();
  });

  it('does not count what was denied', () => {
    desk.place({ quantity: decimal('0.0001') });
    expect(desk.refusalBy('duplicate_order', { quantity: decimal('0.0001') }, { limits })).toBeNull();
  });

  it('names the newest one, and none that has left memory', () => {
    const refusedFor = (): string | undefined =>
      desk.refusalBy('duplicate_order', {}, { limits: { ...NO_LIMITS, duplicateWindowMs: 5_000 } })?.detail;
    const first = desk.open();
    expect(refusedFor()).toContain(`${first.orderId} 0 ms before`);
    desk.at = START + 10;
    const second = desk.open();
    desk.fill(second, 't2');
    desk.at = START + 20;
    expect(refusedFor()).toContain(`${second.orderId} 10 ms before`);
    desk.run({ type: 'evict', finishedBefore: START + 20 });
    expect(refusedFor()).toContain(`${first.orderId} 20 ms before`);
    desk.fill(first, 't1');
    desk.run({ type: 'evict', finishedBefore: START + 30 });
    expect(refusedFor()).toBeUndefined();
    expect(desk.state.unfinished.size + desk.state.finished.size).toBe(0);
  });

  it('finds in a state read back what it finds in the one that was folded', () => {
    const order = desk.open();
    desk.state = desk.replayed();
    expect(desk.refusalBy('duplicate_order', {}, { limits })?.detail).toContain(order.orderId);
  });
});
