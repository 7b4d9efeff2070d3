/** The parts of strategies on an account that the portfolio has no more. Entry point: `leaveBooks`. Pure. */
import type { Decimal } from '../decimal.ts';
import type { AccountId } from '../ids.ts';
import { instrumentKey, positionKeyOf } from '../portfolio/keys.ts';
import type { Draft } from '../portfolio/draft.ts';
import type { StrategyBook } from './strategy-book-record.ts';
import { wholeOf } from './strategy-parts.ts';

/**
 * Closes every part of a strategy on an account that was removed with positions on it: no order of ours reaches them any more, and
 * without a mark their loss would be unknown for ever. Each is closed at the mark of its removal, by `instrumentKey`; where there is none
 * the result of the day is not known.
 */
export function leaveBooks(draft: Draft, accountId: AccountId, marks: ReadonlyMap<string, Decimal>): void {
  const open = [...draft.state.strategyBooks.values()].filter(
    ({ position }) => position.accountId === accountId && !position.netQuantity.isZero(),
  );
  for (const books of Map.groupBy(open, ({ position }) => positionKeyOf(position)).values()) {
    const [first] = books as [StrategyBook, ...StrategyBook[]];
    const { symbol, positionSide } = first.position;
    draft.emit({
      type: 'strategy_parts_closed',
      accountId,
      symbol,
      positionSide,
      price: marks.get(instrumentKey(accountId, symbol)) ?? null,
      by: null,
      parts: books.map(wholeOf),
    });
  }
}
