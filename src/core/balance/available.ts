/**
 * The balance that a new order may still reserve.
 *
 * A balance is first free of its own: total less external locks less holds of our unfinished orders. The margin of swap
 * positions comes on top, by the wallet's collateral:
 * - `settle_asset`: the settle asset carries the margin alone.
 * - `all_assets`: every other free asset carries it first, at its worth as collateral; the settle asset carries the rest. An
 *   order that holds margin may use all of it; a purchase may spend what is there of an asset and is not needed as margin. A
 *   sale keeps back only the margin of its own asset: its proceeds are collateral as well. An asset that more is held or borrowed of than there is
 *   counts against the others.
 */
import { Decimal } from '../decimal.ts';
import type { AccountId, Asset, OrderId } from '../ids.ts';
import { heldAssets, heldUnder, holdKey } from '../order/open-orders.ts';
import { heldAmount } from '../order/order.ts';
import { unprovableOrders } from '../order/unprovable.ts';
import { balanceKey } from '../portfolio/keys.ts';
import { walletsOf, type PortfolioState } from '../portfolio/state.ts';
import { marginTiedUp } from './margin.ts';
import type { Wallet } from './wallet.ts';

/** Digits of an asset that is needed as collateral, rounded up. */
const WORTH_SCALE = 18;

/** The market figures that margin is measured with. */
export interface MarginMarket {
  /** By `instrumentKey`. */
  readonly marks: ReadonlyMap<string, Decimal>;
  /** By `positionKey` or `instrumentKey`. */
  readonly leverages: ReadonlyMap<string, Decimal>;
  /** By `balanceKey`. An asset that is missing counts as nothing, and a debt in it leaves nothing to use. */
  readonly collateralWorth: ReadonlyMap<string, CollateralWorth>;
}

/** Settle units that one unit of an asset counts for. */
export interface CollateralWorth {
  /** Its price times the venue's rate; zero where the venue counts none of it. */
  readonly asCollateral: Decimal;
  /** Its price: a debt counts in full. */
  readonly asDebt: Decimal;
}

/** Sum of what our unfinished orders reserve of one asset; `excluding` leaves one order out. */
export function heldOf(
  state: PortfolioState,
  account: AccountId,
  wallet: Wallet,
  asset: Asset,
  excluding: OrderId | null,
): Decimal {
  const key = balanceKey(account, wallet, asset);
  const held = heldUnder(state, key);
  const excluded = excluding === null ? undefined : state.unfinished.get(excluding);
  return excluded === undefined || holdKey(excluded) !== key ? held : held.subtract(heldAmount(excluded));
}

/**
 * The part of a balance's holds that orders which can never be proven have: nobody knows whether their venue reserves anything for
 * them, and nothing will end them by itself.
 */
export function heldUnprovable(
  state: PortfolioState,
  account: AccountId,
  wallet: Wallet,
  asset: Asset,
): Decimal {
  const key = balanceKey(account, wallet, asset);
  let held = Decimal.zero;
  for (const order of unprovableOrders(state)) if (holdKey(order) === key) held = held.add(heldAmount(order));
  return held;
}

/** The use that an order makes of a balance: a purchase spends quote, a sale sells base, a swap holds margin. */
export type BalanceUse = 'spends' | 'sells' | 'holds_margin';

/**
 * The amount of `asset` that is free for an order that uses it so. Never below zero. `excluding` leaves one order out, and
 * `disregarded` that much of what is held of the asset.
 */
export function availableBalance(
  state: PortfolioState,
  account: AccountId,
  wallet: Wallet,
  asset: Asset,
  use: BalanceUse,
  market: MarginMarket,
  excluding: OrderId | null,
  disregarded = Decimal.zero,
): Decimal {
  if (!state.balances.has(balanceKey(account, wallet, asset)) && !hasPooledCollateral(state, account, wallet))
    return Decimal.zero;
  const free = freeOf(state, account, wallet, asset, excluding).add(disregarded);
  const margin = marginTiedUp(state, account, wallet, asset, market.marks, market.leverages);
  if (!hasPooledCollateral(state, account, wallet)) return free.subtract(margin).max(Decimal.zero);
  const beside = collateralBeside(state, account, wallet, asset, market, excluding);
  if (use === 'sells') {
    const others = (beside ?? Decimal.zero).max(Decimal.zero);
    return free.subtract(margin.subtract(others).max(Decimal.zero)).max(Decimal.zero);
  }
  if (beside === null) return Decimal.zero;
  switch (use) {
    case 'holds_margin':
      return free.add(beside).subtract(margin).max(Decimal.zero);
    case 'spends': {
      const worth = market.collateralWorth.get(balanceKey(account, wallet, asset));
      const perUnit = worth?.asCollateral ?? Decimal.one;
      const needed =
        beside.isNegative() && perUnit.isPositive()
          ? beside.negate().divide(perUnit, WORTH_SCALE, 'up')
          : beside.negate();
      return free.subtract(margin.add(needed).max(Decimal.zero)).max(Decimal.zero);
    }
  }
}

export function hasPooledCollateral(state: PortfolioState, account: AccountId, wallet: Wallet): boolean {
  return walletsOf(state, account).some((one) => one.wallet === wallet && one.collateral === 'all_assets');
}

/** Total less external locks less holds; negative where more is held than there is. */
export function freeOf(
  state: PortfolioState,
  account: AccountId,
  wallet: Wallet,
  asset: Asset,
  excluding: OrderId | null,
): Decimal {
  const balance = state.balances.get(balanceKey(account, wallet, asset));
  const total = balance === undefined ? Decimal.zero : balance.total.subtract(balance.externalLocked);
  return total.subtract(heldOf(state, account, wallet, asset, excluding));
}

/**
 * The worth as collateral of every other asset of the wallet, after the margin that is tied up in it. One of which less is
 * there than is needed counts against the others at its full price; null where that price is not known.
 */
function collateralBeside(
  state: PortfolioState,
  account: AccountId,
  wallet: Wallet,
  asset: Asset,
  { marks, leverages, collateralWorth }: MarginMarket,
  excluding: OrderId | null,
): Decimal | null {
  let worth = Decimal.zero;
  for (const other of assetsIn(state, account, wallet)) {
    if (other === asset) continue;
    const perUnit = collateralWorth.get(balanceKey(account, wallet, other));
    const left = freeOf(state, account, wallet, other, excluding).subtract(
      marginTiedUp(state, account, wallet, other, marks, leverages),
    );
    if (left.isNegative()) {
      if (perUnit === undefined) return null;
      worth = worth.add(left.multiply(perUnit.asDebt));
    } else if (perUnit !== undefined) worth = worth.add(left.multiply(perUnit.asCollateral));
  }
  return worth;
}

/** The assets that a wallet has a balance or a hold of, or a swap position that settles in them. */
function assetsIn(state: PortfolioState, account: AccountId, wallet: Wallet): ReadonlySet<Asset> {
  const assets = new Set<Asset>(heldAssets(state, account, wallet));
  for (const balance of state.balances.values())
    if (balance.accountId === account && balance.wallet === wallet) assets.add(balance.asset);
  for (const position of state.positions.values())
    if (position.accountId === account && position.wallet === wallet && position.kind === 'linear_swap')
      assets.add(position.quote);
  return assets;
}
