/** A stop that sells beside its position: it is put back for what of that is unfilled, and for no more. */
import { expect, it } from 'vitest';
import { decimal } from '../decimal.ts';
import { Desk } from '../testing/fixture.ts';
import { besidePosition, uncoveredQuantity } from './uncovered.ts';

const STOP = { type: 'stop_limit', side: 'sell', price: decimal('89'), stopPrice: decimal('90') } as const;

it('a stop that is filled in part is to sell the rest of it beside the position, and is put back for no more than that', () => {
  const desk = Desk.funded('1000000', '10');
  const stop = desk.open({ ...STOP, quantity: decimal('5') });
  desk.fill(stop, 'a part', { quantity: decimal('2') });
  const beside = besidePosition(desk.state, desk.order(stop.orderId));
  expect([beside.ofThisStop.toString(), beside.ofAllStops.toString()]).toEqual(['3', '3']);
  desk.cancel(stop);
  desk.report(desk.order(stop.orderId), { status: 'canceled', filledQuantity: decimal('2') });
  // Another stop sells two of the three by now.
  desk.open({ ...STOP, quantity: decimal('2') });
  expect(uncoveredQuantity(desk.state, desk.order(stop.orderId), beside).toString()).toBe('1');
});
