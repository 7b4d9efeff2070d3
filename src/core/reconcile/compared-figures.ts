/**
 * The figures of one account's books that a reading of the venue is compared with.
 *
 * Entry points: `balanceFigures`, `positionFigures`, `agreesOnWorking`.
 */
import { Decimal } from '../decimal.ts';
import type { AccountId } from '../ids.ts';
import type { Order } from '../order/order.ts';
import { balanceKey, positionKey } from '../portfolio/keys.ts';
import type { PortfolioState } from '../portfolio/state.ts';
import type { BalanceReport, OrderReport, PositionReport } from '../venue/report.ts';
import type { ReadFigure } from './differences.ts';

export interface AccountBooks {
  readonly state: PortfolioState;
  readonly accountId: AccountId;
}

/** Every total of ours beside the venue's, by `balanceKey`; one that either side does not have is zero there. */
export function balanceFigures(
  { state, accountId }: AccountBooks,
  reports: readonly BalanceReport[],
): readonly ReadFigure[] {
  const figures = new Map<string, ReadFigure>();
  for (const [key, { accountId: owner, wallet, total }] of state.balances)
    if (owner === accountId) figures.set(key, { key, group: wallet, ours: total, theirs: Decimal.zero });
  for (const { wallet, asset, total } of reports) {
    const key = balanceKey(accountId, wallet, asset);
    figures.set(key, { key, group: wallet, ours: figures.get(key)?.ours ?? Decimal.zero, theirs: total });
  }
  return [...figures.values()];
}

/** Every swap position of ours beside the venue's, by `positionKey`, in base units; one that either side does not have is zero there. */
export function positionFigures(
  { state, accountId }: AccountBooks,
  reports: readonly PositionReport[],
): readonly ReadFigure[] {
  const figures = new Map<string, ReadFigure>();
  const group = 'positions';
  for (const [key, { accountId: owner, kind, netQuantity }] of state.positions)
    if (owner === accountId && kind === 'linear_swap')
      figures.set(key, { key, group, ours: netQuantity, theirs: Decimal.zero });
  for (const { symbol, positionSide, quantity } of reports) {
    const key = positionKey(accountId, symbol, positionSide);
    figures.set(key, { key, group, ours: figures.get(key)?.ours ?? Decimal.zero, theirs: quantity });
  }
  return [...figures.values()];
}

/**
 * Whether the venue lists each of our working orders, filled as far as in our books. One that has ended or traded
 * further has executions that its list of them may not show yet, while the balances have moved already.
 */
export function agreesOnWorking(
  { state, accountId }: AccountBooks,
  reports: readonly OrderReport[],
): boolean {
  const filled = new Map(
    reports.map(({ symbol, venueOrderId, filledQuantity }) => [`${symbol} ${venueOrderId}`, filledQuantity]),
  );
  for (const order of state.unfinished.values()) {
    if (order.accountId !== accountId || !isWorking(order)) continue;
    const asListed = order.venueOrderIds.map((id) => filled.get(`${order.symbol} ${id}`));
    if (!asListed.some((quantity) => quantity?.equals(order.filledQuantity) === true)) return false;
  }
  return true;
}

function isWorking({ status }: Order): boolean {
  return status === 'open' || status === 'partially_filled' || status === 'canceling';
}
