/**
 * Our swap positions against the venue's. The first reading is taken over as it is; after that a difference becomes a
 * drift case, which stays until a person settles it, and the venue's figure becomes ours: risk is measured on it.
 */
import { Decimal } from '../decimal.ts';
import type { AccountId, InstrumentSymbol } from '../ids.ts';
import type { SettingOf } from '../order/fills.ts';
import type { Draft } from '../portfolio/draft.ts';
import type { ObservedPosition } from '../portfolio/events.ts';
import { instrumentKey } from '../portfolio/state.ts';
import type { PositionReport } from '../venue/report.ts';
import { driftId } from './drift.ts';

/** Call only with a reading that nothing of ours overlapped. */
export function comparePositions(
  draft: Draft,
  accountId: AccountId,
  reports: readonly PositionReport[],
  settingOf: SettingOf,
): void {
  const account = draft.state.accounts.get(accountId);
  if (account === undefined) return;
  const theirs = new Map(reports.map((report) => [report.symbol, report]));
  const symbols = new Set<InstrumentSymbol>(theirs.keys());
  for (const position of draft.state.positions.values()) {
    if (position.accountId === accountId && position.kind === 'linear_swap') symbols.add(position.symbol);
  }
  const taken: ObservedPosition[] = [];
  for (const symbol of symbols) {
    const ours = draft.state.positions.get(instrumentKey(accountId, symbol));
    const report = theirs.get(symbol);
    const ourQuantity = ours?.netQuantity ?? Decimal.zero;
    const theirQuantity = report?.quantity ?? Decimal.zero;
    if (ourQuantity.equals(theirQuantity)) continue;
    if (account.positionsKnown) openDifference(draft, accountId, symbol, ourQuantity, theirQuantity);
    const setting = settingOf(accountId, symbol);
    if (setting === null) continue;
    // Without an entry price of theirs the mark stands for it: then nothing is gained or lost yet.
    const entry = report?.entryPrice ?? report?.markPrice ?? Decimal.zero;
    taken.push({
      symbol,
      setting,
      netQuantity: theirQuantity,
      openCost: entry.multiply(theirQuantity.abs()),
    });
  }
  if (!account.positionsKnown || taken.length > 0) {
    draft.emit({ type: 'positions_observed', accountId, positions: taken });
  }
}

function openDifference(
  draft: Draft,
  accountId: AccountId,
  symbol: InstrumentSymbol,
  ours: Decimal,
  theirs: Decimal,
): void {
  const id = driftId('position', accountId, symbol);
  draft.emit({
    type: 'drift_opened',
    drift: {
      driftId: id,
      kind: 'position',
      accountId,
      subject: symbol,
      symbol,
      orderId: null,
      ours: ours.toString(),
      theirs: theirs.toString(),
      detail: 'the venue shows another position than our fills add up to; its figure has been taken over',
      openedAt: draft.state.drift.get(id)?.openedAt ?? draft.at,
    },
  });
}
