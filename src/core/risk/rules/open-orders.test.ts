import { beforeEach, describe, expect, it } from 'vitest';
import { decimal } from '../../decimal.ts';
import { Desk, marketContext, NO_LIMITS, SWAP } from '../../testing/fixture.ts';

let desk: Desk;
beforeEach(() => {
  desk = Desk.funded();
});

describe('open_orders', () => {
  const context = { limits: { ...NO_LIMITS, maxOpenOrders: 2 } };

  it('counts every unfinished order of the portfolio, and this one', () => {
    desk.open();
    expect(desk.refusalBy('open_orders', {}, context)).toBeNull();
    const unknown = desk.submitting({ symbol: SWAP });
    desk.outcome(unknown, { kind: 'unknown', detail: '' });
    expect(desk.refusalBy('open_orders', {}, context)).toMatchObject({
      code: 'open_orders_limit',
      limit: '2',
      actual: '3',
    });
  });

  it('forgets finished ones', () => {
    desk.open();
    const order = desk.open();
    desk.fill(order, 't1');
    expect(desk.refusalBy('open_orders', {}, context)).toBeNull();
  });

  it('never stops a closing order', () => {
    desk.hold(SWAP, '1');
    desk.open();
    desk.open();
    const close = { symbol: SWAP, side: 'sell', reduceOnly: true } as const;
    expect(desk.refusalBy('open_orders', close, context)).toBeNull();
    expect(desk.refusalBy('open_orders', { quantity: decimal('2') }, context)).not.toBeNull();
  });

  it('does not count a retried order twice', () => {
    desk.open();
    const order = desk.submitting({}, context);
    desk.outcome(order, { kind: 'not_sent', reason: 'connect_failed', detail: '' });
    desk.at += 200;
    const retry = marketContext({ at: desk.at, ...context });
    desk.run({ type: 'retry_due', orderId: order.orderId, context: retry });
    desk.expectStatus(order.orderId, 'submitting');
  });
});
