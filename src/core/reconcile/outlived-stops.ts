/**
 * Orders that have outlived the position which they belonged to: left alone, they would cut the next one. These are the stops that
 * protected it, and of a swap every order that could only close it: a target, a reduce-only limit order.
 *
 * Entry points: `outlivedStops`, `cancelOutlivedStops`. Such an order is canceled when the booked executions and two readings of the
 * venue say that its position is closed, and nothing on it is on its way, in doubt, or could open it anew. A reading that failed
 * is none, and one that shows nothing of the instrument says nothing: a venue that lists open positions alone is asked for it by name. A spot position of which nothing can be sold is closed: what its
 * stop would sell then are coins beside it.
 */
import type { AccountId, TimeMs } from '../ids.ts';
import { cancelOrder } from '../order/cancel.ts';
import type { Order } from '../order/order.ts';
import { triggersAgainst } from '../order/protection.ts';
import { onlyReduces } from '../order/terms.ts';
import type { Draft } from '../portfolio/draft.ts';
import { balanceKey, positionKeyOf } from '../portfolio/keys.ts';
import type { PortfolioState } from '../portfolio/state.ts';
import type { Position } from '../position/position.ts';
import { isSettled } from '../position/settled.ts';
import type { BalanceReport, PositionReport } from '../venue/report.ts';
import { isDust, type SaleBounds } from './holdings.ts';

/** How long after an execution the venue's readings of positions and balances may still leave it out, milliseconds. */
export const POSITION_READING_LAG_MS = 2_000;
/** How many readings must say that a position is closed. */
const READINGS_NEEDED = 2;
const PROTECTED_IS_CLOSED = 'the position that it protected is closed';
const CLOSED_ALREADY = 'the position that it could close is closed';

/** One complete reading of an account's positions and balances; times on our clock. */
export interface PositionReading {
  readonly startedAt: TimeMs;
  readonly finishedAt: TimeMs;
  readonly positions: readonly PositionReport[];
  readonly balances: readonly BalanceReport[];
}

/** Those of an account whose position is closed by the booked executions, with nothing there that could still trade. */
export function outlivedStops(
  state: PortfolioState,
  accountId: AccountId,
  bounds: SaleBounds,
): readonly { readonly order: Order; readonly position: Position }[] {
  return [...state.unfinished.values()].flatMap((order) => {
    const position = state.positions.get(positionKeyOf(order));
    const isOutlived =
      order.accountId === accountId &&
      belongsToPosition(order) &&
      position !== undefined &&
      isClosed(position, bounds) &&
      isSettled(state, order, order.orderId);
    return isOutlived ? [{ order, position }] : [];
  });
}

/** Cancels those that `readings`, oldest first, prove to have outlived their position. */
export function cancelOutlivedStops(
  draft: Draft,
  accountId: AccountId,
  readings: readonly PositionReading[],
  bounds: SaleBounds,
): void {
  for (const { order, position } of outlivedStops(draft.state, accountId, bounds)) {
    // An execution that lies ahead of the clock was before it was set back: every reading since then is later.
    const isAhead = position.updatedAt > draft.at;
    const since = isAhead ? -Infinity : position.updatedAt + POSITION_READING_LAG_MS;
    let proofs = 0;
    let provenUntil = -Infinity;
    for (const reading of readings) {
      if (reading.startedAt <= since || reading.startedAt < provenUntil) continue;
      if (isAhead && reading.startedAt > draft.at) continue;
      if (!isFlatIn(draft.state, reading, position)) {
        proofs = 0;
        continue;
      }
      proofs += 1;
      provenUntil = reading.finishedAt;
    }
    if (proofs >= READINGS_NEEDED)
      cancelOrder(
        draft,
        order.orderId,
        triggersAgainst(order) ? PROTECTED_IS_CLOSED : CLOSED_ALREADY,
        `the position on ${order.symbol} that it closes is ${position.netQuantity.isZero() ? 'flat' : 'less than can be sold'} by its executions and ${READINGS_NEEDED} readings of the exchange`,
      );
  }
}

/** Whether nothing of a position is open that an order could close. */
function isClosed(position: Position, bounds: SaleBounds): boolean {
  if (position.netQuantity.isZero()) return true;
  return position.kind === 'spot' && position.netQuantity.isPositive() && isDust(position, bounds);
}

/** Whether an order waits in the book for its position alone, and is not to stay without it. */
function belongsToPosition(order: Order): boolean {
  if (order.cancelRequested || order.keepAfterClose === true || order.stopTriggered) return false;
  if (order.kind === 'linear_swap' && onlyReduces(order))
    return order.status === 'open' || order.status === 'partially_filled';
  const isUntouched = order.status === 'open' && order.filledQuantity.isZero();
  return isUntouched && triggersAgainst(order) && (onlyReduces(order) || order.approval?.protects === true);
}

/** Whether a reading shows the position as closed: the instrument is in it, and of spot the balance is what our books say. */
function isFlatIn(
  state: PortfolioState,
  { positions, balances }: PositionReading,
  { accountId, kind, symbol, positionSide, wallet, base }: Position,
): boolean {
  if (kind === 'spot') {
    const ours = state.balances.get(balanceKey(accountId, wallet, base));
    const theirs = balances.find((report) => report.wallet === wallet && report.asset === base);
    return ours !== undefined && theirs?.total.equals(ours.total) === true;
  }
  const shown = positions.filter((report) => report.symbol === symbol);
  return (
    shown.length > 0 &&
    shown.every((report) => report.positionSide !== positionSide || report.quantity.isZero())
  );
}
