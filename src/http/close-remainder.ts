/** Base units that the orders of a close leave open. */
import { Decimal } from '../core/decimal.ts';
import type { Order } from '../core/order/order.ts';
import { isFinished } from '../core/order/transitions.ts';

/** Base units of a close that orders of it have closed, or may close yet. */
export function closedBy(orders: readonly Order[]): Decimal {
  return orders.reduce(
    (sum, order) =>
      sum.add(isFinished(order.status) ? order.filledQuantity : (order.quantity ?? order.filledQuantity)),
    Decimal.zero,
  );
}

/** Base units that orders of a close were to fill and have ended without; null where there are none. */
export function unfilled(orders: readonly Order[]): Decimal | null {
  const asked = orders.reduce((sum, { quantity }) => sum.add(quantity ?? Decimal.zero), Decimal.zero);
  return positiveOrNull(asked.subtract(closedBy(orders)));
}

/** Null for none: such a field is left out of the answer. */
export function positiveOrNull(quantity: Decimal): Decimal | null {
  return quantity.isPositive() ? quantity : null;
}
