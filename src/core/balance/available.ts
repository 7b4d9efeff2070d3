/** What a new order may still reserve. */
import { Decimal, DecimalSum } from '../decimal.ts';
import type { AccountId, Asset, OrderId } from '../ids.ts';
import type { InstrumentKind } from '../instrument.ts';
import { heldAmount, type Order } from '../order/order.ts';
import { marginTiedUp } from './margin.ts';
import { balanceKey, type PortfolioState } from '../portfolio/state.ts';

/** Orders are replaced and never changed, so what one holds is worked out once. */
const HELD = new WeakMap<Order, Decimal>();

function heldBy(order: Order): Decimal {
  let held = HELD.get(order);
  if (held === undefined) {
    held = heldAmount(order);
    HELD.set(order, held);
  }
  return held;
}

/** Sum of what our unfinished orders reserve of one asset. */
export function heldOf(
  state: PortfolioState,
  account: AccountId,
  wallet: InstrumentKind,
  asset: Asset,
  excluding: OrderId | null,
): Decimal {
  const held = new DecimalSum();
  for (const order of state.unfinished.values()) {
    const { hold } = order;
    if (hold === null || hold.holdAsset !== asset || hold.wallet !== wallet) continue;
    if (order.accountId === account && order.orderId !== excluding) held.add(heldBy(order));
  }
  return held.total();
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
