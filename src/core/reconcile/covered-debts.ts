/**
 * Payments of a venue for an account whose liquidation has cost more than its wallet held, where no list of the venue names them.
 *
 * Entry point: `bookCoveredDebts`. An account owes a venue of swaps nothing once its positions are gone: what its executions have lost beyond
 * the wallet is paid by the insurance fund. The books know the executions alone, and have the wallet below zero then.
 */
import type { Balance } from '../balance/balance.ts';
import { Decimal } from '../decimal.ts';
import type { AccountId, TimeMs } from '../ids.ts';
import type { Draft } from '../portfolio/draft.ts';
import type { PortfolioState } from '../portfolio/state.ts';
import type { Position } from '../position/position.ts';

/** Stands for the venue's word of a payment that it has none for. */
export const UNLISTED_INSURANCE = 'not listed: a wallet below zero without a position';

/**
 * Books the debts of swap wallets that are gone as insurance of the position that was closed last. `theirs`: totals of the venue that differ from
 * ours and are proven, by `balanceKey`. `readAt`: the venue's clock. Executions that are awaited may explain the wallet yet: nothing is booked
 * until they have come. Returns what was booked, by `balanceKey`.
 */
export function bookCoveredDebts(
  draft: Draft,
  accountId: AccountId,
  theirs: ReadonlyMap<string, Decimal>,
  readAt: TimeMs,
): ReadonlyMap<string, Decimal> {
  const covered = new Map<string, Decimal>();
  for (const [key, total] of theirs) {
    const balance = draft.state.balances.get(key);
    if (balance?.accountId !== accountId || !balance.total.isNegative()) continue;
    const amount = total.min(Decimal.zero).subtract(balance.total);
    const closed = amount.isPositive() ? lastClosed(draft.state, balance) : null;
    if (closed === null) continue;
    const { wallet, asset } = balance;
    covered.set(key, amount);
    draft.emit({
      type: 'account_record_booked',
      accountId,
      record: {
        recordId: `insurance ${wallet} ${asset} ${readAt}`,
        kind: 'insurance',
        venueKind: UNLISTED_INSURANCE,
        wallet,
        asset,
        amount,
        symbol: closed.symbol,
        positionSide: closed.positionSide,
        tradeId: null,
        at: readAt,
      },
    });
  }
  return covered;
}

/** The swap position on the wallet that was closed last; null while one is open, while executions of one are awaited, and where there was none. */
function lastClosed(state: PortfolioState, { accountId, wallet, asset }: Balance): Position | null {
  let last: Position | null = null;
  for (const position of state.positions.values()) {
    const isDrawn =
      position.accountId === accountId &&
      position.kind === 'linear_swap' &&
      position.wallet === wallet &&
      position.quote === asset;
    if (!isDrawn) continue;
    if (!position.netQuantity.isZero() || (position.awaited ?? []).length > 0) return null;
    if (last === null || position.updatedAt > last.updatedAt) last = position;
  }
  return last;
}
