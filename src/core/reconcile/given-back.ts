/**
 * Positions that an external sale took, although the account held other coins by then: executions and records reach us in any order,
 * and a first reading of the balances may be short. Once those coins are known the position has its own back, as if inventory had been
 * sold.
 *
 * Entry point: `giveBack`.
 */
import { Decimal } from '../decimal.ts';
import { tradeId, type AccountId, type Asset, type TimeMs } from '../ids.ts';
import type { Draft } from '../portfolio/draft.ts';
import { positionKeyOf } from '../portfolio/keys.ts';
import { cutsOf, withoutCut } from '../position/cuts.ts';
import type { Position } from '../position/position.ts';
import { exchangeBeside } from '../risk/exchanges.ts';
import { inventoryOf } from './holdings.ts';

/** Coins that have become known; call once the books hold them. */
export interface LateCoins {
  readonly asset: Asset;
  /** Base units. */
  readonly amount: Decimal;
  /** Venue clock: sales from this moment on could have taken them. Null: they were there from the beginning. */
  readonly at: TimeMs | null;
  /** The execution or the record that they came by, to show. */
  readonly cameBy: string;
}

/**
 * Gives positions back what sales since took of them, the oldest sale first: as much as the coins are, and as there is of inventory.
 */
export function giveBack(draft: Draft, accountId: AccountId, { asset, amount, at, cameBy }: LateCoins): void {
  const found = takings(draft, accountId, asset, at);
  if (found.length === 0) return;
  let left = amount.min(inventoryOf(draft.state, accountId, asset));
  for (const { position, cutId, quantity } of found) {
    if (!left.isPositive()) return;
    const before = draft.state.positions.get(positionKeyOf(position)) ?? position;
    // A sale may have been booked for more than there was to take: of such a one all goes before the position gains.
    const whole = withoutCut(before, cutId, quantity).netQuantity.subtract(before.netQuantity);
    const beyond = whole.subtract(left).max(Decimal.zero);
    draft.emit({
      type: 'position_cut_replaced',
      accountId,
      symbol: position.symbol,
      cutId,
      quantity: quantity.subtract(beyond),
      tradeId: tradeId(cameBy),
      balances: [],
    });
    exchangeBeside(draft, before, { base: Decimal.zero, quote: Decimal.zero });
    left = left.subtract(whole.subtract(beyond));
  }
}

interface Taking {
  readonly position: Position;
  readonly cutId: string;
  readonly quantity: Decimal;
  readonly executedAt: TimeMs;
}

function takings(
  { state }: Draft,
  accountId: AccountId,
  asset: Asset,
  since: TimeMs | null,
): readonly Taking[] {
  const found: Taking[] = [];
  for (const position of state.positions.values()) {
    if (position.accountId !== accountId || position.kind !== 'spot' || position.base !== asset) continue;
    for (const cut of cutsOf(position, 'external_sale'))
      if (since === null || cut.executedAt >= since) found.push({ position, ...cut });
  }
  return found.sort((one, other) => one.executedAt - other.executedAt);
}
