/**
 * Stops beside a close: those that it canceled to make room are placed anew for what it leaves open and what they were to sell beside
 * the position, and those that are larger than what is left for them are amended to it.
 *
 * Entry points: `stopsToKeep`, `restoreStops`, `fitStops`, `stopsTooLarge`, `withStops`.
 */
import { Decimal } from '../core/decimal.ts';
import type { OrderId } from '../core/ids.ts';
import { remainingQuantity, type Order } from '../core/order/order.ts';
import { triggerDirectionOf } from '../core/order/protection.ts';
import { mayRestBeside } from '../core/order/replacement.ts';
import { isFinished } from '../core/order/transitions.ts';
import type { Position } from '../core/position/position.ts';
import { sumRemaining, type RoomToClose } from '../core/position/room-to-close.ts';
import type { Caller } from '../directory/callers.ts';
import { EngineUnavailable, type Desk, type StopToKeep } from '../engine/desk.ts';
import { amenderOf } from './amending.ts';
import type { HttpContext } from './context.ts';
import { keepStop, putBack } from './placing-anew.ts';
import { toProblem } from './server-problem.ts';

/** A stop, or a limit sale of coins beside the position, that was canceled for a close, or is being canceled since another is in its place. */
export interface MovedStop {
  readonly canceled: OrderId;
  /** Base units of it that were unfilled; null for an order by cost. */
  readonly canceledQuantity: Decimal | null;
  /** The stop that was placed anew for what is left; null where there is none: it was refused, or the cancel is not confirmed. */
  readonly restored: OrderId | null;
  /** Base units that it was placed anew for; null where it is not in its place. */
  readonly restoredQuantity: Decimal | null;
}

/** A position as it stands after a close; quantities are base units on the lot. */
export interface OpenAfterClose {
  /** Open, without a closing order on its way. */
  readonly open: Decimal;
  /** Of spot, the coins that nothing locks; null where they cannot be read, and of a swap. */
  readonly free: Decimal | null;
}

/**
 * Places anew what was canceled for a close: of the stops as much as the close leaves open of the position, and of all of them what they
 * were to sell beside it. A target that stays has no part of that taken from them, as long as there are coins for both. The stops are looked after until they are in their place again (stop-keeper.ts), beyond the answer; one whose
 * cancel is not confirmed yet is placed then. `openNow` gives null where
 * that cannot be read: then whole stops are placed anew.
 */
export async function restoreStops(
  desk: Desk,
  caller: Caller,
  canceled: readonly Order[],
  room: RoomToClose,
  openNow: () => Promise<OpenAfterClose | null>,
): Promise<readonly MovedStop[]> {
  if (!canceled.some(({ stopPrice }) => stopPrice !== null) && !room.beside.isPositive()) return [];
  const after = await openNow();
  const parts = shareOut(canceled, room, after);
  const isShort = protectLess(parts, room, after);
  const moved: MovedStop[] = [];
  for (const { order, quantity, beside } of parts) {
    const isStop = order.stopPrice !== null;
    const keep = (replacement: OrderId | null, isLess?: true): void => {
      if (!isStop) return;
      const ofAllStops = besideOf(order, parts, room);
      keepStop(desk, order, caller, replacement, { ofThisStop: beside, ofAllStops }, isLess);
    };
    if (isStop && isFinished(order.status) && !desk.orders.isLeftToPutBack(order)) continue;
    if (quantity?.isZero() === true) {
      // The orders that close all of it may yet fail.
      keep(null);
    } else if (!isFinished(order.status)) {
      keep(null);
      moved.push(movedOf(order, null, null));
    } else if (order.status === 'canceled') {
      const restored = await putBack(desk, order, caller, quantity);
      // The rest of one that coins are too few for is missing, and is placed once they are there.
      const isWhole = quantity?.lessThan(remainingQuantity(order) ?? quantity) !== true;
      if (isShort && !isWhole) keep(null, true);
      else keep(restored);
      moved.push(movedOf(order, restored, quantity));
    }
  }
  return moved;
}

/** Whether the stops close a smaller part of the open position after a close than before it. */
function protectLess(
  parts: readonly Part[],
  { left, ownStopsKept }: RoomToClose,
  after: OpenAfterClose | null,
): boolean {
  if (left === null || after === null) return false;
  let before = ownStopsKept;
  let now = ownStopsKept;
  for (const { order, quantity, beside } of parts) {
    const rest = remainingQuantity(order);
    if (order.stopPrice === null || rest === null) continue;
    before = before.add(rest.subtract(beside));
    now = now.add((quantity ?? rest).subtract(beside));
  }
  return now.multiply(left).lessThan(before.min(left).multiply(after.open));
}

/** `quantity` is null for all of it. */
function movedOf(order: Order, restored: OrderId | null, quantity: Decimal | null): MovedStop {
  const canceledQuantity = remainingQuantity(order);
  return {
    canceled: order.orderId,
    canceledQuantity,
    restored,
    restoredQuantity: restored === null ? null : (quantity ?? canceledQuantity),
  };
}

/** The stops that are canceled for a close, with what each is to sell beside the position whatever the close leaves of that. */
export function stopsToKeep(room: RoomToClose): ReadonlyMap<OrderId, StopToKeep> {
  const parts = shareOut(room.canceled, room, null);
  return new Map(
    parts
      .filter(({ order }) => order.stopPrice !== null)
      .map(({ order, beside }) => {
        const ofAllStops = besideOf(order, parts, room);
        return [order.orderId, { beside: { ofThisStop: beside, ofAllStops } }];
      }),
  );
}

