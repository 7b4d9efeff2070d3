import { beforeEach, describe, expect, it } from 'vitest';
import { decimal } from '../../decimal.ts';
import { Desk, NO_LIMITS, SPOT, SWAP } from '../../testing/fixture.ts';

let desk: Desk;
beforeEach(() => {
  desk = Desk.funded();
});

describe('kill_switch', () => {
  beforeEach(() => {
    desk.hold(SWAP, '2');
    desk.run({ type: 'kill_switch', engaged: true, requestedBy: 'x', why: 'storm', idempotency: null });
  });

  it('refuses new risk while it is engaged, also with checks off', () => {
    expect(desk.refusalBy('kill_switch')).toMatchObject({ code: 'kill_switch_engaged' });
    expect(
      desk.refusalBy('kill_switch', {}, { limits: { ...NO_LIMITS, checksEnabled: false } }),
    ).not.toBeNull();
  });

  it('lets out what shrinks exposure, and nothing beyond the position', () => {
    const sell = { symbol: SWAP, side: 'sell' } as const;
    expect(desk.refusalBy('kill_switch', { ...sell, quantity: decimal('2') })).toBeNull();
    expect(desk.refusalBy('kill_switch', { ...sell, quantity: decimal('2.001') })).not.toBeNull();
    expect(desk.refusalBy('kill_switch', { ...sell, quantity: decimal('3'), reduceOnly: true })).toBeNull();
    expect(desk.refusalBy('kill_switch', { symbol: SPOT, side: 'sell' })).toBeNull();
  });

  it('is released by a person', () => {
    desk.run({ type: 'kill_switch', engaged: false, requestedBy: 'x', why: 'calm', idempotency: null });
    expect(desk.refusalBy('kill_switch')).toBeNull();
  });
});
