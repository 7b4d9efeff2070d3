/**
 * Stops beside a close: those that it canceled to make room are placed anew for what it leaves open, and those that are larger than
 * that are amended to it.
 *
 * Entry points: `restoreStops`, `fitStops`, `stopsTooLarge`, `withStops`.
 */
import type { Decimal } from '../core/decimal.ts';
import type { OrderId } from '../core/ids.ts';
import { remainingQuantity, type Order } from '../core/order/order.ts';
import { mayRestBeside } from '../core/order/replacement.ts';
import { isFinished } from '../core/order/transitions.ts';
import type { Position } from '../core/position/position.ts';
import type { Caller } from '../directory/callers.ts';
import { EngineUnavailable, type Desk } from '../engine/desk.ts';
import { amenderOf } from './amending.ts';
import type { HttpContext } from './context.ts';
import { keepStop, putBack } from './placing-anew.ts';
import { toProblem } from './server-problem.ts';

/** A stop that was canceled for a close, or is being canceled since another is in its place. */
export interface MovedStop {
  readonly canceled: OrderId;
  /** The stop that was placed anew for what is left; null where there is none: it was refused, or the cancel is not confirmed. */
  readonly restored: OrderId | null;
}

/**
 * Places the stops anew among the orders that were canceled for a close, for what it leaves open of the position. All of them are looked
 * after until they are in their place again (stop-keeper.ts), beyond the answer; one whose cancel is not confirmed yet is placed then. `openNow` gives the base units that are open and
 * have no closing order on its way; null where that cannot be read: then the whole stop is placed anew.
 */
export async function restoreStops(
  desk: Desk,
  caller: Caller,
  canceled: readonly Order[],
  openNow: () => Promise<Decimal | null>,
): Promise<readonly MovedStop[]> {
  const stops = canceled.filter(({ stopPrice }) => stopPrice !== null);
  if (stops.length === 0) return [];
  let open = await openNow();
  const moved: MovedStop[] = [];
  for (const stop of stops) {
    if (open?.isZero() === true) {
      // The orders that close all of it may yet fail.
      keepStop(desk, stop, caller, null);
    } else if (!isFinished(stop.status)) {
      keepStop(desk, stop, caller, null);
      moved.push({ canceled: stop.orderId, restored: null });
    } else if (stop.status === 'canceled') {
      const rest = remainingQuantity(stop);
      const quantity = open === null || rest === null ? rest : rest.min(open);
      const restored = await putBack(desk, stop, caller, quantity);
      keepStop(desk, stop, caller, restored);
      moved.push({ canceled: stop.orderId, restored });
      if (restored !== null && open !== null && quantity !== null) open = open.subtract(quantity);
    }
  }
  return moved;
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
        moved.push({ canceled: orderId, restored: successor.order.orderId });
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

/** The error of a close, which names the stops that were canceled for it. */
export function withStops(
  error: unknown,
  stops: readonly MovedStop[],
  context: Pick<HttpContext, 'isStorageUnavailable'>,
): unknown {
  if (stops.length === 0) return error;
  const restored = stops.flatMap((stop) => (stop.restored === null ? [] : [stop.restored]));
  return toProblem(error, context).with({
    canceled_order_ids: stops.map((stop) => stop.canceled),
    ...(restored.length === 0 ? {} : { restored_order_ids: restored }),
  });
}
