/** Whether the booked quantity of a position is all that there is of it. */
import type { AccountId, InstrumentSymbol, OrderId } from '../ids.ts';
import type { Order } from '../order/order.ts';
import type { PositionSide, Side } from '../order/terms.ts';
import type { PortfolioState } from '../portfolio/state.ts';

/** A position, and the side that closes it. */
export interface ClosingPlace {
  readonly accountId: AccountId;
  readonly symbol: InstrumentSymbol;
  readonly positionSide: PositionSide;
  readonly side: Side;
}

/**
 * Whether nothing on the instrument is on its way, in doubt or parked, and no order of ours could make the position larger than it is in
 * the books. `excluding` leaves one order out.
 */
export function isSettled(
  state: PortfolioState,
  { accountId, symbol, positionSide, side }: ClosingPlace,
  excluding: OrderId | null,
): boolean {
  for (const order of state.unfinished.values()) {
    if (order.accountId !== accountId || order.symbol !== symbol || order.orderId === excluding) continue;
    if (order.final !== null || isInDoubt(order)) return false;
    if (order.positionSide === positionSide && order.side !== side) return false;
  }
  for (const parked of state.parkedFills.values())
    if (parked.accountId === accountId && parked.fill.symbol === symbol) return false;
  for (const drift of state.drift.values()) {
    const mayTrade = drift.kind === 'external_order' || drift.kind === 'order_contradiction';
    if (mayTrade && drift.accountId === accountId && drift.symbol === symbol) return false;
  }
  return true;
}

function isInDoubt({ status }: Order): boolean {
  return status === 'accepted' || status === 'submitting' || status === 'unknown' || status === 'armed';
}
