/**
 * USD-M positions: which of them a list has, and their JSON in each version.
 *
 * Entry points: `rowsOf` (lists with every symbol), `livePositions` (lists with what is held), and one function a version.
 */
import { Decimal } from '../../../core/decimal.ts';
import type { Position } from '../../exchange/account.ts';
import type { Exchange } from '../../exchange/exchange.ts';
import type { PositionSide } from '../../exchange/order.ts';
import { eight, eightOrZero, ZERO_EIGHT } from '../figures.ts';
import { unifiedUsdmSymbol, usdmSymbolOf } from './instruments.ts';
import { averageText, priceText, quantityText, usdmSymbolId } from './order-json.ts';
import { positionSideName } from './position-sides.ts';
import { notionalCap, type UsdmSymbol } from './symbols.ts';

/** One line of a list that has every symbol: a position, or the place of one that was never begun. */
type PositionRow = {
  readonly symbol: UsdmSymbol;
  readonly side: PositionSide;
  readonly leverage: number;
  readonly position: Position | undefined;
};

/**
 * The lines of a symbol: `BOTH` alone, or in hedge mode `LONG` and `SHORT`. Source: "Account Information V2" and
 * "Position Information V2".
 */
export function rowsOf(exchange: Exchange, accountId: string, symbol: UsdmSymbol): PositionRow[] {
  const positions = positionsOn(exchange, accountId, symbol);
  const sides: PositionSide[] = exchange.isHedged(accountId) ? ['long', 'short'] : ['net'];
  return sides.map((side) => ({
    symbol,
    side,
    leverage: leverageOf(exchange, positions, symbol),
    position: positions.find((position) => position.side === side),
  }));
}

export function positionsOn(exchange: Exchange, accountId: string, symbol: UsdmSymbol): readonly Position[] {
  const unified = unifiedUsdmSymbol(symbol);
  return exchange.positions(accountId).filter((position) => position.symbol === unified);
}

/**
 * The positions of symbols that have a position or open orders; in hedge mode both sides of them. Source: "Account
 * Information V3" and "Position Information V3".
 */
export function livePositions(exchange: Exchange, accountId: string): readonly Position[] {
  const positions = exchange.positions(accountId);
  const live = new Set(exchange.openOrders(accountId, { marketType: 'swap' }).map((order) => order.symbol));
  for (const position of positions) if (!position.quantity.isZero()) live.add(position.symbol);
  return positions.filter((position) => live.has(position.symbol));
}

/** The margin that the account's isolated positions have of the asset. */
export function isolatedMarginOf(exchange: Exchange, accountId: string, asset: string): Decimal {
  return positionsIn(exchange, accountId, asset).reduce(
    (sum, position) => sum.add(position.isolatedMargin),
    Decimal.zero,
  );
}

/** The positions that settle in the asset. */
export function positionsIn(exchange: Exchange, accountId: string, asset: string): readonly Position[] {
  return exchange.positions(accountId).filter((position) => usdmSymbolOf(position.symbol)?.quote === asset);
}

/** The same for both sides of a hedged account. */
export function leverageOf(exchange: Exchange, [position]: readonly Position[], symbol: UsdmSymbol): number {
  return position?.leverage ?? exchange.instrument(unifiedUsdmSymbol(symbol))?.swap?.defaultLeverage ?? 20;
}

function notionalOf(position: Position): Decimal {
  return position.quantity.multiply(position.markPrice);
}

function isolatedWallet(position: Position): string {
  return position.marginMode === 'isolated' ? eight(position.isolatedMargin) : '0';
}

