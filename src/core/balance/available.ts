/**
 * The balance that a new order may still reserve.
 *
 * A balance is first free of its own: total less external locks less holds of our unfinished orders. The margin of swap
 * positions comes on top, by the wallet's collateral:
 * - `settle_asset`: the settle asset carries the margin alone.
 * - `all_assets`: every other free asset carries it first, at its worth as collateral; the settle asset carries the rest. An
 *   order that holds margin may use all of it; one that spends an asset may use what is there of that asset and is not needed
 *   as margin.
 */
import { Decimal } from '../decimal.ts';
import type { AccountId, Asset, OrderId } from '../ids.ts';
import { heldUnder, holdKey } from '../order/open-orders.ts';
import { heldAmount } from '../order/order.ts';
import { balanceKey } from '../portfolio/keys.ts';
import { walletsOf, type PortfolioState } from '../portfolio/state.ts';
import { marginTiedUp } from './margin.ts';
import type { Wallet } from './wallet.ts';

/** The market figures that margin is measured with. */
export interface MarginMarket {
  /** By `instrumentKey`. */
  readonly marks: ReadonlyMap<string, Decimal>;
  /** By `positionKey` or `instrumentKey`. */
  readonly leverages: ReadonlyMap<string, Decimal>;
  /**
   * Settle units that one unit of an asset counts as collateral, by `balanceKey`: its price times the venue's rate. An asset
   * that is missing counts as nothing.
   */
  readonly collateralWorth: ReadonlyMap<string, Decimal>;
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
 * What is left of `asset` for an order that spends it (`spends`) or holds margin in it (`holds_margin`). Never below zero.
 * `excluding` leaves one order out.
 */
export function availableBalance(
  state: PortfolioState,
  account: AccountId,
  wallet: Wallet,
  asset: Asset,
  use: 'spends' | 'holds_margin',
  market: MarginMarket,
  excluding: OrderId | null,
): Decimal {
  if (!state.balances.has(balanceKey(account, wallet, asset)) && !hasPooledCollateral(state, account, wallet))
    return Decimal.zero;
  const free = freeOf(state, account, wallet, asset, excluding);
  const margin = marginTiedUp(state, account, wallet, asset, market.marks, market.leverages);
  if (!hasPooledCollateral(state, account, wallet)) return free.subtract(margin).max(Decimal.zero);
  const elsewhere = collateralBeside(state, account, wallet, asset, market, excluding);
  const left =
    use === 'holds_margin'
      ? free.add(elsewhere).subtract(margin)
      : free.subtract(margin.subtract(elsewhere).max(Decimal.zero));
  return left.max(Decimal.zero);
}

function hasPooledCollateral(state: PortfolioState, account: AccountId, wallet: Wallet): boolean {
  return walletsOf(state, account).some((one) => one.wallet === wallet && one.collateral === 'all_assets');
}

/** Total less external locks less holds; negative where more is held than there is. */
function freeOf(
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

/** The worth as collateral of every other asset of the wallet. */
function collateralBeside(
  state: PortfolioState,
  account: AccountId,
  wallet: Wallet,
  asset: Asset,
  { collateralWorth }: MarginMarket,
  excluding: OrderId | null,
): Decimal {
  let worth = Decimal.zero;
  for (const [key, balance] of state.balances) {
    if (balance.accountId !== account || balance.wallet !== wallet || balance.asset === asset) continue;
    const perUnit = collateralWorth.get(key);
    if (perUnit === undefined) continue;
    const free = freeOf(state, account, wallet, balance.asset, excluding).max(Decimal.zero);
    worth = worth.add(free.multiply(perUnit));
  }
  return worth;
}
