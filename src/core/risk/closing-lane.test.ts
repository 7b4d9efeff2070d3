/** Which orders are closes, so that they have the lane of closing orders. */
import { expect, it } from 'vitest';
import { decimal } from '../decimal.ts';
import { Desk, orderRequest, SPOT } from '../testing/fixture.ts';
import { closesPosition } from './exposure.ts';

const sale = (quantity: string) =>
  orderRequest({ symbol: SPOT, side: 'sell', quantity: decimal(quantity), price: decimal('100') });

it('takes a spot sale for a close up to the position, with all that is open on its side, and not beyond it', () => {
  const desk = Desk.funded();
  expect(closesPosition(desk.state, sale('1'))).toBe(false);
  desk.hold(SPOT, '5');
  expect([closesPosition(desk.state, sale('5')), closesPosition(desk.state, sale('5.001'))]).toEqual([
    true,
    false,
  ]);
});

it('takes a reduce-only order for a close in any case', () => {
  const desk = Desk.funded();
  expect(closesPosition(desk.state, { ...sale('1'), reduceOnly: true })).toBe(true);
});

it('takes the sale of a whole position for a close also once it is in the books: it does not stand in its own way', () => {
  const desk = Desk.funded();
  desk.hold(SPOT, '5');
  const whole = desk.open({ side: 'sell', quantity: decimal('5') });
  expect(closesPosition(desk.state, desk.order(whole.orderId))).toBe(true);
  expect(closesPosition(desk.state, sale('0.001'))).toBe(false);
});
