/**
 * Changes of a swap position that a reading of the venue has shown before the executions behind them are listed, if they ever are.
 *
 * Entry points: `awaitedBy` for what a reading shows, `applyExecution` for an execution that may be one of those, `shownBefore` for
 * what of it was there already.
 *
 * A part that a reading shows as closed is realised at the last confirmed price, as a movement that the wallet is expected to have made: the
 * open result goes into the realised one, and the equity stays as it is. An execution that comes later corrects that to its own price
 * and moves the position no further.
 */
import { Decimal } from '../decimal.ts';
import type { TimeMs } from '../ids.ts';
import type { Side } from '../order/terms.ts';
import type { AwaitedExecutions, ShownBefore } from './awaited-record.ts';
import { addFee } from './fees.ts';
import {
  applyFill,
  AVERAGE_SCALE,
  unrealizedPnl,
  type Position,
  type PositionFigures,
  type PositionFill,
} from './position.ts';
import { quoteAmountOf, withQuantity } from './quote-amount.ts';

/** How many changes of one position are kept; the oldest go first, and their executions are taken for others then. */
export const MOST_AWAITED = 20;

type OpenFigures = Pick<PositionFigures, 'netQuantity' | 'openCost'>;

/**
 * The executions that must have led from one position to another, what closed first. `price`, quote units, is the last one that was confirmed;
 * without one nothing is realised until they come.
 */
export function awaitedBy(
  before: OpenFigures,
  after: OpenFigures,
  price: Decimal | null,
  times: Pick<AwaitedExecutions, 'executedBefore' | 'foundSince'>,
): readonly AwaitedExecutions[] {
  const change = after.netQuantity.subtract(before.netQuantity);
  if (change.isZero()) return [];
  const side = change.isNegative() ? 'sell' : 'buy';
  const opening = (quantity: Decimal, quoteQuantity: Decimal): AwaitedExecutions => ({
    side,
    quantity,
    quoteQuantity,
    realizedPnl: Decimal.zero,
    opens: true,
    ...times,
  });
  const isAdded = before.netQuantity.isZero() || before.netQuantity.isNegative() === change.isNegative();
  if (isAdded) return [opening(change.abs(), after.openCost.subtract(before.openCost))];
  const isTurned =
    !after.netQuantity.isZero() && after.netQuantity.isNegative() !== before.netQuantity.isNegative();
  const left = isTurned ? { netQuantity: Decimal.zero, openCost: Decimal.zero } : after;
  const quantity = before.netQuantity.subtract(left.netQuantity).abs();
  const closing = {
    side,
    quantity,
    quoteQuantity: price?.multiply(quantity) ?? before.openCost.subtract(left.openCost),
    // By what is left at the venue's entry price: what was closed and opened again between is realised too.
    realizedPnl:
      price === null ? Decimal.zero : unrealizedPnl(before, price).subtract(unrealizedPnl(left, price)),
    ...times,
  } as const;
  return isTurned ? [closing, opening(after.netQuantity.abs(), after.openCost)] : [closing];
}

/** The part of an execution that a reading had shown, with the quote units that were realised for it, and since when. */
export function shownBefore(
  position: Position,
  fill: PositionFill,
): Pick<ShownBefore, 'quantity' | 'closing'> & { readonly realizedPnl: Decimal; readonly since: TimeMs } {
  const { quantity, closing, expected, since } = explained(position, fill);
  return { quantity, closing, realizedPnl: expected, since };
}

/** Marks of an execution that are not in the venue's record of it: the books have found them out. */
export type ExecutionMarks = Pick<PositionFill, 'opens' | 'feeWorth'>;

interface Applied {
  readonly position: Position;
  /** Quote units, fees apart. */
  readonly realizedPnl: Decimal;
}

/** All that an execution was worked out from, and what came of it. */
interface WorkedOut extends ExecutionMarks {
  readonly before: Position;
  readonly fill: PositionFill;
  readonly applied: Applied;
}

/** The last one: a decision works an execution out, and then its record is folded into the same position. */
let last: WorkedOut | null = null;

