/**
 * Our orders in Coinbase's parameters.
 *
 * Entry point: `createParameters`, which throws `Inexpressible`. Figures go out digit for digit. Source: "Create Order": one
 * configuration, whose name says type and time in force.
 */
import type { VenueClientOrderId } from '../../core/ids.ts';
import type { Parameters } from '../ccxt/exchange.ts';
import type { WireOrder } from '../gateway.ts';
import { mustBeOfSpot, priceOf, quantityOf } from '../wire-order.ts';
import { Inexpressible } from '../write.ts';
import { timeText } from './fields.ts';

export function createParameters(venueSymbol: string, order: WireOrder, id: VenueClientOrderId): Parameters {
  mustBeOfSpot(order);
  return {
    client_order_id: id,
    product_id: venueSymbol,
    side: order.side === 'buy' ? 'BUY' : 'SELL',
    order_configuration: configurationOf(order),
  };
}

function configurationOf(order: WireOrder): Parameters {
  switch (order.type) {
    case 'market':
      if (order.cost !== null) throw new Inexpressible('cost: not at this venue');
      return { market_market_ioc: { base_size: quantityOf(order) } };
    case 'limit':
      return limitConfigurationOf(order);
    case 'stop_market':
    case 'stop_limit':
      throw new Inexpressible('a stop: the venue has no stop-market orders');
  }
}

function limitConfigurationOf(order: WireOrder): Parameters {
  const terms = { base_size: quantityOf(order), limit_price: priceOf(order) };
  switch (order.timeInForce) {
    case 'GTC':
      return { limit_limit_gtc: { ...terms, post_only: order.postOnly } };
    case 'GTD':
      return { limit_limit_gtd: { ...terms, end_time: endOf(order), post_only: order.postOnly } };
    case 'IOC':
      mustTake(order);
      return { sor_limit_ioc: terms };
    case 'FOK':
      mustTake(order);
      return { limit_limit_fok: terms };
  }
}

function endOf({ expiresAt }: WireOrder): string {
  if (expiresAt === null) throw new Inexpressible('expiresAt: missing');
  return timeText(expiresAt);
}

function mustTake({ postOnly }: WireOrder): void {
  if (postOnly) throw new Inexpressible('postOnly: goes with GTC and GTD alone');
}
