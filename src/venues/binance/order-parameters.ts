/**
 * Our orders in Binance's parameters.
 *
 * Entry point: `createParameters`, which throws `Inexpressible`. Figures go out digit for digit. Sources: "New order" in
 * rest-api.md of binance-spot-api-docs; "New Order" and "New Algo Order" of the USD-M futures documentation.
 */
import type { VenueClientOrderId } from '../../core/ids.ts';
import type { InstrumentKind } from '../../core/instrument.ts';
import type { WireOrder } from '../gateway.ts';
import type { Parameters } from '../ccxt/exchange.ts';
import { mustBeOfSpot, priceOf, quantityOf, stopDirectionOf, stopPriceOf } from '../wire-order.ts';
import { Inexpressible } from '../write.ts';
import { SPOT, SWAP } from './endpoints.ts';
import type { Endpoint } from './endpoints.ts';

export interface CreateRequest {
  readonly endpoint: Endpoint;
  readonly parameters: Parameters;
  /** Whether it becomes a conditional order of the USD-M algo service. */
  readonly conditional: boolean;
}

export function createParameters(
  kind: InstrumentKind,
  venueSymbol: string,
  order: WireOrder,
  id: VenueClientOrderId,
): CreateRequest {
  const isStop = order.type === 'stop_market' || order.type === 'stop_limit';
  if (kind === 'spot')
    return {
      endpoint: SPOT.createOrder,
      conditional: false,
      parameters: {
        symbol: venueSymbol,
        side: order.side === 'buy' ? 'BUY' : 'SELL',
        ...spotTerms(order),
        newClientOrderId: id,
        newOrderRespType: 'FULL',
      },
    };
  return {
    endpoint: isStop ? SWAP.createAlgoOrder : SWAP.createOrder,
    conditional: isStop,
    parameters: {
      symbol: venueSymbol,
      side: order.side === 'buy' ? 'BUY' : 'SELL',
      ...(isStop ? algoTerms(order) : swapTerms(order)),
      ...side(order),
      ...(isStop ? { clientAlgoId: id } : { newClientOrderId: id, newOrderRespType: 'RESULT' }),
    },
  };
}

/**
 * In hedged mode an order names its side, and `reduceOnly` "cannot be sent": the closing side only reduces there. In one-way
 * mode the side may be left out ("New Order" and "New Algo Order", `positionSide` and `reduceOnly`).
 */
function side({ positionSide, reduceOnly }: WireOrder): Parameters {
  switch (positionSide) {
    case 'net':
      return reduceOnly ? { reduceOnly: 'true' } : {};
    case 'long':
      return { positionSide: 'LONG' };
    case 'short':
      return { positionSide: 'SHORT' };
  }
}

function spotTerms(order: WireOrder): Parameters {
  mustBeOfSpot(order);
  if (order.timeInForce === 'GTD') throw new Inexpressible('timeInForce GTD: not on spot');
  switch (order.type) {
    case 'market':
      return { type: 'MARKET', ...size(order) };
    case 'limit':
      if (order.postOnly) return { type: 'LIMIT_MAKER', ...quantity(order), ...price(order) };
      return { type: 'LIMIT', timeInForce: order.timeInForce, ...quantity(order), ...price(order) };
    case 'stop_market':
      return {
        type: runsWithTheMarket(order) ? 'STOP_LOSS' : 'TAKE_PROFIT',
        ...quantity(order),
        stopPrice: stopPriceOf(order),
      };
    case 'stop_limit':
      if (order.postOnly) throw new Inexpressible('postOnly: not for a spot stop');
      return {
        type: runsWithTheMarket(order) ? 'STOP_LOSS_LIMIT' : 'TAKE_PROFIT_LIMIT',
        timeInForce: order.timeInForce,
        ...quantity(order),
        ...price(order),
        stopPrice: stopPriceOf(order),
      };
  }
}

function swapTerms(order: WireOrder): Parameters {
  if (order.type === 'market') return { type: 'MARKET', ...quantity(order) };
  return { type: 'LIMIT', ...swapLifetime(order), ...quantity(order), ...price(order) };
}

function algoTerms(order: WireOrder): Parameters {
  const stop = runsWithTheMarket(order);
  const terms = {
    algoType: 'CONDITIONAL',
    ...quantity(order),
    triggerPrice: stopPriceOf(order),
    workingType: workingType(order),
  };
  if (order.type === 'stop_market') return { ...terms, type: stop ? 'STOP_MARKET' : 'TAKE_PROFIT_MARKET' };
  return { ...terms, type: stop ? 'STOP' : 'TAKE_PROFIT', ...swapLifetime(order), ...price(order) };
}

function workingType(order: WireOrder): string {
  switch (order.trigger) {
    case 'mark':
      return 'MARK_PRICE';
    case 'last':
    case null:
      return 'CONTRACT_PRICE';
    case 'index':
      throw new Inexpressible('trigger index: not at this venue');
  }
}

/** GTX is post-only; GTD takes a date at least ten minutes ahead, in whole seconds. */
function swapLifetime(order: WireOrder): Parameters {
  if (order.postOnly) return { timeInForce: 'GTX' };
  if (order.timeInForce !== 'GTD') return { timeInForce: order.timeInForce };
  if (order.expiresAt === null) throw new Inexpressible('expiresAt: missing for GTD');
  return { timeInForce: 'GTD', goodTillDate: order.expiresAt };
}

function size(order: WireOrder): Parameters {
  return order.cost === null ? quantity(order) : { quoteOrderQty: order.cost.toString() };
}

const quantity = (order: WireOrder): Parameters => ({ quantity: quantityOf(order) });
const price = (order: WireOrder): Parameters => ({ price: priceOf(order) });

/** A buy that triggers as the market rises, or a sell as it falls, is a stop; the others take profit. */
function runsWithTheMarket(order: WireOrder): boolean {
  return (order.side === 'buy') === (stopDirectionOf(order) === 'up');
}
