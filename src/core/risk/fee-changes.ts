/** Prices of open fees as `evolve` folds them. */
import type { PortfolioEvent } from '../portfolio/events.ts';
import { positionKey, positionKeyOf } from '../portfolio/keys.ts';
import type { PortfolioState } from '../portfolio/state.ts';
import { valueFees, type FeePrice, type PositionFee } from '../position/fees.ts';

/** Folds a price of open fees: those of the position, of its start of the day, and of the strategies that trade it. */
export function applyFeePrice(
  state: PortfolioState,
  { accountId, symbol, positionSide, ...price }: Extract<PortfolioEvent, { type: 'fees_valued' }>,
): void {
  const key = positionKey(accountId, symbol, positionSide);
  const position = state.positions.get(key);
  if (position !== undefined) state.positions.set(key, withPrice(position, price));
  const start = state.dayStarts.get(key);
  if (start !== undefined) state.dayStarts.set(key, withPrice(start, price));
  for (const [bookKey, book] of state.strategyBooks)
    if (positionKeyOf(book.position) === key)
      state.strategyBooks.set(bookKey, {
        ...book,
        position: withPrice(book.position, price),
        dayStart: withPrice(book.dayStart, price),
      });
}

function withPrice<Figures extends { readonly fees: readonly PositionFee[] }>(
  figures: Figures,
  price: FeePrice,
): Figures {
  return { ...figures, fees: valueFees(figures.fees, price) };
}
