/**
 * Orders that end before they are filled, alone or with the other legs of their list. An order that ends releases its hold
 * and leaves the book or its waiting place.
 */
import { Decimal } from '../../core/decimal.ts';
import type { PreventedMatch } from './account.ts';
import { emitList, emitOrder } from './emit.ts';
import { waitingLevels } from './book.ts';
import { hold, holdNothing } from './holds.ts';
import { isOpen, type EndReason, type Fill } from './order.ts';
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
    if (reason === 'list_other_leg' || reason === 'list_first_ended') continue;
    const because = order === list.first ? 'list_first_ended' : 'list_other_leg';
    end(world, leg, status === 'canceled' ? 'canceled' : 'expired', because, requestClientOrderId);
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
  if (list === null || list.first === order) return;
  let ended = false;
  for (const leg of list.legs) {
    if (leg === order || !isOpen(leg.status)) continue;
    end(world, leg, 'expired', 'list_other_leg');
    ended = true;
  }
  if (ended && order.lock.isZero()) hold(world, world.account(order.accountId), world.symbolOf(order), order);
}

/** A list is done when none of its legs can trade any more; one whose first order is filled places the others. */
export function closeListOf(world: World, order: WorkingOrder): void {
  const list = executingList(world, order);
  if (list === null) return;
  if (list.first === order && order.status === 'filled') world.filledLists.push(list);
  if (list.legs.some((leg) => isOpen(leg.status))) return;
  releaseBought(world, list);
  list.status = 'done';
  list.updatedAt = world.now;
  emitList(world, list);
}

/** Unlocks what the first order bought: for the orders that it was locked for, or for the account. */
export function releaseBought(world: World, list: ListState): void {
  if (list.bought.isZero()) return;
  const { instrument, policy } = world.symbolOf(list);
  const account = world.account(list.accountId);
  world.ledger.lock(account, policy.wallet, instrument.base, list.bought.negate(), 'order');
  list.bought = Decimal.zero;
}

/**
 * Locks what a fill of the first order brought, where the others are to sell it. A fee in the same asset is taken from what the
 * account has besides, if that is enough.
 */
export function lockBought(world: World, order: WorkingOrder, fill: Fill): void {
  const list = executingList(world, order);
  if (list === null || list.first !== order || !list.sellsWhatWasBought) return;
  const { instrument, policy } = world.symbolOf(order);
  const account = world.account(order.accountId);
  const fee = fill.feeAsset === instrument.base ? fill.fee : Decimal.zero;
  const free = world.ledger.free(account, policy.wallet, instrument.base);
  const bought = free.atLeast(fill.quantity) ? fill.quantity : fill.quantity.subtract(fee);
  list.bought = list.bought.add(bought);
  world.ledger.lock(account, policy.wallet, instrument.base, bought, 'order');
}

export function executingList(world: World, order: WorkingOrder): ListState | null {
  const list = order.listId === null ? undefined : world.lists.get(order.listId);
  return list?.status === 'executing' ? list : null;
}
