/**
 * Our orders in Bybit's parameters.
 *
 * Entry point: `createParameters`, which throws `Inexpressible`. Figures go out digit for digit. Source: "Place Order" of the v5
 * documentation.
 */
import type { VenueClientOrderId } from '../../core/ids.ts';
import type { InstrumentKind } from '../../core/instrument.ts';
import type { PositionSide } from '../../core/order/terms.ts';
import type { Parameters } from '../ccxt/exchange.ts';
import type { WireOrder } from '../gateway.ts';
import { mustBeOfSpot, priceOf, quantityOf, stopDirectionOf, stopPriceOf } from '../wire-order.ts';
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
    side: order.side === 'buy' ? 'Buy' : 'Sell',
    ...(kind === 'spot' ? spotTerms(order) : swapTerms(order)),
    orderLinkId: id,
  };
}

function spotTerms(order: WireOrder): Parameters {
  mustBeOfSpot(order);
  // Without borrowing: an order that the balance does not cover is refused.
  const common = { isLeverage: 0, orderFilter: 'Order' };
  switch (order.type) {
    case 'market':
      return order.cost === null
        ? { ...common, orderType: 'Market', qty: quantityOf(order), marketUnit: 'baseCoin' }
        : { ...common, orderType: 'Market', qty: order.cost.toString(), marketUnit: 'quoteCoin' };
    case 'limit':
      return { ...common, orderType: 'Limit', qty: quantityOf(order), ...limitTerms(order) };
    case 'stop_market':
    case 'stop_limit':
      throw new Inexpressible('a stop on spot: the venue takes no direction for its trigger');
  }
}

function swapTerms(order: WireOrder): Parameters {
  if (order.cost !== null) throw new Inexpressible('cost: not for swaps');
  const common = {
    qty: quantityOf(order),
    positionIdx: POSITION_INDEX[order.positionSide],
    reduceOnly: order.reduceOnly || closesSide(order),
  };
  switch (order.type) {
    case 'market':
      return { ...common, orderType: 'Market' };
    case 'limit':
      return { ...common, orderType: 'Limit', ...limitTerms(order) };
    case 'stop_market':
      return { ...common, orderType: 'Market', ...triggerTerms(order) };
    case 'stop_limit':
      return { ...common, orderType: 'Limit', ...triggerTerms(order), ...limitTerms(order) };
  }
}

const POSITION_INDEX: Readonly<Record<PositionSide, number>> = { net: 0, long: 1, short: 2 };

/** "You must specify it as true when you are about to close/reduce the position." */
function closesSide({ side, positionSide }: WireOrder): boolean {
  return positionSide !== 'net' && (positionSide === 'long') === (side === 'sell');
}

function limitTerms(order: WireOrder): Parameters {
  return { price: priceOf(order), timeInForce: timeInForce(order) };
}

function timeInForce(order: WireOrder): string {
  if (order.timeInForce === 'GTD') throw new Inexpressible('timeInForce GTD: not at this venue');
  if (!order.postOnly) return order.timeInForce;
  if (order.timeInForce !== 'GTC') throw new Inexpressible('postOnly: goes with GTC alone');
  return 'PostOnly';
}

const TRIGGERS = { last: 'LastPrice', mark: 'MarkPrice', index: 'IndexPrice' } as const;

function triggerTerms(order: WireOrder): Parameters {
  return {
    triggerPrice: stopPriceOf(order),
    triggerDirection: stopDirectionOf(order) === 'up' ? 1 : 2,
    triggerBy: TRIGGERS[order.trigger ?? 'last'],
  };
}
