/** The worst price that an order can trade at, as far as its terms say one. */
import { Decimal } from '../decimal.ts';
import type { Side } from './terms.ts';

/** How far beyond the mark an order without any limit of its own is valued: the default protection. */
const RAW_MARKET_BPS = 200n;

/** The price an order without a limit is valued at, on its aggressive side. */
export function rawMarketPrice(side: Side, mark: Decimal): Decimal {
  return mark.multiply(Decimal.of(side === 'buy' ? 10_000n + RAW_MARKET_BPS : 10_000n - RAW_MARKET_BPS, 4));
}

/** Null for a raw market order, which has no bound. A stop-market order trades beyond its stop price. */
export function worstPriceOf(
  order: { readonly price: Decimal | null; readonly stopPrice: Decimal | null; readonly side: Side },
  protectionPrice: Decimal | null,
): Decimal | null {
  if (order.price !== null) return order.price;
  if (protectionPrice !== null) return protectionPrice;
  return order.stopPrice === null ? null : rawMarketPrice(order.side, order.stopPrice);
}
