/**
 * Stops that a close canceled to make room: each is placed anew for what the close leaves open.
 *
 * Entry points: `restoreStops`, `withStops`.
 */
import type { Decimal } from '../core/decimal.ts';
import type { OrderId } from '../core/ids.ts';
import { remainingQuantity, type Order } from '../core/order/order.ts';
import { isFinished } from '../core/order/transitions.ts';
import type { Caller } from '../directory/callers.ts';
import type { Desk } from '../engine/desk.ts';
import type { HttpContext } from './context.ts';
import { putBack, untilGone } from './placing-anew.ts';
import { toProblem } from './server-problem.ts';

/** A stop that was canceled for a close. */
export interface MovedStop {
  readonly canceled: OrderId;
  /** The stop that was placed anew for what is left; null where there is none: it was refused, or the cancel is not confirmed. */
  readonly restored: OrderId | null;
}

/**
 * Places the stops anew among the orders that were canceled for a close, for what it leaves open of the position. One whose cancel is
 * not confirmed yet is placed once it is, within `LOOKED_AFTER_MS`, after the answer. `openNow` gives the base units that are open and
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
    if (open?.isZero() === true) break;
    if (!isFinished(stop.status)) {
      void restoreLater(desk, caller, stop, openNow);
      moved.push({ canceled: stop.orderId, restored: null });
    } else if (stop.status === 'canceled') {
      const rest = remainingQuantity(stop);
      const quantity = open === null || rest === null ? rest : rest.min(open);
      const restored = await putBack(desk, stop, caller, quantity);
      moved.push({ canceled: stop.orderId, restored });
      if (restored !== null && open !== null && quantity !== null) open = open.subtract(quantity);
    }
  }
  return moved;
}

async function restoreLater(
  desk: Desk,
  caller: Caller,
  stop: Order,
  openNow: () => Promise<Decimal | null>,
): Promise<void> {
  try {
    const known = await untilGone(desk, stop);
    if (isFinished(known.status)) await restoreStops(desk, caller, [known], openNow);
  } catch {
    // Its request was answered: the answer names the stop as one that no longer protects.
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
