/** The cause of a cancel, as the order shows it. */
import { beforeEach, describe, expect, it } from 'vitest';
import { Desk } from '../testing/fixture.ts';

let desk: Desk;
beforeEach(() => {
  desk = Desk.funded();
});

const why = 'daily_loss is 1100, its limit 1000';
const cause = { by: 'risk ladder: cancel_orders', why };

describe('a cancel that is about more than one order', () => {
  it('stays with the order, and is its reason once the venue has canceled it', () => {
    const order = desk.open();
    desk.run({ type: 'cancel_order', orderId: order.orderId, requestedBy: cause.by, why });
    expect(desk.order(order.orderId)).toMatchObject({ status: 'canceling', cancelCause: cause });
    desk.report(order, { status: 'canceled' });
    expect(desk.order(order.orderId)).toMatchObject({
      status: 'canceled',
      cancelCause: cause,
      reason: { code: 'canceled_by_service', detail: `${cause.by}: ${why}` },
    });
    desk.expectReplayEqual();
  });

  it('is forgotten where the venue refuses it, and an order that fills has no such reason', () => {
    const order = desk.open();
    desk.run({ type: 'cancel_order', orderId: order.orderId, requestedBy: cause.by, why });
    desk.fill(order, 'all');
    expect(desk.order(order.orderId)).toMatchObject({ status: 'filled', reason: null });
    desk.expectReplayEqual();
  });

  it('is shown of an order that was never sent', () => {
    const order = desk.submitting();
    desk.outcome(order, { kind: 'not_sent', reason: 'rate_budget', detail: 'no room' });
    desk.expectStatus(order.orderId, 'accepted');
    desk.run({ type: 'cancel_order', orderId: order.orderId, requestedBy: cause.by, why });
    expect(desk.order(order.orderId)).toMatchObject({
      status: 'canceled',
      cancelCause: cause,
      reason: { code: 'annulled', detail: `canceled before it was sent, by ${cause.by}: ${why}` },
    });
    desk.expectReplayEqual();
  });
});

it('a cancel of this very order leaves no cause, as in records from before there were any', () => {
  const order = desk.open();
  desk.cancel(order);
  desk.report(order, { status: 'canceled' });
  expect(desk.order(order.orderId).cancelCause).toBeUndefined();
  expect(desk.order(order.orderId).reason?.code).not.toBe('canceled_by_service');
  desk.expectReplayEqual();
});
