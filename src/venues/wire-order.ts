/**
 * The figures of an order for a venue's parameters, digit for digit.
 *
 * Entry points: `quantityOf`, `priceOf`, `stopPriceOf`, `stopDirectionOf`, `mustBeOfSpot`. Each throws `Inexpressible` for an order that
 * lacks what its type needs.
 */
import type { WireOrder } from './gateway.ts';
import { Inexpressible } from './write.ts';

export function quantityOf({ quantity }: WireOrder): string {
  if (quantity === null) throw new Inexpressible('quantity: missing');
  return quantity.toString();
}

export function priceOf({ price }: WireOrder): string {
  if (price === null) throw new Inexpressible('price: missing');
  return price.toString();
}

export function stopPriceOf(order: WireOrder): string {
  if (order.stopPrice === null) throw new Inexpressible('stopPrice: missing');
  return order.stopPrice.toString();
}

/** Which way the market has to move. */
export function stopDirectionOf({ stopDirection }: WireOrder): 'up' | 'down' {
  if (stopDirection === null) throw new Inexpressible('stopDirection: missing');
  return stopDirection;
}

/** Refuses the terms of positions. */
export function mustBeOfSpot({ reduceOnly, positionSide }: WireOrder): void {
  if (reduceOnly) throw new Inexpressible('reduceOnly: not on spot');
  if (positionSide !== 'net') throw new Inexpressible('positionSide: not on spot');
}
