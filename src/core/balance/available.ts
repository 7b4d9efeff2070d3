/** What a new order may still reserve. */
import { Decimal } from '../decimal.ts';
import type { AccountId, Asset, OrderId } from '../ids.ts';
import type { InstrumentKind } from '../instrument.ts';
import { heldUnder, holdKey } from '../order/open-orders.ts';
import { heldAmount } from '../order/order.ts';
import { marginTiedUp } from './margin.ts';
import { balanceKey, type PortfolioState } from '../portfolio/state.ts';

/** Sum of what our unfinished orders reserve of one asset; `excluding` leaves one order out. */
export function heldOf(
  state: PortfolioState,
  account: AccountId,
  wallet: InstrumentKind,
  asset: Asset,
  excluding: OrderId | null,
): Decimal {
  const key = balanceKey(account, wallet, asset);
  const held = heldUnder(state, key);
  const excluded = excluding === null ? undefined : state.unfinished.get(excluding);
  return excluded === undefined || holdKey(excluded) !== key ? held : held.subtract(heldAmount(excluded));
}

/**
 * Total less holds less external locks; on a swap wallet also less what its positions tie up. Never below zero.
 */
export function availableBalance(
  state: PortfolioState,
  account: AccountId,
  wallet: InstrumentKind,
  asset: Asset,
  market: { readonly marks: ReadonlyMap<string, Decimal>; readonly leverages: ReadonlyMap<string, Decimal> },
  excluding: OrderId | null,
): Decimal {
  const balance = state.balances.get(balanceKey(account, wallet, asset));
  if (balance === undefined) return Decimal.zero;
  const tiedUp =
    wallet === 'linear_swap'
      ? marginTiedUp(state, account, asset, market.marks, market.leverages)
      : Decimal.zero;
  return balance.total
    .subtract(balance.externalLocked)
    .subtract(tiedUp)
    .subtract(heldOf(state, account, wallet, asset, excluding))
    .max(Decimal.zero);
}
