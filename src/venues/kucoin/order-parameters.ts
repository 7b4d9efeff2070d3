/**
 * Our orders in KuCoin's parameters.
 *
 * Entry point: `createParameters`, which throws `Inexpressible`. Figures go out digit for digit, sizes of swaps in lots. Sources: "Add Order" of spot and
 * of futures of the documentation. Orders of swaps state cross mode: without a mode they would be isolated.
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
  { instrument, venueSymbol }: ListedInstrument,
  order: WireOrder,
  id: VenueClientOrderId,
): Parameters {
  const common = { clientOid: id, symbol: venueSymbol, side: order.side, type: typeOf(order) };
  return instrument.kind === 'spot'
    ? { ...common, ...spotTerms(order) }
    : { ...common, marginMode: 'CROSS', ...swapTerms(instrument, order) };
}

function typeOf({ type }: WireOrder): 'limit' | 'market' {
  if (type === 'stop_market' || type === 'stop_limit')
    throw new Inexpressible(`type ${type}: not at this venue`);
  return type;
}

function spotTerms(order: WireOrder): Parameters {
  mustBeOfSpot(order);
  if (order.type === 'market')
    return order.cost === null ? { size: quantityOf(order) } : { funds: order.cost.toString() };
  return { size: quantityOf(order), price: priceOf(order), ...lifetimeOf(order, ['GTC', 'IOC', 'FOK']) };
}

function swapTerms(instrument: Instrument, order: WireOrder): Parameters {
  if (order.positionSide !== 'net') throw new Inexpressible('positionSide: hedged accounts are not served');
  const size = { size: lotsOf(instrument, order) };
  const reducing: Parameters = order.reduceOnly ? { reduceOnly: true } : {};
  if (order.type === 'market') return { ...size, ...reducing };
  return { ...size, ...reducing, price: priceOf(order), ...lifetimeOf(order, ['GTC', 'IOC']) };
}

function lifetimeOf(order: WireOrder, known: readonly WireOrder['timeInForce'][]): Parameters {
  const { postOnly, timeInForce } = order;
  if (!known.includes(timeInForce)) throw new Inexpressible(`timeInForce ${timeInForce}: not at this venue`);
  // "this is disabled when the order timing strategy is IOC or FOK".
  if (postOnly && timeInForce !== 'GTC') throw new Inexpressible(`postOnly: not with ${timeInForce}`);
  return { timeInForce, ...(postOnly ? { postOnly: true } : {}) };
}

/** "size: Order size (Lot), must be a positive integer". */
function lotsOf(instrument: Instrument, { cost, quantity }: WireOrder): number {
  if (quantity === null || cost !== null) throw new Inexpressible('quantity: missing');
  let text: string;
  try {
    text = toContracts(instrument, quantity).toString();
  } catch (error) {
    if (error instanceof RangeError) throw new Inexpressible(error.message);
    throw error;
  }
  const lots = Number(text);
  if (!Number.isSafeInteger(lots)) throw new Inexpressible(`quantity: ${text} lots are no whole number`);
  return lots;
}
