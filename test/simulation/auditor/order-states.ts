/** I2, I4: how orders stand here and at the venue. */
import type { Order } from '../../../src/simulators/exchange/order.ts';
import type { ShownOrder } from './evidence.ts';

const CLOSED_WITHOUT_VENUE: ReadonlySet<string> = new Set(['failed', 'rejected', 'denied', 'canceled']);

/** I2, I4: the status of each order, shown against the venue's; also for a check in the midst of a run. */
export function compareOrders(shown: readonly ShownOrder[], atVenue: readonly Order[]): readonly string[] {
  const violations: string[] = [];
  const byClientId = new Map<string, Order>();
  for (const order of atVenue) {
    const id = order.clientOrderId ?? '';
    // A triggered stop has the state of the order that it became.
    if (byClientId.get(id)?.status !== 'triggered' && order.status === 'triggered' && byClientId.has(id))
      continue;
    byClientId.set(id, order);
  }
  for (const order of shown) {
    const theirs = byClientId.get(order.venueClientOrderId);
    if (theirs === undefined) {
      if (!CLOSED_WITHOUT_VENUE.has(order.status))
        violations.push(`I4: ${order.orderId} is ${order.status} and the venue has no such order`);
    } else if ((theirs.status === 'untriggered' ? 'open' : theirs.status) !== order.status) {
      violations.push(`I4: ${order.orderId} is ${order.status} and at the venue ${theirs.status}`);
    }
  }
  return violations;
}

/** Whether an order can still trade or trigger at the venue. */
export function isWorking(order: Order): boolean {
  return order.status === 'open' || order.status === 'partially_filled' || order.status === 'untriggered';
}
