/**
 * The terms of an order that takes the place of an earlier one: with changed figures, or as it was.
 *
 * Entry points: `replacementFor`, `putBackOf`. Pure.
 */
import type { Decimal } from '../decimal.ts';
import { clientOrderId } from '../ids.ts';
import { remainingQuantity, type Order, type OrderTerms } from './order.ts';
import { namedType } from './protection.ts';

/** The figures to change; null leaves a figure as it is. */
export interface ChangedFigures {
  /** Base units in all, including the quantity that is filled already. */
  readonly quantity: Decimal | null;
  readonly price: Decimal | null;
  readonly stopPrice: Decimal | null;
  readonly clientOrderId: string | null;
}

/** Terms with how long and how far from the market they may be sent. */
export type TermsAnew = OrderTerms & Pick<Order, 'marketProtectionBps' | 'sendWithinMs'>;

/** The order for the quantity that is still unfilled; null when nothing is left to place. */
export function replacementFor(
  order: Order,
  { quantity, price, stopPrice, clientOrderId: clientId }: ChangedFigures,
  requestedBy: string,
  idempotency: OrderTerms['idempotency'],
): TermsAnew | null {
  const wanted = quantity ?? order.quantity;
  const left = wanted?.subtract(order.filledQuantity);
  if (left === undefined || !left.isPositive()) return null;
  return {
    accountId: order.accountId,
    clientOrderId: clientId === null ? null : clientOrderId(clientId),
    symbol: order.symbol,
    type: namedType(order),
    side: order.side,
    positionSide: order.positionSide,
    quantity: left,
    cost: null,
    price: price ?? order.price,
    stopPrice: stopPrice ?? order.stopPrice,
    trigger: order.trigger,
    ...(order.onWouldTrigger === undefined ? {} : { onWouldTrigger: order.onWouldTrigger }),
    ...(order.keepAfterClose === undefined ? {} : { keepAfterClose: order.keepAfterClose }),
    timeInForce: order.timeInForce,
    expiresAt: order.expiresAt,
    postOnly: order.postOnly,
    reduceOnly: order.reduceOnly,
    marketProtectionBps: order.marketProtectionBps,
    sendWithinMs: order.sendWithinMs,
    strategy: order.strategy,
    replaces: order.orderId,
    requestedBy,
    idempotency,
  };
}

/**
 * A stop that is put back, for what of it is unfilled or for less, in base units; null where nothing is left of it to place. It passes a
 * halted trading state, as the order did that took its place: what stood before may stand again, and the rules refuse it still where it
 * would open something.
 */
export function putBackOf(stop: Order, quantity: Decimal | null, requestedBy: string): TermsAnew | null {
  const unfilled = remainingQuantity(stop);
  const part = quantity === null || unfilled === null ? unfilled : quantity.min(unfilled);
  const figures = {
    quantity: part?.add(stop.filledQuantity) ?? null,
    price: null,
    stopPrice: null,
    clientOrderId: null,
  };
  const terms = replacementFor(stop, figures, requestedBy, null);
  return terms === null ? null : { ...terms, getsOut: true };
}
