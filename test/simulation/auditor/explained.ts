/** I5, I6: every refusal says why; an acknowledged cancel has left and ends its order. */
import type { AuditedRun } from './audited-run.ts';
import { isWorking } from './order-states.ts';

/** Refusals of a state, where there is no figure to name. */
const WITHOUT_FIGURES: ReadonlySet<string> = new Set([
  'kill_switch_engaged',
  'trading_halted',
  'trading_reduce_only',
  'unsupported_order',
  'market_data_missing',
  'instrument_not_active',
]);

export function refusalsExplained(run: AuditedRun): void {
  for (const { answer, asked } of run.evidence.calls.places) {
    if (answer.kind !== 'denied') continue;
    if (answer.refusals.length === 0) run.fail('I5', `${asked.label} was denied without a refusal`);
    for (const refusal of answer.refusals) {
      const isNamed = refusal.rule !== '' && refusal.code !== '' && refusal.detail !== '';
      const hasFigures = refusal.limit !== null && refusal.actual !== null;
      if (!isNamed || (!hasFigures && !WITHOUT_FIGURES.has(refusal.code)))
        run.fail('I5', `${asked.label} was denied without figures: ${JSON.stringify(refusal)}`);
    }
    if (
      run.ours.some((order) => order.clientOrderId === run.shownById.get(answer.orderId)?.venueClientOrderId)
    )
      run.fail('I3', `${answer.orderId} was denied and is at the venue`);
  }
}

/** A wall clock of the service may be off by so much. */
const CLOCKS_APART_MS = 5_000;
const NAMING_THE_VENUE_ID: ReadonlySet<string> = new Set([
  'send_accepted',
  'venue_order_linked',
  'working_seen',
]);

/** Whether the venue's id of an order was known for certain at a time of the world. */
function hadVenueId(run: AuditedRun, orderId: string, at: number): boolean {
  return run.evidence.journal.some(
    (line) =>
      NAMING_THE_VENUE_ID.has(line.type) &&
      line.payload['orderId'] === orderId &&
      line.at <= at - CLOCKS_APART_MS,
  );
}

/** Answers to a cancel after which its order must not begin to work. */
const PROMISES: ReadonlySet<string> = new Set(['canceling', 'annulled', 'withdrawn', 'already_finished']);

export function cancelsWentOut(run: AuditedRun): void {
  const LONGEST_CANCEL_MS = 5_200;
  for (const call of run.evidence.calls.cancels) {
    if (call.answer === 'broken') run.fail('I6', `the cancel of ${call.orderId} was answered with a bug`);
    if (!PROMISES.has(call.answer)) continue;
    const order = run.ours.find(({ clientOrderId }) => clientOrderId === call.venueClientOrderId);
    if (order === undefined) continue;
    if (call.answer === 'annulled' || call.answer === 'withdrawn')
      run.fail('I6', `${call.orderId} was answered as ${call.answer} and is at the venue: ${order.status}`);
    if (call.answer === 'already_finished') {
      if (call.answeredAt !== null && order.createdAt > call.answeredAt)
        run.fail('I6', `${call.orderId} was answered as finished and sent afterwards`);
      continue;
    }
    if (isWorking(order)) run.fail('I6', `${call.orderId} works still after an acknowledged cancel`);
    const { arrivedAt, answeredAt } = call;
    if (arrivedAt === null || answeredAt === null || !call.wasAtWork) continue;
    if (order.createdAt > arrivedAt || order.updatedAt <= answeredAt) continue;
    const hasLeft = run.evidence.venue.cancels.some(
      ({ clientOrderId, departedAt }) =>
        clientOrderId === call.venueClientOrderId &&
        departedAt >= arrivedAt - LONGEST_CANCEL_MS &&
        departedAt <= answeredAt,
    );
    // A cancel waits for nothing but the venue's own word.
    const isStopped = run.evidence.venue.stops.some(
      ({ from, until }) => from <= answeredAt && until >= arrivedAt,
    );
    const isLookedFor =
      run.evidence.venue.words.cancelsByVenueIdAlone && !hadVenueId(run, call.orderId, answeredAt);
    if (!hasLeft && !isStopped && !isLookedFor)
      run.fail('I6', `the cancel of ${call.orderId} was acknowledged at ${answeredAt} and had not left`);
  }
}
