/** The part of a spot position that can be sold now. */
import { heldOf } from '../balance/available.ts';
import { Decimal } from '../decimal.ts';
import { remainingQuantity } from '../order/order.ts';
import { balanceKey, positionKeyOf } from '../portfolio/keys.ts';
import type { PortfolioState } from '../portfolio/state.ts';
import type { Position } from './position.ts';

/**
 * Base units of a position that a closing order can trade: of a swap all of it; of spot no more than its wallet holds less what
 * others and orders of ours on other instruments have locked. The position's own sales are canceled first where they are in the way.
 */
export function closableQuantity(state: PortfolioState, position: Position): Decimal {
  const net = position.netQuantity.abs();
  if (position.kind !== 'spot') return net;
  const { accountId, wallet, base } = position;
  const balance = state.balances.get(balanceKey(accountId, wallet, base));
  if (balance === undefined) return Decimal.zero;
  let ownSales = Decimal.zero;
  for (const order of state.unfinished.values())
    if (order.side === 'sell' && positionKeyOf(order) === positionKeyOf(position))
      ownSales = ownSales.add(remainingQuantity(order) ?? Decimal.zero);
  const locked = heldOf(state, accountId, wallet, base, null).subtract(ownSales).max(Decimal.zero);
  return balance.total.subtract(balance.externalLocked).subtract(locked).min(net).max(Decimal.zero);
}
