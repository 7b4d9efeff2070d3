/**
 * Spot orders by number or by client id, which name no symbol: "the latest order corresponding to the clientOrderId will be returned when
 * querying/canceling an order".
 *
 * Entry points: `byNumber`, `byClientId`. Source: "Best Practice" of the spot documentation.
 */
import type { Exchange } from '../../exchange/exchange.ts';
import type { Order, OrderReference } from '../../exchange/order.ts';
import { LISTINGS_OF } from '../instruments.ts';

type Find = (reference: OrderReference) => Order | null;

/** `find`: a look-up of the exchange. */
export function byNumber(find: Find, number: string): Order | null {
  for (const { unified: symbol } of LISTINGS_OF.spot) {
    const order = find({ symbol, venueOrderId: number });
    if (order !== null) return order;
  }
  return null;
}

/** The newest order of the account under this id, on whichever pair. */
export function byClientId(find: Find, clientOrderId: string): Order | null {
  let newest: Order | null = null;
  for (const { unified: symbol } of LISTINGS_OF.spot) {
    const order = find({ symbol, clientOrderId });
    if (order !== null && (newest === null || Number(order.venueOrderId) > Number(newest.venueOrderId)))
      newest = order;
  }
  return newest;
}

/** Look-ups as clients see them. */
export function shown(exchange: Exchange, at: number, accountId: string): Find {
  return (reference) => exchange.lookUp(at, accountId, reference);
}

/** Look-ups of the venue itself: hidden orders can be cancelled. */
export function known(exchange: Exchange, at: number, accountId: string): Find {
  return (reference) => exchange.known(at, accountId, reference);
}
