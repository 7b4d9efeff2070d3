/**
 * The answer of a look-up. Found settles an unknown order at once. Not found is believed only inside a window:
 * past the request's lifetime and the engine's allowance on the **venue's** clock, twice, a read lag apart, before the
 * look-up's own retention lapses, and only when every execution on that side of the instrument has an owner.
 */
import type { OrderId } from '../ids.ts';
import type { Draft } from '../portfolio/draft.ts';
import { driftId } from '../reconcile/drift.ts';
import type { KindCapabilities } from '../venue/capabilities.ts';
import type { LookUpAnswer } from '../venue/outcome.ts';
import { bookFill, settleParkedFills, type SettingOf } from './fills.ts';
import { currentOrder, LOST_FROM_SIGHT, openContradiction } from './apply-transition.ts';
import { lastAttemptExpiresAt, mayBeAtVenue, type Order } from './order.ts';
import { noteReport } from './report.ts';
import { sendDeadlineOf } from '../portfolio/steady-time.ts';
import { endIfNotRetried, retryTime } from './send.ts';

/** How long an order that worked may be missing at the venue before a drift case is opened; above any venue's read lag. */
const LOST_AFTER_MS = 60_000;

/** `jitter` is a fraction from 0 to 1, made by the shell. */
export function noteLookUp(
  draft: Draft,
  orderId: OrderId,
  answer: LookUpAnswer,
  capabilities: KindCapabilities,
  jitter: number,
  settingOf: SettingOf,
): void {
  const order = currentOrder(draft, orderId);
  switch (answer.kind) {
    case 'found':
      noteReport(draft, order.accountId, answer.report);
      settleParkedFills(
        draft,
        order.accountId,
        order.symbol,
        settingOf,
        answer.report.status === 'triggered' ? null : orderId,
      );
      return;
    case 'not_seen':
    case 'failed':
      return;
    case 'absent':
      noteAbsence(draft, order, answer, capabilities, jitter, settingOf);
      return;
  }
}

function noteAbsence(
  draft: Draft,
  asked: Order,
  answer: Extract<LookUpAnswer, { kind: 'absent' }>,
  capabilities: KindCapabilities,
  jitter: number,
  settingOf: SettingOf,
): void {
  for (const fill of answer.fills) bookFill(draft, asked.accountId, fill, settingOf);
  const order = currentOrder(draft, asked.orderId);
  const expiresAt = lastAttemptExpiresAt(order);
  const firstSignedAt = order.attempts[0]?.signedAt;
  if (answer.venueTime === null || expiresAt === null || firstSignedAt === undefined) return;
  const { venueTime } = answer;
  if (order.status !== 'unknown') {
    // A working order that every list has lost: finished long ago, or the venue is wrong about it. A person must look.
    if (mayBeAtVenue(order) && order.status !== 'submitting' && venueTime - order.updatedAt > LOST_AFTER_MS)
      openContradiction(draft, order, LOST_FROM_SIGHT, 'the venue no longer shows an order that worked');
    return;
  }
  if (venueTime <= expiresAt + capabilities.engineAllowanceMs) return;
  if (capabilities.lookUpRetentionMs !== null && venueTime - firstSignedAt > capabilities.lookUpRetentionMs) {
    openUnprovable(
      draft,
      order,
      'the venue forgets finished orders sooner than we could ask: a person must look',
    );
    return;
  }
  if (order.landed) {
    openUnprovable(
      draft,
      order,
      'the venue knew its client id when it was sent and does not show the order now: a person must look',
    );
    return;
  }
  if (hasUnmatchedFill(draft, order)) return;
  if (order.absentAt === null) {
    draft.emit({ type: 'absence_observed', orderId: order.orderId, venueTime });
    return;
  }
  if (venueTime - order.absentAt < capabilities.readLagMs) return;
  // Where an id is not looked at, nothing but the proof would stand between a second send and a second order.
  const mayRepeat = capabilities.duplicateId !== 'not_checked';
  draft.emit({
    type: 'absence_proven',
    orderId: order.orderId,
    venueTime,
    retryAt: mayRepeat ? retryTime(order, draft.at, sendDeadlineOf(draft.state, order), jitter) : null,
  });
  endIfNotRetried(draft, order.orderId, 'not_placed', 'proven absent at the venue');
  settleParkedFills(draft, order.accountId, order.symbol, settingOf);
}

/** A parked execution on the same side may be this order's. */
function hasUnmatchedFill(draft: Draft, order: Order): boolean {
  for (const parked of draft.state.parkedFills.values()) {
    if (
      parked.accountId === order.accountId &&
      parked.fill.symbol === order.symbol &&
      parked.fill.side === order.side
    )
      return true;
  }
  return false;
}

function openUnprovable(draft: Draft, order: Order, detail: string): void {
  const id = driftId('unprovable_order', order.accountId, order.orderId);
  if (draft.state.drift.has(id)) return;
  draft.emit({
    type: 'drift_opened',
    drift: {
      driftId: id,
      kind: 'unprovable_order',
      accountId: order.accountId,
      subject: order.orderId,
      symbol: order.symbol,
      orderId: order.orderId,
      ours: order.status,
      theirs: 'absent',
      detail,
      openedAt: draft.at,
    },
  });
}
