import { describe, expect, it } from 'vitest';
import { decimal, type Decimal } from '../decimal.ts';
import { venueOrderId, type OrderId } from '../ids.ts';
import { accepted, Desk, fillOf, NO_LIMITS, quoteAt, SPOT_INSTRUMENT } from '../testing/fixture.ts';
import type { Order } from './order.ts';

/** A desk with `count` resting orders and as many finished ones, and how often any of them has been looked at since. */
function crowded(count: number): { readonly desk: Desk; readonly looks: { count: number } } {
  const desk = Desk.funded();
  for (let n = 0; n < count; n += 1) {
    desk.open({ side: 'buy', price: decimal(`${90 - (n % 40)}`), quantity: decimal('0.1') });
    desk.fill(desk.open({ side: n % 2 === 0 ? 'buy' : 'sell' }), `t${n}`);
  }
  const looks = { count: 0 };
  const watched = (order: Order): Order =>
    new Proxy(order, {
      get: (target, name): unknown => {
        looks.count += 1;
        return Reflect.get(target, name);
      },
    });
  // A state of its own, so that whatever is derived from the orders is made anew from the watched ones.
  desk.state = { ...desk.state };
  for (const orders of [desk.state.unfinished, desk.state.finished])
    for (const [id, order] of orders) orders.set(id, watched(order));
  return { desk, looks };
}

/** One order filled, one canceled, with every rule on that concerns other orders; later than any order before. */
function trade(desk: Desk, mark: Decimal): OrderId {
  desk.at += 1;
  const limits = { ...NO_LIMITS, maxTotalExposure: decimal('1000000'), duplicateWindowMs: 1 };
  const context = { quote: quoteAt(SPOT_INSTRUMENT, mark), limits };
  const order = desk.order(
    desk.place({ type: 'market', timeInForce: 'IOC', quantity: decimal('0.1') }, context).orderId,
  );
  desk.outcome(order, accepted(order, { fills: [fillOf(order, `t-${order.orderId}`)] }));
  desk.expectStatus(order.orderId, 'filled');
  const resting = desk.open({ price: decimal('95'), quantity: decimal('0.1') }, context);
  desk.cancel(resting);
  desk.report(resting, { status: 'canceled' });
  desk.expectStatus(resting.orderId, 'canceled');
  return order.orderId;
}

describe('the orders in flight, added up', () => {
  it('are not looked at one by one, by decisions on others, at whatever mark', () => {
    const { desk, looks } = crowded(50);
    trade(desk, decimal('100'));
    expect(looks.count).toBeGreaterThan(100);
    looks.count = 0;
    for (const mark of ['100.01', '99.5', '60.5', '100']) trade(desk, decimal(mark));
    const notOurs = { venueOrderId: venueOrderId('theirs'), venueClientOrderId: null };
    const like = desk.order(trade(desk, decimal('100')));
    desk.fills([fillOf(like, 'not-ours', notOurs)]);
    expect(desk.state.externalFills.size).toBe(1);
    expect(looks.count).toBe(0);
  });
});
