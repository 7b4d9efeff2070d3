/** Words of Coinbase's orders, from those of the neutral exchange. Sources: "List Orders" and the user channel of "WebSocket Channels". */
import { hasTrigger, type Order, type Side } from '../exchange/order.ts';
import { malformed } from './errors.ts';
import type { Parameters } from './parameters.ts';
import type { UndecidedBehaviour } from './undecided.ts';

export function readSide(parameters: Parameters): Side {
  const side = parameters.required('side');
  if (side !== 'BUY' && side !== 'SELL') throw malformed('side');
  return side === 'BUY' ? 'buy' : 'sell';
}

export function sideName(side: Side): string {
  return side === 'buy' ? 'BUY' : 'SELL';
}

/** Whether the order is one whose cancel is still queued as far as clients see. */
export function isCancelQueued(
  { status, endReason, updatedAt }: Order,
  nowMs: number,
  { cancelQueuedForMs }: UndecidedBehaviour,
): boolean {
  return status === 'canceled' && endReason === 'user_canceled' && nowMs - updatedAt < cancelQueuedForMs;
}

/** The status that an order has once no cancel of it is queued any more. */
export function statusName(order: Order, { goodTillDateEndsAs }: UndecidedBehaviour): string {
  switch (order.status) {
    case 'pending':
      return 'PENDING';
    case 'untriggered':
    case 'open':
    case 'partially_filled':
    case 'triggered':
      return 'OPEN';
    case 'filled':
      return 'FILLED';
    case 'canceled':
      return 'CANCELLED';
    case 'expired':
      return goodTillDateEndsAs;
    case 'rejected':
      return 'FAILED';
  }
}

export function timeInForceName({ type, timeInForce }: Order): string {
  if (type === 'market') return 'IMMEDIATE_OR_CANCEL';
  switch (timeInForce) {
    case 'GTC':
      return 'GOOD_UNTIL_CANCELLED';
    case 'GTD':
      return 'GOOD_UNTIL_DATE_TIME';
    case 'IOC':
      return 'IMMEDIATE_OR_CANCEL';
    case 'FOK':
      return 'FILL_OR_KILL';
  }
}

export type OrderTypeName = 'MARKET' | 'LIMIT' | 'STOP_LIMIT';

export function orderTypeName({ type }: Order): OrderTypeName {
  if (type === 'market') return 'MARKET';
  return hasTrigger(type) ? 'STOP_LIMIT' : 'LIMIT';
}

/** The user channel's own words for the types. */
export const STREAMED_TYPES: Readonly<Record<OrderTypeName, string>> = {
  MARKET: 'Market',
  LIMIT: 'Limit',
  STOP_LIMIT: 'Stop Limit',
};

export function triggerStatusName({ type, triggeredAt }: Order): string {
  if (!hasTrigger(type)) return 'INVALID_ORDER_TYPE';
  return triggeredAt === null ? 'STOP_PENDING' : 'STOP_TRIGGERED';
}

/** The direction in which the price passes the stop. */
export function stopDirectionName({ type, side }: Pick<Order, 'type' | 'side'>): string {
  const isStop = type === 'stop_limit' || type === 'stop_market';
  return isStop === (side === 'buy') ? 'STOP_DIRECTION_STOP_UP' : 'STOP_DIRECTION_STOP_DOWN';
}

/** Why an order was canceled, in words that no page lists; empty where it was not. */
export function cancelMessage({ status, endReason }: Order): string {
  if (status !== 'canceled') return '';
  switch (endReason) {
    case 'user_canceled':
      return 'User requested cancel';
    case 'rest_not_filled':
    case 'fok_not_fillable':
      return 'Internal error: the rest of the order cannot be filled';
    case 'symbol_settled':
      return 'Product delisted';
    case 'post_only_would_take':
    case 'self_trade_prevention':
    case 'good_till_date':
    case 'list_other_leg':
    case 'list_first_ended':
    case 'insufficient_balance':
    case 'reduce_only':
    case 'liquidation':
    case 'refused_on_trigger':
    case null:
      return '';
  }
}

export function rejectReasonName({ status, endReason }: Order): string {
  if (status !== 'rejected') return 'REJECT_REASON_UNSPECIFIED';
  return endReason === 'insufficient_balance' ? 'INSUFFICIENT_FUNDS' : 'HOLD_FAILURE';
}
