/**
 * Accounts and their balances. Every change of a total goes through `move`, so that assets are conserved wherever the
 * callers move them in pairs; changes are collected per balance and emitted in one event each by `flush`.
 */
import { Decimal } from '../../core/decimal.ts';
import type { AccountKey, Balance } from './account.ts';
import type { BalanceReason, ExchangeEvent } from './event.ts';
import { maintenanceMargin, openOrderMargin, positionMargin, unrealizedPnl } from './margin.ts';
import type { WalletName } from './policy.ts';
import type { Refusal } from './refusal.ts';
import {
  markOf,
  type AccountState,
  type BalanceState,
  type PositionState,
  type SymbolState,
} from './state.ts';

const NOTHING = { buys: Decimal.zero, sells: Decimal.zero };

interface Touched {
  readonly account: AccountState;
  readonly balance: BalanceState;
  change: Decimal;
  reason: BalanceReason;
}

/** Digits of an amount that is computed from its worth. */
const WORTH_SCALE = 12;

/** How the assets of one wallet back its swaps together. */
interface Pool {
  /** The asset that its swaps settle in. */
  readonly settle: string;
  readonly rates: Readonly<Record<string, Decimal>>;
}

/** A key and whose it is. */
interface KeyOwner {
  readonly account: AccountState;
  readonly key: AccountKey;
}

/** The margin figures behind one wallet and asset. Isolated margins are not part of `crossBacking`. */
export interface MarginFigures {
  /** Wallet less spot locks and isolated margins, plus unrealised PnL of cross positions; other assets at their worth as collateral. */
  readonly crossBacking: Decimal;
  readonly crossUnrealized: Decimal;
  readonly isolatedUnrealized: Decimal;
  readonly positionInitial: Decimal;
  readonly crossPositionInitial: Decimal;
  readonly openOrderInitial: Decimal;
  readonly crossMaintenance: Decimal;
  readonly maintenance: Decimal;
}

export class Ledger {
  readonly accounts = new Map<string, AccountState>();
  readonly #byKey = new Map<string, KeyOwner>();
  readonly #symbols: ReadonlyMap<string, SymbolState>;
  readonly #touched = new Map<BalanceState, Touched>();
  /** The wallets in which every asset is collateral. */
  readonly #pools = new Map<WalletName, Pool>();

  constructor(symbols: ReadonlyMap<string, SymbolState>) {
    this.#symbols = symbols;
    for (const { instrument, policy } of symbols.values())
      if (instrument.swap !== null && policy.collateralRates !== null)
        this.#pools.set(policy.wallet, { settle: instrument.quote, rates: policy.collateralRates });
  }

  add(account: AccountState): void {
    this.accounts.set(account.accountId, account);
    if (account.internal) return;
    for (const key of [account, ...account.keys]) this.#byKey.set(key.credentials.key, { account, key });
  }

  /** Gives the account one more key; it must be known to nobody. */
  addKey(account: AccountState, key: AccountKey): void {
    account.keys.push(key);
    this.#byKey.set(key.credentials.key, { account, key });
  }

  byKey(key: string): KeyOwner | undefined {
    return this.#byKey.get(key);
  }

  balance(account: AccountState, wallet: WalletName, asset: string): BalanceState {
    const key = `${wallet}|${asset}`;
    let balance = account.balances.get(key);
    if (balance === undefined) {
      balance = { wallet, asset, total: Decimal.zero, locked: Decimal.zero };
      account.balances.set(key, balance);
    }
    return balance;
  }

  /** Adds `change` to the total. */
  move(
    account: AccountState,
    wallet: WalletName,
    asset: string,
    change: Decimal,
    reason: BalanceReason,
  ): void {
    const balance = this.balance(account, wallet, asset);
    balance.total = balance.total.add(change);
    this.#touch(account, balance, change, reason);
  }

  /** Adds `change` to what is locked. */
  lock(
    account: AccountState,
    wallet: WalletName,
    asset: string,
    change: Decimal,
    reason: BalanceReason,
  ): void {
    if (account.internal || change.isZero()) return;
    const balance = this.balance(account, wallet, asset);
    balance.locked = balance.locked.add(change);
    this.#touch(account, balance, Decimal.zero, reason);
  }

  /** Moves what is free between an account's wallets. */
  transfer(
    account: AccountState,
    asset: string,
    amount: Decimal,
    from: WalletName,
    to: WalletName,
  ): Refusal | null {
    if (!amount.isPositive()) return { code: 'bad_field', field: 'amount', detail: 'must be above zero' };
    const free = this.shownFree(account, from, asset).min(this.balance(account, from, asset).total);
    if (amount.greaterThan(free)) return { code: 'insufficient_balance', asset, needed: amount, free };
    this.move(account, from, asset, amount.negate(), 'transfer');
    this.move(account, to, asset, amount, 'transfer');
    return null;
  }

