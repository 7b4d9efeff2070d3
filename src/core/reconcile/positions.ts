/** Our swap positions against the venue's. A difference is shown until it is gone; ours stays what our fills add up to. */
import { Decimal } from '../decimal.ts';
import type { AccountId } from '../ids.ts';
import type { Draft } from '../portfolio/draft.ts';
import type { PositionReport } from '../venue/report.ts';
import { driftId } from './drift.ts';

/** Call only with a reading that nothing of ours overlapped. */
export function comparePositions(
  draft: Draft,
  accountId: AccountId,
  reports: readonly PositionReport[],
): void {
  const theirs = new Map(reports.map((report) => [report.symbol, report.quantity]));
  const symbols = new Set(theirs.keys());
  for (const position of draft.state.positions.values()) {
    if (position.accountId === accountId && position.kind === 'linear_swap') symbols.add(position.symbol);
  }
  for (const drift of draft.state.drift.values()) {
    if (drift.kind === 'position' && drift.accountId === accountId && drift.symbol !== null)
      symbols.add(drift.symbol);
  }
  for (const symbol of symbols) {
    const ourQuantity = draft.state.positions.get(`${accountId} ${symbol}`)?.netQuantity ?? Decimal.zero;
    const theirQuantity = theirs.get(symbol) ?? Decimal.zero;
    const id = driftId('position', accountId, symbol);
    const open = draft.state.drift.get(id);
    if (ourQuantity.equals(theirQuantity)) {
      if (open !== undefined) draft.emit({ type: 'drift_resolved', driftId: id, resolution: 'equal again' });
      continue;
    }
    if (
      open !== undefined &&
      open.theirs === theirQuantity.toString() &&
      open.ours === ourQuantity.toString()
    )
      continue;
    draft.emit({
      type: 'drift_opened',
      drift: {
        driftId: id,
        kind: 'position',
        accountId,
        subject: symbol,
        symbol,
        orderId: null,
        ours: ourQuantity.toString(),
        theirs: theirQuantity.toString(),
        detail: 'the venue shows another position than our fills add up to',
        openedAt: open?.openedAt ?? draft.at,
      },
    });
  }
}
