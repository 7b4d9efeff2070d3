/**
 * The books of strategies: what the fills of the orders that carry a strategy's tag have made, apart from the positions of the
 * accounts, which hold everybody's fills.
 *
 * Entry points: `bookStrategyFill`, which `evolve` alone calls; `strategyFigures`, what a strategy has made and may yet lose.
 *
 * Invariants:
 *  1. A fill belongs to the strategy that its record names. Records from before there were such books name none.
 *  2. Executions of orders without a tag, funding and corrections from the venue's readings belong to no strategy: a position that
 *     somebody else closes stays in the strategy's book until an order with its tag closes it there too.
 *  3. At most `MOST_STRATEGY_BOOKS` are kept: the flat one that was longest unused makes room, without one the longest unused.
 */
import { Decimal } from '../decimal.ts';
import type { Asset, TimeMs } from '../ids.ts';
import type { Order } from '../order/order.ts';
import { applyFill, FLAT, type Position, type PositionFill } from '../position/position.ts';
import { positionKeyOf } from '../portfolio/keys.ts';
import type { PortfolioState } from '../portfolio/state.ts';
import {
  dayAfter,
  dayOf,
  realizedOf,
  realizedSince,
  unrealizedOf,
  type RealizedFigures,
  type Valuation,
} from './equity.ts';
import type { StrategyBook } from './strategy-book-record.ts';
import { exactly, type Interval } from './valuation.ts';

/** How many (strategy, position) pairs of a portfolio have a book. */
export const MOST_STRATEGY_BOOKS = 1_000;

export function strategyKey(strategy: string, order: Parameters<typeof positionKeyOf>[0]): string {
  return `${strategy} ${positionKeyOf(order)}`;
}

export function bookStrategyFill(
  state: PortfolioState,
  at: TimeMs,
  strategy: string,
  order: Order,
  fill: PositionFill,
): void {
  const { strategyBooks } = state;
  const key = strategyKey(strategy, order);
  const before = strategyBooks.get(key);
  if (before === undefined && strategyBooks.size >= MOST_STRATEGY_BOOKS) makeRoom(strategyBooks);
  const position = before?.position ?? emptyPosition(order);
  const { realizedPnl, fundingTotal, fees } = position;
  const day = before === undefined ? dayOf(at) : dayAfter(before.dayStart.day, at);
  // Put at the end: the books are in the order in which they were last used.
  strategyBooks.delete(key);
  strategyBooks.set(key, {
    strategy,
    position: { ...applyFill(position, fill).position, updatedAt: at },
    dayStart: before?.dayStart.day === day ? before.dayStart : { day, realizedPnl, fundingTotal, fees },
  });
}

function makeRoom(books: Map<string, StrategyBook>): void {
  const [oldest] = books.keys();
  const flat = [...books].find(([, { position }]) => position.netQuantity.isZero())?.[0];
  const leaves = flat ?? oldest;
  if (leaves !== undefined) books.delete(leaves);
}

function emptyPosition(order: Order): Position {
  const { accountId, symbol, positionSide, venue, mode, kind, wallet, base, quote } = order;
  return {
    accountId,
    venue,
    mode,
    symbol,
    positionSide,
    kind,
    wallet,
    base,
    quote,
    ...FLAT,
    fees: [],
    fundingTotal: Decimal.zero,
    recent: [],
    beforeRecent: FLAT,
    updatedAt: 0,
  };
}

/** The results of one book, in the base currency at the rates of the moment. */
export interface StrategyFigures {
  /** Null where a part of it is in an asset without a price. */
  readonly realized: Interval | null;
  /** Since 00:00 UTC; null as `realized`. */
  readonly realizedToday: Interval | null;
  /** Null where the position is open and its instrument has no mark, or its quote currency no price. */
  readonly unrealized: Interval | null;
}

/** The figures of a book at `at`: closing less fees, and what is open at the mark. */
export function strategyFigures(
  { position, dayStart }: StrategyBook,
  at: TimeMs,
  valuation: Valuation,
  baseCurrency: Asset,
): StrategyFigures {
  const realizedBy = (figures: RealizedFigures): Interval | null => {
    const unpriced = new Map<Asset, Decimal | null>();
    const realized = realizedOf(position, figures, valuation, baseCurrency, unpriced);
    return unpriced.size === 0 ? realized : null;
  };
  const nothing = exactly(Decimal.zero);
  return {
    realized: realizedBy(position),
    realizedToday:
      dayAfter(dayStart.day, at) === dayStart.day ? realizedBy(realizedSince(position, dayStart)) : nothing,
    unrealized: position.netQuantity.isZero() ? nothing : unrealizedOf(position, valuation, baseCurrency),
  };
}

/**
 * The part that a book counts toward its strategy's loss of today: realised since 00:00 UTC, and what is open at a loss, whenever it was
 * opened, each at the end that is worse. An open gain hides no loss. Null where a part is not known.
 */
export function todaysResult({ realizedToday, unrealized }: StrategyFigures): Decimal | null {
  if (realizedToday === null || unrealized === null) return null;
  return realizedToday.low.add(unrealized.low.min(Decimal.zero));
}
