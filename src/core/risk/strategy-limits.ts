/**
 * The open orders and the loss of a strategy, for the limits that are measured on it alone.
 *
 * Entry points: `openOfStrategy`, `resultOfStrategy`. They look at all unfinished orders and all strategy books: only orders of a
 * strategy with stored limits cost that.
 */
import { Decimal } from '../decimal.ts';
import { atMarks } from './equity.ts';
import type { OrderId } from '../ids.ts';
import type { OpenOnPosition } from '../order/open-orders.ts';
import { remainingQuantity, type Order } from '../order/order.ts';
import { worstPriceOf } from '../order/price-bounds.ts';
import { onlyReduces } from '../order/terms.ts';
import { positionKeyOf } from '../portfolio/keys.ts';
import type { PortfolioState } from '../portfolio/state.ts';
import { rateOf } from './conversion.ts';
import { worstValueOf } from './exposure.ts';
import type { MarketContext } from './rule.ts';
import { strategyFigures, todaysResult } from './strategy-books.ts';

export interface OpenOfStrategy {
  readonly count: number;
  /** Those on the position that `order` trades, added up at `mark`. */
  readonly on: (order: Parameters<typeof positionKeyOf>[0], mark: Decimal) => OpenOnPosition;
}

/** The unfinished orders that carry the strategy's tag; `excluding` leaves one out. */
export function openOfStrategy(
  { unfinished }: PortfolioState,
  strategy: string,
  excluding: OrderId | null,
): OpenOfStrategy {
  const open = [...unfinished.values()].filter(
    (order) => order.strategy === strategy && order.orderId !== excluding,
  );
  return {
    count: open.length,
    on: (position, mark) => {
      const key = positionKeyOf(position);
      return addedUp(
        open.filter((order) => positionKeyOf(order) === key),
        mark,
      );
    },
  };
}

function addedUp(orders: readonly Order[], mark: Decimal): OpenOnPosition {
  const sum = (side: Order['side'], figure: (order: Order) => Decimal): Decimal =>
    orders
      .filter((order) => order.side === side)
      .reduce((total, order) => total.add(figure(order)), Decimal.zero);
  const quantity = (order: Order): Decimal => remainingQuantity(order) ?? Decimal.zero;
  const value = (order: Order): Decimal =>
    worstValueOf(
      {
        side: order.side,
        openQuantity: remainingQuantity(order),
        openCost: order.cost?.subtract(order.filledCost).max(Decimal.zero) ?? null,
        worstPrice: worstPriceOf(order, order.protectionPrice),
        onlyReduces: onlyReduces(order),
      },
      mark,
    );
  return {
    buyQuantity: sum('buy', quantity),
    sellQuantity: sum('sell', quantity),
    buyValue: sum('buy', value),
    sellValue: sum('sell', value),
  };
}

/**
 * The result of the strategy's fills since 00:00 UTC with what is open at a loss, in the base currency at the end of each rate that
 * costs more; null where it holds something that has no mark, or a currency has no price.
 */
export function resultOfStrategy(
  { strategyBooks }: PortfolioState,
  strategy: string,
  context: Pick<MarketContext, 'at' | 'marks' | 'baseCurrency' | 'baseRates'>,
): Decimal | null {
  const { at, marks } = context;
  let result = Decimal.zero;
  for (const book of strategyBooks.values()) {
    if (book.strategy !== strategy) continue;
    const made = todaysResult(strategyFigures(book, at, atMarks(marks)));
    if (made === null) return null;
    const { accountId, quote } = book.position;
    const rate = rateOf(context, accountId, quote);
    if (rate === null && !made.isZero()) return null;
    if (rate !== null) result = result.add(made.multiply(made.isNegative() ? rate.high : rate.low));
  }
  return result;
}
