/**
 * A closing stop with `close_now` that the market has reached: it becomes the market order that its trigger would make of it.
 *
 * Entry points: `asTaken` for a request, `closeNowIfReached` before an accepted order is sent again.
 */
import type { Decimal } from '../decimal.ts';
import type { Draft } from '../portfolio/draft.ts';
import { protectionPriceOf } from '../risk/review.ts';
import type { MarketContext } from '../risk/rule.ts';
import { currentOrder } from './apply-transition.ts';
import { marketTerms, type Order, type OrderRequest } from './order.ts';
import { freshMarketPriceFor, isReached } from './protection.ts';

/** The request as it is taken: a market order where it is a stop with `close_now` that a fresh quote has reached. */
export function asTaken(request: OrderRequest, context: MarketContext): OrderRequest {
  const reached = request.onWouldTrigger === 'close_now' ? reachedBy(request, context) : null;
  return reached === null ? request : { ...request, ...marketTerms(reached) };
}

/** Before it is sent again: by now the market may have reached the stop, or the venue may have said that it had. */
export function closeNowIfReached(draft: Draft, order: Order, context: MarketContext): Order {
  if (order.onWouldTrigger !== 'close_now' || order.stopPrice === null) return order;
  const reached = reachedBy(order, context) ?? order.insteadOfStop;
  if (reached === undefined) return order;
  draft.emit({
    type: 'stop_closes_now',
    orderId: order.orderId,
    marketPrice: reached.marketPrice,
    protectionPrice: protectionPriceOf({ ...order, ...marketTerms(reached) }, context),
  });
  return currentOrder(draft, order.orderId);
}

function reachedBy(
  order: OrderRequest & Partial<Pick<Order, 'stopDirection'>>,
  context: MarketContext,
): { readonly stopPrice: Decimal; readonly marketPrice: Decimal } | null {
  const { stopPrice } = order;
  const marketPrice = stopPrice === null ? null : freshMarketPriceFor(order, context);
  if (stopPrice === null || marketPrice === null) return null;
  return isReached(order, marketPrice) ? { stopPrice, marketPrice } : null;
}
