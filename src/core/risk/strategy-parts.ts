/**
 * Which parts of strategies a change of a position takes that carries no tag of theirs: a person's close, the ladder, a liquidation, a
 * sale of others, a cut, a reading of the venue.
 *
 * Entry points: `strategyQuantity`, the part of a tagged fill that goes into its own book; `movesOf` before an event is folded in, and
 * `partsClosed` after it.
 *
 * Invariants, after every decision:
 *  1. On spot and on a side of a hedged account, which never turn over, the books together hold no more than the position.
 *  2. On a net swap position strategies may hold opposite parts. A close without a tag takes the untagged part first, as far as that
 *     is on the position's side, then the books on that side. Where it takes from books and leaves nothing of the position, every book
 *     of it is closed, those that offset one another as well.
 *  3. The book whose own orders filled longest ago gives first. Nothing is divided: parts stay on the lot.
 *  4. A trade without a tag that opens a position or turns it over is untagged.
 */
import { Decimal } from '../decimal.ts';
import { tradeId, type AccountId, type InstrumentSymbol } from '../ids.ts';
import type { InstrumentKind } from '../instrument.ts';
import { onlyReduces, type PositionSide, type Side } from '../order/terms.ts';
import type { Order } from '../order/order.ts';
import type { PortfolioEvent } from '../portfolio/events.ts';
import { positionKeyOf } from '../portfolio/keys.ts';
import { orderOf, type PortfolioState } from '../portfolio/state.ts';
import type { VenueFill } from '../venue/report.ts';
import type { StrategyBook, StrategyPart, StrategyPartsClosed } from './strategy-book-record.ts';
import { booksOn, strategyKey } from './strategy-books.ts';

/** A change of one position that is about to be folded in. */
export interface PositionMove extends Pick<StrategyPartsClosed, 'price' | 'by'> {
  readonly accountId: AccountId;
  readonly symbol: InstrumentSymbol;
  readonly positionSide: PositionSide;
  readonly kind: InstrumentKind;
  /** Base units of the position, and of them those in no book; negative for short. */
  readonly netQuantity: Decimal;
  readonly untagged: Decimal;
  /** Base units, signed, of a fill that are in no book; null for all that the position changes by. */
  readonly beside: Decimal | null;
}

/**
 * The part of a tagged fill on a swap that its strategy's book takes, where that is not all of it: what an order that only reduces closes
 * of the account's position beyond the book, it closes for others. Left out of the record otherwise. `closedBefore`: base units that a reading
 * had shown as closed, which went out of the books then.
 */
export function strategyQuantity(
  { positions, strategyBooks }: PortfolioState,
  order: Order,
  { side, quantity: whole }: VenueFill,
  closedBefore = Decimal.zero,
): { readonly strategyQuantity?: Decimal } {
  const { strategy } = order;
  if (strategy === null || order.kind === 'spot') return {};
  const quantity = whole.subtract(closedBefore);
  const all = closedBefore.isZero() ? {} : { strategyQuantity: quantity };
  if (!onlyReduces(order)) return all;
  const closable = (net: Decimal | undefined): Decimal =>
    ((side === 'sell' ? net : net?.negate()) ?? Decimal.zero).max(Decimal.zero);
  const closes = closable(positions.get(positionKeyOf(order))?.netQuantity).min(quantity);
  const own = closable(strategyBooks.get(strategyKey(strategy, order))?.position.netQuantity);
  const ofOthers = closes.subtract(own);
  return ofOthers.isPositive() ? { strategyQuantity: quantity.subtract(ofOthers) } : all;
}

/** The positions with books, or with a first fill for one, that `event` moves, as they are before it. Call before it is folded in. */
export function movesOf(state: PortfolioState, event: PortfolioEvent): readonly PositionMove[] {
  const hasBooks =
    state.strategyBooks.size > 0 || (event.type === 'fill_booked' && event.strategy !== undefined);
  return hasBooks ? changesOf(state, event).flatMap((change) => before(state, change)) : [];
}

type Change = Omit<PositionMove, 'netQuantity' | 'untagged'>;

function before(state: PortfolioState, change: Change): readonly PositionMove[] {
  const key = positionKeyOf(change);
  const books = booksOn(state, key);
  if (books.length === 0 && change.beside === null) return [];
  const netQuantity = state.positions.get(key)?.netQuantity ?? Decimal.zero;
  const inBooks = books.reduce((sum, { position }) => sum.add(position.netQuantity), Decimal.zero);
  return [{ ...change, netQuantity, untagged: netQuantity.subtract(inBooks) }];
}

