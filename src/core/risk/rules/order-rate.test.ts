import { beforeEach, describe, expect, it } from 'vitest';
import { decimal } from '../../decimal.ts';
import { Desk, NO_LIMITS, START, SWAP } from '../../testing/fixture.ts';
import { COUNTED_ACCEPTANCES } from '../../portfolio/state.ts';

let desk: Desk;
beforeEach(() => {
  desk = Desk.funded();
});

describe('order_rate', () => {
  const limits = { ...NO_LIMITS, maxOrdersPerWindow: 3, orderRateWindowMs: 1_000 };

  it('counts acceptances in the window that ends now', () => {
    for (const at of [0, 400, 800]) {
      desk.at = START + at;
      desk.open();
    }
    desk.at = START + 999;
    expect(desk.refusalBy('order_rate', {}, { limits })).toMatchObject({
      code: 'order_rate_limit',
      limit: '3',
      actual: '4',
    });
    desk.at = START + 1_000;
    expect(desk.refusalBy('order_rate', {}, { limits })).toBeNull();
  });

  it('does not count denials', () => {
    for (let n = 0; n < 5; n += 1) desk.place({ quantity: decimal('0.0001') });
    expect(desk.refusalBy('order_rate', {}, { limits })).toBeNull();
  });

  it('never stops a closing order', () => {
    desk.hold(SWAP, '1');
    for (let n = 0; n < 3; n += 1) desk.open();
    expect(desk.refusalBy('order_rate', { symbol: SWAP, side: 'sell' }, { limits })).toBeNull();
    expect(desk.refusalBy('order_rate', {}, { limits })).not.toBeNull();
  });

  it('counts at most what is remembered, however high the limit is', () => {
    desk.state.recentAcceptances = Array.from({ length: COUNTED_ACCEPTANCES }, () => START);
    const high = { ...limits, maxOrdersPerWindow: 1_000_000 };
    expect(desk.refusalBy('order_rate', {}, { limits: high })).toMatchObject({
      limit: String(COUNTED_ACCEPTANCES),
    });
  });

  it('remembers that many at least', () => {
    const limitless = Desk.funded();
    for (let n = 0; n < 2 * COUNTED_ACCEPTANCES + 5; n += 1) {
      const order = limitless.submitting({ quantity: decimal('0.05') });
      limitless.outcome(order, { kind: 'not_sent', reason: 'breaker_open', detail: '' });
      if (n >= COUNTED_ACCEPTANCES)
        expect(limitless.state.recentAcceptances.length).toBeGreaterThanOrEqual(COUNTED_ACCEPTANCES);
      expect(limitless.state.recentAcceptances.length).toBeLessThanOrEqual(2 * COUNTED_ACCEPTANCES);
    }
  });
});
