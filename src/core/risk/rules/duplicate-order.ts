import type { Decimal } from '../../decimal.ts';
import type { Order, OrderRequest } from '../../order/order.ts';
import { refusal } from '../refusal.ts';
import { PASSED, refused, type RiskRule } from '../rule.ts';

/**
 * The same order again within the window, where neither carries a client id: with ids, the caller has said that they
 * are two. Off by default.
 */
export const duplicateOrder: RiskRule = ({ state, request, context, excluding, closing }) => {
  const windowMs = context.limits.duplicateWindowMs;
  if (windowMs <= 0 || closing || excluding !== null || request.clientOrderId !== null) return PASSED;
  for (const orders of [state.unfinished, state.finished]) {
    for (const order of orders.values()) {
      const ageMs = context.at - order.createdAt;
      if (order.status === 'denied' || ageMs >= windowMs || !isSame(order, request)) continue;
      return refused(
        refusal(
          'duplicate_order',
          'duplicate_order',
          `the same as order ${order.orderId} ${ageMs} ms before`,
          {
            limit: windowMs,
            actual: ageMs,
          },
        ),
      );
    }
  }
  return PASSED;
};

function isSame(order: Order, request: OrderRequest): boolean {
  return (
    order.clientOrderId === null &&
    order.accountId === request.accountId &&
    order.symbol === request.symbol &&
    order.side === request.side &&
    order.type === request.type &&
    equal(order.quantity, request.quantity) &&
    equal(order.cost, request.cost) &&
    equal(order.price, request.price) &&
    equal(order.stopPrice, request.stopPrice)
  );
}

function equal(left: Decimal | null, right: Decimal | null): boolean {
  return left === null || right === null ? left === right : left.equals(right);
}
