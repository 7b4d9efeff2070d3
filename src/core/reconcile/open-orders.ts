/** Our working orders against the venue's list of them: what is missing is looked up, what is not ours is shown. */
import type { AccountId, TimeMs } from '../ids.ts';
import { openContradiction } from '../order/apply-transition.ts';
import type { Order } from '../order/order.ts';
import { noteReport } from '../order/report.ts';
import { isFinished } from '../order/transitions.ts';
import type { Draft } from '../portfolio/draft.ts';
import { findByVenueIds } from '../portfolio/state.ts';
import type { OrderReport } from '../venue/report.ts';
import { driftId } from './drift.ts';
import { RECONCILIATION, resolveDrift } from './resolve.ts';

/** How long a list of working orders may lag behind an end that the venue has already reported. */
const LIST_LAG_MS = 5_000;

/**
 * `startedAt` is our clock when the list was asked for: an order that changed since then proves nothing. One whose change lies
 * ahead of the clock changed before it was set back.
 * Every working order of the account is in `reports`.
 */
export function compareOpenOrders(
  draft: Draft,
  accountId: AccountId,
  reports: readonly OrderReport[],
  startedAt: TimeMs,
): void {
  const listed = new Set<string>();
  const external = new Set<string>();
  for (const report of reports) {
    lookUpIfEnded(draft, accountId, report, startedAt);
    if (noteReport(draft, accountId, report)) listed.add(`${report.symbol} ${report.venueOrderId}`);
    else external.add(noteExternalOrder(draft, accountId, report));
  }
  for (const order of draft.state.unfinished.values()) {
    if (order.accountId !== accountId || changedSince(draft, order, startedAt)) continue;
    switch (order.status) {
      case 'open':
      case 'partially_filled':
      case 'canceling':
        if (!order.venueOrderIds.some((id) => listed.has(`${order.symbol} ${id}`)))
          draft.effect({ type: 'look_up', orderId: order.orderId });
        break;
      case 'unknown':
        draft.effect({ type: 'look_up', orderId: order.orderId });
        break;
      case 'accepted':
      case 'submitting':
      case 'armed':
      case 'filled':
      case 'canceled':
      case 'rejected':
      case 'denied':
      case 'expired':
      case 'failed':
        break;
    }
  }
  for (const drift of draft.state.drift.values()) {
    if (drift.kind === 'external_order' && drift.accountId === accountId && !external.has(drift.driftId)) {
      resolveDrift(draft, drift.driftId, RECONCILIATION, 'no longer working at the venue');
    }
  }
}

function changedSince({ at }: Draft, { updatedAt }: Order, startedAt: TimeMs): boolean {
  return updatedAt >= startedAt && updatedAt <= at;
}

/** An order that we hold for ended must not work at the venue unseen. */
function lookUpIfEnded(draft: Draft, accountId: AccountId, report: OrderReport, startedAt: TimeMs): void {
  const order = findByVenueIds(
    draft.state,
    accountId,
    report.symbol,
    report.venueOrderId,
    report.venueClientOrderId,
  );
  if (order === undefined || !isFinished(order.status) || startedAt - order.updatedAt <= LIST_LAG_MS) return;
  openContradiction(draft, order, report.status, 'the venue still lists as working an order that had ended');
}

function noteExternalOrder(draft: Draft, accountId: AccountId, report: OrderReport): string {
  const id = driftId('external_order', accountId, `${report.symbol} ${report.venueOrderId}`);
  if (!draft.state.drift.has(id)) {
    draft.emit({
      type: 'drift_opened',
      drift: {
        driftId: id,
        kind: 'external_order',
        accountId,
        subject: report.venueOrderId,
        symbol: report.symbol,
        orderId: null,
        ours: 'no such order',
        theirs: `${report.side} ${report.quantity?.toString() ?? '?'} at ${report.price?.toString() ?? 'market'}`,
        detail: 'an order works at the venue that was not placed here',
        openedAt: draft.at,
      },
    });
  }
  return id;
}
