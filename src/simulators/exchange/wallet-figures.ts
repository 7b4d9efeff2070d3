/** Figures that venues show of an account's wallet beside its balances. Entry points: `heldBySpotOrders`, `priceIn`. */
import { Decimal } from '../../core/decimal.ts';
import type { Exchange } from './exchange.ts';
import { remaining, type Order } from './order.ts';

/**
 * The amount of an asset that open orders of spot would pay: of sales their rest, of purchases its worth at `priceOf`, which is the limit
 * price; one without a price holds nothing here.
 */
export function heldBySpotOrders(
  exchange: Exchange,
  accountId: string,
  asset: string,
  priceOf: (order: Order) => Decimal | null = ({ price }) => price,
): Decimal {
  let held = Decimal.zero;
  for (const order of exchange.openOrders(accountId, { marketType: 'spot' })) {
    const instrument = exchange.instrument(order.symbol);
    if (order.side === 'sell' && instrument?.base === asset) held = held.add(remaining(order));
    if (order.side === 'buy' && instrument?.quote === asset)
      held = held.add(remaining(order).multiply(priceOf(order) ?? Decimal.zero));
  }
  return held;
}

/** The worth of one unit of an asset in another, by the last price of their spot market; zero where there is none. */
export function priceIn(exchange: Exchange, asset: string, quote: string): Decimal {
  return asset === quote ? Decimal.one : (exchange.market(`${asset}/${quote}`)?.lastPrice ?? Decimal.zero);
}
