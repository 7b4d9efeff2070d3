/**
 * The open orders and the loss of a strategy, for the limits that are measured on it alone.
 *
 * Entry points: `openOfStrategy`, `resultOfStrategy`. They look at all unfinished orders and all strategy books: only orders of a
 * strategy with stored limits cost that.
 */
import { Decimal } from '../decimal.ts';
import { asset as asAsset, type AccountId, type OrderId } from '../ids.ts';
import type { OpenOnPosition } from '../order/open-orders.ts';
import { remainingQuantity, type Order } from '../order/order.ts';
import { worstPriceOf } from '../order/price-bounds.ts';
import { onlyReduces } from '../order/terms.ts';
import { positionKeyOf } from '../portfolio/keys.ts';
import type { PortfolioState } from '../portfolio/state.ts';
import { CONVERSION_MAX_AGE_MS, rateOf, type Conversions } from './conversion.ts';
import type { Valuation } from './equity.ts';
import { worstValueOf } from './exposure.ts';
import type { MarketContext } from './rule.ts';
import { mayLackResults, strategyFigures, todaysResult } from './strategy-books.ts';
import { exactly } from './valuation.ts';

/** Milliseconds of age up to which a mark measures the loss of a strategy, as with prices that convert. */
export const OLDEST_MARK_MS = CONVERSION_MAX_AGE_MS;

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
 * costs more; null where it holds something that has no mark in time, a currency or a fee has no price, or a part of it is not known.
 */
export function resultOfStrategy(
  state: PortfolioState,
  strategy: string,
  context: Pick<MarketContext, 'at' | 'marks' | 'oldMarks' | keyof Conversions>,
): Decimal | null {
  const { at } = context;
  if (mayLackResults(state, at, strategy)) return null;
  let result = Decimal.zero;
  for (const book of state.strategyBooks.values()) {
    if (book.strategy !== strategy) continue;
    const valuation = valuationOf(context, book.position.accountId);
    const made = todaysResult(strategyFigures(book, at, valuation, context.baseCurrency));
    if (made === null) return null;
    result = result.add(made);
  }
  return result;
}

/** The marks and rates of a decision, as the account sees them. */
export function valuationOf(
  context: Pick<MarketContext, 'marks' | 'oldMarks' | keyof Conversions>,
  accountId: AccountId,
): Valuation {
  return {
    priceOf: (key) => {
      if (!key.includes(' ')) return rateOf(context, accountId, asAsset(key));
      const mark = context.marks.get(key);
      return mark === undefined || context.oldMarks.has(key) ? null : exactly(mark);
    },
  };
}
