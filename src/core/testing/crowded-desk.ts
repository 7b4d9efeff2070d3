/**
 * A desk with many orders, and how often any of them has been looked at: for tests of what a decision on one order costs beside
 * many others, which ask no clock.
 *
 * Entry point: `crowded`.
 */
import { decimal } from '../decimal.ts';
import type { Order } from '../order/order.ts';
import { Desk } from './fixture.ts';

/** `count` resting orders and as many finished ones; `looks` counts readings of their fields from now on. */
export function crowded(count: number): { readonly desk: Desk; readonly looks: { count: number } } {
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
