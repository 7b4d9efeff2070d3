/**
 * Words of OKX's order parameters and payloads, to and from those of the neutral exchange.
 *
 * Sources: "Place order", "Order details", "Order channel" and "Transaction details" of the v5 documentation.
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
import { missing, parameterError } from './errors.ts';
import type { InstType } from './symbols.ts';
import type { Parameters } from './parameters.ts';

export function readSide(parameters: Parameters): Side {
  const side = parameters.required('side');
  if (side !== 'buy' && side !== 'sell') throw parameterError('side');
  return side;
}

/** `posSide`: of spot none may be sent; a hedged account has to name one. */
export function readPositionSide(parameters: Parameters, instType: InstType, hedged: boolean): PositionSide {
  const given = parameters.optional('posSide');
  if (instType === 'SPOT') {
    if (given !== undefined) throw parameterError('posSide');
    return 'net';
  }
  if (hedged) {
    if (given !== 'long' && given !== 'short') throw parameterError('posSide');
    return given;
  }
  if (given !== undefined && given !== 'net') throw parameterError('posSide');
  return 'net';
}

const PREVENTIONS: Readonly<Record<string, SelfTradePrevention>> = {
  cancel_maker: 'expire_maker',
  cancel_taker: 'expire_taker',
  cancel_both: 'expire_both',
};

export function readSelfTrade(parameters: Parameters): SelfTradePrevention | undefined {
  const given = parameters.optional('stpMode');
  if (given === undefined) return undefined;
  const prevention = PREVENTIONS[given];
  if (prevention === undefined) throw parameterError('stpMode');
  return prevention;
}

export function selfTradeName({ selfTradePrevention }: Order): string {
  return Object.entries(PREVENTIONS).find(([, mode]) => mode === selfTradePrevention)?.[0] ?? '';
}

/** Of the account's mode: multi-currency margin takes crossed margin alone, of spot as well. */
export function checkTradeMode(parameters: Parameters): void {
  const mode = parameters.optional('tdMode');
  if (mode === undefined) throw missing('tdMode');
  if (mode !== 'cross') throw parameterError('tdMode');
}

export function stateName({ status, filled }: Order): string {
  switch (status) {
    case 'pending':
    case 'untriggered':
    case 'open':
      return 'live';
    case 'partially_filled':
      return filled.isZero() ? 'live' : 'partially_filled';
    case 'filled':
      return 'filled';
    case 'canceled':
    case 'expired':
    case 'rejected':
    case 'triggered':
      return 'canceled';
  }
}

/** `cancelSource`: who canceled it; empty where nobody did. */
export function cancelSourceName(order: Order): string {
  switch (order.endReason) {
    case 'user_canceled':
      return '1';
    case 'fok_not_fillable':
      return '13';
    case 'rest_not_filled':
      return '14';
    case 'post_only_would_take':
      return '31';
    case 'self_trade_prevention':
      return '32';
    case 'reduce_only':
      return '23';
    case 'liquidation':
      return '3';
    case 'symbol_settled':
      return '7';
    case 'insufficient_balance':
      return '9';
    case 'good_till_date':
    case 'list_other_leg':
    case 'list_first_ended':
    case 'refused_on_trigger':
      return '0';
    case null:
      return '';
  }
}

/** The maker of the order: its owner, or the venue. */
export function categoryName(order: Order | null): string {
  switch (order === null ? null : venueReasonOf(order)) {
    case 'liquidation':
      return 'full_liquidation';
    case 'settlement':
      return 'delivery';
    case null:
      return 'normal';
  }
}

/** `subType` of a fill and of its bills. */
export function fillSubType(fill: Fill, order: Order | null): string {
  const { side, positionSide } = fill;
  const reason = order === null ? null : venueReasonOf(order);
  if (reason === 'liquidation') {
    if (positionSide === 'net') return side === 'buy' ? '106' : '107';
    return positionSide === 'long' ? '104' : '105';
  }
  if (reason === 'settlement') return side === 'sell' ? '112' : '113';
  if (positionSide === 'net') return side === 'buy' ? '1' : '2';
  if (closesSide(fill)) return positionSide === 'long' ? '5' : '6';
  return positionSide === 'long' ? '3' : '4';
}
