/**
 * The position of an instrument's side where a venue holds it in parts: crossed and isolated at once, each a row of its own.
 *
 * Entry point: `onePositionEach`. Invariants: no two reports that it gives are of one side of one instrument, so that none hides another; what
 * the parts do not agree on is unknown, and not that of either.
 */
import type { Decimal } from '../core/decimal.ts';
import type { PositionReport } from '../core/venue/report.ts';
import { MalformedAnswer } from './ccxt/exact-json.ts';

/** Digits of the entry price of a joined position, rounded to the nearest. */
const ENTRY_SCALE = 18;

/**
 * The reports with the parts of one side joined, in the order of the first of each. A row that comes twice with the same figures is one. Throws
 * `MalformedAnswer` where two rows of one margin mode differ.
 */
export function onePositionEach(reports: readonly PositionReport[]): readonly PositionReport[] {
  const parts = new Map<string, PositionReport[]>();
  for (const report of reports) {
    const key = `${report.symbol} ${report.positionSide}`;
    const before = parts.get(key) ?? [];
    const same = before.find(({ marginMode }) => marginMode === report.marginMode);
    if (same === undefined) parts.set(key, [...before, report]);
    else if (!same.quantity.equals(report.quantity))
      throw new MalformedAnswer(`two positions of ${key} in one margin mode: ${report.marginMode ?? 'none'}`);
  }
  return [...parts.values()].flatMap(([first, ...others]) =>
    first === undefined ? [] : [others.reduce(joined, first)],
  );
}

function joined(one: PositionReport, other: PositionReport): PositionReport {
  const quantity = one.quantity.add(other.quantity);
  return {
    symbol: one.symbol,
    positionSide: one.positionSide,
    quantity,
    entryPrice: entryOf(one, other, quantity),
    markPrice: one.markPrice ?? other.markPrice,
    leverage: agreed(one.leverage, other.leverage),
    marginMode: null,
    liquidationPrice: nearest(one, other),
    maintenanceMargin: sum(one.maintenanceMargin, other.maintenanceMargin),
    isolatedMargin: null,
    unrealizedPnl: sum(one.unrealizedPnl, other.unrealizedPnl),
  };
}

/** The price at which the joined quantity has the result of its parts; null where it has none above zero, or a part is without one. */
function entryOf(one: PositionReport, other: PositionReport, quantity: Decimal): Decimal | null {
  if (one.quantity.isZero()) return other.entryPrice;
  if (other.quantity.isZero()) return one.entryPrice;
  if (one.entryPrice === null || other.entryPrice === null || quantity.isZero()) return null;
  const cost = one.quantity.multiply(one.entryPrice).add(other.quantity.multiply(other.entryPrice));
  const entry = cost.divide(quantity, ENTRY_SCALE, 'half_even');
  return entry.isPositive() ? entry : null;
}

/** Of two parts that may be liquidated the price that the mark is nearest to; null where a part says nothing, or there is no mark. */
function nearest(one: PositionReport, other: PositionReport): PositionReport['liquidationPrice'] {
  const [left, right] = [one.liquidationPrice, other.liquidationPrice];
  if (left === null || right === null) return null;
  if (left === 'none') return right;
  if (right === 'none') return left;
  const mark = one.markPrice ?? other.markPrice;
  if (mark === null) return left.equals(right) ? left : null;
  return mark.subtract(left).abs().atMost(mark.subtract(right).abs()) ? left : right;
}

function agreed(one: Decimal | null, other: Decimal | null): Decimal | null {
  return one !== null && other !== null && one.equals(other) ? one : null;
}

function sum(one: Decimal | null, other: Decimal | null): Decimal | null {
  return one === null || other === null ? null : one.add(other);
}
