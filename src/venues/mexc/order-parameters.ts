/**
 * Our orders in MEXC's parameters.
 *
 * Entry points: `spotParameters`, `swapParameters`, which throw `Inexpressible`. Figures go out digit for digit, sizes of contracts in contracts.
 * Sources: "New Order" of the spot v3 documentation, "Order" of the contract documentation. Spot has no stops; the trigger orders of contracts
 * take no id of ours, by which one could be found again after an answer that was lost: neither is offered.
 */
import type { VenueClientOrderId } from '../../core/ids.ts';
import { toContracts } from '../../core/instrument.ts';
import type { Parameters } from '../ccxt/exchange.ts';
import type { WireOrder } from '../gateway.ts';
import type { ListedInstrument } from '../markets.ts';
import { mustBeOfSpot, priceOf, quantityOf } from '../wire-order.ts';
import { Inexpressible } from '../write.ts';

export function spotParameters(
  { venueSymbol }: ListedInstrument,
  order: WireOrder,
  id: VenueClientOrderId,
): Parameters {
  mustBeOfSpot(order);
  return {
    symbol: venueSymbol,
    side: order.side === 'buy' ? 'BUY' : 'SELL',
    ...spotTerms(order),
    newClientOrderId: id,
  };
}

function spotTerms(order: WireOrder): Parameters {
  switch (order.type) {
    case 'market':
      return {
        type: 'MARKET',
        ...(order.cost === null ? { quantity: quantityOf(order) } : { quoteOrderQty: order.cost.toString() }),
      };
    case 'limit':
      return {
        type: LIMIT_TYPES[limitSort(order)].spot,
        quantity: quantityOf(order),
        price: priceOf(order),
      };
    case 'stop_market':
    case 'stop_limit':
      throw new Inexpressible('stops: not at this venue');
  }
}

type LimitSort = 'GTC' | 'IOC' | 'FOK' | 'post_only';

/** The type of a limit order says here what becomes of it where it does not fill at once. */
const LIMIT_TYPES: Readonly<Record<LimitSort, { readonly spot: string; readonly swap: number }>> = {
  GTC: { spot: 'LIMIT', swap: 1 },
  post_only: { spot: 'LIMIT_MAKER', swap: 2 },
  IOC: { spot: 'IMMEDIATE_OR_CANCEL', swap: 3 },
  FOK: { spot: 'FILL_OR_KILL', swap: 4 },
};
const AT_THE_MARKET = 5;

function limitSort({ timeInForce, postOnly }: WireOrder): LimitSort {
  if (postOnly && timeInForce !== 'GTC') throw new Inexpressible('postOnly: goes with GTC alone');
  switch (timeInForce) {
    case 'GTC':
      return postOnly ? 'post_only' : 'GTC';
    case 'IOC':
    case 'FOK':
      return timeInForce;
    case 'GTD':
      throw new Inexpressible('timeInForce GTD: not at this venue');
  }
}

/** "1 open long, 2 close short, 3 open short, 4 close long". */
const SIDES = { openLong: 1, closeShort: 2, openShort: 3, closeLong: 4 } as const;
/** "openType: 1 isolated, 2 cross": of every order of ours. */
const CROSS = 2;
/** "positionMode: 1 hedge, 2 one-way". */
const MODES = { hedged: 1, oneWay: 2 } as const;

export function swapParameters(
  listed: ListedInstrument,
  order: WireOrder,
  id: VenueClientOrderId,
): Parameters {
  return {
    symbol: listed.venueSymbol,
    ...swapTerms(order),
    vol: bare(sizeOf(listed, order)),
    openType: CROSS,
    ...ofPosition(order),
    externalOid: id,
  };
}

function swapTerms(order: WireOrder): Parameters {
  switch (order.type) {
    case 'market':
      // The page calls `price` mandatory; of a market order it counts for nothing.
      return { type: AT_THE_MARKET, price: 0 };
    case 'limit':
      return { type: LIMIT_TYPES[limitSort(order)].swap, price: bare(priceOf(order)) };
    case 'stop_market':
    case 'stop_limit':
      throw new Inexpressible('stops: not at this venue');
  }
}

/**
 * In one-way mode the closing sides go with `reduceOnly`; "two-way positions will not accept this parameter". The mode is stated, so that an
 * account in the other one refuses the order.
 */
function ofPosition({ positionSide, side, reduceOnly }: WireOrder): Parameters {
  const isBuy = side === 'buy';
  switch (positionSide) {
    case 'net': {
      const opens = isBuy ? SIDES.openLong : SIDES.openShort;
      const closes = isBuy ? SIDES.closeShort : SIDES.closeLong;
      return reduceOnly
        ? { side: closes, positionMode: MODES.oneWay, reduceOnly: true }
        : { side: opens, positionMode: MODES.oneWay };
    }
    case 'long':
      return { side: isBuy ? SIDES.openLong : SIDES.closeLong, positionMode: MODES.hedged };
    case 'short':
      return { side: isBuy ? SIDES.closeShort : SIDES.openShort, positionMode: MODES.hedged };
  }
}

function sizeOf({ instrument }: ListedInstrument, order: WireOrder): string {
  if (order.cost !== null) throw new Inexpressible('cost: for spot market orders alone');
  if (order.quantity === null) throw new Inexpressible('quantity: missing');
  try {
    return toContracts(instrument, order.quantity).toString();
  } catch (error) {
    if (error instanceof RangeError) throw new Inexpressible(error.message);
    throw error;
  }
}

/** Figures of contracts are bare numbers, as far as one is written with the same digits. */
function bare(figure: string): number | string {
  const number = Number(figure);
  return String(number) === figure ? number : figure;
}
