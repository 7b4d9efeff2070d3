/** Problems of the exchange, the database, and the portfolio's engine. */
import type { Unavailable } from '../../engine/desk.ts';
import { KEPT_REFUSAL, later, problem, type ProblemKind, SEND_AGAIN } from './problem-kind.ts';

export type VenueFault =
  | 'venue_rejected'
  | 'not_placed'
  | 'setting_unknown'
  | 'breaker_open'
  | 'rate_budget'
  | 'storage_unavailable';

export const VENUE_PROBLEMS: Readonly<Record<VenueFault, ProblemKind>> = {
  venue_rejected: problem(422, {
    title: 'The exchange refused it',
    when: 'The order passed every rule here and the exchange refused it; it is journaled as `rejected`. Or the exchange refused a setting or a reading.',
    remedy: 'Read `venue_code` and `venue_message`. For an order: ' + KEPT_REFUSAL,
    figures: ['venue_code', 'venue_message', 'reason', 'order_id'],
  }),
  setting_unknown: later({
    title: 'Whether the setting holds is not known',
    when: "The exchange's answer to a setting was lost, and reading it back for some seconds did not show it.",
    remedy: '`actual` is what the exchange shows, null when it does not answer. Setting it again is safe.',
    figures: ['expected', 'actual'],
  }),
  not_placed: later({
    title: 'The order was not placed',
    when: 'It was proven that the order never reached the exchange, and its time to be sent has passed. It is journaled as `failed`.',
    remedy: 'Place it again under a new key if you still want it.',
    figures: ['reason', 'order_id'],
  }),
  breaker_open: later(
    {
      title: 'The exchange does not answer; new orders wait',
      when: 'Readings of the exchange fail one after another. Cancels, look-ups and reduce-only orders still pass.',
      remedy: 'Wait for Retry-After and place it again under a new key.',
      figures: ['order_id', 'reason'],
    },
    5_000,
  ),
  rate_budget: {
    ...problem(429, {
      title: "The exchange's rate allowance is used up",
      when: 'Sending now would break a rate limit of the exchange, or the exchange said so itself.',
      remedy: 'Wait for Retry-After. An order with an `order_id` was not placed; use a new key for it.',
      figures: ['order_id'],
    }),
    retryAfterMs: 1_000,
  },
  storage_unavailable: later({
    title: 'The database does not answer',
    when: 'PostgreSQL is unavailable or too slow. Cancels and the kill switch work all the same.',
    remedy: SEND_AGAIN,
  }),
};

export const PORTFOLIO_PROBLEMS: Readonly<Record<Unavailable, ProblemKind>> = {
  recovering: later({
    title: 'The portfolio is being recovered',
    when: 'The service has just started or is stopping, or the portfolio is being read again from the journal.',
    remedy:
      'Send the same request again after Retry-After, with the same key. An `order_id` names the order that may have been journaled.',
    figures: ['order_id'],
  }),
  journal_stalled: later({
    title: 'The journal takes no new orders now',
    when: 'An append to the journal takes too long or was lost, so that no intent could be made durable.',
    remedy:
      'Send the same request again after Retry-After, with the same key. An `order_id` names the order that may have been journaled.',
    figures: ['order_id'],
  }),
  not_owner: later({
    title: 'Another node owns this portfolio',
    when: 'Several nodes run on one database and this one does not run your portfolio, or has just lost it.',
    remedy: 'Ask another node, or this one again after Retry-After, with the same key.',
    figures: ['order_id'],
  }),
  overloaded: later({
    title: 'Too much is waiting already',
    when: 'The queue of the portfolio is full. Cancels are not kept waiting by it.',
    remedy: SEND_AGAIN,
    figures: ['order_id'],
  }),
  venue_unreachable: later(
    {
      title: 'The exchange cannot be reached',
      when: 'The exchange has not answered yet since the start, or a figure that the request needs from it cannot be read now.',
      remedy: SEND_AGAIN,
      figures: ['order_id'],
    },
    2_000,
  ),
  halted: later(
    {
      title: 'Trading is halted',
      when: 'An assertion about the books of the portfolio did not hold. Cancels still work.',
      remedy: 'See `GET /risk/status` and the log for the reason; an operator has to resolve it.',
      figures: ['order_id'],
    },
    30_000,
  ),
  record_refused: problem(500, {
    title: 'The database refuses this record',
    when: 'The database refuses what this request would write: a constraint, a trigger, a size, an encoding. Nothing was written or sent, and other requests go on.',
    remedy: 'Do not repeat it unchanged. The detail and the log name the records and the reason.',
    figures: ['order_id'],
  }),
};
