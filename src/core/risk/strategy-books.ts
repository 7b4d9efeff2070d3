/**
 * The books of strategies: what the fills of the orders that carry a strategy's tag have made, apart from the positions of the
 * accounts, which hold everybody's fills.
 *
 * Entry points: `bookStrategyFill`, `closeStrategyParts` and `giveBackParts`, which `evolve` alone calls; `strategyFigures`, what a
 * strategy has made and may yet lose.
 *
 * Invariants:
 *  1. A fill belongs to the strategy that its record names. Records from before there were such books name none.
 *  2. The rest of a position beside its books is its untagged part. A close without a tag takes from that part
 *     first, and then from the books (`strategy-parts.ts`). Its fee, and funding, belong to no strategy.
 *  3. `MOST_STRATEGY_BOOKS` are kept. One that is flat and has not moved today makes room first; then one of a strategy that no limit
 *     measures, flat ones before others, whose part is untagged from then on. Where all are of strategies that limits measure, new risk
 *     of a further pair is refused (rule `strategy_limits`): no limit on a loss forgets any.
 */
import { Decimal } from '../decimal.ts';
import { tradeId, type Asset, type TimeMs } from '../ids.ts';
import type { Order } from '../order/order.ts';
import { cutsOf, withCutChanged, withoutCut } from '../position/cuts.ts';
import {
  applyFill,
  AVERAGE_SCALE,
  flatPosition,
  type Position,
  type PositionFill,
} from '../position/position.ts';
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
import { scopeKey } from './limit-scopes.ts';
import type { StrategyBook, StrategyPartsClosed } from './strategy-book-record.ts';
import { withQuantity } from '../position/quote-amount.ts';
import { exactly, type Interval } from './valuation.ts';

/** How many (strategy, position) pairs of a portfolio have a book. */
export const MOST_STRATEGY_BOOKS = 1_000;

/** The reasons of cuts that what explains them may replace. */
const REPLACEABLE = ['not_held', 'external_sale'] as const;

export function strategyKey(strategy: string, order: Parameters<typeof positionKeyOf>[0]): string {
  return `${strategy} ${positionKeyOf(order)}`;
}

/** The books of one position, by its key; the one whose own orders filled longest ago is the first. */
export function booksOn({ strategyBooks }: PortfolioState, key: string): readonly StrategyBook[] {
  if (strategyBooks.size === 0) return [];
  const ending = ` ${key}`;
  return [...strategyBooks].filter(([each]) => each.endsWith(ending)).map(([, book]) => book);
}

/** A fill of an order with a strategy's tag: `strategyQuantity` of it, or all. The order's fee is the strategy's in either case. */
export function bookStrategyFill(
  state: PortfolioState,
  at: TimeMs,
  { strategy, strategyQuantity, fill, feeWorth }: BookedFill,
  order: Order,
): void {
  if (strategy === undefined) return;
  const { strategyBooks } = state;
  const key = strategyKey(strategy, order);
  const before = strategyBooks.get(key);
  if (before === undefined && strategyBooks.size >= MOST_STRATEGY_BOOKS) makeRoom(state, at);
  const book = before ?? newBook(strategy, flatPosition(order), at);
  const part = { ...withQuantity(fill, strategyQuantity ?? fill.quantity), feeWorth };
  // Put at the end: the books are in the order in which their own orders last filled.
  strategyBooks.delete(key);
  strategyBooks.set(key, moved(book, at, applyFill(book.position, part).position));
}

interface BookedFill {
  readonly strategy?: string | undefined;
  readonly strategyQuantity?: Decimal | undefined;
  readonly fill: PositionFill;
  readonly feeWorth?: PositionFill['feeWorth'];
}

