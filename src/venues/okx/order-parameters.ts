/**
 * Our orders in OKX's parameters.
 *
 * Entry point: `createParameters`, which throws `Inexpressible`. Figures go out digit for digit, sizes of swaps in contracts. Sources: "Place
 * order" and "Place algo order" of the v5 documentation. Multi-currency margin mode takes `tdMode` `cross` for spot as for swaps.
 */
import type { VenueClientOrderId } from '../../core/ids.ts';
import { toContracts } from '../../core/instrument.ts';
import type { Instrument } from '../../core/instrument.ts';
import type { Parameters } from '../ccxt/exchange.ts';
import type { WireOrder } from '../gateway.ts';
import type { ListedInstrument } from '../markets.ts';
import { mustBeOfSpot, priceOf, quantityOf, stopDirectionOf, stopPriceOf } from '../wire-order.ts';
import { Inexpressible } from '../write.ts';
import { ALGO_SERVICE } from './endpoints.ts';

export interface CreateRequest {
  readonly parameters: Parameters;
  /** Whether it becomes an algo order. */
  readonly conditional: boolean;
}

export function createParameters(
  { instrument, venueSymbol }: ListedInstrument,
  order: WireOrder,
  id: VenueClientOrderId,
): CreateRequest {
  const common = { instId: venueSymbol, tdMode: 'cross', side: order.side, ...ofPosition(instrument, order) };
  switch (order.type) {
    case 'market':
      return {
        conditional: false,
        parameters: { ...common, clOrdId: id, ...marketTerms(instrument, order) },
      };
    case 'limit':
      return { conditional: false, parameters: { ...common, clOrdId: id, ...limitTerms(instrument, order) } };
    case 'stop_market':
    case 'stop_limit':
      return {
        conditional: true,
        parameters: { ...ALGO_SERVICE, ...common, algoClOrdId: id, ...algoTerms(instrument, order) },
      };
  }
}

/** In net mode the side may be left out; `reduceOnly` is for that mode alone: closing orders of the other one reduce only. */
function ofPosition({ kind }: Instrument, order: WireOrder): Parameters {
  if (kind === 'spot') {
    mustBeOfSpot(order);
    return {};
  }
  if (order.positionSide !== 'net') return { posSide: order.positionSide };
  return order.reduceOnly ? { reduceOnly: true } : {};
}

/** A spot order that the balance does not cover is refused whole. */
function marketTerms(instrument: Instrument, order: WireOrder): Parameters {
  if (instrument.kind !== 'spot') return { ordType: 'market', sz: sizeOf(instrument, order) };
  const sized =
    order.cost === null
      ? { sz: quantityOf(order), tgtCcy: 'base_ccy' }
      : { sz: order.cost.toString(), tgtCcy: 'quote_ccy' };
  return { ordType: 'market', ...sized, banAmend: true };
}

/**
 * An order that does not rest has a price beyond the venue's limit moved to it, which is never a worse one: the limit is known to nobody
 * beforehand, and a market order of ours must not fail by it. One that rests is refused, lest it rest at a price that nobody asked for.
 */
function limitTerms(instrument: Instrument, order: WireOrder): Parameters {
  const ordType = orderType(order);
  return {
    ordType,
    px: priceOf(order),
    sz: sizeOf(instrument, order),
    ...(ordType === 'ioc' ? { pxAmendType: '1' } : {}),
  };
}

function orderType({ timeInForce, postOnly }: WireOrder): string {
  if (postOnly && timeInForce !== 'GTC') throw new Inexpressible('postOnly: goes with GTC alone');
  switch (timeInForce) {
    case 'GTC':
      return postOnly ? 'post_only' : 'limit';
    case 'IOC':
      return 'ioc';
    case 'FOK':
      return 'fok';
    case 'GTD':
      throw new Inexpressible('timeInForce GTD: not at this venue');
  }
}

/** "-1": executed at the market price. */
const AT_MARKET = '-1';

/** One of both: `sl…` for a stop, `tp…` for a take-profit. */
function algoTerms(instrument: Instrument, order: WireOrder): Parameters {
  const isLimit = order.type === 'stop_limit';
  if (isLimit && (order.postOnly || order.timeInForce !== 'GTC'))
    throw new Inexpressible('stops with a limit: GTC alone, not post-only');
  const kind = runsWithTheMarket(order) ? 'sl' : 'tp';
  return {
    ordType: 'conditional',
    sz: sizeOf(instrument, order),
    ...(instrument.kind === 'spot' && !isLimit ? { tgtCcy: 'base_ccy' } : {}),
    [`${kind}TriggerPx`]: stopPriceOf(order),
    [`${kind}TriggerPxType`]: order.trigger ?? 'last',
    [`${kind}OrdPx`]: isLimit ? priceOf(order) : AT_MARKET,
  };
}

/** A buy that triggers as the market rises, or a sell as it falls, is a stop; the others take profit. */
function runsWithTheMarket(order: WireOrder): boolean {
  return (order.side === 'buy') === (stopDirectionOf(order) === 'up');
}

function sizeOf(instrument: Instrument, order: WireOrder): string {
  if (order.cost !== null) throw new Inexpressible('cost: for spot market orders alone');
  if (order.quantity === null) throw new Inexpressible('quantity: missing');
  try {
    return toContracts(instrument, order.quantity).toString();
  } catch (error) {
    if (error instanceof RangeError) throw new Inexpressible(error.message);
    throw error;
  }
}
