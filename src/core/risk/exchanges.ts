/**
 * Inventory that becomes another asset: capital moves from one to the other.
 *
 * Entry points: `exchangeInventory`, `exchangeBeside` for what a trade moved beside its position.
 */
import { Decimal } from '../decimal.ts';
import type { AccountId } from '../ids.ts';
import type { Draft } from '../portfolio/draft.ts';
import { positionKeyOf } from '../portfolio/keys.ts';
import type { Position } from '../position/position.ts';
import { exchangedValue, worthInCapital, type AssetChange } from './capital-holdings.ts';
import { baseCurrencyOf } from './conversion.ts';
import type { CapitalHolding } from './equity-record.ts';

/**
 * Inventory of an account became another asset: capital moves from one to the other. The gain or loss of the asset that leaves
 * since it came is a flow. Does nothing for an account that does not count, or whose holdings are not known.
 */
export function exchangeInventory(draft: Draft, accountId: AccountId, sides: readonly AssetChange[]): void {
  const { state } = draft;
  const counted = state.capitals.get(accountId);
  const moved = sides.filter(({ amount }) => !amount.isZero());
  if (counted?.holdings === undefined || moved.length === 0) return;
  const { mode } = counted;
  const exchanged = exchangedValue(state, accountId, mode, moved, draft.at);
  const baseCurrency = baseCurrencyOf(state);
  let capital = Decimal.zero;
  const holdings: CapitalHolding[] = [];
  for (const { asset, amount } of moved) {
    const value = amount.isNegative() ? exchanged.negate() : exchanged;
    const worth = worthInCapital(state, accountId, { asset, amount }, value) ?? Decimal.zero;
    capital = capital.add(worth);
    if (asset !== baseCurrency) holdings.push({ asset, amount, worth });
  }
  if (holdings.length === 0 && capital.isZero()) return;
  // Holdings leave the base currency out: the record names it beside them, so that it says what became what.
  const inBase = moved.find(({ asset }) => asset === baseCurrency);
  draft.emit({
    type: 'capital_moved',
    accountId,
    mode,
    cause: 'exchanged',
    capital,
    equity: capital,
    baseline: capital,
    holdings,
    ...(inBase === undefined ? {} : { asset: inBase.asset, amount: inBase.amount }),
  });
}

/**
 * The part of a spot trade that its position does not account for is a trade of inventory. `moved` says what the trade moved of base
 * and quote, the fees of our own orders apart; `before` is the position before it was folded in.
 */
export function exchangeBeside(
  draft: Draft,
  before: Position,
  moved: { readonly base: Decimal; readonly quote: Decimal },
): void {
  if (before.kind !== 'spot') return;
  const { accountId, base, quote } = before;
  const after = draft.state.positions.get(positionKeyOf(before)) ?? before;
  const paidIn = after.openCost.subtract(before.openCost);
  const made = after.realizedPnl.subtract(before.realizedPnl);
  exchangeInventory(draft, accountId, [
    { asset: base, amount: moved.base.subtract(after.netQuantity.subtract(before.netQuantity)) },
    { asset: quote, amount: moved.quote.subtract(made.subtract(paidIn)) },
  ]);
}
