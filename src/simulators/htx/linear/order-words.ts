/**
 * Words of HTX's contract orders, to and from those of the neutral exchange. Sources: "Place Order" and "Get Order Info" of the v5
 * documentation (type, time in force, state, source and reason of a cancel).
 */
import type { MarginMode } from '../../exchange/account.ts';
import {
  isOpen,
  venueReasonOf,
  type Order,
  type PositionSide,
  type TimeInForce,
} from '../../exchange/order.ts';
import type { SelfTradePrevention } from '../../exchange/policy.ts';

/** `tags` of an order: the margin mode that it named. */
export const MARGIN_MODE_TAG = 'marginMode';

export const POSITION_SIDES: Readonly<Record<PositionSide, string>> = {
  net: 'both',
  long: 'long',
  short: 'short',
};

export const MARGIN_MODES: readonly MarginMode[] = ['cross', 'isolated'];

/** "cancel_taker by default". */
export const PREVENTIONS: Readonly<Record<string, SelfTradePrevention>> = {
  cancel_taker: 'expire_taker',
  cancel_maker: 'expire_maker',
  cancel_both: 'expire_both',
};

export function preventionWord(prevention: SelfTradePrevention): string {
  switch (prevention) {
    case 'expire_taker':
      return 'cancel_taker';
    case 'expire_maker':
      return 'cancel_maker';
    case 'expire_both':
      return 'cancel_both';
    case 'none':
    case 'decrement':
      return 'allow';
  }
}

export type TypeWord = 'market' | 'limit' | 'post_only';
export const TYPE_WORDS: readonly TypeWord[] = ['market', 'limit', 'post_only'];

export function typeWord({ type, postOnly }: Order): TypeWord {
  if (postOnly) return 'post_only';
  return type === 'market' ? 'market' : 'limit';
}

/** "GTC by default". */
export const TIMES_IN_FORCE: Readonly<Record<string, TimeInForce>> = { gtc: 'GTC', ioc: 'IOC', fok: 'FOK' };

/** The examples of market orders have "gtc". */
export function timeInForceWord({ type, timeInForce }: Order): string {
  return type === 'market' ? 'gtc' : timeInForce.toLowerCase();
}

export function marginModeOf({ tags }: Order): string {
  return tags[MARGIN_MODE_TAG] ?? 'cross';
}

/** "new, partially_filled, filled, partially_canceled, canceled, and rejected". */
export function stateWord(order: Order): string {
  if (isOpen(order.status)) return order.filled.isZero() ? 'new' : 'partially_filled';
  if (order.status === 'filled') return 'filled';
  if (order.status === 'rejected') return 'rejected';
  return order.filled.isZero() ? 'canceled' : 'partially_canceled';
}

export function sourceWord(order: Order | null): string {
  switch (order === null ? null : venueReasonOf(order)) {
    case 'liquidation':
      return 'risk';
    case 'settlement':
      return 'settlement';
    case null:
      return 'api';
  }
}

/** `order_type` of an execution: "1":"trade", "3":"liquidation", "4":"delivery". */
export function executionType(order: Order | null): string {
  switch (order === null ? null : venueReasonOf(order)) {
    case 'liquidation':
      return '3';
    case 'settlement':
      return '4';
    case null:
      return '1';
  }
}

/** "cancel_reason"; empty where the order was not canceled. */
export function cancelReason({ endReason }: Order): string {
  switch (endReason) {
    case 'user_canceled':
      return 'Limit order cancelation by the client';
    case 'self_trade_prevention':
      return 'Self trading prevention';
    case 'rest_not_filled':
    case 'fok_not_fillable':
    case 'post_only_would_take':
    case 'insufficient_balance':
    case 'reduce_only':
    case 'liquidation':
    case 'symbol_settled':
    case 'refused_on_trigger':
    case 'good_till_date':
    case 'list_other_leg':
    case 'list_first_ended':
      return 'Order cancelation by system';
    case null:
      return '';
  }
}
