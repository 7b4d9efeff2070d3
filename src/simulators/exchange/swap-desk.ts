/**
 * What swaps have beyond trading: funding, liquidation, leverage and margin mode. The figures are margin.ts's.
 *
 * Liquidation, cross: when wallet and unrealised PnL no longer carry the maintenance margin of all cross positions, each
 * is closed at the market after its symbol's orders were canceled. Isolated: the position's own margin alone counts.
 * What the book cannot take goes to the insurance account at the mark price, which also pays what a wallet cannot.
 */
import { Decimal } from '../../core/decimal.ts';
import { notional } from './instrument.ts';
import { maintenanceMargin, perLeverage, unrealizedPnl } from './margin.ts';
import { isOpen, type OrderRequest } from './order.ts';
import type { Refusal } from './refusal.ts';
import {
  FEE_ACCOUNT,
  FEE_SCALE,
  INSURANCE_ACCOUNT,
  type AccountState,
  type PositionState,
  type SymbolState,
} from './state.ts';
import type { Trading } from './trading.ts';

export class SwapDesk {
  readonly #trading: Trading;

  constructor(trading: Trading) {
    this.#trading = trading;
  }

  fund(symbol: SymbolState): void {
    const { instrument, policy, market } = symbol;
    if (instrument.swap === null) return;
    for (const account of this.#trading.ledger.accounts.values()) {
      const position = account.positions.get(instrument.symbol);
      if (position === undefined || position.quantity.isZero()) continue;
      const due = notional(instrument, market.mid, position.quantity).multiply(instrument.swap.fundingRate);
      const payment = due.divide(Decimal.one, FEE_SCALE, 'toward_zero');
      // What is too fine to be paid stays with the venue, so that nothing is made or lost.
      const rest = payment.subtract(due);
      if (!rest.isZero())
        this.#trading.ledger.move(
          this.#trading.account(FEE_ACCOUNT),
          policy.wallet,
          instrument.quote,
          rest,
          'funding',
        );
      this.#trading.ledger.move(account, policy.wallet, instrument.quote, payment.negate(), 'funding');
      if (position.marginMode === 'isolated')
        position.isolatedMargin = position.isolatedMargin.subtract(payment);
      position.updatedAt = this.#trading.now;
      if (!account.internal) {
        account.funding.push({
          symbol: instrument.symbol,
          asset: instrument.quote,
          amount: payment.negate(),
          rate: instrument.swap.fundingRate,
          markPrice: market.mid,
          quantity: position.quantity,
          at: this.#trading.now,
        });
      }
      this.#trading.tellPosition(account, symbol, position, 'funding');
    }
    symbol.nextFundingAt += instrument.swap.fundingIntervalMs;
    this.#trading.markDirty(symbol);
    this.#trading.tellMark(symbol);
  }

  checkLiquidations(symbol: SymbolState): void {
    const { instrument, policy, market } = symbol;
    for (const account of this.#trading.ledger.accounts.values()) {
      if (account.internal) continue;
      const position = account.positions.get(instrument.symbol);
      if (position === undefined) continue;
      if (position.quantity.isZero()) {
        this.#coverDebt(account, symbol);
        continue;
      }
      if (position.marginMode === 'isolated') {
        const backing = position.isolatedMargin.add(unrealizedPnl(position, instrument, market.mid));
        if (backing.lessThan(maintenanceMargin(position, instrument, market.mid)))
          this.#liquidate(account, symbol, position);
        continue;
      }
      const figures = this.#trading.ledger.margin(account, policy.wallet, instrument.quote);
      if (!figures.crossBacking.lessThan(figures.crossMaintenance)) continue;
      for (const [shared, sharedSymbol] of this.#trading.ledger.positionsOn(
        account,
        policy.wallet,
        instrument.quote,
      )) {
        if (shared.marginMode === 'cross') this.#liquidate(account, sharedSymbol, shared);
      }
      this.#coverDebt(account, symbol);
    }
  }

  /** Cancels the symbol's orders and closes the position at the market, the rest with the insurance account at the mark. */
  #liquidate(account: AccountState, symbol: SymbolState, position: PositionState): void {
    const { instrument, policy, market } = symbol;
    const open = [...account.openOrders].filter(
      (order) => order.symbol === instrument.symbol && !order.conditional,
    );
    for (const order of open) if (isOpen(order.status)) this.#trading.end(order, 'canceled', 'liquidation');
    if (position.quantity.isZero()) return;
    this.#trading.markDirty(symbol);
    const isIsolated = position.marginMode === 'isolated';
    const margin = position.isolatedMargin;
    const before = this.#trading.ledger.balance(account, policy.wallet, instrument.quote).total;
    const worth = notional(instrument, market.mid, position.quantity.abs());
    const side = position.quantity.isPositive() ? 'sell' : 'buy';
    const insurance = this.#trading.account(INSURANCE_ACCOUNT);
    const close = (quantity: Decimal, price: Decimal | null): void => {
      const request: OrderRequest = {
        symbol: instrument.symbol,
        side,
        type: price === null ? 'market' : 'limit',
        ...(price === null ? {} : { price, timeInForce: 'IOC' as const }),
        quantity,
        reduceOnly: true,
        selfTradePrevention: 'none',
        tags: { liquidation: 'true' },
      };
      const order = this.#trading.accept(account, symbol, request, { liquidation: true });
      this.#trading.start(symbol, account, order);
    };
    close(position.quantity.abs(), null);
    if (!position.quantity.isZero()) {
      // The book is empty on that side, so the insurance account's order is the only one there.
      const quantity = position.quantity.abs();
      const offer: OrderRequest = {
        symbol: instrument.symbol,
        side: side === 'sell' ? 'buy' : 'sell',
        type: 'limit',
        quantity,
        price: market.mid,
      };
      const order = this.#trading.accept(insurance, symbol, offer, {});
      this.#trading.rest(symbol, order);
      close(quantity, market.mid);
      if (isOpen(order.status)) this.#trading.withdraw(symbol, order);
    }
    // An isolated position loses its own margin at most: the insurance account pays what went beyond.
    const after = this.#trading.ledger.balance(account, policy.wallet, instrument.quote).total;
    const lost = before.subtract(after);
    const pay = (amount: Decimal): void => {
      this.#trading.ledger.move(account, policy.wallet, instrument.quote, amount, 'liquidation');
      this.#trading.ledger.move(insurance, policy.wallet, instrument.quote, amount.negate(), 'liquidation');
    };
    if (isIsolated && lost.greaterThan(margin)) {
      pay(lost.subtract(margin));
      this.#trading.tellPosition(account, symbol, position, 'liquidation');
      return;
    }
    const left = isIsolated ? margin.subtract(lost) : after.max(Decimal.zero);
    const fee = worth.multiply(instrument.swap?.liquidationFeeRate ?? Decimal.zero).min(left);
    if (fee.isPositive()) pay(fee.divide(Decimal.one, FEE_SCALE, 'down').negate());
    this.#trading.tellPosition(account, symbol, position, 'liquidation');
  }

  /** A wallet with no position left never stays below zero: the insurance account pays. */
  #coverDebt(account: AccountState, symbol: SymbolState): void {
    const { instrument, policy } = symbol;
    const balance = this.#trading.ledger.balance(account, policy.wallet, instrument.quote);
    if (!balance.total.isNegative()) return;
    for (const [position] of this.#trading.ledger.positionsOn(account, policy.wallet, instrument.quote))
      if (!position.quantity.isZero()) return;
    const debt = balance.total.negate();
    this.#trading.ledger.move(account, policy.wallet, instrument.quote, debt, 'liquidation');
    this.#trading.ledger.move(
      this.#trading.account(INSURANCE_ACCOUNT),
      policy.wallet,
      instrument.quote,
      debt.negate(),
      'liquidation',
    );
  }

  setLeverage(account: AccountState, symbol: SymbolState, leverage: number): Refusal | null {
    const maxLeverage = symbol.instrument.swap?.maxLeverage ?? 1;
    if (!Number.isInteger(leverage) || leverage < 1 || leverage > maxLeverage)
      return { code: 'leverage_out_of_range', maxLeverage };
    const position = this.#trading.position(account, symbol);
    const former = position.leverage;
    position.leverage = leverage;
    const { instrument, policy, market } = symbol;
    if (position.marginMode === 'isolated' && !position.quantity.isZero() && leverage < former) {
      // Lower leverage wants more margin behind an isolated position.
      const wanted = perLeverage(notional(instrument, market.mid, position.quantity.abs()), leverage);
      position.isolatedMargin = position.isolatedMargin.max(wanted);
    }
    const free = this.#trading.ledger.free(account, policy.wallet, instrument.quote);
    if (leverage < former && free.isNegative()) {
      position.leverage = former;
      return {
        code: 'insufficient_balance',
        asset: instrument.quote,
        needed: free.negate(),
        free: Decimal.zero,
      };
    }
    position.updatedAt = this.#trading.now;
    this.#trading.tellPosition(account, symbol, position, 'settings');
    return null;
  }

  setMarginMode(account: AccountState, symbol: SymbolState, mode: 'cross' | 'isolated'): Refusal | null {
    const position = this.#trading.position(account, symbol);
    if (position.marginMode === mode) return null;
    const hasOrders = [...account.openOrders].some((order) => order.symbol === symbol.instrument.symbol);
    if (!position.quantity.isZero() || hasOrders) return { code: 'margin_mode_in_use' };
    position.marginMode = mode;
    position.updatedAt = this.#trading.now;
    this.#trading.tellPosition(account, symbol, position, 'settings');
    return null;
  }
}
