/**
 * The life of an order as a total table: the outcome of every event in every status.
 * A missing cell does not compile. This table is what runs; docs/order-lifecycle.md is written from it.
 */

export const ORDER_STATUSES = [
  'accepted',
  'submitting',
  'open',
  'partially_filled',
  'filled',
  'canceling',
  'canceled',
  'rejected',
  'denied',
  'expired',
  'armed',
  'unknown',
  'failed',
] as const;

/**
 * - `accepted`: journaled, not (or provably no longer) on its way to the venue.
 * - `submitting`: a send attempt is journaled and its outcome is not known yet.
 * - `open`, `partially_filled`: the venue has shown it working.
 * - `canceling`: working, and a cancel is on its way.
 * - `armed`: a stop that we hold ourselves.
 * - `unknown`: sent, and neither outcome can be proven yet.
 * - `denied`: refused by us. `rejected`: refused by the venue. `failed`: proven never placed.
 */
export type OrderStatus = (typeof ORDER_STATUSES)[number];

/** The events of an order's life. Fills and ends come only from the venue; the others are ours. */
export const ORDER_EVENT_TYPES = [
  'send_attempted',
  'send_accepted',
  'send_refused',
  'send_not_sent',
  'send_unknown',
  'absence_proven',
  'working_seen',
  'fill_booked',
  'closed_filled',
  'closed_canceled',
  'closed_expired',
  'closed_rejected',
  'cancel_requested',
  'cancel_refused',
  'annulled',
  'given_up',
  'stop_armed',
  'stop_triggered',
] as const;

export type OrderEventType = (typeof ORDER_EVENT_TYPES)[number];

export type TransitionOutcome =
  /** `working` is `partially_filled` when something has been filled, `open` otherwise. */
  | { readonly kind: 'becomes'; readonly status: OrderStatus | 'working' }
  /** A late or repeated event that changes nothing. It is not journaled. */
  | { readonly kind: 'ignored'; readonly why: string }
  /** The venue contradicts what it had proven: its word is taken, and a drift case is opened. */
  | { readonly kind: 'contradicts'; readonly status: OrderStatus | 'working'; readonly why: string }
  /** Cannot come from a venue or from us. From a venue it is a drift case and changes nothing; from us it is a bug. */
  | { readonly kind: 'impossible'; readonly why: string };

const becomes = (status: OrderStatus | 'working'): TransitionOutcome => ({ kind: 'becomes', status });
const ignored = (why: string): TransitionOutcome => ({ kind: 'ignored', why });
const contradicts = (status: OrderStatus | 'working', why: string): TransitionOutcome => ({
  kind: 'contradicts',
  status,
  why,
});
const impossible = (why: string): TransitionOutcome => ({ kind: 'impossible', why });

const NOT_SENT_TWICE = impossible('an attempt is made only from accepted');
const NO_OUTCOME_DUE = impossible('no attempt is waiting for an outcome');
const OVERTAKEN = ignored('an update from the venue overtook this answer');
const ALREADY_WORKING = ignored('already known to work');
const FINISHED = ignored('already finished');
const NEVER_LEFT_US = impossible('this order was never sent');
const EXISTS_AFTER_ALL = 'the venue shows an order that it had proven absent or refused';
const ONLY_ARMED = impossible('only a stop that we hold can trigger here');
const ONLY_ACCEPTED = impossible('only an order that is not on its way can be taken back by us');

type Row = Readonly<Record<OrderEventType, TransitionOutcome>>;

/** A finished order that the venue once worked: late events are ignored, fills still count. */
function finishedRow(status: OrderStatus, eventType: Partial<Row>): Row {
  return {
    send_attempted: NOT_SENT_TWICE,
    send_accepted: OVERTAKEN,
    send_refused: impossible('the venue refused an order that it had shown'),
    send_not_sent: impossible('an order that the venue has shown was sent'),
    send_unknown: OVERTAKEN,
    absence_proven: impossible('an order that the venue has shown is not absent'),
    working_seen: ignored('a report from before its end'),
    fill_booked: becomes(status),
    closed_filled: becomes('filled'),
    closed_canceled: FINISHED,
    closed_expired: FINISHED,
    closed_rejected: FINISHED,
    cancel_requested: FINISHED,
    cancel_refused: FINISHED,
    annulled: ONLY_ACCEPTED,
    given_up: FINISHED,
    stop_armed: ONLY_ARMED,
    stop_triggered: ONLY_ARMED,
    ...eventType,
  };
}

