/**
 * Orders that end before they are filled, alone or with the other legs of their list. An order that ends releases its hold
 * and leaves the book or its waiting place.
 */
import { Decimal } from '../../core/decimal.ts';
import type { PreventedMatch } from './account.ts';
import { emitList, emitOrder } from './emit.ts';
import { waitingLevels } from './book.ts';
import { hold, holdNothing } from './holds.ts';
import { isOpen, type EndReason } from './order.ts';
import { leaveBook } from './resting.ts';
import type { ListState, SymbolState, WorkingOrder } from './state.ts';
import type { World } from './world.ts';

/** Ends an open order that will not be filled further. */
export function end(
  world: World,
  order: WorkingOrder,
  status: 'canceled' | 'expired' | 'rejected',
  reason: EndReason,
  requestClientOrderId: string | null = null,
  preventedMatch: PreventedMatch | null = null,
): void {
  release(world, world.symbolOf(order), order);
  order.status = status;
  order.endReason = reason;
  order.updatedAt = world.now;
  forget(world, order);
  emitOrder(world, order, status, { requestClientOrderId, preventedMatch });
  const list = executingList(world, order);
  if (list === null) return;
  // A leg that ends before it traded takes the other with it; the recursion ends because this one is closed.
  for (const leg of list.legs) {
    if (leg === order || !isOpen(leg.status)) continue;
    if (reason === 'list_other_leg') continue;
    end(world, leg, status === 'canceled' ? 'canceled' : 'expired', 'list_other_leg', requestClientOrderId);
  }
  closeListOf(world, order);
}

/** Takes the order out of the book or of waiting, and gives its hold back. */
function release(world: World, symbol: SymbolState, order: WorkingOrder): void {
  if (order.resting) {
    leaveBook(world, symbol, order);
  } else if (order.trailing !== undefined) {
    symbol.trailing.delete(order);
    symbol.trailingDue.delete(order);
  } else if (order.status === 'untriggered' && order.stopPrice !== null) {
    const waiting = waitingLevels(symbol, order);
    if (waiting.at(order.stopPrice)?.queue.has(order) === true)
      waiting.remove(order.stopPrice, order, Decimal.zero);
  }
  holdNothing(world, symbol, order);
}

/** Strikes a finished order off whatever is kept of open ones. */
export function forget(world: World, order: WorkingOrder): void {
  world.account(order.accountId).openOrders.delete(order);
  if (order.expiresAt !== null) {
    const index = world.expiring.indexOf(order);
    if (index >= 0) world.expiring.splice(index, 1);
  }
  // The rest of a hold (price improvement leaves none; rounding cannot) is released in any case.
  holdNothing(world, world.symbolOf(order), order);
}

/** Before a leg trades or triggers, the others expire and the hold passes to it. */
export function endOtherLegs(world: World, order: WorkingOrder): void {
  const list = executingList(world, order);
  if (list === null) return;
  let ended = false;
  for (const leg of list.legs) {
    if (leg === order || !isOpen(leg.status)) continue;
    end(world, leg, 'expired', 'list_other_leg');
    ended = true;
  }
  if (ended && order.lock.isZero()) hold(world, world.account(order.accountId), world.symbolOf(order), order);
}

/** A list is done when none of its legs can trade any more. */
export function closeListOf(world: World, order: WorkingOrder): void {
  const list = executingList(world, order);
  if (list === null || list.legs.some((leg) => isOpen(leg.status))) return;
  list.status = 'done';
  list.updatedAt = world.now;
  emitList(world, list);
}

function executingList(world: World, order: WorkingOrder): ListState | null {
  const list = order.listId === null ? undefined : world.lists.get(order.listId);
  return list?.status === 'executing' ? list : null;
}
