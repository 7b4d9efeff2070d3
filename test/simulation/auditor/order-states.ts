/** I2, I4: how orders stand here and at the venue. */
import type { Order } from '../../../src/simulators/exchange/order.ts';
import type { WordsOfVenue } from '../wire/venue-on-wire.ts';
import type { ShownOrder } from './evidence.ts';

const CLOSED_WITHOUT_VENUE: ReadonlySet<string> = new Set(['failed', 'rejected', 'denied', 'canceled']);

/** I2, I4: the status of each order, shown against the venue's; also for a check in the midst of a run. */
export function compareOrders(
  shown: readonly ShownOrder[],
  atVenue: readonly Order[],
  { callsExpired }: Pick<WordsOfVenue, 'callsExpired'>,
): readonly string[] {
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
      continue;
    }
    if (!mayBeShownAs(theirs, order.status, callsExpired))
      violations.push(`I4: ${order.orderId} is ${order.status} and at the venue ${theirs.status}`);
  }
  return violations;
}

/**
 * Whether the service names the state of an order rightly. Where the venue calls every end that is no fill canceled, an order that trades
 * at once has expired, unless somebody canceled it.
 */
function mayBeShownAs(order: Order, shown: string, callsExpired: boolean): boolean {
  const { status, timeInForce, type } = order;
  if (status === 'untriggered') return shown === 'open';
  if (callsExpired || (status !== 'expired' && status !== 'canceled')) return shown === status;
  const tradesAtOnce = timeInForce === 'IOC' || timeInForce === 'FOK' || type === 'market';
  return shown === 'canceled' || (tradesAtOnce && shown === 'expired');
}

/** Whether an order can still trade or trigger at the venue. */
export function isWorking(order: Order): boolean {
  return order.status === 'open' || order.status === 'partially_filled' || order.status === 'untriggered';
}
