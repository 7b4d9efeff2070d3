import { describe, expect, it } from 'vitest';
import { decimal, type Decimal } from '../decimal.ts';
import { venueOrderId, type OrderId } from '../ids.ts';
import { crowded } from '../testing/crowded-desk.ts';
import { accepted, type Desk, fillOf, NO_LIMITS, quoteAt, SPOT_INSTRUMENT } from '../testing/fixture.ts';

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
