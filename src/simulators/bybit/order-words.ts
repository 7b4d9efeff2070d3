/** Words of Bybit's order parameters and payloads, to and from those of the neutral exchange. Source: "Enums Definitions". */
import { venueReasonOf, type Order, type PositionSide, type Side } from '../exchange/order.ts';
import type { SelfTradePrevention } from '../exchange/policy.ts';
import { malformed } from './errors.ts';
import type { Parameters } from './parameters.ts';

export function readSide(parameters: Parameters): Side {
  const side = parameters.required('side');
  if (side !== 'Buy' && side !== 'Sell') throw malformed('side');
  return side === 'Buy' ? 'buy' : 'sell';
}

export function sideName(side: Side): string {
  return side === 'buy' ? 'Buy' : 'Sell';
}

/** `positionIdx`: 0 of one-way mode, 1 the long side and 2 the short side of hedge mode. */
export function readPositionSide(parameters: Parameters): PositionSide {
  switch (parameters.optionalInteger('positionIdx') ?? 0) {
    case 0:
      return 'net';
    case 1:
      return 'long';
    case 2:
      return 'short';
    default:
      throw malformed('positionIdx');
  }
}

export function positionIndex(side: PositionSide): number {
  switch (side) {
    case 'net':
      return 0;
    case 'long':
      return 1;
    case 'short':
      return 2;
  }
}

const PREVENTIONS: Readonly<Record<string, SelfTradePrevention>> = {
  None: 'none',
  CancelMaker: 'expire_maker',
  CancelTaker: 'expire_taker',
  CancelBoth: 'expire_both',
};

export function readSelfTrade(parameters: Parameters): SelfTradePrevention {
  const prevention = PREVENTIONS[parameters.optional('smpType') ?? 'None'];
  if (prevention === undefined) throw malformed('smpType');
  return prevention;
}

export function selfTradeName({ selfTradePrevention }: Order): string {
  const [name] = Object.entries(PREVENTIONS).find(([, mode]) => mode === selfTradePrevention) ?? ['None'];
  return name;
}

/** Open, or `closed` in the venue's sense. */
export function statusName(order: Order): string {
  switch (order.status) {
    case 'pending':
    case 'untriggered':
      return 'Untriggered';
    case 'open':
      return 'New';
    case 'partially_filled':
      return 'PartiallyFilled';
    case 'filled':
      return 'Filled';
    case 'canceled':
    case 'expired':
      if (order.stopPrice !== null && order.triggeredAt === null) return 'Deactivated';
      // "Only spot has this order status"; of contracts a canceled order may have an executed quantity.
      return order.marketType === 'spot' && !order.filled.isZero() ? 'PartiallyFilledCanceled' : 'Cancelled';
    case 'rejected':
      return 'Rejected';
    case 'triggered':
      return 'Triggered';
  }
}

export function cancelTypeName(order: Order): string {
  switch (order.endReason) {
    case 'user_canceled':
      return 'CancelByUser';
    case 'reduce_only':
      return 'CancelByReduceOnly';
    case 'liquidation':
      return 'CancelAllBeforeLiq';
    case 'self_trade_prevention':
      return 'CancelBySmp';
    case 'symbol_settled':
      return 'CancelBySettle';
    case 'rest_not_filled':
    case 'fok_not_fillable':
    case 'post_only_would_take':
    case 'good_till_date':
    case 'list_other_leg':
    case 'list_first_ended':
    case 'insufficient_balance':
    case 'refused_on_trigger':
    case null:
      return 'UNKNOWN';
  }
}

export function rejectReasonName(order: Order): string {
  switch (order.endReason) {
    case 'user_canceled':
      return 'EC_PerCancelRequest';
    case 'post_only_would_take':
      return 'EC_PostOnlyWillTakeLiquidity';
    case 'fok_not_fillable':
      return 'EC_NoEnoughQtyToFill';
    case 'rest_not_filled':
      return order.filled.isZero() ? 'EC_NoImmediateQtyToFill' : 'EC_CancelForNoFullFill';
    case 'self_trade_prevention':
      return 'EC_BySelfMatch';
    case 'insufficient_balance':
    case 'refused_on_trigger':
      return 'EC_Others';
    case 'reduce_only':
      return order.status === 'rejected' ? 'EC_Others' : 'EC_NoError';
    case 'liquidation':
    case 'symbol_settled':
    case 'good_till_date':
    case 'list_other_leg':
    case 'list_first_ended':
    case null:
      return 'EC_NoError';
  }
}

/** How the order came to be; spot has no such key. */
export function createTypeName(order: Order): string {
  switch (venueReasonOf(order)) {
    case 'liquidation':
      return 'CreateByTakeOver_PassThrough';
    case 'settlement':
      return 'CreateBySettle';
    case null:
      return order.stopPrice === null ? 'CreateByUser' : 'CreateByStopOrder';
  }
}

/** Of the executions of an order: the venue's own closings are no trades of a user's order. */
export function execTypeName(order: Order | null): string {
  switch (order === null ? null : venueReasonOf(order)) {
    case 'liquidation':
      return 'BustTrade';
    case 'settlement':
      return 'Delivery';
    case null:
      return 'Trade';
  }
}
