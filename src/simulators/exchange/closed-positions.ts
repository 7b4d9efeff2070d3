/**
 * The positions that an account has closed, put together from its fills and what funding paid.
 *
 * Entry point: `closedPositions`. A position begins with the fill that opens it and ends with the one that makes it flat; a fill that
 * flips it ends one and begins the next with what is left over.
 */
import { Decimal } from '../../core/decimal.ts';
import type { FundingPayment } from './account.ts';
import type { Fill, PositionSide } from './order.ts';

export interface ClosedPosition {
  readonly symbol: string;
  readonly side: PositionSide;
  readonly direction: 'long' | 'short';
  readonly openedAt: number;
  readonly closedAt: number;
  /** Averages by quantity, rounded to 12 digits. */
  readonly openPrice: Decimal;
  readonly closePrice: Decimal;
  /** All that was closed, in the instrument's units. */
  readonly closedQuantity: Decimal;
  /** The most that was held at one time. */
  readonly mostHeld: Decimal;
  readonly openedCost: Decimal;
  readonly closedCost: Decimal;
  /** Before fees and funding. */
  readonly pnl: Decimal;
  readonly openFees: Decimal;
  readonly closeFees: Decimal;
  /** Above zero: received. */
  readonly funding: Decimal;
  readonly feeAsset: string;
  /** The fill that made it flat. */
  readonly last: Fill;
}

const PRICE_SCALE = 12;

type Open = {
  held: Decimal;
  mostHeld: Decimal;
  readonly openedAt: number;
  openedQuantity: Decimal;
  openedValue: Decimal;
  openedCost: Decimal;
  closedQuantity: Decimal;
  closedValue: Decimal;
  closedCost: Decimal;
  pnl: Decimal;
  openFees: Decimal;
  closeFees: Decimal;
};

/** Oldest first. `fills` of swaps are in the order in which they came. */
export function closedPositions(
  fills: readonly Fill[],
  funding: readonly FundingPayment[],
): readonly ClosedPosition[] {
  const open = new Map<string, Open>();
  const closed: ClosedPosition[] = [];
  for (const fill of fills.filter(({ marketType }) => marketType === 'swap')) {
    const key = `${fill.symbol} ${fill.positionSide}`;
    let left = fill.side === 'buy' ? fill.quantity : fill.quantity.negate();
    const position = open.get(key);
    if (position !== undefined && position.held.isNegative() !== left.isNegative()) {
      const reduced = left.abs().min(position.held.abs());
      reduce(position, fill, reduced);
      left = left.isNegative() ? left.add(reduced) : left.subtract(reduced);
      if (position.held.isZero()) {
        open.delete(key);
        closed.push(finished(position, fill, funding));
      }
    }
    if (left.isZero()) continue;
    const kept = open.get(key) ?? begun(fill.at);
    increase(kept, fill, left);
    open.set(key, kept);
  }
  return closed;
}

function begun(openedAt: number): Open {
  const zero = Decimal.zero;
  return {
    held: zero,
    mostHeld: zero,
    openedAt,
    openedQuantity: zero,
    openedValue: zero,
    openedCost: zero,
    closedQuantity: zero,
    closedValue: zero,
    closedCost: zero,
    pnl: zero,
    openFees: zero,
    closeFees: zero,
  };
}

/** The part of a figure of the fill that falls to so much of its quantity. */
function share(figure: Decimal, fill: Fill, quantity: Decimal): Decimal {
  return quantity.equals(fill.quantity)
    ? figure
    : figure.multiply(quantity).divide(fill.quantity, PRICE_SCALE, 'half_even');
}

function increase(position: Open, fill: Fill, signed: Decimal): void {
  const quantity = signed.abs();
  position.held = position.held.add(signed);
  position.mostHeld = position.mostHeld.max(position.held.abs());
  position.openedQuantity = position.openedQuantity.add(quantity);
  position.openedValue = position.openedValue.add(fill.price.multiply(quantity));
  position.openedCost = position.openedCost.add(share(fill.cost, fill, quantity));
  position.openFees = position.openFees.add(share(fill.fee, fill, quantity));
}

function reduce(position: Open, fill: Fill, quantity: Decimal): void {
  position.held = position.held.isNegative() ? position.held.add(quantity) : position.held.subtract(quantity);
  position.closedQuantity = position.closedQuantity.add(quantity);
  position.closedValue = position.closedValue.add(fill.price.multiply(quantity));
  position.closedCost = position.closedCost.add(share(fill.cost, fill, quantity));
  position.closeFees = position.closeFees.add(share(fill.fee, fill, quantity));
  position.pnl = position.pnl.add(fill.realizedPnl);
}

function finished(position: Open, last: Fill, funding: readonly FundingPayment[]): ClosedPosition {
  const { openedAt, openedQuantity, openedValue, closedQuantity, closedValue } = position;
  return {
    symbol: last.symbol,
    side: last.positionSide,
    direction: last.side === 'sell' ? 'long' : 'short',
    openedAt,
    closedAt: last.at,
    openPrice: openedValue.divide(openedQuantity, PRICE_SCALE, 'half_even'),
    closePrice: closedValue.divide(closedQuantity, PRICE_SCALE, 'half_even'),
    closedQuantity,
    mostHeld: position.mostHeld,
    openedCost: position.openedCost,
    closedCost: position.closedCost,
    pnl: position.pnl,
    openFees: position.openFees,
    closeFees: position.closeFees,
    funding: funding
      .filter(
        ({ symbol, positionSide, at }) =>
          symbol === last.symbol && positionSide === last.positionSide && at > openedAt && at <= last.at,
      )
      .reduce((sum, { amount }) => sum.add(amount), Decimal.zero),
    feeAsset: last.feeAsset,
    last,
  };
}
