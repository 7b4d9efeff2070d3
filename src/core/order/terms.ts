/** The closed sets of words an order is described with. */

export type TimeInForce = 'GTC' | 'IOC' | 'FOK' | 'GTD';
export type TriggerPrice = 'last' | 'mark' | 'index';

export const SIDES = ['buy', 'sell'] as const;
export type Side = (typeof SIDES)[number];

export const POSITION_SIDES = ['net', 'long', 'short'] as const;
/**
 * Which position of an instrument an order trades.
 * - `net`: the only one, of either sign: spot, and swaps of an account in one-way mode.
 * - `long`, `short`: one of the two that an account in hedged mode holds side by side.
 */
export type PositionSide = (typeof POSITION_SIDES)[number];

export const ORDER_TYPES = [
  'market',
  'limit',
  'stop_market',
  'stop_limit',
  'take_profit_market',
  'take_profit_limit',
] as const;
/**
 * The kind of order that a user asks for; a protected market order is still `market` here. A stop runs with the market: a
 * sale below it, a purchase above it. An order that takes profit waits on the other side.
 */
export type OrderType = (typeof ORDER_TYPES)[number];

/**
 * Whether an order can only shrink its position by its terms: it is reduce-only, or sells a long or buys back a short
 * position of an account in hedged mode, where a position never turns over.
 */
export function onlyReduces(order: {
  readonly side: Side;
  readonly positionSide: PositionSide;
  readonly reduceOnly: boolean;
}): boolean {
  return order.reduceOnly || order.side === closingSideOf(order.positionSide);
}

/**
 * Whether an order in the book keeps others from closing the same side of a hedged account: venues let the resting orders of a
 * side close no more than it holds, together. A stop counts from its trigger on.
 */
export function claimsHedgedSide(order: {
  readonly side: Side;
  readonly positionSide: PositionSide;
  readonly stopPrice: object | null;
}): boolean {
  return order.side === closingSideOf(order.positionSide) && order.stopPrice === null;
}

/** The side that closes a position of a hedged account; null for a net position, which either side may close. */
export function closingSideOf(positionSide: PositionSide): Side | null {
  switch (positionSide) {
    case 'net':
      return null;
    case 'long':
      return 'sell';
    case 'short':
      return 'buy';
  }
}
