/**
 * Our orders in HTX's parameters.
 *
 * Entry points: `createParameters`, `contractParameters`, which throw `Inexpressible`. Figures go out digit for digit, sizes of contracts in
 * contracts. Sources: "Place a New Order" of the spot documentation (the type names the side, and the amount of a market buy is in the quote
 * coin), "Place Order" of the v5 one. Orders of contracts state cross margin, the one mode that its pages have.
 */
import type { VenueClientOrderId } from '../../core/ids.ts';
import { toContracts } from '../../core/instrument.ts';
import type { Instrument } from '../../core/instrument.ts';
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

export const CROSS = { margin_mode: 'cross' } as const;

export function contractParameters(
  { instrument, venueSymbol }: ListedInstrument,
  order: WireOrder,
  id: VenueClientOrderId,
): Parameters {
  return {
    contract_code: venueSymbol,
    ...CROSS,
    side: order.side,
    client_order_id: id,
    volume: contractsOf(instrument, order),
    ...positionTerms(order),
    ...contractTerms(order),
  };
}

/** In hedge mode side and position side together say what is closed; `both`, which may be left out, is that of one-way mode. */
function positionTerms({ positionSide, reduceOnly }: WireOrder): Parameters {
  if (positionSide !== 'net') return { position_side: positionSide };
  return reduceOnly ? { reduce_only: 1 } : {};
}

function contractTerms(order: WireOrder): Parameters {
  switch (order.type) {
    case 'market':
      return { type: 'market' };
    case 'limit':
      return {
        type: order.postOnly ? 'post_only' : 'limit',
        price: priceOf(order),
        time_in_force: timeOf(order),
      };
    case 'stop_market':
    case 'stop_limit':
      throw new Inexpressible('stops: held by ourselves at this venue');
  }
}

function timeOf({ timeInForce, postOnly }: WireOrder): string {
  if (postOnly && timeInForce !== 'GTC') throw new Inexpressible('postOnly: goes with GTC alone');
  if (timeInForce === 'GTD') throw new Inexpressible('timeInForce GTD: not at this venue');
  return timeInForce.toLowerCase();
}

/** Whole ones: "volume … in Cont". */
function contractsOf(instrument: Instrument, { cost, quantity }: WireOrder): string {
  if (cost !== null) throw new Inexpressible('cost: for spot market orders alone');
  if (quantity === null) throw new Inexpressible('quantity: missing');
  if (!quantity.isMultipleOf(instrument.contractSize))
    throw new Inexpressible(`quantity: ${quantity.toString()} are no whole contracts`);
  return toContracts(instrument, quantity).toString();
}
