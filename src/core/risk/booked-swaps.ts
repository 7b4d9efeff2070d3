/**
 * The swap positions of an account by our books, and whether a reading of its margin is still of them.
 *
 * Entry points: `bookedSwaps` is taken as a reading begins, `hasChangedSince` compares with it; `mayStillGrow` looks at the
 * orders in flight. Pure.
 */
import { Decimal } from '../decimal.ts';
import type { AccountId, OrderId } from '../ids.ts';
import { openGroups, type OpenGroup } from '../order/open-orders.ts';
import { remainingQuantity } from '../order/order.ts';
import { onlyReduces } from '../order/terms.ts';
import { positionKeyOf } from '../portfolio/keys.ts';
import type { PortfolioState } from '../portfolio/state.ts';
import type { PositionReport } from '../venue/report.ts';

/** Base units of each open swap position, negative for short, by `positionKey`. */
export type BookedSwaps = ReadonlyMap<string, Decimal>;

/** The open swap positions of an account by our books. */
export function bookedSwaps(state: PortfolioState, accountId: AccountId): BookedSwaps {
  const booked = new Map<string, Decimal>();
  for (const [key, position] of state.positions)
    if (position.accountId === accountId && position.kind === 'linear_swap' && !position.netQuantity.isZero())
      booked.set(key, position.netQuantity);
  return booked;
}

/** Whether the account has an open position in a swap, by our books. */
export function hasOpenSwap(state: PortfolioState, accountId: AccountId): boolean {
  return bookedSwaps(state, accountId).size > 0;
}

/**
 * Whether a reading is of other positions than those that are open now: one has changed in our books since the reading began, or
 * is larger there than the venue showed it, whose answer may lag behind its executions. Holdings of others beside it are no
 * change.
 */
export function hasChangedSince(
  state: PortfolioState,
  accountId: AccountId,
  { booked, positions }: { readonly booked: BookedSwaps; readonly positions: readonly PositionReport[] },
): boolean {
  const now = bookedSwaps(state, accountId);
  if (now.size !== booked.size) return true;
  const shown = new Map(
    positions.map((report) => [positionKeyOf({ ...report, accountId }), report.quantity] as const),
  );
  for (const [key, quantity] of now) {
    if (booked.get(key)?.equals(quantity) !== true) return true;
    const atVenue = shown.get(key) ?? Decimal.zero;
    if (atVenue.isNegative() !== quantity.isNegative() || atVenue.abs().lessThan(quantity.abs())) return true;
  }
  return false;
}

/** Whether an order in flight may still open or grow a swap position of the account, or turn one over; `excluding` leaves one out. */
export function mayStillGrow(
  state: PortfolioState,
  accountId: AccountId,
  excluding: OrderId | null,
): boolean {
  return openGroups(state).some(
    (group) =>
      group.accountId === accountId && group.kind === 'linear_swap' && mayGrow(state, group, excluding),
  );
}

/** By all that is open on a side together: more purchases than a short position has, or more sales than a long one. */
function mayGrow(state: PortfolioState, group: OpenGroup, excluding: OrderId | null): boolean {
  const held = state.positions.get(group.key)?.netQuantity ?? Decimal.zero;
  let buys = Decimal.zero;
  let sells = Decimal.zero;
  for (const order of group.orders) {
    if (order.orderId === excluding || onlyReduces(order)) continue;
    const open = remainingQuantity(order);
    if (open === null) return true;
    if (order.side === 'buy') buys = buys.add(open);
    else sells = sells.add(open);
  }
  const closableByBuys = held.negate().max(Decimal.zero);
  const closableBySells = held.max(Decimal.zero);
  return closableByBuys.lessThan(buys) || closableBySells.lessThan(sells);
}
