/** Rows of the control API's answers, in its words. */
import type { AccountFunding } from './exchange/account.ts';
import type { Order } from './exchange/order.ts';

export function orderRow(order: Order): Record<string, unknown> {
  return {
    venue_order_id: order.venueOrderId,
    client_order_id: order.clientOrderId,
    account_id: order.accountId,
    symbol: order.symbol,
    side: order.side,
    position_side: order.marketType === 'swap' ? order.positionSide : null,
    type: order.type,
    price: order.price,
    stop_price: order.stopPrice,
    quantity: order.quantity,
    cost: order.cost,
    filled: order.filled,
    status: order.status,
    end_reason: order.endReason,
    time_in_force: order.timeInForce,
    post_only: order.postOnly,
    reduce_only: order.reduceOnly,
    conditional: order.conditional,
    conditional_venue_order_id: order.conditionalVenueOrderId,
    triggered_venue_order_id: order.triggeredVenueOrderId,
    created_at: iso(order.createdAt),
    updated_at: iso(order.updatedAt),
  };
}

export function fundingRow({ accountId, payment }: AccountFunding): Record<string, unknown> {
  return {
    account_id: accountId,
    symbol: payment.symbol,
    position_side: payment.positionSide,
    asset: payment.asset,
    amount: payment.amount,
    rate: payment.rate,
    mark_price: payment.markPrice,
    quantity: payment.quantity,
    at: iso(payment.at),
  };
}

export function iso(ms: number): string {
  return new Date(ms).toISOString();
}