function changesOf(state: PortfolioState, event: PortfolioEvent): readonly Change[] {
  switch (event.type) {
    case 'fill_booked': {
      const order = orderOf(state, event.orderId);
      if (order === undefined) return [];
      const { fill, strategy } = event;
      const { accountId, symbol, positionSide, kind } = order;
      const { executedAt, price } = fill;
      const closes = fill.quantity.subtract(event.shown?.closing ?? Decimal.zero);
      const ofOthers = closes.subtract(event.strategyQuantity ?? closes);
      const beside = strategy === undefined ? null : signed(fill.side, ofOthers);
      return [
        { accountId, symbol, positionSide, kind, price, by: { tradeId: fill.tradeId, executedAt }, beside },
      ];
    }
    case 'external_fill_seen': {
      const { accountId, fill, setting, taken, takenAt = fill.executedAt } = event;
      const { symbol, price } = fill;
      const { kind } = setting;
      if (kind === 'spot') {
        if (taken === undefined) return [];
        const by = { tradeId: fill.tradeId, executedAt: takenAt, cut: 'external_sale' } as const;
        return [{ accountId, symbol, positionSide: 'net', kind, price, by, beside: null }];
      }
      const { positionSide, executedAt } = fill;
      const by = { tradeId: fill.tradeId, executedAt };
      return [{ accountId, symbol, positionSide, kind, price, by, beside: null }];
    }
    case 'position_cut':
    case 'position_cut_changed': {
      const { accountId, symbol, cut } = event;
      const { cutId, reason, price, executedAt } = cut;
      const by = { tradeId: tradeId(cutId), executedAt, cut: reason };
      return [{ accountId, symbol, positionSide: 'net', kind: 'spot', price, by, beside: null }];
    }
    case 'positions_observed':
      return event.positions.map(({ symbol, positionSide, setting, mark, price }) => ({
        accountId: event.accountId,
        symbol,
        positionSide,
        kind: setting.kind,
        price: price ?? mark ?? null,
        by: null,
        beside: null,
      }));
    default:
      return [];
  }
}

/** The parts that strategies have lost of the position by it; null for nothing. Call when the event is folded in. */
export function partsClosed(state: PortfolioState, move: PositionMove): StrategyPartsClosed | null {
  const { accountId, symbol, positionSide, kind, price, by } = move;
  const key = positionKeyOf(move);
  const after = state.positions.get(key)?.netQuantity ?? Decimal.zero;
  const books = booksOn(state, key).filter(({ position }) => !position.netQuantity.isZero());
  const parts =
    kind === 'spot' || positionSide !== 'net'
      ? beyondPosition(books, positionSide === 'short' ? 'short' : 'long', after)
      : takenFromNet(books, move, after);
  return parts.length === 0 ? null : { accountId, symbol, positionSide, price, by, parts };
}

/** Of a position that cannot turn over: what the books hold beyond it, and what they hold on the other side. */
function beyondPosition(
  books: readonly StrategyBook[],
  direction: 'long' | 'short',
  position: Decimal,
): readonly StrategyPart[] {
  // A closing execution that is known before the opening one: what is still to come is not known.
  if (position.isPositive() === (direction === 'short') && !position.isZero()) return [];
  const isThere = ({ position: { netQuantity } }: StrategyBook): boolean =>
    netQuantity.isPositive() === (direction === 'long');
  const held = books.filter(isThere);
  return [
    ...books.filter((book) => !isThere(book)).map(wholeOf),
    ...oldestFirst(held, sizeOf(held).subtract(position.abs())),
  ];
}

/** Of a net swap position. */
function takenFromNet(
  books: readonly StrategyBook[],
  { netQuantity, untagged, beside }: PositionMove,
  after: Decimal,
): readonly StrategyPart[] {
  const change = beside ?? after.subtract(netQuantity);
  const standing = after.subtract(change);
  if (standing.isZero() || change.isZero() || standing.isNegative() === change.isNegative()) return [];
  const onItsSide = (figure: Decimal): Decimal =>
    (standing.isPositive() ? figure : figure.negate()).max(Decimal.zero);
  const taken = change.abs().min(standing.abs()).subtract(onItsSide(untagged));
  if (!taken.isPositive()) return [];
  const isClosed = !onItsSide(after).isPositive();
  if (isClosed) return books.map(wholeOf);
  return oldestFirst(
    books.filter(({ position }) => onItsSide(position.netQuantity).isPositive()),
    taken,
  );
}

/** `taken` base units of the parts, of each as much as it has, the first of them first; none where it is not above zero. */
export function oldestFirst(books: readonly StrategyBook[], taken: Decimal): readonly StrategyPart[] {
  const parts: StrategyPart[] = [];
  let left = taken;
  for (const book of books) {
    if (!left.isPositive()) break;
    const whole = wholeOf(book);
    const quantity = whole.quantity.min(left);
    parts.push({ ...whole, quantity });
    left = left.subtract(quantity);
  }
  return parts;
}

/** All of a strategy's part. */
export function wholeOf({ strategy, position: { netQuantity } }: StrategyBook): StrategyPart {
  return { strategy, side: netQuantity.isPositive() ? 'sell' : 'buy', quantity: netQuantity.abs() };
}

function sizeOf(books: readonly StrategyBook[]): Decimal {
  return books.reduce((sum, { position }) => sum.add(position.netQuantity.abs()), Decimal.zero);
}

function signed(side: Side, quantity: Decimal): Decimal {
  return side === 'buy' ? quantity : quantity.negate();
}
