/**
 * Positions and margin of linear swaps. Pure figures, signed quantity.
 *
 * Model: initial margin of a symbol = the worse of (position + open buys) and (position - open sells) at the mark price,
 * divided by leverage; maintenance margin = notional at mark x the instrument's rate. A cross wallet backs all its
 * cross positions together; an isolated position is backed by its own margin alone. The two sides of a hedged account
 * need margin each for itself: nothing is offset between them.
 */
import { Decimal } from '../../core/decimal.ts';
import type { Position } from './account.ts';
import type { Instrument } from './instrument.ts';
import type { PositionSide } from './order.ts';
import { MONEY_SCALE, type PositionState } from './state.ts';

/** Digits that divided figures keep. */
const SCALE = 12;

/** A flat position. `settings` are the symbol's at this account. */
export function newPosition(
  symbol: string,
  side: PositionSide,
  settings: Pick<PositionState, 'leverage' | 'marginMode'>,
  at: number,
): PositionState {
  return {
    symbol,
    side,
    quantity: Decimal.zero,
    cost: Decimal.zero,
    realizedPnl: Decimal.zero,
    leverage: settings.leverage,
    marginMode: settings.marginMode,
    isolatedMargin: Decimal.zero,
    openBuys: Decimal.zero,
    openSells: Decimal.zero,
    updatedAt: at,
  };
}

/**
 * Books a trade of `signedQuantity` (above zero: bought) into the position and returns the realised PnL.
 * PnL plus the cost that stays always add up exactly, so that nothing is made or lost by rounding.
 */
export function bookTrade(
  position: PositionState,
  instrument: Instrument,
  signedQuantity: Decimal,
  price: Decimal,
): Decimal {
  const unitCost = price.multiply(instrument.contractSize);
  const before = position.quantity;
  const isGrowing = before.isZero() || before.isPositive() === signedQuantity.isPositive();
  if (isGrowing) {
    if (before.isZero()) position.realizedPnl = Decimal.zero;
    position.quantity = before.add(signedQuantity);
    position.cost = position.cost.add(signedQuantity.multiply(unitCost));
    if (position.marginMode === 'isolated') {
      const margin = signedQuantity.abs().multiply(unitCost);
      position.isolatedMargin = position.isolatedMargin.add(perLeverage(margin, position.leverage));
    }
    return Decimal.zero;
  }
  const closed = signedQuantity.abs().min(before.abs());
  const signedClosed = signedQuantity.isPositive() ? closed : closed.negate();
  const isFull = closed.equals(before.abs());
  const costPart = isFull ? position.cost : share(position.cost, closed, before.abs());
  const marginPart = isFull ? position.isolatedMargin : share(position.isolatedMargin, closed, before.abs());
  const pnl = signedClosed.multiply(unitCost).negate().subtract(costPart);
  position.quantity = before.add(signedClosed);
  position.cost = position.cost.subtract(costPart);
  position.isolatedMargin = position.isolatedMargin.subtract(marginPart);
  position.realizedPnl = position.realizedPnl.add(pnl);
  const rest = signedQuantity.subtract(signedClosed);
  if (!rest.isZero()) {
    if (position.side !== 'net') throw new Error('a side of a hedged account never changes its sign');
    bookTrade(position, instrument, rest, price);
  }
  return pnl;
}

/** Rounded to the digits of money, so that the PnL of a fill is exactly the change of the balance. */
function share(whole: Decimal, part: Decimal, of: Decimal): Decimal {
  return whole.multiply(part).divide(of, MONEY_SCALE, 'toward_zero');
}

export function perLeverage(worth: Decimal, leverage: number): Decimal {
  return worth.divide(Decimal.fromInteger(leverage), SCALE, 'up');
}

/** Value at `price`, signed. */
export function worthAt(position: PositionState, instrument: Instrument, price: Decimal): Decimal {
  return position.quantity.multiply(price).multiply(instrument.contractSize);
}

export function unrealizedPnl(position: PositionState, instrument: Instrument, mark: Decimal): Decimal {
  return worthAt(position, instrument, mark).subtract(position.cost);
}

/** Margin of the position alone. */
export function positionMargin(position: PositionState, instrument: Instrument, mark: Decimal): Decimal {
  return position.marginMode === 'isolated'
    ? position.isolatedMargin
    : perLeverage(worthAt(position, instrument, mark).abs(), position.leverage);
}

/** Margin that open orders need beyond that of the position. `extra` is the notional of an order under review. */
export function openOrderMargin(
  position: PositionState,
  instrument: Instrument,
  mark: Decimal,
  extra: { readonly buys: Decimal; readonly sells: Decimal },
): Decimal {
  const worth = worthAt(position, instrument, mark);
  const long = worth.add(position.openBuys).add(extra.buys).abs();
  const short = worth.subtract(position.openSells).subtract(extra.sells).abs();
  const beyond = long.max(short).subtract(worth.abs());
  return beyond.isPositive() ? perLeverage(beyond, position.leverage) : Decimal.zero;
}

export function maintenanceMargin(position: PositionState, instrument: Instrument, mark: Decimal): Decimal {
  const rate = instrument.swap?.maintenanceMarginRate ?? Decimal.zero;
  return worthAt(position, instrument, mark).abs().multiply(rate);
}

/**
 * The mark price at which the backing of `positions` falls to their maintenance margin: one position, or the two sides
 * of a hedged account that share a cross wallet. `backing` is what stands behind them besides their own unrealised PnL,
 * less the maintenance of whatever else shares it. Null: no such price above zero.
 */
export function liquidationPrice(
  positions: readonly PositionState[],
  instrument: Instrument,
  backing: Decimal,
): Decimal | null {
  const rate = instrument.swap?.maintenanceMarginRate ?? Decimal.zero;
  // backing + sum(q) p - sum(cost) = rate sum(|q|) p, all in contract units
  let slope = Decimal.zero;
  let cost = Decimal.zero;
  for (const position of positions) {
    const { quantity } = position;
    slope = slope.add(quantity.subtract(quantity.abs().multiply(rate)).multiply(instrument.contractSize));
    cost = cost.add(position.cost);
  }
  if (slope.isZero()) return null;
  const price = cost.subtract(backing).divide(slope, SCALE, 'half_even');
  return price.isPositive() ? price : null;
}

export function entryPrice(position: PositionState, instrument: Instrument): Decimal {
  if (position.quantity.isZero()) return Decimal.zero;
  return position.cost.divide(position.quantity.multiply(instrument.contractSize), SCALE, 'half_even');
}

export function viewOfPosition(
  position: PositionState,
  instrument: Instrument,
  mark: Decimal,
  liquidatedAt: Decimal | null,
): Position {
  return {
    symbol: position.symbol,
    side: position.side,
    quantity: position.quantity,
    entryPrice: entryPrice(position, instrument),
    markPrice: mark,
    unrealizedPnl: unrealizedPnl(position, instrument, mark),
    realizedPnl: position.realizedPnl,
    leverage: position.leverage,
    marginMode: position.marginMode,
    isolatedMargin: position.isolatedMargin,
    initialMargin: positionMargin(position, instrument, mark),
    maintenanceMargin: maintenanceMargin(position, instrument, mark),
    liquidationPrice: liquidatedAt,
    updatedAt: position.updatedAt,
  };
}
