/**
 * Locks of others: what orders that are not ours have locked of a balance, whichever instrument they are for.
 *
 * Entry points: `unlockedBy` decides what an execution of theirs releases, `releaseLock` folds it. A comparison counts the locks anew
 * from the venue's own figures; in between an execution of an order that rested takes with it what was locked for it, since else the
 * units would be missing twice, from the total and from what is free of it.
 */
import { Decimal } from '../decimal.ts';
import type { AccountId, Asset } from '../ids.ts';
import type { OrderSetting } from '../portfolio/events.ts';
import { balanceKey } from '../portfolio/keys.ts';
import type { PortfolioState } from '../portfolio/state.ts';
import { quoteAmount } from '../position/quote-amount.ts';
import type { VenueFill } from '../venue/report.ts';

/**
 * The part of what an external spot execution paid with that had been locked for it; empty where none was. An order that took had
 * locked nothing that is known of. A purchase below its limit releases more than it pays: the rest waits for the next comparison.
 */
export function unlockedBy(
  state: PortfolioState,
  accountId: AccountId,
  fill: VenueFill,
  setting: OrderSetting,
): { readonly unlocked?: Decimal } {
  if (setting.kind !== 'spot' || fill.liquidity !== 'maker') return {};
  const { asset, amount } = paidWith(fill, setting);
  const locked = state.balances.get(balanceKey(accountId, setting.wallet, asset))?.externalLocked;
  const unlocked = amount.min(locked ?? Decimal.zero);
  return unlocked.isPositive() ? { unlocked } : {};
}

export function releaseLock(
  state: PortfolioState,
  accountId: AccountId,
  fill: VenueFill,
  setting: OrderSetting,
  unlocked: Decimal,
): void {
  const key = balanceKey(accountId, setting.wallet, paidWith(fill, setting).asset);
  const balance = state.balances.get(key);
  if (balance === undefined) return;
  const externalLocked = balance.externalLocked.subtract(unlocked).max(Decimal.zero);
  state.balances.set(key, { ...balance, externalLocked });
}

function paidWith(
  fill: VenueFill,
  { base, quote }: Pick<OrderSetting, 'base' | 'quote'>,
): { readonly asset: Asset; readonly amount: Decimal } {
  return fill.side === 'sell'
    ? { asset: base, amount: fill.quantity }
    : { asset: quote, amount: quoteAmount(fill) };
}