  #touch(account: AccountState, balance: BalanceState, change: Decimal, reason: BalanceReason): void {
    if (account.internal) return;
    const touched = this.#touched.get(balance);
    if (touched === undefined) {
      this.#touched.set(balance, { account, balance, change, reason });
    } else {
      touched.change = touched.change.add(change);
      if (touched.reason === 'order') touched.reason = reason;
    }
  }

  /** One event for each balance that changed since the last flush. */
  flush(at: number, emit: (event: ExchangeEvent) => void): void {
    if (this.#touched.size === 0) return;
    for (const { account, balance, change, reason } of this.#touched.values()) {
      const { wallet, asset, total } = balance;
      const free = this.shownFree(account, wallet, asset);
      emit({
        kind: 'balance',
        at,
        accountId: account.accountId,
        wallet,
        asset,
        total,
        free,
        change,
        reason,
      });
    }
    this.#touched.clear();
  }

  /**
   * The amount that can still be spent or locked; below zero when losses ate it. Where all assets of the wallet are collateral: what
   * there is of it, as far as the margin can do without.
   */
  free(account: AccountState, wallet: WalletName, asset: string): Decimal {
    const own = this.unlocked(account, wallet, asset);
    if (account.positions.size === 0) return own;
    const pool = this.#pools.get(wallet);
    if (pool === undefined) return this.freeMargin(account, wallet, asset);
    const spare = this.freeMargin(account, wallet, pool.settle);
    const worth = this.#worthOf(pool, asset);
    if (worth === null || !worth.isPositive()) return own;
    return own.min(spare.divide(worth, WORTH_SCALE, 'down'));
  }

  /** Total less what orders have locked. */
  unlocked(account: AccountState, wallet: WalletName, asset: string): Decimal {
    const { total, locked } = this.balance(account, wallet, asset);
    return total.subtract(locked);
  }

  /** The amount of the settle asset that can still back a new order of a swap; below zero when losses ate it. */
  freeMargin(account: AccountState, wallet: WalletName, asset: string): Decimal {
    const figures = this.margin(account, wallet, asset);
    return figures.crossBacking.subtract(figures.crossPositionInitial).subtract(figures.openOrderInitial);
  }

  /** Whether all assets of the wallet are collateral. */
  isPooled(wallet: WalletName): boolean {
    return this.#pools.has(wallet);
  }

  /** The worth in the settle asset of one unit as collateral; null for an asset without a price, or that counts for nothing. */
  #worthOf({ settle, rates }: Pool, asset: string): Decimal | null {
    if (asset === settle) return Decimal.one;
    const rate = rates[asset];
    const price = this.#symbols.get(`${asset}/${settle}`)?.lastPrice;
    return rate === undefined || price === undefined ? null : price.multiply(rate);
  }

  /** The worth as collateral of every asset of the wallet but the settle asset, what sales have locked included; a debt counts in full. */
  #worthBeside(account: AccountState, wallet: WalletName, pool: Pool): Decimal {
    let worth = Decimal.zero;
    for (const balance of account.balances.values()) {
      if (balance.wallet !== wallet || balance.asset === pool.settle) continue;
      const { total } = balance;
      const price = this.#symbols.get(`${balance.asset}/${pool.settle}`)?.lastPrice ?? Decimal.zero;
      const unit = total.isNegative() ? price : (this.#worthOf(pool, balance.asset) ?? Decimal.zero);
      worth = worth.add(total.multiply(unit));
    }
    return worth;
  }

  shownFree(account: AccountState, wallet: WalletName, asset: string): Decimal {
    return this.free(account, wallet, asset).max(Decimal.zero);
  }

  view(account: AccountState, balance: BalanceState): Balance {
    return {
      wallet: balance.wallet,
      asset: balance.asset,
      total: balance.total,
      free: this.shownFree(account, balance.wallet, balance.asset),
    };
  }

  /** The positions whose margin stands on this wallet and asset. */
  *positionsOn(
    account: AccountState,
    wallet: WalletName,
    asset: string,
  ): Generator<[PositionState, SymbolState]> {
    for (const position of account.positions.values()) {
      const symbol = this.#symbols.get(position.symbol);
      if (symbol?.policy.wallet === wallet && symbol.instrument.quote === asset) yield [position, symbol];
    }
  }

  margin(account: AccountState, wallet: WalletName, asset: string): MarginFigures {
    const balance = this.balance(account, wallet, asset);
    let isolated = Decimal.zero;
    let crossUnrealized = Decimal.zero;
    let isolatedUnrealized = Decimal.zero;
    let positionInitial = Decimal.zero;
    let openOrderInitial = Decimal.zero;
    let crossMaintenance = Decimal.zero;
    let maintenance = Decimal.zero;
    for (const [position, { instrument, market }] of this.positionsOn(account, wallet, asset)) {
      const mark = markOf(market);
      const pnl = unrealizedPnl(position, instrument, mark);
      const needed = maintenanceMargin(position, instrument, mark);
      maintenance = maintenance.add(needed);
      positionInitial = positionInitial.add(positionMargin(position, instrument, mark));
      openOrderInitial = openOrderInitial.add(openOrderMargin(position, instrument, mark, NOTHING));
      if (position.marginMode === 'isolated') {
        isolated = isolated.add(position.isolatedMargin);
        isolatedUnrealized = isolatedUnrealized.add(pnl);
      } else {
        crossUnrealized = crossUnrealized.add(pnl);
        crossMaintenance = crossMaintenance.add(needed);
      }
    }
    const pool = this.#pools.get(wallet);
    const beside =
      pool === undefined || pool.settle !== asset ? Decimal.zero : this.#worthBeside(account, wallet, pool);
    return {
      crossBacking: balance.total
        .subtract(balance.locked)
        .subtract(isolated)
        .add(crossUnrealized)
        .add(beside),
      crossUnrealized,
      isolatedUnrealized,
      positionInitial,
      crossPositionInitial: positionInitial.subtract(isolated),
      openOrderInitial,
      crossMaintenance,
      maintenance,
    };
  }
}
