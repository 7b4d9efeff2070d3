/** Numbers of MEXC's contract orders, to and from the words of the neutral exchange. Source: "Order" of the contract documentation. */
import { closesSide, isOpen, venueReasonOf, type Order, type OrderRequest } from '../../exchange/order.ts';
import type { Fill, PositionSide, Side } from '../../exchange/order.ts';
import { sideWrong } from './errors.ts';

export interface Direction {
  readonly side: Side;
  /** Whether the number says that it closes. */
  readonly closes: boolean;
}

/** "1 open long, 2 close short, 3 open short, 4 close long". */
const DIRECTIONS: Readonly<Record<number, Direction>> = {
  1: { side: 'buy', closes: false },
  2: { side: 'buy', closes: true },
  3: { side: 'sell', closes: false },
  4: { side: 'sell', closes: true },
};

export function directionOf(number: number): Direction {
  const direction = DIRECTIONS[number];
  if (direction === undefined) throw sideWrong();
  return direction;
}

/** The position of a hedged account that an order of the direction is for. */
export function positionSideOf({ side, closes }: Direction): PositionSide {
  return (side === 'buy') === closes ? 'short' : 'long';
}

function numberOf(side: Side, closes: boolean): number {
  if (side === 'buy') return closes ? 2 : 1;
  return closes ? 4 : 3;
}

/** `side` of an order: in one-way mode it closes where it may only reduce. */
export function sideNumber(order: Pick<Order, 'side' | 'positionSide' | 'reduceOnly'>): number {
  return numberOf(order.side, order.positionSide === 'net' ? order.reduceOnly : closesSide(order));
}

/** `side` of an execution. */
export function fillSideNumber(fill: Fill, order: Order | null): number {
  if (fill.positionSide === 'net') return numberOf(fill.side, order?.reduceOnly === true);
  return numberOf(fill.side, closesSide(fill));
}

/** 1 long, 2 short. */
export function positionTypeOf(side: PositionSide, isLong: boolean): number {
  switch (side) {
    case 'net':
      return isLong ? 1 : 2;
    case 'long':
      return 1;
    case 'short':
      return 2;
  }
}

/** 1 hedge, 2 one-way. */
export function positionModeNumber(side: PositionSide): number {
  return side === 'net' ? 2 : 1;
}

/** The tag of an order that was sent as one at the market; its value is the number of its type. */
export const MARKET_TAG = 'marketType';

/** "1: price limited order, 2: Post Only Maker, 3: transact or cancel instantly, 4: transact completely or cancel completely, 5: market orders". */
export function typeNumber(order: Pick<Order, 'tags' | 'postOnly' | 'timeInForce'>): number {
  const market = order.tags[MARKET_TAG];
  if (market !== undefined) return Number(market);
  if (order.postOnly) return 2;
  switch (order.timeInForce) {
    case 'IOC':
      return 3;
    case 'FOK':
      return 4;
    case 'GTC':
    case 'GTD':
      return 1;
  }
}

/** The terms of a limit order by its type; undefined for the types at the market. */
export function limitTermsOf(type: number): Pick<OrderRequest, 'timeInForce' | 'postOnly'> | undefined {
  switch (type) {
    case 1:
      return {};
    case 2:
      return { postOnly: true };
    case 3:
      return { timeInForce: 'IOC' };
    case 4:
      return { timeInForce: 'FOK' };
    default:
      return undefined;
  }
}

/** "1 uninformed, 2 uncompleted, 3 completed, 4 cancelled, 5 invalid". A part that was filled stays canceled. */
export function stateNumber(order: Order): number {
  if (isOpen(order.status)) return 2;
  switch (order.status) {
    case 'filled':
      return 3;
    case 'rejected':
      return 5;
    default:
      return 4;
  }
}

/** Why an order ended: "18: ioc_cancel, 19: fok_cancel, 20: post_only_cancel, 21: market_cancel" and others. */
export function errorCodeOf(order: Order): number {
  switch (order.endReason) {
    case 'insufficient_balance':
      return 2;
    case 'reduce_only':
      return order.status === 'rejected' ? 3 : 10;
    case 'rest_not_filled':
      return order.tags[MARKET_TAG] === undefined ? 18 : 21;
    case 'fok_not_fillable':
      return 19;
    case 'post_only_would_take':
      return 20;
    case 'liquidation':
      return 13;
    case 'symbol_settled':
      return 12;
    case 'self_trade_prevention':
    case 'refused_on_trigger':
    case 'list_other_leg':
    case 'list_first_ended':
    case 'good_till_date':
      return 8;
    case 'user_canceled':
    case null:
      return 0;
  }
}

/** "1 limit order, 2 system take-over delegate, 3 close delegate, 4 ADL reduction". */
export function categoryOf(order: Order | null): number {
  switch (order === null ? null : venueReasonOf(order)) {
    case 'liquidation':
      return 2;
    case 'settlement':
      return 3;
    case null:
      return 1;
  }
}