/** As `applyFill`, of an execution that a reading may have shown already: that part corrects what was realised, or paid, for it. */
export function applyExecution(
  before: Position,
  fill: PositionFill,
  { opens, feeWorth }: ExecutionMarks = {},
): Applied {
  // Positions and executions are never changed once they are made, so that the same ones have the same outcome.
  if (last?.before === before && last.fill === fill && last.opens === opens && last.feeWorth === feeWorth)
    return last.applied;
  const applied = workedOut(
    before,
    opens === undefined && feeWorth === undefined ? fill : { ...fill, opens, feeWorth },
  );
  last = { before, fill, opens, feeWorth, applied };
  return applied;
}

function workedOut(position: Position, fill: PositionFill): Applied {
  const part = explained(position, fill);
  if (part.quantity.isZero()) return applyFill(position, fill);
  const rest = fill.quantity.subtract(part.quantity);
  const applied = rest.isZero()
    ? {
        position: {
          ...part.position,
          fees: addFee(position.fees, fill.feeAsset, fill.fee, fill.feeWorth),
          updatedAt: fill.executedAt,
        },
        realizedPnl: Decimal.zero,
      }
    : applyFill(part.position, withQuantity(fill, rest));
  return { ...applied, realizedPnl: part.realizedPnl.add(applied.realizedPnl) };
}

interface Explained extends Pick<ShownBefore, 'quantity' | 'closing'> {
  /** Without fee and without the rest of the execution. */
  readonly position: Position;
  /** Quote units that were realised for it, and that it has realised by its own price. */
  readonly expected: Decimal;
  readonly since: TimeMs;
  readonly realizedPnl: Decimal;
}

function explained(position: Position, fill: PositionFill): Explained {
  let [quantity, closing, expected, realizedPnl] = [Decimal.zero, Decimal.zero, Decimal.zero, Decimal.zero];
  let left = fill;
  let since = Infinity;
  let figures: Pick<PositionFigures, 'openCost' | 'realizedPnl'> = position;
  const awaited: AwaitedExecutions[] = [];
  for (const entry of position.awaited ?? []) {
    const isOne = entry.side === fill.side && fill.executedAt <= entry.executedBefore;
    const part = isOne ? entry.quantity.min(left.quantity) : Decimal.zero;
    if (!part.isPositive()) {
      awaited.push(entry);
      continue;
    }
    const quoteQuantity = shareOf(entry.quoteQuantity, part, entry.quantity);
    const taken = shareOf(entry.realizedPnl, part, entry.quantity);
    const more = quoteAmountOf(left, part).subtract(quoteQuantity);
    const gained = fill.side === 'sell' ? more : more.negate();
    const openCost = entry.opens === true ? openCostWith(position, figures.openCost, fill.side, more) : null;
    figures =
      openCost === null
        ? { ...figures, realizedPnl: figures.realizedPnl.add(gained) }
        : { ...figures, openCost };
    quantity = quantity.add(part);
    if (entry.opens !== true) closing = closing.add(part);
    expected = expected.add(taken);
    since = Math.min(since, entry.foundSince);
    realizedPnl = realizedPnl.add(taken).add(openCost === null ? gained : Decimal.zero);
    left = withQuantity(left, left.quantity.subtract(part));
    if (!part.equals(entry.quantity))
      awaited.push({
        ...entry,
        quantity: entry.quantity.subtract(part),
        quoteQuantity: entry.quoteQuantity.subtract(quoteQuantity),
        realizedPnl: entry.realizedPnl.subtract(taken),
      });
  }
  if (quantity.isZero()) return { position, quantity, closing, expected, since, realizedPnl };
  return {
    position: { ...position, ...figures, awaited: awaited.length === 0 ? undefined : awaited },
    quantity,
    closing,
    expected,
    since,
    realizedPnl,
  };
}

/** The open cost after an opening execution that moved `more` than was taken; null where the position is closed since, and has realised the difference. */
function openCostWith(
  { netQuantity }: Pick<Position, 'netQuantity'>,
  openCost: Decimal,
  side: Side,
  more: Decimal,
): Decimal | null {
  const isOpen = side === 'buy' ? netQuantity.isPositive() : netQuantity.isNegative();
  const cost = openCost.add(more);
  return isOpen && !cost.isNegative() ? cost : null;
}

/** The last part takes what is left, so that all parts add up; the others are rounded half even. */
function shareOf(figure: Decimal, part: Decimal, whole: Decimal): Decimal {
  return part.equals(whole) || figure.isZero()
    ? figure
    : figure.multiply(part).divide(whole, AVERAGE_SCALE, 'half_even');
}
