/** Words of MEXC's spot orders, over REST and in its pushes. Source: "ENUM definitions", and "Spot Account Orders" for the numbers. */
import { isOpen, type Order, type Side } from '../../exchange/order.ts';
import type { SelfTradePrevention } from '../../exchange/policy.ts';
import { malformed } from './errors.ts';
import type { Parameters } from './parameters.ts';
import type { SpotOrderType } from './symbols.ts';

const TYPE_NUMBERS: Readonly<Record<SpotOrderType, number>> = {
  LIMIT: 1,
  LIMIT_MAKER: 2,
  IMMEDIATE_OR_CANCEL: 3,
  FILL_OR_KILL: 4,
  MARKET: 5,
};

/** Batches call them as older versions did: `LIMIT_ORDER` is `LIMIT`. */
export function readType(parameters: Parameters): SpotOrderType {
  const type = parameters.required('type').replace(/_ORDER$/, '');
  if (!(type in TYPE_NUMBERS)) throw malformed('type');
  return type as SpotOrderType;
}

export function readSide(parameters: Parameters): Side {
  const side = parameters.required('side');
  if (side !== 'BUY' && side !== 'SELL') throw malformed('side');
  return side === 'BUY' ? 'buy' : 'sell';
}

export function sideName(side: Side): string {
  return side === 'buy' ? 'BUY' : 'SELL';
}

/** 1 buys, 2 sells. */
export function sideNumber(side: Side): number {
  return side === 'buy' ? 1 : 2;
}

export function typeOf(order: Order): SpotOrderType {
  if (order.type === 'market') return 'MARKET';
  if (order.postOnly) return 'LIMIT_MAKER';
  switch (order.timeInForce) {
    case 'IOC':
      return 'IMMEDIATE_OR_CANCEL';
    case 'FOK':
      return 'FILL_OR_KILL';
    case 'GTC':
    case 'GTD':
      return 'LIMIT';
  }
}

export function typeNumber(order: Order): number {
  return TYPE_NUMBERS[typeOf(order)];
}

/** An order that ended with a part filled is `PARTIALLY_CANCELED`. */
export function statusName(order: Order): string {
  if (!isOpen(order.status) && order.status !== 'filled')
    return order.filled.isZero() ? 'CANCELED' : 'PARTIALLY_CANCELED';
  if (order.status === 'filled') return 'FILLED';
  return order.status === 'partially_filled' ? 'PARTIALLY_FILLED' : 'NEW';
}

const STATUS_NUMBERS: Readonly<Record<string, number>> = {
  NEW: 1,
  FILLED: 2,
  PARTIALLY_FILLED: 3,
  CANCELED: 4,
  PARTIALLY_CANCELED: 5,
};

export function statusNumber(order: Order): number {
  return STATUS_NUMBERS[statusName(order)] ?? 0;
}

const PREVENTIONS: Readonly<Record<string, SelfTradePrevention>> = {
  cancel_maker: 'expire_maker',
  cancel_taker: 'expire_taker',
  cancel_both: 'expire_both',
};

/** Without it an order may trade with the account's own. */
export function readSelfTrade(parameters: Parameters): SelfTradePrevention {
  const mode = parameters.optional('stpMode');
  if (mode === undefined) return 'none';
  const prevention = PREVENTIONS[mode];
  if (prevention === undefined) throw malformed('stpMode');
  return prevention;
}

export function selfTradeName({ selfTradePrevention }: Order): string {
  return Object.entries(PREVENTIONS).find(([, mode]) => mode === selfTradePrevention)?.[0] ?? '';
}
