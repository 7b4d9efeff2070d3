/**
 * Words of Bitget's order parameters and payloads, to and from those of the neutral exchange.
 *
 * Sources: "Place Order", "Get Order Details", "Get Fill History" and the page of enumerations of the unified account's documentation.
 */
import {
  closesSide,
  venueReasonOf,
  type Fill,
  type Order,
  type PositionSide,
  type Side,
} from '../exchange/order.ts';
import type { SelfTradePrevention } from '../exchange/policy.ts';
import { malformed, wrongOpenType } from './errors.ts';
import type { Parameters } from './parameters.ts';
import type { Category } from './symbols.ts';
import type { UndecidedBehaviour } from './undecided.ts';

export function readSide(parameters: Parameters): Side {
  const side = parameters.required('side');
  if (side !== 'buy' && side !== 'sell') throw malformed('side');
  return side;
}

/** `posSide`: "required in hedge-mode position", "available only for futures"; the page's own example of spot sends one. */
export function readPositionSide(parameters: Parameters, category: Category, hedged: boolean): PositionSide {
  const given = parameters.optional('posSide');
  if (given !== undefined && given !== 'long' && given !== 'short') throw malformed('posSide');
  if (category === 'SPOT') return 'net';
  if (hedged !== (given !== undefined)) throw wrongOpenType();
  return given ?? 'net';
}

const PREVENTIONS: Readonly<Record<string, SelfTradePrevention>> = {
  none: 'none',
  cancel_taker: 'expire_taker',
  cancel_maker: 'expire_maker',
  cancel_both: 'expire_both',
};

export function readSelfTrade(parameters: Parameters): SelfTradePrevention {
  const prevention = PREVENTIONS[parameters.optional('stpMode') ?? 'none'];
  if (prevention === undefined) throw malformed('stpMode');
  return prevention;
}

export function selfTradeName({ selfTradePrevention }: Order): string {
  return Object.entries(PREVENTIONS).find(([, mode]) => mode === selfTradePrevention)?.[0] ?? 'none';
}

/** `live` is an order that was created, `new` one that is being matched: the stream has `new` alone. */
export function statusName({ status, filled }: Order, of: 'list' | 'stream'): string {
  switch (status) {
    case 'pending':
    case 'untriggered':
    case 'open':
      return of === 'list' ? 'live' : 'new';
    case 'partially_filled':
      return filled.isZero() ? (of === 'list' ? 'live' : 'new') : 'partially_filled';
    case 'filled':
      return 'filled';
    case 'canceled':
    case 'expired':
    case 'rejected':
    case 'triggered':
      return 'cancelled';
  }
}

export function timeInForceName({ timeInForce, postOnly, type }: Order): string {
  if (postOnly) return 'post_only';
  if (type === 'market') return 'gtc';
  return timeInForce === 'IOC' ? 'ioc' : timeInForce === 'FOK' ? 'fok' : 'gtc';
}

/** `cancelReason`; empty where it was not canceled. */
export function cancelReasonName(order: Order): string {
  switch (order.endReason) {
    case 'user_canceled':
    case 'good_till_date':
    case 'list_other_leg':
    case 'list_first_ended':
    case 'refused_on_trigger':
      return 'normal_cancel';
    case 'fok_not_fillable':
      return 'fok_not_full_cancel';
    case 'rest_not_filled':
      return 'ioc_not_full_cancel';
    case 'post_only_would_take':
      return 'post_only_fill_cancel';
    case 'self_trade_prevention':
      return 'stp_cancel';
    case 'reduce_only':
    case 'insufficient_balance':
      return 'delegated_risk_order_cancel';
    case 'liquidation':
      return 'burst_cancel';
    case 'symbol_settled':
      return 'delivery_order_cancel';
    case null:
      return '';
  }
}

export function executionTypeName(order: Order): string {
  switch (venueReasonOf(order)) {
    case 'liquidation':
      return 'liquidation';
    case 'settlement':
      return 'delivery';
    case null:
      return 'normal';
  }
}

/** `delegateType`: how the order came to be. */
export function delegateTypeName(order: Order): string {
  switch (venueReasonOf(order)) {
    case 'liquidation':
      return 'liquidation';
    case 'settlement':
      return 'off_close';
    case null:
      return order.type === 'market' ? 'market' : 'normal';
  }
}

type Moved = Pick<Fill, 'side' | 'positionSide'>;

/** `tradeSide`: whether it opens or closes. In one-way mode a venue that says `close` knows of a position; here a reduce-only order does. */
export function tradeSideName(
  moved: Moved,
  order: Order | null,
  words: UndecidedBehaviour['tradeSide'],
): string {
  const closes = closesSide(moved) || (moved.positionSide === 'net' && order?.reduceOnly === true);
  if (words === 'short') return closes ? 'close' : 'open';
  const reason = order === null ? null : venueReasonOf(order);
  if (moved.positionSide === 'net') {
    const prefix = reason === 'liquidation' ? 'burst_' : reason === 'settlement' ? 'delivery_' : '';
    return `${prefix}${moved.side}_single`;
  }
  if (reason === 'liquidation') return `burst_close_${moved.positionSide}`;
  if (reason === 'settlement') return `delivery_close_${moved.positionSide}`;
  return `${closes ? 'close' : 'open'}_${moved.positionSide}`;
}
