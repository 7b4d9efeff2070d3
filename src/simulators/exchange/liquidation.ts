/**
 * Liquidation of swap positions. Entry point: `checkLiquidations`, when a call settles.
 *
 * Cross: when wallet and unrealised PnL no longer carry the maintenance margin of all cross positions, each is closed at
 * the market after its symbol's orders were canceled. Isolated: the position's own margin alone counts, on each side of
 * a hedged account for itself. The insurance account takes at the mark price the quantity that the book cannot take,
 * and pays the losses that a wallet cannot.
 */
import { Decimal } from '../../core/decimal.ts';
import { emitPosition } from './emit.ts';
import { end } from './endings.ts';
import { notional } from './instrument.ts';
import { accept } from './intake.ts';
import { maintenanceMargin, unrealizedPnl } from './margin.ts';
import { isOpen, type OrderRequest } from './order.ts';
import { heldOn } from './positions.ts';
import { rest, withdraw } from './resting.ts';
import {
  addEntry,
  MONEY_SCALE,
  INSURANCE_ACCOUNT,
  type AccountState,
  type PositionState,
  type SymbolState,
  isTrading,
  markOf,
} from './state.ts';
import { start } from './triggers.ts';
import type { World } from './world.ts';

/** Closes every position of the symbol that its margin no longer carries, and whatever shares that margin. */
export function checkLiquidations(world: World, symbol: SymbolState): void {
  const { instrument, policy } = symbol;
  const mark = markOf(symbol.market);
  if (!isTrading(symbol.market)) return;
  const { ledger } = world;
  for (const account of ledger.accounts.values()) {
    if (account.internal) continue;
    const positions = [...heldOn(account, instrument.symbol)];
    if (positions.length === 0) continue;
    const open = positions.filter((position) => !position.quantity.isZero());
    if (open.length === 0) {
      coverDebt(world, account, symbol);
      continue;
    }
    for (const position of open) {
      if (position.marginMode !== 'isolated') continue;
      const backing = position.isolatedMargin.add(unrealizedPnl(position, instrument, mark));
      if (backing.lessThan(maintenanceMargin(position, instrument, mark)))
        liquidate(world, account, symbol, position);
    }
    if (!open.some((position) => position.marginMode === 'cross')) continue;
    const figures = ledger.margin(account, policy.wallet, instrument.quote);
    if (!figures.crossBacking.lessThan(figures.crossMaintenance)) continue;
    for (const [shared, sharedSymbol] of ledger.positionsOn(account, policy.wallet, instrument.quote))
      if (shared.marginMode === 'cross') liquidate(world, account, sharedSymbol, shared);
    coverDebt(world, account, symbol);
  }
}

/**
 * Ends a swap for good: users' orders on it are canceled and their positions closed at the mark price. The book must hold
 * nothing of the venue's own any more.
 */
export function settlePositions(world: World, symbol: SymbolState): void {
  for (const account of world.ledger.accounts.values()) {
    if (account.internal) continue;
    for (const order of account.openOrders)
      if (order.symbol === symbol.instrument.symbol) end(world, order, 'canceled', 'symbol_settled');
  }
  for (const account of world.ledger.accounts.values()) {
    if (account.internal) continue;
    for (const position of heldOn(account, symbol.instrument.symbol)) {
      if (position.quantity.isZero()) continue;
      closeWithInsurance(world, account, symbol, position, 'settlement');
      coverDebt(world, account, symbol);
    }
  }
}

