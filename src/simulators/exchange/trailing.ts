/**
 * Stops that follow the price: which way they follow it, and when they are due. Entry points: `follow`, `isPastActivation`.
 *
 * A sell follows the highest price since it was activated and is due when the price has fallen from it by the callback
 * rate; a buy follows the lowest price and is due when the price has risen.
 */
import { Decimal } from '../../core/decimal.ts';
import type { OrderRequest, Side, Trailing, TriggerSource } from './order.ts';
import { markOf, type SymbolState } from './state.ts';

/** Shows the trailing stops of the symbol one price, at a time in ms; those that are due stand in `trailingDue` then. */
export function follow(symbol: SymbolState, source: TriggerSource, price: Decimal, at: number): void {
  for (const order of symbol.trailing) {
    const { trailing, side } = order;
    if (trailing === undefined || order.triggerSource !== source) continue;
    const { activationPrice, callbackRate } = trailing;
    if (
      trailing.best === null &&
      activationPrice !== null &&
      !activates(side, trailing, price, activationPrice)
    )
      continue;
    const best = trailing.best === null || reaches(side, price, trailing.best) ? price : trailing.best;
    if (!best.equals(trailing.best ?? Decimal.zero))
      order.trailing = { ...trailing, best, followsSince: trailing.followsSince ?? at };
    const isDue =
      side === 'sell'
        ? price.atMost(best.multiply(Decimal.one.subtract(callbackRate)))
        : price.atLeast(best.multiply(Decimal.one.add(callbackRate)));
    if (isDue) symbol.trailingDue.add(order);
  }
}

/** Whether the price has come to where the stop begins to follow it: from the side that its terms name. */
function activates(
  side: Side,
  { activatesAgainst }: Pick<Trailing, 'activatesAgainst'>,
  price: Decimal,
  level: Decimal,
): boolean {
  return reaches(activatesAgainst === true ? (side === 'sell' ? 'buy' : 'sell') : side, price, level);
}

/** Whether the price went as far in the direction that the stop follows: up for a sell, down for a buy. */
function reaches(side: Side, price: Decimal, level: Decimal): boolean {
  return side === 'sell' ? price.atLeast(level) : price.atMost(level);
}

/** Whether the market stands at the activation price or beyond it already. False for an order without one. */
export function isPastActivation(
  { market, lastPrice }: SymbolState,
  { side, trailing, triggerSource }: Pick<OrderRequest, 'side' | 'trailing' | 'triggerSource'>,
): boolean {
  if (trailing?.activationPrice === undefined) return false;
  const price = triggerSource === 'mark' ? markOf(market) : lastPrice;
  return activates(side, trailing, price, trailing.activationPrice);
}
