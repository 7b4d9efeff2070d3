/**
 * Parts of strategies on one position that offset one another, closed against each other: what one strategy is long and another is short
 * the account does not have, so that no order can close it.
 *
 * Entry points: `offsettingParts`, `netStrategyBooks`, and `positionsToNet` for those that have any.
 *
 * Invariants:
 *  1. The account's position, balances and results stay as they are. Each part realises its result at the price that the input states, one
 *     price for all of them: together they make what the untagged part loses by it, and nothing where that takes no share.
 *  2. Afterwards no part is on the other side than the position; on a flat one every part is closed.
 *  3. On the side of the position the untagged part gives first, then the book whose own orders filled longest ago, as in a close
 *     (`strategy-parts.ts`).
 */
import { Decimal } from '../decimal.ts';
import type { AccountId, InstrumentSymbol } from '../ids.ts';
import type { Draft } from '../portfolio/draft.ts';
import { instrumentKey, positionKeyOf } from '../portfolio/keys.ts';
import type { PortfolioState } from '../portfolio/state.ts';
import type { Position } from '../position/position.ts';
import type { StrategyBook, StrategyBooksNetted, StrategyPart } from './strategy-book-record.ts';
import { booksOn } from './strategy-books.ts';
import { oldestFirst } from './strategy-parts.ts';

export interface StrategyNetting {
  readonly accountId: AccountId;
  /** A swap of an account in one-way mode: nowhere else strategies hold opposite parts. */
  readonly symbol: InstrumentSymbol;
  /** Quote units, above zero: a mark that is known now. */
  readonly price: Decimal;
  readonly requestedBy: string;
}

export interface NettingReply {
  readonly kind: 'strategy_books_netted';
  /** Null where nothing offsets anything. */
  readonly netted: StrategyBooksNetted | null;
}

/** Throws `RangeError` for a price that is none. */
export function netStrategyBooks(draft: Draft, netting: StrategyNetting): NettingReply {
  const { accountId, symbol, price, requestedBy } = netting;
  if (!price.isPositive())
    throw new RangeError(`books are netted at a price above zero, not ${price.toString()}`);
  const parts = offsettingParts(draft.state, accountId, symbol);
  if (parts.length === 0) return { kind: 'strategy_books_netted', netted: null };
  const netted = { accountId, symbol, price, requestedBy, parts };
  draft.emit({ type: 'strategy_books_netted', ...netted });
  return { kind: 'strategy_books_netted', netted };
}

/** The quantity that each strategy gives up of its part where all that offsets is closed; empty where nothing does. */
export function offsettingParts(
  state: PortfolioState,
  accountId: AccountId,
  symbol: InstrumentSymbol,
): readonly StrategyPart[] {
  const key = instrumentKey(accountId, symbol);
  const books = booksOn(state, key).filter(({ position }) => !position.netQuantity.isZero());
  const position = state.positions.get(key)?.netQuantity ?? Decimal.zero;
  const untagged = position.subtract(sumOf(books));
  const longs = books.filter(({ position: part }) => part.netQuantity.isPositive());
  const shorts = books.filter(({ position: part }) => part.netQuantity.isNegative());
  const longUntagged = untagged.max(Decimal.zero);
  const shortUntagged = untagged.negate().max(Decimal.zero);
  const offset = sumOf(longs).add(longUntagged).min(sumOf(shorts).abs().add(shortUntagged));
  return [
    ...oldestFirst(longs, offset.subtract(longUntagged)),
    ...oldestFirst(shorts, offset.subtract(shortUntagged)),
  ];
}

/** The net swap positions with parts that offset one another, flat ones among them. */
export function positionsToNet(state: PortfolioState): readonly Position[] {
  const seen = new Map<string, Position>();
  for (const { position: part } of state.strategyBooks.values()) {
    if (part.kind === 'spot' || part.positionSide !== 'net' || part.netQuantity.isZero()) continue;
    const key = positionKeyOf(part);
    const position = state.positions.get(key);
    if (position !== undefined) seen.set(key, position);
  }
  return [...seen.values()].filter(
    ({ accountId, symbol }) => offsettingParts(state, accountId, symbol).length > 0,
  );
}

function sumOf(books: readonly StrategyBook[]): Decimal {
  return books.reduce((sum, { position }) => sum.add(position.netQuantity), Decimal.zero);
}
