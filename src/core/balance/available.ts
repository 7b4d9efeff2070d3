/** What a new order may still reserve. */
import { Decimal } from '../decimal.ts';
import type { AccountId, Asset, OrderId } from '../ids.ts';
import type { InstrumentKind } from '../instrument.ts';
import { heldAmount } from '../order/order.ts';
import { unrealizedPnl } from '../position/position.ts';
import { balanceKey, instrumentKey, type PortfolioState } from '../portfolio/state.ts';

/** Sum of what our unfinished orders reserve of one asset. */
export function heldOf(
  state: PortfolioState,
  account: AccountId,
  wallet: InstrumentKind,
  asset: Asset,
  excluding: OrderId | null,
): Decimal {
  let held = Decimal.zero;
  for (const order of state.unfinished.values()) {
    if (order.accountId !== account || order.orderId === excluding) continue;
    if (order.hold === null || order.hold.wallet !== wallet || order.hold.holdAsset !== asset) continue;
    held = held.add(heldAmount(order));
  }
  return held;
}

/**
 * Total less holds less external locks; on a swap wallet also less the open losses of its positions, since margin
 * covers those first. Never below zero.
 */
export function availableBalance(
  state: PortfolioState,
  account: AccountId,
  wallet: InstrumentKind,
  asset: Asset,
  marks: ReadonlyMap<string, Decimal>,
  excluding: OrderId | null,
): Decimal {
  const balance = state.balances.get(balanceKey(account, wallet, asset));
  if (balance === undefined) return Decimal.zero;
  let available = balance.total
    .subtract(balance.externalLocked)
    .subtract(heldOf(state, account, wallet, asset, excluding));
  if (wallet === 'linear_swap') {
    for (const position of state.positions.values()) {
      if (position.accountId !== account || position.kind !== 'linear_swap' || position.quote !== asset)
        continue;
      const mark = marks.get(instrumentKey(account, position.symbol));
      if (mark === undefined) continue;
      available = available.add(unrealizedPnl(position, mark).min(Decimal.zero));
    }
  }
  return available.max(Decimal.zero);
}