/** Parts that something without a tag has closed, at its price; without one at what they cost, with a result that is not known. */
export function closeStrategyParts(state: PortfolioState, at: TimeMs, closed: StrategyPartsClosed): void {
  for (const { strategy, side, quantity } of closed.parts) {
    const key = strategyKey(strategy, closed);
    const book = state.strategyBooks.get(key);
    if (book === undefined) continue;
    const { position } = book;
    if (closed.price === null) {
      const after = moved(book, at, closedAtCost(position, quantity));
      state.strategyBooks.set(key, { ...after, unmeasuredOn: after.dayStart.day });
      continue;
    }
    const latest = position.recent.at(-1)?.executedAt ?? 0;
    const fill: PositionFill = {
      tradeId: closed.by?.tradeId ?? tradeId(''),
      sequence: null,
      side,
      price: closed.price,
      quantity,
      fee: Decimal.zero,
      feeAsset: null,
      // After all that the book knows of: it takes what is there now.
      executedAt: Math.max(closed.by?.executedAt ?? at, latest),
      cut: closed.by?.cut,
    };
    state.strategyBooks.set(key, moved(book, at, applyFill(position, fill).position));
  }
}

/** The rest keeps its average; the cost that leaves is rounded half even at 18 digits. */
function closedAtCost(position: Position, quantity: Decimal): Position {
  const held = position.netQuantity.abs();
  const closed = quantity.min(held);
  if (!closed.isPositive()) return position;
  const released = position.openCost.multiply(closed).divide(held, AVERAGE_SCALE, 'half_even');
  const rest = held.subtract(closed);
  return {
    ...position,
    netQuantity: position.netQuantity.isNegative() ? rest.negate() : rest,
    openCost: rest.isZero() ? Decimal.zero : position.openCost.subtract(released),
  };
}

/** A cut was replaced: the books have back what it took of them, the one that it took from last first, as far as the position has. */
export function giveBackParts(
  state: PortfolioState,
  at: TimeMs,
  { before, after, cutId }: { readonly before: Position; readonly after: Position; readonly cutId: string },
): void {
  let left = after.netQuantity.subtract(before.netQuantity);
  for (const book of booksOn(state, positionKeyOf(before)).toReversed()) {
    const { strategy, position } = book;
    const cut = REPLACEABLE.flatMap((reason) => cutsOf(position, reason)).find(
      (each) => each.cutId === cutId,
    );
    if (cut === undefined || !left.isPositive()) continue;
    const restored = withoutCut(position, cutId, cut.quantity.min(left));
    left = left.subtract(restored.netQuantity.subtract(position.netQuantity));
    state.strategyBooks.set(strategyKey(strategy, position), moved(book, at, restored));
  }
}

/**
 * A sale of others took another part of a position than was known: the books have back what it took of them, and lose what they hold
 * beyond the position by then, as by any other change (`strategy-parts.ts`).
 */
export function restoreParts(state: PortfolioState, at: TimeMs, position: Position, cutId: string): void {
  for (const book of booksOn(state, positionKeyOf(position))) {
    const cut = book.position.recent.find((fill) => fill.cut === 'external_sale' && fill.tradeId === cutId);
    if (cut === undefined) continue;
    const restored = withCutChanged(book.position, { ...cut, quantity: Decimal.zero });
    state.strategyBooks.set(strategyKey(book.strategy, book.position), moved(book, at, restored));
  }
}

function newBook(strategy: string, position: Position, at: TimeMs): StrategyBook {
  return { strategy, position, dayStart: { day: dayOf(at), ...resultsOf(position) } };
}

/** The book with its position as it is after `at`. */
function moved(book: StrategyBook, at: TimeMs, position: Position): StrategyBook {
  const day = dayAfter(book.dayStart.day, at);
  const dayStart = book.dayStart.day === day ? book.dayStart : { day, ...resultsOf(book.position) };
  return { ...book, position: { ...position, updatedAt: at }, dayStart };
}

function resultsOf({ realizedPnl, fundingTotal, fees }: Position): Omit<StrategyBook['dayStart'], 'day'> {
  return { realizedPnl, fundingTotal, fees };
}

