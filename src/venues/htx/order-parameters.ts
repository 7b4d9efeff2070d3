/**
 * Our orders in HTX's parameters.
 *
 * Entry point: `createParameters`, which throws `Inexpressible`. Figures go out digit for digit. Source: "Place a New Order" of the spot
 * documentation: the type names the side, and the amount of a market buy is in the quote coin.
 */
import type { VenueClientOrderId } from '../../core/ids.ts';
import type { Parameters } from '../ccxt/exchange.ts';
import type { WireOrder } from '../gateway.ts';
import type { ListedInstrument } from '../markets.ts';
import { mustBeOfSpot, priceOf, quantityOf } from '../wire-order.ts';
import { Inexpressible } from '../write.ts';

export function createParameters(
  { venueSymbol }: ListedInstrument,
  order: WireOrder,
  id: VenueClientOrderId,
  spotAccount: string,
): Parameters {
  mustBeOfSpot(order);
  return {
    'account-id': spotAccount,
    symbol: venueSymbol,
    source: 'spot-api',
    'client-order-id': id,
    ...termsOf(order),
  };
}

function termsOf(order: WireOrder): Parameters {
  switch (order.type) {
    case 'market':
      return { type: `${order.side}-market`, amount: marketAmount(order) };
    case 'limit':
      if (order.cost !== null) throw new Inexpressible('cost: for market orders alone');
      return { type: `${order.side}-${limitType(order)}`, amount: quantityOf(order), price: priceOf(order) };
    case 'stop_market':
    case 'stop_limit':
      throw new Inexpressible('stops: held by ourselves at this venue');
  }
}

function marketAmount(order: WireOrder): string {
  if (order.side === 'sell') {
    if (order.cost !== null) throw new Inexpressible('cost: of purchases alone');
    return quantityOf(order);
  }
  if (order.cost === null) throw new Inexpressible('quantity: a market purchase is sized by its cost here');
  return order.cost.toString();
}

function limitType({ timeInForce, postOnly }: WireOrder): string {
  if (postOnly && timeInForce !== 'GTC') throw new Inexpressible('postOnly: goes with GTC alone');
  switch (timeInForce) {
    case 'GTC':
      return postOnly ? 'limit-maker' : 'limit';
    case 'IOC':
      return 'ioc';
    case 'FOK':
      return 'limit-fok';
    case 'GTD':
      throw new Inexpressible('timeInForce GTD: not at this venue');
  }
}