/** Cancels the symbol's orders and closes the position at the market, the rest with the insurance account at the mark. */
function liquidate(world: World, account: AccountState, symbol: SymbolState, position: PositionState): void {
  const { instrument, policy } = symbol;
  const open = [...account.openOrders].filter(
    (order) => order.symbol === instrument.symbol && !order.conditional,
  );
  for (const order of open) if (isOpen(order.status)) end(world, order, 'canceled', 'liquidation');
  if (position.quantity.isZero()) return;
  world.markDirty(symbol);
  const isIsolated = position.marginMode === 'isolated';
  const margin = position.isolatedMargin;
  const { ledger } = world;
  const before = ledger.balance(account, policy.wallet, instrument.quote).total;
  const worth = notional(instrument, markOf(symbol.market), position.quantity.abs());
  close(world, account, symbol, position, { type: 'market' }, 'liquidation');
  if (!position.quantity.isZero()) closeWithInsurance(world, account, symbol, position, 'liquidation');

  // An isolated position loses its own margin at most: the insurance account pays what went beyond.
  const after = ledger.balance(account, policy.wallet, instrument.quote).total;
  const lost = before.subtract(after);
  if (isIsolated && lost.greaterThan(margin)) {
    payFromInsurance(world, account, symbol, position, lost.subtract(margin));
  } else {
    const left = isIsolated ? margin.subtract(lost) : after.max(Decimal.zero);
    const fee = worth.multiply(instrument.swap?.liquidationFeeRate ?? Decimal.zero).min(left);
    if (fee.isPositive())
      payFromInsurance(
        world,
        account,
        symbol,
        position,
        fee.divide(Decimal.one, MONEY_SCALE, 'down').negate(),
      );
  }
  emitPosition(world, account, symbol, position, 'liquidation');
}

/**
 * Closes the rest of the position at the mark price with the insurance account. The book holds nothing better on that side, so
 * that the insurance account's order is the first one there.
 */
function closeWithInsurance(
  world: World,
  account: AccountState,
  symbol: SymbolState,
  position: PositionState,
  why: 'liquidation' | 'settlement',
): void {
  const price = markOf(symbol.market);
  const offer = accept(world, world.account(INSURANCE_ACCOUNT), symbol, {
    symbol: symbol.instrument.symbol,
    side: position.quantity.isPositive() ? 'buy' : 'sell',
    type: 'limit',
    quantity: position.quantity.abs(),
    price,
  });
  rest(world, symbol, offer);
  close(world, account, symbol, position, { type: 'limit', price, timeInForce: 'IOC' }, why);
  if (isOpen(offer.status)) withdraw(world, symbol, offer);
}

function close(
  world: World,
  account: AccountState,
  symbol: SymbolState,
  position: PositionState,
  how: Pick<OrderRequest, 'type' | 'price' | 'timeInForce'>,
  why: 'liquidation' | 'settlement',
): void {
  const order = accept(world, account, symbol, {
    symbol: symbol.instrument.symbol,
    side: position.quantity.isPositive() ? 'sell' : 'buy',
    positionSide: position.side,
    ...how,
    quantity: position.quantity.abs(),
    reduceOnly: true,
    selfTradePrevention: 'none',
    tags: { [why]: 'true' },
  });
  start(world, symbol, account, order);
}

/**
 * A wallet with no position left never stays below zero: the insurance account pays. Where all assets are collateral, a debt stays
 * as far as the others back it.
 */
function coverDebt(world: World, account: AccountState, symbol: SymbolState): void {
  const { instrument, policy } = symbol;
  const { ledger } = world;
  const balance = ledger.balance(account, policy.wallet, instrument.quote);
  if (!balance.total.isNegative()) return;
  for (const [position] of ledger.positionsOn(account, policy.wallet, instrument.quote))
    if (!position.quantity.isZero()) return;
  const debt = ledger.isPooled(policy.wallet)
    ? ledger.margin(account, policy.wallet, instrument.quote).crossBacking
    : balance.total;
  if (debt.isNegative())
    payFromInsurance(world, account, symbol, null, debt.divide(Decimal.one, MONEY_SCALE, 'up').negate());
}

/** Below zero: the account pays the insurance account. `position`: of whose liquidation; null where both sides may have a part. */
function payFromInsurance(
  world: World,
  account: AccountState,
  symbol: SymbolState,
  position: PositionState | null,
  amount: Decimal,
): void {
  const { instrument, policy } = symbol;
  const move = (to: AccountState, change: Decimal): void =>
    world.ledger.move(to, policy.wallet, instrument.quote, change, 'liquidation');
  move(account, amount);
  move(world.account(INSURANCE_ACCOUNT), amount.negate());
  addEntry(account, {
    kind: amount.isNegative() ? 'liquidation_fee' : 'insurance',
    wallet: policy.wallet,
    asset: instrument.quote,
    amount,
    otherWallet: null,
    symbol: instrument.symbol,
    positionSide: position?.side ?? null,
    at: world.now,
  });
}
