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
import type { TimeMs } from '../ids.ts';
import type { Order } from '../order/order.ts';
import { applyFill, FLAT, unrealizedPnl, type Position } from '../position/position.ts';
import type { VenueFill } from '../venue/report.ts';
import { instrumentKey, positionKeyOf } from '../portfolio/keys.ts';
import type { PortfolioState } from '../portfolio/state.ts';
import { dayOf, middleOf, realizedOf, type Valuation } from './equity.ts';
import type { StrategyBook } from './strategy-book-record.ts';

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
  fill: VenueFill,
): void {
  const { strategyBooks } = state;
  const key = strategyKey(strategy, order);
  const before = strategyBooks.get(key);
  if (before === undefined && strategyBooks.size >= MOST_STRATEGY_BOOKS) makeRoom(strategyBooks);
  const position = before?.position ?? emptyPosition(order);
  const { realizedPnl, fundingTotal, fees } = position;
  const day = dayOf(at);
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

/** The results of one book, in its quote asset. */
export interface StrategyFigures {
  readonly realized: Decimal;
  /** Since 00:00 UTC. */
  readonly realizedToday: Decimal;
  /** Null where the position is open and its instrument has no mark. */
  readonly unrealized: Decimal | null;
}

/** The figures of a book at `at`: closing less fees, and what is open at the mark. */
export function strategyFigures(
  { position, dayStart }: StrategyBook,
  at: TimeMs,
  valuation: Valuation,
): StrategyFigures {
  const realizedBy = (figures: Parameters<typeof realizedOf>[1]): Decimal =>
    middleOf(realizedOf(position, figures, valuation, new Set()));
  const realized = realizedBy(position);
  const price = valuation.priceOf(instrumentKey(position.accountId, position.symbol));
  return {
    realized,
    realizedToday: dayStart.day === dayOf(at) ? realized.subtract(realizedBy(dayStart)) : Decimal.zero,
    unrealized: position.netQuantity.isZero()
      ? Decimal.zero
      : price === null
        ? null
        : unrealizedPnl(position, middleOf(price)),
  };
}

/**
 * The part that a book counts toward its strategy's loss of today: realised since 00:00 UTC, and what is open at a loss, whenever it was opened.
 * An open gain hides no loss. Null where the open part is not known.
 */
export function todaysResult(figures: StrategyFigures): Decimal | null {
  return figures.unrealized === null ? null : figures.realizedToday.add(figures.unrealized.min(Decimal.zero));
}