/** An order proven not to exist at the venue: anything the venue then shows of it contradicts that proof. */
function absentRow(eventType: Partial<Row>): Row {
  return {
    send_attempted: NOT_SENT_TWICE,
    send_accepted: contradicts('working', EXISTS_AFTER_ALL),
    send_refused: FINISHED,
    send_not_sent: FINISHED,
    send_unknown: FINISHED,
    absence_proven: FINISHED,
    working_seen: contradicts('working', EXISTS_AFTER_ALL),
    fill_booked: contradicts('working', EXISTS_AFTER_ALL),
    closed_filled: contradicts('filled', EXISTS_AFTER_ALL),
    closed_canceled: contradicts('canceled', EXISTS_AFTER_ALL),
    closed_expired: contradicts('expired', EXISTS_AFTER_ALL),
    closed_rejected: FINISHED,
    cancel_requested: FINISHED,
    cancel_refused: FINISHED,
    annulled: ONLY_ACCEPTED,
    given_up: FINISHED,
    stop_armed: ONLY_ARMED,
    stop_triggered: ONLY_ARMED,
    ...eventType,
  };
}

export const TRANSITIONS: Readonly<Record<OrderStatus, Row>> = {
  accepted: {
    send_attempted: becomes('submitting'),
    send_accepted: contradicts('working', EXISTS_AFTER_ALL),
    send_refused: NO_OUTCOME_DUE,
    send_not_sent: NO_OUTCOME_DUE,
    send_unknown: NO_OUTCOME_DUE,
    absence_proven: NO_OUTCOME_DUE,
    working_seen: contradicts('working', EXISTS_AFTER_ALL),
    fill_booked: contradicts('working', EXISTS_AFTER_ALL),
    closed_filled: contradicts('filled', EXISTS_AFTER_ALL),
    closed_canceled: contradicts('canceled', EXISTS_AFTER_ALL),
    closed_expired: contradicts('expired', EXISTS_AFTER_ALL),
    closed_rejected: becomes('rejected'),
    cancel_requested: impossible('an order that is not on its way is annulled, not canceled'),
    cancel_refused: impossible('no cancel was sent'),
    annulled: becomes('canceled'),
    given_up: becomes('failed'),
    stop_armed: becomes('armed'),
    stop_triggered: ONLY_ARMED,
  },
  submitting: {
    send_attempted: NOT_SENT_TWICE,
    send_accepted: becomes('working'),
    send_refused: becomes('rejected'),
    send_not_sent: becomes('accepted'),
    send_unknown: becomes('unknown'),
    absence_proven: impossible('absence is proven of unknown orders only'),
    working_seen: becomes('working'),
    fill_booked: becomes('working'),
    closed_filled: becomes('filled'),
    closed_canceled: becomes('canceled'),
    closed_expired: becomes('expired'),
    closed_rejected: becomes('rejected'),
    cancel_requested: becomes('submitting'),
    cancel_refused: ignored('the cancel overtook the order; it is sent again once the order works'),
    annulled: ONLY_ACCEPTED,
    given_up: impossible('an order on its way cannot be given up'),
    stop_armed: ONLY_ARMED,
    stop_triggered: ONLY_ARMED,
  },
  open: {
    send_attempted: NOT_SENT_TWICE,
    send_accepted: ALREADY_WORKING,
    send_refused: impossible('the venue refused an order that it had shown working'),
    send_not_sent: impossible('an order that the venue has shown was sent'),
    send_unknown: OVERTAKEN,
    absence_proven: impossible('an order that the venue has shown is not absent'),
    working_seen: ALREADY_WORKING,
    fill_booked: becomes('working'),
    closed_filled: becomes('filled'),
    closed_canceled: becomes('canceled'),
    closed_expired: becomes('expired'),
    closed_rejected: becomes('rejected'),
    cancel_requested: becomes('canceling'),
    cancel_refused: ignored('no cancel is waiting for an answer'),
    annulled: ONLY_ACCEPTED,
    given_up: impossible('a working order cannot be given up'),
    stop_armed: ONLY_ARMED,
    stop_triggered: ONLY_ARMED,
  },
  partially_filled: {
    send_attempted: NOT_SENT_TWICE,
    send_accepted: ALREADY_WORKING,
    send_refused: impossible('the venue refused an order that it had filled in part'),
    send_not_sent: impossible('an order that the venue has shown was sent'),
    send_unknown: OVERTAKEN,
    absence_proven: impossible('an order that the venue has shown is not absent'),
    working_seen: ALREADY_WORKING,
    fill_booked: becomes('working'),
    closed_filled: becomes('filled'),
    closed_canceled: becomes('canceled'),
    closed_expired: becomes('expired'),
    closed_rejected: becomes('canceled'),
    cancel_requested: becomes('canceling'),
    cancel_refused: ignored('no cancel is waiting for an answer'),
    annulled: ONLY_ACCEPTED,
    given_up: impossible('a working order cannot be given up'),
    stop_armed: ONLY_ARMED,
    stop_triggered: ONLY_ARMED,
  },
  canceling: {
    send_attempted: NOT_SENT_TWICE,
    send_accepted: ALREADY_WORKING,
    send_refused: impossible('the venue refused an order that it had shown working'),
    send_not_sent: impossible('an order that the venue has shown was sent'),
    send_unknown: OVERTAKEN,
    absence_proven: impossible('an order that the venue has shown is not absent'),
    working_seen: ignored('it works until the cancel is carried out'),
    fill_booked: becomes('canceling'),
    closed_filled: becomes('filled'),
    closed_canceled: becomes('canceled'),
    closed_expired: becomes('expired'),
    closed_rejected: becomes('rejected'),
    cancel_requested: ignored('a cancel is on its way already'),
    cancel_refused: becomes('working'),
    annulled: ONLY_ACCEPTED,
    given_up: impossible('a working order cannot be given up'),
    stop_armed: ONLY_ARMED,
    stop_triggered: ONLY_ARMED,
  },
  unknown: {
    send_attempted: impossible('an unknown order is never sent again before proof'),
    send_accepted: becomes('working'),
    send_refused: becomes('rejected'),
    send_not_sent: becomes('accepted'),
    send_unknown: ignored('already unknown'),
    absence_proven: becomes('accepted'),
    working_seen: becomes('working'),
    fill_booked: becomes('working'),
    closed_filled: becomes('filled'),
    closed_canceled: becomes('canceled'),
    closed_expired: becomes('expired'),
    closed_rejected: becomes('rejected'),
    cancel_requested: becomes('unknown'),
    cancel_refused: ignored('the cancel is sent again once the order is found'),
    annulled: ONLY_ACCEPTED,
    given_up: impossible('an unknown order cannot be given up'),
    stop_armed: ONLY_ARMED,
    stop_triggered: ONLY_ARMED,
  },
  armed: {
    send_attempted: impossible('a stop is sent only once it has triggered'),
    send_accepted: NEVER_LEFT_US,
    send_refused: NEVER_LEFT_US,
    send_not_sent: NEVER_LEFT_US,
    send_unknown: NEVER_LEFT_US,
    absence_proven: NEVER_LEFT_US,
    working_seen: NEVER_LEFT_US,
    fill_booked: NEVER_LEFT_US,
    closed_filled: NEVER_LEFT_US,
    closed_canceled: NEVER_LEFT_US,
    closed_expired: NEVER_LEFT_US,
    closed_rejected: NEVER_LEFT_US,
    cancel_requested: impossible('a stop that we hold is annulled, not canceled'),
    cancel_refused: NEVER_LEFT_US,
    annulled: becomes('canceled'),
    given_up: becomes('failed'),
    stop_armed: ignored('already armed'),
    stop_triggered: becomes('accepted'),
  },
  filled: finishedRow('filled', {
    fill_booked: contradicts('filled', 'more was filled than was ordered'),
    closed_filled: FINISHED,
  }),
  canceled: finishedRow('canceled', {}),
  expired: finishedRow('expired', {}),
  rejected: absentRow({ send_refused: ignored('already refused') }),
  failed: absentRow({}),
  denied: {
    send_attempted: NEVER_LEFT_US,
    send_accepted: NEVER_LEFT_US,
    send_refused: NEVER_LEFT_US,
    send_not_sent: NEVER_LEFT_US,
    send_unknown: NEVER_LEFT_US,
    absence_proven: NEVER_LEFT_US,
    working_seen: NEVER_LEFT_US,
    fill_booked: NEVER_LEFT_US,
    closed_filled: NEVER_LEFT_US,
    closed_canceled: NEVER_LEFT_US,
    closed_expired: NEVER_LEFT_US,
    closed_rejected: NEVER_LEFT_US,
    cancel_requested: FINISHED,
    cancel_refused: NEVER_LEFT_US,
    annulled: FINISHED,
    given_up: FINISHED,
    stop_armed: NEVER_LEFT_US,
    stop_triggered: NEVER_LEFT_US,
  },
};

const FINISHED_STATUSES: Readonly<Record<OrderStatus, boolean>> = {
  accepted: false,
  submitting: false,
  open: false,
  partially_filled: false,
  canceling: false,
  armed: false,
  unknown: false,
  filled: true,
  canceled: true,
  rejected: true,
  denied: true,
  expired: true,
  failed: true,
};

/** Whether nothing more is expected of an order; a finished order may still get a late fill. */
export function isFinished(status: OrderStatus): boolean {
  return FINISHED_STATUSES[status];
}