export function accountPositionV2({ symbol, side, leverage, position }: PositionRow): unknown {
  return {
    symbol: symbol.id,
    initialMargin: eightOrZero(position?.initialMargin),
    maintMargin: eightOrZero(position?.maintenanceMargin),
    unrealizedProfit: eightOrZero(position?.unrealizedPnl),
    positionInitialMargin: eightOrZero(position?.initialMargin),
    openOrderInitialMargin: '0',
    leverage: String(leverage),
    isolated: position?.marginMode === 'isolated',
    entryPrice: averageText(symbol, position?.entryPrice ?? Decimal.zero),
    breakEvenPrice: averageText(symbol, position?.entryPrice ?? Decimal.zero),
    maxNotional: String(notionalCap(symbol, leverage)),
    bidNotional: '0',
    askNotional: '0',
    positionSide: positionSideName(side),
    positionAmt: quantityText(symbol, position?.quantity ?? Decimal.zero),
    notional: position === undefined ? '0' : eight(notionalOf(position)),
    isolatedWallet: position === undefined ? '0' : isolatedWallet(position),
    updateTime: position?.updatedAt ?? 0,
  };
}

export function accountPositionV3(position: Position): unknown {
  const symbol = usdmSymbolOf(position.symbol);
  return {
    symbol: usdmSymbolId(position.symbol),
    positionSide: positionSideName(position.side),
    positionAmt: quantityText(symbol, position.quantity),
    unrealizedProfit: eight(position.unrealizedPnl),
    isolatedMargin: isolatedMargin(position),
    notional: eight(notionalOf(position)),
    isolatedWallet: isolatedWallet(position),
    initialMargin: eight(position.initialMargin),
    maintMargin: eight(position.maintenanceMargin),
    updateTime: position.updatedAt,
  };
}

/** Wallet plus profit of an isolated position. */
export function isolatedMargin(position: Position): string {
  return position.marginMode === 'isolated'
    ? eight(position.isolatedMargin.add(position.unrealizedPnl))
    : '0';
}

export function positionRiskV2(
  exchange: Exchange,
  { symbol, side, leverage, position }: PositionRow,
): unknown {
  const market = exchange.market(unifiedUsdmSymbol(symbol));
  return {
    symbol: symbol.id,
    positionAmt: quantityText(symbol, position?.quantity ?? Decimal.zero),
    entryPrice: averageText(symbol, position?.entryPrice ?? Decimal.zero),
    breakEvenPrice: averageText(symbol, position?.entryPrice ?? Decimal.zero),
    markPrice: eight(position?.markPrice ?? market?.markPrice ?? Decimal.zero),
    unRealizedProfit: eightOrZero(position?.unrealizedPnl),
    liquidationPrice: liquidationPrice(symbol, position),
    leverage: String(leverage),
    maxNotionalValue: String(notionalCap(symbol, leverage)),
    marginType: position?.marginMode === 'isolated' ? 'isolated' : 'cross',
    isolatedMargin: position === undefined ? ZERO_EIGHT : isolatedMargin(position),
    isAutoAddMargin: 'false',
    positionSide: positionSideName(side),
    notional: position === undefined ? '0' : eight(notionalOf(position)),
    isolatedWallet: position === undefined ? '0' : isolatedWallet(position),
    updateTime: position?.updatedAt ?? 0,
  };
}

function liquidationPrice(symbol: UsdmSymbol | undefined, position: Position | undefined): string {
  const price = position?.liquidationPrice ?? null;
  return price === null ? '0' : priceText(symbol, price);
}

export function positionRiskV3(position: Position): unknown {
  const symbol = usdmSymbolOf(position.symbol);
  return {
    symbol: usdmSymbolId(position.symbol),
    positionSide: positionSideName(position.side),
    positionAmt: quantityText(symbol, position.quantity),
    entryPrice: averageText(symbol, position.entryPrice),
    breakEvenPrice: averageText(symbol, position.entryPrice),
    markPrice: eight(position.markPrice),
    unRealizedProfit: eight(position.unrealizedPnl),
    liquidationPrice: liquidationPrice(symbol, position),
    isolatedMargin: isolatedMargin(position),
    notional: eight(notionalOf(position)),
    marginAsset: symbol?.quote ?? '',
    isolatedWallet: isolatedWallet(position),
    initialMargin: eight(position.initialMargin),
    maintMargin: eight(position.maintenanceMargin),
    positionInitialMargin: eight(position.initialMargin),
    openOrderInitialMargin: '0',
    adl: 1,
    bidNotional: '0',
    askNotional: '0',
    updateTime: position.updatedAt,
  };
}