/** The longest unused of those that may leave. */
function makeRoom(state: PortfolioState, at: TimeMs): void {
  const { strategyBooks } = state;
  const books = [...strategyBooks];
  const unmeasured = ([, { strategy }]: (typeof books)[number]): boolean => !isMeasured(state, strategy);
  const isFlat = ([, { position }]: (typeof books)[number]): boolean => position.netQuantity.isZero();
  const leaves =
    books.find(([, book]) => isOver(book, at)) ??
    books.find((entry) => isFlat(entry) && unmeasured(entry)) ??
    books.find(unmeasured);
  if (leaves === undefined) return;
  const [key, book] = leaves;
  strategyBooks.delete(key);
  if (!isOver(book, at)) state.strategyResultsForgottenAt = at;
}

/** Whether a book holds nothing and has no result of today. */
function isOver({ position, dayStart }: StrategyBook, at: TimeMs): boolean {
  return position.netQuantity.isZero() && dayAfter(dayStart.day, at) !== dayStart.day;
}

/** Whether a limit of the strategy is measured on its books. */
function isMeasured({ storedLimits }: PortfolioState, strategy: string): boolean {
  const limits = storedLimits.get(scopeKey({ kind: 'strategy', strategy }))?.limits;
  return limits !== undefined && (limits.maxDailyLoss !== null || limits.maxPositionNotional !== null);
}

/**
 * Whether results of today may have left with a book before the strategy had its limit. They are not known then.
 */
export function mayLackResults(
  { storedLimits, strategyResultsForgottenAt: forgottenAt }: PortfolioState,
  at: TimeMs,
  strategy: string,
): boolean {
  if (forgottenAt === null || dayAfter(dayOf(forgottenAt), at) !== dayOf(forgottenAt)) return false;
  const limitedAt = storedLimits.get(scopeKey({ kind: 'strategy', strategy }))?.at;
  return limitedAt !== undefined && limitedAt >= forgottenAt;
}

/** Whether the order's strategy has a book of the position that it trades, or there is room for one beside those that orders need. */
export function hasRoomForBook(
  state: PortfolioState,
  at: TimeMs,
  strategy: string,
  order: Parameters<typeof positionKeyOf>[0],
): boolean {
  const { strategyBooks, unfinished } = state;
  const key = strategyKey(strategy, order);
  if (strategyBooks.has(key) || strategyBooks.size + unfinished.size < MOST_STRATEGY_BOOKS) return true;
  const awaited = new Set<string>();
  for (const each of unfinished.values()) {
    if (each.strategy === null || !isMeasured(state, each.strategy)) continue;
    const wanted = strategyKey(each.strategy, each);
    if (!strategyBooks.has(wanted)) awaited.add(wanted);
  }
  if (awaited.has(key)) return true;
  const stay = [...strategyBooks.values()].filter(
    (book) => !isOver(book, at) && isMeasured(state, book.strategy),
  );
  return stay.length + awaited.size < MOST_STRATEGY_BOOKS;
}

/** The results of one book, in the base currency at the rates of the moment. */
export interface StrategyFigures {
  /** Null where a part of it is in an asset without a price, or was closed at a price that nobody knows. */
  readonly realized: Interval | null;
  /** Since 00:00 UTC; null as `realized`. */
  readonly realizedToday: Interval | null;
  /** Null where the position is open and its instrument has no mark, or its quote currency no price. */
  readonly unrealized: Interval | null;
}

/** The figures of a book at `at`: closing less fees, and what is open at the mark. */
export function strategyFigures(
  { position, dayStart, unmeasuredOn }: StrategyBook,
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
  const realizedToday = (): Interval | null => {
    if (dayAfter(dayStart.day, at) !== dayStart.day) return nothing;
    return unmeasuredOn === dayStart.day ? null : realizedBy(realizedSince(position, dayStart));
  };
  return {
    realized: unmeasuredOn === undefined ? realizedBy(position) : null,
    realizedToday: realizedToday(),
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