/** Base units that stops which trigger on the side of a given one are to sell beside the position: those that stay, and those that are placed anew. */
function besideOf(stop: Order, parts: readonly Part[], { stopsKeptBeside }: RoomToClose): Decimal {
  const isLike = (order: Order): boolean =>
    order.stopPrice !== null && triggerDirectionOf(order) === triggerDirectionOf(stop);
  return parts
    .filter(({ order }) => isLike(order))
    .reduce((sum, { beside }) => sum.add(beside), sumRemaining(stopsKeptBeside.filter(isLike)));
}

/** An order that was canceled for a close, and what of it is to be placed anew. */
interface Part {
  readonly order: Order;
  /** Base units; null for all of it. */
  readonly quantity: Decimal | null;
  /** Base units among them that are beside the position. */
  readonly beside: Decimal;
}

/**
 * Those beside the position come first: they keep their size. Of what is open of the position a limit sale gets nothing, and one that
 * stays takes from the stops no more than the coins that it locks.
 */
function shareOut(
  canceled: readonly Order[],
  { canceled: chosen, beside: besideAll, ownKept, ownStopsKept }: RoomToClose,
  after: OpenAfterClose | null,
): readonly Part[] {
  const open = after?.open ?? null;
  const rank = new Map(chosen.map(({ orderId }, index) => [orderId, index]));
  const rankOf = ({ orderId }: Order): number => rank.get(orderId) ?? 0;
  let besideLeft = besideAll.subtract(ownKept.subtract(open ?? ownKept).max(Decimal.zero)).max(Decimal.zero);
  const unlocked = (after?.free ?? Decimal.zero).subtract(besideLeft);
  let left =
    open === null
      ? null
      : open.subtract(ownKept).max(open.subtract(ownStopsKept).min(unlocked)).max(Decimal.zero);
  return canceled
    .toSorted((one, other) => rankOf(other) - rankOf(one))
    .map((order) => {
      const rest = remainingQuantity(order);
      const isGone = isFinished(order.status) && order.status !== 'canceled';
      const beside = isGone ? Decimal.zero : besideLeft.min(rest ?? Decimal.zero);
      besideLeft = besideLeft.subtract(beside);
      if (order.stopPrice === null) return { order, quantity: beside, beside };
      if (left === null || rest === null) return { order, quantity: rest, beside };
      const ofPosition = isGone ? Decimal.zero : rest.subtract(beside).min(left);
      left = left.subtract(ofPosition);
      return { order, quantity: beside.add(ofPosition), beside };
    });
}

/** A position, and whose stops of it a close may touch: null for those of every strategy and of none. */
export interface StopsOf extends Pick<Position, 'accountId' | 'symbol' | 'positionSide'> {
  readonly strategy: string | null;
}

/**
 * Amends stops that are larger than what is left for them to the quantity that is: each is replaced before it is canceled, so that
 * the position is never less protected meanwhile. One that cannot rest beside its successor, or whose amendment is refused or in doubt,
 * stays as it is: `stopsTooLarge` names it. Never rejects.
 */
export async function fitStops(
  context: HttpContext,
  desk: Desk,
  caller: Caller,
  stopsOf: StopsOf,
  waitMs: number,
): Promise<readonly MovedStop[]> {
  const amender = amenderOf(context);
  const moved: MovedStop[] = [];
  const tried = new Set<OrderId>();
  try {
    // Where one fits, less is left for the others: they are looked at anew.
    for (;;) {
      const next = (await desk.books.stopsTooLarge(stopsOf)).value.find(
        ({ order, fits }) =>
          !tried.has(order.orderId) &&
          mayRestBeside(order) &&
          fits.isPositive() &&
          (stopsOf.strategy === null || order.strategy === stopsOf.strategy),
      );
      if (next === undefined) return moved;
      const { orderId, filledQuantity } = next.order;
      tried.add(orderId);
      const figures = { quantity: next.fits.add(filledQuantity), price: null, stopPrice: null };
      const amendment = { ...figures, clientOrderId: null, key: null, waitMs };
      const amended = await amender.amend(desk, caller, orderId, amendment).catch(() => null);
      const successor = amended?.replacement ?? null;
      if (successor !== null && successor.status !== 202)
        moved.push(movedOf(next.order, successor.order.orderId, next.fits));
    }
  } catch {
    return moved;
  }
}

/** Ids of the stops that are larger than what the position has left for them; null where the books cannot be read now. */
export async function stopsTooLarge(desk: Desk, stopsOf: StopsOf): Promise<readonly OrderId[] | null> {
  try {
    return (await desk.books.stopsTooLarge(stopsOf)).value.map(({ order }) => order.orderId);
  } catch (error) {
    // The orders of the close are placed and must be answered.
    if (error instanceof EngineUnavailable) return null;
    throw error;
  }
}

/** The error of a close, which names the orders that were canceled for it, and those that were put back. */
export function withStops(
  error: unknown,
  canceled: readonly OrderId[],
  stops: readonly MovedStop[],
  context: Pick<HttpContext, 'isStorageUnavailable'>,
): unknown {
  if (canceled.length === 0) return error;
  const restored = stops.flatMap((stop) => (stop.restored === null ? [] : [stop.restored]));
  return toProblem(error, context).with({
    canceled_order_ids: [...canceled],
    ...(restored.length === 0 ? {} : { restored_order_ids: restored }),
  });
}
