/**
 * The figures of the answer to a close that placed orders, kept beside them so that a repeat under its key shows them again.
 *
 * Entry points: `keepClose`, `keptClose`, `closedFigures`.
 *
 * A close whose figures were not kept is shown without them: the service ended before it was answered, or an earlier release carried
 * it out.
 */
import { z } from 'zod';
import { Decimal } from '../core/decimal.ts';
import { orderId, type PortfolioId } from '../core/ids.ts';
import { keyOfPart } from '../core/order/parts-of-key.ts';
import type { Order } from '../core/order/order.ts';
import { EngineUnavailable, type Desk } from '../engine/desk.ts';
import { closedBy, positiveOrNull } from './close-remainder.ts';
import type { ClosedPosition } from './closing.ts';
import { keepAnswer } from './answered-requests.ts';
import type { HttpContext } from './context.ts';
import type { IdempotencyMark } from './idempotency.ts';

/** The part of an answer that stays as it was first given. */
type Kept = Pick<ClosedPosition, 'dust' | 'notHeld' | 'canceled' | 'stops'> & {
  /** Base units that the orders of the close were to fill. */
  readonly whole: Decimal;
};

const quantity = z.string().transform((text) => Decimal.parse(text));
const order = z.string().transform((id) => orderId(id));

const keptText = z.object({
  whole: quantity,
  dust: quantity.nullable(),
  not_held: quantity.nullable(),
  canceled: z.array(order),
  stops: z.array(
    z.object({
      canceled: order,
      canceledQuantity: quantity.nullable(),
      restored: order.nullable(),
      restoredQuantity: quantity.nullable(),
    }),
  ),
});

/** The mark of the kept figures: no request can name its key. */
function markOf({ key, contentHash }: IdempotencyMark): IdempotencyMark {
  return { key: keyOfPart(key, 'answer'), contentHash };
}

/** Keeps the figures of a close. Where the journal does not take them the close is answered all the same: its orders are placed. */
export async function keepClose(desk: Desk, mark: IdempotencyMark, kept: Kept): Promise<void> {
  const { whole, dust, notHeld, canceled, stops } = kept;
  const text = {
    whole: whole.toString(),
    dust: dust?.toString() ?? null,
    not_held: notHeld?.toString() ?? null,
    canceled,
    stops: stops.map((stop) => ({
      ...stop,
      canceledQuantity: stop.canceledQuantity?.toString() ?? null,
      restoredQuantity: stop.restoredQuantity?.toString() ?? null,
    })),
  };
  try {
    await keepAnswer(desk, markOf(mark), text);
  } catch (error) {
    if (!(error instanceof EngineUnavailable)) throw error;
  }
}

/** The figures of an earlier close; null where none were kept. */
export async function keptClose(
  readModels: HttpContext['readModels'],
  portfolioId: PortfolioId,
  mark: IdempotencyMark,
): Promise<Kept | null> {
  const { key, contentHash } = markOf(mark);
  const found = await readModels.idempotency(portfolioId, key);
  if (found === null || found.orderId !== null || found.answer === null) return null;
  if (found.contentHash !== contentHash) return null;
  const { whole, dust, not_held: notHeld, canceled, stops } = keptText.parse(JSON.parse(found.answer));
  return { whole, dust, notHeld, canceled, stops };
}

/**
 * The figures of a close: those that are kept, and what its orders as they stand now leave of what was to be closed. `open` bounds that
 * on a repeat, by what the position has left now; null does not.
 */
export function closedFigures(
  { whole, ...kept }: Kept,
  orders: readonly Order[],
  open: Decimal | null,
): Pick<ClosedPosition, 'dust' | 'notHeld' | 'left' | 'canceled' | 'stops'> {
  const left = whole.subtract(closedBy(orders));
  return { ...kept, left: positiveOrNull(open === null ? left : left.min(open)) };
}
