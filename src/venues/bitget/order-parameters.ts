/**
 * Our orders in Bitget's parameters.
 *
 * Entry point: `createParameters`, which throws `Inexpressible`. Figures go out digit for digit. Source: "Place Order" of the unified account's
 * documentation. Orders of spot are of the category `SPOT`, which borrows nothing.
 */
import type { VenueClientOrderId } from '../../core/ids.ts';
import type { InstrumentKind } from '../../core/instrument.ts';
import type { Parameters } from '../ccxt/exchange.ts';
import type { WireOrder } from '../gateway.ts';
import { mustBeOfSpot, priceOf, quantityOf } from '../wire-order.ts';
import { Inexpressible } from '../write.ts';
import { CATEGORIES } from './endpoints.ts';

export function createParameters(
  kind: InstrumentKind,
  venueSymbol: string,
  order: WireOrder,
  id: VenueClientOrderId,
): Parameters {
  return {
    category: CATEGORIES[kind],
    symbol: venueSymbol,
    side: order.side,
    ...ofPosition(kind, order),
    ...termsOf(kind, order),
    clientOid: id,
  };
}

/** Of hedge mode `posSide` with `side` says what closes; `reduceOnly` is for one-way mode alone. */
function ofPosition(kind: InstrumentKind, order: WireOrder): Parameters {
  if (kind === 'spot') {
    mustBeOfSpot(order);
    return {};
  }
  if (order.positionSide !== 'net') return { posSide: order.positionSide };
  return { reduceOnly: order.reduceOnly ? 'yes' : 'no' };
}

function termsOf(kind: InstrumentKind, order: WireOrder): Parameters {
  switch (order.type) {
    case 'market':
      return { orderType: 'market', qty: marketSize(kind, order) };
    case 'limit': {
      if (order.cost !== null) throw new Inexpressible('cost: for spot market orders alone');
      return { orderType: 'limit', qty: quantityOf(order), price: priceOf(order), ...restingTerms(order) };
    }
    case 'stop_market':
    case 'stop_limit':
      throw new Inexpressible('a stop: strategy orders of this venue cannot be looked up by a client id');
  }
}

/** "For market buy orders" of spot "the unit is quote coin", for all others the base coin. */
function marketSize(kind: InstrumentKind, order: WireOrder): string {
  if (kind === 'spot' && order.side === 'buy') {
    if (order.cost === null) throw new Inexpressible('quantity: market buys on spot are sized by cost alone');
    return order.cost.toString();
  }
  if (order.cost !== null) throw new Inexpressible('cost: for spot market buys alone');
  return quantityOf(order);
}

/**
 * An order that does not rest has a price beyond the venue's limit moved to it, which is never a worse one: a market order of ours must not
 * fail by a limit of the moment. One that rests is refused, lest it rest at a price that nobody asked for.
 */
function restingTerms(order: WireOrder): Parameters {
  const timeInForce = timeInForceOf(order);
  return timeInForce === 'ioc' ? { timeInForce, pxAmendType: 'yes' } : { timeInForce };
}

function timeInForceOf({ timeInForce, postOnly }: WireOrder): string {
  if (postOnly && timeInForce !== 'GTC') throw new Inexpressible('postOnly: goes with GTC alone');
  switch (timeInForce) {
    case 'GTC':
      return postOnly ? 'post_only' : 'gtc';
    case 'IOC':
      return 'ioc';
    case 'FOK':
      return 'fok';
    case 'GTD':
      throw new Inexpressible('timeInForce GTD: not at this venue');
  }
}
